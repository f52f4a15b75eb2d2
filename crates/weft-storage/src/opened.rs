//! An open table: its store, and where in it the table lies.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use weft_model::restriction::Restrictions;

use crate::catalog::TableMetadata;
use crate::glob::Glob;
use crate::location;
use crate::remote::address::Address;
use crate::roots::{Root, store_path};

/// The store of one table, and where in it the table lies.
#[derive(Clone)]
pub struct Opened {
    /// Reads below the granted folder only; counts into the meter of [`Storage`].
    pub store: Arc<dyn ObjectStore>,
    /// Names the granted folder; two stores with one key hold the same files under the same paths.
    pub binding: Arc<str>,
    /// The file or folder inside the store.
    pub prefix: StorePath,
    /// Which files below `prefix` belong to the table, when the contract gives a pattern.
    pub glob: Option<Glob>,
    /// Ranges that lie no further apart than this many bytes are better read in one request.
    pub coalesce: u64,
    /// The table's metadata, where a catalog says what it is.
    pub metadata: Option<TableMetadata>,
    /// What a catalog withholds from whoever asked; whoever reads the table enforces it. Absent where it is known to withhold
    /// nothing from anybody, and for files.
    pub restrictions: Option<Arc<Restrictions>>,
    /// The granted folder before and after links are resolved.
    pub(crate) granted: [PathBuf; 2],
    pub(crate) roots: Arc<[Root]>,
}

impl Opened {
    /// The path inside the store of a file that table metadata names by an absolute path or an address, taken as it
    /// stands. `None` when it lies outside of the granted folder; that such a path exists says nothing yet, the store
    /// checks it when it is read.
    #[must_use]
    pub fn inside(&self, address: &str) -> Option<StorePath> {
        if Address::is_one(address) {
            // Places of object stores are no paths of this machine: what is granted here is one or the other.
            let address = Address::parse(address).ok().filter(|address| address.glob.is_none())?;
            return self.granted.iter().find_map(|granted| store_path(granted, &address.place()));
        }
        let names = location::absolute_names(address)?;
        let path = Path::new("/").join(names.join("/"));
        let rerooted =
            self.roots.iter().filter_map(|root| Some(root.real.join(path.strip_prefix(&root.spelled).ok()?)));
        std::iter::once(path.clone())
            .chain(rerooted)
            .find_map(|path| self.granted.iter().find_map(|granted| store_path(granted, &path)))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("binding", &self.binding)
            .field("prefix", &self.prefix)
            .field("glob", &self.glob)
            .finish_non_exhaustive()
    }
}
