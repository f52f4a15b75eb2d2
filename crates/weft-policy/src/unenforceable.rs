//! Why nothing may be read.

use std::fmt;

/// What a catalog withholds cannot be enforced in full; nothing may be read then.
///
/// The message is for the log and for the owners of the product: it names columns that a caller may not see, and quotes
/// the catalog's filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unenforceable(String);

impl Unenforceable {
    /// With one clause that says what stands against it.
    pub(crate) fn new(clause: impl Into<String>) -> Self {
        Self(clause.into())
    }
}

impl fmt::Display for Unenforceable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unenforceable {}
