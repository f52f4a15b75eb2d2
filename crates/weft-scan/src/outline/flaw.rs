//! What is wrong with a file's own description.

use parquet::errors::ParquetError;

/// Why bytes are not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    /// They end early.
    #[error("it ends early")]
    Short,
    /// A number has more digits than any number.
    #[error("a number in it is too long")]
    Number,
    /// A field is written as what it is not.
    #[error("field {0} of it is not of its type")]
    Type(i16),
    /// A type that the protocol does not have, or truths where nobody says how they are written.
    #[error("it holds a type that is not known")]
    Unknown,
    /// Pages without values that follow each other.
    #[error("it holds nothing, and the page before it does not either")]
    Empty,
    /// Something that stands once stands twice.
    #[error("field {0} of it stands twice")]
    Twice(i16),
    /// A list claims to hold more than there is.
    #[error("a list in it claims {0} entries, more than there is room for")]
    List(u64),
    /// Structures lie too deep within each other.
    #[error("it nests deeper than {0} levels")]
    Deep(usize),
    /// Columns lie too deep within each other.
    #[error("its columns nest deeper than {0} levels")]
    DeepColumns(usize),
    /// The schema is no tree.
    #[error("its schema claims children that are not there")]
    Tree,
    /// More than what is read.
    #[error("it holds more than {1} {0}")]
    Many(&'static str, u64),
}

impl From<Flaw> for ParquetError {
    fn from(flaw: Flaw) -> Self {
        Self::General(flaw.to_string())
    }
}
