//! Masks that show one value in every row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, DictionaryArray, FixedSizeBinaryArray, PrimitiveArray, StringArray, StructArray,
    UInt32Array, downcast_integer, downcast_run_end_index, make_array, new_empty_array, new_null_array,
};
use arrow::buffer::Buffer;
use arrow::compute::{CastOptions, cast_with_options, take};
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType, Field, Fields, RunEndIndexType};
use arrow::error::ArrowError;

/// The fixed value of strings.
const EXES: &str = "XXXXXXXX";

macro_rules! repeat_dictionary {
    ($kind:ty, $value:ident, $len:ident) => {
        dictionary_of::<$kind>($value, $len)
    };
}
macro_rules! repeat_run {
    ($kind:ty, $data_type:ident, $value:ident, $len:ident) => {
        run_of::<$kind>($data_type, &$value, $len)
    };
}

/// The value that the text spells in the type, in an array of one row. `None` when it spells none.
pub(super) fn constant(data_type: &DataType, text: &str) -> Option<ArrayRef> {
    if let Some(values) = encoded_values(data_type) {
        return constant(values, text);
    }
    let value = match data_type {
        DataType::Null => return None,
        DataType::FixedSizeBinary(width) => {
            let fits = usize::try_from(*width).is_ok_and(|width| width == text.len());
            let value = Buffer::from(text.as_bytes());
            Arc::new(FixedSizeBinaryArray::try_new(*width, value, None).ok().filter(|_| fits)?)
        }
        // Read as UTC, whatever zone the column shows: a zone's name needs a database that is not here.
        DataType::Timestamp(unit, Some(_)) => {
            let utc = parse(text, &DataType::Timestamp(*unit, Some("+00:00".into())))?;
            make_array(utc.to_data().into_builder().data_type(data_type.clone()).build().ok()?)
        }
        nested if nested.is_nested() => return None,
        _ => parse(text, data_type)?,
    };
    (value.len() == 1 && value.is_valid(0)).then_some(value)
}

fn parse(text: &str, data_type: &DataType) -> Option<ArrayRef> {
    let text = StringArray::from(vec![text]);
    cast_with_options(&text, data_type, &CastOptions { safe: true, ..CastOptions::default() }).ok()
}

/// Iceberg's fixed value of the type, in an array of one row. `None` for types that have none.
///
/// Zero, false, the first moment of 1970, or empty; texts are the exception, so that they differ from empty ones.
pub(super) fn fixed_value(data_type: &DataType) -> Option<ArrayRef> {
    if let Some(values) = encoded_values(data_type) {
        return fixed_value(values);
    }
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => constant(data_type, EXES),
        DataType::Struct(fields) => fixed_struct(fields),
        DataType::Boolean
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(_, _)
        | DataType::Decimal64(_, _)
        | DataType::Decimal128(_, _)
        | DataType::Decimal256(_, _)
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(_, _)
        | DataType::FixedSizeBinary(_)
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Map(_, _) => zero(data_type),
        _ => None,
    }
}

/// Zero, false, or empty: what a NULL slot holds, made valid.
fn zero(data_type: &DataType) -> Option<ArrayRef> {
    let nothing = new_null_array(data_type, 1).to_data();
    nothing.into_builder().nulls(None).build().ok().map(make_array)
}

/// A struct of fixed values; a field whose type has none is NULL.
fn fixed_struct(fields: &Fields) -> Option<ArrayRef> {
    let child = |field: &Arc<Field>| match fixed_child(field.data_type()) {
        None if field.is_nullable() => Some(new_null_array(field.data_type(), 1)),
        child => child,
    };
    let children: Option<Vec<_>> = fields.iter().map(child).collect();
    Some(Arc::new(StructArray::try_new_with_length(fields.clone(), children?, None, 1).ok()?))
}

fn fixed_child(data_type: &DataType) -> Option<ArrayRef> {
    repeat(data_type, &fixed_value(data_type)?, 1).ok()
}

/// The type of the values of a dictionary or of runs.
fn encoded_values(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Dictionary(_, values) => Some(values),
        DataType::RunEndEncoded(_, values) => Some(values.data_type()),
        _ => None,
    }
}

/// An array of `data_type` that shows the one value in every row.
pub(super) fn repeat(data_type: &DataType, value: &ArrayRef, len: usize) -> Result<ArrayRef, ArrowError> {
    if len == 0 {
        return Ok(new_empty_array(data_type));
    }
    match data_type {
        DataType::Dictionary(key, values) => {
            let value = repeat(values, value, 1)?;
            downcast_integer! {
                key.as_ref() => (repeat_dictionary, value, len),
                other => Err(unexpected(other)),
            }
        }
        DataType::RunEndEncoded(ends, values) => {
            let value = repeat(values.data_type(), value, 1)?;
            downcast_run_end_index! {
                ends.data_type() => (repeat_run, data_type, value, len),
                other => Err(unexpected(other)),
            }
        }
        _ => take(value, &UInt32Array::from(vec![0; len]), None),
    }
}

fn dictionary_of<K: ArrowDictionaryKeyType>(value: ArrayRef, len: usize) -> Result<ArrayRef, ArrowError> {
    let keys = PrimitiveArray::<K>::from_value(K::Native::default(), len);
    Ok(Arc::new(DictionaryArray::try_new(keys, value)?))
}

fn run_of<R: RunEndIndexType>(data_type: &DataType, value: &ArrayRef, len: usize) -> Result<ArrayRef, ArrowError> {
    let end = PrimitiveArray::<R>::from_value(R::Native::usize_as(len), 1);
    let children = vec![end.into_data(), value.to_data()];
    Ok(make_array(ArrayData::try_new(data_type.clone(), len, None, 0, vec![], children)?))
}

fn unexpected(data_type: &DataType) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("unexpected `{data_type}`"))
}
