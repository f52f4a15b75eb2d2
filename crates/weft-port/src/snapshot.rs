//! One snapshot of a table.

use std::fmt;

use arrow_schema::SchemaRef;
use async_trait::async_trait;

use crate::error::Error;
use crate::file::LakeFile;
use crate::prune::Pruner;

/// One immutable state of a table.
#[async_trait]
pub trait PortSnapshot: Send + Sync + fmt::Debug {
    /// The version, as the format names it; for plain files a digest of the listing.
    fn version(&self) -> &str;

    /// Names and types as they stand in storage.
    fn schema(&self) -> &SchemaRef;

    /// The files that may hold rows the pruner keeps, in a stable order.
    ///
    /// # Errors
    /// When metadata that was not needed to open the snapshot cannot be read now.
    async fn files(&self, keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error>;
}
