//! Row rules: as policies and queries spell them, and what they are on one row.

use proptest::prelude::*;

use super::cells::{Cell, Kind};

/// A condition on one row. Columns and literals are numbers, taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Compare(u8, u8, u8),
    In(u8, Vec<u8>, bool),
    Between(u8, u8, u8, bool),
    Like(u8, u8, bool),
    IsNull(u8, bool),
    And(Box<Rule>, Box<Rule>),
    Or(Box<Rule>, Box<Rule>),
    Not(Box<Rule>),
}

const OPERATORS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
const PATTERNS: [&str; 7] = ["%", "a%", "%example", "_", "%a text of%", "", "1_.%"];

/// Conditions of a few parts.
pub(super) fn rules() -> impl Strategy<Value = Rule> {
    let number = any::<u8>;
    let simple = prop_oneof![
        4 => (number(), 0_u8..6, number()).prop_map(|(column, op, value)| Rule::Compare(column, op, value)),
        2 => (number(), prop::collection::vec(number(), 1..4), any::<bool>())
            .prop_map(|(column, values, negated)| Rule::In(column, values, negated)),
        1 => (number(), number(), number(), any::<bool>())
            .prop_map(|(column, low, high, negated)| Rule::Between(column, low, high, negated)),
        1 => (number(), number(), any::<bool>()).prop_map(|(column, pattern, negated)| Rule::Like(column, pattern, negated)),
        1 => (number(), any::<bool>()).prop_map(|(column, negated)| Rule::IsNull(column, negated)),
    ];
    simple.prop_recursive(2, 5, 2, |part| {
        let part = part.prop_map(Box::new);
        prop_oneof![
            (part.clone(), part.clone()).prop_map(|(left, right)| Rule::And(left, right)),
            (part.clone(), part.clone()).prop_map(|(left, right)| Rule::Or(left, right)),
            part.prop_map(Rule::Not),
        ]
    })
}

/// The columns a rule may name: names, kinds, and positions in a row.
pub(super) type Columns = [(String, Kind, usize)];

fn column(columns: &Columns, number: u8) -> &(String, Kind, usize) {
    &columns[usize::from(number) % columns.len()]
}

fn value(kind: Kind, number: u8) -> Cell {
    kind.value(number.into())
}

fn pattern(number: u8) -> &'static str {
    PATTERNS[usize::from(number) % PATTERNS.len()]
}

impl Rule {
    /// As SQL spells it.
    pub(super) fn sql(&self, columns: &Columns) -> String {
        let not = |negated: bool| if negated { "NOT " } else { "" };
        match self {
            Self::Compare(at, op, number) => {
                let (name, kind, _) = column(columns, *at);
                format!("{name} {} {}", OPERATORS[usize::from(*op)], value(*kind, *number).literal())
            }
            Self::In(at, numbers, negated) => {
                let (name, kind, _) = column(columns, *at);
                let list: Vec<String> = numbers.iter().map(|number| value(*kind, *number).literal()).collect();
                format!("{name} {}IN ({})", not(*negated), list.join(", "))
            }
            Self::Between(at, low, high, negated) => {
                let (name, kind, _) = column(columns, *at);
                let (low, high) = (value(*kind, *low).literal(), value(*kind, *high).literal());
                format!("({name} {}BETWEEN {low} AND {high})", not(*negated))
            }
            Self::Like(at, number, negated) => match column(columns, *at) {
                (name, kind, _) if kind.text() => format!("{name} {}LIKE '{}'", not(*negated), pattern(*number)),
                (name, ..) => format!("{name} IS {}NULL", not(*negated)),
            },
            Self::IsNull(at, negated) => format!("{} IS {}NULL", column(columns, *at).0, not(*negated)),
            Self::And(left, right) => format!("({} AND {})", left.sql(columns), right.sql(columns)),
            Self::Or(left, right) => format!("({} OR {})", left.sql(columns), right.sql(columns)),
            Self::Not(inner) => format!("NOT ({})", inner.sql(columns)),
        }
    }

    /// True, false, or NULL on one row.
    pub(super) fn holds(&self, columns: &Columns, row: &[Cell]) -> Option<bool> {
        let cell = |at: u8| {
            let (_, kind, position) = column(columns, at);
            (*kind, &row[*position])
        };
        let known = |at: u8| match cell(at) {
            (_, Cell::Null) => None,
            known => Some(known),
        };
        match self {
            Self::Compare(at, op, number) => known(*at).map(|(kind, cell)| {
                let order = cell.cmp(&value(kind, *number));
                match op {
                    0 => order.is_eq(),
                    1 => order.is_ne(),
                    2 => order.is_lt(),
                    3 => order.is_le(),
                    4 => order.is_gt(),
                    _ => order.is_ge(),
                }
            }),
            Self::In(at, numbers, negated) => {
                known(*at).map(|(kind, cell)| numbers.iter().any(|number| *cell == value(kind, *number)) != *negated)
            }
            Self::Between(at, low, high, negated) => {
                known(*at).map(|(kind, cell)| (value(kind, *low) <= *cell && *cell <= value(kind, *high)) != *negated)
            }
            Self::Like(at, number, negated) => match cell(*at) {
                (kind, cell) if !kind.text() => Some((*cell == Cell::Null) != *negated),
                (_, Cell::Text(text)) => {
                    let (text, pattern): (Vec<char>, Vec<char>) =
                        (text.chars().collect(), pattern(*number).chars().collect());
                    Some(like(&text, &pattern) != *negated)
                }
                _ => None,
            },
            Self::IsNull(at, negated) => Some((*cell(*at).1 == Cell::Null) != *negated),
            Self::And(left, right) => match (left.holds(columns, row), right.holds(columns, row)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.holds(columns, row), right.holds(columns, row)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(inner) => inner.holds(columns, row).map(|held| !held),
        }
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some(('_', rest)) => !text.is_empty() && like(&text[1..], rest),
        Some((letter, rest)) => text.first() == Some(letter) && like(&text[1..], rest),
    }
}
