//! Columns out of records: the few array types the mesh uses.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};

use super::error::Result;

/// The columns of a table in order: name, values, whether NULL may occur.
pub type Columns = Vec<(&'static str, ArrayRef, bool)>;

/// Puts columns together.
pub fn batch(columns: Columns) -> Result<RecordBatch> {
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// Strings without NULLs.
pub fn text<S: AsRef<str>>(values: impl Iterator<Item = S>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Strings, some NULL.
pub fn text_or_null<S: AsRef<str>>(values: impl Iterator<Item = Option<S>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// 64-bit integers.
pub fn long(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

/// 32-bit integers.
pub fn int(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

/// Doubles, some NULL.
pub fn double_or_null(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}

/// Booleans.
pub fn boolean(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

/// Decimals with two places, out of hundredths, some NULL.
pub fn money_or_null(precision: u8, hundredths: impl Iterator<Item = Option<i64>>) -> Result<ArrayRef> {
    let values = hundredths.map(|value| value.map(i128::from)).collect::<Decimal128Array>();
    Ok(Arc::new(values.with_precision_and_scale(precision, 2)?))
}

/// Decimals with two places, out of hundredths.
pub fn money(precision: u8, hundredths: impl Iterator<Item = i64>) -> Result<ArrayRef> {
    money_or_null(precision, hundredths.map(Some))
}

/// Dates out of days since 1970-01-01, some NULL.
pub fn date_or_null(days: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(days.collect::<Date32Array>())
}

/// Moments out of microseconds since 1970-01-01T00:00:00Z, some NULL.
pub fn moment_or_null(micros: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// Moments out of microseconds since 1970-01-01T00:00:00Z.
pub fn moment(micros: impl Iterator<Item = i64>) -> ArrayRef {
    moment_or_null(micros.map(Some))
}
