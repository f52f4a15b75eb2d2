//! The folders below which local files may lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::path::Path as StorePath;

use crate::error::Error;
use crate::location::Location;

/// A folder below which files may lie.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) spelled: PathBuf,
    pub(crate) real: PathBuf,
    pub(crate) key: Arc<str>,
}

impl Root {
    pub(crate) fn new(spelled: &Path, key: String, what: impl Fn() -> String) -> Result<Self, Error> {
        match spelled.canonicalize() {
            Ok(real) if real.is_dir() => Ok(Self { spelled: spelled.to_owned(), real, key: Arc::from(key) }),
            _ => Err(Error::RootMissing { what: what() }),
        }
    }
}

/// The root a location lies below and its path there; `None` when it lies below none.
pub(crate) fn place<'r>(roots: &'r [Root], location: &Location) -> Option<(&'r Root, PathBuf)> {
    let names: PathBuf = location.segments.iter().collect();
    if !location.absolute {
        let mesh = roots.first()?;
        return Some((mesh, mesh.real.join(names)));
    }
    let path = Path::new("/").join(names);
    let below = |root: &'r Root| {
        let rest = path.strip_prefix(&root.spelled).or_else(|_| path.strip_prefix(&root.real)).ok()?;
        Some((root, root.real.join(rest)))
    };
    roots.iter().filter_map(below).max_by_key(|(root, _)| root.real.components().count())
}

/// The path of a file inside a store over a folder; `None` when it lies elsewhere.
pub(crate) fn store_path(folder: &Path, path: &Path) -> Option<StorePath> {
    let rest = path.strip_prefix(folder).ok()?;
    StorePath::parse(rest.to_str()?).ok()
}
