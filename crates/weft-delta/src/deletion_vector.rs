//! Deletion vectors: the rows of a file that are deleted, beside the file or in the log itself.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use delta_kernel::actions::deletion_vector::{DeletionVectorDescriptor, DeletionVectorStorageType};
use delta_kernel::{Engine, KernelError, KernelResult};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use roaring::RoaringTreemap;
use tokio_util::sync::CancellationToken;
use weft_port::deletes::{DeletedRows, bitmap};
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

/// The most bytes of one vector.
const VECTOR_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Bytes of a length and of a checksum, around a vector in a file.
const WORD: u64 = 4;

impl DeletionVector {
    /// The file that holds the vector, and where in it; [`None`] for one that stands in the log.
    fn place(&self) -> KernelResult<Option<(Path, u64)>> {
        let mut descriptor = self.descriptor.clone();
        if descriptor.storage_type == DeletionVectorStorageType::PersistedAbsolute {
            let (at, address) = (&self.table.at, &descriptor.path_or_inline_dv);
            let name = place::relative(address, at).unwrap_or_else(|| address.clone());
            descriptor.path_or_inline_dv = place::file(&place::named(&at.path, &name)?)?.to_string();
        }
        let Some(url) = descriptor.absolute_path(&self.table.root)? else { return Ok(None) };
        let offset = descriptor.offset.map_or(Ok(1), u64::try_from);
        let offset = offset.map_err(|_| KernelError::deletion_vector("begins before its file"))?;
        Ok(Some((place::path(&url, &self.table.at.path)?, offset)))
    }

    /// The vector of a file: its length, itself, and a checksum of it.
    async fn beside(&self, path: &Path, offset: u64) -> KernelResult<RoaringTreemap> {
        let wrong = |what: &str| KernelError::deletion_vector(format!("`{}`: {what}", path.filename().unwrap_or_default()));
        let length = u64::try_from(self.descriptor.size_in_bytes).map_err(|_| wrong("it holds a vector of no length"))?;
        if length > VECTOR_BYTES_MAX {
            return Err(wrong(&format!("it holds a vector of more than {VECTOR_BYTES_MAX} bytes")));
        }
        let end = offset.checked_add(length + 2 * WORD).ok_or_else(|| wrong("it is not as long as the log says"))?;
        let bytes = self.table.at.store.get_range(path, offset..end).await?;
        match u64::try_from(bytes.len()) == Ok(length + 2 * WORD) {
            true => bitmap(&bytes).map_err(|cause| wrong(&cause)),
            false => Err(wrong("it is not as long as the log says")),
        }
    }

    /// The vector that stands in the log.
    async fn inline(&self) -> KernelResult<RoaringTreemap> {
        let gone = CancellationToken::new();
        let _guard = gone.clone().drop_guard();
        let waiting = Waiting::new(gone);
        let (descriptor, table) = (self.descriptor.clone(), Arc::clone(&self.table));
        let read = tokio::task::spawn_blocking(move || {
            descriptor.read(table.engine(&waiting, Trust::default()).storage_handler(), &table.root)
        });
        read.await.map_err(|_| KernelError::deletion_vector("the decoder broke off"))?
    }
}

#[async_trait]
impl DeletedRows for DeletionVector {
    fn count(&self) -> Option<u64> {
        u64::try_from(self.descriptor.cardinality).ok()
    }

    async fn rows(&self) -> Result<RoaringTreemap, Error> {
        let told = |cause| told(&self.table.at, cause);
        let rows = match self.place().map_err(told)? {
            Some((path, offset)) => self.beside(&path, offset).await,
            None => self.inline().await,
        };
        let rows = rows.map_err(told)?;
        let said = self.descriptor.cardinality;
        if i64::try_from(rows.len()) != Ok(said) {
            let found = rows.len();
            let cause = format!("a deletion vector holds {found} rows, and the log says {said}");
            return Err(Error::Corrupt { file: self.table.at.spelled.to_string(), format: DELTA, cause });
        }
        Ok(rows)
    }
}
