//! Where a port's data lies, inside a store that can reach nothing else.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use weft_model::restriction::Restrictions;

/// Where in a store a file lies that is named by an absolute path or an address, decoded; [`None`] for what lies elsewhere.
pub type Inside = dyn Fn(&str) -> Option<Path> + Send + Sync;

/// Chooses files by their paths.
pub type Keep = dyn Fn(&Path) -> bool + Send + Sync;

/// What says what a table is.
#[derive(Clone, Debug)]
pub enum Metadata {
    /// A file that is named: by its address, or below the path.
    File(Arc<str>),
    /// The words of a catalog.
    Text {
        /// What the file would hold.
        text: Arc<[u8]>,
        /// Another for other words.
        tag: Arc<str>,
    },
}

/// A location inside a jailed store.
#[derive(Clone)]
pub struct PortLocation {
    /// The jailed store: whatever path is asked of it, it answers only below the granted prefix.
    pub store: Arc<dyn ObjectStore>,
    /// Tells stores apart in caches: the binding, never a path the client could choose.
    pub binding: Arc<str>,
    /// A file or a folder, or the folder below which [`PortLocation::keep`] chooses.
    pub path: Path,
    /// What says what the table is, where that is not for the format to find.
    pub metadata: Option<Metadata>,
    /// Chooses files below the path; absent means every data file.
    pub keep: Option<Arc<Keep>>,
    /// Finds what metadata names by absolute paths.
    pub inside: Arc<Inside>,
    /// Whether folders named `column=value` carry values; absent leaves it to the contract's columns.
    pub hive: Option<bool>,
    /// Ranges that lie no further apart than this many bytes are better read in one request.
    pub coalesce: u64,
    /// What a catalog withholds from whoever this is for; absent where nothing but policy decides.
    pub restrictions: Option<Arc<Restrictions>>,
    /// The location as the contract spells it, for messages to the product's owners.
    pub spelled: Arc<str>,
}

impl fmt::Debug for PortLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortLocation").field("binding", &self.binding).field("spelled", &self.spelled).finish()
    }
}
