//! One snapshot of a table.

use std::fmt;
use std::sync::Arc;

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

    /// The columns whose values stand outside of the files, by name; [`LakeFile::partition_values`] has them in this order.
    /// Folders that only look as if they carried values are none of a format's business.
    fn partition_columns(&self) -> &[Arc<str>] {
        &[]
    }

    /// The files that may hold rows the pruner keeps, in a stable order.
    ///
    /// # Errors
    /// When metadata that was not needed to open the snapshot cannot be read now.
    async fn files(&self, keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error>;
}
