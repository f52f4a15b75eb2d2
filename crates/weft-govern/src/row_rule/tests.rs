use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use weft_model::name::{DomainName, ProductName};

use super::*;
use crate::shape::holds;

fn batch() -> RecordBatch {
    let region: StringViewArray = [Some("EU"), Some("US"), None].into_iter().collect();
    let level: Int64Array = [Some(1), None, Some(3)].into_iter().collect();
    RecordBatch::try_from_iter([("region", Arc::new(region) as ArrayRef), ("level", Arc::new(level) as ArrayRef)])
        .unwrap()
}

fn mapping() -> Mapping {
    let product = ProductName::new(DomainName::new("sales"), "assignments");
    Mapping { product, select: Arc::from("region"), equals: Vec::new() }
}

fn rows_in(negated: bool) -> Predicate {
    Predicate::RowsIn { column: Arc::from("region"), mapping: mapping(), negated }
}

fn kept(predicate: &Predicate, known: Option<Vec<ScalarValue>>) -> Vec<bool> {
    let batch = batch();
    let physical = physical(predicate, &batch.schema(), &|_| known.clone()).unwrap();
    holds(&physical, &batch).unwrap().iter().map(|held| held.unwrap()).collect()
}

fn text(value: &str) -> Value {
    Value::Text(Arc::from(value))
}

fn equals(value: &str) -> Predicate {
    Predicate::Compare { column: Arc::from("region"), op: Comparison::Equal, value: text(value) }
}

#[test]
fn a_row_is_kept_when_the_rule_is_true_and_not_when_it_is_null() {
    let eu = equals("EU");
    let level = Predicate::Compare { column: Arc::from("level"), op: Comparison::Greater, value: Value::Integer(0) };
    for (predicate, expected) in [
        (eu.clone(), [true, false, false]),
        (Predicate::Not(Box::new(eu.clone())), [false, true, false]),
        (Predicate::IsNull { column: Arc::from("region"), negated: false }, [false, false, true]),
        (Predicate::And(vec![Predicate::Not(Box::new(equals("US"))), level.clone()]), [true, false, false]),
        (Predicate::Or(vec![eu.clone(), level]), [true, false, true]),
        (Predicate::And(Vec::new()), [true; 3]),
        (Predicate::Or(Vec::new()), [false; 3]),
        (Predicate::Constant(true), [true; 3]),
        (Predicate::Constant(false), [false; 3]),
        (
            Predicate::In { column: Arc::from("region"), values: vec![text("US"), text("AP")], negated: true },
            [true, false, false],
        ),
        (
            Predicate::Between {
                column: Arc::from("level"),
                low: Value::Integer(2),
                high: Value::Integer(4),
                negated: true,
            },
            [true, false, false],
        ),
        (
            Predicate::Like { column: Arc::from("region"), pattern: Arc::from("u_"), negated: false, fold_case: true },
            [false, true, false],
        ),
    ] {
        assert_eq!(kept(&predicate, None), expected, "{predicate:?}");
    }
}

#[test]
fn a_mapping_that_cannot_be_had_closes() {
    let eu = || ScalarValue::Utf8View(Some("EU".to_owned()));
    assert_eq!(kept(&rows_in(false), Some(vec![eu()])), [true, false, false]);
    assert_eq!(kept(&rows_in(true), Some(vec![eu()])), [false, true, false]);
    for negated in [false, true] {
        assert_eq!(kept(&rows_in(negated), None), [false; 3], "not to be had, negated: {negated}");
        assert_eq!(kept(&rows_in(negated), Some(Vec::new())), [false; 3], "empty, negated: {negated}");
        let nulls = vec![ScalarValue::Utf8View(None)];
        assert_eq!(kept(&rows_in(negated), Some(nulls)), [false; 3], "NULL alone, negated: {negated}");
    }
    // No NOT around it opens what is closed.
    let not = Predicate::Not(Box::new(rows_in(false)));
    assert_eq!(kept(&not, Some(vec![eu()])), [false, true, false]);
    assert_eq!(kept(&not, None), [false; 3]);
    assert_eq!(kept(&not, Some(Vec::new())), [false; 3]);
    // A NULL beside a value: nothing is surely not in the list.
    let beside = vec![eu(), ScalarValue::Utf8View(None)];
    assert_eq!(kept(&rows_in(false), Some(beside.clone())), [true, false, false]);
    assert_eq!(kept(&rows_in(true), Some(beside)), [false; 3]);
    // Values are read in the column's type.
    assert_eq!(kept(&rows_in(false), Some(vec![ScalarValue::from("EU")])), [true, false, false]);
}

#[test]
fn a_rule_that_does_not_fit_the_table_is_no_rule() {
    let missing = Predicate::IsNull { column: Arc::from("tenant"), negated: false };
    let refused = physical(&missing, &batch().schema(), &|_| None).unwrap_err();
    assert_eq!(
        refused.strip_backtrace(),
        "Error during planning: the row rule names a column `tenant` that is not read"
    );
    let misfit = Predicate::Compare { column: Arc::from("level"), op: Comparison::Equal, value: text("x") };
    let refused = physical(&misfit, &batch().schema(), &|_| None).unwrap_err();
    assert_eq!(
        refused.strip_backtrace(),
        "Error during planning: the row rule compares a Int64 column with another type"
    );
}
