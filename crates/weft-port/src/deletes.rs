//! Rows that are deleted although they stand in their file.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use roaring::RoaringTreemap;

use crate::error::Error;

/// Where a file's deleted rows are recorded.
#[derive(Clone, Debug, Default)]
pub enum Deletes {
    /// Every row of the file counts.
    #[default]
    None,
    /// Some rows do not; which ones is read when the file is.
    Rows(Arc<dyn DeletedRows>),
}

/// The rows of one file that are deleted.
#[async_trait]
pub trait DeletedRows: Send + Sync + fmt::Debug {
    /// How many there are, where the format's metadata says so.
    fn count(&self) -> Option<u64>;

    /// Whether positions that the file does not have are passed over, and not a sign of damage.
    fn may_lie_beyond(&self) -> bool {
        false
    }

    /// Their positions in the file, from zero.
    ///
    /// # Errors
    /// When they cannot be read, or are not as many as was said.
    async fn rows(&self) -> Result<RoaringTreemap, Error>;
}

/// Begins a vector in the portable form of its bitmaps; no other is in use.
const MAGIC: [u8; 4] = 1_681_511_377_u32.to_le_bytes();
/// Bytes of a length and of a checksum, around a vector in a file.
const WORD: usize = 4;

/// The positions in a deletion vector as Delta and Iceberg both lay it out: the length of what follows but for the checksum,
/// a mark, bitmaps in the portable form of Roaring, and a checksum.
///
/// # Errors
/// With what it is not.
pub fn bitmap(bytes: &[u8]) -> Result<RoaringTreemap, String> {
    let whole = bytes.split_first_chunk::<WORD>().and_then(|(said, rest)| {
        let (vector, checksum) = rest.split_last_chunk::<WORD>()?;
        Some((u32::from_be_bytes(*said), vector, u32::from_be_bytes(*checksum)))
    });
    let (said, vector, checksum) = whole.ok_or("it is too short for a deletion vector")?;
    if u32::try_from(vector.len()) != Ok(said) {
        return Err("it holds a vector of another length".to_owned());
    }
    if crc32fast::hash(vector) != checksum {
        return Err("it is damaged: its checksum is another".to_owned());
    }
    let bitmaps = vector.strip_prefix(&MAGIC).ok_or("it holds no deletion vector")?;
    RoaringTreemap::deserialize_from(bitmaps).map_err(|cause| format!("it holds no deletion vector: {cause}"))
}
