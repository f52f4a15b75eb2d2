//! The Parquet source over files of which a table's metadata says more than they do: rows that are deleted, columns that are
//! the same in all rows.
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
use datafusion_datasource_parquet::source::ParquetSource;
use datafusion_physical_expr::projection::ProjectionExprs;
use datafusion_physical_expr::EquivalenceProperties;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_expr_common::sort_expr::PhysicalSortExpr;
use datafusion_physical_plan::filter_pushdown::FilterPushdownPropagation;
use datafusion_physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_physical_plan::{DisplayFormatType, ExecutionPlan, SortOrderPushdownResult};
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::async_reader::AsyncFileReader;

use crate::constants::Constants;
use crate::file_deletes::FileDeletes;
use crate::file_reader::{LakeReaderFactory, Pageless};
use crate::left::left;
use crate::page_pruning::PagePruning;

/// A Parquet source over the files of a table.
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

/// How many rows of its files a leaf leaves out, as far as the metadata says; none that would be returned. [`None`] for what reads no
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
        let deletes = file.extensions.get::<FileDeletes>().and_then(FileDeletes::count).unwrap_or(0);
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
        let pageless = self.parquet.downcast_ref::<ParquetSource>().map(|parquet| {
            let pageless: Arc<dyn FileSource> = Arc::new(parquet.clone().with_enable_page_index(false));
            pageless.create_morselizer(Arc::clone(&store), config, partition)
        });
        let pages = PagePruning {
            predicate: self.parquet.filter(),
            table: self.parquet.table_schema().clone(),
            adapters: config.expr_adapter_factory.clone(),
        };
        Ok(Box::new(Selecting {
            parquet: Arc::from(self.parquet.create_morselizer(store, config, partition)?),
            pageless: pageless.transpose()?.map(Arc::from),
            pages,
            readers: Arc::clone(&self.readers),
            partition,
        }))
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
    /// The same, for files whose page index is of no use.
    pageless: Option<Arc<dyn Morselizer>>,
    pages: PagePruning,
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
        let file = whole(match file.extensions.get::<Constants>().cloned() {
            Some(constants) => constants.told(file),
            None => file,
        });
        match file.extensions.get::<FileDeletes>().cloned() {
            Some(deletes) => Ok(Box::new(Selected { of: self.clone(), file, deletes })),
            None => self.parquet.plan_file(file),
        }
    }
}

/// The last part of a file reaches to its end, wherever that is: metadata may say another size than the file has.
fn whole(mut file: PartitionedFile) -> PartitionedFile {
    if let Some(range) = &mut file.range
        && u64::try_from(range.end) == Ok(file.object_meta.size)
    {
        range.end = i64::MAX;
    }
    file
}

/// A file whose deleted rows are still to be read.
#[derive(Debug)]
struct Selected {
    of: Selecting,
    file: PartitionedFile,
    deletes: FileDeletes,
}

impl MorselPlanner for Selected {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let read = async move {
            let Self { of, mut file, deletes } = *self;
            let mut reader = of.readers.reader(of.partition, file.object_meta.clone());
            let footer = reader.get_metadata(None).await.map_err(|cause| DataFusionError::ParquetError(Box::new(cause)))?;
            let known = deletes.known().await?;
            let paid = known.paid(&of.readers.memory)?;
            // Which row groups belong to this part is said once: here.
            let part = file.range.take();
            let name = file.object_meta.location.filename().unwrap_or_default();
            let left = left(known.rows(), deletes.may_lie_beyond(), footer.row_groups(), part.as_ref(), name, &paid)?;
            let pageless = of.pageless.filter(|_| of.pages.spares_none(&file, &footer, &left));
            let file = match &pageless {
                Some(_) => file.with_extension(Pageless(known.pageless(&footer))),
                None => file,
            };
            pageless.unwrap_or(of.parquet).plan_file(file.with_extension(left).with_extension(known.held(paid)))
        };
        Ok(Some(MorselPlan::new().with_pending_planner(read)))
    }
}
