//! The check that every access to a local file goes through.

use std::fs::{File, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::Error;
use object_store::path::Path as StorePath;

use crate::binding::{Pattern, depth};
use crate::meta::identity;
use crate::segment;

/// One granted folder.
///
/// A path is resolved to what it really names, links included, before anything is opened; afterwards the opened file
/// is asked where it lies, so that exchanging a folder for a link in between gains nothing. Hard links cannot be told
/// from files and are as good as the files they name: who may create one may read the original on disk.
#[derive(Debug)]
pub(crate) struct Jail {
    /// The folder, links resolved.
    root: PathBuf,
    /// Folders below it that belong to other bindings.
    closed: Vec<Pattern>,
    /// The binding's key, for the log.
    binding: Arc<str>,
}

/// What a path really names.
#[derive(Debug)]
pub(crate) struct Found {
    /// The path without links.
    pub real: PathBuf,
    /// File, folder or something else; never a link.
    pub kind: FileType,
}

/// Why an access is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nothing is there.
    Missing,
    /// It lies outside.
    Outside,
    /// It is neither file nor folder, or not the one that is needed.
    Kind,
    /// The disk said no.
    Disk(io::Error),
}

impl Jail {
    /// A jail around a folder whose links are resolved already.
    pub(crate) fn new(root: PathBuf, closed: Vec<Pattern>, binding: Arc<str>) -> Self {
        // A pattern of the same length that covers the folder was weighed when the folder was granted.
        let own = depth(&root);
        Self { root, closed: closed.into_iter().filter(|pattern| pattern.depth() > own).collect(), binding }
    }

    /// What a location really names; the result lies inside.
    pub(crate) fn resolve(&self, location: &StorePath) -> Result<Found, Refusal> {
        let mut path = self.root.clone();
        for part in location.parts() {
            segment::check(part.as_ref()).map_err(|_| Refusal::Missing)?;
            path.push(part.as_ref());
        }
        self.resolve_path(&path)
    }

    /// What a path really names; the result lies inside.
    pub(crate) fn resolve_path(&self, path: &Path) -> Result<Found, Refusal> {
        let real = path.canonicalize()?;
        let kind = real.symlink_metadata()?.file_type();
        if self.holds(&real, kind.is_dir()) { Ok(Found { real, kind }) } else { Err(Refusal::Outside) }
    }

    /// Whether a file or folder, by a path without links, lies inside.
    pub(crate) fn holds(&self, real: &Path, folder: bool) -> bool {
        real.starts_with(&self.root) && !self.closed.iter().any(|pattern| pattern.owns(real, folder))
    }

    /// Opens a file for reading.
    pub(crate) fn open(&self, location: &StorePath) -> Result<(File, Metadata), Refusal> {
        let Found { real, kind } = self.resolve(location)?;
        // Asked before opening, because opening a pipe waits for somebody to write into it.
        if !kind.is_file() {
            return Err(Refusal::Kind);
        }
        let file = File::open(&real)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Refusal::Kind);
        }
        if !self.holds_opened(&file, &metadata, &real) {
            return Err(Refusal::Outside);
        }
        Ok((file, metadata))
    }

    /// Whether an opened file lies inside, whatever became of the path it was opened by.
    #[cfg(target_os = "linux")]
    fn holds_opened(&self, file: &File, metadata: &Metadata, real: &Path) -> bool {
        use std::os::fd::AsRawFd;

        match std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) {
            Ok(opened) => self.holds(&opened, false),
            Err(_) => self.still_the_same(metadata, real),
        }
    }

    /// Whether an opened file lies inside, whatever became of the path it was opened by.
    #[cfg(not(target_os = "linux"))]
    fn holds_opened(&self, _file: &File, metadata: &Metadata, real: &Path) -> bool {
        self.still_the_same(metadata, real)
    }

    /// Whether the path still names the opened file and leads there without a link.
    fn still_the_same(&self, metadata: &Metadata, real: &Path) -> bool {
        let Ok(now) = real.symlink_metadata() else { return false };
        real.canonicalize().is_ok_and(|again| again == real) && identity(&now) == identity(metadata)
    }

    /// What the reader of the store is told; what lies outside reads like what does not exist, and is logged.
    pub(crate) fn error(&self, location: &StorePath, refusal: Refusal) -> Error {
        let path = location.to_string();
        match refusal {
            Refusal::Missing | Refusal::Kind => not_found(path),
            Refusal::Outside => {
                tracing::warn!(binding = %self.binding, location = %path, "refused a location that leads out of its binding");
                not_found(path)
            }
            Refusal::Disk(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                Error::PermissionDenied { path, source: Box::new(source) }
            }
            Refusal::Disk(source) => Error::Generic { store: STORE, source: Box::new(source) },
        }
    }
}

/// The store's name in errors.
pub(crate) const STORE: &str = "local";

fn not_found(path: String) -> Error {
    Error::NotFound { path, source: "nothing is found there".into() }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};

        match error.kind() {
            NotFound | NotADirectory | InvalidFilename | InvalidInput => Self::Missing,
            _ => Self::Disk(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opened_file_is_asked_where_it_lies() {
        let dir = tempfile::TempDir::new().expect("temp dir");
        let base = dir.path().canonicalize().expect("real");
        let (inside, outside) = (base.join("jail/file"), base.join("file"));
        std::fs::create_dir(base.join("jail")).expect("folder");
        std::fs::write(&inside, "inside").expect("file");
        std::fs::write(&outside, "outside").expect("file");
        let jail = Jail::new(base.join("jail"), Vec::new(), Arc::from("test"));
        for (path, held) in [(&inside, true), (&outside, false)] {
            let file = File::open(path).expect("open");
            let metadata = file.metadata().expect("metadata");
            // The path was checked; what was opened by it is another file when `held` is false.
            assert_eq!(jail.holds_opened(&file, &metadata, &inside), held);
            assert_eq!(jail.still_the_same(&metadata, &inside), held);
        }
    }
}
