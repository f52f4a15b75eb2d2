use arrow_schema::{Field, TimeUnit};
use datafusion_physical_expr::expressions::{self, InListExpr};

use super::*;

/// Every column is clear but `hidden`.
fn schema() -> SchemaRef {
    let zone: Option<Arc<str>> = Some(Arc::from("UTC"));
    Arc::new(Schema::new(vec![
        Field::new("hidden", DataType::Int64, true),
        Field::new("i", DataType::Int64, true),
        Field::new("small", DataType::Int16, true),
        Field::new("f", DataType::Float32, true),
        Field::new("d", DataType::Decimal128(10, 2), true),
        Field::new("day", DataType::Date32, true),
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, zone), true),
        Field::new("s", DataType::Utf8View, true),
        Field::new("yes", DataType::Boolean, true),
        Field::new("list", DataType::new_list(DataType::Int64, true), true),
        Field::new("coded", DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), true),
        Field::new("j", DataType::Int64, true),
    ]))
}

fn column(name: &str) -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new(name, schema().index_of(name).unwrap()))
}

fn literal_of(value: impl Into<ScalarValue>) -> Arc<dyn PhysicalExpr> {
    Arc::new(Literal::new(value.into()))
}

fn binary(left: Arc<dyn PhysicalExpr>, op: Operator, right: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Arc::new(BinaryExpr::new(left, op, right))
}

fn cast(expr: Arc<dyn PhysicalExpr>, to: DataType) -> Arc<dyn PhysicalExpr> {
    expressions::cast(expr, &schema(), to).unwrap()
}

fn list(of: &str, values: Vec<Arc<dyn PhysicalExpr>>) -> Arc<dyn PhysicalExpr> {
    Arc::new(InListExpr::try_new(column(of), values, false, &schema()).unwrap())
}

fn like(of: &str, pattern: &str) -> Arc<dyn PhysicalExpr> {
    let pattern = literal_of(ScalarValue::Utf8View(Some(pattern.to_owned())));
    expressions::like(false, false, column(of), pattern, &schema()).unwrap()
}

fn fits(predicate: &Arc<dyn PhysicalExpr>) -> bool {
    leak_proof(predicate, &schema(), &|at| at != 0)
}

fn one() -> Arc<dyn PhysicalExpr> {
    literal_of(1_i64)
}

#[test]
fn comparisons_of_clear_columns_with_their_own_type_pass() {
    let text = |text: &str| literal_of(ScalarValue::Utf8View(Some(text.to_owned())));
    for op in [Operator::Eq, Operator::NotEq, Operator::Lt, Operator::LtEq, Operator::Gt, Operator::GtEq] {
        assert!(fits(&binary(column("i"), op, one())));
        assert!(fits(&binary(one(), op, column("i"))));
        assert!(fits(&binary(column("i"), op, column("j"))));
        assert!(fits(&binary(column("s"), op, text("x"))));
    }
    assert!(fits(&binary(column("i"), Operator::IsDistinctFrom, one())));
    assert!(fits(&binary(column("d"), Operator::Eq, literal_of(ScalarValue::Decimal128(Some(1), 10, 2)))));
    assert!(fits(&binary(column("day"), Operator::Lt, literal_of(ScalarValue::Date32(Some(1))))));
    assert!(fits(&list("i", vec![one(), literal_of(2_i64)])));
    assert!(fits(&like("s", "a%")));
    assert!(fits(&column("yes")) && fits(&expressions::not(column("yes")).unwrap()));
    assert!(fits(&expressions::is_null(column("list")).unwrap()));
    assert!(fits(&expressions::is_not_null(column("coded")).unwrap()));
    let both = binary(binary(column("i"), Operator::Eq, one()), Operator::And, column("yes"));
    assert!(fits(&binary(both, Operator::Or, like("s", "%b"))));
    // Integers and floats that only widen cannot fail.
    assert!(fits(&binary(cast(column("small"), DataType::Int64), Operator::Eq, one())));
    assert!(fits(&binary(cast(column("f"), DataType::Float64), Operator::Eq, literal_of(1.5_f64))));
}

#[test]
fn nothing_of_a_hidden_column_passes() {
    let hidden = || column("hidden");
    for predicate in [
        binary(hidden(), Operator::Eq, one()),
        binary(one(), Operator::Eq, hidden()),
        binary(column("i"), Operator::Eq, hidden()),
        binary(hidden(), Operator::Lt, hidden()),
        expressions::is_null(hidden()).unwrap(),
        expressions::is_not_null(hidden()).unwrap(),
        list("hidden", vec![one()]),
        binary(column("yes"), Operator::Or, expressions::is_null(hidden()).unwrap()),
        binary(column("yes"), Operator::And, binary(hidden(), Operator::Eq, one())),
        expressions::not(expressions::is_null(hidden()).unwrap()).unwrap(),
        binary(cast(column("small"), DataType::Int64), Operator::Eq, hidden()),
    ] {
        assert!(!fits(&predicate), "{predicate}");
    }
}

/// What type coercion makes of a harmless comparison can fail on a value, and then tells that there is one.
#[test]
fn a_cast_that_can_fail_does_not_pass() {
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some(Arc::from("UTC")));
    let wide = DataType::Decimal128(38, 10);
    for (of, to) in [
        ("at", nanos.clone()),
        ("day", nanos),
        ("day", DataType::Timestamp(TimeUnit::Second, None)),
        ("day", DataType::Date64),
        ("d", wide.clone()),
        ("i", wide),
        ("s", DataType::Int64),
        ("i", DataType::Int16),
        ("i", DataType::Float64),
        ("i", DataType::Utf8View),
        ("f", DataType::Int64),
        ("coded", DataType::Utf8),
    ] {
        let expr = cast(column(of), to.clone());
        let value = literal_of(ScalarValue::try_new_null(&to).unwrap());
        assert!(!fits(&binary(Arc::clone(&expr), Operator::NotEq, value)), "{expr}");
        assert!(!fits(&expressions::is_null(Arc::clone(&expr)).unwrap()), "{expr}");
    }
    // Without a cast, another type is no less a reason.
    assert!(!fits(&binary(column("i"), Operator::Eq, literal_of(1_i32))));
    assert!(!fits(&list("s", vec![literal_of("utf8, not utf8view")])));
}

#[test]
fn expressions_that_can_fail_do_not_pass() {
    for op in [Operator::Divide, Operator::Modulo, Operator::Plus, Operator::Minus, Operator::Multiply] {
        let sum = binary(column("i"), op, one());
        assert!(!fits(&binary(sum, Operator::Eq, one())), "{op}");
    }
    let regex = binary(column("s"), Operator::RegexMatch, literal_of(ScalarValue::Utf8View(Some("(".to_owned()))));
    assert!(!fits(&regex));
    let case = expressions::case(None, vec![(column("yes"), column("yes"))], None).unwrap();
    assert!(!fits(&case));
    // Nested values are compared at run time, and some cannot be.
    assert!(!fits(&binary(column("list"), Operator::Eq, column("list"))));
    let coded = ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(ScalarValue::from("x")));
    assert!(!fits(&binary(column("coded"), Operator::Eq, literal_of(coded))));
}

#[test]
fn what_an_author_can_make_expensive_is_bounded() {
    let long = |bytes: usize| like("s", &"a".repeat(bytes));
    assert!(fits(&long(LIKE_BYTES_MAX)) && !fits(&long(LIKE_BYTES_MAX + 1)));
    let many = |count: usize| list("i", (0..count).map(|_| one()).collect());
    assert!(fits(&many(IN_LITERALS_MAX)) && !fits(&many(IN_LITERALS_MAX + 1)));
    let deep = |depth: usize| (0..depth).fold(column("yes"), |expr, _| expressions::not(expr).unwrap());
    assert!(fits(&deep(DEPTH_MAX)) && !fits(&deep(DEPTH_MAX + 1)));
    // A pattern that is a column is not known beforehand.
    assert!(!fits(&expressions::like(false, false, column("s"), column("s"), &schema()).unwrap()));
}

/// A function that anybody could make fail on purpose is refused by its kind, and one that slipped through by a trial.
#[test]
fn what_fails_without_any_row_stays_above() {
    let broken: Arc<dyn PhysicalExpr> = Arc::new(BinaryExpr::new(literal_of("x"), Operator::Eq, literal_of(1_i64)));
    assert!(!probed(&broken, &schema()));
    assert!(probed(&binary(column("i"), Operator::Eq, one()), &schema()));
}
