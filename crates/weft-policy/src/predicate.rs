//! Row rules as a typed tree, bound to one principal: what weft-govern turns into a physical filter.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weft_model::name::ProductName;

/// A condition on one row. False and NULL both drop the row.
///
/// Columns are named as the contract spells them, top level only; literals have the column's type already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Predicate {
    /// A constant: what is left of a condition on the session alone.
    Constant(bool),
    /// `column op value`.
    Compare {
        /// The column on the left.
        column: Arc<str>,
        /// The operator.
        op: Comparison,
        /// The literal on the right.
        value: Value,
    },
    /// `column [NOT] IN (…)`; the list is not empty.
    In {
        /// The column.
        column: Arc<str>,
        /// The literals.
        values: Vec<Value>,
        /// True for NOT IN.
        negated: bool,
    },
    /// `column [NOT] BETWEEN low AND high`.
    Between {
        /// The column.
        column: Arc<str>,
        /// The lower bound, included.
        low: Value,
        /// The upper bound, included.
        high: Value,
        /// True for NOT BETWEEN.
        negated: bool,
    },
    /// `column [NOT] [I]LIKE 'pattern'`, with `\` as the escape character.
    Like {
        /// The column, a string.
        column: Arc<str>,
        /// The pattern.
        pattern: Arc<str>,
        /// True for NOT LIKE.
        negated: bool,
        /// True for ILIKE.
        fold_case: bool,
    },
    /// `column IS [NOT] NULL`.
    IsNull {
        /// The column.
        column: Arc<str>,
        /// True for IS NOT NULL.
        negated: bool,
    },
    /// `column [NOT] IN` the values a mapping product holds for this principal.
    RowsIn {
        /// The column.
        column: Arc<str>,
        /// Where the values stand.
        mapping: Mapping,
        /// True for NOT IN; then an empty mapping closes.
        negated: bool,
    },
    /// Every one of these.
    And(Vec<Predicate>),
    /// At least one of these.
    Or(Vec<Predicate>),
    /// The opposite; NULL stays NULL.
    Not(Box<Predicate>),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A literal in the type of the column it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A boolean.
    Boolean(bool),
    /// A signed or unsigned integer of any width; it fits the column's type.
    Integer(i128),
    /// A float.
    Float(f64),
    /// A decimal, as a count of units of the column's scale.
    Decimal(i128),
    /// A string.
    Text(Arc<str>),
    /// Days since 1970-01-01.
    Date(i32),
    /// A timestamp, as a count of the column's unit since 1970-01-01T00:00:00Z.
    Timestamp(i64),
}

/// A mapping product and the part of it that speaks of the principal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// The product that holds the mapping.
    pub product: ProductName,
    /// The column whose values are allowed.
    pub select: Arc<str>,
    /// Which of its rows speak of the principal: every column equals its value. A column whose attribute the
    /// principal lacks makes the whole predicate false before it gets here.
    pub equals: Vec<(Arc<str>, Value)>,
}

impl Predicate {
    /// Calls `visit` with every column the predicate reads, once per mention.
    pub fn columns<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Constant(_) => {}
            Self::Compare { column, .. }
            | Self::In { column, .. }
            | Self::Between { column, .. }
            | Self::Like { column, .. }
            | Self::IsNull { column, .. }
            | Self::RowsIn { column, .. } => visit(column),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.columns(visit)),
            Self::Not(inner) => inner.columns(visit),
        }
    }

    /// Calls `visit` with every mapping the predicate reads.
    pub fn mappings<'a>(&'a self, visit: &mut dyn FnMut(&'a Mapping)) {
        match self {
            Self::RowsIn { mapping, .. } => visit(mapping),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.mappings(visit)),
            Self::Not(inner) => inner.mappings(visit),
            _ => {}
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}
