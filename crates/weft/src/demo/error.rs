//! What can go wrong while the demonstration is put together.

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use thiserror::Error;

/// A failure to write the demonstration's folder.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or folder could not be read, written or moved.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Columns do not fit together: a mistake in the generator.
    #[error("cannot put the columns of a demonstration table together")]
    Columns(#[from] ArrowError),
    /// A Parquet file could not be written.
    #[error("cannot write a Parquet file of the demonstration")]
    Parquet(#[from] ParquetError),
    /// A deletion vector could not be written.
    #[error("cannot write the deleted rows of a demonstration table")]
    Deletes(#[from] delta_kernel::KernelError),
    /// The list of generated files could not be written or read as JSON.
    #[error("cannot write the list of generated files")]
    List(#[from] serde_json::Error),
}

/// A result with this module's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Wraps an I/O error with what was tried on which path.
    pub fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }
}
