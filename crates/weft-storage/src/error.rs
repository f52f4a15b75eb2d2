//! Why a location does not become a store.

use std::sync::Arc;

use thiserror::Error as ThisError;
use weft_model::report::{Code, Kind, Report};

/// Why a location does not become a store.
///
/// Messages show locations as the contract spells them and never where they lie on the server's disk.
#[derive(Debug, ThisError, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The folder that holds the mesh, or one of `storage.local_roots`, is missing or no folder.
    #[error("{what} is not a readable folder")]
    RootMissing {
        /// Which folder, in words of the configuration.
        what: String,
    },
    /// An entry of `storage.local_roots` is relative.
    #[error("entry {position} of `storage.local_roots` is not absolute")]
    RootRelative {
        /// The entry, counted from 1.
        position: usize,
    },
    /// Two bindings have one name.
    #[error("two storage bindings are named `{binding}`")]
    BindingTwice {
        /// The name.
        binding: String,
    },
    /// A binding's name or prefix is not written as it must be.
    #[error("storage binding `{binding}` {fault}")]
    BindingMalformed {
        /// The binding's name.
        binding: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A binding's prefix lies below no root.
    #[error("the prefix of storage binding `{binding}` lies below no entry of `storage.local_roots`")]
    BindingOutside {
        /// The binding's name.
        binding: String,
    },
    /// The server is of a kind this version does not read.
    #[error("server `{server}` is of kind `{kind}`, which is not available in this version")]
    KindUnavailable {
        /// The server's name in the contract.
        server: Arc<str>,
        /// The kind as contracts spell it.
        kind: Arc<str>,
    },
    /// The server holds a query, not files.
    #[error("server `{server}` holds a query and no files")]
    NoFiles {
        /// The server's name in the contract.
        server: Arc<str>,
    },
    /// A location is not written as it must be.
    #[error("location `{location}` {fault}")]
    LocationMalformed {
        /// The location as the contract spells it.
        location: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A location leads out of what the domain may use.
    #[error("location `{location}` lies outside of what domain `{domain}` may use")]
    LocationOutside {
        /// The location as the contract spells it.
        location: String,
        /// The domain whose contract it is.
        domain: String,
    },
    /// The contract names a binding that does not exist or that the domain may not use.
    #[error("storage binding `{binding}` is not available to domain `{domain}`")]
    BindingUnavailable {
        /// The binding's name in the contract.
        binding: Arc<str>,
        /// The domain whose contract it is.
        domain: String,
    },
    /// Nothing is found at a location.
    #[error("nothing was found at location `{location}`")]
    LocationMissing {
        /// The location as the contract spells it.
        location: String,
    },
    /// A location could not be looked at.
    #[error("location `{location}` could not be read")]
    LocationUnreadable {
        /// The location as the contract spells it.
        location: String,
    },
}

/// What is wrong with the spelling of a location, a pattern or a prefix.
#[derive(Clone, Copy, Debug, ThisError, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is left of it.
    #[error("is empty")]
    Empty,
    /// It is longer than anyone needs.
    #[error("is longer than {max} bytes", max = crate::location::LOCATION_BYTES_MAX)]
    TooLong,
    /// More `..` than folders.
    #[error("climbs out of the folder it starts in")]
    Climbs,
    /// Dots or separators behind percent signs.
    #[error("hides dots or separators behind percent-encoding")]
    Disguised,
    /// A control character or a backslash.
    #[error("holds a control character or a backslash")]
    Character,
    /// A scheme other than `file`.
    #[error("has a scheme that does not fit its kind")]
    Scheme,
    /// A `{` or `}` is left after placeholders were filled in.
    #[error("holds a placeholder that does not exist here")]
    Placeholder,
    /// The domain's name cannot be a folder's name.
    #[error("cannot take the name of this domain")]
    DomainName,
    /// `**` together with something else between two slashes.
    #[error("holds `**` together with other characters between two slashes")]
    Stars,
    /// A `[` without its `]`, or nothing between them.
    #[error("holds a `[` without a matching `]`")]
    Bracket,
    /// More wildcards than anyone needs.
    #[error("holds more than {max} wildcards", max = crate::glob::WILDCARDS_MAX)]
    Wildcards,
    /// A wildcard where only a folder's name may stand.
    #[error("holds a wildcard")]
    Wildcard,
    /// A character that does not fit a name.
    #[error("does not have a name of letters, digits, `_` and `-`")]
    Name,
}

const CONFIGURATION: Code = Code::new("WEFT-S001", Kind::FailedPrecondition, "F0000");
const KIND: Code = Code::new("WEFT-S002", Kind::Unimplemented, "0A000");
const MALFORMED: Code = Code::new("WEFT-S003", Kind::FailedPrecondition, "42602");
const OUTSIDE: Code = Code::new("WEFT-S004", Kind::FailedPrecondition, "42501");
const BINDING: Code = Code::new("WEFT-S005", Kind::FailedPrecondition, "42501");
const MISSING: Code = Code::new("WEFT-S006", Kind::FailedPrecondition, "58P01");
const UNREADABLE: Code = Code::new("WEFT-S007", Kind::Unavailable, "58030");

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::RootMissing { .. }
            | Self::RootRelative { .. }
            | Self::BindingTwice { .. }
            | Self::BindingMalformed { .. }
            | Self::BindingOutside { .. } => CONFIGURATION,
            Self::KindUnavailable { .. } | Self::NoFiles { .. } => KIND,
            Self::LocationMalformed { .. } => MALFORMED,
            Self::LocationOutside { .. } => OUTSIDE,
            Self::BindingUnavailable { .. } => BINDING,
            Self::LocationMissing { .. } => MISSING,
            Self::LocationUnreadable { .. } => UNREADABLE,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::RootMissing { .. } => "Create the folder, or correct its path in `weft.yaml`.",
            Self::RootRelative { .. } => "Write the whole path of the folder.",
            Self::BindingTwice { .. } => "Give every entry of `storage.bindings` its own name.",
            Self::BindingMalformed { .. } => {
                "Write `prefix` as a folder, absolute or relative to the mesh root, such as `./data/{domain}/`."
            }
            Self::BindingOutside { .. } => "Add the folder to `storage.local_roots`.",
            Self::KindUnavailable { .. } => "Add a server of type `local` for this environment.",
            Self::NoFiles { .. } => return None,
            Self::LocationMalformed { .. } => {
                "Write `path` relative to the mesh root, with `/` between folders and without `..`."
            }
            Self::LocationOutside { .. } | Self::BindingUnavailable { .. } => {
                "Ask the operator for an entry of `storage.bindings` that lists the domain."
            }
            Self::LocationMissing { .. } => "Check the path; a relative one starts at the mesh root.",
            Self::LocationUnreadable { .. } => "The server's log says why.",
        };
        Some(hint.to_owned())
    }
}
