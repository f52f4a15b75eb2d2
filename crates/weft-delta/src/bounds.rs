//! What the log says of the least and the greatest value of a column, as far as it can be believed.
//!
//! Writers cut what they write down: times to milliseconds, texts after some characters, and then they make the greatest
//! value a little greater again, each in its own way. Days before the Gregorian calendar are written down in one calendar and
//! stored in another. No writer says whether a column has NaN. So bounds are loosened until they hold for all of them, and
//! are never taken for values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, TimestampMicrosecondArray};
use arrow::compute::nullif;
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use arrow_schema::{DataType, TimeUnit};

/// Microseconds that a time may have lost.
const LOST_MICROS: i64 = 999;
/// 1582-10-15, where the Gregorian calendar begins, in days.
const GREGORIAN_DAY: i32 = -141_427;
/// The same in microseconds, and a day more: it began at some hour everywhere.
const GREGORIAN_MICROS: i64 = (GREGORIAN_DAY as i64 + 1) * 86_400_000_000;
/// Texts of this many characters may have been longer.
const TEXT_CHARS: usize = 32;
/// What writers put behind a text that they cut, so that it is no less than it was.
const TIES: [char; 2] = ['\u{fffd}', '\u{10ffff}'];

/// The least values, no greater than they are.
pub(crate) fn least(said: &ArrayRef) -> Option<ArrayRef> {
    match said.data_type() {
        // A value below all numbers is not told.
        data_type if data_type.is_floating() => None,
        _ => kept(said, said),
    }
}

/// The greatest values, no less than they are.
pub(crate) fn greatest(said: &ArrayRef) -> Option<ArrayRef> {
    match said.data_type() {
        // Neither is NaN.
        data_type if data_type.is_floating() => None,
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let said = said.as_primitive::<TimestampMicrosecondType>();
            let later: TimestampMicrosecondArray = said.unary(|at: i64| at.saturating_add(LOST_MICROS));
            kept(&(Arc::new(said.clone()) as ArrayRef), &(Arc::new(later.with_timezone_opt(zone.clone())) as ArrayRef))
        }
        DataType::Utf8 => {
            let texts = said.as_string_opt::<i32>()?;
            let loosened: StringArray = texts.iter().map(|text| text.and_then(no_less)).collect();
            Some(Arc::new(loosened))
        }
        _ => kept(said, said),
    }
}

/// The bounds, without those of types and times that mean other things to other writers.
fn kept(said: &ArrayRef, bounds: &ArrayRef) -> Option<ArrayRef> {
    let early = match said.data_type() {
        DataType::Date32 => said.as_primitive::<Date32Type>().iter().map(|day| Some(day? < GREGORIAN_DAY)).collect(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            said.as_primitive::<TimestampMicrosecondType>().iter().map(|at| Some(at? < GREGORIAN_MICROS)).collect()
        }
        data_type if data_type.is_integer() || data_type.is_decimal() => return Some(Arc::clone(bounds)),
        DataType::Utf8 | DataType::Boolean => return Some(Arc::clone(bounds)),
        _ => return None,
    };
    nullif(bounds, &early).ok()
}

/// A text that no text is greater than which begins like this one, as far as it was kept.
fn no_less(text: &str) -> Option<String> {
    let bare = text.trim_end_matches(TIES);
    if bare.len() == text.len() && text.chars().count() < TEXT_CHARS {
        return Some(text.to_owned());
    }
    let mut kept: Vec<char> = bare.chars().take(TEXT_CHARS).collect();
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

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Float64Array};

    use super::*;

    #[test]
    fn a_text_that_was_cut_is_followed_by_all_it_may_have_been() {
        for (said, wanted) in [
            ("", Some("")),
            ("abc", Some("abc")),
            ("ab\u{fffd}", Some("ac")),
            ("ab\u{10ffff}", Some("ac")),
            ("a\u{d7ff}\u{fffd}", Some("a\u{e000}")),
            ("\u{10ffff}\u{10ffff}", None),
        ] {
            assert_eq!(no_less(said).as_deref(), wanted, "{said:?}");
        }
        let long = "x".repeat(40);
        let bound = no_less(&long).unwrap();
        assert!(bound.as_str() > long.as_str() && bound.chars().count() == TEXT_CHARS);
        // The tie breaker of some writers is less than what it stands for.
        assert!(no_less("a\u{fffd}").unwrap().as_str() > "a\u{1f600}");
    }

    #[test]
    fn times_are_as_late_as_they_may_have_been_and_old_ones_are_not_believed() {
        let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(GREGORIAN_DAY - 1), Some(GREGORIAN_DAY), None]));
        assert_eq!(least(&days).unwrap().as_primitive::<Date32Type>(), &Date32Array::from(vec![None, Some(GREGORIAN_DAY), None]));
        let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX, 1_000, -141_500 * 86_400_000_000]).with_timezone("UTC"));
        let wanted = TimestampMicrosecondArray::from(vec![Some(i64::MAX), Some(1_999), None]).with_timezone("UTC");
        assert_eq!(greatest(&times).unwrap().as_primitive::<TimestampMicrosecondType>(), &wanted);
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
        assert!(least(&numbers).is_none() && greatest(&numbers).is_none());
    }
}
