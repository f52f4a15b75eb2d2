//! Where a snapshot meets its contract: which file column serves which contract column, and whether its type fits.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema};
use weft_model::contract::SchemaObject;
use weft_port::error::Error;

/// For each contract column, the position of its column in the files' schema.
///
/// # Errors
/// [`Error::Unbound`] for the first column that is missing, or whose type would need more than a widening cast.
pub fn bind(object: &SchemaObject, files: &Schema) -> Result<Vec<usize>, Error> {
    object
        .columns
        .iter()
        .map(|column| {
            let (at, field) = files.column_with_name(&column.physical_name).ok_or_else(|| Error::Unbound {
                column: Arc::clone(&column.name),
                problem: format!("is declared, and no file column is called `{}`", column.physical_name),
            })?;
            if widens(field.data_type(), &column.data_type) {
                Ok(at)
            } else {
                Err(Error::Unbound {
                    column: Arc::clone(&column.name),
                    problem: format!("is declared as {}, and the files hold {}", column.data_type, field.data_type()),
                })
            }
        })
        .collect()
}

/// True when every value of the file's type is a value of the served type.
fn widens(file: &DataType, served: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Decimal128, Decimal256, Dictionary, FixedSizeBinary, FixedSizeList, Float16, Float32,
        Float64, Int8, Int16, Int32, Int64, LargeBinary, LargeList, LargeUtf8, List, Map, RunEndEncoded, Struct,
        Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    match (file, served) {
        (file, served) if file == served => true,
        (Dictionary(_, values), served) => widens(values, served),
        (RunEndEncoded(_, values), served) => widens(values.data_type(), served),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => true,
        (Binary | LargeBinary | BinaryView | FixedSizeBinary(_), Binary | LargeBinary | BinaryView) => true,
        (Int8, Int16 | Int32 | Int64)
        | (Int16, Int32 | Int64)
        | (Int32, Int64)
        | (UInt8, UInt16 | UInt32 | UInt64 | Int16 | Int32 | Int64)
        | (UInt16, UInt32 | UInt64 | Int32 | Int64)
        | (UInt32, UInt64 | Int64)
        | (Float16, Float32 | Float64)
        | (Float32 | Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32, Float64) => true,
        (Decimal128(p, s) | Decimal256(p, s), Decimal128(q, t) | Decimal256(q, t)) => {
            t >= s && i16::from(*q) - i16::from(*t) >= i16::from(*p) - i16::from(*s)
        }
        // Coarser units fit finer ones; a time zone is a label on the same instant, but naive times are not instants.
        (Timestamp(from, zone), Timestamp(to, other)) => unit(*from) <= unit(*to) && zone.is_some() == other.is_some(),
        (List(from) | LargeList(from) | FixedSizeList(from, _), List(to) | LargeList(to)) => {
            widens(from.data_type(), to.data_type())
        }
        (Struct(from), Struct(to)) => to.iter().all(|field| {
            from.iter().any(|other| other.name() == field.name() && widens(other.data_type(), field.data_type()))
        }),
        (Map(from, _), Map(to, _)) => match (entries(from), entries(to)) {
            // What is inside of a map is cast by position, so that names have to stand in the same places.
            (Some((key, value)), Some((k, v))) => in_place(key, k) && in_place(value, v),
            _ => false,
        },
        _ => false,
    }
}

fn unit(unit: arrow_schema::TimeUnit) -> u8 {
    match unit {
        arrow_schema::TimeUnit::Second => 0,
        arrow_schema::TimeUnit::Millisecond => 1,
        arrow_schema::TimeUnit::Microsecond => 2,
        arrow_schema::TimeUnit::Nanosecond => 3,
    }
}

fn entries(field: &Field) -> Option<(&DataType, &DataType)> {
    match field.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some((key.data_type(), value.data_type())),
            _ => None,
        },
        _ => None,
    }
}

/// True when the file's type widens to the served one, and every struct in it has the same fields in the same places.
fn in_place(file: &DataType, served: &DataType) -> bool {
    match (file, served) {
        (DataType::Struct(from), DataType::Struct(to)) => {
            let alike = |(one, other): (&FieldRef, &FieldRef)| {
                one.name() == other.name() && in_place(one.data_type(), other.data_type())
            };
            from.len() == to.len() && from.iter().zip(to).all(alike)
        }
        (DataType::List(from), DataType::List(to)) => in_place(from.data_type(), to.data_type()),
        _ => file == served || (!file.is_nested() && !served.is_nested() && widens(file, served)),
    }
}
