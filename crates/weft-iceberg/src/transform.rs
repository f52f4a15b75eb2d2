//! What the value of a partition says of the rows in it.

use chrono::{Datelike, NaiveDate};
use datafusion_common::ScalarValue;

use crate::data_type::Primitive;
use crate::partition::Transform;
use crate::single_value::{number, per_day, whole};

/// The least and the greatest value that a column may have; absent where nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Range {
    pub(crate) least: Option<ScalarValue>,
    pub(crate) greatest: Option<ScalarValue>,
}

impl Transform {
    /// The type of what it makes of a column.
    pub(crate) fn result(self, source: Primitive) -> Option<Primitive> {
        match self {
            Self::Identity | Self::Truncate(_) => Some(source),
            Self::Bucket(_) | Self::Year | Self::Month | Self::Day | Self::Hour => Some(Primitive::Int),
            Self::Void | Self::Unknown => None,
        }
    }

    /// What a column may be in rows for which it made values between these, both of the type of [`Transform::result`].
    pub(crate) fn range(self, source: Primitive, least: Option<&ScalarValue>, greatest: Option<&ScalarValue>) -> Range {
        match self {
            // NaN is greater than all numbers, and no bound.
            Self::Identity if matches!(source, Primitive::Float | Primitive::Double) => Range::default(),
            Self::Identity => Range { least: least.cloned(), greatest: greatest.cloned() },
            Self::Truncate(width) => match greatest.map(|value| truncated(value, width)) {
                // The least numbers of all are cut to what is left when one counts past their end: to the greatest.
                Some(Cut::Past) => Range::default(),
                Some(Cut::To(greatest)) => Range { least: least.cloned(), greatest: Some(greatest) },
                Some(Cut::Unknown) | None => Range { least: least.cloned(), greatest: None },
            },
            Self::Year | Self::Month | Self::Day | Self::Hour => Range {
                // Some writers rounded times before 1970 towards it: they stand in the unit after theirs.
                least: least.and_then(whole).and_then(|unit| self.start(source, if unit <= 0 { unit - 1 } else { unit })),
                greatest: greatest.and_then(whole).and_then(|unit| self.last(source, unit)),
            },
            Self::Bucket(_) | Self::Void | Self::Unknown => Range::default(),
        }
    }

    /// The first tick of a unit.
    fn first(self, source: Primitive, unit: i64) -> Option<i64> {
        let day = per_day(source)?;
        let days = match self {
            Self::Year => days(unit.checked_mul(12)?)?,
            Self::Month => days(unit)?,
            Self::Day => unit,
            Self::Hour => return unit.checked_mul(day / 24),
            _ => return None,
        };
        days.checked_mul(day)
    }

    fn start(self, source: Primitive, unit: i64) -> Option<ScalarValue> {
        number(self.first(source, unit)?, source)
    }

    fn last(self, source: Primitive, unit: i64) -> Option<ScalarValue> {
        number(self.first(source, unit.checked_add(1)?)?.checked_sub(1)?, source)
    }

    /// The bucket of a value, which is of the type that is served; [`None`] where that is not known.
    pub(crate) fn bucket(self, source: Primitive, value: &ScalarValue) -> Option<i64> {
        let Self::Bucket(buckets) = self else { return None };
        let hash = match (source, value) {
            (Primitive::Int | Primitive::Long | Primitive::Date | Primitive::Time | Primitive::Timestamp(_), value) => {
                murmur3(&whole(value)?.to_le_bytes())
            }
            (Primitive::Decimal(_, scale), ScalarValue::Decimal128(Some(unscaled), _, other)) if scale == *other => {
                murmur3(least_bytes(&unscaled.to_be_bytes()))
            }
            (Primitive::String, ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text))) => {
                murmur3(text.as_bytes())
            }
            (
                Primitive::Binary | Primitive::Fixed(_),
                ScalarValue::Binary(Some(bytes)) | ScalarValue::BinaryView(Some(bytes)) | ScalarValue::FixedSizeBinary(_, Some(bytes)),
            ) => murmur3(bytes),
            _ => return None,
        };
        Some(i64::from(hash & 0x7fff_ffff) % i64::from(buckets))
    }
}

/// Days from 1970-01-01 to the first of a month, which is counted from there.
fn days(month: i64) -> Option<i64> {
    let (year, month) = (1970 + month.div_euclid(12), month.rem_euclid(12) + 1);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, 1)?;
    Some(i64::from(date.num_days_from_ce()) - i64::from(NaiveDate::from_ymd_opt(1970, 1, 1)?.num_days_from_ce()))
}

/// What is known of the values that are cut to one.
enum Cut {
    /// They are no greater than this.
    To(ScalarValue),
    /// The greatest of them would be no number of the type.
    Past,
    Unknown,
}

/// What is known of the values that are cut to this one.
fn truncated(value: &ScalarValue, width: u32) -> Cut {
    let more = i64::from(width) - 1;
    match value {
        ScalarValue::Int32(Some(value)) => {
            let last = i32::try_from(i64::from(*value) + more);
            last.map_or(Cut::Past, |last| Cut::To(ScalarValue::Int32(Some(last))))
        }
        ScalarValue::Int64(Some(value)) => {
            value.checked_add(more).map_or(Cut::Past, |last| Cut::To(ScalarValue::Int64(Some(last))))
        }
        ScalarValue::Decimal128(Some(value), precision, scale) => match value.checked_add(more.into()) {
            Some(last) => Cut::To(ScalarValue::Decimal128(Some(last), *precision, *scale)),
            None => Cut::Past,
        },
        ScalarValue::Utf8(Some(text)) => match usize::try_from(width) {
            Ok(width) if text.chars().count() < width => Cut::To(value.clone()),
            _ => following(text).map_or(Cut::Unknown, |text| Cut::To(ScalarValue::Utf8(Some(text)))),
        },
        _ => Cut::Unknown,
    }
}

/// A text that is greater than all that begin like this one.
fn following(text: &str) -> Option<String> {
    let mut kept: Vec<char> = text.chars().collect();
    while let Some(last) = kept.pop() {
        let next = match last {
            '\u{d7ff}' => '\u{e000}',
            '\u{10ffff}' => continue,
            other => char::from_u32(u32::from(other) + 1)?,
        };
        kept.push(next);
        return Some(kept.into_iter().collect());
    }
    None
}

/// The fewest bytes of a number in two's complement.
fn least_bytes(bytes: &[u8; 16]) -> &[u8] {
    let mut kept: &[u8] = bytes;
    while let [first, rest @ ..] = kept {
        let spare = rest.first().is_some_and(|next| (*first == 0 && next & 0x80 == 0) || (*first == 0xff && next & 0x80 != 0));
        if !spare {
            break;
        }
        kept = rest;
    }
    kept
}

/// The hash that buckets are made of: Murmur3 with 32 bits, seeded with zero ("Appendix B").
fn murmur3(bytes: &[u8]) -> u32 {
    let mixed = |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, rest) = bytes.as_chunks::<4>();
    let mut hash = blocks.iter().fold(0_u32, |hash, block| {
        (hash ^ mixed(u32::from_le_bytes(*block))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    });
    if !rest.is_empty() {
        hash ^= mixed(rest.iter().rev().fold(0, |block, byte| (block << 8) | u32::from(*byte)));
    }
    hash ^= u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of "Appendix B: 32-bit Hash Requirements".
    #[test]
    fn buckets_are_those_of_the_specification() {
        let hash = |source, value: ScalarValue| Transform::Bucket(0x7fff_ffff).bucket(source, &value).unwrap();
        let wanted = |hash: i32| i64::from(hash & 0x7fff_ffff) % 0x7fff_ffff;
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        for (source, value, expected) in [
            (Primitive::Int, ScalarValue::Int32(Some(34)), 2_017_239_379),
            (Primitive::Long, ScalarValue::Int64(Some(34)), 2_017_239_379),
            (Primitive::Decimal(9, 2), ScalarValue::Decimal128(Some(1420), 9, 2), -500_754_589),
            (Primitive::Date, ScalarValue::Date32(Some(17_486)), -653_330_422),
            (Primitive::Time, ScalarValue::Time64Microsecond(Some(81_068_000_000)), -662_762_989),
            (Primitive::Timestamp(true), instant(1_510_871_468_000_000), -2_047_944_441),
            (Primitive::String, ScalarValue::Utf8View(Some("iceberg".to_owned())), 1_210_000_089),
            (Primitive::Binary, ScalarValue::Binary(Some(vec![0, 1, 2, 3])), -188_683_207),
        ] {
            assert_eq!(hash(source, value.clone()), wanted(expected), "{value}");
        }
    }

    #[test]
    fn partitions_bound_the_rows_in_them() {
        let date = |days| Some(ScalarValue::Date32(Some(days)));
        let range = |transform: Transform, source, value: ScalarValue| transform.range(source, Some(&value), Some(&value));
        let unit = |unit| ScalarValue::Int32(Some(unit));
        for (transform, value, least, greatest) in [
            (Transform::Year, 1, date(365), date(729)),
            // Before 1970, and the unit before for those who rounded.
            (Transform::Year, -1, date(-731), date(-1)),
            (Transform::Month, 13, date(396), date(423)),
            (Transform::Month, 0, date(-31), date(30)),
            (Transform::Day, -2, date(-3), date(-2)),
        ] {
            assert_eq!(range(transform, Primitive::Date, unit(value)), Range { least, greatest }, "{transform:?}");
        }
        let micros = |micros| Some(ScalarValue::TimestampMicrosecond(Some(micros), None));
        let hour = range(Transform::Hour, Primitive::Timestamp(false), unit(2));
        assert_eq!(hour, Range { least: micros(7_200_000_000), greatest: micros(10_799_999_999) });
        let cut = |text: &str| range(Transform::Truncate(3), Primitive::String, ScalarValue::Utf8(Some(text.to_owned()))).greatest;
        assert_eq!(cut("ab"), Some(ScalarValue::Utf8(Some("ab".to_owned()))));
        assert_eq!(cut("abc"), Some(ScalarValue::Utf8(Some("abd".to_owned()))));
        let ten = range(Transform::Truncate(10), Primitive::Int, unit(-10));
        assert_eq!(ten, Range { least: Some(unit(-10)), greatest: Some(unit(-1)) });
        // -2147483648 is cut to this.
        assert_eq!(range(Transform::Truncate(10), Primitive::Int, unit(2_147_483_646)), Range::default());
    }
}
