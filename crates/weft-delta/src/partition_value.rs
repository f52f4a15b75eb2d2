//! Partition values: texts in the log, values of their columns' types here.
//!
//! Follows "Partition Value Serialization" in the Delta protocol, and Spark where it leaves off: an empty text is a value of
//! texts and of bytes, and NULL of anything else.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, MapArray};
use arrow_schema::{DataType, TimeUnit};
use datafusion_common::ScalarValue;
use delta_kernel::schema::PrimitiveType;
use delta_kernel::expressions::Scalar;
use delta_kernel::{KernelError, KernelResult};

/// A column whose values stand in the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PartitionColumn {
    /// What the table calls it.
    pub(crate) name: String,
    /// What the log calls it.
    pub(crate) physical: String,
    /// What the log's texts mean.
    pub(crate) primitive: PrimitiveType,
    /// The type in memory.
    pub(crate) data_type: DataType,
}

/// The values of columns, one for each file.
pub(crate) fn values(columns: &[PartitionColumn], maps: &MapArray) -> KernelResult<Vec<ArrayRef>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let unreadable = || KernelError::unexpected_column_type("partitionValues");
    let (keys, texts) = (maps.keys().as_string_opt::<i32>(), maps.values().as_string_opt::<i32>());
    let (keys, texts) = (keys.ok_or_else(unreadable)?, texts.ok_or_else(unreadable)?);
    let places: HashMap<&str, usize> = columns.iter().enumerate().map(|(at, column)| (column.physical.as_str(), at)).collect();
    let mut found: Vec<Vec<Option<&str>>> = vec![vec![None; maps.len()]; columns.len()];
    for at in (0..maps.len()).filter(|at| !maps.is_null(*at)) {
        let (from, to) = (offset(maps.value_offsets(), at)?, offset(maps.value_offsets(), at + 1)?);
        for pair in (from..to).filter(|pair| !keys.is_null(*pair) && !texts.is_null(*pair)) {
            let slot = places.get(keys.value(pair)).and_then(|place| found.get_mut(*place)?.get_mut(at));
            if let Some(slot) = slot {
                *slot = Some(texts.value(pair));
            }
        }
    }
    columns.iter().zip(found).map(|(column, texts)| column.typed(&texts)).collect()
}

impl PartitionColumn {
    fn typed(&self, texts: &[Option<&str>]) -> KernelResult<ArrayRef> {
        // Few values, many files.
        let mut known: HashMap<Option<&str>, ScalarValue> = HashMap::new();
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            let value = match known.get(text) {
                Some(value) => value.clone(),
                None => {
                    let value = self.value(*text)?;
                    known.insert(*text, value.clone());
                    value
                }
            };
            values.push(value);
        }
        if values.is_empty() {
            return Ok(arrow::array::new_empty_array(&self.data_type));
        }
        ScalarValue::iter_to_array(values).map_err(|cause| KernelError::generic(cause.to_string()))
    }

    fn value(&self, text: Option<&str>) -> KernelResult<ScalarValue> {
        let null = || ScalarValue::try_new_null(&self.data_type).map_err(|cause| KernelError::generic(cause.to_string()));
        let Some(text) = text else { return null() };
        if text.is_empty() {
            return match self.data_type {
                DataType::Utf8 => Ok(ScalarValue::Utf8(Some(String::new()))),
                DataType::Binary => Ok(ScalarValue::Binary(Some(Vec::new()))),
                _ => null(),
            };
        }
        self.parsed(text).ok_or_else(|| KernelError::ParseError(text.to_owned(), self.primitive.clone().into()))
    }

    fn parsed(&self, text: &str) -> Option<ScalarValue> {
        let scalar = match self.primitive {
            // Digits after the point may be fewer than the column has: it was widened since.
            PrimitiveType::Decimal(_) => {
                if let Ok(Scalar::Decimal(found)) = self.primitive.parse_scalar(text)
                    && self.data_type == DataType::Decimal128(found.precision(), i8::try_from(found.scale()).ok()?)
                {
                    let (precision, scale) = (found.precision(), i8::try_from(found.scale()).ok()?);
                    return Some(ScalarValue::Decimal128(Some(found.bits()), precision, scale));
                }
                let value = ScalarValue::from(text).cast_to(&self.data_type).ok()?;
                return (!value.is_null()).then_some(value);
            }
            // A date that was widened since, or a time in the other spelling.
            PrimitiveType::TimestampNtz if text.len() == DATE_LEN => self.primitive.parse_scalar(&format!("{text} 00:00:00")),
            PrimitiveType::TimestampNtz => self.primitive.parse_scalar(&text.replacen('T', " ", 1)),
            _ => self.primitive.parse_scalar(text),
        };
        Some(match scalar.ok()? {
            Scalar::String(text) => ScalarValue::Utf8(Some(text)),
            Scalar::Binary(bytes) => ScalarValue::Binary(Some(bytes)),
            Scalar::Boolean(truth) => ScalarValue::Boolean(Some(truth)),
            Scalar::Byte(number) => ScalarValue::Int8(Some(number)),
            Scalar::Short(number) => ScalarValue::Int16(Some(number)),
            Scalar::Integer(number) => ScalarValue::Int32(Some(number)),
            Scalar::Long(number) => ScalarValue::Int64(Some(number)),
            Scalar::Float(number) => ScalarValue::Float32(Some(number)),
            Scalar::Double(number) => ScalarValue::Float64(Some(number)),
            Scalar::Date(days) => ScalarValue::Date32(Some(days)),
            Scalar::Timestamp(at) | Scalar::TimestampNtz(at) => {
                let DataType::Timestamp(TimeUnit::Microsecond, zone) = &self.data_type else { return None };
                ScalarValue::TimestampMicrosecond(Some(at), zone.clone())
            }
            _ => return None,
        })
    }
}

/// `2026-01-31`.
const DATE_LEN: usize = 10;

fn offset(offsets: &[i32], at: usize) -> KernelResult<usize> {
    let offset = offsets.get(at).and_then(|offset| usize::try_from(*offset).ok());
    offset.ok_or_else(|| KernelError::unexpected_column_type("partitionValues"))
}
