use serde_json::{Value as Json, json};

use super::*;

/// The row filter of an answer.
fn filter(json: Json) -> Read<Option<Filter>> {
    read(&json!({"required-row-filter": json})).map(|read| read.rows)
}

fn refused(json: Json) -> String {
    filter(json).unwrap_err()
}

fn field(id: i32) -> Json {
    json!({"type": "reference", "id": id})
}

fn compare(column: i32, op: FilterOp, literal: Literal) -> Filter {
    Filter::Compare { column, op, literal }
}

/// A condition inside so many others.
fn nested(levels: usize) -> Json {
    (0..levels).fold(json!(false), |inner, _| json!({"type": "not", "child": inner}))
}

#[test]
fn what_says_nothing_withholds_nothing() {
    for json in [
        json!(null),
        json!({}),
        json!({"required-row-filter": null, "required-column-projections": null}),
        json!({"required-row-filter": true}),
        json!({"required-column-projections": []}),
    ] {
        let read = read(&json).unwrap();
        assert!(read.is_empty(), "{json}");
        assert_eq!(read, Restrictions::default(), "{json}");
    }
    assert_eq!(filter(json!(false)), Ok(Some(Filter::Constant(false))));
}

#[test]
fn the_nine_actions_are_masks() {
    for (action, mask) in [
        ("mask-alphanum", Mask::MaskAlphanum {}),
        ("mask-to-fixed-value", Mask::MaskToFixedValue {}),
        ("replace-with-null", Mask::ReplaceWithNull {}),
        ("show-first-4", Mask::ShowFirst4 {}),
        ("show-last-4", Mask::ShowLast4 {}),
        ("truncate-to-year", Mask::TruncateToYear {}),
        ("truncate-to-month", Mask::TruncateToMonth {}),
        ("sha-256-global", Mask::Sha256Global {}),
        ("sha-256-query-local", Mask::Sha256QueryLocal {}),
    ] {
        let json = json!({"required-column-projections": [{"field-id": 7, "action": action}]});
        assert_eq!(read(&json), Ok(Restrictions { rows: None, columns: vec![(7, mask)] }), "{action}");
    }
}

#[test]
fn projections_that_are_not_understood_are_refused() {
    for (projections, message) in [
        (json!({}), "`required-column-projections` is no list"),
        (json!([7]), "an entry of `required-column-projections` is no object"),
        (json!([{"action": "mask-alphanum"}]), "an entry of `required-column-projections` has no `field-id`"),
        (json!([{"field-id": 7}]), "an entry of `required-column-projections` has no `action`"),
        (json!([{"field-id": "7", "action": "mask-alphanum"}]), "`\\\"7\\\"` is no field id"),
        (json!([{"field-id": 2_147_483_648_i64, "action": "mask-alphanum"}]), "`2147483648` is no field id"),
        (
            json!([{"field-id": 7, "action": "apply-expression"}]),
            "the action `apply-expression` on field 7 is not known",
        ),
        (json!([{"field-id": 7, "action": "MASK-ALPHANUM"}]), "the action `MASK-ALPHANUM` on field 7 is not known"),
        (json!([{"field-id": 7, "action": {"type": "mask-alphanum"}}]), "the action on field 7 is no text"),
        (
            json!([{"field-id": 7, "action": "mask-alphanum", "expression": true}]),
            "an entry of `required-column-projections` has a member `expression`, which is not read",
        ),
        (
            json!([{"field-id": 7, "action": "mask-alphanum"}, {"field-id": 7, "action": "show-first-4"}]),
            "`required-column-projections` names field 7 twice",
        ),
        (
            json!(vec![json!({"field-id": 7, "action": "mask-alphanum"}); 10_001]),
            "`required-column-projections` has more than 10000 entries",
        ),
    ] {
        assert_eq!(read(&json!({"required-column-projections": projections})).unwrap_err(), message);
    }
    assert_eq!(read(&json!([])).unwrap_err(), "`read-restrictions` is no object");
    assert_eq!(
        read(&json!({"required-rows": true})).unwrap_err(),
        "`read-restrictions` has a member `required-rows`, which is not read"
    );
}

#[test]
fn tests_are_read_as_the_specification_spells_them() {
    let text = |text: &str| Literal::Text(text.to_owned());
    let eu = || compare(1, FilterOp::Equal, text("EU"));
    let eu_json = json!({"type": "eq", "left": field(1), "right": "EU"});
    for (json, expected) in [
        (eu_json.clone(), eu()),
        (json!({"type": "not", "child": eu_json}), not(eu())),
        (json!({"type": "and", "left": eu_json, "right": true}), Filter::And(vec![eu(), Filter::Constant(true)])),
        (json!({"type": "or", "left": false, "right": eu_json}), Filter::Or(vec![Filter::Constant(false), eu()])),
        (json!({"type": "is-null", "child": field(2)}), Filter::IsNull(2)),
        (json!({"type": "not-null", "child": field(2)}), not(Filter::IsNull(2))),
        (
            json!({"type": "in", "child": field(1), "values": ["EU", {"type": "literal", "value": "US"}]}),
            Filter::In { column: 1, literals: vec![text("EU"), text("US")] },
        ),
        (
            json!({"type": "not-in", "child": field(3), "values": {"type": "literals", "values": [1, 2], "data-type": "int"}}),
            not(Filter::In { column: 3, literals: vec![Literal::Integer(1), Literal::Integer(2)] }),
        ),
        (json!({"type": "in", "child": field(1), "values": []}), Filter::In { column: 1, literals: Vec::new() }),
        (
            json!({"type": "starts-with", "left": field(1), "right": "E"}),
            Filter::StartsWith { column: 1, prefix: "E".to_owned() },
        ),
        (
            json!({"type": "not-starts-with", "left": field(1), "right": {"type": "literal", "value": "E", "data-type": "string"}}),
            not(Filter::StartsWith { column: 1, prefix: "E".to_owned() }),
        ),
    ] {
        assert_eq!(filter(json.clone()), Ok(Some(expected)), "{json}");
    }
}

#[test]
fn a_constant_on_the_left_turns_the_comparison() {
    for (kind, left, right) in [
        ("eq", FilterOp::Equal, FilterOp::Equal),
        ("not-eq", FilterOp::NotEqual, FilterOp::NotEqual),
        ("lt", FilterOp::Less, FilterOp::Greater),
        ("lt-eq", FilterOp::LessOrEqual, FilterOp::GreaterOrEqual),
        ("gt", FilterOp::Greater, FilterOp::Less),
        ("gt-eq", FilterOp::GreaterOrEqual, FilterOp::LessOrEqual),
    ] {
        let five = || Literal::Integer(5);
        let json = json!({"type": kind, "left": field(1), "right": 5});
        assert_eq!(filter(json), Ok(Some(compare(1, left, five()))), "{kind}");
        let json = json!({"type": kind, "left": 5, "right": field(1)});
        assert_eq!(filter(json), Ok(Some(compare(1, right, five()))), "{kind}");
    }
}

#[test]
fn values_keep_the_type_they_name() {
    let typed = |text_type, text: &str| Literal::Typed(text_type, text.to_owned());
    for (value, data_type, expected) in [
        (json!(true), None, Literal::Boolean(true)),
        (json!(-7), None, Literal::Integer(-7)),
        (json!(1.5), None, Literal::Number(1.5)),
        (json!(1e3), None, Literal::Number(1000.0)),
        (json!("14.20"), None, Literal::Text("14.20".to_owned())),
        (json!(true), Some("boolean"), Literal::Boolean(true)),
        (json!(7), Some("int"), Literal::Integer(7)),
        (json!(2_147_483_648_i64), Some("long"), Literal::Integer(2_147_483_648)),
        (json!("a"), Some("string"), typed(TextType::String, "a")),
        (json!("14.20"), Some("decimal(9,2)"), typed(TextType::Decimal, "14.20")),
        (json!("2017-11-16"), Some("date"), typed(TextType::Date, "2017-11-16")),
        (json!("2017-11-16T22:31:08"), Some("timestamp"), typed(TextType::Timestamp, "2017-11-16T22:31:08")),
        (json!("2017-11-16T22:31:08"), Some("timestamp_ns"), typed(TextType::Timestamp, "2017-11-16T22:31:08")),
        (
            json!("2017-11-16T22:31:08+00:00"),
            Some("timestamptz"),
            typed(TextType::TimestampZoned, "2017-11-16T22:31:08+00:00"),
        ),
        (
            json!("2017-11-16T22:31:08+00:00"),
            Some("timestamptz_ns"),
            typed(TextType::TimestampZoned, "2017-11-16T22:31:08+00:00"),
        ),
    ] {
        let mut literal = json!({"type": "literal", "value": value});
        if let Some(data_type) = data_type {
            literal["data-type"] = json!(data_type);
        }
        let json = json!({"type": "eq", "left": field(1), "right": literal});
        assert_eq!(filter(json.clone()), Ok(Some(compare(1, FilterOp::Equal, expected))), "{json}");
    }
}

#[test]
fn values_that_are_not_understood_are_refused() {
    let eq = |right: Json| refused(json!({"type": "eq", "left": field(1), "right": right}));
    let typed = |value: Json, data_type: Json| eq(json!({"type": "literal", "value": value, "data-type": data_type}));
    assert_eq!(eq(json!(null)), "the row filter compares with NULL");
    assert_eq!(eq(json!({"type": "literal", "value": null})), "the row filter compares with NULL");
    assert_eq!(eq(json!({"type": "literal"})), "`literal` has no `value`");
    assert_eq!(eq(json!([1])), "a value of the row filter is no plain one");
    assert_eq!(eq(json!({"1": 2})), "a value of the row filter is no plain one");
    assert_eq!(
        eq(json!(18_446_744_073_709_551_615_u64)),
        "the row filter has the number `18446744073709551615`, which no column holds"
    );
    assert_eq!(typed(json!(1.5), json!("double")), "the row filter has a value of type `double`, which is not read");
    assert_eq!(
        typed(json!("00"), json!("fixed[1]")),
        "the row filter has a value of type `fixed[1]`, which is not read"
    );
    assert_eq!(typed(json!(1), json!({"type": "list"})), "a value of the row filter is of a type that is no plain one");
    assert_eq!(typed(json!(1), json!("string")), "`1` is no value of type `string`");
    assert_eq!(typed(json!("1"), json!("int")), "`\\\"1\\\"` is no value of type `int`");
    assert_eq!(typed(json!(1), json!("boolean")), "`1` is no value of type `boolean`");
    assert_eq!(typed(json!(2_147_483_648_i64), json!("int")), "`2147483648` is no value of type `int`");
    assert_eq!(typed(json!(1.0), json!("long")), "`1.0` is no value of type `long`");
    assert_eq!(typed(json!(14.2), json!("decimal(9,2)")), "`14.2` is no value of type `decimal(9,2)`");
}

#[test]
fn conditions_that_are_not_understood_are_refused() {
    for (json, message) in [
        (json!({}), "a condition of the row filter has no `type`"),
        (json!("true"), "a condition of the row filter is neither a boolean nor an object"),
        (json!({"type": 1}), "the type of a condition of the row filter is no text"),
        (json!({"type": "between"}), "the row filter has a condition `between`, which is not read"),
        (json!({"type": "is-nan", "child": field(1)}), "the row filter has a condition `is-nan`, which is not read"),
        (json!({"type": "and", "left": true}), "`and` has no `right`"),
        (json!({"type": "is-null", "term": "a"}), "`is-null` has a member `term`, which is not read"),
        (json!({"type": "eq", "term": "a", "value": 1}), "`eq` has a member `term`, which is not read"),
        (
            json!({"type": "eq", "left": {"type": "reference", "name": "a"}, "right": 1}),
            "the row filter refers to a column by name, not by field id",
        ),
        (
            json!({"type": "eq", "left": {"type": "reference", "term": "a"}, "right": 1}),
            "the row filter refers to a column by name, not by field id",
        ),
        (
            json!({"type": "eq", "left": {"type": "reference", "id": 1, "path": "a"}, "right": 1}),
            "`reference` has a member `path`, which is not read",
        ),
        (
            json!({"type": "eq", "left": {"type": "apply", "function": "year", "arguments": [field(1)]}, "right": 1}),
            "the row filter has a value `apply`, which is not read",
        ),
        (
            json!({"type": "eq", "left": {"type": "transform", "transform": "year", "term": "a"}, "right": 1}),
            "the row filter has a value `transform`, which is not read",
        ),
        (json!({"type": "lt", "left": field(1), "right": field(2)}), "`lt` compares two columns, which is not read"),
        (json!({"type": "lt", "left": 1, "right": 2}), "`lt` compares no column"),
        (json!({"type": "is-null", "child": 1}), "`is-null` asks a constant, not a column"),
        (json!({"type": "starts-with", "left": "a", "right": "b"}), "`starts-with` asks a constant, not a column"),
        (json!({"type": "starts-with", "left": field(1), "right": 1}), "`starts-with` takes a text"),
        (json!({"type": "in", "child": field(1), "values": 1}), "the values of a condition are no list"),
        (json!({"type": "in", "child": field(1), "values": [null]}), "the row filter compares with NULL"),
        (json!({"type": "in", "child": field(1), "values": [field(2)]}), "a list of values has a column in it"),
        (
            json!({"type": "in", "child": field(1), "values": {"type": "literals", "values": [1]}}),
            "`literals` has no `data-type`",
        ),
        (
            json!({"type": "b\n".repeat(100)}),
            &format!("the row filter has a condition `{}`, which is not read", "b\\n".repeat(32)),
        ),
    ] {
        assert_eq!(refused(json.clone()), message, "{json}");
    }
}

#[test]
fn a_filter_is_bounded() {
    assert!(filter(nested(64)).is_ok());
    assert_eq!(refused(nested(65)), "the row filter nests deeper than 64");
    let wide = (0..11).fold(json!(false), |inner, _| json!({"type": "or", "left": inner, "right": inner}));
    assert_eq!(refused(wide), "the row filter has more than 2000 parts");
    let many = |count: usize| json!({"type": "in", "child": field(1), "values": vec![1; count]});
    assert!(filter(many(10_000)).is_ok());
    assert_eq!(refused(many(10_001)), "the row filter has more than 10000 literals");
}
