//! Row filters of catalogs beside a second reader of them, which knows two values and nothing of SQL, over rows of the first
//! six columns.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use weft_model::restriction::{Filter, FilterOp, Literal};

use super::filters::{compare, not, spelled, starts, translated, within};
use crate::predicate::{Comparison, Predicate, Value};

/// A value of a row: numbers count what their column counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Number(i128),
    Text(String),
}

type Row = Vec<Option<Cell>>;

/// How a reader orders NULL.
#[derive(Clone, Copy, Debug)]
enum Nulls {
    First,
    Last,
    /// Neither below nor above anything, as the specification has it.
    Nowhere,
}

/// Literals of a column, with what they mean.
const LITERALS: [&[(&str, i128)]; 6] = [
    &[("-1", -1), ("0", 0), ("7", 7)],
    &[("", 0), ("a", 0), ("a%", 0), ("ab", 0), ("a_", 0), (r"\", 0)],
    &[("-0.5", -50), ("0.00", 0), ("7.25", 725)],
    &[("1969-12-31", -1), ("1970-01-01", 0), ("1970-01-03", 2)],
    &[("false", 0), ("true", 1)],
    &[("1969-12-31T23:59:59.999", -1), ("1970-01-01T00:00:00", 0), ("1970-01-01T00:00:01.5", 1_500)],
];

fn literal(column: usize, at: usize) -> Literal {
    let (text, number) = LITERALS[column][at % LITERALS[column].len()];
    match column {
        0 => Literal::Integer(number.try_into().unwrap()),
        4 => Literal::Boolean(number == 1),
        _ => spelled(text),
    }
}

/// What a literal means, looked up and not computed.
fn meant(column: usize, literal: &Literal) -> Cell {
    let text = match literal {
        Literal::Integer(number) => number.to_string(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Text(text) => text.clone(),
        other => panic!("not a literal of these tests: {other:?}"),
    };
    match column {
        1 => Cell::Text(text),
        _ => Cell::Number(LITERALS[column].iter().find(|(spelled, _)| *spelled == text).unwrap().1),
    }
}

/// The filter in two values.
fn shown(filter: &Filter, row: &Row, nulls: Nulls) -> bool {
    let place = |id: &i32| usize::try_from(*id).unwrap() - 1;
    let cell = |id: &i32| row[place(id)].as_ref();
    match filter {
        Filter::Constant(value) => *value,
        Filter::Not(inner) => !shown(inner, row, nulls),
        Filter::And(all) => all.iter().all(|one| shown(one, row, nulls)),
        Filter::Or(all) => all.iter().any(|one| shown(one, row, nulls)),
        Filter::IsNull(id) => cell(id).is_none(),
        Filter::In { column, literals } => {
            literals.iter().any(|literal| cell(column) == Some(&meant(place(column), literal)))
        }
        Filter::StartsWith { column, prefix } => {
            matches!(cell(column), Some(Cell::Text(text)) if text.starts_with(prefix.as_str()))
        }
        Filter::Compare { column, op, literal } => {
            let order = match (cell(column), nulls) {
                (Some(cell), _) => Some(cell.cmp(&meant(place(column), literal))),
                (None, Nulls::First) => Some(Ordering::Less),
                (None, Nulls::Last) => Some(Ordering::Greater),
                (None, Nulls::Nowhere) => None,
            };
            match op {
                FilterOp::Equal => order == Some(Ordering::Equal),
                FilterOp::NotEqual => order != Some(Ordering::Equal),
                FilterOp::Less => order == Some(Ordering::Less),
                FilterOp::LessOrEqual => order.is_some_and(|order| order != Ordering::Greater),
                FilterOp::Greater => order == Some(Ordering::Greater),
                FilterOp::GreaterOrEqual => order.is_some_and(|order| order != Ordering::Less),
            }
        }
    }
}

/// True when the filter asks for the order of a value that is NULL: the case in which less is shown than may be.
fn orders_null(filter: &Filter, row: &Row) -> bool {
    match filter {
        Filter::Not(inner) => orders_null(inner, row),
        Filter::And(all) | Filter::Or(all) => all.iter().any(|one| orders_null(one, row)),
        Filter::Compare { column, op, .. } => {
            let ordered = !matches!(op, FilterOp::Equal | FilterOp::NotEqual);
            ordered && row[usize::try_from(*column).unwrap() - 1].is_none()
        }
        Filter::Constant(_) | Filter::IsNull(_) | Filter::In { .. } | Filter::StartsWith { .. } => false,
    }
}

/// The predicate in SQL's three values.
fn truth(predicate: &Predicate, row: &Row) -> Option<bool> {
    let cell = |name: &str| {
        let at = ["n", "s", "money", "day", "open", "at"].iter().position(|column| *column == name).unwrap();
        row[at].clone()
    };
    match predicate {
        Predicate::Constant(value) => Some(*value),
        Predicate::Compare { column, op, value } => {
            let order = cell(column)?.cmp(&held(value));
            Some(match op {
                Comparison::Equal => order.is_eq(),
                Comparison::NotEqual => order.is_ne(),
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
            })
        }
        Predicate::In { column, values, negated } => {
            let cell = cell(column)?;
            Some(values.iter().any(|value| held(value) == cell) != *negated)
        }
        Predicate::Like { column, pattern, negated, fold_case: false } => match cell(column)? {
            Cell::Text(text) => Some(like(&text, pattern) != *negated),
            Cell::Number(_) => panic!("LIKE of a number"),
        },
        Predicate::IsNull { column, negated } => Some(cell(column).is_none() != *negated),
        Predicate::And(all) => chain(all, row, false),
        Predicate::Or(all) => chain(all, row, true),
        other => panic!("not a predicate of these tests: {other}"),
    }
}

/// One link that is `decides` decides; else one that is unknown leaves it unknown.
fn chain(all: &[Predicate], row: &Row, decides: bool) -> Option<bool> {
    let links: Vec<Option<bool>> = all.iter().map(|one| truth(one, row)).collect();
    if links.contains(&Some(decides)) {
        return Some(decides);
    }
    if links.contains(&None) { None } else { Some(!decides) }
}

fn held(value: &Value) -> Cell {
    match value {
        Value::Boolean(value) => Cell::Number(i128::from(*value)),
        Value::Integer(number) | Value::Decimal(number) => Cell::Number(*number),
        Value::Date(days) => Cell::Number(i128::from(*days)),
        Value::Timestamp(count) => Cell::Number(i128::from(*count)),
        Value::Text(text) => Cell::Text(text.to_string()),
        Value::Float(_) => panic!("floats are not compared"),
    }
}

/// SQL's LIKE, by trying.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .any(|at| like(text.get(at..).unwrap(), rest.as_str())),
        Some(wanted) => {
            let (wanted, any) = match wanted {
                '_' => ('_', true),
                '\\' => (rest.next().unwrap(), false),
                other => (other, false),
            };
            let mut text = text.chars();
            text.next().is_some_and(|found| any || found == wanted) && like(text.as_str(), rest.as_str())
        }
    }
}

fn op() -> impl Strategy<Value = FilterOp> {
    prop_oneof![
        Just(FilterOp::Equal),
        Just(FilterOp::NotEqual),
        Just(FilterOp::Less),
        Just(FilterOp::LessOrEqual),
        Just(FilterOp::Greater),
        Just(FilterOp::GreaterOrEqual),
    ]
}

fn id(column: usize) -> i32 {
    i32::try_from(column).unwrap() + 1
}

fn test() -> impl Strategy<Value = Filter> {
    prop_oneof![
        1 => any::<bool>().prop_map(Filter::Constant),
        3 => (0_usize..6).prop_map(|column| Filter::IsNull(id(column))),
        6 => (0_usize..6, op(), 0_usize..6).prop_map(|(column, op, at)| compare(id(column), op, literal(column, at))),
        3 => (0_usize..6, vec(0_usize..6, 0..3)).prop_map(|(column, all)| {
            within(id(column), all.into_iter().map(|at| literal(column, at)).collect())
        }),
        3 => r"(a|b|%|_|\\){0,2}".prop_map(|prefix| starts(&prefix)),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    test().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(not),
            vec(inner.clone(), 0..4).prop_map(Filter::And),
            vec(inner, 0..4).prop_map(Filter::Or),
        ]
    })
}

fn row() -> impl Strategy<Value = Row> {
    let number = |column: usize| {
        let beside = (0_usize..6, -1_i128..2).prop_map(move |(at, off)| {
            let (_, number) = LITERALS[column][at % LITERALS[column].len()];
            Cell::Number(number + off)
        });
        of(beside)
    };
    let text = of(r"(a|b|%|_|\\){0,3}".prop_map(Cell::Text));
    let open = of((0_i128..2).prop_map(Cell::Number));
    (number(0), text, number(2), number(3), open, number(5))
        .prop_map(|(n, s, money, day, open, at)| vec![n, s, money, day, open, at])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_predicate_shows_the_rows_that_its_filter_shows(filter in filter(), rows in vec(row(), 8)) {
        let predicate = translated(&filter).unwrap();
        for row in rows {
            let found = truth(&predicate, &row) == Some(true);
            if !orders_null(&filter, &row) {
                prop_assert_eq!(found, shown(&filter, &row, Nulls::Nowhere), "{:?} as {} of {:?}", filter, predicate, row);
            }
            for nulls in [Nulls::First, Nulls::Last, Nulls::Nowhere] {
                prop_assert!(!found || shown(&filter, &row, nulls), "{:?} as {} of {:?}, {:?}", filter, predicate, row, nulls);
            }
        }
    }

    #[test]
    fn a_filter_and_its_opposite_share_no_row(filter in filter(), rows in vec(row(), 8)) {
        let (one, other) = (translated(&filter).unwrap(), translated(&not(filter)).unwrap());
        for row in rows {
            let both = truth(&one, &row) == Some(true) && truth(&other, &row) == Some(true);
            prop_assert!(!both, "{} and {} of {:?}", one, other, row);
        }
    }
}
