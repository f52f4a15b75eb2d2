//! Listing below a granted folder.

use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path as StorePath;
use object_store::{Error, ListResult, ObjectMeta, Result};

use crate::blocking;
use crate::jail::{Found, Jail, Refusal};
use crate::meta::object_meta;
use crate::segment;

/// The most files one listing may hold.
pub(crate) const LIST_OBJECTS_MAX: usize = 1_000_000;

/// The most names one listing may look at in a single folder.
pub(crate) const FOLDER_ENTRIES_MAX: usize = 1_000_000;

/// The deepest folder below the start of a listing.
pub(crate) const FOLDER_DEPTH_MAX: usize = 64;

/// How many files go down the stream at once.
const CHUNK: usize = 1024;

/// A listing under way: depth first, names in order.
///
/// A link to a folder is followed where it stays inside, but not a second one below it, so that links cannot make a
/// listing endless. A link that leads out, nowhere or too far fails the listing.
pub(crate) struct Walk {
    jail: Arc<Jail>,
    start: Option<StorePath>,
    pending: Vec<Entry>,
    files: usize,
}

/// Something found in a folder, links resolved.
struct Entry {
    location: StorePath,
    real: PathBuf,
    folder: bool,
    linked: bool,
    depth: usize,
}

/// Turns a walk into a stream, with the disk work on blocking threads.
pub(crate) fn stream(walk: Walk) -> BoxStream<'static, Result<ObjectMeta>> {
    stream::try_unfold(walk, |mut walk| {
        blocking::run(move || {
            let chunk = walk.next_chunk()?;
            Ok((!chunk.is_empty()).then_some((chunk, walk)))
        })
    })
    .map_ok(|chunk| stream::iter(chunk.into_iter().map(Ok)))
    .try_flatten()
    .boxed()
}

/// Lists one folder without going down.
pub(crate) fn one_level(jail: &Arc<Jail>, prefix: &StorePath) -> Result<ListResult> {
    let mut walk = Walk::new(Arc::clone(jail), prefix.clone());
    walk.begin()?;
    let mut result = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
    while let Some(entry) = walk.pending.pop() {
        if entry.folder {
            result.common_prefixes.push(entry.location);
        } else if let Some(meta) = walk.stat(entry)? {
            result.objects.push(meta);
        }
    }
    Ok(result)
}

impl Walk {
    /// A walk over everything below a folder.
    pub(crate) fn new(jail: Arc<Jail>, prefix: StorePath) -> Self {
        Self { jail, start: Some(prefix), pending: Vec::new(), files: 0 }
    }

    /// The next files; none at the end.
    fn next_chunk(&mut self) -> Result<Vec<ObjectMeta>> {
        self.begin()?;
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK
            && let Some(entry) = self.pending.pop()
        {
            if entry.folder {
                self.enter(entry)?;
            } else if let Some(meta) = self.stat(entry)? {
                self.files += 1;
                if self.files > LIST_OBJECTS_MAX {
                    return Err(too_large());
                }
                chunk.push(meta);
            }
        }
        Ok(chunk)
    }

    /// Reads the folder the walk starts in; one that does not exist holds nothing, as in every object store.
    fn begin(&mut self) -> Result<()> {
        let Some(location) = self.start.take() else { return Ok(()) };
        let Found { real, kind } = match self.jail.resolve(&location) {
            Ok(found) => found,
            Err(Refusal::Missing) => return Ok(()),
            Err(refusal) => return Err(self.jail.error(&location, refusal)),
        };
        if !kind.is_dir() {
            return Ok(());
        }
        self.enter(Entry { location, real, folder: true, linked: false, depth: 0 })
    }

    /// Puts what a folder holds on the stack, last name first.
    fn enter(&mut self, folder: Entry) -> Result<()> {
        let refuse = |refusal| self.jail.error(&folder.location, refusal);
        if folder.depth > FOLDER_DEPTH_MAX {
            return Err(refuse(Refusal::Outside));
        }
        // Somebody may have put a link where the folder was.
        if self.jail.resolve_path(&folder.real).map_err(refuse)?.real != folder.real {
            return Err(refuse(Refusal::Outside));
        }
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&folder.real).map_err(|error| refuse(error.into()))? {
            let entry = entry.map_err(|error| refuse(error.into()))?;
            let kind = entry.file_type().map_err(|error| refuse(error.into()))?;
            names.push((entry.file_name(), kind));
            if names.len() > FOLDER_ENTRIES_MAX {
                return Err(too_large());
            }
        }
        names.sort_by(|(one, _), (other, _)| other.cmp(one));
        for (name, kind) in names {
            // A name that cannot be spelled as a location cannot be read either; leaving it out would hide rows.
            let location = name.to_str().and_then(|name| child(&folder.location, name)).ok_or_else(unspeakable)?;
            let real = folder.real.join(&name);
            if let Some(entry) = self.classify(&folder, location, real, kind)? {
                self.pending.push(entry);
            }
        }
        Ok(())
    }

    /// What an entry of a folder is; `None` for what is no data: pipes, devices, other bindings' folders.
    fn classify(&self, parent: &Entry, location: StorePath, real: PathBuf, kind: FileType) -> Result<Option<Entry>> {
        let depth = parent.depth + 1;
        if !kind.is_symlink() {
            let wanted = (kind.is_dir() || kind.is_file()) && self.jail.holds(&real, kind.is_dir());
            return Ok(wanted.then_some(Entry { location, real, folder: kind.is_dir(), linked: parent.linked, depth }));
        }
        let found = self.jail.resolve_path(&real).map_err(|refusal| self.jail.error(&location, refusal))?;
        let Found { real, kind } = found;
        if kind.is_dir() && (parent.linked || leads_back(&real, &parent.real)) {
            return Err(self.jail.error(&location, Refusal::Outside));
        }
        let wanted = kind.is_dir() || kind.is_file();
        Ok(wanted.then_some(Entry { location, real, folder: kind.is_dir(), linked: true, depth }))
    }

    /// What a listing says of a file; `None` when it has gone since its name was read.
    fn stat(&self, entry: Entry) -> Result<Option<ObjectMeta>> {
        match entry.real.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => Ok(Some(object_meta(entry.location, &metadata))),
            Ok(_) => Err(self.jail.error(&entry.location, Refusal::Outside)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.jail.error(&entry.location, error.into())),
        }
    }
}

fn leads_back(target: &Path, folder: &Path) -> bool {
    folder.starts_with(target)
}

fn child(parent: &StorePath, name: &str) -> Option<StorePath> {
    segment::check(name).ok()?;
    let path = if parent.is_root() { name.to_owned() } else { format!("{parent}/{name}") };
    StorePath::parse(path).ok()
}

fn unspeakable() -> Error {
    Error::NotSupported { source: "a folder holds a name that is no plain text".into() }
}

fn too_large() -> Error {
    Error::NotSupported { source: "a folder holds more files than one listing may".into() }
}
