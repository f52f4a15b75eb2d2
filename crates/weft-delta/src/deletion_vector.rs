//! Deletion vectors: the rows of a file that are deleted, beside the file or in the log itself.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use delta_kernel::Engine;
use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use roaring::RoaringTreemap;
use tokio_util::sync::CancellationToken;
use url::Url;
use weft_port::deletes::DeletedRows;
use weft_port::error::Error;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

use crate::engine::{PortEngine, Waiting};
use crate::failure::told;
use crate::reader::DELTA;

/// The deletion vector of one file.
pub(crate) struct DeletionVector {
    pub(crate) at: PortLocation,
    pub(crate) table: Url,
    pub(crate) files: Arc<dyn ParquetFiles>,
    pub(crate) descriptor: DeletionVectorDescriptor,
}

impl fmt::Debug for DeletionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeletionVector").field("rows", &self.descriptor.cardinality).finish_non_exhaustive()
    }
}

#[async_trait]
impl DeletedRows for DeletionVector {
    fn count(&self) -> u64 {
        u64::try_from(self.descriptor.cardinality).unwrap_or(0)
    }

    async fn rows(&self) -> Result<RoaringTreemap, Error> {
        let gone = CancellationToken::new();
        let _guard = gone.clone().drop_guard();
        let waiting = Waiting::new(gone);
        let engine = PortEngine::new(&self.at, &self.files, &waiting);
        let (descriptor, table) = (self.descriptor.clone(), self.table.clone());
        let read = tokio::task::spawn_blocking(move || descriptor.read(engine.storage_handler(), &table));
        let broken = |cause: String| Error::Corrupt { file: self.at.spelled.to_string(), format: DELTA, cause };
        let rows = read.await.map_err(|_| broken("the decoder broke off".to_owned()))?;
        let rows = rows.map_err(|cause| told(&self.at, cause))?;
        if rows.len() != self.count() {
            let (found, said) = (rows.len(), self.count());
            return Err(broken(format!("a deletion vector holds {found} rows, and the log says {said}")));
        }
        Ok(rows)
    }
}
