//! Files below a folder, written whole or not at all, and through no link.
//!
//! A mesh may be somebody else's folder: a link in it must not lead what is written elsewhere. Each folder on the way is
//! opened from the one above it, so that nobody can put a link there in between.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::error::Failure;

/// The mode of what is written: contracts hold no secrets.
const SHARED: u32 = 0o644;
/// The mode of folders that are made.
const FOLDER: u32 = 0o755;
/// How many names are tried for a file that is not finished.
const DRAFTS_MAX: u32 = 100;

/// Puts a text into a file below a folder.
///
/// # Errors
/// When something on the way is a link, or cannot be made or written.
pub(super) fn put(root: &Path, below: &Path, text: &str) -> Result<(), Failure> {
    unlinked(root, below)?;
    let path = root.join(below);
    let failed = |cause: Errno| match cause {
        Errno::LOOP | Errno::NOTDIR => linked(&path),
        cause => Failure::File { what: "writing", path: path.clone(), cause: cause.into() },
    };
    let (Some(name), Some(folder)) = (below.file_name(), below.parent()) else { return Err(linked(&path)) };
    let mut at = rustix::fs::open(root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(failed)?;
    for part in folder.components() {
        let Component::Normal(part) = part else { return Err(linked(&path)) };
        match rustix::fs::mkdirat(&at, part, Mode::from_raw_mode(FOLDER)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(cause) => return Err(failed(cause)),
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        at = rustix::fs::openat(&at, part, flags, Mode::empty()).map_err(failed)?;
    }
    let (draft, file) = draft(&at, name).map_err(failed)?;
    let mut file = std::fs::File::from(file);
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let settled = written.and_then(|()| rustix::fs::renameat(&at, &draft, &at, name).map_err(std::io::Error::from));
    settled.map_err(|cause| {
        // What is not finished is of no use to anybody; that it cannot be removed changes nothing.
        let _ = rustix::fs::unlinkat(&at, &draft, AtFlags::empty());
        Failure::File { what: "writing", path: path.clone(), cause }
    })
}

/// A new file beside the one that it will become.
fn draft(at: &OwnedFd, name: &OsStr) -> Result<(OsString, OwnedFd), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let process = std::process::id();
    let mut tried = 0;
    loop {
        let mut draft = OsString::from(format!(".weft-import-{process}-{tried}-"));
        draft.push(name);
        match rustix::fs::openat(at, &draft, flags, Mode::from_raw_mode(SHARED)) {
            Ok(file) => return Ok((draft, file)),
            Err(Errno::EXIST) if tried < DRAFTS_MAX => tried += 1,
            Err(cause) => return Err(cause),
        }
    }
}

/// Refuses a path of which a part below the folder is a link.
///
/// # Errors
/// When one is.
pub(super) fn unlinked(root: &Path, below: &Path) -> Result<(), Failure> {
    let mut path = root.to_owned();
    for part in below.components() {
        path.push(part);
        if std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
            return Err(linked(&path));
        }
    }
    Ok(())
}

fn linked(path: &Path) -> Failure {
    Failure::Setup(format!("`{}` is a link, and an import writes through none", path.display()))
        .hinted("Put a folder or file in its place, or name the folder that it leads to with --into.")
}
