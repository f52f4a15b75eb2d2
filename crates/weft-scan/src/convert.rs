//! Arrays of a file's types as arrays of the served types, by name at every depth.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, IntervalMonthDayNanoArray, LargeListArray, ListArray, MapArray, StringViewBuilder, StructArray,
    new_null_array,
};
use arrow::compute::{CastOptions, cast_with_options, is_null, nullif};
use arrow::datatypes::IntervalMonthDayNano;
use arrow_schema::{ArrowError, DataType, FieldRef, Fields};
use datafusion_common::{Result, ScalarValue};

use crate::defaults::Defaults;
use crate::widen::{INTERVAL_BYTES, UUID_BYTES};

/// The array with the served type; for pairs of types that [`widens`](crate::widen::widens) allows. Fields that structures
/// lack are NULL, or what the defaults say.
///
/// # Errors
/// When a value does not fit, which no pair that widens lets happen but for times outside of a unit's range.
pub(crate) fn convert(array: &ArrayRef, served: &DataType, defaults: Option<&Defaults>) -> Result<ArrayRef, ArrowError> {
    let from = array.data_type();
    if from == served {
        return Ok(Arc::clone(array));
    }
    match (from, served) {
        (DataType::Null, served) => Ok(new_null_array(served, array.len())),
        (DataType::Struct(_), DataType::Struct(fields)) => structure(array.as_struct(), fields, defaults),
        (DataType::Map(..), DataType::Map(entries, sorted)) => map(array.as_map(), entries, *sorted, defaults),
        (DataType::List(from), DataType::List(to)) => {
            let list = array.as_list::<i32>();
            let values = values(list.values(), from, to, defaults)?;
            Ok(Arc::new(ListArray::try_new(Arc::clone(to), list.offsets().clone(), values, list.nulls().cloned())?))
        }
        (DataType::LargeList(from), DataType::LargeList(to)) => {
            let list = array.as_list::<i64>();
            let values = values(list.values(), from, to, defaults)?;
            let offsets = list.offsets().clone();
            Ok(Arc::new(LargeListArray::try_new(Arc::clone(to), offsets, values, list.nulls().cloned())?))
        }
        (DataType::FixedSizeList(from, size), DataType::FixedSizeList(to, _)) => {
            let list = array.as_fixed_size_list();
            let values = values(list.values(), from, to, defaults)?;
            Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(to), *size, values, list.nulls().cloned())?))
        }
        // One kind of list as another, with the elements as they are, and then the elements.
        (
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _),
            served,
        ) => {
            let kind = match served {
                DataType::List(_) => DataType::List(Arc::clone(item)),
                DataType::LargeList(_) => DataType::LargeList(Arc::clone(item)),
                DataType::FixedSizeList(_, size) => DataType::FixedSizeList(Arc::clone(item), *size),
                other => return cast(array, other),
            };
            convert(&cast(array, &kind)?, served, defaults)
        }
        (DataType::Dictionary(_, values), served) if values.as_ref() != served && values.is_nested() => {
            convert(&cast(array, values)?, served, defaults)
        }
        (DataType::FixedSizeBinary(UUID_BYTES), DataType::Utf8View) => Ok(uuids(array)),
        (DataType::FixedSizeBinary(INTERVAL_BYTES), DataType::Interval(_)) => Ok(intervals(array)),
        (_, served) => cast(array, served),
    }
}

/// A value with the served type.
///
/// # Errors
/// As [`convert`].
pub(crate) fn convert_value(value: &ScalarValue, served: &DataType) -> Result<ScalarValue> {
    let array = convert(&value.to_array_of_size(1)?, served, None)?;
    ScalarValue::try_from_array(&array, 0)
}

/// The elements of a list; lists of NULL that hold something are none of anybody's business, and may not fail.
fn values(
    values: &ArrayRef,
    from: &FieldRef,
    to: &FieldRef,
    defaults: Option<&Defaults>,
) -> Result<ArrayRef, ArrowError> {
    let within = defaults.and_then(|defaults| defaults.part(0));
    if from.data_type() == to.data_type() { Ok(Arc::clone(values)) } else { convert(values, to.data_type(), within) }
}

fn structure(from: &StructArray, fields: &Fields, defaults: Option<&Defaults>) -> Result<ArrayRef, ArrowError> {
    let columns = fields
        .iter()
        .map(|field| match from.column_by_name(field.name()) {
            Some(column) => convert(column, field.data_type(), defaults.and_then(|defaults| defaults.field(field.name()))),
            None => {
                let default = defaults.map(|defaults| defaults.missing(field, from.len())).transpose()?.flatten();
                match default {
                    // What is in a structure that is NULL is NULL too.
                    Some(default) => nullif(&default, &is_null(from)?),
                    None => Ok(new_null_array(field.data_type(), from.len())),
                }
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    let whole = StructArray::try_new_with_length(fields.clone(), columns, from.nulls().cloned(), from.len())?;
    Ok(Arc::new(whole))
}

fn map(from: &MapArray, entries: &FieldRef, sorted: bool, defaults: Option<&Defaults>) -> Result<ArrayRef, ArrowError> {
    let fields = match entries.data_type() {
        DataType::Struct(fields) if fields.len() == 2 => fields,
        _ => return Err(ArrowError::CastError("a map has a key and a value".to_owned())),
    };
    let parts = [from.keys(), from.values()];
    let columns = fields
        .iter()
        .zip(parts)
        .enumerate()
        .map(|(at, (field, part))| convert(part, field.data_type(), defaults.and_then(|defaults| defaults.part(at))))
        .collect::<Result<Vec<_>, _>>()?;
    let whole = StructArray::try_new(fields.clone(), columns, None)?;
    let map = MapArray::try_new(Arc::clone(entries), from.offsets().clone(), whole, from.nulls().cloned(), sorted)?;
    Ok(Arc::new(map))
}

/// UUIDs as RFC 9562 spells them.
fn uuids(array: &ArrayRef) -> ArrayRef {
    let bytes = array.as_fixed_size_binary();
    let mut texts = StringViewBuilder::with_capacity(bytes.len());
    for value in bytes {
        match value {
            None => texts.append_null(),
            Some(value) => {
                let mut text = String::with_capacity(36);
                for (at, byte) in value.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        text.push('-');
                    }
                    for digit in [byte >> 4, byte & 15] {
                        text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
                    }
                }
                texts.append_value(text);
            }
        }
    }
    Arc::new(texts.finish())
}

/// Intervals as the Parquet format lays them out: months, days and milliseconds, four bytes each, least first.
fn intervals(array: &ArrayRef) -> ArrayRef {
    const NANOS: i64 = 1_000_000;
    let number = |bytes: &[u8], at: usize| {
        let four = bytes.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
        u32::from_le_bytes(four.unwrap_or_default())
    };
    let read = |bytes: &[u8]| IntervalMonthDayNano {
        months: number(bytes, 0).cast_signed(),
        days: number(bytes, 4).cast_signed(),
        nanoseconds: i64::from(number(bytes, 8)) * NANOS,
    };
    let intervals = array.as_fixed_size_binary().iter().map(|bytes| bytes.map(read));
    Arc::new(intervals.collect::<IntervalMonthDayNanoArray>())
}

fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}
