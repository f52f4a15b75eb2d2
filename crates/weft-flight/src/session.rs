//! Session options: what a client sets once and means for every statement that follows.
//!
//! A session is found by what ties calls together, strongest first: the name inside a session bearer, a cookie, the
//! connection. Each is bound to the caller's name as well, so that nobody reaches another's options; with the
//! connection, callers of one name who share it behind a proxy share options too.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moka::sync::Cache;
use tonic::metadata::MetadataMap;
use weft_auth::authenticator::Authenticated;
use weft_engine::caller::Settings;

use crate::error::Error;
use crate::limits::{FlightLimits, OPTION_BYTES_MAX};

/// The name the specification suggests.
const COOKIE: &str = "arrow_flight_session_id";

/// Random bytes in a cookie.
const COOKIE_BYTES: usize = 16;

/// What ties calls together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tie {
    /// The session bearer's own name.
    Bearer(String),
    /// A cookie that we handed out.
    Cookie(String),
    /// The connection.
    Peer(SocketAddr),
}

/// A caller's name, and what ties their calls together.
type Key = (Arc<str>, Tie);

/// The options of every session, bounded in number and in time.
#[derive(Debug)]
pub(crate) struct Sessions {
    kept: Cache<Key, Arc<Session>>,
}

/// The options of one session.
#[derive(Debug)]
pub(crate) struct Session {
    settings: Mutex<Settings>,
    keys: Vec<Key>,
}

impl Session {
    /// The options as they are now.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the options.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What ties a call to others: from its credential, its headers and its connection.
pub(crate) fn tie(authenticated: &Authenticated, headers: &MetadataMap, peer: Option<SocketAddr>) -> Option<Tie> {
    if let Some(session) = &authenticated.session {
        return Some(Tie::Bearer(session.as_str().to_owned()));
    }
    if let Some(cookie) = cookie(headers) {
        return Some(Tie::Cookie(cookie));
    }
    peer.map(Tie::Peer)
}

fn cookie(headers: &MetadataMap) -> Option<String> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && (1..=OPTION_BYTES_MAX).contains(&value.len()))
        .map(|(_, value)| value.trim_matches('"').to_owned())
}

impl Sessions {
    /// An empty store.
    pub(crate) fn new(limits: &FlightLimits) -> Self {
        Self { kept: Cache::builder().max_capacity(limits.sessions).time_to_idle(limits.session_life).build() }
    }

    /// The session of a call, if options were ever set in it.
    pub(crate) fn find(&self, principal: &Arc<str>, tie: Option<&Tie>) -> Option<Arc<Session>> {
        self.kept.get(&(Arc::clone(principal), tie?.clone()))
    }

    /// The session of a call, begun if there is none; with it, the cookie to hand out when the call has nothing better
    /// than its connection to be known by.
    pub(crate) fn open(&self, principal: &Arc<str>, tie: Option<Tie>) -> Result<(Arc<Session>, Option<String>), Error> {
        if let Some(session) = self.find(principal, tie.as_ref()) {
            return Ok((session, None));
        }
        let mut keys: Vec<Key> = Vec::new();
        let mut cookie = None;
        match tie {
            Some(Tie::Bearer(name)) => keys.push((Arc::clone(principal), Tie::Bearer(name))),
            // A cookie that we do not know is not adopted: it might be somebody else's invention.
            Some(Tie::Cookie(_)) | None => cookie = Some(fresh_cookie()?),
            Some(Tie::Peer(peer)) => {
                keys.push((Arc::clone(principal), Tie::Peer(peer)));
                cookie = Some(fresh_cookie()?);
            }
        }
        if let Some(cookie) = &cookie {
            keys.push((Arc::clone(principal), Tie::Cookie(cookie.clone())));
        }
        let session = Arc::new(Session { settings: Mutex::default(), keys: keys.clone() });
        for key in keys {
            self.kept.insert(key, Arc::clone(&session));
        }
        Ok((session, cookie.map(|cookie| format!("{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict"))))
    }

    /// Forgets a session; true when there was one.
    pub(crate) fn close(&self, principal: &Arc<str>, tie: Option<&Tie>) -> bool {
        let Some(session) = self.find(principal, tie) else { return false };
        for key in &session.keys {
            self.kept.invalidate(key);
        }
        true
    }
}

fn fresh_cookie() -> Result<String, Error> {
    let mut bytes = [0_u8; COOKIE_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| Error::Internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> Option<Tie> {
        Some(Tie::Peer(SocketAddr::from(([127, 0, 0, 1], port))))
    }

    fn purposeful(session: &Session) {
        session.change(|settings| settings.purpose = Some("fraud".to_owned()));
    }

    #[test]
    fn a_connection_is_enough_and_a_cookie_replaces_it() {
        let sessions = Sessions::new(&FlightLimits::default());
        let ana: Arc<str> = "ana".into();
        let (session, cookie) = sessions.open(&ana, peer(1)).unwrap();
        purposeful(&session);
        let cookie = cookie.unwrap();
        let mut headers = MetadataMap::new();
        headers.insert("cookie", format!("other=1; {}", cookie.split(';').next().unwrap()).parse().unwrap());
        let authenticated = Authenticated::new(Arc::default(), None);
        let by_cookie = tie(&authenticated, &headers, None);
        assert!(matches!(by_cookie, Some(Tie::Cookie(_))));
        for tie in [peer(1), by_cookie.clone()] {
            let found = sessions.find(&ana, tie.as_ref()).unwrap();
            assert_eq!(found.settings().purpose.as_deref(), Some("fraud"));
        }
        assert!(sessions.close(&ana, by_cookie.as_ref()));
        assert!(sessions.find(&ana, peer(1).as_ref()).is_none());
        assert!(!sessions.close(&ana, peer(1).as_ref()));
    }

    #[test]
    fn nobody_reaches_anothers_options() {
        let sessions = Sessions::new(&FlightLimits::default());
        let (session, _) = sessions.open(&"ana".into(), peer(1)).unwrap();
        purposeful(&session);
        assert!(sessions.find(&"eve".into(), peer(1).as_ref()).is_none());
        assert!(sessions.find(&"ana".into(), peer(2).as_ref()).is_none());
    }

    #[test]
    fn an_unknown_cookie_is_not_adopted() {
        let sessions = Sessions::new(&FlightLimits::default());
        let planted = Some(Tie::Cookie("planted".to_owned()));
        let (_, cookie) = sessions.open(&"ana".into(), planted.clone()).unwrap();
        assert!(!cookie.unwrap().contains("planted"));
        assert!(sessions.find(&"ana".into(), planted.as_ref()).is_none());
    }
}
