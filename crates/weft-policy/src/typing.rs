//! Checks a [`Condition`] against the columns of one table and gives it their types.

use std::sync::Arc;

use weft_model::column::Column;

use crate::condition::{ColumnName, Condition, Literal, Operand, SessionValue};
use crate::literal::{Target, date};
use crate::predicate::{Comparison, Predicate};
use crate::template::{SessionSlot, SessionTest, Slot, Template, Tree};

/// Why a condition does not fit a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The table has no such column.
    Absent(Arc<str>),
    /// A clause that says what does not fit.
    Wrong(String),
}

type Typed<T> = Result<T, Misfit>;

/// The columns a rule may name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) columns: &'a [Column],
}

impl<'a> Scope<'a> {
    /// The column a rule means: spelled exactly so, else, when not quoted, the only one that differs in case.
    pub(crate) fn find(self, name: &ColumnName) -> Typed<&'a Column> {
        if let Some(exact) = self.columns.iter().find(|column| column.name == name.text) {
            return Ok(exact);
        }
        if !name.quoted {
            let wanted = name.text.to_lowercase();
            let mut alike = self.columns.iter().filter(|column| column.name.to_lowercase() == wanted);
            if let (Some(only), None) = (alike.next(), alike.next()) {
                return Ok(only);
            }
        }
        Err(Misfit::Absent(Arc::clone(&name.text)))
    }

    fn comparable(self, name: &ColumnName) -> Typed<(&'a Column, Target)> {
        let column = self.find(name)?;
        let target = Target::of(&column.data_type)
            .ok_or_else(|| Misfit::Wrong(format!("column `{}` has a type that cannot be compared", column.name)))?;
        Ok((column, target))
    }
}

/// The condition in the types of the columns.
pub(crate) fn check(condition: &Condition, scope: Scope<'_>) -> Typed<Template> {
    let mut typing = Typing { scope, attributes: Vec::new(), today: false };
    let tree = typing.tree(condition)?;
    Ok(Template { tree, attributes: typing.attributes, today: typing.today })
}

/// Gathers what the condition asks of the session while it types.
pub(crate) struct Typing<'a> {
    pub(crate) scope: Scope<'a>,
    pub(crate) attributes: Vec<Arc<str>>,
    pub(crate) today: bool,
}

impl Typing<'_> {
    fn tree(&mut self, condition: &Condition) -> Typed<Tree> {
        Ok(match condition {
            Condition::Constant(value) => Tree::Fixed(Predicate::Constant(*value)),
            Condition::Truth(name) => match self.scope.comparable(name)? {
                (column, Target::Boolean) => fixed_compare(column, Comparison::Equal, &Literal::Boolean(true))?,
                (column, _) => return wrong(format!("column `{}` is no boolean", column.name)),
            },
            Condition::Compare { left, op, right } => self.compare(left, *op, right)?,
            Condition::In { operand, list, negated } => self.list(operand, list, *negated)?,
            Condition::Between { operand, low, high, negated } => self.between(operand, low, high, *negated)?,
            Condition::Like { operand, pattern, negated, fold_case } => {
                let Operand::Column(name) = operand else {
                    return wrong("LIKE takes a column on its left".to_owned());
                };
                let (column, target) = self.scope.comparable(name)?;
                if target != Target::Text {
                    return wrong(format!("LIKE takes a text column, and `{}` is none", column.name));
                }
                Tree::Fixed(Predicate::Like {
                    column: Arc::clone(&column.name),
                    pattern: Arc::clone(pattern),
                    negated: *negated,
                    fold_case: *fold_case,
                })
            }
            Condition::IsNull { column, negated } => {
                Tree::Fixed(Predicate::IsNull { column: Arc::clone(&self.scope.find(column)?.name), negated: *negated })
            }
            Condition::Member(group) => Tree::Session(SessionTest::Member(Arc::clone(group))),
            Condition::And(all) => Tree::And(all.iter().map(|one| self.tree(one)).collect::<Typed<_>>()?),
            Condition::Or(all) => Tree::Or(all.iter().map(|one| self.tree(one)).collect::<Typed<_>>()?),
            Condition::Not(inner) => Tree::Not(Box::new(self.tree(inner)?)),
        })
    }

    fn compare(&mut self, left: &Operand, op: Comparison, right: &Operand) -> Typed<Tree> {
        match (left, right) {
            (Operand::Column(_), Operand::Column(_)) => wrong("a predicate may not compare two columns".to_owned()),
            (Operand::Column(name), other) => {
                let (column, target) = self.scope.comparable(name)?;
                Ok(Tree::Compare { column: Arc::clone(&column.name), op, value: self.slot(column, target, other)? })
            }
            (_, Operand::Column(_)) => self.compare(right, flipped(op), left),
            (left, right) => {
                let (left, right) = (self.session_slot(left)?, self.session_slot(right)?);
                let (left, right) = self.aligned(left, right)?;
                Ok(Tree::Session(SessionTest::Compare { left, op, right }))
            }
        }
    }

    fn list(&mut self, operand: &Operand, list: &[Operand], negated: bool) -> Typed<Tree> {
        if let Operand::Column(name) = operand {
            let (column, target) = self.scope.comparable(name)?;
            let values = list.iter().map(|one| self.slot(column, target, one)).collect::<Typed<_>>()?;
            return Ok(Tree::In { column: Arc::clone(&column.name), values, negated });
        }
        let left = self.session_slot(operand)?;
        let mut slots = Vec::with_capacity(list.len());
        for one in list {
            let right = self.session_slot(one)?;
            slots.push(self.aligned(left.clone(), right)?.1);
        }
        Ok(Tree::Session(SessionTest::In { left, list: slots, negated }))
    }

    fn between(&mut self, operand: &Operand, low: &Operand, high: &Operand, negated: bool) -> Typed<Tree> {
        if let Operand::Column(name) = operand {
            let (column, target) = self.scope.comparable(name)?;
            let (low, high) = (self.slot(column, target, low)?, self.slot(column, target, high)?);
            return Ok(Tree::Between { column: Arc::clone(&column.name), low, high, negated });
        }
        let left = self.session_slot(operand)?;
        let (low, high) = (self.session_slot(low)?, self.session_slot(high)?);
        let low = self.aligned(left.clone(), low)?.1;
        let high = self.aligned(left.clone(), high)?.1;
        Ok(Tree::Session(SessionTest::Between { left, low, high, negated }))
    }

    /// What stands beside a column, in the column's type.
    pub(crate) fn slot(&mut self, column: &Column, target: Target, operand: &Operand) -> Typed<Slot> {
        match operand {
            Operand::Column(_) => wrong("a predicate may not compare two columns".to_owned()),
            Operand::Literal(literal) => match target.value(literal) {
                Ok(value) => Ok(Slot::Value(value)),
                Err(clause) => wrong(format!("{clause}, which `{}` is", column.name)),
            },
            Operand::Session(value) => {
                let fits = match value {
                    SessionValue::User => target == Target::Text,
                    SessionValue::Attribute(_) => true,
                    SessionValue::Today => matches!(target, Target::Date | Target::Timestamp { .. }),
                };
                if !fits {
                    return wrong(format!("`{value}` is no value of {target}, which `{}` is", column.name));
                }
                self.asks(value);
                Ok(Slot::Session { value: value.clone(), target })
            }
        }
    }

    fn session_slot(&mut self, operand: &Operand) -> Typed<SessionSlot> {
        match operand {
            Operand::Column(_) => wrong("a predicate may not compare two columns".to_owned()),
            Operand::Session(value) => {
                self.asks(value);
                Ok(SessionSlot::Session(value.clone()))
            }
            Operand::Literal(Literal::Text(text)) => Ok(SessionSlot::Text(Arc::clone(text))),
            Operand::Literal(Literal::Date(text)) => match date(text) {
                Some(day) => Ok(SessionSlot::Day(day)),
                None => wrong(format!("`{text}` is no date")),
            },
            Operand::Literal(literal) => wrong(format!("a session value is a text or a date, {literal} is neither")),
        }
    }

    /// Two sides of a session condition: one of them asks the session, and a text beside a day is a date.
    fn aligned(&self, left: SessionSlot, right: SessionSlot) -> Typed<(SessionSlot, SessionSlot)> {
        let day = |slot: &SessionSlot| matches!(slot, SessionSlot::Day(_) | SessionSlot::Session(SessionValue::Today));
        let user = |slot: &SessionSlot| matches!(slot, SessionSlot::Session(SessionValue::User));
        let asks = |slot: &SessionSlot| matches!(slot, SessionSlot::Session(_));
        if !asks(&left) && !asks(&right) {
            return wrong("a comparison needs a column or a session function on one side".to_owned());
        }
        if (day(&left) && user(&right)) || (user(&left) && day(&right)) {
            return wrong("a user is compared with a text, not with a date".to_owned());
        }
        let dated = |slot: SessionSlot| match slot {
            SessionSlot::Text(text) => match date(&text) {
                Some(day) => Ok(SessionSlot::Day(day)),
                None => wrong(format!("`{text}` is no date")),
            },
            other => Ok(other),
        };
        if day(&left) || day(&right) { Ok((dated(left)?, dated(right)?)) } else { Ok((left, right)) }
    }

    fn asks(&mut self, value: &SessionValue) {
        match value {
            SessionValue::User => {}
            SessionValue::Attribute(name) => {
                if !self.attributes.contains(name) {
                    self.attributes.push(Arc::clone(name));
                }
            }
            SessionValue::Today => self.today = true,
        }
    }
}

fn fixed_compare(column: &Column, op: Comparison, literal: &Literal) -> Typed<Tree> {
    match Target::Boolean.value(literal) {
        Ok(value) => Ok(Tree::Fixed(Predicate::Compare { column: Arc::clone(&column.name), op, value })),
        Err(clause) => wrong(clause),
    }
}

fn wrong<T>(clause: String) -> Typed<T> {
    Err(Misfit::Wrong(clause))
}

fn flipped(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

impl std::fmt::Display for SessionValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User => f.write_str("session_user()"),
            Self::Attribute(name) => write!(f, "session_attribute('{name}')"),
            Self::Today => f.write_str("today()"),
        }
    }
}
