//! Who asks a catalog, and how that is shown.

use std::fmt;

use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use weft_storage::catalog::CatalogFault;
use weft_storage::catalog_credentials::{CatalogCredentials, SigningKey};
use weft_storage::remote::client::Secrets;

use crate::asking::{Answer, Ask, Asking, Unanswered};
use crate::secret::{bearer, sendable};
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

    /// Asks as whoever this is. Where the catalog does not know a token, another is asked for, once.
    ///
    /// # Errors
    /// [`CatalogFault`], also when no token is to be had.
    pub(crate) async fn ask(&self, asking: &Asking, mut ask: Ask<'_>) -> Result<Answer, CatalogFault> {
        match self {
            Self::Anonymous => {}
            Self::Token(token) => drop(ask.headers.insert(AUTHORIZATION, token.clone())),
            Self::Key(key) => return Ok(asking.ask_with(&ask, &|ask| key.signed(ask)).await?),
            Self::Client(tokens) => {
                let token = tokens.token(asking).await?;
                ask.headers.insert(AUTHORIZATION, token.clone());
                match asking.ask(&ask).await {
                    Err(Unanswered::Unknown(_)) => {
                        tokens.forget(&token).await;
                        ask.headers.insert(AUTHORIZATION, tokens.token(asking).await?);
                    }
                    answered => return Ok(answered?),
                }
            }
        }
        Ok(asking.ask(&ask).await?)
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

    /// The headers of a request with its signature, which ends after a while: "Signature Version 4".
    fn signed(&self, ask: &Ask<'_>) -> Result<HeaderMap, CatalogFault> {
        let body = ask.body.map(|body| body.as_bytes().to_vec()).unwrap_or_default();
        let signed = http::Request::builder().method(ask.method.clone()).uri(ask.url.as_str());
        let signed = signed.body(HttpRequestBody::from(body));
        let mut signed: HttpRequest = signed.map_err(|_| CatalogFault::Unusable("its address cannot be signed".to_owned()))?;
        *signed.headers_mut() = ask.headers.clone();
        AwsAuthorizer::new(&self.credential, &self.service, &self.region).authorize(&mut signed, None);
        Ok(std::mem::take(signed.headers_mut()))
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
