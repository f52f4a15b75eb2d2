//! Days and times that Spark wrote in the calendar of its early versions.
//!
//! Before version 3 Spark counted days in the calendar that was in force: the Julian one until 4 October 1582. It still does
//! so on request, and says in the file's footer that it did (`org.apache.spark.legacyDateTime`, `…legacyINT96`). A day is then
//! the one of the same name in the calendar that everybody else counts in, as Spark itself reads it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, LargeListArray, ListArray, MapArray, StructArray, make_array};
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampSecondType};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};

const VERSION: &str = "org.apache.spark.version";
const DATE_TIME: &str = "org.apache.spark.legacyDateTime";
const INT96: &str = "org.apache.spark.legacyINT96";
const ZONE: &str = "org.apache.spark.timeZone";

/// 1582-10-15, in days since 1970-01-01: since then both calendars are one.
const GREGORIAN_DAY: i64 = -141_427;
/// 1900-01-01: before then a zone's time was local, and early versions had other tables of it.
const ZONED_DAY: i64 = -25_567;
const DAY_SECONDS: i64 = 86_400;
/// The day of 1970-01-01 as astronomers count them.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// Which days and times of a file are to be counted anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LegacyCalendar {
    /// Days, and times that say that they are points in time.
    date_time: bool,
    /// Times in twelve bytes, which do not say so.
    int96: bool,
    /// The zone in which times were written, where it is not UTC.
    zone: Option<String>,
}

impl LegacyCalendar {
    /// What the footer's properties say; [`None`] for almost every file.
    pub(crate) fn of(properties: &HashMap<String, String>) -> Option<Self> {
        let version: Option<(u32, u32)> = properties.get(VERSION).and_then(|version| {
            let mut parts = version.split('.').map(|part| part.parse().ok());
            Some((parts.next()??, parts.next()??))
        });
        let before = |first: (u32, u32)| version.is_some_and(|version| version < first);
        let date_time = properties.contains_key(DATE_TIME) || before((3, 0));
        let int96 = properties.contains_key(INT96) || before((3, 1));
        let zone = properties.get(ZONE).map_or("unknown", String::as_str);
        let utc = ["UTC", "Etc/UTC", "GMT", "Z", "+00:00", "Etc/GMT"].contains(&zone);
        (date_time || int96).then(|| Self { date_time, int96, zone: (!utc).then(|| zone.to_owned()) })
    }

    /// True when values of a file's type, which stand for those of another, may have to be counted anew.
    pub(crate) fn touches(&self, file: &DataType, meant: &DataType) -> bool {
        match (file, meant) {
            (DataType::Date32, _) => self.date_time,
            (DataType::Timestamp(_, Some(_)), _) => self.date_time,
            // Times without a zone have none to count from: they were never written otherwise.
            (DataType::Timestamp(_, None), DataType::Timestamp(_, Some(_))) => self.int96,
            (DataType::Dictionary(_, file), meant) => self.touches(file, meant),
            _ => {
                let (file, meant) = (inside(file), inside(meant));
                file.iter().enumerate().any(|(at, field)| {
                    let meant = meant.get(at).unwrap_or(field);
                    self.touches(field.data_type(), meant.data_type())
                })
            }
        }
    }

    /// The array with its days and times counted as everybody does.
    ///
    /// # Errors
    /// For times before 1900 of another zone than UTC.
    pub(crate) fn counted(&self, array: &ArrayRef, meant: &DataType) -> Result<ArrayRef, ArrowError> {
        if !self.touches(array.data_type(), meant) {
            return Ok(Arc::clone(array));
        }
        let child = |values: &ArrayRef| match inside(meant).first() {
            Some(field) => self.counted(values, field.data_type()),
            None => self.counted(values, values.data_type()),
        };
        match array.data_type() {
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                let counted = days.try_unary::<_, Date32Type, _>(|day| {
                    i32::try_from(gregorian(day.into())).map_err(|_| ArrowError::CastError("a day is out of range".to_owned()))
                })?;
                Ok(Arc::new(counted))
            }
            DataType::Timestamp(TimeUnit::Second, _) => self.times::<TimestampSecondType>(array, 1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => self.times::<TimestampMillisecondType>(array, 1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => self.times::<TimestampMicrosecondType>(array, 1_000_000),
            // Their range begins in 1677: only what a zone makes of them may differ.
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => {
                let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
                self.times::<TimestampMicrosecondType>(&micros, 1_000_000)?;
                Ok(Arc::clone(array))
            }
            DataType::Dictionary(_, values) => self.counted(&cast(array, values)?, meant),
            DataType::Struct(fields) => {
                let structs = array.as_struct();
                let types = inside(meant);
                let columns = structs.columns().iter().enumerate().map(|(at, column)| match types.get(at) {
                    Some(field) => self.counted(column, field.data_type()),
                    None => self.counted(column, column.data_type()),
                });
                let columns = columns.collect::<Result<_, _>>()?;
                Ok(Arc::new(StructArray::try_new(fields.clone(), columns, structs.nulls().cloned())?))
            }
            DataType::List(field) => {
                let lists = array.as_list::<i32>();
                let (values, offsets) = (child(lists.values())?, lists.offsets().clone());
                Ok(Arc::new(ListArray::try_new(Arc::clone(field), offsets, values, lists.nulls().cloned())?))
            }
            DataType::LargeList(field) => {
                let lists = array.as_list::<i64>();
                let (values, offsets) = (child(lists.values())?, lists.offsets().clone());
                Ok(Arc::new(LargeListArray::try_new(Arc::clone(field), offsets, values, lists.nulls().cloned())?))
            }
            DataType::FixedSizeList(field, size) => {
                let lists = array.as_fixed_size_list();
                let values = child(lists.values())?;
                Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(field), *size, values, lists.nulls().cloned())?))
            }
            DataType::Map(field, sorted) => {
                let maps = array.as_map();
                let entries: ArrayRef = make_array(maps.entries().to_data());
                let (entries, offsets) = (child(&entries)?.as_struct().clone(), maps.offsets().clone());
                Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, maps.nulls().cloned(), *sorted)?))
            }
            other => Err(ArrowError::NotYetImplemented(format!("{other} in Spark's legacy calendar"))),
        }
    }

    /// The times of an array of so many units a second.
    fn times<T: ArrowPrimitiveType<Native = i64>>(&self, array: &ArrayRef, second: i64) -> Result<ArrayRef, ArrowError> {
        let day = DAY_SECONDS * second;
        let times = array.as_primitive::<T>().try_unary::<_, T, _>(|time| match (time.div_euclid(day), &self.zone) {
            (ZONED_DAY.., _) => Ok(time),
            (_, Some(zone)) => {
                let zone = zone.escape_debug();
                let cause = format!("a time before 1900 is in Spark's legacy calendar, of time zone `{zone}`: only UTC is read");
                Err(ArrowError::NotYetImplemented(cause))
            }
            (of, None) => (gregorian(of) - of)
                .checked_mul(day)
                .and_then(|more| time.checked_add(more))
                .ok_or_else(|| ArrowError::CastError("a time is out of range".to_owned())),
        })?;
        Ok(Arc::new(times.with_data_type(array.data_type().clone())))
    }
}

/// What is inside of a nested type.
fn inside(of: &DataType) -> Vec<FieldRef> {
    match of {
        DataType::Struct(fields) => fields.iter().cloned().collect(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => vec![Arc::clone(field)],
        _ => Vec::new(),
    }
}

/// The day that is called as a day of the calendar that was in force, both in days since 1970-01-01.
fn gregorian(day: i64) -> i64 {
    if day >= GREGORIAN_DAY {
        return day;
    }
    // Years begin in March here, so that the day that leap years have is their last; the first is 4801 BC.
    let since = day + EPOCH_JULIAN_DAY + 32_082;
    let year = (4 * since + 3).div_euclid(1_461);
    let of_year = since - (1_461 * year).div_euclid(4);
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    of_year + 365 * year + leaps - 32_044 - EPOCH_JULIAN_DAY
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, TimestampMicrosecondArray};

    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn days_keep_their_names() {
        // As Spark reads them: 0001-01-01, 1582-10-04, 1582-10-15.
        assert_eq!([-719_164, -141_428, GREGORIAN_DAY, 0].map(gregorian), [-719_162, -141_438, GREGORIAN_DAY, 0]);
        // 1500-02-28, and 1500-02-29, which is the next day where that year has none, and 1500-03-01.
        assert_eq!([-171597, -171596, -171595].map(gregorian), [-171606, -171605, -171605]);
        let mut last = gregorian(-1_100_000);
        for day in -1_099_999..GREGORIAN_DAY {
            let next = gregorian(day);
            assert!((0..=1).contains(&(next - last)), "{day}");
            last = next;
        }
    }

    #[test]
    fn who_wrote_it_says_how_it_is_counted() {
        let of = |pairs: &[(&str, &str)]| LegacyCalendar::of(&properties(pairs)).map(|found| (found.date_time, found.int96));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(VERSION, "4.1.1")]), None);
        assert_eq!(of(&[(VERSION, "2.4.8")]), Some((true, true)));
        assert_eq!(of(&[(VERSION, "3.0.2")]), Some((false, true)));
        assert_eq!(of(&[(VERSION, "3.5.0"), (DATE_TIME, "")]), Some((true, false)));
        assert_eq!(of(&[(VERSION, "3.5.0"), (INT96, "")]), Some((false, true)));
    }

    #[test]
    fn times_of_other_zones_are_refused_where_they_may_differ() {
        let micros = |time: i64| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![Some(time), None]).with_timezone("UTC")) };
        let counted = |zone: &str, time: i64| {
            let calendar = LegacyCalendar::of(&properties(&[(DATE_TIME, ""), (ZONE, zone)])).unwrap();
            calendar.counted(&micros(time), micros(0).data_type())
        };
        assert_eq!(&counted("UTC", -12_219_336_000_000_000).unwrap(), &micros(-12_220_200_000_000_000));
        assert_eq!(&counted("UTC", -1).unwrap(), &micros(-1));
        assert_eq!(&counted("Europe/Vienna", -1).unwrap(), &micros(-1));
        let refused = counted("Europe/Vienna", -2_300_000_000_000_000).unwrap_err().to_string();
        assert!(refused.contains("of time zone `Europe/Vienna`: only UTC is read"), "{refused}");
    }

    #[test]
    fn what_is_nested_is_counted_too() {
        let calendar = LegacyCalendar::of(&properties(&[(DATE_TIME, "")])).unwrap();
        let days: ArrayRef = Arc::new(Date32Array::from(vec![-141_428, 0]));
        let field = Arc::new(arrow_schema::Field::new("day", DataType::Date32, true));
        let structs: ArrayRef = Arc::new(StructArray::try_new(vec![field].into(), vec![days], None).unwrap());
        let counted = calendar.counted(&structs, structs.data_type()).unwrap();
        assert_eq!(counted.as_struct().column(0).as_primitive::<Date32Type>().values(), &[-141_438, 0]);
    }
}
