//! The seam: a credential in, a principal out.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use weft_model::principal::Principal;

use crate::credential::Credential;
use crate::error::Error;
use crate::secret::Secret;

/// Finds out who a caller is. All calls may be awaited on any worker: work that takes long is done elsewhere.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Who presents this credential; `peer` is the address the call came from, where there is one.
    async fn authenticate(&self, credential: &Credential, peer: Option<IpAddr>) -> Result<Authenticated, Error>;

    /// A bearer token that stands for the same caller for a while, answered to a handshake.
    async fn session(&self, authenticated: &Authenticated) -> Result<SessionToken, Error>;

    /// Done when the caller is no longer who they were: the credential was revoked, the user removed, or what the user
    /// belongs to changed. Pending for as long as everything stays; that a credential expires ends nothing that runs.
    async fn outdated(&self, authenticated: &Authenticated) {
        let _ = authenticated;
        std::future::pending().await
    }
}

/// A caller who is who they say.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who they are now; groups and roles are resolved at every use.
    pub principal: Arc<Principal>,
    /// When the credential ends, in seconds since 1970-01-01. Nothing made from it may outlive this.
    pub expires: Option<i64>,
    /// The session, when the credential was a session's.
    pub session: Option<SessionId>,
    /// How they showed it.
    pub(crate) origin: Origin,
}

impl Authenticated {
    /// For authenticators outside of this crate.
    #[must_use]
    pub fn new(principal: Arc<Principal>, expires: Option<i64>) -> Self {
        Self { principal, expires, session: None, origin: Origin::Elsewhere }
    }
}

/// What a caller showed first, so that a session ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nothing.
    Anonymous,
    /// A password; the print changes when the password does.
    Password { print: Arc<str> },
    /// A personal access token, by its id.
    Token { id: Arc<str> },
    /// Something this crate does not know.
    Elsewhere,
}

/// The name of a session, for logs and for what is kept per session; it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Takes a session's name.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bearer token of a session.
#[derive(Clone, Debug)]
pub struct SessionToken {
    /// What the client sends from now on.
    pub bearer: Secret,
    /// The session it belongs to.
    pub id: SessionId,
    /// When it ends, in seconds since 1970-01-01.
    pub expires: i64,
}
