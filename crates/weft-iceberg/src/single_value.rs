//! Single values: "Appendix D: Single-value serialization" of the Iceberg specification, and values of partitions.

use arrow_schema::TimeUnit;
use datafusion_common::ScalarValue;

use crate::avro::value::Value;
use crate::data_type::Primitive;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A value of a partition, as its manifest has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    Boolean(bool),
    Number(i64),
    /// Of a date, whatever the column is now.
    Days(i64),
    Float(f32),
    Double(f64),
    Bytes(Box<[u8]>),
}

impl Raw {
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Number(value) => Self::Number(*value),
            Value::Days(value) => Self::Days(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Bytes(value) => Self::Bytes((*value).into()),
            Value::Null | Value::Record(_) | Value::List(_) => return None,
        })
    }

    /// Equal bytes for equal values, whatever type the column had when they were written, and whatever is written behind them.
    pub(crate) fn spell(raw: Option<&Self>, kind: Option<Primitive>, key: &mut Vec<u8>) {
        let value = raw.zip(kind).and_then(|(raw, kind)| raw.typed(kind));
        if let Some(number) = value.as_ref().and_then(whole) {
            key.push(2);
            key.extend(number.to_be_bytes());
            return;
        }
        if let Some(ScalarValue::Decimal128(Some(unscaled), ..)) = value {
            key.push(6);
            key.extend(unscaled.to_be_bytes());
            return;
        }
        match raw {
            None => key.push(0),
            Some(Self::Boolean(value)) => key.extend([1, u8::from(*value)]),
            Some(Self::Number(value) | Self::Days(value)) => {
                key.push(2);
                key.extend(value.to_be_bytes());
            }
            Some(Self::Float(value)) => {
                key.push(4);
                key.extend(f64::from(*value).to_bits().to_be_bytes());
            }
            Some(Self::Double(value)) => {
                key.push(4);
                key.extend(value.to_bits().to_be_bytes());
            }
            Some(Self::Bytes(value)) => {
                key.push(5);
                key.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
                key.extend(value.iter());
            }
        }
    }

    /// About how many bytes it holds beside itself.
    pub(crate) fn held(&self) -> usize {
        if let Self::Bytes(bytes) = self { bytes.len() } else { 0 }
    }

    /// The value of a type; [`None`] for what is none of it.
    pub(crate) fn typed(&self, primitive: Primitive) -> Option<ScalarValue> {
        match (self, primitive) {
            (Self::Boolean(value), Primitive::Boolean) => Some(ScalarValue::Boolean(Some(*value))),
            (Self::Days(days), Primitive::Timestamp(_)) => number(days.checked_mul(MICROS_PER_DAY)?, primitive),
            (Self::Days(days), Primitive::TimestampNanos(_)) => number(days.checked_mul(MICROS_PER_DAY)?.checked_mul(1_000)?, primitive),
            (Self::Number(value) | Self::Days(value), primitive) => number(*value, primitive),
            (Self::Float(value), Primitive::Float) => Some(ScalarValue::Float32(Some(*value))),
            (Self::Float(value), Primitive::Double) => Some(ScalarValue::Float64(Some(f64::from(*value)))),
            (Self::Double(value), Primitive::Double) => Some(ScalarValue::Float64(Some(*value))),
            (Self::Bytes(bytes), Primitive::Decimal(..) | Primitive::String | Primitive::Uuid | Primitive::Fixed(_) | Primitive::Binary) => {
                typed(bytes, primitive)
            }
            _ => None,
        }
    }
}

/// The value of a type that bytes stand for; [`None`] for what is none of it. A column may have had a narrower type when
/// they were written.
pub(crate) fn typed(bytes: &[u8], primitive: Primitive) -> Option<ScalarValue> {
    let four = || bytes.try_into().ok().map(i32::from_le_bytes);
    let whole = || four().map(i64::from).or_else(|| bytes.try_into().ok().map(i64::from_le_bytes));
    match primitive {
        Primitive::Boolean => match bytes {
            [byte] => Some(ScalarValue::Boolean(Some(*byte != 0))),
            _ => None,
        },
        // A date, which may become a time.
        Primitive::Timestamp(_) | Primitive::TimestampNanos(_) if bytes.len() == 4 => {
            let micros = i64::from(four()?).checked_mul(MICROS_PER_DAY)?;
            let nanos = matches!(primitive, Primitive::TimestampNanos(_));
            number(if nanos { micros.checked_mul(1_000)? } else { micros }, primitive)
        }
        Primitive::Int | Primitive::Long | Primitive::Date | Primitive::Time | Primitive::Timestamp(_) | Primitive::TimestampNanos(_) => {
            number(whole()?, primitive)
        }
        Primitive::Float => bytes.try_into().ok().map(f32::from_le_bytes).map(|value| ScalarValue::Float32(Some(value))),
        Primitive::Double => {
            let narrow = || bytes.try_into().ok().map(f32::from_le_bytes).map(f64::from);
            let value = bytes.try_into().ok().map(f64::from_le_bytes).or_else(narrow)?;
            Some(ScalarValue::Float64(Some(value)))
        }
        Primitive::Decimal(precision, scale) => {
            // Two's complement, highest byte first, in as many bytes as it takes.
            let first = *bytes.first()?;
            let rest = bytes.len().checked_sub(16).map_or(Some(bytes), |more| {
                let fill = if first & 0x80 == 0 { 0 } else { 0xff };
                let (front, rest) = bytes.split_at_checked(more)?;
                let sound = front.iter().all(|byte| *byte == fill) && rest.first().is_some_and(|byte| byte & 0x80 == fill & 0x80);
                sound.then_some(rest)
            })?;
            let unscaled = rest.iter().fold(if first & 0x80 == 0 { 0_i128 } else { -1 }, |value, byte| (value << 8) | i128::from(*byte));
            Some(ScalarValue::Decimal128(Some(unscaled), precision, scale))
        }
        Primitive::String => Some(ScalarValue::Utf8(Some(std::str::from_utf8(bytes).ok()?.to_owned()))),
        Primitive::Uuid => (bytes.len() == 16).then(|| ScalarValue::FixedSizeBinary(16, Some(bytes.to_vec()))),
        Primitive::Fixed(length) => {
            (usize::try_from(length) == Ok(bytes.len())).then(|| ScalarValue::FixedSizeBinary(length, Some(bytes.to_vec())))
        }
        Primitive::Binary => Some(ScalarValue::Binary(Some(bytes.to_vec()))),
    }
}

/// A whole number as a value of a type.
pub(crate) fn number(value: i64, primitive: Primitive) -> Option<ScalarValue> {
    let zone = |instant: bool| instant.then(|| "UTC".into());
    Some(match primitive {
        Primitive::Int => ScalarValue::Int32(Some(i32::try_from(value).ok()?)),
        Primitive::Long => ScalarValue::Int64(Some(value)),
        Primitive::Date => ScalarValue::Date32(Some(i32::try_from(value).ok()?)),
        Primitive::Time => ScalarValue::Time64Microsecond(Some(value)),
        Primitive::Timestamp(instant) => ScalarValue::TimestampMicrosecond(Some(value), zone(instant)),
        Primitive::TimestampNanos(instant) => ScalarValue::TimestampNanosecond(Some(value), zone(instant)),
        Primitive::Decimal(precision, scale) => ScalarValue::Decimal128(Some(value.into()), precision, scale),
        Primitive::Boolean | Primitive::Float | Primitive::Double | Primitive::String | Primitive::Uuid | Primitive::Fixed(_) | Primitive::Binary => {
            return None;
        }
    })
}

/// The whole number that a value is: days, microseconds, nanoseconds or itself.
pub(crate) fn whole(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int8(value) => value.map(i64::from),
        ScalarValue::Int16(value) => value.map(i64::from),
        ScalarValue::Int32(value) | ScalarValue::Date32(value) => value.map(i64::from),
        ScalarValue::Int64(value)
        | ScalarValue::Time64Microsecond(value)
        | ScalarValue::TimestampMicrosecond(value, _)
        | ScalarValue::TimestampNanosecond(value, _) => *value,
        _ => None,
    }
}

/// Ticks of a type in a day; [`None`] for what is no date and no time.
pub(crate) fn per_day(primitive: Primitive) -> Option<i64> {
    let unit = match primitive {
        Primitive::Date => return Some(1),
        Primitive::Timestamp(_) => TimeUnit::Microsecond,
        Primitive::TimestampNanos(_) => TimeUnit::Nanosecond,
        _ => return None,
    };
    Some(if unit == TimeUnit::Nanosecond { MICROS_PER_DAY * 1_000 } else { MICROS_PER_DAY })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_values_of_what_a_column_is_now() {
        let decimal = |value| Some(ScalarValue::Decimal128(Some(value), 9, 2));
        let kind = Primitive::Decimal(9, 2);
        for (bytes, primitive, wanted) in [
            (&[0x22, 0xff, 0xff, 0xff][..], Primitive::Long, Some(ScalarValue::Int64(Some(-222)))),
            (&[1, 0, 0, 0, 0, 0, 0, 0], Primitive::Long, Some(ScalarValue::Int64(Some(1)))),
            (&[1, 0, 0, 0, 0, 0, 0, 0], Primitive::Int, Some(ScalarValue::Int32(Some(1)))),
            (&[0, 0, 0, 0, 0, 1, 0, 0], Primitive::Int, None),
            (&[0, 0, 0x80, 0x3f], Primitive::Double, Some(ScalarValue::Float64(Some(1.0)))),
            (&[1, 0, 0, 0], Primitive::Timestamp(false), Some(ScalarValue::TimestampMicrosecond(Some(MICROS_PER_DAY), None))),
            (&[0xff], kind, decimal(-1)),
            (&[0x00, 0xff], kind, decimal(255)),
            (&[0xff; 17], kind, decimal(-1)),
            (&[], kind, None),
            (&[0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], kind, None),
            (&[0xff], Primitive::String, None),
        ] {
            assert_eq!(typed(bytes, primitive), wanted, "{bytes:?}");
        }
    }
}
