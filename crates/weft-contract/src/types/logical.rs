//! Logical types with their options.

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};

use crate::yaml::tree::Map;

/// The time zone in which points in time are served.
pub const UTC: &str = "UTC";

/// The longest vector, in dimensions.
const DIMENSIONS_MAX: i64 = 65_536;

/// The type a logical type without parts stands for; `None` for objects, arrays, maps and words that are no type.
#[must_use]
pub fn scalar(logical: &str, options: Option<&Map>) -> Option<DataType> {
    let format = options.and_then(|options| options.text("format")).map(|format| &**format);
    Some(match logical {
        "string" => match format {
            Some("binary") => DataType::Binary,
            _ => DataType::Utf8View,
        },
        "integer" => match format {
            Some("i8") => DataType::Int8,
            Some("i16") => DataType::Int16,
            Some("i32") => DataType::Int32,
            Some("u8") => DataType::UInt8,
            Some("u16") => DataType::UInt16,
            Some("u32") => DataType::UInt32,
            Some("u64") => DataType::UInt64,
            Some("i128") => DataType::Decimal128(38, 0),
            Some("u128") => DataType::Decimal256(39, 0),
            _ => DataType::Int64,
        },
        "number" => match format {
            Some("f32") => DataType::Float32,
            _ => DataType::Float64,
        },
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "time" => DataType::Time64(TimeUnit::Microsecond),
        "timestamp" => timestamp(false, zone(options).unwrap_or(false)),
        "vector" => vector(options?)?,
        _ => return None,
    })
}

/// Whether the options make a timestamp a point in time; `None` when they do not say.
#[must_use]
pub fn zone(options: Option<&Map>) -> Option<bool> {
    let options = options?;
    options.flag("timezone").or_else(|| options.text("defaultTimezone").map(|_| true))
}

/// A timestamp type.
#[must_use]
pub fn timestamp(nanos: bool, zone: bool) -> DataType {
    let unit = if nanos { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
    DataType::Timestamp(unit, zone.then(|| Arc::from(UTC)))
}

fn vector(options: &Map) -> Option<DataType> {
    let dimensions = options.integer("dimensions").filter(|dimensions| (1..=DIMENSIONS_MAX).contains(dimensions))?;
    let size = i32::try_from(dimensions).ok()?;
    let element = match options.text("elementType").map_or("float32", |element| &**element) {
        "binary" => return Some(DataType::FixedSizeBinary(size.checked_add(7)? / 8)),
        "float16" => DataType::Float16,
        "float64" => DataType::Float64,
        "int8" => DataType::Int8,
        "uint8" => DataType::UInt8,
        _ => DataType::Float32,
    };
    Some(DataType::FixedSizeList(Arc::new(Field::new("item", element, true)), size))
}

/// The family a logical type belongs to, to tell whether a physical type agrees with it.
#[must_use]
pub fn agrees(logical: &str, data_type: &DataType) -> bool {
    match logical {
        "string" => matches!(data_type, DataType::Utf8View | DataType::Binary),
        "integer" | "number" => data_type.is_numeric(),
        "boolean" => *data_type == DataType::Boolean,
        "date" => matches!(data_type, DataType::Date32 | DataType::Timestamp(..)),
        "timestamp" => matches!(data_type, DataType::Timestamp(..)),
        "time" => matches!(data_type, DataType::Time64(_)),
        // Objects and arrays are often kept as JSON texts.
        "object" => matches!(data_type, DataType::Struct(_) | DataType::Map(..) | DataType::Utf8View),
        "array" | "vector" => {
            matches!(data_type, DataType::List(_) | DataType::FixedSizeList(..) | DataType::Utf8View | DataType::Binary)
        }
        "map" => matches!(data_type, DataType::Map(..) | DataType::Utf8View),
        _ => true,
    }
}
