//! What is where files lack a field: NULL, unless the table says otherwise.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow_schema::{ArrowError, DataType, FieldRef};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use weft_model::column::Column;
use weft_port::field_names::FieldName;

use crate::convert::convert_value;

/// The defaults within a column, under the names that are served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Defaults {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Part {
    served: Arc<str>,
    default: Option<ScalarValue>,
    within: Defaults,
}

impl Defaults {
    /// Those of a column of the table, as its contract serves it.
    pub(crate) fn of(known: &FieldName, declared: &Column) -> Self {
        let parts = known.children.iter().enumerate().filter_map(|(at, child)| {
            let column = match &declared.data_type {
                DataType::Struct(_) => declared.children.iter().find(|one| *one.physical_name == *child.table),
                _ => declared.children.get(at),
            };
            let column = column?;
            Some(Part { served: Arc::clone(&column.name), default: child.default.clone(), within: Self::of(child, column) })
        });
        Self { parts: parts.collect() }
    }

    /// Those within a field of a structure.
    pub(crate) fn field(&self, served: &str) -> Option<&Self> {
        self.parts.iter().find(|part| *part.served == *served).map(|part| &part.within)
    }

    /// Those within elements, keys or values.
    pub(crate) fn part(&self, at: usize) -> Option<&Self> {
        self.parts.get(at).map(|part| &part.within)
    }

    /// What a field of a structure is in rows of files that lack it; [`None`] for NULL.
    ///
    /// # Errors
    /// When the value is none of the served type.
    pub(crate) fn missing(&self, field: &FieldRef, rows: usize) -> Result<Option<ArrayRef>, ArrowError> {
        let part = self.parts.iter().find(|part| *part.served == **field.name());
        let Some(default) = part.and_then(|part| part.default.as_ref()) else { return Ok(None) };
        let value = convert_value(default, field.data_type()).and_then(|value| value.to_array_of_size(rows));
        value.map(Some).map_err(|cause| ArrowError::CastError(cause.to_string()))
    }
}

/// What a column is in files that lack it.
///
/// # Errors
/// When the value is none of the served type.
pub(crate) fn defaulted(default: Option<&ScalarValue>, served: &DataType) -> Result<ScalarValue> {
    match default {
        Some(value) => convert_value(value, served),
        None => ScalarValue::try_new_null(served).map_err(|cause| DataFusionError::Plan(cause.to_string())),
    }
}
