//! What a catalog withholds from a reader, and the reader has to enforce: `read-restrictions` of the Iceberg REST catalog.
//!
//! Columns are the table's own, by field id: a contract may call them otherwise, or not know them at all.

use std::fmt;

use crate::mask::Mask;

/// What is withheld. Rows come first: a mask is over what the rows that are left hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restrictions {
    /// The rows that may be read; absent means all of them.
    pub rows: Option<Filter>,
    /// The columns that are shown through a mask, each once.
    pub columns: Vec<(i32, Mask)>,
}

impl Restrictions {
    /// The most columns that are shown through a mask.
    pub const COLUMNS_MAX: usize = 10_000;

    /// True when nothing is withheld.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.rows, None | Some(Filter::Constant(true))) && self.columns.is_empty()
    }
}

/// A condition that is true or false of each row, never NULL.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Of all rows, or of none.
    Constant(bool),
    /// The opposite.
    Not(Box<Filter>),
    /// Every one of these.
    And(Vec<Filter>),
    /// At least one of these.
    Or(Vec<Filter>),
    /// A column is NULL.
    IsNull(i32),
    /// A column compared with a literal.
    Compare {
        /// The column.
        column: i32,
        /// How.
        op: FilterOp,
        /// With what.
        literal: Literal,
    },
    /// A column is one of these; NULL is none.
    In {
        /// The column.
        column: i32,
        /// What it may be.
        literals: Vec<Literal>,
    },
    /// A text begins like this; NULL does not.
    StartsWith {
        /// The column.
        column: i32,
        /// How it begins.
        prefix: String,
    },
}

impl Filter {
    /// How deep a filter may nest.
    pub const DEPTH_MAX: usize = 64;
    /// The most parts of one filter: constants, tests, and what joins them.
    pub const PARTS_MAX: usize = 2_000;
    /// The most literals of one filter.
    pub const LITERALS_MAX: usize = 10_000;
}

/// How values are compared. `NotEqual` is true of NULL, the others are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOp {
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

/// A value as JSON spells it, "Appendix D: Single-value serialization" of the Iceberg specification; its column says what
/// it means, unless it does so itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A boolean.
    Boolean(bool),
    /// A number without a fraction.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A text: strings, and everything that JSON has no form for, such as `2017-11-16` or `14.20`.
    Text(String),
    /// A text that is said to be of a type, which its column has to have too.
    Typed(TextType, String),
}

/// The types that are spelled as texts, as far as they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextType {
    /// `string`
    String,
    /// `decimal(p,s)`, of any precision and scale: what is compared is the number.
    Decimal,
    /// `date`
    Date,
    /// `timestamp`, `timestamp_ns`
    Timestamp,
    /// `timestamptz`, `timestamptz_ns`
    TimestampZoned,
}

impl fmt::Display for TextType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampZoned => "timestamptz",
        })
    }
}
