//! How the Parquet decoder reads a file: through the port's own jailed store and our own footer cache.
//!
//! The store is carried here, not looked up by URL, so that nothing a session can name leads to data.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion_common::Result;
use datafusion_datasource::PartitionedFile;
use datafusion_datasource_parquet::ParquetFileReaderFactory;
use datafusion_physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::footer::FooterCache;
use crate::meter::Meter;

/// Makes readers for the files of one port in one statement.
pub struct LakeReaderFactory {
    /// The port's jailed store.
    pub store: Arc<dyn ObjectStore>,
    /// Tells the store apart in the cache.
    pub binding: Arc<str>,
    /// Where footers are kept.
    pub footers: Arc<FooterCache>,
    /// What the statement reads is counted here.
    pub meter: Arc<Meter>,
}

impl fmt::Debug for LakeReaderFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeReaderFactory").field("binding", &self.binding).finish_non_exhaustive()
    }
}

impl ParquetFileReaderFactory for LakeReaderFactory {
    fn create_reader(
        &self,
        _partition_index: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        Ok(Box::new(LakeFileReader {
            store: Arc::clone(&self.store),
            binding: Arc::clone(&self.binding),
            footers: Arc::clone(&self.footers),
            meter: Arc::clone(&self.meter),
            meta: file.object_meta,
        }))
    }
}

/// Reads one file.
struct LakeFileReader {
    store: Arc<dyn ObjectStore>,
    binding: Arc<str>,
    footers: Arc<FooterCache>,
    meter: Arc<Meter>,
    meta: ObjectMeta,
}

impl AsyncFileReader for LakeFileReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.meter.count(range.end.saturating_sub(range.start));
        async move { self.store.get_range(&self.meta.location, range).await.map_err(external) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        self.meter.count(ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum());
        async move { self.store.get_ranges(&self.meta.location, &ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        // The cached footer always carries the page index, whatever the caller asks for: one that lacks it would be
        // cloned and completed again at every open.
        async move {
            self.footers
                .footer(&self.binding, &self.store, &self.meta, &self.meter)
                .await
                .map_err(|cause| ParquetError::General(cause.to_string()))
        }
        .boxed()
    }
}

fn external(cause: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(cause))
}
