//! Who asks, and how their session is set.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weft_model::principal::Principal;

/// An authenticated principal with the settings of one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who asks.
    pub principal: Arc<Principal>,
    /// How the session is set.
    pub settings: Settings,
}

/// What a session may set. Policy never looks at these, except at the purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    /// The purpose asked for; it must be one the credential permits.
    pub purpose: Option<String>,
    /// The domain of unqualified names.
    pub schema: Option<String>,
    /// The time zone of the session.
    pub time_zone: Option<String>,
    /// The time as of which tables are read that a statement names without a version of their own.
    #[serde(default)]
    pub as_of: Option<String>,
}

impl Caller {
    /// A caller with default settings.
    #[must_use]
    pub fn new(principal: Arc<Principal>) -> Self {
        Self { principal, settings: Settings::default() }
    }
}
