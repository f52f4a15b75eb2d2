//! Files become a physical leaf.

use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow_schema::{Schema, SchemaRef};
use datafusion_common::config::{ParquetOptions, TableParquetOptions};
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::{DataFusionError, Result, Statistics};
use datafusion_datasource::file::FileSource;
use datafusion_datasource::file_groups::FileGroup;
use datafusion_datasource::file_scan_config::FileScanConfigBuilder;
use datafusion_datasource::source::DataSourceExec;
use datafusion_datasource::{PartitionedFile, TableSchema, compute_all_files_statistics};
use datafusion_datasource_parquet::metadata::DFParquetMetadata;
use datafusion_datasource_parquet::source::ParquetSource;
use datafusion_execution::object_store::ObjectStoreUrl;
use datafusion_physical_expr::expressions;
use datafusion_physical_expr::projection::{ProjectionExpr, ProjectionExprs};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::empty::EmptyExec;
use parquet::basic::Repetition;
use weft_model::column::Column;
use weft_model::contract::SchemaObject;
use weft_policy::decision::Decision;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;
use weft_port::prune::KeepAll;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::bind::bind;
use crate::file_reader::LakeReaderFactory;
use crate::footer::FooterCache;
use crate::meter::Meter;

/// The URL of every scan: the session's registry knows it as a store that refuses every call.
pub const CLOSED_URL: &str = "weft://closed";

/// A table that was opened and bound to its contract. It is no `TableProvider`: planning it needs a decision.
pub struct OpenPort {
    location: PortLocation,
    snapshot: Arc<dyn PortSnapshot>,
    object: Arc<SchemaObject>,
    bound: Vec<usize>,
    never_null: Vec<bool>,
    files: Vec<LakeFile>,
    statistics: OnceLock<Vec<Option<Arc<Statistics>>>>,
    footers: Arc<FooterCache>,
}

/// What one leaf is to read. Columns are positions in the contract.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The columns the leaf knows at all: its table schema, its statistics and its predicate speak of these only.
    pub columns: Vec<usize>,
    /// The columns it returns, as positions in [`Leaf::columns`].
    pub projection: Vec<usize>,
    /// Skips files, row groups and pages; rows that do not match may still be returned. Column indices are positions
    /// in [`Leaf::columns`].
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// How many rows are wanted at most; more may be returned.
    pub limit: Option<usize>,
    /// How many partitions to make.
    pub target_partitions: usize,
    /// How Parquet is read.
    pub parquet: ParquetOptions,
    /// Whether the leaf's statistics are told to the planner.
    pub with_statistics: bool,
    /// What is read is counted here.
    pub meter: Arc<Meter>,
}

impl OpenPort {
    /// Opens a location and binds it to its contract.
    ///
    /// # Errors
    /// When the location cannot be read, or does not hold what the contract declares.
    pub async fn open(
        reader: &dyn PortReader,
        location: PortLocation,
        as_of: &AsOf,
        object: Arc<SchemaObject>,
        footers: Arc<FooterCache>,
    ) -> Result<Self, Error> {
        let snapshot = reader.open(&location, as_of).await?;
        let bound = bind(&object, snapshot.schema())?;
        let files = snapshot.files(&KeepAll).await?;
        let never_null = object.columns.iter().map(|column| column.required && required(column, &files)).collect();
        Ok(Self { location, snapshot, object, bound, never_null, files, statistics: OnceLock::new(), footers })
    }

    /// The table this port serves.
    #[must_use]
    pub fn object(&self) -> &Arc<SchemaObject> {
        &self.object
    }

    /// The version of the snapshot.
    #[must_use]
    pub fn version(&self) -> &str {
        self.snapshot.version()
    }

    /// The number of rows, if the metadata that was read says so.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.files.iter().try_fold(0_u64, |sum, file| {
            let rows = file.footer.as_ref()?.file_metadata().num_rows();
            Some(sum.saturating_add(u64::try_from(rows).ok()?))
        })
    }

    /// True when column `at` of the contract cannot hold a NULL: the contract promises it, and the schema of every file
    /// bears it out. A promise alone is not believed.
    #[must_use]
    pub fn never_null(&self, at: usize) -> bool {
        self.never_null.get(at).copied().unwrap_or(false)
    }

    /// Plans one leaf. The decision is the witness that somebody may ask; which columns it may hand on is enforced by
    /// the caller, weft-govern.
    ///
    /// # Errors
    /// When the decision is about another table, or a column position is out of range.
    pub fn plan(&self, decision: &Decision, leaf: &Leaf) -> Result<Arc<dyn ExecutionPlan>> {
        if !decision.readable() || decision.object() != &*self.object.name {
            return Err(DataFusionError::Plan("the decision is about another table".to_owned()));
        }
        let schema = self.leaf_schema(&leaf.columns)?;
        let table_schema = TableSchema::from(Arc::clone(&schema));
        let projection = self.projection(leaf, &schema)?;
        if self.files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(projection.project_schema(&schema)?))));
        }
        let mut source = ParquetSource::new(table_schema)
            .with_table_parquet_options(TableParquetOptions { global: leaf.parquet.clone(), ..Default::default() })
            .with_parquet_file_reader_factory(Arc::new(LakeReaderFactory {
                store: Arc::clone(&self.location.store),
                binding: Arc::clone(&self.location.binding),
                footers: Arc::clone(&self.footers),
                meter: Arc::clone(&leaf.meter),
            }));
        if let Some(predicate) = &leaf.predicate {
            source = source.with_predicate(spelled_by(Arc::clone(predicate), &schema)?);
        }
        let source = source
            .try_pushdown_projection(&projection)?
            .ok_or_else(|| DataFusionError::Plan("the Parquet source takes no projection".to_owned()))?;
        let (groups, statistics) = compute_all_files_statistics(
            FileGroup::new(self.partitioned_files(leaf)).split_files(leaf.target_partitions.max(1)),
            Arc::clone(&schema),
            leaf.with_statistics,
            false,
        )?;
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(CLOSED_URL)?, source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_limit(leaf.limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// Names as the files spell them, types as they are served.
    fn leaf_schema(&self, columns: &[usize]) -> Result<SchemaRef> {
        let fields = columns
            .iter()
            .map(|at| {
                let column = self.object.columns.get(*at).ok_or_else(out_of_range)?;
                Ok(column.field().with_name(&*column.physical_name).with_nullable(!self.never_null(*at)))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Schema::new(fields)))
    }

    /// From file names to served names.
    fn projection(&self, leaf: &Leaf, schema: &Schema) -> Result<ProjectionExprs> {
        let exprs = leaf
            .projection
            .iter()
            .map(|at| {
                let contract = leaf.columns.get(*at).ok_or_else(out_of_range)?;
                let column = self.object.columns.get(*contract).ok_or_else(out_of_range)?;
                let field = schema.fields().get(*at).ok_or_else(out_of_range)?;
                Ok(ProjectionExpr {
                    expr: Arc::new(expressions::Column::new(field.name(), *at)),
                    alias: column.name.to_string(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(ProjectionExprs::new(exprs))
    }

    fn partitioned_files(&self, leaf: &Leaf) -> Vec<PartitionedFile> {
        let known = self.file_statistics();
        self.files
            .iter()
            .zip(known)
            .map(|(file, statistics)| {
                let mut partitioned = PartitionedFile::new_from_meta(file.meta.clone());
                if leaf.with_statistics {
                    partitioned.statistics = statistics.as_ref().map(|all| Arc::new(only(all, &leaf.columns)));
                }
                partitioned
            })
            .collect()
    }

    /// Statistics of each file over all contract columns, made from the footers on first use.
    fn file_statistics(&self) -> &[Option<Arc<Statistics>>] {
        self.statistics.get_or_init(|| {
            let all: Vec<usize> = (0..self.bound.len()).collect();
            let schema = self.leaf_schema(&all).ok();
            self.files
                .iter()
                .map(|file| {
                    let (footer, schema) = (file.footer.as_ref()?, schema.as_ref()?);
                    DFParquetMetadata::statistics_from_parquet_metadata(footer, schema).ok().map(Arc::new)
                })
                .collect()
        })
    }
}

/// True when no file can hold a NULL in the column; false when that is not known of each of them.
fn required(column: &Column, files: &[LakeFile]) -> bool {
    files.iter().all(|file| {
        let Some(footer) = &file.footer else { return false };
        let fields = footer.file_metadata().schema_descr().root_schema().get_fields();
        fields.iter().find(|field| field.name() == &*column.physical_name).is_some_and(|field| {
            let info = field.get_basic_info();
            field.is_primitive() && info.has_repetition() && info.repetition() == Repetition::REQUIRED
        })
    })
}

/// The statistics of some columns only.
fn only(all: &Statistics, columns: &[usize]) -> Statistics {
    Statistics {
        num_rows: all.num_rows,
        total_byte_size: all.total_byte_size,
        column_statistics: columns
            .iter()
            .map(|at| all.column_statistics.get(*at).cloned().unwrap_or_default())
            .collect(),
    }
}

/// The predicate with its columns named as the schema at their positions names them: what it skips by is found by name.
fn spelled_by(predicate: Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Arc<dyn PhysicalExpr>> {
    predicate
        .transform_up(|node| {
            let Some(at) = node.downcast_ref::<expressions::Column>().map(expressions::Column::index) else {
                return Ok(Transformed::no(node));
            };
            let field = schema.fields().get(at).ok_or_else(out_of_range)?;
            Ok(Transformed::yes(Arc::new(expressions::Column::new(field.name(), at)) as Arc<dyn PhysicalExpr>))
        })
        .data()
}

fn out_of_range() -> DataFusionError {
    DataFusionError::Plan("a column position is out of range".to_owned())
}

impl fmt::Debug for OpenPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPort").field("object", &self.object.name).field("snapshot", &self.snapshot).finish()
    }
}
