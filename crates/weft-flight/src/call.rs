//! Who calls, with what settings and for what kind of client: read off the headers before anything else happens.

use std::net::SocketAddr;
use std::sync::Arc;

use arrow_ipc::CompressionType;
use tonic::Status;
use tonic::metadata::MetadataMap;
use weft_auth::authenticator::Authenticated;
use weft_auth::credential::Credential;
use weft_engine::caller::{Caller, Settings};

use crate::error::Error;
use crate::limits::OPTION_BYTES_MAX;
use crate::server::State;
use crate::session::{Tie, tie};
use crate::status::status;
use crate::wire::profile::Profile;

const PURPOSE_HEADER: &str = "purpose";
const SCHEMA_HEADER: &str = "schema";
const TIME_ZONE_HEADER: &str = "time_zone";
const AS_OF_HEADER: &str = "as_of";
const COMPRESSION_HEADER: &str = "x-weft-compression";
const RECEIPT_HEADER: &str = "x-weft-receipt";

/// An authenticated call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) authenticated: Authenticated,
    pub(crate) settings: Settings,
    pub(crate) tie: Option<Tie>,
    pub(crate) profile: Profile,
    pub(crate) compression: Option<CompressionType>,
    /// True when a statement's stream ends with its receipt; a client can turn that off.
    pub(crate) receipt: bool,
}

impl Call {
    /// Reads a call, authenticating the caller.
    pub(crate) async fn read(state: &State, headers: &MetadataMap, peer: Option<SocketAddr>) -> Result<Self, Status> {
        let profile = Profile::of(headers)?;
        let compression = compression(headers)?;
        let receipt = !matches!(text(headers, RECEIPT_HEADER)?.as_deref(), Some("0" | "false"));
        let credential = credential(headers).map_err(|error| status(&error))?;
        let peer_ip = peer.map(|peer| peer.ip());
        let authenticated = state.auth.authenticate(&credential, peer_ip).await.map_err(|error| status(&error))?;
        let tie = tie(&authenticated, headers, peer);
        let kept = state.sessions.find(&authenticated.principal.name, tie.as_ref());
        let mut settings = kept.map(|session| session.settings()).unwrap_or_default();
        // What one call says outweighs what its session says.
        for (slot, header) in [
            (&mut settings.purpose, PURPOSE_HEADER),
            (&mut settings.schema, SCHEMA_HEADER),
            (&mut settings.time_zone, TIME_ZONE_HEADER),
            (&mut settings.as_of, AS_OF_HEADER),
        ] {
            if let Some(value) = text(headers, header)? {
                *slot = (!value.is_empty()).then_some(value);
            }
        }
        Ok(Self { authenticated, settings, tie, profile, compression, receipt })
    }

    /// The caller as the engine knows them.
    pub(crate) fn caller(&self) -> Caller {
        Caller { principal: Arc::clone(&self.authenticated.principal), settings: self.settings.clone() }
    }

    /// The caller's name.
    pub(crate) fn principal(&self) -> &str {
        &self.authenticated.principal.name
    }
}

/// The credential of a call: the `authorization` header, or the token that older clients send after a handshake.
pub(crate) fn credential(headers: &MetadataMap) -> Result<Credential, weft_auth::error::Error> {
    if let Some(value) = headers.get("authorization") {
        // A value that is no text is as malformed as a scheme we do not know.
        return Credential::parse(Some(value.to_str().unwrap_or_default()));
    }
    match headers.get_bin("auth-token-bin").and_then(|value| value.to_bytes().ok()) {
        Some(token) => {
            let token = std::str::from_utf8(&token).unwrap_or_default();
            Credential::parse(Some(&format!("Bearer {token}")))
        }
        None => Ok(Credential::None),
    }
}

fn compression(headers: &MetadataMap) -> Result<Option<CompressionType>, Error> {
    match text(headers, COMPRESSION_HEADER)?.as_deref() {
        None | Some("" | "none") => Ok(None),
        Some("lz4") => Ok(Some(CompressionType::LZ4_FRAME)),
        Some("zstd") => Ok(Some(CompressionType::ZSTD)),
        Some(_) => Err(Error::Header(COMPRESSION_HEADER)),
    }
}

fn text(headers: &MetadataMap, name: &'static str) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Error::Header(name))?;
    if value.len() > OPTION_BYTES_MAX {
        return Err(Error::Header(name));
    }
    Ok(Some(value.trim().to_owned()))
}
