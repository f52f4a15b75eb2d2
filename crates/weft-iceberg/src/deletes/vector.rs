//! Deletion vectors: blobs of Puffin files ("deletion-vector-v1").

use object_store::ObjectStoreExt;
use roaring::RoaringTreemap;
use weft_port::deletes::bitmap;
use weft_port::error::Error;

use super::Deletes;
use crate::failure::{corrupt, refused, unread};
use crate::manifest::{DeleteFile, DeleteKind};

/// The most bytes of one vector.
const VECTOR_BYTES_MAX: u64 = 128 * 1024 * 1024;

impl Deletes {
    /// The positions in a vector.
    pub(super) async fn vector(&self, file: &DeleteFile) -> Result<RoaringTreemap, Error> {
        let at = &self.table.place.at;
        let path = self.table.path(&file.path)?;
        let DeleteKind::Vector { offset, size } = file.kind else { return Ok(RoaringTreemap::new()) };
        let (Ok(offset), Ok(size)) = (u64::try_from(offset), u64::try_from(size)) else {
            return Err(corrupt(&path, "a deletion vector lies before its beginning"));
        };
        if size > VECTOR_BYTES_MAX {
            return Err(refused(at, format!("a deletion vector has more than {VECTOR_BYTES_MAX} bytes")));
        }
        let end = offset.checked_add(size).ok_or_else(|| corrupt(&path, "a deletion vector lies behind its end"))?;
        let bytes = at.store.get_range(&path, offset..end).await.map_err(|cause| unread(at, &path, cause))?;
        let rows = bitmap(&bytes).map_err(|cause| corrupt(&path, cause))?;
        match u64::try_from(file.records) == Ok(rows.len()) {
            true => Ok(rows),
            false => {
                let cause = format!("a deletion vector holds {} rows, and the table says {}", rows.len(), file.records);
                Err(corrupt(&path, cause))
            }
        }
    }
}
