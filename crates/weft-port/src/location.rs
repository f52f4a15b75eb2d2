//! Where a port's data lies, inside a store that can reach nothing else.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

/// Where in a store a file lies that is named by an absolute path or an address, decoded; [`None`] for what lies elsewhere.
pub type Inside = dyn Fn(&str) -> Option<Path> + Send + Sync;

/// Chooses files by their paths.
pub type Keep = dyn Fn(&Path) -> bool + Send + Sync;

/// A location inside a jailed store.
#[derive(Clone)]
pub struct PortLocation {
    /// The jailed store: whatever path is asked of it, it answers only below the granted prefix.
    pub store: Arc<dyn ObjectStore>,
    /// Tells stores apart in caches: the binding, never a path the client could choose.
    pub binding: Arc<str>,
    /// A file or a folder, or the folder below which [`PortLocation::keep`] chooses.
    pub path: Path,
    /// The file that says what the table is, where the contract names it: by its address, or below the path.
    pub metadata: Option<Arc<str>>,
    /// Chooses files below the path; absent means every data file.
    pub keep: Option<Arc<Keep>>,
    /// Finds what metadata names by absolute paths.
    pub inside: Arc<Inside>,
    /// Whether folders named `column=value` carry values; absent leaves it to the contract's columns.
    pub hive: Option<bool>,
    /// Ranges that lie no further apart than this many bytes are better read in one request.
    pub coalesce: u64,
    /// The location as the contract spells it, for messages to the product's owners.
    pub spelled: Arc<str>,
}

impl fmt::Debug for PortLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortLocation").field("binding", &self.binding).field("spelled", &self.spelled).finish()
    }
}
