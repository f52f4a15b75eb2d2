//! Passwords that were right a moment ago.

use std::collections::HashMap;

use crate::error::Error;
use crate::limits::{VERIFIED_ENTRIES_MAX, VERIFIED_SECONDS};
use crate::password::StoredPassword;
use crate::seal::Sealer;
use crate::secret::Secret;

/// Saves clients that open many connections the cost of checking one password each time.
///
/// It holds keyed digests over user, stored password and password, under a key that never leaves the process: no
/// entry tells a password, and one for a password that was changed fits no more.
#[derive(Debug)]
pub(crate) struct Verified {
    key: Sealer,
    entries: HashMap<[u8; 32], i64>,
}

impl Verified {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self { key: Sealer::random()?, entries: HashMap::new() })
    }

    /// Whether this password was right a moment ago.
    pub(crate) fn holds(&self, user: &str, stored: &StoredPassword, password: &Secret, now: i64) -> bool {
        let at = self.entries.get(&self.digest(user, stored, password));
        at.is_some_and(|at| (0..VERIFIED_SECONDS).contains(&now.saturating_sub(*at)))
    }

    /// Remembers a password that is right.
    pub(crate) fn insert(&mut self, user: &str, stored: &StoredPassword, password: &Secret, now: i64) {
        if self.entries.len() >= VERIFIED_ENTRIES_MAX {
            self.entries.retain(|_, at| (0..VERIFIED_SECONDS).contains(&now.saturating_sub(*at)));
        }
        if self.entries.len() < VERIFIED_ENTRIES_MAX {
            self.entries.insert(self.digest(user, stored, password), now);
        }
    }

    fn digest(&self, user: &str, stored: &StoredPassword, password: &Secret) -> [u8; 32] {
        // PHC strings and user names hold no NUL, so the parts cannot run into each other.
        let text = [user.as_bytes(), b"\0", stored.phc().as_bytes(), b"\0", password.expose().as_bytes()].concat();
        self.key.keyed_digest("verified password", &text)
    }
}
