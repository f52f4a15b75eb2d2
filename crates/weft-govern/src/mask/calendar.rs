//! Dates and timestamps down to the start of a unit, in UTC, over the whole range of their types.

use arrow::datatypes::{
    DataType, Date32Type, Date64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use weft_model::mask::DateUnit;

use super::kernel::{Kernel, primitive};

/// Seconds of a day; UTC without leap seconds, as Arrow counts.
const DAY: i64 = 86_400;

/// The kernel that truncates dates and timestamps. `None` for other types.
pub(super) fn truncate(data_type: &DataType, unit: DateUnit) -> Option<Kernel> {
    Some(match data_type {
        DataType::Date32 => primitive::<Date32Type>(move |day| i32::try_from(start_of(i64::from(day), unit)).ok()),
        DataType::Date64 => primitive::<Date64Type>(move |value| truncated(value, DAY * 1_000, unit)),
        DataType::Timestamp(TimeUnit::Second, _) => {
            primitive::<TimestampSecondType>(move |value| truncated(value, DAY, unit))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            primitive::<TimestampMillisecondType>(move |value| truncated(value, DAY * 1_000, unit))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            primitive::<TimestampMicrosecondType>(move |value| truncated(value, DAY * 1_000_000, unit))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            primitive::<TimestampNanosecondType>(move |value| truncated(value, DAY * 1_000_000_000, unit))
        }
        _ => return None,
    })
}

/// Ticks at the start of the unit; `None` below the type's range.
fn truncated(value: i64, day: i64, unit: DateUnit) -> Option<i64> {
    start_of(value.div_euclid(day), unit).checked_mul(day)
}

/// The first day of the unit that the day is in. Days count from 1970-01-01, a Thursday.
pub(super) fn start_of(day: i64, unit: DateUnit) -> i64 {
    match unit {
        DateUnit::Day => day,
        // Three days before the epoch is a Monday.
        DateUnit::Week => day - day.saturating_add(3).rem_euclid(7),
        DateUnit::Month | DateUnit::Quarter | DateUnit::Year => {
            let (year, month) = year_and_month(day);
            let month = match unit {
                DateUnit::Year => 1,
                DateUnit::Quarter => month - (month - 1) % 3,
                _ => month,
            };
            days_from(year, month, 1)
        }
    }
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year, in cycles of 400 years.
pub(super) fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * DAYS_OF_CYCLE + year * 365 + year / 4 - year / 100 + day_of_year - DAYS_TO_EPOCH
}

/// Year and month of a day.
fn year_and_month(day: i64) -> (i64, i64) {
    let day = day + DAYS_TO_EPOCH;
    let (cycle, day) = (day.div_euclid(DAYS_OF_CYCLE), day.rem_euclid(DAYS_OF_CYCLE));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = ((5 * day_of_year + 2) / 153 + 2) % 12 + 1;
    (cycle * 400 + year + i64::from(month <= 2), month)
}

/// Days of 400 years.
const DAYS_OF_CYCLE: i64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;
