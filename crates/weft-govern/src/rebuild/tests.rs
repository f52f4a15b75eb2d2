use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, StringViewArray, make_array, new_null_array,
};
use arrow::compute::{filter, take};
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::canary::{Hot, flat, nulled, sings, wraps};
use super::{choose, needs_rebuild, null_out, rebuild};

const ROWS: usize = 21;

fn odd(row: usize) -> bool {
    row % 2 == 1
}

fn ends(row: usize) -> bool {
    !(5..14).contains(&row)
}

/// Every type, plain, wrapped once and, for some, wrapped twice.
pub(super) fn every(hot: Hot) -> Vec<(String, ArrayRef)> {
    let mut all = Vec::new();
    for array in flat(ROWS, hot) {
        all.push((array.data_type().to_string(), Arc::clone(&array)));
        for (name, wrap) in wraps() {
            let wrapped = wrap(&array);
            all.push((format!("{name} of {}", array.data_type()), Arc::clone(&wrapped)));
            if matches!(array.data_type(), DataType::Utf8View | DataType::Int64 | DataType::Utf8) {
                for (outer, wrap) in wraps() {
                    all.push((format!("{outer} of {name} of {}", array.data_type()), wrap(&wrapped)));
                }
            }
        }
    }
    all
}

fn keep(hot: Hot) -> BooleanArray {
    (0..ROWS).map(|row| Some(!hot(row))).collect()
}

pub(super) fn shown(array: &ArrayRef) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL").with_display_error(true);
    let formatter = ArrayFormatter::try_new(array, &options).unwrap();
    (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
}

/// The values of the rows that are not hot, which are what a caller may see.
fn visible(array: &ArrayRef, hot: Hot) -> Vec<String> {
    shown(array).into_iter().enumerate().filter(|(row, _)| !hot(*row)).map(|(_, value)| value).collect()
}

fn silent(name: &str, array: &ArrayRef) {
    assert!(!sings(&array.to_data()), "a hidden value stays in {name}");
    array.to_data().validate_full().unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = rebuild(array).unwrap();
    assert_eq!(shown(&again), shown(array), "{name}");
}

#[test]
fn the_walk_finds_canaries_in_every_type() {
    for (name, array) in every(odd) {
        assert!(sings(&array.to_data()), "{name}");
    }
}

#[test]
fn nothing_of_filtered_rows_stays() {
    for (name, array) in every(odd) {
        let kept = filter(&array, &keep(odd)).unwrap();
        let rebuilt = rebuild(&kept).unwrap();
        assert_eq!(rebuilt.data_type(), array.data_type());
        assert_eq!(shown(&rebuilt), shown(&kept), "{name}");
        silent(&name, &rebuilt);
    }
}

#[test]
fn nothing_of_rows_outside_a_slice_stays() {
    for (name, array) in every(ends) {
        let kept = array.slice(5, 9);
        let rebuilt = rebuild(&kept).unwrap();
        assert_eq!(rebuilt.data_type(), array.data_type());
        assert_eq!(shown(&rebuilt), shown(&kept), "{name}");
        assert_eq!(rebuilt.to_data().offset(), 0, "{name}");
        silent(&name, &rebuilt);
    }
}

#[test]
fn nothing_under_null_stays() {
    for (name, array) in every(odd) {
        let Some(array) = nulled(&array, odd) else { continue };
        let rebuilt = rebuild(&array).unwrap();
        assert_eq!(rebuilt.data_type(), array.data_type());
        assert_eq!(shown(&rebuilt), shown(&array), "{name}");
        silent(&name, &rebuilt);
        let rebuilt = rebuild(&array.slice(3, 11)).unwrap();
        assert_eq!(shown(&rebuilt), shown(&array.slice(3, 11)), "{name}");
        silent(&name, &rebuilt);
    }
}

#[test]
fn null_out_hides_for_good() {
    for (name, array) in every(odd) {
        let rebuilt = null_out(&array, &keep(odd)).unwrap();
        assert_eq!(rebuilt.data_type(), array.data_type());
        assert_eq!(visible(&rebuilt, odd), visible(&array, odd), "{name}");
        let nulls = rebuilt.logical_nulls().unwrap();
        assert!((0..ROWS).all(|row| nulls.is_null(row) == odd(row)), "{name}");
        silent(&name, &rebuilt);
    }
}

#[test]
fn choose_takes_each_row_from_its_side() {
    let clean = every(|_| false);
    for ((name, array), (_, masked)) in every(odd).into_iter().zip(clean) {
        // A key of eight bits counts 128 values, and 21 of either side are far from it.
        let rebuilt = choose(&keep(odd), &array, &masked).unwrap();
        assert_eq!(rebuilt.data_type(), array.data_type());
        assert_eq!(shown(&rebuilt), shown(&masked), "{name}");
        silent(&name, &rebuilt);
    }
}

#[test]
fn choose_reads_null_as_false() {
    let keep = BooleanArray::from(vec![Some(true), Some(false), None]);
    let clear: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3]));
    let masked: ArrayRef = Arc::new(Int32Array::from(vec![10, 20, 30]));
    let chosen = choose(&keep, &clear, &masked).unwrap();
    assert_eq!(chosen.as_primitive::<Int32Type>(), &Int32Array::from(vec![1, 20, 30]));
    let nulled = null_out(&clear, &keep).unwrap();
    assert_eq!(nulled.as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(1), None, None]));
    assert_eq!(nulled.as_primitive::<Int32Type>().values().to_vec(), [1, 0, 0]);
}

#[test]
fn too_many_values_for_a_key_are_an_error() {
    let words = |side: &'static str| (0..100).map(move |row| format!("{side}{row}"));
    let array = |side| {
        let values: ArrayRef = Arc::new(StringArray::from_iter_values(words(side)));
        // Every value stands in an even and in an odd row.
        let keys = (0..200).map(|row| Some(i8::try_from(row / 2).unwrap())).collect();
        Arc::new(DictionaryArray::<Int8Type>::new(keys, values)) as ArrayRef
    };
    let even: BooleanArray = (0..200).map(|row| Some(row % 2 == 0)).collect();
    let overflow = |result: Result<ArrayRef, _>| matches!(result, Err(ArrowError::DictionaryKeyOverflowError));
    assert!(overflow(choose(&even, &array("a"), &array("b"))));
    for (_, wrap) in wraps().into_iter().skip(4) {
        assert!(overflow(choose(&even, &wrap(&array("a")), &wrap(&array("b")))));
    }
    let most: BooleanArray = (0..200).map(|row| Some(row >= 40)).collect();
    let chosen = choose(&most, &array("a"), &array("b")).unwrap();
    assert_eq!(chosen.as_dictionary::<Int8Type>().values().len(), 100, "20 of one side, 80 of the other");
}

#[test]
fn conditions_and_sides_must_match() {
    let array: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let other: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let message = |result: Result<ArrayRef, _>| result.map_err(|error: arrow::error::ArrowError| error.to_string());
    let short = BooleanArray::from(vec![true]);
    let expected = "Invalid argument error: a condition needs one slot per row".to_owned();
    assert_eq!(message(null_out(&array, &short)).unwrap_err(), expected);
    assert_eq!(message(choose(&short, &array, &array)).unwrap_err(), expected);
    let both = BooleanArray::from(vec![true, false]);
    let expected = "Invalid argument error: both sides of a choice need one type".to_owned();
    assert_eq!(message(choose(&both, &array, &other)).unwrap_err(), expected);
}

#[test]
fn clean_arrays_come_back_as_they_are() {
    for (name, array) in every(|_| false) {
        let once = rebuild(&array).unwrap();
        if once.data_type().is_nested()
            || matches!(once.data_type(), DataType::Dictionary(_, _) | DataType::RunEndEncoded(_, _))
        {
            continue;
        }
        assert!(Arc::ptr_eq(&once, &rebuild(&once).unwrap()), "{name}");
    }
}

#[test]
fn booleans_lose_hidden_bits_and_bits_behind_the_last() {
    let array: ArrayRef = Arc::new(BooleanArray::from(vec![true; 20]));
    let nulls: arrow::buffer::NullBuffer = (0..20).map(|row| row % 2 == 0).collect();
    let array = make_array(array.to_data().into_builder().nulls(Some(nulls)).build().unwrap());
    let rebuilt = rebuild(&array).unwrap();
    assert_eq!(rebuilt.as_boolean().values().values(), [0b0101_0101, 0b0101_0101, 0b0101]);
    let rebuilt = rebuild(&array.slice(3, 5)).unwrap();
    assert_eq!(rebuilt.as_boolean().values().values(), [0b01010]);
    assert_eq!(rebuilt.nulls().unwrap().validity(), [0b01010]);
    let rebuilt = rebuild(&(Arc::new(BooleanArray::from(vec![true; 20])) as ArrayRef).slice(1, 9)).unwrap();
    assert_eq!(rebuilt.as_boolean().values().values(), [0xFF, 0x01]);
}

#[test]
fn dictionaries_keep_used_values_in_order_of_first_use() {
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None, Some("d"), Some("e")]));
    let keys = vec![Some(4), Some(1), Some(2), None, Some(4), Some(1)].into_iter().collect();
    let array: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys, values));
    let rebuilt = rebuild(&array).unwrap();
    let rebuilt = rebuilt.as_dictionary::<Int8Type>();
    assert_eq!(rebuilt.values().as_string::<i32>(), &StringArray::from(vec!["e", "b"]));
    assert_eq!(rebuilt.keys().iter().collect::<Vec<_>>(), [Some(0), Some(1), None, None, Some(0), Some(1)]);
    assert_eq!(rebuilt.keys().values().to_vec(), [0, 1, 0, 0, 0, 1]);
}

#[test]
fn lists_with_hidden_elements_in_between_close_the_gaps() {
    let array = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), None]),
        Some(vec![Some(9), Some(9), Some(9)]),
        Some(vec![]),
        Some(vec![Some(2)]),
    ]);
    let keep = BooleanArray::from(vec![true, false, true, true]);
    let rebuilt = null_out(&(Arc::new(array) as ArrayRef), &keep).unwrap();
    let rebuilt = rebuilt.as_list::<i32>();
    assert_eq!(rebuilt.offsets().to_vec(), [0, 2, 2, 2, 3]);
    assert_eq!(rebuilt.values().as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(1), None, Some(2)]));
}

#[test]
fn views_that_share_a_long_value_still_share_it() {
    let long = "x".repeat(1_000);
    let array: ArrayRef = Arc::new(StringViewArray::from_iter_values([long.as_str()]));
    let array = take(&array, &Int32Array::from(vec![0; 500]), None).unwrap();
    let rebuilt = rebuild(&array).unwrap();
    assert_eq!(&rebuilt, &array);
    let bytes: usize = rebuilt.as_string_view().data_buffers().iter().map(|buffer| buffer.len()).sum();
    assert_eq!(bytes, 1_000);
}

#[test]
fn every_type_survives_being_empty_or_null() {
    for (name, array) in every(|_| false) {
        let empty = rebuild(&array.slice(4, 0)).unwrap();
        assert_eq!((empty.len(), empty.data_type()), (0, array.data_type()), "{name}");
        let null = rebuild(&new_null_array(array.data_type(), 3)).unwrap();
        assert_eq!(null.logical_null_count(), 3, "{name}");
        let hidden = null_out(&array, &BooleanArray::from(vec![false; ROWS])).unwrap();
        assert_eq!(hidden.logical_null_count(), ROWS, "{name}");
    }
    assert!(!needs_rebuild(&DataType::Null));
    assert!(needs_rebuild(&DataType::Int32));
}

#[test]
fn no_canary_leaves_over_the_wire() {
    let needle = "\u{28A}\u{28A}\u{28A}".as_bytes();
    let leaks = |array: ArrayRef| {
        let schema = Arc::new(Schema::new(vec![Field::new("c", array.data_type().clone(), true)]));
        // Arrow refuses a few types inside others, such as a dictionary of dictionaries.
        let Ok(mut writer) = StreamWriter::try_new(Vec::new(), &schema) else { return false };
        writer.write(&RecordBatch::try_new(schema, vec![array]).unwrap()).unwrap();
        let bytes = writer.into_inner().unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    for (name, array) in every(odd) {
        if !name.contains("Utf8") {
            continue;
        }
        let kept = filter(&array, &keep(odd)).unwrap();
        assert!(!leaks(rebuild(&kept).unwrap()), "{name}");
        assert!(!leaks(null_out(&array, &keep(odd)).unwrap()), "{name}");
    }
    let dictionary = DictionaryArray::<Int32Type>::from_iter(["ok", "\u{28A}\u{28A}\u{28A}"]);
    let kept = filter(&dictionary, &BooleanArray::from(vec![true, false])).unwrap();
    assert!(leaks(Arc::clone(&kept)), "arrow's own filter keeps the dictionary");
    assert!(!leaks(rebuild(&kept).unwrap()));
}
