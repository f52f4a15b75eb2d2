//! Session bearers: sealed notes of who opened a session, with what, and until when.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::authenticator::{Origin, SessionId, SessionToken};
use crate::error::Error;
use crate::seal::Sealer;
use crate::secret::{SESSION_PREFIX, Secret};

/// The context in which bearers are sealed.
const CONTEXT: &str = "session";

/// What a bearer says. It holds no groups or purposes: those are looked up when it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    /// The user.
    pub sub: Arc<str>,
    /// The session.
    pub sid: Arc<str>,
    /// When it was opened, in seconds since 1970-01-01.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// What opened it; the session ends with that.
    pub by: By,
}

/// What opened a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Nothing, where that is allowed.
    Anonymous,
    /// A password, by its print.
    Password(Arc<str>),
    /// A personal access token, by its id.
    Token(Arc<str>),
}

impl By {
    /// The same as an [`Origin`] says it; `None` for those this server knows nothing about.
    pub(crate) fn new(origin: &Origin) -> Option<Self> {
        Some(match origin {
            Origin::Anonymous => Self::Anonymous,
            Origin::Password { print } => Self::Password(Arc::clone(print)),
            Origin::Token { id } => Self::Token(Arc::clone(id)),
            Origin::Elsewhere => return None,
        })
    }
}

impl Claims {
    /// Seals the claims into a bearer.
    pub(crate) fn seal(&self, sealer: &Sealer) -> Result<SessionToken, Error> {
        let plain = serde_json::to_vec(self).map_err(|_| Error::SessionUnavailable)?;
        let bearer = Secret::new(format!("{SESSION_PREFIX}{}", sealer.seal_text(CONTEXT, &plain)?));
        Ok(SessionToken { bearer, id: SessionId::new(Arc::clone(&self.sid)), expires: self.exp })
    }

    /// Opens a bearer that has not ended.
    pub(crate) fn open(sealer: &Sealer, bearer: &Secret, now: i64) -> Option<Self> {
        let plain = sealer.open_text(CONTEXT, bearer.expose().strip_prefix(SESSION_PREFIX)?)?;
        let claims: Self = serde_json::from_slice(&plain).ok()?;
        (now < claims.exp).then_some(claims)
    }
}
