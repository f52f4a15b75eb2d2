//! Which types hold which: a value is served as another type only where nothing of it is lost.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

/// The bytes of a UUID.
pub(crate) const UUID_BYTES: i32 = 16;
/// The bytes of an interval: months, days and milliseconds.
pub(crate) const INTERVAL_BYTES: i32 = 12;

/// True when every value of the file's type is a value of the served type.
///
/// Structs match by the names of their fields; a field that the file lacks is NULL, one that is not served is not read.
#[must_use]
pub fn widens(file: &DataType, served: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Dictionary, Duration,
        FixedSizeBinary, FixedSizeList, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Interval, LargeBinary,
        LargeList, LargeListView, LargeUtf8, List, ListView, Map, Null, RunEndEncoded, Struct, Time32, Time64,
        Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    match (file, served) {
        (file, served) if file == served => true,
        (Null, _) => true,
        (Dictionary(_, values), served) => widens(values, served),
        (RunEndEncoded(_, values), served) => widens(values.data_type(), served),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => true,
        (Binary | LargeBinary | BinaryView | FixedSizeBinary(_), Binary | LargeBinary | BinaryView) => true,
        // Sixteen bytes that are declared as text are a UUID, and spelled as one.
        (FixedSizeBinary(UUID_BYTES), Utf8View) => true,
        (FixedSizeBinary(INTERVAL_BYTES), Interval(arrow_schema::IntervalUnit::MonthDayNano)) => true,
        (Int8, Int16 | Int32 | Int64)
        | (Int16, Int32 | Int64)
        | (Int32, Int64)
        | (UInt8, UInt16 | UInt32 | UInt64 | Int16 | Int32 | Int64)
        | (UInt16, UInt32 | UInt64 | Int32 | Int64)
        | (UInt32, UInt64 | Int64)
        | (Float16, Float32 | Float64)
        | (Float32 | Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32, Float64)
        | (Int8 | Int16 | UInt8 | UInt16, Float32)
        | (Date64, Date32)
        | (Interval(_), Interval(arrow_schema::IntervalUnit::MonthDayNano)) => true,
        (
            Decimal32(p, s) | Decimal64(p, s) | Decimal128(p, s) | Decimal256(p, s),
            Decimal128(q, t) | Decimal256(q, t),
        ) => decimal_holds((*p, *s), (*q, *t)),
        (whole, Decimal128(q, t) | Decimal256(q, t)) => {
            digits(whole).is_some_and(|digits| decimal_holds((digits, 0), (*q, *t)))
        }
        // Coarser units fit finer ones; a time zone is a label on the same instant, but naive times are not instants.
        (Timestamp(from, zone), Timestamp(to, other)) => unit(*from) <= unit(*to) && zone.is_some() == other.is_some(),
        (Time32(from) | Time64(from), Time32(to) | Time64(to)) | (Duration(from), Duration(to)) => {
            unit(*from) <= unit(*to)
        }
        (FixedSizeList(from, length), FixedSizeList(to, other)) => {
            length == other && widens(from.data_type(), to.data_type())
        }
        (
            List(from) | LargeList(from) | ListView(from) | LargeListView(from) | FixedSizeList(from, _),
            List(to) | LargeList(to),
        ) => widens(from.data_type(), to.data_type()),
        (List(from) | LargeList(from), FixedSizeList(to, _)) => widens(from.data_type(), to.data_type()),
        (Struct(from), Struct(to)) => to.iter().all(|field| {
            let mut alike = from.iter().filter(|other| other.name() == field.name());
            match (alike.next(), alike.next()) {
                (None, _) => true,
                (Some(one), None) => widens(one.data_type(), field.data_type()),
                // Which of two fields of one name is meant, nobody can tell.
                (Some(_), Some(_)) => false,
            }
        }),
        (Map(from, _), Map(to, _)) => match (entries(from), entries(to)) {
            (Some((key, value)), Some((k, v))) => {
                widens(key.data_type(), k.data_type()) && widens(value.data_type(), v.data_type())
            }
            _ => false,
        },
        _ => false,
    }
}

/// The narrowest type that holds the values of both; `None` when there is none.
#[must_use]
pub fn unify(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{
        Decimal128, Decimal256, FixedSizeBinary, FixedSizeList, Float64, Int16, Int32, Int64, LargeList, List, Map,
        Struct, UInt8, UInt16, UInt32,
    };
    match (one, other) {
        (one, other) if one == other => Some(one.clone()),
        (DataType::Null, known) | (known, DataType::Null) => Some(known.clone()),
        // What has parts is put together part by part.
        (one, other) if !other.is_nested() && widens(one, other) => Some(other.clone()),
        (one, other) if !one.is_nested() && widens(other, one) => Some(one.clone()),
        (Struct(from), Struct(to)) => Some(Struct(unify_fields(from, to)?)),
        (List(from) | LargeList(from) | FixedSizeList(from, _), List(to) | LargeList(to) | FixedSizeList(to, _)) => {
            let item = unify(from.data_type(), to.data_type())?;
            let fixed = match (one, other) {
                (FixedSizeList(_, length), FixedSizeList(_, other)) if length == other => Some(*length),
                _ => None,
            };
            let item = Arc::new(Field::new("item", item, true));
            Some(match fixed {
                Some(length) => FixedSizeList(item, length),
                None => List(item),
            })
        }
        (Map(from, sorted), Map(to, _)) => {
            let (key, value) = entries(from)?;
            let (k, v) = entries(to)?;
            let fields = Fields::from(vec![
                Field::new("key", unify(key.data_type(), k.data_type())?, false),
                Field::new("value", unify(value.data_type(), v.data_type())?, true),
            ]);
            Some(Map(Arc::new(Field::new("entries", Struct(fields), false)), *sorted))
        }
        (Decimal128(p, s) | Decimal256(p, s), Decimal128(q, t) | Decimal256(q, t)) => {
            let scale = *s.max(t);
            let whole = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
            decimal(u8::try_from(whole + i16::from(scale)).ok()?, scale)
        }
        (Decimal128(p, s) | Decimal256(p, s), whole) | (whole, Decimal128(p, s) | Decimal256(p, s)) => {
            let digits = i16::from(digits(whole)?).max(i16::from(*p) - i16::from(*s));
            decimal(u8::try_from(digits + i16::from(*s)).ok()?, *s)
        }
        (UInt8 | UInt16, DataType::Int8) | (DataType::Int8, UInt8) => Some(if *one == UInt16 { Int32 } else { Int16 }),
        (UInt16, Int16) | (Int16 | DataType::Int8, UInt16) => Some(Int32),
        (UInt32, DataType::Int8 | Int16 | Int32) | (DataType::Int8 | Int16 | Int32, UInt32) => Some(Int64),
        (DataType::Float32, Int32 | UInt32) | (Int32 | UInt32, DataType::Float32) => Some(Float64),
        (FixedSizeBinary(_), FixedSizeBinary(_)) => Some(DataType::Binary),
        _ => None,
    }
}

/// The fields of both, those of the first in front.
fn unify_fields(one: &Fields, other: &Fields) -> Option<Fields> {
    let mut fields: Vec<FieldRef> = Vec::with_capacity(one.len().max(other.len()));
    for field in one {
        let data_type = match other.iter().find(|two| two.name() == field.name()) {
            Some(two) => unify(field.data_type(), two.data_type())?,
            None => field.data_type().clone(),
        };
        fields.push(Arc::new(Field::new(field.name(), data_type, true)));
    }
    for field in other {
        if !one.iter().any(|known| known.name() == field.name()) {
            fields.push(Arc::clone(field));
        }
    }
    Some(fields.into())
}

fn decimal(precision: u8, scale: i8) -> Option<DataType> {
    match precision {
        1..=38 => Some(DataType::Decimal128(precision, scale)),
        39..=76 => Some(DataType::Decimal256(precision, scale)),
        _ => None,
    }
}

fn decimal_holds((precision, scale): (u8, i8), (wider, finer): (u8, i8)) -> bool {
    finer >= scale && i16::from(wider) - i16::from(finer) >= i16::from(precision) - i16::from(scale)
}

/// The decimal digits of a whole number's type.
fn digits(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => 3,
        DataType::Int16 | DataType::UInt16 => 5,
        DataType::Int32 | DataType::UInt32 => 10,
        DataType::Int64 => 19,
        DataType::UInt64 => 20,
        _ => return None,
    })
}

fn unit(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}

/// Key and value of a map's entries: the first field is the key, whatever it is called.
pub(crate) fn entries(field: &Field) -> Option<(&FieldRef, &FieldRef)> {
    match field.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Vec<DataType> {
        use DataType::{
            Binary, Boolean, Date32, Date64, Decimal128, Decimal256, FixedSizeBinary, Float32, Float64, Int8, Int16,
            Int32, Int64, Null, Struct, Time32, Time64, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
        };
        let field = |name: &str, data_type: DataType| Arc::new(Field::new(name, data_type, true));
        let list = |data_type: DataType| DataType::List(field("item", data_type));
        vec![
            Null,
            Boolean,
            Int8,
            Int16,
            Int32,
            Int64,
            UInt8,
            UInt16,
            UInt32,
            UInt64,
            Float32,
            Float64,
            Utf8,
            Utf8View,
            Binary,
            FixedSizeBinary(16),
            FixedSizeBinary(4),
            Date32,
            Date64,
            Time32(TimeUnit::Millisecond),
            Time64(TimeUnit::Microsecond),
            Time64(TimeUnit::Nanosecond),
            Timestamp(TimeUnit::Millisecond, None),
            Timestamp(TimeUnit::Nanosecond, None),
            Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Decimal128(9, 2),
            Decimal128(38, 10),
            Decimal256(50, 0),
            list(Int32),
            list(Int64),
            list(list(UInt8)),
            Struct(vec![field("a", Int32), field("b", Utf8)].into()),
            Struct(vec![field("b", Utf8View), field("c", list(Int16))].into()),
            Struct(vec![field("a", Utf8)].into()),
        ]
    }

    #[test]
    fn what_two_types_unify_to_holds_both_and_does_not_depend_on_their_order() {
        for one in types() {
            assert_eq!(unify(&one, &one), Some(one.clone()));
            for other in types() {
                let both = unify(&one, &other);
                assert_eq!(both.is_some(), unify(&other, &one).is_some(), "{one} {other}");
                if let Some(both) = both {
                    assert!(widens(&one, &both) && widens(&other, &both), "{one} and {other} as {both}");
                }
            }
        }
    }

    #[test]
    fn what_loses_something_does_not_widen() {
        use DataType::{Binary, Date32, Decimal128, Float32, Float64, Int32, Int64, Time64, Timestamp, UInt64, Utf8};
        for (file, served) in [
            (Int64, Int32),
            (Int64, Float64),
            (Int32, Float32),
            (UInt64, Int64),
            (Float64, Float32),
            (Utf8, Int32),
            (Int32, Utf8),
            (Binary, Utf8),
            (Decimal128(10, 2), Decimal128(10, 3)),
            (Int64, Decimal128(18, 0)),
            (Timestamp(TimeUnit::Nanosecond, None), Timestamp(TimeUnit::Microsecond, None)),
            (Timestamp(TimeUnit::Microsecond, None), Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
            (Timestamp(TimeUnit::Microsecond, None), Date32),
            (Time64(TimeUnit::Nanosecond), Time64(TimeUnit::Microsecond)),
        ] {
            assert!(!widens(&file, &served), "{file} as {served}");
        }
    }
}
