//! Listing and reading the log.

use bytes::Bytes;
use delta_kernel::{FileMeta, FileSlice, KernelError, KernelResult, KernelResultIteratorStatic, StorageHandler};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::ObjectStoreExt;
use url::Url;
use weft_port::location::PortLocation;

use super::{AT_ONCE, Waiting, read_only};
use crate::place;

/// The most names that one listing of the log may have.
const LISTED_MAX: usize = 1_000_000;

/// The most bytes of a file that is read as a whole.
const WHOLE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How files end that repeat what a version is. They are left out: what they say is said by the log itself, and where the two
/// differ the log is right.
const CHECKSUM: &str = "crc";
/// Where a log says which checkpoint is its last.
const HINT: &str = "/_last_checkpoint";
/// What stands in the name of every file of a checkpoint.
const CHECKPOINT: &str = ".checkpoint.";

/// What of a log is gone by. All of it only spares reading commits, which say it all as long as they are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// Commits alone.
    Commits,
    /// Checkpoints too, as they are listed.
    Checkpoints,
    /// And what the log says of its last one.
    #[default]
    Hint,
}

impl Trust {
    /// What is gone by where this led nowhere.
    pub(crate) fn less(self) -> Option<Self> {
        match self {
            Self::Hint => Some(Self::Checkpoints),
            Self::Checkpoints => Some(Self::Commits),
            Self::Commits => None,
        }
    }
}

/// The port's store, for the kernel.
#[derive(Debug)]
pub(super) struct PortStorage {
    pub(super) at: PortLocation,
    pub(super) waiting: Waiting,
    pub(super) trust: Trust,
}

fn bounded(bytes: u64, bytes_max: u64) -> KernelResult<()> {
    match bytes <= bytes_max {
        true => Ok(()),
        false => Err(KernelError::generic(format!("a file of {bytes} bytes is read as a whole, and {bytes_max} are the most"))),
    }
}

impl StorageHandler for PortStorage {
    /// What lies in the folder of a file and has a greater name, or in a folder, in the order of names. Folders within
    /// are left out: nothing that the log is made of lies there but sidecars, which are named.
    fn list_from(&self, from: &Url) -> KernelResult<KernelResultIteratorStatic<FileMeta>> {
        let offset = place::path(from, &self.at.path)?;
        let mut folder: Vec<_> = offset.parts().collect();
        if !from.path().ends_with('/') {
            folder.pop();
        }
        let (depth, folder) = (folder.len() + 1, Path::from_iter(folder));
        let listed = async {
            let mut found: Vec<FileMeta> = Vec::new();
            let mut listing = self.at.store.list_with_offset(Some(&folder), &offset);
            let mut listed = 0;
            while let Some(meta) = listing.try_next().await? {
                listed += 1;
                if listed > LISTED_MAX {
                    return Err(KernelError::generic(format!("the log has more than {LISTED_MAX} files")));
                }
                if meta.location.parts().count() != depth || meta.location.extension() == Some(CHECKSUM) {
                    continue;
                }
                if self.trust < Trust::Checkpoints && meta.location.filename().is_some_and(|name| name.contains(CHECKPOINT)) {
                    continue;
                }
                let (last_modified, size) = (meta.last_modified.timestamp_millis(), meta.size);
                found.push(FileMeta { location: place::file(&meta.location)?, last_modified, size });
            }
            Ok(found)
        };
        let mut found = self.waiting.wait(listed)?;
        found.sort_unstable();
        Ok(Box::new(found.into_iter().map(Ok)))
    }

    fn read_files(&self, files: Vec<FileSlice>) -> KernelResult<KernelResultIteratorStatic<Bytes>> {
        let hint = |(url, _): &FileSlice| url.path().ends_with(HINT);
        if self.trust < Trust::Hint && files.iter().any(hint) {
            return Ok(Box::new(std::iter::once(Err(KernelError::FileNotFound(HINT.to_owned())))));
        }
        let at = self.at.clone();
        let read = stream::iter(files).map(move |(url, range)| {
            let at = at.clone();
            async move {
                let path = place::path(&url, &at.path)?;
                if let Some(range) = range {
                    bounded(range.end.saturating_sub(range.start), WHOLE_BYTES_MAX)?;
                    return Ok(at.store.get_range(&path, range).await?);
                }
                let found = at.store.get(&path).await?;
                // What is read as a whole is what the log says of its last checkpoint; the rest comes in pieces.
                bounded(found.meta.size, WHOLE_BYTES_MAX)?;
                Ok(found.bytes().await?)
            }
        });
        Ok(Box::new(self.waiting.each(read.buffered(AT_ONCE).boxed())))
    }

    fn head(&self, file: &Url) -> KernelResult<FileMeta> {
        let path = place::path(file, &self.at.path)?;
        let meta = self.waiting.wait(async { Ok(self.at.store.head(&path).await?) })?;
        Ok(FileMeta { location: file.clone(), last_modified: meta.last_modified.timestamp_millis(), size: meta.size })
    }

    fn copy_atomic(&self, _: &Url, _: &Url) -> KernelResult<()> {
        Err(read_only())
    }

    fn put(&self, _: &Url, _: Bytes, _: bool) -> KernelResult<()> {
        Err(read_only())
    }

    fn delete(&self, _: &Url) -> KernelResult<()> {
        Err(read_only())
    }
}
