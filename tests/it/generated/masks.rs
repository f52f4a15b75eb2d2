//! Masks over one value, written from the grammar's own words; the rest asks the mask itself, one value at a time.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta};
use proptest::prelude::*;
use weft_govern::mask::bound::BoundMask;
use weft_govern::mask::keys::MasterKeys;
use weft_govern::mask::salt::QuerySalt;
use weft_model::mask::{DateUnit, Mask};

use super::cells::{Cell, Kind, array};
use super::shapes::{Leaf, Shape, Treat};

/// The token domain of every column that has one.
pub(super) const TOKEN_DOMAIN: &str = "people";

const DAY: i64 = 86_400_000_000;

/// Masks that fit a kind. `nested` leaves out what would become the mask of a whole list or struct.
pub(super) fn masks(kind: Kind, nested: bool) -> BoxedStrategy<Mask> {
    let constant = (0_u64..20).prop_map(move |number| Mask::Constant { value: kind.value(number).spelled() });
    let mut all = vec![Just(Mask::Null {}).boxed(), Just(Mask::ReplaceWithNull {}).boxed(), constant.boxed()];
    if !nested {
        all.push(Just(Mask::MaskToFixedValue {}).boxed());
    }
    let unit = prop_oneof![
        Just(DateUnit::Day),
        Just(DateUnit::Week),
        Just(DateUnit::Month),
        Just(DateUnit::Quarter),
        Just(DateUnit::Year)
    ];
    match kind {
        Kind::Text | Kind::Coded => {
            let partial = (0_u32..4, 0_u32..4, 0_u32..5).prop_map(|(keep_first, keep_last, min_hidden)| {
                Mask::Partial { keep_first, keep_last, character: '#', min_hidden }
            });
            all.push(partial.boxed());
            for mask in [
                Mask::EmailDomain {},
                Mask::IpPrefix { v4: 16, v6: 32 },
                Mask::MaskAlphanum {},
                Mask::ShowFirst4 {},
                Mask::ShowLast4 {},
                Mask::Sha256Global {},
                Mask::Token {},
            ] {
                all.push(Just(mask).boxed());
            }
        }
        Kind::Int => {
            all.push((1_u8..20).prop_map(|width| Mask::Bucket { width: width.into() }).boxed());
            all.push((-2..2).prop_map(|places| Mask::Round { places }).boxed());
            all.push(Just(Mask::Token {}).boxed());
        }
        Kind::Dec => {
            all.push((1_u8..20).prop_map(|width| Mask::Bucket { width: f64::from(width) / 4.0 }).boxed());
            all.push((-2..3).prop_map(|places| Mask::Round { places }).boxed());
        }
        Kind::Day | Kind::At => {
            all.push(unit.prop_map(|unit| Mask::Truncate { unit }).boxed());
            all.push(Just(Mask::TruncateToYear {}).boxed());
            all.push(Just(Mask::TruncateToMonth {}).boxed());
        }
        Kind::Bool => {}
    }
    proptest::strategy::Union::new(all).boxed()
}

/// What the mask makes of a value.
pub(super) fn masked(kind: Kind, mask: &Mask, cell: &Cell) -> Cell {
    match (mask, cell) {
        (Mask::Null {} | Mask::ReplaceWithNull {}, _) => Cell::Null,
        (Mask::Constant { value }, _) => read(kind, value),
        (Mask::MaskToFixedValue {}, _) => asked(kind, mask, cell),
        (_, Cell::Null) => Cell::Null,
        (Mask::Partial { keep_first, keep_last, character, min_hidden }, Cell::Text(text)) => {
            let letters: Vec<char> = text.chars().collect();
            let (first, last) = (*keep_first as usize, *keep_last as usize);
            let hidden = letters.len().saturating_sub(first + last);
            if hidden == 0 || hidden < *min_hidden as usize {
                return Cell::Text(letters.iter().map(|_| *character).collect());
            }
            let shown = |at: usize| at < first || at >= letters.len() - last;
            Cell::Text(letters.iter().enumerate().map(|(at, c)| if shown(at) { *c } else { *character }).collect())
        }
        (Mask::EmailDomain {}, Cell::Text(text)) => Cell::Text(match text.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() => format!("***@{domain}"),
            _ => "***".to_owned(),
        }),
        (Mask::Bucket { width }, Cell::Int(value)) => {
            let width: i64 = format!("{width:.0}").parse().unwrap();
            Cell::Int(value.div_euclid(width) * width)
        }
        (Mask::Bucket { width }, Cell::Dec(value)) => {
            let width: i128 = format!("{:.0}", width * 100.0).parse().unwrap();
            Cell::Dec(value.div_euclid(width) * width)
        }
        (Mask::Round { places }, Cell::Int(value)) => Cell::Int(rounded((*value).into(), -*places).try_into().unwrap()),
        (Mask::Round { places }, Cell::Dec(value)) => Cell::Dec(rounded(*value, 2 - *places)),
        (Mask::Truncate { unit }, cell) => truncated(*unit, cell),
        (Mask::TruncateToYear {}, cell) => truncated(DateUnit::Year, cell),
        (Mask::TruncateToMonth {}, cell) => truncated(DateUnit::Month, cell),
        _ => asked(kind, mask, cell),
    }
}

/// Half away from zero, at this many digits.
fn rounded(value: i128, digits: i32) -> i128 {
    let Ok(digits) = u32::try_from(digits) else { return value };
    let unit = 10_i128.pow(digits);
    let away = if value < 0 { -unit / 2 } else { unit / 2 };
    (value + away) / unit * unit
}

fn truncated(unit: DateUnit, cell: &Cell) -> Cell {
    let day = |day: NaiveDate| match unit {
        DateUnit::Day => day,
        DateUnit::Week => day - TimeDelta::days(day.weekday().num_days_from_monday().into()),
        DateUnit::Month => day.with_day(1).unwrap(),
        DateUnit::Quarter => day.with_day(1).unwrap().with_month((day.month() - 1) / 3 * 3 + 1).unwrap(),
        DateUnit::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap(),
    };
    let days = |day: NaiveDate| (day - NaiveDate::default()).num_days();
    match cell {
        Cell::Day(value) => {
            let at = NaiveDate::default() + TimeDelta::days((*value).into());
            Cell::Day(days(day(at)).try_into().unwrap())
        }
        Cell::At(value) => Cell::At(days(day(DateTime::from_timestamp_micros(*value).unwrap().date_naive())) * DAY),
        other => panic!("{other:?} is not truncated"),
    }
}

/// The mask's own answer for one value.
fn asked(kind: Kind, mask: &Mask, cell: &Cell) -> Cell {
    let raw = array(&Shape::Leaf(Leaf { kind, treat: Treat::Clear }), &[cell]);
    let raw = if kind.text() { cast(&raw, &DataType::Utf8View).unwrap() } else { raw };
    let keys = MasterKeys::new([7; 32], 1);
    let bound = BoundMask::new(mask, raw.data_type(), Some(TOKEN_DOMAIN), &keys, &QuerySalt::new([0; 32]));
    assert!(bound.closed().is_none(), "{mask} does not fit {kind:?}");
    first(&bound.apply(&raw).unwrap())
}

/// The first value of an array.
fn first(array: &ArrayRef) -> Cell {
    if array.is_null(0) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(0)),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(0).to_owned()),
        DataType::Boolean => Cell::Bool(array.as_boolean().value(0)),
        DataType::Decimal128(..) => Cell::Dec(array.as_primitive::<Decimal128Type>().value(0)),
        DataType::Date32 => Cell::Day(array.as_primitive::<Date32Type>().value(0)),
        DataType::Timestamp(..) => Cell::At(array.as_primitive::<TimestampMicrosecondType>().value(0)),
        other => panic!("no cell of {other}"),
    }
}

/// The constant in the column's type.
fn read(kind: Kind, value: &str) -> Cell {
    let found = (0..20).map(|number| kind.value(number)).find(|cell| cell.spelled() == value);
    found.unwrap_or_else(|| panic!("{value} is no constant of these tests"))
}
