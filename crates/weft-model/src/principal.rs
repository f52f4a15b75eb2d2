//! Who asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An authenticated caller, with everything policy may look at.
///
/// Sets are ordered, so that equal principals have equal bytes wherever one is hashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Principal {
    /// The caller's unique name.
    pub name: Arc<str>,
    /// Groups the caller is in.
    #[serde(default)]
    pub groups: BTreeSet<Arc<str>>,
    /// Roles the caller has.
    #[serde(default)]
    pub roles: BTreeSet<Arc<str>>,
    /// Purposes the caller's credential permits.
    #[serde(default)]
    pub purposes: BTreeSet<Arc<str>>,
    /// Further facts about the caller, for `session_attribute('x')` and `attributes:` matchers.
    #[serde(default)]
    pub attributes: BTreeMap<Arc<str>, Arc<str>>,
}

/// The name of the caller who gave no credential, where that is allowed.
pub const ANONYMOUS: &str = "anonymous";

impl Principal {
    /// The caller who gave no credential: no groups, no roles, no purposes.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: Arc::from(ANONYMOUS), ..Self::default() }
    }

    /// The purpose of a statement: the one asked for if it is permitted, the only permitted one if none was asked for.
    ///
    /// # Errors
    /// The purpose that was asked for, when the credential does not permit it.
    pub fn purpose(&self, asked: Option<&str>) -> Result<Option<Arc<str>>, String> {
        match asked {
            Some(asked) => match self.purposes.get(asked) {
                Some(purpose) => Ok(Some(Arc::clone(purpose))),
                None => Err(asked.to_owned()),
            },
            None if self.purposes.len() == 1 => Ok(self.purposes.first().cloned()),
            None => Ok(None),
        }
    }
}
