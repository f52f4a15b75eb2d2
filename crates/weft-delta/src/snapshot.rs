//! One version of a Delta table.

use std::fmt;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow_schema::{Fields, Schema};
use async_trait::async_trait;
use datafusion_common::{ScalarValue, Statistics};
use datafusion_common::stats::Precision;
use delta_kernel::{KernelError, KernelResult};
use delta_kernel::snapshot::SnapshotRef;
use object_store::ObjectMeta;
use weft_port::deletes::Deletes;
use weft_port::error::Error;
use weft_port::field_names::FieldNames;
use weft_port::file::LakeFile;
use weft_port::prune::Pruner;
use weft_port::snapshot::{PortSnapshot, TableState};

use crate::deletion_vector::DeletionVector;
use crate::failure::told;
use crate::file_table::{FileTable, Known, left};
use crate::place;
use crate::segment::Segment;
use crate::table::Table;

/// The most bytes of a file.
const FILE_BYTES_MAX: u64 = 1 << 46;

/// A version, whoever asks for it.
pub(crate) struct Loaded {
    pub(crate) state: TableState,
    pub(crate) kernel: SnapshotRef,
    pub(crate) files: FileTable,
    pub(crate) names: Option<Arc<FieldNames>>,
    /// What tells the table from another at the same place.
    pub(crate) id: String,
    /// How the last commit was found: another of the same number is another table's.
    pub(crate) commit: Option<ObjectMeta>,
}

impl Loaded {
    /// An older version without the columns that were another's then: one that is called now as another was. A column that
    /// came since is NULL in it; one that had another name then is not to be had by its name of now.
    pub(crate) fn beside(mut self, newest: &Self) -> Self {
        let (was, is) = (&self.files.columns, &newest.files.columns);
        let named = |name: &str| was.schema.fields().iter().any(|field| field.name().to_lowercase() == name.to_lowercase());
        let came = is.schema.fields().iter().zip(&is.physical);
        let came = came.filter(|(field, physical)| !named(field.name()) && !was.physical.contains(physical));
        let came: Vec<_> = came.map(|(field, _)| field.as_ref().clone().with_nullable(true)).map(Arc::new).collect();
        // A table that has nothing in common with what it was is another.
        let common = is.physical.iter().any(|physical| was.physical.contains(physical));
        if common && !came.is_empty() {
            let fields: Fields = was.schema.fields().iter().cloned().chain(came).collect();
            self.state.schema = Arc::new(Schema::new_with_metadata(fields, was.schema.metadata().clone()));
        }
        let is_now = |name: &str| newest.files.columns.physical.get(newest.state.schema.index_of(name).ok()?);
        let others = self.files.columns.schema.fields().iter().zip(&self.files.columns.physical);
        let others = others.filter(|(field, was)| is_now(field.name()).is_some_and(|is| is != *was));
        let why = "was another column in this version: the one of that name now was made since";
        let unread: Vec<(Arc<str>, String)> =
            others.map(|(field, _)| (Arc::from(field.name().as_str()), why.to_owned())).collect();
        self.state.unread.extend(unread);
        self
    }
}

/// A version, with its files, for one who may read where it lies: what is read later is read with their rights.
pub struct DeltaSnapshot {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) table: Arc<Table>,
}

impl fmt::Debug for DeltaSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeltaSnapshot").field("version", &self.loaded.state.version).finish_non_exhaustive()
    }
}

#[async_trait]
impl PortSnapshot for DeltaSnapshot {
    fn state(&self) -> &TableState {
        &self.loaded.state
    }

    async fn files(&self, keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error> {
        let kept = keep.keep(&self.loaded.files)?;
        let known = self.loaded.files.known(keep.columns());
        let mut files = Vec::new();
        let mut kept = kept.into_iter().enumerate();
        for segment in &self.loaded.files.segments {
            for (at, (row, wanted)) in (0..segment.len()).zip(&mut kept) {
                if wanted && segment.is_live(at) {
                    files.push(self.file(segment, at, row, &known).map_err(|cause| told(&self.table.at, cause))?);
                }
            }
        }
        files.sort_by(|one, other| one.meta.location.cmp(&other.meta.location));
        Ok(files)
    }
}

impl DeltaSnapshot {
    /// A file at a place in its segment, which is a row of all segments.
    fn file(&self, segment: &Segment, at: usize, row: usize, known: &[Known]) -> KernelResult<LakeFile> {
        let name = segment.path(at);
        let without = || KernelError::generic(format!("`{name}` has no size that a file could have"));
        let size = segment.size(at).filter(|size| *size <= FILE_BYTES_MAX).ok_or_else(without)?;
        let meta = ObjectMeta {
            location: place::named(&self.table.at.path, name)?,
            last_modified: chrono::DateTime::from_timestamp_millis(segment.modified(at)).unwrap_or_default(),
            size,
            // A file of the same name in a table made anew is another.
            e_tag: Some(self.loaded.id.clone()),
            version: None,
        };
        let rows = left(segment, at)?.and_then(|rows| usize::try_from(rows).ok());
        let statistics = Statistics {
            num_rows: rows.map_or(Precision::Absent, Precision::Exact),
            total_byte_size: usize::try_from(size).map_or(Precision::Absent, Precision::Inexact),
            column_statistics: known.iter().map(|known| known.of(row, rows)).collect(),
        };
        let value = |values: &ArrayRef| ScalarValue::try_from_array(values, at);
        let columns = 0..self.loaded.state.partition_columns.len();
        let values = columns.filter_map(|column| segment.partition(column)).map(value).collect::<Result<_, _>>();
        Ok(LakeFile {
            meta,
            partition_values: values.map_err(|cause| KernelError::generic(cause.to_string()))?,
            constants: Vec::new(),
            statistics: Some(Arc::new(statistics)),
            deletes: match segment.vector(at)? {
                None => Deletes::None,
                Some(descriptor) => {
                    Deletes::Rows(Arc::new(DeletionVector { table: Arc::clone(&self.table), descriptor }))
                }
            },
            names: self.loaded.names.clone(),
            footer: None,
        })
    }
}
