//! Row rules in the types of one table, with holes for what only a session knows; binding fills the holes.

use std::sync::Arc;

use weft_model::name::ProductName;
use weft_model::principal::Principal;

use crate::condition::SessionValue;
use crate::literal::{DAY_SECONDS, Target, date};
use crate::predicate::{Comparison, Mapping, Predicate, Value};

/// A row rule for one table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    pub(crate) tree: Tree,
    /// The attributes it asks for anywhere.
    pub(crate) attributes: Vec<Arc<str>>,
    /// True when it asks for the day.
    pub(crate) today: bool,
}

/// A typed condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// A condition without holes.
    Fixed(Predicate),
    Compare {
        column: Arc<str>,
        op: Comparison,
        value: Slot,
    },
    In {
        column: Arc<str>,
        values: Vec<Slot>,
        negated: bool,
    },
    Between {
        column: Arc<str>,
        low: Slot,
        high: Slot,
        negated: bool,
    },
    RowsIn {
        column: Arc<str>,
        product: ProductName,
        select: Arc<str>,
        equals: Vec<(Arc<str>, Slot)>,
        negated: bool,
    },
    /// A condition on the session alone.
    Session(SessionTest),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

/// A value, or what will be one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot {
    Value(Value),
    Session { value: SessionValue, target: Target },
}

/// A condition that is true or false for a whole statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SessionTest {
    Member(Arc<str>),
    Compare { left: SessionSlot, op: Comparison, right: SessionSlot },
    In { left: SessionSlot, list: Vec<SessionSlot>, negated: bool },
    Between { left: SessionSlot, low: SessionSlot, high: SessionSlot, negated: bool },
}

/// A session value or a literal beside one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SessionSlot {
    Session(SessionValue),
    Text(Arc<str>),
    Day(i32),
}

/// What fills the holes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session<'a> {
    pub(crate) principal: &'a Principal,
    /// Days since 1970-01-01, UTC.
    pub(crate) today: i32,
}

/// A hole that cannot be filled: the whole rule is false then, NOT or no NOT around it.
struct Missing;

impl Template {
    /// The predicate for one session.
    pub(crate) fn bind(&self, session: &Session<'_>) -> Predicate {
        let known = |name: &Arc<str>| session.principal.attributes.contains_key(name);
        if !self.attributes.iter().all(known) {
            return Predicate::Constant(false);
        }
        self.tree.bind(session).unwrap_or(Predicate::Constant(false))
    }
}

impl Tree {
    fn bind(&self, session: &Session<'_>) -> Result<Predicate, Missing> {
        Ok(match self {
            Self::Fixed(predicate) => predicate.clone(),
            Self::Compare { column, op, value } => {
                Predicate::Compare { column: Arc::clone(column), op: *op, value: value.bind(session)? }
            }
            Self::In { column, values, negated } => Predicate::In {
                column: Arc::clone(column),
                values: values.iter().map(|value| value.bind(session)).collect::<Result<_, _>>()?,
                negated: *negated,
            },
            Self::Between { column, low, high, negated } => Predicate::Between {
                column: Arc::clone(column),
                low: low.bind(session)?,
                high: high.bind(session)?,
                negated: *negated,
            },
            Self::RowsIn { column, product, select, equals, negated } => Predicate::RowsIn {
                column: Arc::clone(column),
                mapping: Mapping {
                    product: product.clone(),
                    select: Arc::clone(select),
                    equals: equals
                        .iter()
                        .map(|(column, value)| Ok((Arc::clone(column), value.bind(session)?)))
                        .collect::<Result<_, _>>()?,
                },
                negated: *negated,
            },
            Self::Session(test) => Predicate::Constant(test.holds(session)?),
            Self::And(all) => conjunction(all.iter().map(|one| one.bind(session)).collect::<Result<_, _>>()?),
            Self::Or(all) => disjunction(all.iter().map(|one| one.bind(session)).collect::<Result<_, _>>()?),
            Self::Not(inner) => match inner.bind(session)? {
                Predicate::Constant(value) => Predicate::Constant(!value),
                inner => Predicate::Not(Box::new(inner)),
            },
        })
    }
}

impl Slot {
    fn bind(&self, session: &Session<'_>) -> Result<Value, Missing> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Session { value: SessionValue::User, target } => target.read(&session.principal.name).ok_or(Missing),
            Self::Session { value: SessionValue::Attribute(name), target } => {
                session.principal.attributes.get(name).and_then(|text| target.read(text)).ok_or(Missing)
            }
            Self::Session { value: SessionValue::Today, target } => target.day(session.today).ok_or(Missing),
        }
    }
}

/// What two sides of a session condition compare as.
#[derive(PartialEq, PartialOrd)]
enum Known<'a> {
    Text(&'a str),
    Day(i32),
}

impl SessionTest {
    fn holds(&self, session: &Session<'_>) -> Result<bool, Missing> {
        Ok(match self {
            Self::Member(group) => session.principal.groups.contains(group),
            Self::Compare { left, op, right } => compare(&left.known(session)?, *op, &right.known(session)?)?,
            Self::In { left, list, negated } => {
                let left = left.known(session)?;
                let mut found = false;
                for one in list {
                    found |= compare(&left, Comparison::Equal, &one.known(session)?)?;
                }
                found != *negated
            }
            Self::Between { left, low, high, negated } => {
                let left = left.known(session)?;
                let above = compare(&left, Comparison::GreaterOrEqual, &low.known(session)?)?;
                let below = compare(&left, Comparison::LessOrEqual, &high.known(session)?)?;
                (above && below) != *negated
            }
        })
    }
}

impl SessionSlot {
    fn known<'a>(&'a self, session: &Session<'a>) -> Result<Known<'a>, Missing> {
        Ok(match self {
            Self::Text(text) => Known::Text(text),
            Self::Day(day) => Known::Day(*day),
            Self::Session(SessionValue::User) => Known::Text(&session.principal.name),
            Self::Session(SessionValue::Attribute(name)) => {
                Known::Text(session.principal.attributes.get(name).ok_or(Missing)?)
            }
            Self::Session(SessionValue::Today) => Known::Day(session.today),
        })
    }
}

/// A text beside a day is read as a date.
fn compare(left: &Known<'_>, op: Comparison, right: &Known<'_>) -> Result<bool, Missing> {
    let ordering = match (left, right) {
        (Known::Text(left), Known::Text(right)) => left.cmp(right),
        (Known::Day(left), Known::Day(right)) => left.cmp(right),
        (Known::Text(left), Known::Day(right)) => date(left).ok_or(Missing)?.cmp(right),
        (Known::Day(left), Known::Text(right)) => left.cmp(&date(right).ok_or(Missing)?),
    };
    Ok(match op {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    })
}

/// AND, without links that change nothing.
pub(crate) fn conjunction(all: Vec<Predicate>) -> Predicate {
    fold(all, true)
}

/// OR, without links that change nothing.
pub(crate) fn disjunction(all: Vec<Predicate>) -> Predicate {
    fold(all, false)
}

/// `neutral` is true for AND, false for OR; the other constant decides alone.
fn fold(all: Vec<Predicate>, neutral: bool) -> Predicate {
    let mut kept: Vec<Predicate> = Vec::with_capacity(all.len());
    for one in all {
        match one {
            Predicate::Constant(value) if value == neutral => {}
            Predicate::Constant(value) => return Predicate::Constant(value),
            Predicate::And(links) if neutral => kept.extend(links),
            Predicate::Or(links) if !neutral => kept.extend(links),
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Predicate::Constant(neutral),
        1 => kept.pop().unwrap_or(Predicate::Constant(neutral)),
        _ if neutral => Predicate::And(kept),
        _ => Predicate::Or(kept),
    }
}

/// The day of a moment, UTC.
pub(crate) fn day_of(seconds: i64) -> i32 {
    let days = seconds.div_euclid(DAY_SECONDS);
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// The first second of the day after a moment, UTC.
pub(crate) fn next_midnight(seconds: i64) -> i64 {
    seconds.div_euclid(DAY_SECONDS).saturating_add(1).saturating_mul(DAY_SECONDS)
}
