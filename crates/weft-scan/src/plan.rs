//! Files become a physical leaf.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow_schema::{FieldRef, Schema};
use datafusion_common::config::{ParquetOptions, TableParquetOptions};
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_common::stats::Precision;
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_datasource::file::FileSource;
use datafusion_datasource::file_groups::FileGroup;
use datafusion_datasource::file_scan_config::{FileScanConfig, FileScanConfigBuilder};
use datafusion_datasource::source::DataSourceExec;
use datafusion_datasource::{PartitionedFile, TableSchema, compute_all_files_statistics};
use datafusion_datasource_parquet::source::ParquetSource;
use datafusion_execution::memory_pool::MemoryPool;
use datafusion_execution::object_store::ObjectStoreUrl;
use datafusion_physical_expr::expressions;
use datafusion_physical_expr::projection::{ProjectionExpr, ProjectionExprs};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::empty::EmptyExec;
use weft_policy::decision::Decision;
use weft_port::deletes::Deletes;

use crate::adapt::LakeAdapterFactory;
use crate::bind::Origin;
use crate::chosen::Chosen;
use crate::constants::Constants;
use crate::convert::convert_value;
use crate::file_deletes::FileDeletes;
use crate::file_reader::LakeReaderFactory;
use crate::lake_source::LakeSource;
use crate::meter::Meter;
use crate::open_port::OpenPort;
use crate::trail::Trail;

/// The URL of every scan: the session's registry knows it as a store that refuses every call.
pub const CLOSED_URL: &str = "weft://closed";

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
    /// Set for files to be read in an order that this number makes, and not in that of their names.
    pub order: Option<u64>,
    /// How Parquet is read.
    pub parquet: ParquetOptions,
    /// Whether the leaf's statistics are told to the planner.
    pub with_statistics: bool,
    /// What is read is counted here.
    pub meter: Arc<Meter>,
    /// What pages of unusual size take is taken from here.
    pub memory: Arc<dyn MemoryPool>,
    /// Which files are read is noted here.
    pub trail: Arc<Trail>,
    /// The files, as they were chosen for these columns.
    pub chosen: Arc<Chosen>,
}

impl OpenPort {
    /// Plans one leaf. The decision is the witness that somebody may ask; which columns it may hand on is enforced by
    /// the caller, weft-govern.
    ///
    /// # Errors
    /// When the decision is about another table, or a column position is out of range.
    pub fn plan(&self, decision: &Decision, leaf: &Leaf) -> Result<Arc<dyn ExecutionPlan>> {
        if !decision.readable() || decision.object() != &*self.object.name {
            return Err(DataFusionError::Plan("the decision is about another table".to_owned()));
        }
        let layout = self.layout(&leaf.columns)?;
        let schema = Arc::clone(layout.table.table_schema());
        let projection = self.projection(leaf, &layout)?;
        if leaf.chosen.files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(projection.project_schema(&schema)?))));
        }
        let readers = Arc::new(self.readers(leaf));
        let mut source = ParquetSource::new(layout.table.clone())
            .with_table_parquet_options(TableParquetOptions { global: options(leaf), ..Default::default() })
            .with_parquet_file_reader_factory(Arc::clone(&readers) as _);
        if let Some(predicate) = &leaf.predicate {
            source = source.with_predicate(layout.respelled(Arc::clone(predicate))?);
        }
        // What a format's metadata says of files is seen to when their turn comes; of files that were listed nothing is said.
        let source: Arc<dyn FileSource> = match self.listed.is_none() {
            true => Arc::new(LakeSource::new(Arc::new(source), readers)),
            false => Arc::new(source),
        };
        let source = source
            .try_pushdown_projection(&projection)?
            .ok_or_else(|| DataFusionError::Plan("the Parquet source takes no projection".to_owned()))?;
        let mut files = self.partitioned_files(leaf, &layout)?;
        if let Some(seed) = leaf.order {
            files.sort_by_cached_key(|file| {
                let mut hasher = DefaultHasher::new();
                (seed, file.object_meta.location.as_ref()).hash(&mut hasher);
                hasher.finish()
            });
        }
        let (groups, statistics) = compute_all_files_statistics(
            FileGroup::new(files).split_files(leaf.target_partitions.max(1)),
            Arc::clone(&schema),
            leaf.with_statistics,
            false,
        )?;
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(CLOSED_URL)?, source)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_limit(leaf.limit)
            .with_expr_adapter(Some(Arc::new(LakeAdapterFactory {
                object: Arc::clone(&self.object),
                declared: self.listed.is_none(),
                calling: leaf.chosen.calling.clone(),
            })))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// Who reads files for a leaf.
    fn readers(&self, leaf: &Leaf) -> LakeReaderFactory {
        LakeReaderFactory {
            store: Arc::clone(&self.location.store),
            binding: Arc::clone(&self.location.binding),
            footers: Arc::clone(&self.footers),
            meter: Arc::clone(&leaf.meter),
            coalesce: self.location.coalesce,
            memory: Arc::clone(&leaf.memory),
            trail: Arc::clone(&leaf.trail),
            calling: leaf.chosen.calling.clone(),
        }
    }

    /// How the columns of a leaf lie in its table schema: those of the files first, under their names, then those of
    /// the folders; types as they are served.
    fn layout(&self, columns: &[usize]) -> Result<Layout> {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        let origin = |position: &usize| columns.get(*position).and_then(|at| self.origins.get(*at)).copied();
        order.sort_by_key(|position| origin(position) == Some(Origin::Folder));
        let mut file = Vec::with_capacity(columns.len());
        let mut folder: Vec<FieldRef> = Vec::new();
        for position in &order {
            let at = columns.get(*position).ok_or_else(out_of_range)?;
            let column = self.object.columns.get(*at).ok_or_else(out_of_range)?;
            let field = column.field().with_name(&*column.physical_name).with_nullable(!self.never_null(*at));
            match origin(position) {
                Some(Origin::Folder) => folder.push(Arc::new(field)),
                _ => file.push(field),
            }
        }
        let mut places = vec![0; columns.len()];
        for (place, position) in order.iter().enumerate() {
            *places.get_mut(*position).ok_or_else(out_of_range)? = place;
        }
        let contract = order.iter().filter_map(|position| columns.get(*position)).copied().collect();
        Ok(Layout { table: TableSchema::builder(Arc::new(Schema::new(file))).with_table_partition_cols(folder).build(), places, contract })
    }

    /// From file names to served names.
    fn projection(&self, leaf: &Leaf, layout: &Layout) -> Result<ProjectionExprs> {
        let exprs = leaf
            .projection
            .iter()
            .map(|at| {
                let contract = leaf.columns.get(*at).ok_or_else(out_of_range)?;
                let column = self.object.columns.get(*contract).ok_or_else(out_of_range)?;
                Ok(ProjectionExpr { expr: layout.column(*at)?, alias: column.name.to_string() })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(ProjectionExprs::new(exprs))
    }

    /// The columns of a leaf that have one value in all rows of a file.
    ///
    /// # Errors
    /// When a value is none of its column's type.
    fn constants(
        &self,
        said: &[(Arc<str>, ScalarValue)],
        contract: &[usize],
        rows: Precision<usize>,
    ) -> Result<Option<Constants>> {
        let value = |at: &usize| {
            let column = self.object.columns.get(*at)?;
            let (_, value) = said.iter().find(|(name, _)| **name == *column.physical_name)?;
            Some(convert_value(value, &column.data_type))
        };
        let found = contract.iter().enumerate().filter_map(|(place, at)| Some(value(at)?.map(|value| (place, value))));
        let values: Arc<[_]> = found.collect::<Result<_>>()?;
        Ok((!values.is_empty()).then_some(Constants { values, columns: contract.len(), rows: rows.get_value().copied() }))
    }

    fn partitioned_files(&self, leaf: &Leaf, layout: &Layout) -> Result<Vec<PartitionedFile>> {
        let folders: Vec<usize> = (0..self.origins.len()).filter(|at| self.in_folder(*at)).collect();
        let wanted: Vec<usize> = layout.contract.iter().copied().filter(|at| self.in_folder(*at)).collect();
        let chosen = &leaf.chosen;
        chosen
            .files
            .iter()
            .zip(&*chosen.statistics)
            .map(|(file, statistics)| {
                let mut partitioned = PartitionedFile::new_from_meta(file.meta.clone());
                if let Deletes::Rows(deletes) = &file.deletes {
                    partitioned = partitioned.with_extension(FileDeletes::new(Arc::clone(deletes)));
                }
                let value = |at: &usize| file.partition_values.get(folders.iter().position(|one| one == at)?).cloned();
                partitioned.partition_values = wanted.iter().filter_map(value).collect();
                if leaf.with_statistics {
                    // Set as they are: what would add those of folders counts no NULLs among them.
                    partitioned.statistics = statistics.as_ref().map(|all| Arc::new(chosen.only(all, &layout.contract)));
                }
                let rows = statistics.as_ref().map_or(Precision::Absent, |known| known.num_rows);
                if let Some(constants) = self.constants(&file.constants, &layout.contract, rows)? {
                    partitioned = partitioned.with_extension(constants);
                }
                Ok(partitioned)
            })
            .collect()
    }
}

/// How many bytes each partition of a leaf has to read at most.
#[must_use]
pub fn partition_bytes(leaf: &Arc<dyn ExecutionPlan>) -> Vec<u64> {
    let source = leaf.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source);
    let Some(config) = source.and_then(|source| source.downcast_ref::<FileScanConfig>()) else { return Vec::new() };
    let bytes = |file: &PartitionedFile| match &file.range {
        Some(range) => u64::try_from(range.end.saturating_sub(range.start)).unwrap_or(0),
        None => file.object_meta.size,
    };
    config.file_groups.iter().map(|group| group.files().iter().map(bytes).fold(0, u64::saturating_add)).collect()
}

/// How the columns of a leaf lie in its table schema.
struct Layout {
    table: TableSchema,
    /// For each column of the leaf, its place.
    places: Vec<usize>,
    /// For each place, the contract column.
    contract: Vec<usize>,
}

impl Layout {
    /// A leaf column where it lies, under the file's name.
    fn column(&self, position: usize) -> Result<Arc<dyn PhysicalExpr>> {
        let place = *self.places.get(position).ok_or_else(out_of_range)?;
        let field = self.table.table_schema().fields().get(place).ok_or_else(out_of_range)?;
        Ok(Arc::new(expressions::Column::new(field.name(), place)))
    }

    /// The predicate over these places and names: what it skips by is found by name.
    fn respelled(&self, predicate: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        predicate
            .transform_up(|node| match node.downcast_ref::<expressions::Column>() {
                Some(column) => Ok(Transformed::yes(self.column(column.index())?)),
                None => Ok(Transformed::no(node)),
            })
            .data()
    }
}

/// The reader's options, with times in INT96 as [`arrow_schema`] says.
fn options(leaf: &Leaf) -> ParquetOptions {
    ParquetOptions { coerce_int96: Some("us".to_owned()), ..leaf.parquet.clone() }
}

fn out_of_range() -> DataFusionError {
    DataFusionError::Plan("a column position is out of range".to_owned())
}
