//! The folder of a mesh: which files it holds, and their texts. Nothing outside the folder is ever read.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use weft_model::finding::Finding;
use weft_model::place::Place;

use crate::error::Error;
use crate::intake::concerns;

/// The deepest folder that is looked into.
pub(crate) const DEPTH_MAX: usize = 16;

/// How a file looked when it was listed. Equal stamps: the file need not be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    modified: Option<SystemTime>,
    /// The file's number and the time its entry changed: tells a replaced file from an untouched one even when size
    /// and modification time agree. Zero where the system has no such thing.
    inode: u64,
    changed: (i64, i64),
}

/// What lies below a folder: by path relative to the root, each file that concerns us, or why it is refused.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Listing {
    pub(crate) files: BTreeMap<Arc<str>, Result<Stamp, Finding>>,
    /// Complaints about paths that were not followed.
    pub(crate) ignored: Vec<Finding>,
}

/// A folder, with links in its own path resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    root: PathBuf,
    file_bytes_max: u64,
}

impl Folder {
    /// Opens the folder of a mesh.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when there is no such folder.
    pub(crate) fn open(path: &Path, file_bytes_max: u64) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let root = fs::canonicalize(path).map_err(unreadable)?;
        if !fs::metadata(&root).map_err(unreadable)?.is_dir() {
            return Err(unreadable(ErrorKind::NotADirectory.into()));
        }
        Ok(Self { root, file_bytes_max })
    }

    /// The folder's path without links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Lists everything.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a folder that cannot be listed: what it holds is unknown, not gone.
    pub(crate) fn list(&self) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        self.walk(&self.root, "", 0, &mut Vec::new(), &mut listing)?;
        listing.ignored.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(listing)
    }

    /// Lists one path, relative to the root, and everything below it.
    ///
    /// # Errors
    /// As for [`Folder::list`].
    pub(crate) fn list_below(&self, path: &str) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let full = self.root.join(path);
        match fs::symlink_metadata(&full) {
            Err(error) if absent(error.kind()) => {}
            Err(source) => return Err(Error::Unreadable { path: full, source }),
            Ok(metadata) => {
                let depth = path.matches('/').count();
                self.enter(&full, path.to_owned(), metadata.file_type(), depth, &mut Vec::new(), &mut listing)?;
            }
        }
        Ok(listing)
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A finding: too large, not text, not readable.
    pub(crate) fn read(&self, path: &Arc<str>) -> Result<Arc<str>, Finding> {
        let unreadable = |error: std::io::Error| unusable(path, &format!("the file cannot be read: {}", error.kind()));
        let file = File::open(self.root.join(&**path)).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len().min(self.file_bytes_max);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
        file.take(self.file_bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > self.file_bytes_max) {
            return Err(self.too_large(path));
        }
        String::from_utf8(bytes).map(Arc::from).map_err(|_| unusable(path, "the file is not UTF-8 text"))
    }

    /// Lists a folder. `trail` holds the folders that links have led into on the way here.
    fn walk(
        &self,
        folder: &Path,
        relative: &str,
        depth: usize,
        trail: &mut Vec<PathBuf>,
        listing: &mut Listing,
    ) -> Result<(), Error> {
        if depth > DEPTH_MAX {
            return Err(Error::TooDeep { max: DEPTH_MAX });
        }
        let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Removed a moment ago; whether that lasts shows when the folder is listed again.
            Err(error) if depth > 0 && absent(error.kind()) => return Ok(()),
            Err(source) => return Err(unreadable(source)),
        };
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let file_type = entry.file_type().map_err(unreadable)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let shown = join(relative, &name.to_string_lossy());
                listing.ignored.push(unusable(&Arc::from(shown), "the name is not UTF-8 text"));
                continue;
            };
            let path = join(relative, name);
            if name.starts_with('.') {
                hidden(path, listing);
                continue;
            }
            self.enter(&entry.path(), path, file_type, depth, trail, listing)?;
        }
        Ok(())
    }

    /// Lists one entry of a folder.
    fn enter(
        &self,
        full: &Path,
        path: String,
        file_type: fs::FileType,
        depth: usize,
        trail: &mut Vec<PathBuf>,
        listing: &mut Listing,
    ) -> Result<(), Error> {
        if file_type.is_dir() {
            return self.walk(full, &path, depth + 1, trail, listing);
        }
        if file_type.is_symlink() {
            return self.follow(full, path, depth, trail, listing);
        }
        let path = Arc::from(path);
        if concerns(&path) {
            let stamp = fs::symlink_metadata(full);
            self.add(path, stamp, listing);
        }
        Ok(())
    }

    /// Lists what a link leads to, if that lies inside the mesh.
    fn follow(
        &self,
        full: &Path,
        path: String,
        depth: usize,
        trail: &mut Vec<PathBuf>,
        listing: &mut Listing,
    ) -> Result<(), Error> {
        let target = fs::canonicalize(full).and_then(|target| Ok((fs::metadata(&target)?, target)));
        let path: Arc<str> = Arc::from(path);
        match target {
            Ok((metadata, target)) if metadata.is_dir() => {
                let inside = target.starts_with(&self.root);
                let above = fs::canonicalize(full.parent().unwrap_or(full)).is_ok_and(|here| here.starts_with(&target));
                if !inside || above || trail.contains(&target) {
                    let message = if inside { "the link leads in a circle" } else { LEAVES };
                    listing.ignored.push(Finding::error("CAT-002", Place::file(path), message).hint(INSIDE));
                    return Ok(());
                }
                trail.push(target);
                self.walk(full, &path, depth + 1, trail, listing)?;
                trail.pop();
            }
            _ if !concerns(&path) => {}
            Ok((_, target)) if !target.starts_with(&self.root) => {
                let finding = Finding::error("CAT-002", Place::file(Arc::clone(&path)), LEAVES).hint(INSIDE);
                listing.files.insert(path, Err(finding));
            }
            Ok((metadata, _)) => self.add(path, Ok(metadata), listing),
            Err(error) => self.add(path, Err(error), listing),
        }
        Ok(())
    }

    /// Adds a file, or why it is refused.
    fn add(&self, path: Arc<str>, metadata: std::io::Result<Metadata>, listing: &mut Listing) {
        let entry = match metadata {
            Ok(metadata) if !metadata.is_file() => Err(unusable(&path, "this is not a regular file")),
            Ok(metadata) if metadata.len() > self.file_bytes_max => Err(self.too_large(&path)),
            Ok(metadata) => Ok(Stamp::of(&metadata)),
            Err(error) => Err(unusable(&path, &format!("the file cannot be read: {}", error.kind()))),
        };
        listing.files.insert(path, entry);
    }

    /// The complaint about a file over the bound.
    fn too_large(&self, path: &Arc<str>) -> Finding {
        let message = format!("the file is larger than {} bytes", self.file_bytes_max);
        Finding::error("CAT-003", Place::file(Arc::clone(path)), message).hint("Split the file.")
    }
}

/// What is said of a link that leaves the mesh.
const LEAVES: &str = "the link leads out of the mesh and is not followed";

/// What to do about links.
const INSIDE: &str = "Links are followed only to places below the root of the mesh.";

impl Stamp {
    /// How a file looks now.
    fn of(metadata: &Metadata) -> Self {
        let (inode, changed) = entry_of(metadata);
        Self { size: metadata.len(), modified: metadata.modified().ok(), inode, changed }
    }
}

/// The file's number, and the time its entry changed.
#[cfg(unix)]
fn entry_of(metadata: &Metadata) -> (u64, (i64, i64)) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), (metadata.ctime(), metadata.ctime_nsec()))
}

/// Nothing of the kind elsewhere.
#[cfg(not(unix))]
fn entry_of(_metadata: &Metadata) -> (u64, (i64, i64)) {
    (0, (0, 0))
}

/// A complaint about a hidden file, when it would count otherwise.
fn hidden(path: String, listing: &mut Listing) {
    let path = Arc::from(path);
    if concerns(&path) {
        let finding = Finding::warning("CAT-001", Place::file(path), "hidden files are ignored");
        listing.ignored.push(finding.hint("Rename the file so that its name does not begin with a dot."));
    }
}

/// A complaint about a file that cannot be used as it is.
fn unusable(path: &Arc<str>, message: &str) -> Finding {
    Finding::error("CAT-004", Place::file(Arc::clone(path)), message)
}

/// A path below a folder, with `/` on every system.
fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// True when an error says that there is nothing.
fn absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}
