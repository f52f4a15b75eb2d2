//! The salt of one query.

use std::fmt;

/// Random bytes of one query, for masks whose values must not join with those of another query.
///
/// Every scan of one query needs the same salt, and no two queries may share one.
#[derive(Clone)]
pub struct QuerySalt([u8; 32]);

impl QuerySalt {
    /// The salt with these bytes, which the caller draws from a cryptographic source.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for QuerySalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QuerySalt(…)")
    }
}
