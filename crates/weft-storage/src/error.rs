//! Why a location does not become a store.

use std::sync::Arc;

use thiserror::Error as ThisError;
use weft_model::report::{Code, Kind, Report};

use crate::catalog::CatalogFault;
use crate::fault::Fault;

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
    /// A binding's store cannot be set up.
    #[error("storage binding `{binding}` {cause}")]
    BindingUnusable {
        /// The binding's name.
        binding: String,
        /// Why, without secrets.
        cause: String,
    },
    /// A contract names another endpoint than the binding.
    #[error("the endpoint of server `{server}` is not the one of storage binding `{binding}`")]
    Endpoint {
        /// The server's name in the contract.
        server: Arc<str>,
        /// The binding's name.
        binding: Arc<str>,
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
    /// The binding stands in a configuration that nobody named, and asks for more than such a file may.
    #[error("storage binding `{binding}` has credentials or an address, and nobody named the configuration it stands in")]
    BindingWithheld {
        /// The binding's name.
        binding: Arc<str>,
        /// The configuration.
        file: Arc<str>,
    },
    /// Two catalogs have one name.
    #[error("two catalogs of storage are named `{catalog}`")]
    CatalogTwice {
        /// The name.
        catalog: String,
    },
    /// No catalog of the configuration answers where the contract says, or several do.
    #[error("the catalog of server `{server}` is not one of `storage.catalogs`")]
    CatalogUnknown {
        /// The server's name in the contract.
        server: Arc<str>,
    },
    /// A table's name is not written as it must be.
    #[error("`{name}` is no name of a table in a catalog")]
    CatalogName {
        /// The name, its namespace before it.
        name: String,
    },
    /// A contract names a table that its domain may not.
    #[error("table `{name}` of catalog `{catalog}` lies outside of what domain `{domain}` may use")]
    CatalogOutside {
        /// The catalog's name.
        catalog: Arc<str>,
        /// The table's name.
        name: String,
        /// The domain whose contract it is.
        domain: String,
    },
    /// A catalog says that a table lies where none of its bindings leads.
    #[error("table `{name}` lies where no storage binding of catalog `{catalog}` leads for domain `{domain}`")]
    CatalogElsewhere {
        /// The catalog's name.
        catalog: Arc<str>,
        /// The table's name.
        name: String,
        /// The domain whose contract it is.
        domain: String,
    },
    /// The catalog stands in a configuration that nobody named.
    #[error("catalog `{catalog}` is not asked, since nobody named the configuration it stands in")]
    CatalogWithheld {
        /// The catalog's name.
        catalog: Arc<str>,
        /// The configuration.
        file: Arc<str>,
    },
    /// A catalog does not say what a table is.
    #[error("table `{name}` of catalog `{catalog}`: {fault}")]
    Catalog {
        /// The catalog's name.
        catalog: Arc<str>,
        /// The table's name.
        name: String,
        /// Why.
        fault: CatalogFault,
    },
    /// A path leads to where a catalog's tables lie.
    #[error("location `{location}` is where tables of catalog `{catalog}` lie, which are opened by their names there")]
    Managed {
        /// The location as the contract spells it.
        location: String,
        /// The catalog's name.
        catalog: Arc<str>,
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

const CONFIGURATION: Code = Code::new("WEFT-S001", Kind::FailedPrecondition, "F0000");
const KIND: Code = Code::new("WEFT-S002", Kind::Unimplemented, "0A000");
const MALFORMED: Code = Code::new("WEFT-S003", Kind::FailedPrecondition, "42602");
const OUTSIDE: Code = Code::new("WEFT-S004", Kind::FailedPrecondition, "42501");
const BINDING: Code = Code::new("WEFT-S005", Kind::FailedPrecondition, "42501");
const ENDPOINT: Code = Code::new("WEFT-S008", Kind::FailedPrecondition, "42501");
const WITHHELD: Code = Code::new("WEFT-S009", Kind::FailedPrecondition, "42501");
const CATALOG: Code = Code::new("WEFT-S010", Kind::FailedPrecondition, "42501");
const MANAGED: Code = Code::new("WEFT-S011", Kind::FailedPrecondition, "42501");
const MISSING: Code = Code::new("WEFT-S006", Kind::FailedPrecondition, "58P01");
const UNREADABLE: Code = Code::new("WEFT-S007", Kind::Unavailable, "58030");

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::RootMissing { .. }
            | Self::RootRelative { .. }
            | Self::BindingTwice { .. }
            | Self::BindingMalformed { .. }
            | Self::BindingUnusable { .. }
            | Self::CatalogTwice { .. }
            | Self::BindingOutside { .. } => CONFIGURATION,
            Self::CatalogUnknown { .. } => CATALOG,
            Self::CatalogName { .. } => MALFORMED,
            Self::CatalogOutside { .. } | Self::CatalogElsewhere { .. } => OUTSIDE,
            Self::CatalogWithheld { .. } => WITHHELD,
            Self::Managed { .. } => MANAGED,
            Self::Catalog { fault, .. } => fault.code(),
            Self::Endpoint { .. } => ENDPOINT,
            Self::KindUnavailable { .. } | Self::NoFiles { .. } => KIND,
            Self::LocationMalformed { .. } => MALFORMED,
            Self::LocationOutside { .. } => OUTSIDE,
            Self::BindingUnavailable { .. } => BINDING,
            Self::BindingWithheld { .. } => WITHHELD,
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
            Self::BindingUnusable { .. } => "docs/configuration.md shows the settings of every kind of store.",
            Self::Endpoint { .. } => "Leave `endpointUrl` out, or ask the operator which endpoint is meant.",
            Self::BindingOutside { .. } => "Add the folder to `storage.local_roots`.",
            Self::KindUnavailable { .. } => "Add a server of type `local`, `s3` or `azure` for this environment.",
            Self::NoFiles { .. } => return None,
            Self::LocationMalformed { .. } => {
                "Write `path` relative to the mesh root, with `/` between folders and without `..`."
            }
            Self::LocationOutside { .. } | Self::BindingUnavailable { .. } => {
                "Ask the operator for an entry of `storage.bindings` that lists the domain."
            }
            Self::CatalogTwice { .. } => "Give every entry of `storage.catalogs` its own name.",
            Self::CatalogUnknown { .. } => "Ask the operator for an entry of `storage.catalogs` whose `uri` is the server's `catalogUrl`; where several have it, say `warehouse`.",
            Self::CatalogName { .. } => {
                "Write `namespace` with `.` between its levels, and the table's name as `physicalName` of the schema object."
            }
            Self::CatalogOutside { .. } => "Ask the operator for an entry of `storage.catalogs` that lists the domain and the namespace.",
            Self::CatalogElsewhere { catalog, .. } => {
                return Some(format!("Ask the operator for an entry of `storage.bindings` with `catalog: {catalog}` that lists the domain."));
            }
            Self::Managed { .. } => "Write a server of type `iceberg` with the catalog's `catalogUrl` and the table's `namespace`.",
            Self::Catalog { fault, .. } => return fault.hint(),
            Self::CatalogWithheld { file, .. } => {
                return Some(format!("Say --config {file} if you trust that file with your credentials and your network."));
            }
            Self::BindingWithheld { file, .. } => {
                return Some(format!("Say --config {file} if you trust that file with your credentials and your network."));
            }
            Self::LocationMissing { .. } => "Check the path; a relative one starts at the mesh root.",
            Self::LocationUnreadable { .. } => "The server's log says why.",
        };
        Some(hint.to_owned())
    }
}
