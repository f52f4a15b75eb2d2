//! Whether a predicate rules out pages of a file.
//!
//! A selection of very many rows is looked through for every column, page by page, to find the pages that need not be read.
//! Where neither it nor the predicate spares a page, that is for nothing, and the file is read as if it had no page index.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion_common::Result;
use datafusion_datasource::{PartitionedFile, TableSchema};
use datafusion_datasource_parquet::{
    PagePruningAccessPlanFilter, ParquetAccessPlan, ParquetFileMetrics, RowGroupAccess, apply_file_schema_type_coercions,
};
use datafusion_physical_expr::simplifier::PhysicalExprSimplifier;
use datafusion_physical_expr_adapter::{PhysicalExprAdapterFactory, replace_columns_with_literals};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::metrics::ExecutionPlanMetricsSet;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataBuilder};

/// Turns shorter than this on average are a selection that spares no pages worth mention, and that the reader takes for a mask.
const TURN_ROWS: usize = 32;
/// The most columns of row groups of a footer that is copied to leave out its page index.
const CHUNKS_MAX: usize = 10_000;

/// What rules out pages in the files of a leaf.
#[derive(Clone)]
pub(crate) struct PagePruning {
    pub(crate) predicate: Option<Arc<dyn PhysicalExpr>>,
    pub(crate) table: TableSchema,
    pub(crate) adapters: Option<Arc<dyn PhysicalExprAdapterFactory>>,
}

impl PagePruning {
    /// True when the page index of a file is of no use in reading what is left of a part of it.
    pub(crate) fn spares_none(&self, file: &PartitionedFile, footer: &Arc<ParquetMetaData>, left: &ParquetAccessPlan) -> bool {
        let chunks = footer.row_groups().iter().map(|group| group.num_columns()).fold(0, usize::saturating_add);
        scattered(left) && chunks <= CHUNKS_MAX && !self.prunes(file, footer, left).unwrap_or(true)
    }

    /// True when the predicate rules out a page, or all, of a row group that is read: as the Parquet source will find.
    fn prunes(&self, file: &PartitionedFile, footer: &Arc<ParquetMetaData>, left: &ParquetAccessPlan) -> Result<bool> {
        let (Some(predicate), Some(adapters)) = (&self.predicate, &self.adapters) else { return Ok(self.predicate.is_some()) };
        let known = ArrowReaderMetadata::try_new(Arc::clone(footer), ArrowReaderOptions::new())?;
        let schema = apply_file_schema_type_coercions(self.table.file_schema(), known.schema())
            .map_or_else(|| Arc::clone(known.schema()), Arc::new);
        let predicate = self.over_the_file(Arc::clone(predicate), adapters.as_ref(), file, &schema)?;
        let whole = |access: &RowGroupAccess| match access {
            RowGroupAccess::Skip => RowGroupAccess::Skip,
            RowGroupAccess::Scan | RowGroupAccess::Selection(_) => RowGroupAccess::Scan,
        };
        let whole = ParquetAccessPlan::new(left.inner().iter().map(whole).collect());
        let pruned = PagePruningAccessPlanFilter::new(&predicate, Arc::clone(&schema)).prune_plan_with_page_index(
            whole.clone(),
            &schema,
            footer.file_metadata().schema_descr(),
            footer,
            // What is found here is found again, and counted then.
            &ParquetFileMetrics::new(0, "", &ExecutionPlanMetricsSet::new()),
        );
        let rows = |at: usize| footer.row_groups().get(at).and_then(|group| usize::try_from(group.num_rows()).ok());
        Ok(pruned.inner().iter().zip(whole.inner()).enumerate().any(|(at, (now, before))| match now {
            RowGroupAccess::Selection(selection) => Some(selection.row_count()) != rows(at),
            now => now != before,
        }))
    }

    fn over_the_file(
        &self,
        predicate: Arc<dyn PhysicalExpr>,
        adapters: &dyn PhysicalExprAdapterFactory,
        file: &PartitionedFile,
        schema: &SchemaRef,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let folders = self.table.table_partition_cols().iter().zip(&file.partition_values);
        let folders: HashMap<_, _> = folders.map(|(field, value)| (field.name().clone(), value.clone())).collect();
        let predicate = replace_columns_with_literals(predicate, &folders)?;
        let adapter = adapters.create(Arc::clone(self.table.file_schema()), Arc::clone(schema))?;
        PhysicalExprSimplifier::new(schema).simplify(adapter.rewrite(predicate)?)
    }
}

/// True when rows are left out in so many places that every page keeps some.
fn scattered(left: &ParquetAccessPlan) -> bool {
    let (mut rows, mut turns) = (0_usize, 0_usize);
    for access in left.inner() {
        if let RowGroupAccess::Selection(selection) = access {
            for turn in selection.iter() {
                rows = rows.saturating_add(turn.row_count);
                turns = turns.saturating_add(1);
            }
        }
    }
    rows < turns.saturating_mul(TURN_ROWS)
}

/// The footer without the page index.
pub(crate) fn without_pages(footer: &ParquetMetaData) -> ParquetMetaData {
    let file = footer.file_metadata().clone();
    ParquetMetaDataBuilder::new(file).set_row_groups(footer.row_groups().to_vec()).build()
}
