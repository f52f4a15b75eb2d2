//! Tokens of an OAuth2 client: RFC 6749, section 4.4.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::form_urlencoded::Serializer;
use weft_storage::catalog::CatalogFault;
use weft_storage::catalog_credentials::ClientCredentials;
use weft_storage::remote::client::Secrets;

use crate::asking::{ANSWER_BYTES_MAX, Ask, Asking};
use crate::secret::{bearer, line};

/// Where a catalog hands out tokens itself.
const OWN: &str = "v1/oauth/tokens";
/// How long a token is used that does not say how long it lives.
const LIFE_UNSAID: Duration = Duration::from_secs(3_600);
/// The longest that a token is used, whatever it says.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3_600);
/// A token is asked for anew this long before it ends, or a tenth of its life where that is less.
const EARLY_MAX: Duration = Duration::from_secs(60);

/// The tokens of one client: one at a time, and one request for it.
pub(crate) struct Tokens {
    endpoint: Url,
    form: String,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: HeaderValue,
    until: Instant,
}

/// "Successful Response": RFC 6749, section 5.1.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<serde_json::Value>,
}

impl Tokens {
    /// # Errors
    /// In words, when a secret cannot be read, or there is no address to send it to.
    pub(crate) fn new(client: &ClientCredentials, uri: &str, secrets: Secrets<'_>) -> Result<Self, String> {
        let own = format!("{}/{OWN}", uri.trim_end_matches('/'));
        let endpoint = Url::parse(client.token_endpoint.as_deref().unwrap_or(&own)).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
        });
        let endpoint = endpoint.ok_or("has in `token_endpoint` no address such as `https://host/token`")?;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_id", line(&secrets(&client.client_id)?)?);
        form.append_pair("client_secret", line(&secrets(&client.client_secret)?)?);
        if !client.scope.is_empty() {
            form.append_pair("scope", &client.scope);
        }
        if let Some(audience) = &client.audience {
            form.append_pair("audience", audience);
        }
        Ok(Self { endpoint, form: form.finish(), held: Mutex::new(None) })
    }

    /// True when secrets would be sent without encryption.
    pub(crate) fn plain(&self) -> bool {
        self.endpoint.scheme() == "http"
    }

    /// A token that holds for a while yet. Whoever asks while one is asked for waits for it.
    ///
    /// # Errors
    /// When none is to be had.
    pub(crate) async fn token(&self, asking: &Asking) -> Result<HeaderValue, CatalogFault> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref()
            && Instant::now() < held.until
        {
            return Ok(held.token.clone());
        }
        let issued = self.issued(asking).await?;
        let token = issued.token.clone();
        *held = Some(issued);
        Ok(token)
    }

    /// Forgets a token, unless another took its place.
    pub(crate) async fn forget(&self, token: &HeaderValue) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token == *token) {
            *held = None;
        }
    }

    async fn issued(&self, asking: &Asking) -> Result<Held, CatalogFault> {
        let mut ask = Ask { method: Method::POST, body: Some(&self.form), ..Ask::get(self.endpoint.clone(), ANSWER_BYTES_MAX) };
        ask.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let began = Instant::now();
        // Whoever asks for a token has none to show.
        let answer = asking.ask(&ask).await.map_err(|why| match CatalogFault::from(why) {
            CatalogFault::Refused(what) | CatalogFault::Unusable(what) => {
                CatalogFault::Refused(format!("no token is to be had: {what}"))
            }
            CatalogFault::Missing => CatalogFault::Refused("no token is to be had: nothing answers there".to_owned()),
            CatalogFault::Unreachable(what) => CatalogFault::Unreachable(format!("no token is to be had: {what}")),
            restricted @ CatalogFault::Restricted(_) => restricted,
        })?;
        // What is wrong with it may quote it.
        let issued: Issued = serde_json::from_slice(&answer.body)
            .map_err(|_| CatalogFault::Unusable("the answer to a request for a token holds none".to_owned()))?;
        if issued.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer") && kind != "N_A") {
            return Err(CatalogFault::Unusable("the token is not one that is shown as it is".to_owned()));
        }
        // One that cannot be sent is not kept either.
        let token = bearer(&issued.access_token).map_err(|_| CatalogFault::Unusable("the token cannot be sent".to_owned()))?;
        let said = issued.expires_in.as_ref().and_then(|said| said.as_u64().or_else(|| said.as_str()?.parse().ok()));
        let life = said.map_or(LIFE_UNSAID, Duration::from_secs).min(LIFE_MAX);
        let until = began + life.saturating_sub(EARLY_MAX.min(life / 10));
        Ok(Held { token, until })
    }
}
