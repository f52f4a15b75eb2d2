use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Fields, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::util::display::array_value_to_string;
use weft_model::mask::{DateUnit, Mask};

use super::bound::{BoundMask, Closed};
use super::error::MaskError;
use super::keys::{KeyProvider, MasterKeys, NoKeys};
use super::salt::QuerySalt;
use crate::rebuild::canary::{flat, sings, wraps};

pub(super) fn keys() -> MasterKeys {
    MasterKeys::new([7; 32], 1)
}

pub(super) fn bind(mask: &Mask, data_type: &DataType) -> BoundMask {
    BoundMask::new(mask, data_type, Some("customer"), &keys(), &QuerySalt::new([9; 32]))
}

pub(super) fn masked(mask: &Mask, array: &ArrayRef) -> ArrayRef {
    let shown = bind(mask, array.data_type()).apply(array).unwrap();
    assert_eq!(shown.data_type(), array.data_type());
    assert_eq!(shown.len(), array.len());
    shown
}

fn shown(array: &ArrayRef) -> Vec<String> {
    let value = |row| if array.is_null(row) { "NULL".to_owned() } else { array_value_to_string(array, row).unwrap() };
    (0..array.len()).map(value).collect()
}

/// The mask over these strings, in every layout of strings, which must all agree.
fn strings(mask: &Mask, values: &[&str]) -> Vec<String> {
    let plain: ArrayRef = Arc::new(StringArray::from_iter_values(values));
    let expected = shown(&masked(mask, &plain));
    let dictionary = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8View));
    for data_type in [
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary(DataType::Int8),
        dictionary(DataType::UInt32),
        DataType::RunEndEncoded(
            Arc::new(Field::new("ends", DataType::Int32, false)),
            Arc::new(Field::new("it", DataType::LargeUtf8, true)),
        ),
    ] {
        let layout = cast(&plain, &data_type).unwrap();
        let layout_shown = masked(mask, &layout);
        let plain_again = cast(&layout_shown, &DataType::Utf8).unwrap();
        assert_eq!(shown(&plain_again), expected, "{data_type}");
    }
    expected
}

fn numbers<A: Array + 'static>(mask: &Mask, array: A) -> Vec<String> {
    shown(&masked(mask, &(Arc::new(array) as ArrayRef)))
}

fn closed(mask: &Mask, data_type: &DataType) -> Option<Closed> {
    let bound = bind(mask, data_type);
    assert_eq!(bound.closed().is_some(), bound.is_null());
    bound.closed()
}

const PARTIAL: Mask = Mask::Partial { keep_first: 1, keep_last: 2, character: '*', min_hidden: 4 };

#[test]
fn iceberg_string_actions_are_byte_exact() {
    let alphanum =
        strings(&Mask::MaskAlphanum {}, &["prashant010696@gmail.com", "", "(4) 1-2,3.\u{e4}\u{663}\u{1f600}"]);
    assert_eq!(alphanum, ["xxxxxxxxnnnnnn@xxxxx.xxx", "", "(n)xn-n,n.xxx"]);
    let first =
        strings(&Mask::ShowFirst4 {}, &["prashant010696@gmail.com", "abcd", "\u{e4}b", "\u{e4}\u{f6}\u{fc}\u{df}1"]);
    assert_eq!(first, ["prasxxxxnnnnnn@xxxxx.xxx", "abcd", "\u{e4}b", "\u{e4}\u{f6}\u{fc}\u{df}n"]);
    let last = strings(&Mask::ShowLast4 {}, &["4111-1111-1111-4444", "4444", "", "5\u{e4}\u{f6}\u{fc}\u{df}"]);
    assert_eq!(last, ["nnnn-nnnn-nnnn-4444", "4444", "", "n\u{e4}\u{f6}\u{fc}\u{df}"]);
}

#[test]
fn iceberg_digests_are_byte_exact() {
    let global = strings(&Mask::Sha256Global {}, &["abc"]);
    assert_eq!(global, ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]);
    // SHA-256 of 2A 00 00 00 starts with e8 a4 b2 ee.
    let int = masked(&Mask::Sha256Global {}, &(Arc::new(Int32Array::from(vec![42])) as ArrayRef));
    assert_eq!(int.as_primitive::<Int32Type>().value(0).to_le_bytes(), [0xe8, 0xa4, 0xb2, 0xee]);
    let binary: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"abc"]));
    assert_eq!(masked(&Mask::Sha256Global {}, &binary).as_binary::<i32>().value(0)[..4], [0xba, 0x78, 0x16, 0xbf]);
    let local = strings(&Mask::Sha256QueryLocal {}, &["abc"]);
    assert_ne!(local, global);
    let other = BoundMask::new(&Mask::Sha256QueryLocal {}, &DataType::Utf8, None, &NoKeys, &QuerySalt::new([10; 32]));
    assert_ne!(shown(&other.apply(&(Arc::new(StringArray::from(vec!["abc"])) as ArrayRef)).unwrap()), local);
    assert_eq!(closed(&Mask::Sha256Global {}, &DataType::Date32), Some(Closed::DoesNotApply));
}

#[test]
fn iceberg_fixed_values_replace_null_too() {
    let fixed = |data_type: DataType| {
        let shown = masked(&Mask::MaskToFixedValue {}, &new_null_array(&data_type, 2));
        assert_eq!(shown.logical_null_count(), 0, "{data_type}");
        let values = (array_value_to_string(&shown, 0).unwrap(), array_value_to_string(&shown, 1).unwrap());
        assert_eq!(values.0, values.1);
        values.0
    };
    let utc = || Some("UTC".into());
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    assert_eq!(fixed(DataType::Boolean), "false");
    assert_eq!(fixed(DataType::Int32), "0");
    assert_eq!(fixed(DataType::Int64), "0");
    assert_eq!(fixed(DataType::Float32), "0.0");
    assert_eq!(fixed(DataType::Float64), "0.0");
    assert_eq!(fixed(DataType::Decimal128(10, 2)), "0.00");
    assert_eq!(fixed(DataType::Utf8View), "XXXXXXXX");
    assert_eq!(fixed(DataType::Date32), "1970-01-01");
    assert_eq!(fixed(DataType::Time64(TimeUnit::Microsecond)), "00:00:00");
    assert_eq!(fixed(DataType::Timestamp(TimeUnit::Microsecond, None)), "1970-01-01T00:00:00");
    assert_eq!(fixed(DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()))), "1970-01-01T00:00:00Z");
    assert_eq!(fixed(DataType::Timestamp(TimeUnit::Nanosecond, None)), "1970-01-01T00:00:00");
    assert_eq!(fixed(DataType::FixedSizeBinary(2)), "0000");
    assert_eq!(fixed(DataType::Binary), "");
    assert_eq!(fixed(DataType::BinaryView), "");
    assert_eq!(fixed(DataType::new_list(DataType::Int32, true)), "[]");
    let entries = DataType::Struct(Fields::from(vec![
        Field::new("keys", DataType::Utf8, false),
        field("values", DataType::Utf8),
    ]));
    assert_eq!(fixed(DataType::Map(Arc::new(Field::new("entries", entries, false)), false)), "{}");
    let nested = DataType::Struct(Fields::from(vec![field("a", DataType::Int32), field("b", DataType::Utf8)]));
    assert_eq!(fixed(DataType::Struct(Fields::from(vec![field("s", nested)]))), "{s: {a: 0, b: XXXXXXXX}}");
    assert_eq!(fixed(DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))), "XXXXXXXX");
    let named = bind(&Mask::MaskToFixedValue {}, &DataType::Timestamp(TimeUnit::Microsecond, utc()));
    assert_eq!(named.closed(), None);
    assert_eq!(closed(&Mask::MaskToFixedValue {}, &DataType::Int16), Some(Closed::DoesNotApply));
}

#[test]
fn partial_hides_short_values_whole() {
    let values = ["abcdefg", "abcdef", "abc", "", "\u{e4}bcd\u{1f600}fg\u{df}"];
    assert_eq!(strings(&PARTIAL, &values), ["a****fg", "******", "***", "", "\u{e4}*****g\u{df}"]);
    let open = Mask::Partial { keep_first: 9, keep_last: 9, character: '\u{2588}', min_hidden: 0 };
    assert_eq!(strings(&open, &["ab"]), ["\u{2588}\u{2588}"], "a value is never shown whole");
    let wide = Mask::Partial { keep_first: u32::MAX, keep_last: u32::MAX, character: '*', min_hidden: 0 };
    assert_eq!(strings(&wide, &["abcdefghi"]), ["*********"]);
}

#[test]
fn email_domain_shows_nothing_else() {
    let values = ["ana@example.com", "a@b@C.org", "ana", "@x.com", "ana@", "", "call me @ home 555", "a@b\nc"];
    let expected = ["***@example.com", "***@C.org", "***", "***", "***", "***", "***", "***"];
    assert_eq!(strings(&Mask::EmailDomain {}, &values), expected);
}

#[test]
fn ip_prefix_shows_the_network() {
    let mask = Mask::IpPrefix { v4: 24, v6: 48 };
    let values = ["192.168.7.9", "2001:db8:85a3::8a2e:370:7334", "10.0.0.1/8", "", "::ffff:10.1.2.3", "fe80::1%eth0"];
    assert_eq!(strings(&mask, &values), ["192.168.7.0", "2001:db8:85a3::", "***", "***", "::", "***"]);
    let mapped = Mask::IpPrefix { v4: 8, v6: 128 };
    assert_eq!(strings(&mapped, &["::ffff:10.1.2.3", "::1"]), ["::ffff:10.0.0.0", "::1"]);
    assert_eq!(strings(&Mask::IpPrefix { v4: 0, v6: 0 }, &["9.9.9.9", "1::2"]), ["0.0.0.0", "::"]);
    assert_eq!(closed(&Mask::IpPrefix { v4: 33, v6: 48 }, &DataType::Utf8), Some(Closed::DoesNotApply));
}

#[test]
fn truncate_goes_down_before_1970_too() {
    let days = || Date32Array::from(vec![Some(19_919), Some(-1), Some(-719_529), None, Some(i32::MAX), Some(i32::MIN)]);
    let of = |unit| {
        let array: ArrayRef = Arc::new(days());
        let shown = masked(&Mask::Truncate { unit }, &array);
        shown.as_primitive::<Date32Type>().iter().collect::<Vec<_>>()
    };
    // 2024-07-15 is a Monday, 1969-12-31 a Wednesday, -719529 the day before the year 0.
    assert_eq!(of(DateUnit::Day)[..4], [Some(19_919), Some(-1), Some(-719_529), None]);
    assert_eq!(of(DateUnit::Week)[..4], [Some(19_919), Some(-3), Some(-719_533), None]);
    assert_eq!(of(DateUnit::Month)[..4], [Some(19_905), Some(-31), Some(-719_559), None]);
    assert_eq!(of(DateUnit::Quarter)[..4], [Some(19_905), Some(-92), Some(-719_620), None]);
    assert_eq!(of(DateUnit::Year)[..4], [Some(19_723), Some(-365), Some(-719_893), None]);
    assert_eq!(of(DateUnit::Year)[5], None, "below the type's range");
    let stamp = DataType::Timestamp(TimeUnit::Microsecond, Some("+02:00".into()));
    let micros = TimestampMicrosecondArray::from(vec![-1, 1_721_034_123_456_789]).with_data_type(stamp);
    let array: ArrayRef = Arc::new(micros);
    let shown = masked(&Mask::TruncateToMonth {}, &array);
    assert_eq!(
        shown.as_primitive::<TimestampMicrosecondType>().values().to_vec(),
        [-2_678_400_000_000, 1_719_792_000_000_000]
    );
    let array: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![i64::MIN, i64::MAX]));
    let shown = masked(&Mask::TruncateToYear {}, &array);
    let expected = [None, Some(9_214_646_400_000_000_000)];
    assert_eq!(shown.as_primitive::<TimestampNanosecondType>().iter().collect::<Vec<_>>(), expected);
    assert_eq!(closed(&Mask::TruncateToYear {}, &DataType::Utf8), Some(Closed::DoesNotApply));
}

#[test]
fn bucket_shows_the_lower_edge() {
    let ten = Mask::Bucket { width: 10.0 };
    assert_eq!(numbers(&ten, Int32Array::from(vec![-11, -10, -1, 0, 9, 10])), ["-20", "-10", "-10", "0", "0", "10"]);
    assert_eq!(numbers(&ten, Int8Array::from(vec![i8::MIN, i8::MAX])), ["NULL", "120"]);
    assert_eq!(numbers(&ten, UInt64Array::from(vec![u64::MAX])), ["18446744073709551610"]);
    assert_eq!(numbers(&ten, Int64Array::from(vec![i64::MIN, i64::MAX])), ["NULL", "9223372036854775800"]);
    let floats = vec![-0.5, -0.0, 9.99, f64::NAN, f64::INFINITY];
    assert_eq!(numbers(&ten, Float64Array::from(floats)), ["-10.0", "0.0", "0.0", "NULL", "NULL"]);
    let decimals = |values: Vec<i128>| Decimal128Array::from(values).with_precision_and_scale(5, 2).unwrap();
    assert_eq!(numbers(&Mask::Bucket { width: 0.1 }, decimals(vec![129, -101])), ["1.20", "-1.10"]);
    assert_eq!(numbers(&ten, decimals(vec![-99_999, 99_999])), ["NULL", "990.00"]);
    assert_eq!(numbers(&Mask::Bucket { width: 7.0 }, Date32Array::from(vec![-1, 13])), ["1969-12-25", "1970-01-08"]);
    for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(closed(&Mask::Bucket { width }, &DataType::Float64), Some(Closed::DoesNotApply));
    }
    assert_eq!(closed(&Mask::Bucket { width: 0.5 }, &DataType::Int64), Some(Closed::DoesNotApply));
    assert_eq!(closed(&Mask::Bucket { width: 0.001 }, &DataType::Decimal128(9, 2)), Some(Closed::DoesNotApply));
    assert_eq!(closed(&ten, &DataType::Utf8), Some(Closed::DoesNotApply));
}

#[test]
fn round_goes_away_from_zero_at_the_half() {
    let round = |places| Mask::Round { places };
    assert_eq!(numbers(&round(-1), Int32Array::from(vec![-15, -14, 4, 5, 15])), ["-20", "-10", "0", "10", "20"]);
    assert_eq!(numbers(&round(-1), Int8Array::from(vec![125, 124, -125])), ["NULL", "120", "NULL"]);
    assert_eq!(numbers(&round(-40), Int64Array::from(vec![i64::MAX])), ["0"]);
    assert_eq!(numbers(&round(0), Float64Array::from(vec![-0.5, 0.5, 1.5, f64::NAN])), ["-1.0", "1.0", "2.0", "NULL"]);
    assert_eq!(numbers(&round(1), Float64Array::from(vec![1.25, -0.04])), ["1.3", "0.0"]);
    assert_eq!(numbers(&round(400), Float64Array::from(vec![1.25])), ["NULL"]);
    let decimals = |values: Vec<i128>| Decimal128Array::from(values).with_precision_and_scale(4, 2).unwrap();
    assert_eq!(numbers(&round(1), decimals(vec![1235, -1235, 1234])), ["12.40", "-12.40", "12.30"]);
    assert_eq!(numbers(&round(0), decimals(vec![9950])), ["NULL"]);
    assert_eq!(numbers(&round(9), decimals(vec![9951])), ["99.51"]);
    assert_eq!(closed(&round(0), &DataType::Date32), Some(Closed::DoesNotApply));
}

#[test]
fn constants_are_read_in_the_columns_type() {
    let constant = |value: &str| Mask::Constant { value: value.to_owned() };
    let of = |value: &str, data_type: DataType| shown(&masked(&constant(value), &new_null_array(&data_type, 1)));
    assert_eq!(of("redacted", DataType::Utf8View), ["redacted"]);
    assert_eq!(of("-1", DataType::Int16), ["-1"]);
    assert_eq!(of("1.50", DataType::Decimal128(5, 2)), ["1.50"]);
    assert_eq!(of("true", DataType::Boolean), ["true"]);
    assert_eq!(of("2020-01-01", DataType::Date32), ["2020-01-01"]);
    let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("+02:00".into()));
    assert_eq!(of("2020-01-01T00:00:00Z", zoned), ["2020-01-01T02:00:00+02:00"]);
    for (value, data_type) in [
        ("x", DataType::Int32),
        ("70000", DataType::Int16),
        ("12345.6", DataType::Decimal128(5, 2)),
        ("x", DataType::new_list(DataType::Utf8, true)),
        ("abc", DataType::FixedSizeBinary(2)),
    ] {
        assert_eq!(closed(&constant(value), &data_type), Some(Closed::Constant), "{value} {data_type}");
    }
}

#[test]
fn masks_that_do_not_fit_show_null() {
    let array: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    assert_eq!(masked(&Mask::EmailDomain {}, &array).null_count(), 2);
    let token = |domain, keys: &dyn KeyProvider| {
        BoundMask::new(&Mask::Token {}, &DataType::Int32, domain, keys, &QuerySalt::new([0; 32]))
    };
    assert_eq!(token(None, &keys()).closed(), Some(Closed::NoTokenDomain));
    assert_eq!(token(Some("customer"), &NoKeys).closed(), Some(Closed::NoKey));
    assert_eq!(token(Some("customer"), &NoKeys).apply(&array).unwrap().null_count(), 2);
    for few in [DataType::Int8, DataType::Int16, DataType::Boolean, DataType::Date32, DataType::Decimal128(9, 0)] {
        assert_eq!(closed(&Mask::Token {}, &few), Some(Closed::DoesNotApply), "{few}");
    }
    let wrong = bind(&Mask::Null {}, &DataType::Int64).apply(&array);
    assert!(matches!(wrong, Err(MaskError::AnotherType)));
    assert_eq!(MaskError::AnotherType.to_string(), "a mask met a column of another type");
}

#[test]
fn tokens_join_and_say_nothing() {
    let tokens = strings(&Mask::Token {}, &["ana", "bob", "ana"]);
    assert_eq!(tokens[0], tokens[2]);
    assert_ne!(tokens[0], tokens[1]);
    assert!(tokens.iter().all(|token| token.len() == 30 && token.starts_with("tok_")));
    assert!(tokens.iter().all(|token| token.bytes().skip(4).all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))));
    let with = |domain: &str, keys: &dyn KeyProvider| {
        let bound = BoundMask::new(&Mask::Token {}, &DataType::Utf8, Some(domain), keys, &QuerySalt::new([9; 32]));
        shown(&bound.apply(&(Arc::new(StringArray::from(vec!["ana"])) as ArrayRef)).unwrap()).remove(0)
    };
    assert_eq!(with("customer", &keys()), tokens[0]);
    assert_ne!(with("supplier", &keys()), tokens[0]);
    assert_ne!(with("customer", &MasterKeys::new([7; 32], 2)), tokens[0]);
    assert_ne!(with("customer", &MasterKeys::new([8; 32], 1)), tokens[0]);
    let binary = masked(&Mask::Token {}, &(Arc::new(BinaryArray::from_vec(vec![b"ana"])) as ArrayRef));
    assert_eq!(binary.as_binary::<i32>().value(0).len(), 16);
}

#[test]
fn tokens_do_not_change_between_releases() {
    // Tokens outlive processes: people keep them in tables. These values are a promise.
    assert_eq!(strings(&Mask::Token {}, &["ana"]), ["tok_f4nphlrevr5qj7duaozgixfrxa"]);
    assert_eq!(numbers(&Mask::Token {}, Int32Array::from(vec![42])), ["-517753361"]);
    assert_eq!(numbers(&Mask::Token {}, Int64Array::from(vec![42])), ["-1976225229552966103"]);
    let decimal = Decimal128Array::from(vec![42]).with_precision_and_scale(20, 0).unwrap();
    assert_eq!(numbers(&Mask::Token {}, decimal), ["-91229573015239702730"]);
    assert_eq!(numbers(&Mask::Token {}, TimestampMicrosecondArray::from(vec![42])), ["6425-01-06T07:09:59.715046"]);
    let uuid = FixedSizeBinaryArray::try_from_iter([[42; 16]].into_iter()).unwrap();
    assert_eq!(numbers(&Mask::Token {}, uuid), ["12201eaf3dd0b8fc836d71a93d50222b"]);
}

#[test]
fn dictionaries_do_not_tell_equal_looks_apart() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["unused@z.de", "bob@x.com", "ana@x.com", "eve@y.org"]));
    let keys = Int8Array::from(vec![Some(3), Some(2), None, Some(1), Some(2), Some(3)]);
    let array: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys, values));
    let shown = masked(&Mask::EmailDomain {}, &array);
    let shown = shown.as_dictionary::<Int8Type>();
    assert_eq!(shown.values().as_string::<i32>(), &StringArray::from(vec!["***@y.org", "***@x.com"]));
    assert_eq!(shown.keys().iter().collect::<Vec<_>>(), [Some(0), Some(1), None, Some(1), Some(1), Some(0)]);
    let runs = DataType::RunEndEncoded(
        Arc::new(Field::new("ends", DataType::Int16, false)),
        Arc::new(Field::new("it", DataType::Utf8, true)),
    );
    let plain: ArrayRef = Arc::new(StringArray::from(vec!["e@q", "a@x", "a@x", "b@x", "b@y", "c@y"]));
    let array = cast(&plain, &runs).unwrap().slice(1, 5);
    let shown = masked(&Mask::EmailDomain {}, &array);
    let shown = shown.as_run::<Int16Type>();
    assert_eq!(shown.run_ends().values(), [3, 5]);
    assert_eq!(shown.values().as_string::<i32>(), &StringArray::from(vec!["***@x", "***@y"]));
}

#[test]
fn slots_under_null_stay_empty() {
    let long: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("secret@x.com"), None, Some("b@y.com")]));
    let nulls: arrow::buffer::NullBuffer = [false, true, true].into_iter().collect();
    let data = long.to_data().into_builder().nulls(Some(nulls)).build().unwrap();
    let array = arrow::array::make_array(data);
    for mask in [Mask::EmailDomain {}, Mask::MaskAlphanum {}, Mask::ShowLast4 {}, Mask::Token {}] {
        let shown = masked(&mask, &array);
        assert_eq!(shown.as_string::<i64>().value_length(0), 0, "{mask}");
        assert!(shown.is_null(0) && !shown.is_null(2));
    }
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a@b"), None]));
    assert_eq!(masked(&Mask::EmailDomain {}, &views).as_string_view().views()[1], 0);
    let array: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None]));
    let shown = masked(&Mask::Bucket { width: 2.0 }, &array);
    assert_eq!(shown.as_primitive::<Float64Type>().values().to_vec(), [0.0, 0.0]);
}

#[test]
fn no_byte_of_a_hidden_value_stays_in_any_type() {
    let masks = [
        Mask::Null {},
        Mask::ReplaceWithNull {},
        Mask::Constant { value: "7".to_owned() },
        Mask::MaskToFixedValue {},
        Mask::EmailDomain {},
        Mask::IpPrefix { v4: 24, v6: 48 },
        Mask::MaskAlphanum {},
        Mask::Partial { keep_first: 0, keep_last: 0, character: '*', min_hidden: 0 },
    ];
    for array in flat(20, |row| row % 2 == 1) {
        let wrapped = wraps().into_iter().map(|(_, wrap)| wrap(&array));
        for array in std::iter::once(Arc::clone(&array)).chain(wrapped) {
            for mask in &masks {
                assert!(!sings(&masked(mask, &array).to_data()), "{mask} over {}", array.data_type());
            }
        }
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    let key = keys().token_key("customer").unwrap();
    assert_eq!(format!("{key:?}"), "TokenKey(…)");
    assert_eq!(format!("{:?}", keys()), "MasterKeys { version: 1, .. }");
    assert_eq!(format!("{:?}", QuerySalt::new([1; 32])), "QuerySalt(…)");
    let bound = bind(&Mask::Token {}, &DataType::Int64);
    assert_eq!(format!("{bound:?}"), "BoundMask { data_type: Int64, shape: \"each\", closed: None }");
}

#[test]
fn decimal_tokens_stay_in_their_precision() {
    let greatest = 10_i128.pow(10) - 1;
    let values = vec![0, 1, -1, greatest, -greatest, greatest + 1];
    let array = Decimal128Array::from(values).with_precision_and_scale(10, 0).unwrap();
    let shown = masked(&Mask::Token {}, &(Arc::new(array) as ArrayRef));
    let tokens: Vec<_> = shown.as_primitive::<Decimal128Type>().iter().collect();
    assert!(tokens[..5].iter().all(|token| token.is_some_and(|token| token.abs() <= greatest)));
    assert_eq!(tokens[5], None, "a value beyond the precision has no token");
    let distinct: std::collections::HashSet<_> = tokens.iter().collect();
    assert_eq!(distinct.len(), 6);
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX, 0, -1]));
    let shown = masked(&Mask::Token {}, &ids);
    assert_eq!(shown.as_primitive::<Int64Type>().null_count(), 0);
}
