//! Laws that hold for every mask and every value.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray, TimestampSecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampSecondType,
};
use proptest::prelude::*;
use weft_model::mask::{DateUnit, Mask};

use super::tests::{bind, masked};

fn masks() -> Vec<Mask> {
    let units = [DateUnit::Day, DateUnit::Week, DateUnit::Month, DateUnit::Quarter, DateUnit::Year];
    let mut masks: Vec<Mask> = units.into_iter().map(|unit| Mask::Truncate { unit }).collect();
    masks.extend([
        Mask::Null {},
        Mask::Constant { value: "7".to_owned() },
        Mask::Partial { keep_first: 2, keep_last: 1, character: '*', min_hidden: 2 },
        Mask::EmailDomain {},
        Mask::Bucket { width: 3.0 },
        Mask::Round { places: -1 },
        Mask::IpPrefix { v4: 24, v6: 48 },
        Mask::Token {},
        Mask::MaskAlphanum {},
        Mask::ShowFirst4 {},
        Mask::ShowLast4 {},
        Mask::ReplaceWithNull {},
        Mask::MaskToFixedValue {},
        Mask::TruncateToYear {},
        Mask::TruncateToMonth {},
        Mask::Sha256Global {},
        Mask::Sha256QueryLocal {},
    ]);
    masks
}

fn layouts(text: &ArrayRef, number: &ArrayRef) -> Vec<ArrayRef> {
    let runs = DataType::RunEndEncoded(
        Arc::new(Field::new("ends", DataType::Int32, false)),
        Arc::new(Field::new("it", DataType::Utf8View, true)),
    );
    let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int16), Box::new(values));
    let texts = [DataType::LargeUtf8, DataType::Utf8View, DataType::BinaryView, dictionary(DataType::Utf8), runs];
    let numbers = [
        DataType::Int32,
        DataType::Float64,
        DataType::Float32,
        DataType::Decimal128(38, 0),
        DataType::Decimal256(40, 2),
        DataType::Timestamp(TimeUnit::Millisecond, Some("+05:30".into())),
        DataType::Timestamp(TimeUnit::Nanosecond, None),
        DataType::Date64,
        DataType::Boolean,
        dictionary(DataType::Int64),
    ];
    let mut all = vec![Arc::clone(text), Arc::clone(number)];
    all.extend(texts.iter().map(|layout| cast(text, layout).unwrap()));
    all.extend(numbers.iter().map(|layout| cast(number, layout).unwrap()));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn type_length_and_null_stay(
        text in prop::collection::vec(prop::option::of("\\PC{0,20}"), 1..24),
        number in prop::collection::vec(prop::option::of(any::<i64>()), 1..24),
        cut in 0_usize..24,
    ) {
        let text: ArrayRef = Arc::new(StringArray::from(text));
        let number: ArrayRef = Arc::new(Int64Array::from(number));
        for array in layouts(&text, &number) {
            let from = cut.min(array.len());
            let array = array.slice(from, array.len() - from);
            for mask in masks() {
                let shown = masked(&mask, &array);
                let fills = matches!(mask, Mask::Constant { .. } | Mask::MaskToFixedValue {});
                if !fills {
                    let before = array.logical_nulls();
                    let after = shown.logical_nulls();
                    for row in 0..array.len() {
                        let was = before.as_ref().is_some_and(|nulls| nulls.is_null(row));
                        let is = after.as_ref().is_some_and(|nulls| nulls.is_null(row));
                        prop_assert!(is || !was, "{mask} makes NULL a value in {}", array.data_type());
                    }
                }
            }
        }
    }

    #[test]
    fn partial_never_shows_more_than_it_may(value in "\\PC{0,30}", first in 0_u32..6, last in 0_u32..6, least in 0_u32..6) {
        let mask = Mask::Partial { keep_first: first, keep_last: last, character: '*', min_hidden: least };
        let array: ArrayRef = Arc::new(StringArray::from(vec![value.as_str()]));
        let shown = masked(&mask, &array);
        let shown = shown.as_string::<i32>().value(0);
        prop_assert_eq!(shown.chars().count(), value.chars().count());
        let stars = shown.chars().filter(|character| *character == '*').count();
        prop_assert!(value.is_empty() || stars >= usize::try_from(least.max(1)).unwrap().min(value.chars().count()));
    }

    #[test]
    fn truncate_is_monotone_and_stays_put(mut days in prop::collection::vec(any::<i32>(), 2..40)) {
        days.sort_unstable();
        for unit in [DateUnit::Day, DateUnit::Week, DateUnit::Month, DateUnit::Quarter, DateUnit::Year] {
            let mask = Mask::Truncate { unit };
            let array: ArrayRef = Arc::new(Date32Array::from(days.clone()));
            let shown = masked(&mask, &array);
            let starts: Vec<i32> = shown.as_primitive::<Date32Type>().iter().flatten().collect();
            prop_assert!(starts.is_sorted());
            prop_assert_eq!(&masked(&mask, &shown), &shown);
            for (day, start) in days.iter().zip(shown.as_primitive::<Date32Type>()) {
                let width = i64::from(*day) - start.map_or(i64::from(*day), i64::from);
                prop_assert!((0..=366).contains(&width));
            }
        }
    }

    #[test]
    fn truncate_agrees_with_chrono(second in -8_000_000_000_000_i64..8_000_000_000_000) {
        use chrono::{DateTime, Datelike, Days, NaiveDate};
        let day = DateTime::from_timestamp(second, 0).unwrap().date_naive();
        let month = day.with_day(1).unwrap();
        let quarter = month.with_month(month.month0() / 3 * 3 + 1).unwrap();
        let expected = [
            (DateUnit::Day, day),
            (DateUnit::Week, day - Days::new(u64::from(day.weekday().num_days_from_monday()))),
            (DateUnit::Month, month),
            (DateUnit::Quarter, quarter),
            (DateUnit::Year, NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap()),
        ];
        for (unit, expected) in expected {
            let array: ArrayRef = Arc::new(TimestampSecondArray::from(vec![second]));
            let shown = masked(&Mask::Truncate { unit }, &array);
            let expected = expected.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp();
            prop_assert_eq!(shown.as_primitive::<TimestampSecondType>().value(0), expected);
        }
    }

    #[test]
    fn bucket_is_monotone_and_below(mut values in prop::collection::vec(any::<i64>(), 2..40), width in 1_u32..1_000_000) {
        values.sort_unstable();
        let mask = Mask::Bucket { width: f64::from(width) };
        let array: ArrayRef = Arc::new(Int64Array::from(values.clone()));
        let shown = masked(&mask, &array);
        let edges: Vec<i64> = shown.as_primitive::<Int64Type>().iter().flatten().collect();
        prop_assert!(edges.is_sorted());
        for (value, edge) in values.iter().zip(shown.as_primitive::<Int64Type>()) {
            if let Some(edge) = edge {
                let over = i128::from(*value) - i128::from(edge);
                prop_assert!((0..i128::from(width)).contains(&over));
                prop_assert_eq!(edge % i64::from(width), 0);
            }
        }
    }

    #[test]
    fn float_bucket_is_monotone_and_below(
        mut values in prop::collection::vec(-1e12_f64..1e12, 2..40),
        width in 1e-3_f64..1e6,
    ) {
        values.sort_by(f64::total_cmp);
        let array: ArrayRef = Arc::new(Float64Array::from(values.clone()));
        let shown = masked(&Mask::Bucket { width }, &array);
        let edges = shown.as_primitive::<Float64Type>().values().to_vec();
        prop_assert!(edges.is_sorted());
        prop_assert!(edges.iter().zip(&values).all(|(edge, value)| edge <= value));
    }

    #[test]
    fn decimal_bucket_and_round_agree_with_integers(value in -9_999_999_i64..9_999_999, width in 1_u32..5_000, places in -3..0_i32) {
        let decimal: ArrayRef = Arc::new(Decimal128Array::from(vec![i128::from(value)]).with_precision_and_scale(20, 0).unwrap());
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![value]));
        for mask in [Mask::Bucket { width: f64::from(width) }, Mask::Round { places }] {
            let decimal = masked(&mask, &decimal).as_primitive::<Decimal128Type>().value(0);
            prop_assert_eq!(decimal, i128::from(masked(&mask, &whole).as_primitive::<Int64Type>().value(0)));
        }
    }
}

#[test]
fn tokens_of_200_000_numbers_never_collide() {
    let narrow: ArrayRef = Arc::new(Int32Array::from_iter_values(-100_000..100_000));
    let shown = masked(&Mask::Token {}, &narrow);
    let tokens: HashSet<i32> = shown.as_primitive::<Int32Type>().iter().flatten().collect();
    assert_eq!(tokens.len(), 200_000);
    let wide: ArrayRef = Arc::new(Int64Array::from_iter_values((-100_000..100_000).map(|number| number * 1_000_003)));
    let shown = masked(&Mask::Token {}, &wide);
    let tokens: HashSet<i64> = shown.as_primitive::<Int64Type>().iter().flatten().collect();
    assert_eq!(tokens.len(), 200_000);
}

#[test]
fn tokens_look_random() {
    // Each bit of the token flips in about half of all pairs of neighbours.
    let array: ArrayRef = Arc::new(Int32Array::from_iter_values(0..20_000));
    let shown = masked(&Mask::Token {}, &array);
    let tokens = shown.as_primitive::<Int32Type>().values();
    for bit in 0..32 {
        let flips = tokens.windows(2).filter(|pair| ((pair[0] ^ pair[1]) >> bit) & 1 == 1).count();
        assert!((9_500..10_500).contains(&flips), "bit {bit} flips {flips} times");
    }
}

#[test]
fn timestamp_tokens_are_dates_that_clients_can_show() {
    let values: Vec<i64> = (0..2_000).map(|day| day * 86_400_000_000).collect();
    let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(values));
    let shown = masked(&Mask::Token {}, &array);
    assert_eq!(shown.null_count(), 0);
    let text = cast(&shown, &DataType::Utf8).unwrap();
    let years = text.as_string::<i32>().iter().flatten();
    assert!(years.into_iter().all(|value| !value.starts_with(['-', '+'])));
    let distinct: HashSet<_> = text.as_string::<i32>().iter().collect();
    assert_eq!(distinct.len(), 2_000);
    assert!(!bind(&Mask::Token {}, shown.data_type()).is_uniform());
}
