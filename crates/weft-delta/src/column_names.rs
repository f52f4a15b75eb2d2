//! Columns that files call otherwise: column mapping, by name or by number.

use std::sync::Arc;

use delta_kernel::{KernelError, KernelResult};
use delta_kernel::schema::{DataType, StructField, StructType};
use delta_kernel::table_features::ColumnMappingMode;
use weft_port::field_names::{FieldName, FieldNames, FoundBy};

/// What files call the columns of a table; `None` where they call them what the table does.
///
/// # Errors
/// For a number that no file can hold.
pub(crate) fn names(schema: &StructType, mode: ColumnMappingMode) -> KernelResult<Option<FieldNames>> {
    let found = match mode {
        ColumnMappingMode::None => return Ok(None),
        ColumnMappingMode::Name => FoundBy::Name,
        ColumnMappingMode::Id => FoundBy::Number,
    };
    let fields: Vec<FieldName> = schema.fields().map(|field| name(field, mode)).collect();
    match fields.iter().find(|field| found == FoundBy::Number && field.id.is_none()) {
        Some(field) => Err(KernelError::unsupported(format!("column `{}` has no number that files could have", field.table))),
        None => Ok(Some(FieldNames { found, fields })),
    }
}

fn name(field: &StructField, mode: ColumnMappingMode) -> FieldName {
    FieldName {
        table: Arc::from(field.name().as_str()),
        file: Arc::from(field.physical_name(mode)),
        id: field.column_mapping_id().and_then(|id| i32::try_from(id).ok()),
        default: None,
        children: children(field.data_type(), mode),
    }
}

fn children(data_type: &DataType, mode: ColumnMappingMode) -> Vec<FieldName> {
    // Elements, keys and values have no names of their own.
    let part = |called: &str, data_type: &DataType| FieldName {
        table: Arc::from(called),
        file: Arc::from(called),
        id: None,
        default: None,
        children: children(data_type, mode),
    };
    match data_type {
        DataType::Struct(fields) => fields.fields().map(|field| name(field, mode)).collect(),
        DataType::Array(list) => vec![part("element", list.element_type())],
        DataType::Map(map) => vec![part("key", map.key_type()), part("value", map.value_type())],
        _ => Vec::new(),
    }
}
