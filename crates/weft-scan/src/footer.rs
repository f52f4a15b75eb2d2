//! Parquet footers, read once and kept within a bound.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use moka::future::Cache;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::async_reader::MetadataFetch;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::meter::Meter;

/// The smallest Parquet file: two magic numbers and a footer length.
const FILE_BYTES_MIN: u64 = 12;
/// How much is read from the end of a file in the hope of catching the whole footer at once.
const FOOTER_HINT_BYTES: usize = 64 * 1024;

/// Tells footers apart: two stores may hold files of one path, and a file may be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FooterKey {
    binding: Arc<str>,
    path: Path,
    size: u64,
    tag: FileTag,
}

/// What changes when a file is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum FileTag {
    Etag(String),
    Modified(i64),
}

/// Footers with their page indexes, bounded in bytes, each read by one caller at a time.
pub struct FooterCache {
    cache: Cache<FooterKey, Arc<ParquetMetaData>>,
    asked: AtomicU64,
    read: AtomicU64,
}

impl FooterCache {
    /// A cache of at most this many bytes (`cache.footers`).
    #[must_use]
    pub fn new(bytes_max: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|_: &FooterKey, footer: &Arc<ParquetMetaData>| {
                u32::try_from(footer.memory_size()).unwrap_or(u32::MAX)
            })
            .build();
        Self { cache, asked: AtomicU64::new(0), read: AtomicU64::new(0) }
    }

    /// The footer of a file with its page index, from the cache or from the store.
    ///
    /// # Errors
    /// When the file cannot be read or is no Parquet file; errors are not kept.
    pub async fn footer(
        &self,
        binding: &Arc<str>,
        store: &Arc<dyn ObjectStore>,
        meta: &ObjectMeta,
        meter: &Meter,
    ) -> Result<Arc<ParquetMetaData>, Arc<ParquetError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let tag = match &meta.e_tag {
            Some(etag) => FileTag::Etag(etag.clone()),
            None => FileTag::Modified(meta.last_modified.timestamp_micros()),
        };
        let key = FooterKey { binding: Arc::clone(binding), path: meta.location.clone(), size: meta.size, tag };
        self.cache
            .try_get_with(key, async {
                self.read.fetch_add(1, Ordering::Relaxed);
                load(store, meta, meter).await.map(Arc::new)
            })
            .await
    }

    /// How often a footer was asked for.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// How often one had to be read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.cache.weighted_size()
    }
}

impl fmt::Debug for FooterCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FooterCache").field("entries", &self.cache.entry_count()).finish_non_exhaustive()
    }
}

async fn load(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, meter: &Meter) -> Result<ParquetMetaData, ParquetError> {
    if meta.size < FILE_BYTES_MIN {
        return Err(ParquetError::EOF(format!("{} bytes are too few for a Parquet file", meta.size)));
    }
    let fetch = FooterFetch { store, meta, meter };
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Optional)
        .with_prefetch_hint(Some(FOOTER_HINT_BYTES))
        .load_and_finish(fetch, meta.size)
        .await
}

/// Reads byte ranges of one file for the footer decoder.
struct FooterFetch<'a> {
    store: &'a Arc<dyn ObjectStore>,
    meta: &'a ObjectMeta,
    meter: &'a Meter,
}

impl MetadataFetch for FooterFetch<'_> {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.meter.count(range.end.saturating_sub(range.start));
        async move {
            self.store
                .get_range(&self.meta.location, range)
                .await
                .map_err(|cause| ParquetError::External(Box::new(cause)))
        }
        .boxed()
    }
}
