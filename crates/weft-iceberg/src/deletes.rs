//! Rows that are deleted: "Delete Formats" of the Iceberg specification.
//!
//! However deletes are written down, what is made of them is the positions of a file's deleted rows: those of deletion
//! vectors and of position deletes as they stand, those of equality deletes by looking for the rows that are equal.

mod equality;
pub(crate) mod index;
mod positions;
mod vector;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_common::ScalarValue;
use object_store::ObjectMeta;
use roaring::RoaringTreemap;
use weft_port::deletes::DeletedRows;
use weft_port::error::Error;

use crate::manifest::DeleteFile;
use crate::deletes::index::Keyed;
use crate::lake::Lake;
use crate::table::Table;

/// What deletes rows of one data file.
pub(crate) struct Deletes {
    pub(crate) table: Arc<Table>,
    pub(crate) lake: Arc<Lake>,
    /// The data file.
    pub(crate) file: ObjectMeta,
    pub(crate) sequence: i64,
    /// Columns that have one value in all rows of it, by number.
    pub(crate) constants: HashMap<i32, ScalarValue>,
    /// The vector, if there is one: then it says what positions are deleted, and other files of positions do not count.
    pub(crate) vector: Option<Arc<DeleteFile>>,
    pub(crate) positions: Vec<Arc<DeleteFile>>,
    pub(crate) keys: Keyed,
}

impl fmt::Debug for Deletes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deletes")
            .field("vector", &self.vector.is_some())
            .field("positions", &self.positions.len())
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl DeletedRows for Deletes {
    fn count(&self) -> Option<u64> {
        let only = self.positions.is_empty() && self.keys.is_empty();
        self.vector.as_ref().filter(|_| only).and_then(|vector| u64::try_from(vector.records).ok())
    }

    /// Rows that are not there are not read, whoever says that they are deleted.
    fn may_lie_beyond(&self) -> bool {
        true
    }

    async fn rows(&self) -> Result<RoaringTreemap, Error> {
        let mut rows = match &self.vector {
            Some(vector) => self.vector(vector).await?,
            None => RoaringTreemap::new(),
        };
        for file in &self.positions {
            let positions = self.positions(file).await?;
            if let Some(found) = positions.of(&self.file.location)? {
                rows |= found;
            }
        }
        for keys in self.keys.iter().filter(|keys| keys.latest > self.sequence) {
            rows |= &*self.equal(keys).await?;
        }
        Ok(rows)
    }
}
