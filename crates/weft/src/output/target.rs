//! The file that an answer is asked to go to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::output::format::Format;

/// A file that can be written as far as can be told beforehand, and the format that its ending names.
#[derive(Clone, Debug)]
pub struct Target {
    /// As it was given.
    pub(super) path: PathBuf,
    /// Where it lies once links are resolved: a link keeps leading to its file.
    pub(super) place: PathBuf,
    /// What its ending says.
    pub(super) format: Format,
}

impl Target {
    /// Judges a path.
    ///
    /// # Errors
    /// When the ending is not one of ours, the folder is not there, or something that is no file has the name.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let Some(format) = Format::ALL.into_iter().find(|format| format.ending() == ending) else {
            return Err(Failure::Setup(format!("`{}` ends in none of .parquet, .arrow, .csv, .json", path.display())));
        };
        let failed = |cause| Failure::File { what: "writing", path: path.to_owned(), cause };
        let place = match path.canonicalize() {
            Ok(place) => place,
            Err(cause) if cause.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(cause) => return Err(failed(cause)),
        };
        let target = Self { path: path.to_owned(), place, format };
        match target.place.metadata() {
            Ok(there) if !there.is_file() => {
                Err(Failure::Setup(format!("{}: it is a folder or a device, not a file", target.attempt())))
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => match target.folder().try_exists() {
                Ok(false) => Err(target.homeless()),
                Ok(true) => Ok(target),
                Err(cause) => Err(failed(cause)),
            },
            Ok(_) => Ok(target),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// What writing there is called when it fails.
    pub(super) fn attempt(&self) -> String {
        format!("writing `{}`", self.path.display())
    }

    /// The folder that the file is in.
    pub(super) fn folder(&self) -> &Path {
        match self.place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn homeless(&self) -> Failure {
        let folder = self.folder().display();
        Failure::Setup(format!("{}: the folder `{folder}` does not exist", self.attempt()))
            .hinted("Make the folder first, or name a file in one that is there.")
    }
}
