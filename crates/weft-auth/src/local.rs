//! Users, personal access tokens and sessions of this server.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;
use tokio::sync::{Semaphore, watch};
use weft_model::principal::{ANONYMOUS, Principal};

use crate::attempts::Attempts;
use crate::authenticator::{Authenticated, Authenticator, Origin, SessionId, SessionToken};
use crate::clock::Clock;
use crate::credential::Credential;
use crate::error::Error;
use crate::limits::{PASSWORD_BYTES_MAX, SESSION_SECONDS, VERIFICATIONS_AT_ONCE, VERIFICATIONS_WAITING};
use crate::password::StoredPassword;
use crate::random;
use crate::seal::Sealer;
use crate::secret::{Secret, TOKEN_PREFIX};
use crate::session::{By, Claims};
use crate::token::{TokenRecord, TokenStore};
use crate::users::{TOKEN_USER, User, UsersFile};
use crate::verified::Verified;

/// Authenticates the users of `users.yaml`: by password, by personal access token, by session bearer.
///
/// Groups, roles and purposes are looked up at every use, so a change of `users.yaml` or a revoked token counts with
/// the next call. Checking a password is slow on purpose; it happens on the runtime's blocking threads, a few at a
/// time.
pub struct LocalAuthenticator {
    users: RwLock<Arc<UsersFile>>,
    tokens: RwLock<Arc<TokenStore>>,
    /// What unknown users are checked against, so that they take as long as known ones.
    dummy: RwLock<StoredPassword>,
    anonymous: bool,
    sealer: Arc<Sealer>,
    clock: Clock,
    attempts: Mutex<Attempts>,
    verified: Mutex<Verified>,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Marked when users or tokens were replaced.
    replaced: watch::Sender<()>,
}

impl LocalAuthenticator {
    /// Puts an authenticator together; `anonymous` lets in callers without a credential, as nobody in particular.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn new(
        users: UsersFile,
        tokens: TokenStore,
        anonymous: bool,
        sealer: Arc<Sealer>,
        clock: Clock,
    ) -> Result<Self, Error> {
        Ok(Self {
            dummy: RwLock::new(dummy(&users)?),
            users: RwLock::new(Arc::new(users)),
            tokens: RwLock::new(Arc::new(tokens)),
            anonymous,
            sealer,
            clock,
            attempts: Mutex::default(),
            verified: Mutex::new(Verified::new()?),
            running: Arc::new(Semaphore::new(VERIFICATIONS_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(VERIFICATIONS_AT_ONCE + VERIFICATIONS_WAITING)),
            replaced: watch::Sender::new(()),
        })
    }

    /// Puts new users in the place of the old ones.
    ///
    /// # Errors
    /// When there are no random bytes; the old users then stay.
    pub fn replace_users(&self, users: UsersFile) -> Result<(), Error> {
        let dummy = dummy(&users)?;
        *self.dummy.write().unwrap_or_else(PoisonError::into_inner) = dummy;
        *self.users.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(users);
        self.replaced.send_replace(());
        Ok(())
    }

    /// Puts new tokens in the place of the old ones.
    pub fn replace_tokens(&self, tokens: TokenStore) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
        self.replaced.send_replace(());
    }

    /// The users as they are now.
    #[must_use]
    pub fn users(&self) -> Arc<UsersFile> {
        Arc::clone(&self.users.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn tokens(&self) -> Arc<TokenStore> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn anonymous(&self, expires: Option<i64>) -> Result<Authenticated, Error> {
        if !self.anonymous {
            return Err(Error::CredentialMissing);
        }
        let principal = Arc::new(Principal::anonymous());
        Ok(Authenticated { principal, expires, session: None, origin: Origin::Anonymous })
    }

    fn by_bearer(&self, bearer: &Secret, now: i64) -> Result<Authenticated, Error> {
        let accepted = if bearer.expose().starts_with(TOKEN_PREFIX) {
            self.by_token(bearer, None, now)
        } else {
            self.by_session(bearer, now)
        };
        accepted.ok_or(Error::Unauthenticated)
    }

    /// `name` is the user name that came with the token, if one did.
    fn by_token(&self, text: &Secret, name: Option<&str>, now: i64) -> Option<Authenticated> {
        let tokens = self.tokens();
        let token = tokens.find(text, now)?;
        if name.is_some_and(|name| *name != *token.user && name != TOKEN_USER) {
            return None;
        }
        self.bearer_of(token)
    }

    fn bearer_of(&self, token: &TokenRecord) -> Option<Authenticated> {
        let principal = self.user(&token.user)?.principal.clone();
        let principal = match &token.purposes {
            Some(purposes) => Arc::new(narrowed(&principal, purposes)),
            None => principal,
        };
        let origin = Origin::Token { id: Arc::clone(&token.id) };
        Some(Authenticated { principal, expires: token.expires, session: None, origin })
    }

    fn by_session(&self, bearer: &Secret, now: i64) -> Option<Authenticated> {
        let claims = Claims::open(&self.sealer, bearer, now)?;
        let mut authenticated = self.standing(&claims.sub, &claims.by, now)?;
        authenticated.expires = Some(authenticated.expires.map_or(claims.exp, |expires| expires.min(claims.exp)));
        authenticated.session = Some(SessionId::new(claims.sid));
        Some(authenticated)
    }

    /// The user as they are now, if what they showed once still counts.
    fn standing(&self, name: &str, by: &By, now: i64) -> Option<Authenticated> {
        let authenticated = match by {
            By::Anonymous => self.anonymous(None).ok()?,
            By::Token(id) => self.bearer_of(self.tokens().working(id, now)?)?,
            By::Password(print) => {
                let user = self.user(name)?;
                let origin = self.origin(&user);
                if origin != (Origin::Password { print: Arc::clone(print) }) {
                    return None;
                }
                Authenticated { principal: Arc::clone(&user.principal), expires: None, session: None, origin }
            }
        };
        (*authenticated.principal.name == *name).then_some(authenticated)
    }

    async fn by_basic(&self, name: &str, password: &Secret, peer: Option<IpAddr>) -> Result<Authenticated, Error> {
        let now = (self.clock)();
        if password.expose().len() > PASSWORD_BYTES_MAX {
            return Err(Error::Unauthenticated);
        }
        let user = self.users().user(name).cloned();
        let stored = user.as_ref().and_then(|user| user.password.clone());
        let known = stored.as_ref().is_some_and(|stored| self.verified().holds(name, stored, password, now));
        if !known {
            self.attempts().take(name, peer, now)?;
        }
        let accepted = if password.expose().starts_with(TOKEN_PREFIX) {
            Ok(self.by_token(password, Some(name), now))
        } else {
            self.by_password(user.as_ref(), stored.as_ref(), password, known).await
        };
        // Only a wrong password costs something; having been turned away for lack of room does not.
        if !known && !matches!(accepted, Ok(None)) {
            self.attempts().give_back(name, peer, now);
        }
        accepted?.ok_or(Error::Unauthenticated)
    }

    /// `known` says that the password was right a moment ago.
    async fn by_password(
        &self,
        user: Option<&Arc<User>>,
        stored: Option<&StoredPassword>,
        password: &Secret,
        known: bool,
    ) -> Result<Option<Authenticated>, Error> {
        if !known && !self.fits(stored, password).await? {
            return Ok(None);
        }
        // Only now, so that a disabled user takes as long as everybody else.
        let (Some(user), Some(stored)) = (user.filter(|user| !user.disabled), stored) else { return Ok(None) };
        let principal = Arc::clone(&user.principal);
        if !known {
            self.verified().insert(&principal.name, stored, password, (self.clock)());
        }
        Ok(Some(Authenticated { principal, expires: None, session: None, origin: self.origin(user) }))
    }

    /// Whether a password fits what is stored; without anything stored it does not, after the same time.
    async fn fits(&self, stored: Option<&StoredPassword>, password: &Secret) -> Result<bool, Error> {
        let real = stored.is_some();
        let stored = stored.cloned();
        let stored = stored.unwrap_or_else(|| self.dummy.read().unwrap_or_else(PoisonError::into_inner).clone());
        let password = password.clone();
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else { return Err(Error::Busy) };
        let Ok(permit) = Arc::clone(&self.running).acquire_owned().await else { return Err(Error::Busy) };
        let check = move || {
            // Held until the work is done, even when nobody waits for it any more.
            let _held = (place, permit);
            stored.verify(&password)
        };
        let fits = match tokio::runtime::Handle::try_current() {
            Ok(runtime) => runtime.spawn_blocking(check).await.unwrap_or(false),
            Err(_) => check(),
        };
        Ok(fits && real)
    }

    /// The user with this name, if they may come in.
    fn user(&self, name: &str) -> Option<Arc<User>> {
        self.users().user(name).filter(|user| !user.disabled).cloned()
    }

    fn origin(&self, user: &User) -> Origin {
        let stored = user.password.as_ref().map_or("", StoredPassword::phc);
        let print = self.sealer.keyed_digest("stored password", stored.as_bytes());
        Origin::Password { print: Arc::from(random::hex(&print)) }
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verified(&self) -> MutexGuard<'_, Verified> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Authenticator for LocalAuthenticator {
    async fn authenticate(&self, credential: &Credential, peer: Option<IpAddr>) -> Result<Authenticated, Error> {
        let outcome = match credential {
            Credential::None => self.anonymous(None),
            Credential::Bearer(bearer) => self.by_bearer(bearer, (self.clock)()),
            Credential::Basic { user, password } => self.by_basic(user, password, peer).await,
        };
        match &outcome {
            Ok(authenticated) => tracing::debug!(user = %authenticated.principal.name, ?peer, "authenticated"),
            // The name that came with a wrong password may be a password typed into the wrong field.
            Err(error) => tracing::info!(%error, ?peer, "refused a credential"),
        }
        outcome
    }

    async fn session(&self, authenticated: &Authenticated) -> Result<SessionToken, Error> {
        let now = (self.clock)();
        let by = By::new(&authenticated.origin).ok_or(Error::SessionUnavailable)?;
        // A session opened from a session ends with it, so nobody stays forever without showing a credential.
        let exp = now.saturating_add(SESSION_SECONDS).min(authenticated.expires.unwrap_or(i64::MAX));
        let sid = match &authenticated.session {
            Some(id) => Arc::from(id.as_str()),
            None => Arc::from(random::hex(&random::bytes::<16>()?)),
        };
        debug_assert!(by != By::Anonymous || *authenticated.principal.name == *ANONYMOUS);
        Claims { sub: Arc::clone(&authenticated.principal.name), sid, iat: now, exp, by }.seal(&self.sealer)
    }

    async fn outdated(&self, authenticated: &Authenticated) {
        let Some(by) = By::new(&authenticated.origin) else { return std::future::pending().await };
        let began = (self.clock)();
        let mut replaced = self.replaced.subscribe();
        // Users and tokens may have been replaced since the credential was shown.
        replaced.mark_changed();
        while replaced.changed().await.is_ok() {
            // At the same moment, so that time alone ends nothing.
            let now = self.standing(&authenticated.principal.name, &by, began);
            if now.is_none_or(|now| now.principal != authenticated.principal) {
                return;
            }
        }
    }
}

fn dummy(users: &UsersFile) -> Result<StoredPassword, Error> {
    StoredPassword::dummy(users.iter().find_map(|user| user.password.as_ref()))
}

fn narrowed(principal: &Principal, purposes: &BTreeSet<Arc<str>>) -> Principal {
    Principal { purposes: principal.purposes.intersection(purposes).cloned().collect(), ..principal.clone() }
}

impl fmt::Debug for LocalAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAuthenticator").field("anonymous", &self.anonymous).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
