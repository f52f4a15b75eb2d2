//! A row rule as written, before any product's columns are known.

use std::sync::Arc;

use crate::predicate::Comparison;

/// A condition whose columns have no types yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Constant(bool),
    /// A bare column, taken for true or false.
    Truth(ColumnName),
    Compare {
        left: Operand,
        op: Comparison,
        right: Operand,
    },
    In {
        operand: Operand,
        list: Vec<Operand>,
        negated: bool,
    },
    Between {
        operand: Operand,
        low: Operand,
        high: Operand,
        negated: bool,
    },
    Like {
        operand: Operand,
        pattern: Arc<str>,
        negated: bool,
        fold_case: bool,
    },
    IsNull {
        column: ColumnName,
        negated: bool,
    },
    /// `is_member('g')`.
    Member(Arc<str>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
}

/// What a comparison compares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Column(ColumnName),
    Literal(Literal),
    Session(SessionValue),
}

/// A column as the rule spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnName {
    pub(crate) text: Arc<str>,
    /// Quoted names tell upper from lower case.
    pub(crate) quoted: bool,
}

/// A literal as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Boolean(bool),
    /// Digits with an optional sign, point and exponent.
    Number(Arc<str>),
    Text(Arc<str>),
    /// `DATE '…'`.
    Date(Arc<str>),
    /// `TIMESTAMP '…'`.
    Timestamp(Arc<str>),
}

/// What a session knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionValue {
    /// `session_user()`.
    User,
    /// `session_attribute('x')`.
    Attribute(Arc<str>),
    /// `today()`.
    Today,
}
