//! Keys of token masks.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Tells keys of tokens from other keys that the same master may give.
const INFO: &[u8] = b"weft/token/v1";

/// Gives the key of a token domain, or none, and then the mask shows NULL.
pub trait KeyProvider: Send + Sync {
    /// The key of the token domain.
    fn token_key(&self, token_domain: &str) -> Option<TokenKey>;
}

/// The key of one token domain.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A keyed function for one purpose; functions of different purposes have nothing in common.
    pub(super) fn mac(&self, purpose: &str) -> Option<Hmac<Sha256>> {
        let mut outer = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        outer.update(purpose.as_bytes());
        Hmac::<Sha256>::new_from_slice(&outer.finalize().into_bytes()).ok()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// Keys derived from one master: HKDF-SHA256 over the token domain and the version of the key.
#[derive(Clone)]
pub struct MasterKeys {
    master: [u8; 32],
    version: u32,
}

impl MasterKeys {
    /// Keys of this master. Another version gives other tokens everywhere.
    #[must_use]
    pub fn new(master: [u8; 32], version: u32) -> Self {
        Self { master, version }
    }
}

impl KeyProvider for MasterKeys {
    fn token_key(&self, token_domain: &str) -> Option<TokenKey> {
        let length = u32::try_from(token_domain.len()).ok()?;
        let mut key = [0; 32];
        // The length keeps one domain's name from running into the version behind it.
        let info = [INFO, &length.to_be_bytes(), token_domain.as_bytes(), &self.version.to_be_bytes()];
        Hkdf::<Sha256>::new(None, &self.master).expand(&info.concat(), &mut key).ok()?;
        Some(TokenKey(key))
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKeys").field("version", &self.version).finish_non_exhaustive()
    }
}

/// No keys at all: every token mask shows NULL.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeyProvider for NoKeys {
    fn token_key(&self, _: &str) -> Option<TokenKey> {
        None
    }
}
