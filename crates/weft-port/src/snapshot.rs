//! One snapshot of a table.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use async_trait::async_trait;

use crate::error::Error;
use crate::file::LakeFile;
use crate::prune::Pruner;

/// What is known of a snapshot without a look at its files.
#[derive(Clone, Debug)]
pub struct TableState {
    /// The version, as the format names it; for plain files a digest of the listing.
    pub version: String,
    /// Names and types as they stand in storage.
    pub schema: SchemaRef,
    /// By which number the table knows a column, for those that it numbers.
    pub field_ids: Vec<(Arc<str>, i32)>,
    /// The columns whose values stand outside of the files, by name; [`LakeFile::partition_values`] has them in this
    /// order. Folders that only look as if they carried values are none of a format's business.
    pub partition_columns: Vec<Arc<str>>,
    /// The columns by whose values rows are put into files, by name, whether the values stand in the files or not: which rows
    /// come from one file tells something of them.
    pub grouped_by: Vec<Arc<str>>,
    /// Columns that the table has and that are not read, each with what stands against it: `is a variant, …`.
    pub unread: Vec<(Arc<str>, String)>,
    /// How many rows there are, if the format's metadata says so. Readers count for themselves: planners may ask.
    pub rows: Option<u64>,
    /// About how many bytes the snapshot holds in memory.
    pub held: usize,
}

/// One immutable state of a table.
#[async_trait]
pub trait PortSnapshot: Send + Sync + fmt::Debug {
    /// What is known of it.
    fn state(&self) -> &TableState;

    /// The files that may hold rows the pruner keeps, in a stable order. What the pruner is shown are files, one by one.
    ///
    /// # Errors
    /// When metadata that was not needed to open the snapshot cannot be read now.
    async fn files(&self, keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error>;
}
