//! One version of a Delta table.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::prune::Pruner;
use weft_port::snapshot::PortSnapshot;

/// A version, with its files.
pub struct DeltaSnapshot {
    pub(crate) version: String,
    pub(crate) schema: SchemaRef,
    pub(crate) partition_columns: Vec<Arc<str>>,
    pub(crate) files: Vec<LakeFile>,
}

impl fmt::Debug for DeltaSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeltaSnapshot").field("version", &self.version).field("files", &self.files.len()).finish()
    }
}

#[async_trait]
impl PortSnapshot for DeltaSnapshot {
    fn version(&self) -> &str {
        &self.version
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn partition_columns(&self) -> &[Arc<str>] {
        &self.partition_columns
    }

    async fn files(&self, _keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error> {
        Ok(self.files.clone())
    }
}
