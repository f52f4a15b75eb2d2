//! A column as `table_schema` describes it. Every field carries metadata: one driver reads it without looking whether
//! there is any.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};
use weft_engine::directory::DirectoryColumn;

use crate::wire::profile::Profile;
use crate::wire::schema::wire_type;

/// The schema of a table, with types as results have them, and NOT NULL where the contract promises it.
///
/// Where a column belongs is not repeated for each: the row that holds the schema says it, and thousands of tables are
/// listed at once.
pub(crate) fn table_schema(columns: &[DirectoryColumn], profile: Profile) -> Schema {
    Schema::new(columns.iter().map(|column| field(column, profile)).collect::<Vec<_>>())
}

fn field(column: &DirectoryColumn, profile: Profile) -> Field {
    let data_type = wire_type(&column.data_type, profile);
    let mut metadata =
        HashMap::from([(sql("TYPE_NAME"), column.type_name.to_string()), (sql("IS_AUTO_INCREMENT"), "0".to_owned())]);
    if let Some((precision, scale)) = precision(&data_type) {
        metadata.insert(sql("PRECISION"), precision.to_string());
        metadata.extend(scale.map(|scale| (sql("SCALE"), scale.to_string())));
    }
    if let Some(description) = &column.description {
        metadata.insert(sql("REMARKS"), description.to_string());
    }
    if let Some(classification) = &column.classification {
        metadata.insert("weft:classification".to_owned(), classification.to_string());
    }
    if column.masked {
        metadata.insert("weft:masked".to_owned(), "true".to_owned());
    }
    // A mask may put NULL where the producer promised a value.
    Field::new(&*column.name, data_type, column.masked || !column.required).with_metadata(metadata)
}

fn sql(key: &str) -> String {
    format!("ARROW:FLIGHT:SQL:{key}")
}

/// The precision of a number in decimal digits, and its scale where it has one.
fn precision(data_type: &DataType) -> Option<(u8, Option<i8>)> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => (3, Some(0)),
        DataType::Int16 | DataType::UInt16 => (5, Some(0)),
        DataType::Int32 | DataType::UInt32 => (10, Some(0)),
        DataType::Int64 => (19, Some(0)),
        DataType::UInt64 => (20, Some(0)),
        DataType::Float32 => (7, None),
        DataType::Float64 => (15, None),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => (*precision, Some(*scale)),
        _ => return None,
    })
}
