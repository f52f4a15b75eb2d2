//! The files of a version, column by column: a hundred thousand of them are looked through at once.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, UInt64Array, new_null_array};
use arrow::compute::{cast, concat, is_null};
use arrow::datatypes::UInt64Type;
use arrow_schema::{ArrowError, DataType, SchemaRef};
use datafusion_common::pruning::PruningStatistics;
use datafusion_common::stats::Precision;
use datafusion_common::{Column, ColumnStatistics, ScalarValue};
use delta_kernel::KernelResult;
use delta_kernel::log_replay::FileActionKey;

use crate::bounds::{greatest, least};
use crate::partition_value::PartitionColumn;
use crate::segment::Segment;

/// More segments than these are joined when more come.
const SEGMENTS_MAX: usize = 16;

/// What the table calls its columns, and what the log does.
#[derive(Debug, PartialEq)]
pub(crate) struct TableColumns {
    /// Names and types of the table.
    pub(crate) schema: SchemaRef,
    /// What the log calls each of them.
    pub(crate) physical: Vec<String>,
    /// Those whose values stand in the log.
    pub(crate) partition: Vec<PartitionColumn>,
}

/// The files of one version.
#[derive(Clone, Debug)]
pub(crate) struct FileTable {
    pub(crate) columns: Arc<TableColumns>,
    pub(crate) segments: Vec<Arc<Segment>>,
}

impl FileTable {
    /// How many files there are.
    pub(crate) fn live(&self) -> usize {
        self.segments.iter().map(|segment| segment.live()).sum()
    }

    /// How many rows are left in them, if that is said of each.
    ///
    /// # Errors
    /// When what is said of a deletion vector is not all there.
    pub(crate) fn rows(&self) -> KernelResult<Option<u64>> {
        let mut rows: u64 = 0;
        for segment in &self.segments {
            for at in (0..segment.len()).filter(|at| segment.is_live(*at)) {
                let Some(left) = left(segment, at)? else { return Ok(None) };
                rows = rows.saturating_add(left);
            }
        }
        Ok(Some(rows))
    }

    /// The files after others came and some went.
    ///
    /// # Errors
    /// When what is said of a deletion vector is not all there, or segments are not alike.
    pub(crate) fn moved(&self, gone: &HashSet<FileActionKey>, came: Vec<Segment>) -> KernelResult<Self> {
        let names: HashSet<&str> = gone.iter().map(FileActionKey::path).collect();
        let mut segments = Vec::with_capacity(self.segments.len() + came.len());
        for segment in &self.segments {
            segments.push(match segment.without(gone, &names)? {
                Some(fewer) => Arc::new(fewer),
                None => Arc::clone(segment),
            });
        }
        segments.extend(came.into_iter().map(Arc::new));
        let (all, live) = segments.iter().fold((0, 0), |(all, live), one| (all + one.len(), live + one.live()));
        if segments.len() > SEGMENTS_MAX || live * 2 < all {
            let parts: Vec<&Segment> = segments.iter().map(|segment| &**segment).collect();
            segments = vec![Arc::new(Segment::joined(&parts)?)];
        }
        Ok(Self { columns: Arc::clone(&self.columns), segments })
    }

    /// Bytes held for the files, and bytes of their statistics.
    pub(crate) fn held(&self) -> (usize, usize) {
        self.segments.iter().map(|segment| segment.held()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// What is known of some columns, ready to be asked file by file.
    pub(crate) fn known(&self, names: &[Arc<str>]) -> Vec<Known> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn column(&self, name: &str) -> Known {
        let column = Column::new_unqualified(name);
        let partition = self.columns.partition.iter().any(|one| one.name == name);
        Known {
            partition,
            min: self.min_values(&column),
            max: if partition { None } else { self.max_values(&column) },
            nulls: self.null_counts(&column),
        }
    }

    /// One array of what each segment has.
    fn whole(&self, of: impl Fn(&Segment) -> Option<ArrayRef>) -> Option<ArrayRef> {
        let parts: Vec<(Option<ArrayRef>, usize)> =
            self.segments.iter().map(|segment| (of(segment), segment.len())).collect();
        let like = parts.iter().find_map(|(part, _)| part.as_ref().map(|part| part.data_type().clone()))?;
        let parts: Vec<ArrayRef> =
            parts.into_iter().map(|(part, len)| part.unwrap_or_else(|| new_null_array(&like, len))).collect();
        concat(&parts.iter().map(|part| &**part).collect::<Vec<_>>()).ok()
    }

    /// The place of a partition column among these.
    fn place(&self, name: &str) -> Option<usize> {
        self.columns.partition.iter().position(|column| column.name == name)
    }

    /// What the log calls a column whose values stand in files.
    fn physical(&self, name: &str) -> Option<&str> {
        let at = self.columns.schema.index_of(name).ok()?;
        self.columns.physical.get(at).map(String::as_str)
    }

    fn said(&self, what: &str, name: &str, loosened: fn(&ArrayRef) -> Option<ArrayRef>) -> Option<ArrayRef> {
        let physical = self.physical(name)?;
        // A column may have been widened since.
        let wanted = self.columns.schema.field_with_name(name).ok()?.data_type();
        self.whole(|segment| {
            let said = segment.said(what, physical)?;
            let said = if said.data_type() == wanted { Arc::clone(said) } else { cast(said, wanted).ok()? };
            loosened(&said)
        })
    }
}

impl PruningStatistics for FileTable {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        match self.place(column.name()) {
            Some(at) => self.whole(|segment| segment.partition(at).map(Arc::clone)),
            None => self.said("minValues", column.name(), least),
        }
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        match self.place(column.name()) {
            Some(_) => self.min_values(column),
            None => self.said("maxValues", column.name(), greatest),
        }
    }

    fn num_containers(&self) -> usize {
        self.segments.iter().map(|segment| segment.len()).sum()
    }

    /// Deleted rows are counted, here and among all rows.
    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        if let Some(at) = self.place(column.name()) {
            return self.whole(|segment| nulls_outside(segment, at).ok());
        }
        let physical = self.physical(column.name())?;
        self.whole(|segment| cast(segment.said("nullCount", physical)?, &DataType::UInt64).ok())
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        self.whole(|segment| cast(segment.records()?, &DataType::UInt64).ok())
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// How many values of a partition column are NULL: all or none.
fn nulls_outside(segment: &Segment, column: usize) -> Result<ArrayRef, ArrowError> {
    let missing = || ArrowError::SchemaError("a partition column is missing".to_owned());
    let nulls = is_null(segment.partition(column).ok_or_else(missing)?)?;
    let counts: UInt64Array = (0..segment.len())
        .map(|at| match nulls.value(at) {
            false => Some(0),
            true => segment.records().filter(|records| !records.is_null(at)).and_then(|records| u64::try_from(records.value(at)).ok()),
        })
        .collect();
    Ok(Arc::new(counts))
}

/// How many rows are left in a file.
pub(crate) fn left(segment: &Segment, at: usize) -> KernelResult<Option<u64>> {
    let records = segment.records().filter(|records| !records.is_null(at)).map(|records| records.value(at));
    let Some(records) = records.filter(|records| *records >= 0) else { return Ok(None) };
    Ok(u64::try_from(records.saturating_sub(segment.deleted(at)?)).ok())
}

/// What is known of a column, file by file.
pub(crate) struct Known {
    partition: bool,
    min: Option<ArrayRef>,
    max: Option<ArrayRef>,
    nulls: Option<ArrayRef>,
}

impl Known {
    /// What is known of a column of one file, of which so many rows are left.
    pub(crate) fn of(&self, at: usize, rows: Option<usize>) -> ColumnStatistics {
        let value = |bounds: &Option<ArrayRef>| {
            bounds.as_ref().and_then(|bounds| ScalarValue::try_from_array(bounds, at).ok()).filter(|value| !value.is_null())
        };
        if self.partition {
            // The value of every row.
            let value = value(&self.min);
            let nulls = if value.is_none() { rows } else { Some(0) };
            let bound = value.map_or(Precision::Absent, Precision::Exact);
            return ColumnStatistics {
                null_count: nulls.map_or(Precision::Absent, Precision::Exact),
                min_value: bound.clone(),
                max_value: bound,
                ..ColumnStatistics::default()
            };
        }
        let nulls = self.nulls.as_ref().and_then(|nulls| nulls.as_primitive_opt::<UInt64Type>());
        let nulls = nulls.filter(|nulls| !nulls.is_null(at)).and_then(|nulls| usize::try_from(nulls.value(at)).ok());
        ColumnStatistics {
            null_count: nulls.map_or(Precision::Absent, Precision::Inexact),
            min_value: value(&self.min).map_or(Precision::Absent, Precision::Inexact),
            max_value: value(&self.max).map_or(Precision::Absent, Precision::Inexact),
            ..ColumnStatistics::default()
        }
    }
}
