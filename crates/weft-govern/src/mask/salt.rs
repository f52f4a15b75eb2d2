//! The salt of one query.

use std::fmt;

use sha2::{Digest, Sha256};

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

    /// A number that another salt, or another stream of this one, would not give.
    pub(crate) fn seed(&self, stream: u64) -> u64 {
        let digest = Sha256::new().chain_update(b"weft/order").chain_update(self.0).chain_update(stream.to_le_bytes());
        let digest = digest.finalize();
        digest.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
    }

    /// A number for what these texts name, the same each time.
    pub(crate) fn seed_of(&self, texts: &[&str]) -> u64 {
        let mut digest = Sha256::new().chain_update(b"weft/files").chain_update(self.0);
        for text in texts {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        digest.finalize().first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
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
