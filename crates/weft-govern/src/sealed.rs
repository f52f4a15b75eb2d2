//! What a sealed scan holds: the raw leaf, the row rule, the accepted filters and the columns to make.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_physical_expr::expressions::Column;
use datafusion_physical_expr::utils::conjunction_opt;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::ExecutionPlan;
use weft_policy::decision::Decision;
use weft_policy::predicate::Predicate;
use weft_scan::open_port::OpenPort;
use weft_scan::plan::Leaf;

use crate::guard::Guard;
use crate::mapping::MappingSource;
use crate::mask::salt::QuerySalt;
use crate::row_rule;
use crate::shape::Shape;

/// One column of the sealed scan's output.
#[derive(Debug)]
pub struct SealedColumn {
    /// The raw column it is made from, as a position in [`Seal::raw_schema`].
    pub raw: usize,
    /// How its values are made.
    pub shape: Shape,
}

/// A sealed scan before it runs. Raw columns are named as the contract names them.
#[derive(Debug)]
pub struct Seal {
    /// The witness.
    pub decision: Arc<Decision>,
    /// The table.
    pub port: Arc<OpenPort>,
    /// What the raw leaf reads, without the pruning predicate.
    pub leaf: Leaf,
    /// The raw columns, in leaf order.
    pub raw_schema: SchemaRef,
    /// The columns that come out.
    pub columns: Vec<SealedColumn>,
    /// The output schema.
    pub schema: SchemaRef,
    /// Which rows are visible.
    pub rows: Option<Predicate>,
    /// Leak-proof filters of the query over raw columns, evaluated after the row rule.
    pub filters: Vec<Arc<dyn PhysicalExpr>>,
    /// Where mappings come from.
    pub mappings: Arc<dyn MappingSource>,
    /// Set where folders carry the values of a column that is withheld: what lies in which file would show it.
    pub mixed: bool,
    /// The salt of the query.
    pub salt: Arc<QuerySalt>,
}

impl Seal {
    /// Plans the raw leaf: the row rule prunes with everything there is; with a row rule, the query's own filters
    /// prune by file and row-group bounds only, since page indexes and bloom filters answer about single values.
    ///
    /// # Errors
    /// When the row rule names a column the leaf does not read.
    pub fn raw(&self, dynamic: &[Arc<dyn PhysicalExpr>]) -> Result<Arc<dyn ExecutionPlan>> {
        let mut parts = skipping(self.rows.as_ref(), &self.filters, &self.raw_schema)?;
        let mut leaf = self.leaf.clone();
        if self.rows.is_some() && !(self.filters.is_empty() && dynamic.is_empty()) && Guard::PruneByBounds.on() {
            leaf.parquet.enable_page_index = false;
            leaf.parquet.bloom_filter_on_read = false;
        }
        for filter in dynamic {
            parts.push(self.below(filter)?);
        }
        leaf.predicate = conjunction_opt(parts);
        self.port.plan(&self.decision, &leaf)
    }

    /// The raw columns that the output's values and their conditions are made from, in raw order.
    #[must_use]
    pub fn carried(&self) -> Vec<usize> {
        let mut carried: Vec<usize> = self.columns.iter().map(|column| column.raw).collect();
        let mut read = |name: &str| carried.extend(self.raw_schema.index_of(name));
        for column in &self.columns {
            column.shape.conditions(&mut |predicate| predicate.columns(&mut read));
        }
        carried.sort_unstable();
        carried.dedup();
        carried
    }

    /// A filter over the output's columns, said of raw columns. Only bare clear columns may stand in it.
    ///
    /// # Errors
    /// When a column is out of range.
    pub fn below(&self, filter: &Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        Arc::clone(filter)
            .transform_up(|node| {
                let Some(column) = node.downcast_ref::<Column>() else { return Ok(Transformed::no(node)) };
                let made = self.columns.get(column.index()).ok_or_else(|| {
                    datafusion_common::DataFusionError::Plan("a filter names a column out of range".to_owned())
                })?;
                let name = self.raw_schema.fields().get(made.raw).map_or("", |field| field.name());
                Ok(Transformed::yes(Arc::new(Column::new(name, made.raw)) as Arc<dyn PhysicalExpr>))
            })
            .data()
    }

    /// True when output column `at` is the raw column itself.
    #[must_use]
    pub fn clear(&self, at: usize) -> bool {
        self.columns.get(at).is_some_and(|column| column.shape.clear())
    }
}

/// What a sealed scan skips by, as far as it is known before it runs: the row rule, unless it needs a mapping, and the
/// filters, all over the raw columns.
///
/// # Errors
/// When the row rule names a column that is not among them.
pub(crate) fn skipping(
    rows: Option<&Predicate>,
    filters: &[Arc<dyn PhysicalExpr>],
    raw_schema: &SchemaRef,
) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    let rule = rows.filter(|rows| !has_mapping(rows)).map(|rows| row_rule::physical(rows, raw_schema, &|_| None));
    rule.into_iter().chain(filters.iter().map(|filter| Ok(Arc::clone(filter)))).collect()
}

/// True when the predicate needs a mapping product.
#[must_use]
pub fn has_mapping(predicate: &Predicate) -> bool {
    let mut found = false;
    predicate.mappings(&mut |_| found = true);
    found
}
