//! Which files a leaf reads, and what is known of each.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use datafusion_common::pruning::PruningStatistics;
use datafusion_common::stats::Precision;
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion_physical_expr::expressions;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_pruning::{PruningPredicate, PruningPredicateBuilder};
use weft_model::contract::SchemaObject;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::prune::Pruner;
use weft_port::snapshot::PortSnapshot;

use crate::bind::{Origin, typed};
use crate::calling::Calling;

/// The files of a leaf.
pub struct Chosen {
    pub(crate) files: Arc<[LakeFile]>,
    /// What is known of each file.
    pub(crate) statistics: Arc<[Option<Arc<Statistics>>]>,
    /// The contract columns that the statistics are of; all of them where it is absent.
    pub(crate) columns: Option<Vec<usize>>,
    /// What the table calls the fields of its files.
    pub(crate) calling: Option<Calling>,
}

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chosen").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

impl Chosen {
    /// All files that were listed, with what is known of each over all contract columns.
    pub(crate) fn listed(files: Vec<LakeFile>, statistics: Vec<Option<Arc<Statistics>>>) -> Self {
        Self { files: files.into(), statistics: statistics.into(), columns: None, calling: None }
    }

    /// The statistics of contract columns, of one file.
    pub(crate) fn only(&self, all: &Statistics, contract: &[usize]) -> Statistics {
        let place = |at: &usize| match &self.columns {
            None => Some(*at),
            Some(columns) => columns.iter().position(|one| one == at),
        };
        let known = |at: &usize| place(at).and_then(|place| all.column_statistics.get(place)).cloned().unwrap_or_default();
        Statistics {
            num_rows: all.num_rows,
            total_byte_size: all.total_byte_size,
            column_statistics: contract.iter().map(known).collect(),
        }
    }
}

/// What is asked of a snapshot for one leaf.
pub(crate) struct Wanted<'a> {
    pub(crate) snapshot: &'a dyn PortSnapshot,
    pub(crate) object: &'a SchemaObject,
    pub(crate) origins: &'a [Origin],
    /// Positions in the contract.
    pub(crate) columns: &'a [usize],
    /// Over these columns, by position among them.
    pub(crate) predicate: Option<&'a Arc<dyn PhysicalExpr>>,
}

impl Wanted<'_> {
    /// The files that may hold rows which the predicate keeps.
    ///
    /// # Errors
    /// When the format's metadata cannot be read, or a file's partition values do not fit the contract.
    pub(crate) async fn chosen(&self) -> Result<Chosen, Error> {
        let fields = self.columns.iter().filter_map(|at| self.object.columns.get(*at));
        let schema = Schema::new(fields.map(|column| column.field().with_name(&*column.physical_name)).collect::<Vec<_>>());
        let schema: SchemaRef = Arc::new(schema);
        let columns = schema.fields().iter().map(|field| Arc::from(field.name().as_str())).collect();
        let pruner = ByStatistics { predicate: self.predicate.and_then(|one| pruning(one, &schema)), columns };
        let mut files = self.snapshot.files(&pruner).await?;
        typed(self.object, self.origins, &self.snapshot.state().partition_columns, &mut files)?;
        let served = |known: Arc<Statistics>| {
            let known = Arc::unwrap_or_clone(known);
            let columns = known.column_statistics.into_iter().zip(schema.fields());
            let column_statistics = columns.map(|(known, field)| served(known, field.data_type())).collect();
            Arc::new(Statistics { column_statistics, ..known })
        };
        let statistics = files.iter_mut().map(|file| file.statistics.take().map(served)).collect::<Vec<_>>();
        let calling = files.iter().find_map(|file| file.names.clone()).map(Calling::new);
        Ok(Chosen {
            files: files.into(),
            statistics: statistics.into(),
            columns: Some(self.columns.to_vec()),
            calling,
        })
    }
}

/// What a predicate says of files; [`None`] when it says nothing.
fn pruning(predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Option<Arc<PruningPredicate>> {
    let spelled = Arc::clone(predicate).transform_up(|node| {
        let Some(column) = node.downcast_ref::<expressions::Column>() else { return Ok(Transformed::no(node)) };
        let field = schema.fields().get(column.index()).ok_or_else(|| {
            datafusion_common::DataFusionError::Plan("a predicate names a column out of range".to_owned())
        })?;
        Ok(Transformed::yes(Arc::new(expressions::Column::new(field.name(), column.index())) as Arc<dyn PhysicalExpr>))
    });
    PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).build(spelled.data().ok()?)
}

/// The bounds of a column as it is served. Only what partitions a table is exact, and stays the same value.
fn served(known: ColumnStatistics, data_type: &arrow_schema::DataType) -> ColumnStatistics {
    let bound = |bound: Precision<ScalarValue>| {
        let cast = |value: ScalarValue| value.cast_to(data_type).ok().filter(|value| !value.is_null());
        match bound {
            Precision::Exact(value) => cast(value).map_or(Precision::Absent, Precision::Exact),
            Precision::Inexact(value) => cast(value).map_or(Precision::Absent, Precision::Inexact),
            Precision::Absent => Precision::Absent,
        }
    };
    ColumnStatistics { min_value: bound(known.min_value), max_value: bound(known.max_value), ..known }
}

/// Skips files by what a format's metadata says of them.
struct ByStatistics {
    predicate: Option<Arc<PruningPredicate>>,
    columns: Vec<Arc<str>>,
}

impl Pruner for ByStatistics {
    fn keep(&self, statistics: &dyn PruningStatistics) -> Result<Vec<bool>, Error> {
        let all = || vec![true; statistics.num_containers()];
        // What cannot be evaluated skips nothing.
        Ok(match &self.predicate {
            Some(predicate) => predicate.prune(statistics).unwrap_or_else(|_| all()),
            None => all(),
        })
    }

    fn columns(&self) -> &[Arc<str>] {
        &self.columns
    }
}
