//! What may be wrong with the spelling of a location.

use thiserror::Error as ThisError;

/// The longest location, in bytes.
pub const LOCATION_BYTES_MAX: usize = 4096;

/// The most wildcards one pattern may hold.
pub const WILDCARDS_MAX: usize = 64;

/// What is wrong with the spelling of a location, a pattern or a prefix.
#[derive(Clone, Copy, Debug, ThisError, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is left of it.
    #[error("is empty")]
    Empty,
    /// It is longer than anyone needs.
    #[error("is longer than {max} bytes", max = LOCATION_BYTES_MAX)]
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
    #[error("holds more than {max} wildcards", max = WILDCARDS_MAX)]
    Wildcards,
    /// A wildcard where only a folder's name may stand.
    #[error("holds a wildcard")]
    Wildcard,
    /// A second spelling of what lies below the mesh root: labels of columns are joined by the spelling.
    #[error("lies inside the mesh and is not relative to it")]
    InsideMesh,
    /// The mesh root itself, or a pattern that begins there.
    #[error("begins with no folder of its own")]
    WholeMesh,
    /// A second spelling of a root.
    #[error("spells a root otherwise than `storage.local_roots` does")]
    RootSpelling,
    /// A bucket, container or host that cannot be one.
    #[error("names no bucket, container or host")]
    Bucket,
    /// A container without its account.
    #[error("names a container without its account; write `abfss://container@account.dfs.core.windows.net/…`")]
    Account,
    /// A character that does not fit a name.
    #[error("does not have a name of letters, digits, `_` and `-`")]
    Name,
}
