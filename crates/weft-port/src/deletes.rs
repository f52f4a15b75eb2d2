//! Rows that are deleted although they stand in their file.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use roaring::RoaringTreemap;

use crate::error::Error;

/// Where a file's deleted rows are recorded.
#[derive(Clone, Debug, Default)]
pub enum Deletes {
    /// Every row of the file counts.
    #[default]
    None,
    /// Some rows do not; which ones is read when the file is.
    Rows(Arc<dyn DeletedRows>),
}

/// The rows of one file that are deleted.
#[async_trait]
pub trait DeletedRows: Send + Sync + fmt::Debug {
    /// How many there are, as the format's metadata says.
    fn count(&self) -> u64;

    /// Their positions in the file, from zero.
    ///
    /// # Errors
    /// When they cannot be read, or are not as many as was said.
    async fn rows(&self) -> Result<RoaringTreemap, Error>;
}
