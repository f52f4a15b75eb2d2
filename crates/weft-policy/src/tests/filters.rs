//! Row filters of catalogs as predicates: what becomes of NULL, which literals fit, and what cannot be enforced.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};
use weft_model::column::Column;
use weft_model::restriction::{Filter, FilterOp, Literal, TextType};

use super::mesh::{record, text, typed};
use crate::numbered::Numbered;
use crate::predicate::Predicate;
use crate::row_filter::predicate;

/// Columns with the ids 1, 2, …
fn columns() -> Vec<Column> {
    let at = |unit, zone: Option<&str>| DataType::Timestamp(unit, zone.map(Arc::from));
    vec![
        typed("n", DataType::Int32),
        text("s"),
        typed("money", DataType::Decimal128(5, 2)),
        typed("day", DataType::Date32),
        typed("open", DataType::Boolean),
        typed("at", at(TimeUnit::Millisecond, None)),
        typed("instant", at(TimeUnit::Microsecond, Some("UTC"))),
        typed("price", DataType::Float64),
        typed("blob", DataType::Binary),
        typed("clock", DataType::Time64(TimeUnit::Microsecond)),
        typed("uuid", DataType::FixedSizeBinary(16)),
        record("address", vec![text("zip")]),
    ]
}

pub(super) fn translated(filter: &Filter) -> Result<Predicate, String> {
    let columns = columns();
    let ids: Vec<Option<i32>> = (1..).map(Some).take(columns.len()).collect();
    predicate(filter, Numbered { columns: &columns, ids: &ids }).map_err(|refused| refused.to_string())
}

fn sql(filter: Filter) -> String {
    translated(&filter).unwrap().to_string()
}

fn refused(filter: Filter) -> String {
    translated(&filter).unwrap_err()
}

pub(super) fn compare(column: i32, op: FilterOp, literal: Literal) -> Filter {
    Filter::Compare { column, op, literal }
}

fn equal(column: i32, literal: Literal) -> Filter {
    compare(column, FilterOp::Equal, literal)
}

pub(super) fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

pub(super) fn starts(prefix: &str) -> Filter {
    Filter::StartsWith { column: 2, prefix: prefix.to_owned() }
}

pub(super) fn within(column: i32, literals: Vec<Literal>) -> Filter {
    Filter::In { column, literals }
}

pub(super) fn spelled(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

fn of_type(text_type: TextType, text: &str) -> Literal {
    Literal::Typed(text_type, text.to_owned())
}

#[test]
fn what_is_not_keeps_null_and_what_is_does_not() {
    let seven = || Literal::Integer(7);
    for (filter, positive, negative) in [
        (equal(1, seven()), "n = 7", "n <> 7 OR n IS NULL"),
        (compare(1, FilterOp::NotEqual, seven()), "n <> 7 OR n IS NULL", "n = 7"),
        (within(1, vec![seven(), Literal::Integer(8)]), "n IN (7, 8)", "n NOT IN (7, 8) OR n IS NULL"),
        (within(1, Vec::new()), "false", "true"),
        (Filter::IsNull(1), "n IS NULL", "n IS NOT NULL"),
        (starts("a"), "s LIKE 'a%'", "s NOT LIKE 'a%' OR s IS NULL"),
        (starts(r"50%_\"), r"s LIKE '50\%\_\\%'", r"s NOT LIKE '50\%\_\\%' OR s IS NULL"),
        (starts(""), "s LIKE '%'", "s NOT LIKE '%' OR s IS NULL"),
        (Filter::Constant(true), "true", "false"),
        (Filter::And(Vec::new()), "true", "false"),
        (Filter::Or(Vec::new()), "false", "true"),
    ] {
        assert_eq!(sql(filter.clone()), positive, "{filter:?}");
        assert_eq!(sql(not(filter.clone())), negative, "not {filter:?}");
        assert_eq!(sql(not(not(filter.clone()))), positive, "not not {filter:?}");
    }
}

#[test]
fn order_drops_null_whether_negated_or_not() {
    for (op, positive, negative) in [
        (FilterOp::Less, "n < 7", "n >= 7"),
        (FilterOp::LessOrEqual, "n <= 7", "n > 7"),
        (FilterOp::Greater, "n > 7", "n <= 7"),
        (FilterOp::GreaterOrEqual, "n >= 7", "n < 7"),
    ] {
        let filter = compare(1, op, Literal::Integer(7));
        assert_eq!(sql(filter.clone()), positive);
        assert_eq!(sql(not(filter)), negative);
    }
}

#[test]
fn not_reaches_every_test() {
    let filter = Filter::And(vec![
        equal(1, Literal::Integer(1)),
        Filter::Or(vec![Filter::IsNull(2), not(starts("a")), Filter::Constant(false)]),
        Filter::Constant(true),
    ]);
    assert_eq!(sql(filter.clone()), "n = 1 AND (s IS NULL OR s NOT LIKE 'a%' OR s IS NULL)");
    assert_eq!(sql(not(filter)), "n <> 1 OR n IS NULL OR (s IS NOT NULL AND s LIKE 'a%')");
}

#[test]
fn literals_are_of_their_columns_type() {
    use TextType::{Date, Decimal, String, Timestamp, TimestampZoned};
    for (column, literal, shown) in [
        (1, Literal::Integer(-2_147_483_648), "n = -2147483648"),
        (2, spelled("it's"), "s = 'it''s'"),
        (2, of_type(String, "2017-11-16"), "s = '2017-11-16'"),
        (3, spelled("-14.20"), "money = decimal(-1420)"),
        (3, Literal::Integer(14), "money = decimal(1400)"),
        (3, of_type(Decimal, "14.2"), "money = decimal(1420)"),
        (4, spelled("2017-11-16"), "day = DATE '2017-11-16'"),
        (4, of_type(Date, "2017-11-16"), "day = DATE '2017-11-16'"),
        (5, Literal::Boolean(false), "open = false"),
        (6, spelled("1970-01-01T00:00:01.5"), "at = timestamp(1500)"),
        (6, of_type(Timestamp, "1970-01-01T00:00:01.500"), "at = timestamp(1500)"),
        (6, of_type(Date, "1970-01-02"), "at = timestamp(86400000)"),
        (7, spelled("1970-01-01T01:00:00.000001+01:00"), "instant = timestamp(1)"),
        (7, of_type(TimestampZoned, "1970-01-01T00:00:00.000001+00:00"), "instant = timestamp(1)"),
    ] {
        assert_eq!(sql(equal(column, literal)), shown);
    }
}

#[test]
fn a_literal_that_does_not_fit_exactly_closes() {
    use TextType::{Date, Decimal, String, Timestamp, TimestampZoned};
    for (column, literal, clause) in [
        (
            1,
            Literal::Integer(2_147_483_648),
            "`2147483648` is no value of an integer column from -2147483648 to 2147483647",
        ),
        (1, Literal::Number(1.5), "`1.5` is not known exactly"),
        (1, spelled("1"), "the text '1' is no value of an integer column from -2147483648 to 2147483647"),
        (1, Literal::Boolean(true), "`true` is no value of an integer column from -2147483648 to 2147483647"),
        (2, Literal::Integer(1), "the number `1` is no value of a text column"),
        (2, of_type(Date, "2017-11-16"), "`2017-11-16` of type `date` is no value of a text column"),
        (3, spelled("0.001"), "`0.001` is no value of a decimal(5, 2) column"),
        (3, spelled("1000"), "`1000` is no value of a decimal(5, 2) column"),
        (3, spelled("1E+2"), "`1E+2` is no value of a decimal(5, 2) column"),
        (3, Literal::Number(14.2), "`14.2` is not known exactly"),
        (3, of_type(String, "14.2"), "`14.2` of type `string` is no value of a decimal(5, 2) column"),
        (4, Literal::Integer(17_486), "the number `17486` is no value of a date column"),
        (4, spelled("2017-13-16"), "`2017-13-16` is no value of a date column"),
        (
            4,
            of_type(Timestamp, "2017-11-16T00:00:00"),
            "`2017-11-16T00:00:00` of type `timestamp` is no value of a date column",
        ),
        (5, spelled("true"), "the text 'true' is no value of a boolean column"),
        (
            6,
            spelled("1970-01-01T00:00:00.0001"),
            "`1970-01-01T00:00:00.0001` is no value of a timestamp column in milliseconds without time zone",
        ),
        (
            6,
            spelled("1970-01-01T00:00:00Z"),
            "`1970-01-01T00:00:00Z` is no value of a timestamp column in milliseconds without time zone",
        ),
        (
            6,
            of_type(TimestampZoned, "1970-01-01T00:00:00Z"),
            "`1970-01-01T00:00:00Z` of type `timestamptz` is no value of a timestamp column in milliseconds without time zone",
        ),
        (
            7,
            spelled("1970-01-01T00:00:00"),
            "`1970-01-01T00:00:00` is no value of a timestamp column in microseconds with time zone",
        ),
        (
            7,
            of_type(Decimal, "1"),
            "`1` of type `decimal` is no value of a timestamp column in microseconds with time zone",
        ),
        (
            7,
            of_type(Timestamp, "1970-01-01T00:00:00"),
            "`1970-01-01T00:00:00` of type `timestamp` is no value of a timestamp column in microseconds with time zone",
        ),
    ] {
        let name = &columns()[usize::try_from(column).unwrap() - 1].name;
        let message = format!("the catalog's row filter compares column `{name}`, and {clause}");
        assert_eq!(refused(equal(column, literal.clone())), message);
        assert_eq!(refused(not(within(column, vec![literal]))), message);
    }
}

#[test]
fn columns_that_cannot_be_compared_close() {
    let one = || Literal::Integer(1);
    let float = "the catalog's row filter compares column `price`, a float, and readers do not agree on NaN";
    assert_eq!(refused(equal(8, one())), float);
    assert_eq!(refused(within(8, Vec::new())), float);
    for (id, name) in [(9, "blob"), (10, "clock"), (11, "uuid")] {
        assert_eq!(
            refused(equal(id, spelled("00"))),
            format!("the catalog's row filter compares column `{name}`, which has a type that cannot be compared")
        );
        assert_eq!(sql(Filter::IsNull(id)), format!("{name} IS NULL"));
    }
    assert_eq!(sql(not(Filter::IsNull(8))), "price IS NOT NULL");
    let nested = "the catalog's row filter names column `address`, which has fields in it";
    assert_eq!(refused(Filter::IsNull(12)), nested);
    assert_eq!(refused(equal(12, one())), nested);
    let absent = "the catalog's row filter names field 13, which is no column of the contract";
    assert_eq!(refused(Filter::IsNull(13)), absent);
    assert_eq!(refused(Filter::Or(vec![Filter::Constant(true), Filter::IsNull(13)])), absent);
    assert_eq!(
        refused(Filter::StartsWith { column: 1, prefix: "1".to_owned() }),
        "the catalog's row filter asks how column `n` begins, which is no text"
    );
}

#[test]
fn a_column_whose_id_is_not_known_is_none() {
    let columns = [text("a"), text("b")];
    let numbered = Numbered { columns: &columns, ids: &[None, Some(2)] };
    assert_eq!(predicate(&Filter::IsNull(2), numbered).unwrap().to_string(), "b IS NULL");
    assert_eq!(
        predicate(&Filter::IsNull(1), numbered).unwrap_err().to_string(),
        "the catalog's row filter names field 1, which is no column of the contract"
    );
}

#[test]
fn a_filter_is_bounded() {
    let nested = |levels: usize| (0..levels).fold(Filter::Constant(true), |inner, _| not(inner));
    assert_eq!(sql(nested(64)), "true");
    assert_eq!(refused(nested(65)), "the catalog's row filter nests deeper than 64");
    let wide = |links: usize| Filter::And(vec![Filter::Constant(true); links]);
    assert_eq!(sql(wide(1_999)), "true");
    assert_eq!(refused(wide(2_000)), "the catalog's row filter has more than 2000 parts");
    let many = |count: usize| within(1, vec![Literal::Integer(1); count]);
    assert!(translated(&many(10_000)).is_ok());
    assert_eq!(refused(many(10_001)), "the catalog's row filter has more than 10000 literals");
    let halves = Filter::And(vec![many(6_000), many(6_000)]);
    assert_eq!(refused(halves), "the catalog's row filter has more than 10000 literals");
    assert!(translated(&starts(&"%".repeat(2_047))).is_ok());
    assert_eq!(
        refused(starts(&"%".repeat(2_048))),
        "the catalog's row filter asks whether column `s` begins with more than 4096 bytes"
    );
}
