//! What is told about a file.

use std::fs::Metadata;

use chrono::{DateTime, Utc};
use object_store::ObjectMeta;
use object_store::path::Path;

/// What a listing and a read say of a file; both say the same.
pub(crate) fn object_meta(location: Path, metadata: &Metadata) -> ObjectMeta {
    let last_modified: DateTime<Utc> = metadata.modified().map_or(DateTime::UNIX_EPOCH, DateTime::from);
    let (size, (device, inode)) = (metadata.len(), identity(metadata));
    let nanoseconds = last_modified.timestamp_nanos_opt().unwrap_or_default();
    let e_tag = Some(format!("{device:x}-{inode:x}-{nanoseconds:x}-{size:x}"));
    ObjectMeta { location, last_modified, size, e_tag, version: None }
}

/// What tells one file from every other on the machine.
#[cfg(unix)]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (metadata.dev(), metadata.ino())
}

/// What tells one file from every other on the machine.
#[cfg(not(unix))]
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.len(), 0)
}
