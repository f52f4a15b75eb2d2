//! Who asks a catalog, and how that is shown.

use std::fmt;

use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use weft_storage::catalog::CatalogFault;
use weft_storage::catalog_credentials::{CatalogCredentials, SigningKey};
use weft_storage::remote::client::Secrets;

use crate::asking::Asking;
use crate::tokens::Tokens;

/// Who asks.
pub(crate) enum Identity {
    /// Nobody in particular.
    Anonymous,
    /// Whoever has this token.
    Token(HeaderValue),
    /// A client whose tokens are asked for.
    Client(Tokens),
    /// Whoever has this key.
    Key(Key),
}

/// A key that signs requests.
pub(crate) struct Key {
    credential: AwsCredential,
    service: String,
    region: String,
}

impl Identity {
    /// Reads what the configuration names; `uri` is where the catalog answers.
    ///
    /// # Errors
    /// In words, when a secret cannot be read or cannot be sent.
    pub(crate) fn new(credentials: &CatalogCredentials, uri: &str, secrets: Secrets<'_>) -> Result<Self, String> {
        Ok(match credentials {
            CatalogCredentials::Anonymous => Self::Anonymous,
            CatalogCredentials::Token(token) => Self::token(&secrets(token)?)?,
            CatalogCredentials::Client(client) => Self::Client(Tokens::new(client, uri, secrets)?),
            CatalogCredentials::Signed(key) => Self::Key(Key::new(key, secrets)?),
        })
    }

    /// Whoever has a token.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub(crate) fn token(token: &str) -> Result<Self, String> {
        bearer(token).map(Self::Token)
    }

    /// True where its secrets are sent without encryption to another address than the catalog's.
    pub(crate) fn plain(&self) -> bool {
        matches!(self, Self::Client(tokens) if tokens.plain())
    }

    /// True where what it shows is as good as what it has; a signature is not.
    pub(crate) fn shows_secrets(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Client(_))
    }

    /// Whether it may have other credentials after it has forgotten its own.
    pub(crate) fn renews(&self) -> bool {
        matches!(self, Self::Client(_))
    }

    /// Forgets a token that the catalog no longer knows.
    pub(crate) async fn forget(&self, token: Option<&str>) {
        if let (Self::Client(tokens), Some(token)) = (self, token) {
            tokens.forget(token).await;
        }
    }

    /// Shows in a request who asks; the token that is shown.
    ///
    /// # Errors
    /// When no token is to be had.
    pub(crate) async fn authorize(&self, request: &mut Request, asking: &Asking) -> Result<Option<String>, CatalogFault> {
        match self {
            Self::Anonymous => Ok(None),
            Self::Token(token) => {
                request.headers_mut().insert(AUTHORIZATION, token.clone());
                Ok(None)
            }
            Self::Client(tokens) => {
                let token = tokens.token(asking).await?;
                let header = bearer(&token).map_err(CatalogFault::Unusable)?;
                request.headers_mut().insert(AUTHORIZATION, header);
                Ok(Some(token))
            }
            Self::Key(key) => key.sign(request).map(|()| None),
        }
    }
}

/// The header of a token.
fn bearer(token: &str) -> Result<HeaderValue, String> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", sendable(token)?)).map_err(|_| ODD.to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

const ODD: &str = "has a secret with characters that no secret of its kind has, such as a line break";

/// A secret that can be sent in the head of a request.
pub(crate) fn sendable(secret: &str) -> Result<&str, String> {
    match secret.is_empty() || secret.chars().any(|c| !c.is_ascii_graphic()) {
        true => Err(ODD.to_owned()),
        false => Ok(secret),
    }
}

impl Key {
    fn new(key: &SigningKey, secrets: Secrets<'_>) -> Result<Self, String> {
        let read = |secret| secrets(secret).and_then(|text| sendable(&text).map(str::to_owned));
        let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain(&key.region) || !plain(&key.service) {
            return Err("has in `region` or `service` no name such as `eu-central-1` or `glue`".to_owned());
        }
        let credential = AwsCredential {
            key_id: read(&key.access_key_id)?,
            secret_key: read(&key.secret_access_key)?,
            token: key.session_token.as_ref().map(read).transpose()?,
        };
        Ok(Self { credential, service: key.service.clone(), region: key.region.clone() })
    }

    /// Signs a request: "Signature Version 4".
    fn sign(&self, request: &mut Request) -> Result<(), CatalogFault> {
        let body = request.body().and_then(|body| body.as_bytes()).map(<[u8]>::to_vec).unwrap_or_default();
        let signed = http::Request::builder().method(request.method()).uri(request.url().as_str());
        let signed = signed.body(HttpRequestBody::from(body));
        let mut signed: HttpRequest = signed.map_err(|_| CatalogFault::Unusable("its address cannot be signed".to_owned()))?;
        *signed.headers_mut() = request.headers().clone();
        AwsAuthorizer::new(&self.credential, &self.service, &self.region).authorize(&mut signed, None);
        *request.headers_mut() = std::mem::take(signed.headers_mut());
        Ok(())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Token(_) => "Token",
            Self::Client(_) => "Client",
            Self::Key(_) => "Key",
        })
    }
}
