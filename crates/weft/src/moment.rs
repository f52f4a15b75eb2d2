//! Days and moments as people write them, UTC.

use chrono::{DateTime, NaiveDate, NaiveTime};

use crate::error::Failure;

/// The first second of a day written as YYYY-MM-DD.
///
/// # Errors
/// When it is no such day.
pub fn day(text: &str) -> Result<i64, Failure> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| Failure::Setup(format!("`{text}` is not a day such as 2027-03-31")))?;
    Ok(day.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// A moment for people.
#[must_use]
pub fn text(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}
