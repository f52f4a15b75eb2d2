//! Deletion vectors: the rows of a file that are deleted, beside the file or in the log itself.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use delta_kernel::Engine;
use delta_kernel::KernelResult;
use delta_kernel::actions::deletion_vector::{DeletionVectorDescriptor, DeletionVectorStorageType};
use roaring::RoaringTreemap;
use tokio_util::sync::CancellationToken;
use weft_port::deletes::DeletedRows;
use weft_port::error::Error;

use crate::engine::{Trust, Waiting};
use crate::failure::told;
use crate::place;
use crate::reader::DELTA;
use crate::table::Table;

/// The deletion vector of one file.
pub(crate) struct DeletionVector {
    pub(crate) table: Arc<Table>,
    pub(crate) descriptor: DeletionVectorDescriptor,
}

impl fmt::Debug for DeletionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeletionVector").field("rows", &self.descriptor.cardinality).finish_non_exhaustive()
    }
}

impl DeletionVector {
    /// Where it lies, in the port's store: an absolute address has to lead below the table.
    fn inside(&self) -> KernelResult<DeletionVectorDescriptor> {
        let mut descriptor = self.descriptor.clone();
        if descriptor.storage_type == DeletionVectorStorageType::PersistedAbsolute {
            let (at, address) = (&self.table.at, &descriptor.path_or_inline_dv);
            let name = place::relative(address, at).unwrap_or_else(|| address.clone());
            descriptor.path_or_inline_dv = place::file(&place::named(&at.path, &name)?)?.to_string();
        }
        Ok(descriptor)
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
        let descriptor = self.inside().map_err(|cause| told(&self.table.at, cause))?;
        let table = Arc::clone(&self.table);
        let read = tokio::task::spawn_blocking(move || {
            descriptor.read(table.engine(&waiting, Trust::default()).storage_handler(), &table.root)
        });
        let broken = |cause: String| Error::Corrupt { file: self.table.at.spelled.to_string(), format: DELTA, cause };
        let rows = read.await.map_err(|_| broken("the decoder broke off".to_owned()))?;
        let rows = rows.map_err(|cause| told(&self.table.at, cause))?;
        if rows.len() != self.count() {
            let (found, said) = (rows.len(), self.count());
            return Err(broken(format!("a deletion vector holds {found} rows, and the log says {said}")));
        }
        Ok(rows)
    }
}
