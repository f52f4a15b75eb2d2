//! Opening Iceberg tables.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use weft_port::error::Error;
use weft_port::files::ParquetFiles;
use weft_port::location::{Metadata, PortLocation};
use weft_port::reader::{AsOf, Kept as Counted, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::failure::{ICEBERG, refused};
use crate::kept::Kept;
use crate::lake::Lake;
use crate::pointer;
use crate::snapshot::IcebergSnapshot;
use crate::table::Table;

/// The most files that a table may have.
pub const FILES_MAX: usize = 1_000_000;

/// Opens Iceberg tables.
///
/// Which metadata file a table is at is looked up whenever it is opened: nothing that is answered is older than the question.
/// What files of metadata and of deletes say is kept, since they never change.
pub struct IcebergPortReader {
    lake: Arc<Lake>,
}

impl IcebergPortReader {
    /// A reader that opens files of deletes through `files`, of tables of at most `files_max` files, and keeps at most so many
    /// bytes.
    #[must_use]
    pub fn new(files: Arc<dyn ParquetFiles>, files_max: usize, bytes_max: u64) -> Self {
        Self { lake: Arc::new(Lake { kept: Kept::new(bytes_max), files_max, files }) }
    }
}

#[async_trait]
impl PortReader for IcebergPortReader {
    fn format(&self) -> &'static str {
        ICEBERG
    }

    fn kept(&self) -> Counted {
        self.lake.kept.counted()
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if at.keep.is_some() {
            return Err(refused(at, "a pattern of files is no table"));
        }
        let table = match &at.metadata {
            Some(Metadata::Text { text, tag }) => Table::said(at, text, tag, &self.lake.kept).await?,
            Some(Metadata::File(_)) | None => Table::open(at, &pointer::find(at).await?, &self.lake.kept).await?,
        };
        let state = table.state(as_of, &self.lake.kept).await?;
        Ok(Arc::new(IcebergSnapshot::new(Arc::new(table), state, Arc::clone(&self.lake))))
    }
}

impl fmt::Debug for IcebergPortReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IcebergPortReader").field("files_max", &self.lake.files_max).finish_non_exhaustive()
    }
}
