//! A batch of files as the kernel lists them: a row for each.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{Int32Type, Int64Type};
use datafusion_common::ScalarValue;
use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use delta_kernel::{KernelError, KernelResult};

/// Files, by row.
pub(crate) struct Rows {
    files: StructArray,
    vectors: Option<StructArray>,
    statistics: Option<StructArray>,
    partition: Option<StructArray>,
}

impl Rows {
    /// Looks for what there is.
    pub(crate) fn of(batch: &RecordBatch) -> KernelResult<Self> {
        let files = StructArray::from(batch.clone());
        let part = |name: &str| files.column_by_name(name).and_then(|part| part.as_struct_opt()).cloned();
        let (vectors, statistics) = (part("deletionVector"), part("stats_parsed"));
        let partition = part("partitionValues_parsed");
        Ok(Self { files, vectors, statistics, partition })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn text(&self, name: &str, at: usize) -> KernelResult<Option<String>> {
        text(&self.files, name, at)
    }

    pub(crate) fn number(&self, name: &str, at: usize) -> KernelResult<Option<i64>> {
        number(&self.files, name, at)
    }

    /// How many rows stand in the file, deleted ones included.
    pub(crate) fn records(&self, at: usize) -> KernelResult<Option<i64>> {
        match self.statistics.as_ref().filter(|statistics| !statistics.is_null(at)) {
            Some(statistics) => Ok(number(statistics, "numRecords", at)?.filter(|records| *records >= 0)),
            None => Ok(None),
        }
    }

    /// Where deleted rows are recorded.
    pub(crate) fn deletes(&self, at: usize) -> KernelResult<Option<DeletionVectorDescriptor>> {
        let Some(vectors) = self.vectors.as_ref().filter(|vectors| !vectors.is_null(at)) else { return Ok(None) };
        let Some(kind) = text(vectors, "storageType", at)? else { return Ok(None) };
        let whole = |name: &'static str| move || KernelError::deletion_vector(format!("lacks `{name}`"));
        let place = text(vectors, "pathOrInlineDv", at)?.ok_or_else(whole("pathOrInlineDv"))?;
        let size = small(vectors, "sizeInBytes", at)?.ok_or_else(whole("sizeInBytes"))?;
        let cardinality = number(vectors, "cardinality", at)?.ok_or_else(whole("cardinality"))?;
        let offset = small(vectors, "offset", at)?;
        DeletionVectorDescriptor::try_new(kind.parse()?, place, offset, size, cardinality).map(Some)
    }

    /// The value of a column that stands outside of the file.
    pub(crate) fn partition(&self, name: &str, at: usize) -> KernelResult<ScalarValue> {
        let values = self.partition.as_ref().and_then(|partition| partition.column_by_name(name));
        let values = values.ok_or_else(|| KernelError::missing_column(format!("partition column `{name}`")))?;
        ScalarValue::try_from_array(values, at).map_err(|cause| KernelError::generic(cause.to_string()))
    }
}

fn column<'a>(of: &'a StructArray, name: &str) -> KernelResult<&'a ArrayRef> {
    of.column_by_name(name).ok_or_else(|| KernelError::missing_column(name))
}

fn text(of: &StructArray, name: &str, at: usize) -> KernelResult<Option<String>> {
    let values = column(of, name)?.as_string_opt::<i32>().ok_or_else(|| KernelError::unexpected_column_type(name))?;
    Ok((!values.is_null(at)).then(|| values.value(at).to_owned()))
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
