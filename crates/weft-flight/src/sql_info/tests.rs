use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt32Type;
use weft_proto::sql::SqlInfo;

use super::*;

/// Which member of the union each fact is read from, by driver code.
fn member(number: u32) -> i8 {
    match number {
        0..=2 | 504 | 513 | 514 | 529..=531 => 0,
        503 | 505 | 507 | 541..=555 | 557..=562 => 2,
        8 | 100 | 101 | 522 | 525 | 526 | 528 | 533..=535 | 538 | 540 | 564 | 567..=571 => 3,
        508..=512 => 4,
        517 => 5,
        _ => 1,
    }
}

#[test]
fn every_fact_is_known_in_order_and_in_its_member() {
    let batch = answer(&[]).unwrap();
    let numbers = batch.column(0).as_primitive::<UInt32Type>();
    assert!(numbers.values().is_sorted_by(|a, b| a < b));
    let values = batch.column(1).as_any().downcast_ref::<UnionArray>().unwrap();
    for (row, number) in numbers.values().iter().enumerate() {
        assert_eq!(values.type_id(row), member(*number), "{number}");
        assert!(SqlInfo::try_from(i32::try_from(*number).unwrap()).is_ok(), "{number}");
    }
    // Everything the specification lists, but the Substrait versions of a server without Substrait.
    let listed = (0..=12).chain(100..=101).chain(500..=576);
    let missing: Vec<u32> = listed
        .filter(|number| SqlInfo::try_from(i32::try_from(*number).unwrap()).is_ok())
        .filter(|number| !numbers.values().contains(number))
        .collect();
    assert_eq!(missing, [6, 7]);
}

#[test]
fn a_choice_is_answered_and_the_unknown_left_out() {
    let batch = answer(&[17, 504, 8, 12_345]).unwrap();
    assert_eq!(batch.column(0).as_primitive::<UInt32Type>().values(), &[8, 504]);
    let values = batch.column(1).as_any().downcast_ref::<UnionArray>().unwrap();
    assert_eq!(values.value(1).as_string::<i32>().value(0), "\"");
    assert_eq!(values.value(0).data_type(), &DataType::Int32);
}
