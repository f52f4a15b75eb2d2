//! Literals in the type of the column they are compared with.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::condition::Literal;
use crate::predicate::Value;

/// Seconds of a day.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// The types a predicate may compare, with what decides whether a literal fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    Boolean,
    Integer { low: i128, high: i128 },
    Float32,
    Float64,
    Decimal { precision: u8, scale: i8 },
    Text,
    Date,
    Timestamp { unit: TimeUnit, zoned: bool },
}

impl Target {
    /// The target of a column's type; `None` for types that a predicate can only ask IS NULL of.
    pub(crate) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Int8 => Self::integer(i8::MIN, i8::MAX),
            DataType::Int16 => Self::integer(i16::MIN, i16::MAX),
            DataType::Int32 => Self::integer(i32::MIN, i32::MAX),
            DataType::Int64 => Self::integer(i64::MIN, i64::MAX),
            DataType::UInt8 => Self::integer(u8::MIN, u8::MAX),
            DataType::UInt16 => Self::integer(u16::MIN, u16::MAX),
            DataType::UInt32 => Self::integer(u32::MIN, u32::MAX),
            DataType::UInt64 => Self::integer(u64::MIN, u64::MAX),
            DataType::Float32 => Self::Float32,
            DataType::Float64 => Self::Float64,
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale) => Self::Decimal { precision: *precision, scale: *scale },
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(unit, zone) => Self::Timestamp { unit: *unit, zoned: zone.is_some() },
            _ => return None,
        })
    }

    fn integer(low: impl Into<i128>, high: impl Into<i128>) -> Self {
        Self::Integer { low: low.into(), high: high.into() }
    }

    /// The literal in this type, or why not.
    pub(crate) fn value(self, literal: &Literal) -> Result<Value, String> {
        match (self, literal) {
            (Self::Boolean, Literal::Boolean(value)) => Ok(Value::Boolean(*value)),
            (Self::Integer { .. } | Self::Float32 | Self::Float64 | Self::Decimal { .. }, Literal::Number(text))
            | (Self::Text | Self::Date | Self::Timestamp { .. }, Literal::Text(text))
            | (Self::Date | Self::Timestamp { .. }, Literal::Date(text))
            | (Self::Timestamp { .. }, Literal::Timestamp(text)) => match literal {
                Literal::Date(_) if date(text).is_none() => Err(format!("`{text}` is no date")),
                _ => self.read(text).ok_or_else(|| format!("`{text}` is no value of {self}")),
            },
            (_, literal) => Err(format!("{literal} is no value of {self}")),
        }
    }

    /// The text in this type: for attributes of a principal and constants of a mask.
    pub(crate) fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Boolean => match text {
                "true" => Some(Value::Boolean(true)),
                "false" => Some(Value::Boolean(false)),
                _ => None,
            },
            Self::Integer { low, high } => {
                text.parse::<i128>().ok().filter(|value| (low..=high).contains(value)).map(Value::Integer)
            }
            Self::Float32 => {
                numeric(text)?.parse::<f32>().ok().filter(|f| f.is_finite()).map(|f| Value::Float(f.into()))
            }
            Self::Float64 => numeric(text)?.parse::<f64>().ok().filter(|f| f.is_finite()).map(Value::Float),
            Self::Decimal { precision, scale } => decimal(text, precision, scale).map(Value::Decimal),
            Self::Text => Some(Value::Text(Arc::from(text))),
            Self::Date => date(text).map(Value::Date),
            Self::Timestamp { unit, zoned } => timestamp(text, unit, zoned).map(Value::Timestamp),
        }
    }

    /// The start of a day in this type.
    pub(crate) fn day(self, days: i32) -> Option<Value> {
        match self {
            Self::Date => Some(Value::Date(days)),
            Self::Timestamp { unit, .. } => {
                i64::from(days).checked_mul(DAY_SECONDS)?.checked_mul(per_second(unit)).map(Value::Timestamp)
            }
            _ => None,
        }
    }
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<i32> {
    let digits = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    if text.len() != 10 || ![0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digits) {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    i32::try_from(day.and_time(NaiveTime::MIN).and_utc().timestamp().div_euclid(DAY_SECONDS)).ok()
}

/// Digits, point and exponent only: `inf`, `nan` and the like are no numbers here.
fn numeric(text: &str) -> Option<&str> {
    text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')).then_some(text)
}

/// Units of the scale, when the number has no more digits than the type.
fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let units: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let shift = i32::from(scale).checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    let units = if shift >= 0 {
        units.checked_mul(power)?
    } else if units % power == 0 {
        units / power
    } else {
        return None;
    };
    let bound = 10_i128.checked_pow(u32::from(precision))?;
    (units < bound).then_some(if negative { -units } else { units })
}

/// Counts of the unit; a time zone is accepted only for columns that have one, and UTC is taken where none is written.
fn timestamp(text: &str, unit: TimeUnit, zoned: bool) -> Option<i64> {
    let (seconds, nanos) = if let Some(days) = date(text) {
        (i64::from(days) * DAY_SECONDS, 0)
    } else if let Some(time) = naive(text) {
        (time.and_utc().timestamp(), time.and_utc().timestamp_subsec_nanos())
    } else if zoned {
        let time = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok()?;
        (time.timestamp(), time.timestamp_subsec_nanos())
    } else {
        return None;
    };
    let per_second = per_second(unit);
    let nanos_per_unit = 1_000_000_000 / per_second;
    let nanos = i64::from(nanos);
    if nanos % nanos_per_unit != 0 || nanos >= 1_000_000_000 {
        return None;
    }
    seconds.checked_mul(per_second)?.checked_add(nanos / nanos_per_unit)
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    let text = text.replacen('T', " ", 1);
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .filter(|_| text.get(..10).and_then(date).is_some())
}

/// How many counts of the unit make a second.
fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("a boolean column"),
            Self::Integer { low, high } => write!(f, "an integer column from {low} to {high}"),
            Self::Float32 | Self::Float64 => f.write_str("a float column"),
            Self::Decimal { precision, scale } => write!(f, "a decimal({precision}, {scale}) column"),
            Self::Text => f.write_str("a text column"),
            Self::Date => f.write_str("a date column"),
            Self::Timestamp { unit, zoned } => {
                let unit = match unit {
                    TimeUnit::Second => "seconds",
                    TimeUnit::Millisecond => "milliseconds",
                    TimeUnit::Microsecond => "microseconds",
                    TimeUnit::Nanosecond => "nanoseconds",
                };
                write!(f, "a timestamp column in {unit} {} time zone", if *zoned { "with" } else { "without" })
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "`{value}`"),
            Self::Number(text) => write!(f, "the number `{text}`"),
            Self::Text(text) => write!(f, "the text '{text}'"),
            Self::Date(text) => write!(f, "the date '{text}'"),
            Self::Timestamp(text) => write!(f, "the timestamp '{text}'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Literal {
        Literal::Number(Arc::from(text))
    }

    fn text(text: &str) -> Literal {
        Literal::Text(Arc::from(text))
    }

    #[test]
    fn integers_fit_their_width() {
        let byte = Target::of(&DataType::Int8).unwrap();
        assert_eq!(byte.value(&number("-128")), Ok(Value::Integer(-128)));
        assert_eq!(byte.value(&number("128")).unwrap_err(), "`128` is no value of an integer column from -128 to 127");
        assert_eq!(byte.value(&number("1.0")).unwrap_err(), "`1.0` is no value of an integer column from -128 to 127");
        assert_eq!(
            byte.value(&text("1")).unwrap_err(),
            "the text '1' is no value of an integer column from -128 to 127"
        );
        let long = Target::of(&DataType::UInt64).unwrap();
        assert_eq!(long.value(&number("18446744073709551615")), Ok(Value::Integer(18_446_744_073_709_551_615)));
        assert!(long.value(&number("-1")).is_err());
    }

    #[test]
    fn decimals_count_units_of_their_scale() {
        let money = Target::of(&DataType::Decimal128(5, 2)).unwrap();
        for (written, units) in [("1", 100), ("-1.5", -150), ("999.99", 99_999), (".5", 50), ("0.10", 10)] {
            assert_eq!(money.value(&number(written)), Ok(Value::Decimal(units)), "{written}");
        }
        for refused in ["1000", "0.001", "1e2", "."] {
            assert!(money.value(&number(refused)).is_err(), "{refused}");
        }
        let thousands = Target::of(&DataType::Decimal128(5, -3)).unwrap();
        assert_eq!(thousands.value(&number("5000")), Ok(Value::Decimal(5)));
        assert!(thousands.value(&number("5001")).is_err());
    }

    #[test]
    fn timestamps_count_their_unit() {
        let plain = Target::of(&DataType::Timestamp(TimeUnit::Millisecond, None)).unwrap();
        assert_eq!(plain.value(&text("1970-01-02")), Ok(Value::Timestamp(86_400_000)));
        assert_eq!(plain.value(&text("1970-01-01 00:00:01.5")), Ok(Value::Timestamp(1_500)));
        assert_eq!(plain.value(&Literal::Timestamp(Arc::from("1970-01-01T00:00:01"))), Ok(Value::Timestamp(1_000)));
        for refused in ["1970-01-01 00:00:00.0001", "1970-01-01T00:00:00Z", "1970-1-1", "soon"] {
            assert!(plain.value(&text(refused)).is_err(), "{refused}");
        }
        let zoned = Target::of(&DataType::Timestamp(TimeUnit::Second, Some(Arc::from("UTC")))).unwrap();
        assert_eq!(zoned.value(&text("1970-01-01T01:00:00+01:00")), Ok(Value::Timestamp(0)));
        assert_eq!(zoned.value(&text("1970-01-01T00:00:07")), Ok(Value::Timestamp(7)));
    }

    #[test]
    fn dates_are_written_in_full() {
        let day = Target::Date;
        assert_eq!(day.value(&text("1970-01-02")), Ok(Value::Date(1)));
        assert_eq!(day.value(&Literal::Date(Arc::from("1969-12-31"))), Ok(Value::Date(-1)));
        for refused in ["1970-13-01", "70-01-01", "1970-1-01", "+970-01-01"] {
            assert!(day.value(&text(refused)).is_err(), "{refused}");
        }
        assert!(day.value(&Literal::Timestamp(Arc::from("1970-01-01 00:00:00"))).is_err());
    }

    #[test]
    fn floats_are_finite_numbers() {
        assert_eq!(Target::Float64.read("0.1"), Some(Value::Float(0.1)));
        assert_eq!(Target::Float32.read("0.1"), Some(Value::Float(f64::from(0.1_f32))));
        for refused in ["nan", "inf", "1e999", "infinity"] {
            assert_eq!(Target::Float64.read(refused), None, "{refused}");
        }
    }
}
