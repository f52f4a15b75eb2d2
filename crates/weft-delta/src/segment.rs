//! Files that came into a table together, column by column.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, MapArray, StringArray, StructArray, new_null_array};
use arrow::compute::{concat, filter};
use arrow::datatypes::{Int32Type, Int64Type};
use arrow_schema::{ArrowError, DataType};
use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use delta_kernel::log_replay::FileActionKey;
use delta_kernel::{KernelError, KernelResult};

use crate::partition_value::{self, PartitionColumn};

/// Files, by row. What is held is what the log says of them, and no more than is asked for again.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    paths: StringArray,
    sizes: Int64Array,
    modified: Int64Array,
    /// Where deleted rows are recorded, if those of any file are.
    vectors: Option<StructArray>,
    /// The values of partition columns, in their order.
    partition: Vec<ArrayRef>,
    /// `numRecords`, `nullCount`, `minValues`, `maxValues`.
    statistics: Option<StructArray>,
    /// False for files that were removed since; absent when none was.
    live: Option<BooleanArray>,
}

impl Segment {
    /// Files out of what the log says of them, and what it says about their contents.
    ///
    /// # Errors
    /// When something is missing that every file has.
    pub(crate) fn of(
        files: &StructArray,
        values: &MapArray,
        statistics: Option<StructArray>,
        columns: &[PartitionColumn],
    ) -> KernelResult<Self> {
        let part = |name: &str| files.column_by_name(name).ok_or_else(|| KernelError::missing_column(name));
        let numbers = |name: &str| {
            let numbers = part(name)?.as_primitive_opt::<Int64Type>().cloned();
            numbers.ok_or_else(|| KernelError::unexpected_column_type(name))
        };
        let paths = part("path")?.as_string_opt::<i32>().cloned();
        let vectors = part("deletionVector")?.as_struct_opt().cloned();
        Ok(Self {
            paths: paths.ok_or_else(|| KernelError::unexpected_column_type("path"))?,
            sizes: numbers("size")?,
            modified: numbers("modificationTime")?,
            vectors: vectors.filter(with_vectors),
            partition: partition_value::values(columns, values)?,
            statistics,
            live: None,
        })
    }

    /// How many files there are, removed ones included.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// How many files there still are.
    pub(crate) fn live(&self) -> usize {
        self.live.as_ref().map_or(self.len(), BooleanArray::true_count)
    }

    /// False for a file that was removed since.
    pub(crate) fn is_live(&self, at: usize) -> bool {
        self.live.as_ref().is_none_or(|live| live.value(at))
    }

    /// The name of a file, as the log has it.
    pub(crate) fn path(&self, at: usize) -> &str {
        self.paths.value(at)
    }

    /// How large a file is, in bytes.
    pub(crate) fn size(&self, at: usize) -> Option<u64> {
        (!self.sizes.is_null(at)).then(|| u64::try_from(self.sizes.value(at)).ok())?
    }

    /// When a file was written, in milliseconds.
    pub(crate) fn modified(&self, at: usize) -> i64 {
        if self.modified.is_null(at) { 0 } else { self.modified.value(at) }
    }

    /// The values of a partition column.
    pub(crate) fn partition(&self, column: usize) -> Option<&ArrayRef> {
        self.partition.get(column)
    }

    fn values(&self, column: usize) -> ArrayRef {
        let none = || new_null_array(&DataType::Null, self.len());
        self.partition(column).map_or_else(none, Arc::clone)
    }

    /// What the log says of a column, by physical name: `minValues`, `maxValues` or `nullCount`.
    pub(crate) fn said(&self, what: &str, column: &str) -> Option<&ArrayRef> {
        self.statistics.as_ref()?.column_by_name(what)?.as_struct_opt()?.column_by_name(column)
    }

    /// How many rows stand in each file, deleted ones included.
    pub(crate) fn records(&self) -> Option<&Int64Array> {
        self.statistics.as_ref()?.column_by_name("numRecords")?.as_primitive_opt()
    }

    /// How the log's statistics are typed here.
    pub(crate) fn statistics_type(&self) -> Option<DataType> {
        self.statistics.as_ref().map(|statistics| statistics.data_type().clone())
    }

    /// Where the deleted rows of a file are recorded.
    ///
    /// # Errors
    /// When what is said of it is not all there.
    pub(crate) fn vector(&self, at: usize) -> KernelResult<Option<DeletionVectorDescriptor>> {
        let Some(vectors) = self.vectors.as_ref().filter(|vectors| !vectors.is_null(at)) else { return Ok(None) };
        let Some(kind) = text(vectors, "storageType", at)? else { return Ok(None) };
        let whole = |name: &'static str| move || KernelError::deletion_vector(format!("lacks `{name}`"));
        let place = text(vectors, "pathOrInlineDv", at)?.ok_or_else(whole("pathOrInlineDv"))?;
        let size = small(vectors, "sizeInBytes", at)?.ok_or_else(whole("sizeInBytes"))?;
        let cardinality = number(vectors, "cardinality", at)?.ok_or_else(whole("cardinality"))?;
        let offset = small(vectors, "offset", at)?;
        DeletionVectorDescriptor::try_new(kind.parse()?, place.to_owned(), offset, size, cardinality).map(Some)
    }

    /// How many rows of a file are deleted.
    ///
    /// # Errors
    /// When that is not said.
    pub(crate) fn deleted(&self, at: usize) -> KernelResult<i64> {
        let Some(vectors) = self.vectors.as_ref().filter(|vectors| !vectors.is_null(at)) else { return Ok(0) };
        Ok(number(vectors, "cardinality", at)?.unwrap_or(0))
    }

    /// What tells a file's deletion vector from others of the file.
    fn vector_id(&self, at: usize) -> KernelResult<Option<String>> {
        let Some(vectors) = self.vectors.as_ref().filter(|vectors| !vectors.is_null(at)) else { return Ok(None) };
        let Some(kind) = text(vectors, "storageType", at)? else { return Ok(None) };
        let place = text(vectors, "pathOrInlineDv", at)?.unwrap_or_default();
        Ok(Some(match small(vectors, "offset", at)? {
            Some(offset) => format!("{kind}{place}@{offset}"),
            None => format!("{kind}{place}"),
        }))
    }

    /// The files without some, if any of these is here.
    ///
    /// # Errors
    /// When what is said of a deletion vector is not all there.
    pub(crate) fn without(&self, gone: &HashSet<FileActionKey>, names: &HashSet<&str>) -> KernelResult<Option<Self>> {
        let mut dead = HashSet::new();
        for at in (0..self.len()).filter(|at| self.is_live(*at) && names.contains(self.path(*at))) {
            if gone.contains(&FileActionKey::new(self.path(at), self.vector_id(at)?)) {
                dead.insert(at);
            }
        }
        if dead.is_empty() {
            return Ok(None);
        }
        let live = (0..self.len()).map(|at| Some(self.is_live(at) && !dead.contains(&at))).collect();
        Ok(Some(Self { live: Some(live), ..self.clone() }))
    }

    /// One segment of the files that there still are in several.
    ///
    /// # Errors
    /// When they are not alike.
    pub(crate) fn joined(segments: &[&Self]) -> Result<Self, ArrowError> {
        let column = |of: &dyn Fn(&Self) -> ArrayRef| -> Result<ArrayRef, ArrowError> {
            let parts = segments
                .iter()
                .map(|segment| match &segment.live {
                    Some(live) => filter(&of(segment), live),
                    None => Ok(of(segment)),
                })
                .collect::<Result<Vec<_>, _>>()?;
            concat(&parts.iter().map(|part| &**part).collect::<Vec<_>>())
        };
        let shared = |of: &dyn Fn(&Self) -> Option<StructArray>| -> Result<Option<StructArray>, ArrowError> {
            let Some(like) = segments.iter().find_map(|segment| of(segment)) else { return Ok(None) };
            let whole = column(&|segment| match of(segment) {
                Some(part) => Arc::new(part),
                None => new_null_array(like.data_type(), segment.len()),
            })?;
            Ok(whole.as_struct_opt().cloned())
        };
        let columns = segments.first().map_or(0, |segment| segment.partition.len());
        Ok(Self {
            paths: column(&|segment| Arc::new(segment.paths.clone()))?.as_string::<i32>().clone(),
            sizes: column(&|segment| Arc::new(segment.sizes.clone()))?.as_primitive().clone(),
            modified: column(&|segment| Arc::new(segment.modified.clone()))?.as_primitive().clone(),
            vectors: shared(&|segment| segment.vectors.clone())?,
            partition: (0..columns).map(|at| column(&|segment| segment.values(at))).collect::<Result<_, _>>()?,
            statistics: shared(&|segment| segment.statistics.clone())?,
            live: None,
        })
    }

    /// Bytes held for all files, without their statistics; and bytes of these.
    pub(crate) fn held(&self) -> (usize, usize) {
        let arrays: [&dyn Array; 3] = [&self.paths, &self.sizes, &self.modified];
        let bare: usize = arrays.iter().map(|array| array.get_array_memory_size()).sum();
        let partition: usize = self.partition.iter().map(|values| values.get_array_memory_size()).sum();
        let vectors = self.vectors.as_ref().map_or(0, Array::get_array_memory_size);
        (bare + partition + vectors, self.statistics.as_ref().map_or(0, Array::get_array_memory_size))
    }
}

fn with_vectors(vectors: &StructArray) -> bool {
    vectors.null_count() < vectors.len()
        && vectors.column_by_name("storageType").is_some_and(|kinds| kinds.null_count() < kinds.len())
}

fn column<'a>(of: &'a StructArray, name: &str) -> KernelResult<&'a ArrayRef> {
    of.column_by_name(name).ok_or_else(|| KernelError::missing_column(name))
}

fn text<'a>(of: &'a StructArray, name: &str, at: usize) -> KernelResult<Option<&'a str>> {
    let values = column(of, name)?.as_string_opt::<i32>().ok_or_else(|| KernelError::unexpected_column_type(name))?;
    Ok((!values.is_null(at)).then(|| values.value(at)))
}

fn number(of: &StructArray, name: &str, at: usize) -> KernelResult<Option<i64>> {
    let values = column(of, name)?.as_primitive_opt::<Int64Type>();
    let values = values.ok_or_else(|| KernelError::unexpected_column_type(name))?;
    Ok((!values.is_null(at)).then(|| values.value(at)))
}

fn small(of: &StructArray, name: &str, at: usize) -> KernelResult<Option<i32>> {
    let values = column(of, name)?.as_primitive_opt::<Int32Type>();
    let values = values.ok_or_else(|| KernelError::unexpected_column_type(name))?;
    Ok((!values.is_null(at)).then(|| values.value(at)))
}
