//! The Parquet source over tables whose files have deleted rows.
//!
//! Which rows those are is read when a file's turn comes, and becomes the selection of rows that the Parquet source reads.
//! Everything else is the Parquet source's; what it makes of itself is wrapped again.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion_common::config::ConfigOptions;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_common::{DataFusionError, Result};
use datafusion_datasource::file::FileSource;
use datafusion_datasource::file_groups::FileGroup;
use datafusion_datasource::file_scan_config::FileScanConfig;
use datafusion_datasource::file_stream::FileOpener;
use datafusion_datasource::morsel::{MorselPlan, MorselPlanner, Morselizer};
use datafusion_datasource::source::DataSourceExec;
use datafusion_datasource::{PartitionedFile, TableSchema};
use datafusion_datasource_parquet::ParquetRowSelection;
use datafusion_execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion_physical_expr::projection::ProjectionExprs;
use datafusion_physical_expr::EquivalenceProperties;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_expr_common::sort_expr::PhysicalSortExpr;
use datafusion_physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion_physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_physical_plan::{DisplayFormatType, ExecutionPlan, SortOrderPushdownResult};
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::arrow::async_reader::AsyncFileReader;
use roaring::RoaringTreemap;
use weft_port::deletes::DeletedRows;
use weft_port::error::Error;

use crate::file_reader::LakeReaderFactory;
use crate::parquet_port::PARQUET;

/// What a file's deleted rows are read from, on its way through plans.
#[derive(Clone, Debug)]
pub(crate) struct WithDeletes(pub(crate) Arc<dyn DeletedRows>);

/// What a file's selection of rows takes.
#[derive(Debug)]
struct Paid(#[expect(dead_code, reason = "it is held")] MemoryReservation);

/// A Parquet source whose files may have deleted rows.
#[derive(Clone)]
pub(crate) struct LakeSource {
    parquet: Arc<dyn FileSource>,
    readers: Arc<LakeReaderFactory>,
}

impl LakeSource {
    pub(crate) fn new(parquet: Arc<dyn FileSource>, readers: Arc<LakeReaderFactory>) -> Self {
        Self { parquet, readers }
    }

    fn around(&self, parquet: Arc<dyn FileSource>) -> Arc<dyn FileSource> {
        Arc::new(Self { parquet, readers: Arc::clone(&self.readers) })
    }
}

/// How many rows of its files a leaf leaves out, as the metadata says; none that would be returned. [`None`] for what reads no
/// files.
#[must_use]
pub fn left_out(leaf: &Arc<dyn ExecutionPlan>) -> Option<u64> {
    let source = leaf.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source)?;
    let config = source.downcast_ref::<FileScanConfig>()?;
    if !config.file_source().is::<LakeSource>() {
        return Some(0);
    }
    // A file may be read in several parts, each of which knows all of the file's deleted rows.
    let mut counts: HashMap<&Path, u64> = HashMap::new();
    for file in config.file_groups.iter().flat_map(FileGroup::files) {
        let deletes = file.extensions.get::<WithDeletes>().map_or(0, |WithDeletes(deletes)| deletes.count());
        let known = counts.entry(&file.object_meta.location).or_insert(deletes);
        *known = deletes.min(*known);
    }
    Some(counts.values().sum())
}

impl FileSource for LakeSource {
    /// Files are opened by the morselizer: an opener would know nothing of what is deleted.
    fn create_file_opener(
        &self,
        _: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        Err(DataFusionError::NotImplemented("files with deleted rows are read in morsels only".to_owned()))
    }

    fn create_morselizer(
        &self,
        store: Arc<dyn ObjectStore>,
        config: &FileScanConfig,
        partition: usize,
    ) -> Result<Box<dyn Morselizer>> {
        let parquet = Arc::from(self.parquet.create_morselizer(store, config, partition)?);
        Ok(Box::new(Selecting { parquet, readers: Arc::clone(&self.readers), partition }))
    }

    fn table_schema(&self) -> &TableSchema {
        self.parquet.table_schema()
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        self.around(self.parquet.with_batch_size(batch_size))
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.parquet.filter()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        self.parquet.projection()
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        self.parquet.metrics()
    }

    fn file_type(&self) -> &str {
        self.parquet.file_type()
    }

    fn fmt_extra(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parquet.fmt_extra(t, f)
    }

    fn supports_repartitioning(&self) -> bool {
        self.parquet.supports_repartitioning()
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let mut pushed = self.parquet.try_pushdown_filters(filters, config)?;
        pushed.updated_node = pushed.updated_node.map(|parquet| self.around(parquet));
        Ok(pushed)
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
        properties: &EquivalenceProperties,
    ) -> Result<SortOrderPushdownResult<Arc<dyn FileSource>>> {
        Ok(match self.parquet.try_pushdown_sort(order, properties)? {
            SortOrderPushdownResult::Exact { inner } => SortOrderPushdownResult::Exact { inner: self.around(inner) },
            SortOrderPushdownResult::Inexact { inner } => SortOrderPushdownResult::Inexact { inner: self.around(inner) },
            SortOrderPushdownResult::Unsupported => SortOrderPushdownResult::Unsupported,
        })
    }

    fn reorder_files(&self, files: Vec<PartitionedFile>) -> Vec<PartitionedFile> {
        self.parquet.reorder_files(files)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        Ok(self.parquet.try_pushdown_projection(projection)?.map(|parquet| self.around(parquet)))
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.parquet.apply_expressions(visit)
    }
}

/// Gives each file the rows that are left of it.
#[derive(Clone)]
struct Selecting {
    parquet: Arc<dyn Morselizer>,
    readers: Arc<LakeReaderFactory>,
    partition: usize,
}

impl fmt::Debug for Selecting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selecting").finish_non_exhaustive()
    }
}

impl Morselizer for Selecting {
    fn plan_file(&self, file: PartitionedFile) -> Result<Box<dyn MorselPlanner>> {
        match file.extensions.get::<WithDeletes>().cloned() {
            Some(deletes) => Ok(Box::new(Selected { of: self.clone(), file, deletes })),
            None => self.parquet.plan_file(file),
        }
    }
}

/// A file whose deleted rows are still to be read.
#[derive(Debug)]
struct Selected {
    of: Selecting,
    file: PartitionedFile,
    deletes: WithDeletes,
}

impl MorselPlanner for Selected {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let read = async move {
            let Self { of, file, deletes: WithDeletes(deletes) } = *self;
            let mut reader = of.readers.reader(of.partition, file.object_meta.clone());
            let footer = reader.get_metadata(None).await.map_err(|cause| DataFusionError::ParquetError(Box::new(cause)))?;
            let rows = footer.row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
            let deleted = deletes.rows().await.map_err(|cause| DataFusionError::External(Box::new(cause)))?;
            let paid = MemoryConsumer::new("deleted rows").register(&of.readers.memory);
            let left = left(&deleted, rows, file.object_meta.location.filename().unwrap_or_default(), &paid)?;
            let file = file.with_extension(ParquetRowSelection::new(left)).with_extension(Paid(paid));
            of.parquet.plan_file(file)
        };
        Ok(Some(MorselPlan::new().with_pending_planner(read)))
    }
}

/// The most rows of a file of which some are deleted.
const ROWS_MAX: u64 = i32::MAX as u64;
/// The most turns between rows that are kept and rows that are skipped, of one file: half a gigabyte.
const TURNS_MAX: usize = 1 << 25;
/// So many selections are paid for at first; then as many again.
const PAID_AT_ONCE: usize = 65_536;

/// The rows of a file that are not deleted: what is kept and what is skipped, in turns, paid for as it grows.
fn left(deleted: &RoaringTreemap, rows: u64, file: &str, paid: &MemoryReservation) -> Result<RowSelection> {
    let corrupt = |cause: String| {
        DataFusionError::External(Box::new(Error::Corrupt { file: file.to_owned(), format: PARQUET, cause }))
    };
    if rows > ROWS_MAX {
        return Err(corrupt(format!("has {rows} rows, and {ROWS_MAX} are the most of a file with deleted rows")));
    }
    if deleted.max().is_some_and(|last| last >= rows) {
        return Err(corrupt("rows are said to be deleted that the file does not have".to_owned()));
    }
    let mut selectors: Vec<RowSelector> = Vec::new();
    let mut push = |count: u64, skip: bool| -> Result<()> {
        let count = usize::try_from(count).map_err(|_| corrupt("has too many rows".to_owned()))?;
        match selectors.last_mut() {
            Some(RowSelector { row_count, skip: last }) if *last == skip => *row_count += count,
            _ if count == 0 => {}
            _ => {
                if selectors.len() == selectors.capacity() {
                    if selectors.len() >= TURNS_MAX {
                        return Err(corrupt(format!("has deleted rows in more than {} places", TURNS_MAX / 2)));
                    }
                    let more = selectors.capacity().max(PAID_AT_ONCE);
                    paid.try_grow(more * size_of::<RowSelector>())?;
                    selectors.reserve_exact(more);
                }
                selectors.push(RowSelector { row_count: count, skip });
            }
        }
        Ok(())
    };
    let mut from = 0;
    for (high, bitmap) in deleted.bitmaps() {
        let base = u64::from(high) << u32::BITS;
        let mut ranges = bitmap.iter();
        // By runs: a vector of few bytes may delete very many rows.
        while let Some(range) = ranges.next_range() {
            let (first, last) = (base + u64::from(*range.start()), base + u64::from(*range.end()));
            push(first - from, false)?;
            push(last + 1 - first, true)?;
            from = last + 1;
        }
    }
    push(rows - from, false)?;
    Ok(RowSelection::from(selectors))
}

#[cfg(test)]
mod tests {
    use datafusion_execution::memory_pool::{GreedyMemoryPool, MemoryPool};

    use super::*;

    #[test]
    fn what_is_left_is_what_is_not_deleted() {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1 << 24));
        let paid = MemoryConsumer::new("test").register(&pool);
        let left = |rows: &[u64], of: u64| left(&rows.iter().copied().collect(), of, "f", &paid).map(|selection| {
            let selectors: Vec<RowSelector> = selection.into();
            selectors.iter().map(|one| (one.row_count, one.skip)).collect::<Vec<_>>()
        });
        assert_eq!(left(&[], 5).unwrap(), [(5, false)]);
        assert_eq!(left(&[0, 1, 4], 6).unwrap(), [(2, true), (2, false), (1, true), (1, false)]);
        assert_eq!(left(&[0, 1, 2], 3).unwrap(), [(3, true)]);
        assert_eq!(left(&[2], 3).unwrap(), [(2, false), (1, true)]);
        assert!(left(&[3], 3).is_err());
        assert_eq!(left(&[], 0).unwrap(), []);
    }
}
