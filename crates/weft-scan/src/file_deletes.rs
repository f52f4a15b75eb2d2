//! The deleted rows of one file in one scan.
//!
//! A file may be read in several parts at once. The first reads which rows are deleted, the others share what it finds, and
//! it is forgotten when no part is read any more.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use futures::FutureExt;
use futures::future::{self, BoxFuture, WeakShared};
use parquet::file::metadata::ParquetMetaData;
use roaring::RoaringTreemap;
use weft_port::deletes::DeletedRows;
use weft_port::error::Error;

use crate::page_pruning::without_pages;

type Reading = BoxFuture<'static, Result<Arc<Shared>, Error>>;

/// What the parts of a file share.
struct Shared {
    rows: RoaringTreemap,
    pageless: OnceLock<Arc<ParquetMetaData>>,
}

/// What the deleted rows of a file are read from, on its way through plans; the parts of a file have it together.
#[derive(Clone)]
pub(crate) struct FileDeletes {
    rows: Arc<dyn DeletedRows>,
    reading: Arc<Mutex<Option<WeakShared<Reading>>>>,
}

/// The deleted rows of a file, as long as a part of it is read.
pub(crate) struct Known {
    shared: Arc<Shared>,
    /// Keeps what was read for the other parts.
    _reading: future::Shared<Reading>,
}

/// What the deleted rows of a file and the selections of its part take; held while the part is read.
pub(crate) struct Held {
    _known: Known,
    _paid: MemoryReservation,
}

impl fmt::Debug for FileDeletes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileDeletes").field(&self.rows).finish()
    }
}

impl FileDeletes {
    pub(crate) fn new(rows: Arc<dyn DeletedRows>) -> Self {
        Self { rows, reading: Arc::default() }
    }

    /// How many rows are deleted, where the metadata says so.
    pub(crate) fn count(&self) -> Option<u64> {
        self.rows.count()
    }

    /// Whether positions that the file does not have are passed over.
    pub(crate) fn may_lie_beyond(&self) -> bool {
        self.rows.may_lie_beyond()
    }

    /// Which rows are deleted.
    ///
    /// # Errors
    /// When that cannot be read; the other parts of the file get the same error.
    pub(crate) async fn known(&self) -> Result<Known> {
        let reading = self.reading();
        let shared = reading.clone().await.map_err(|cause| DataFusionError::External(Box::new(cause)))?;
        Ok(Known { shared, _reading: reading })
    }

    /// What somebody reads already, or a new reading. Each of those that wait drives it: none waits for one that stands still.
    fn reading(&self) -> future::Shared<Reading> {
        let mut known = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = known.as_ref().and_then(WeakShared::upgrade) {
            return reading;
        }
        let rows = Arc::clone(&self.rows);
        let read = async move { Ok(Arc::new(Shared { rows: rows.rows().await?, pageless: OnceLock::new() })) };
        let reading = read.boxed().shared();
        *known = reading.downgrade();
        reading
    }
}

impl Known {
    pub(crate) fn rows(&self) -> &RoaringTreemap {
        &self.shared.rows
    }

    /// The file's footer without its page index.
    pub(crate) fn pageless(&self, footer: &ParquetMetaData) -> Arc<ParquetMetaData> {
        Arc::clone(self.shared.pageless.get_or_init(|| Arc::new(without_pages(footer))))
    }

    /// Pays for the deleted rows: each part for all of them, since each may be the last that holds them.
    ///
    /// # Errors
    /// When the statement's memory is used up.
    pub(crate) fn paid(&self, memory: &Arc<dyn MemoryPool>) -> Result<MemoryReservation> {
        let paid = MemoryConsumer::new("deleted rows").register(memory);
        paid.try_grow(self.rows().serialized_size())?;
        Ok(paid)
    }

    pub(crate) fn held(self, paid: MemoryReservation) -> Held {
        Held { _known: self, _paid: paid }
    }
}
