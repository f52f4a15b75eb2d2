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

/// Begins a vector in the portable form of its bitmaps; the protocol knows no other in use.
const MAGIC: [u8; 4] = 1_681_511_377_u32.to_le_bytes();
/// The most bytes of one vector.
const VECTOR_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Bytes of a length and of a checksum, around a vector in a file.
const WORD: usize = 4;

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
        let wrong = |what: &str| KernelError::deletion_vector(format!("`{}` {what}", path.filename().unwrap_or_default()));
        let length = u64::try_from(self.descriptor.size_in_bytes).map_err(|_| wrong("holds a vector of no length"))?;
        if length > VECTOR_BYTES_MAX {
            return Err(wrong(&format!("holds a vector of more than {VECTOR_BYTES_MAX} bytes")));
        }
        let end = offset.checked_add(length + 2 * WORD as u64).ok_or_else(|| wrong("is not as long as the log says"))?;
        let bytes = self.table.at.store.get_range(path, offset..end).await?;
        let whole = bytes.split_first_chunk::<WORD>().and_then(|(said, rest)| {
            let (vector, checksum) = rest.split_last_chunk::<WORD>()?;
            Some((u32::from_be_bytes(*said), vector, u32::from_be_bytes(*checksum)))
        });
        let (said, vector, checksum) = whole.ok_or_else(|| wrong("is not as long as the log says"))?;
        if u64::from(said) != length || u64::try_from(vector.len()) != Ok(length) {
            return Err(wrong("holds a vector of another length"));
        }
        if crc32fast::hash(vector) != checksum {
            return Err(wrong("is damaged: its checksum is another"));
        }
        let bitmaps = vector.strip_prefix(&MAGIC).ok_or_else(|| wrong("holds no deletion vector"))?;
        RoaringTreemap::deserialize_from(bitmaps).map_err(|cause| wrong(&format!("holds no deletion vector: {cause}")))
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
    fn count(&self) -> u64 {
        u64::try_from(self.descriptor.cardinality).unwrap_or(0)
    }

    async fn rows(&self) -> Result<RoaringTreemap, Error> {
        let told = |cause| told(&self.table.at, cause);
        let rows = match self.place().map_err(told)? {
            Some((path, offset)) => self.beside(&path, offset).await,
            None => self.inline().await,
        };
        let rows = rows.map_err(told)?;
        if rows.len() != self.count() {
            let (found, said) = (rows.len(), self.count());
            let cause = format!("a deletion vector holds {found} rows, and the log says {said}");
            return Err(Error::Corrupt { file: self.table.at.spelled.to_string(), format: DELTA, cause });
        }
        Ok(rows)
    }
}
