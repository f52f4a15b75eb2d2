//! What a machine in Azure's or Google's cloud is given: tokens, from the address that only it can reach.
//!
//! The clients of these clouds would look into the environment and the home folder first, for whoever logged in there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use object_store::azure::AzureCredential;
use object_store::client::CredentialProvider;
use object_store::gcp::GcpCredential;
use object_store::{Error, Result};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::config::RemoteConfig;
use crate::remote::connector::Connector;

/// Where both clouds answer.
const ADDRESS: &str = "http://169.254.169.254";
const AZURE_PATH: &str =
    "/metadata/identity/oauth2/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com";
const GOOGLE_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// A token is asked for anew this long before it ends.
const EARLY: Duration = Duration::from_secs(300);
/// How often a token is asked for, and how long is waited in between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);
/// The longest answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Tokens of one instance, as a store's credentials.
pub(crate) struct Instance<T> {
    client: reqwest::Client,
    url: String,
    header: (&'static str, &'static str),
    made: fn(String) -> T,
    held: Mutex<Option<(Arc<T>, Instant)>>,
}

impl Instance<AzureCredential> {
    /// # Errors
    /// When no client can be made.
    pub(crate) fn azure(remote: &RemoteConfig, endpoint: Option<&str>) -> std::result::Result<Self, String> {
        Self::new(remote, endpoint, AZURE_PATH, ("Metadata", "true"), AzureCredential::BearerToken)
    }
}

impl Instance<GcpCredential> {
    /// # Errors
    /// When no client can be made.
    pub(crate) fn google(remote: &RemoteConfig, endpoint: Option<&str>) -> std::result::Result<Self, String> {
        Self::new(remote, endpoint, GOOGLE_PATH, ("Metadata-Flavor", "Google"), |bearer| GcpCredential { bearer })
    }
}

/// What the instance is told.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// Seconds; Azure writes them as a text.
    expires_in: serde_json::Value,
}

impl<T> Instance<T> {
    fn new(
        remote: &RemoteConfig,
        endpoint: Option<&str>,
        path: &str,
        header: (&'static str, &'static str),
        made: fn(String) -> T,
    ) -> std::result::Result<Self, String> {
        let url = format!("{}{path}", endpoint.unwrap_or(ADDRESS).trim_end_matches('/'));
        let client = Connector::new(remote, false).client(true).map_err(|cause| cause.to_string())?;
        Ok(Self { client, url, header, made, held: Mutex::new(None) })
    }

    async fn ask(&self) -> std::result::Result<Answer, String> {
        let failed = |cause: reqwest::Error| cause.without_url().to_string();
        let answer = self.client.get(&self.url).header(self.header.0, self.header.1).send().await.map_err(failed)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("the answer was {status}"));
        }
        let mut bytes = Vec::new();
        let mut answer = answer;
        while let Some(more) = answer.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&more);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err("the answer is too long".to_owned());
            }
        }
        // What is wrong with it may quote it.
        serde_json::from_slice(&bytes).map_err(|_| "the answer holds no token".to_owned())
    }
}

#[async_trait]
impl<T: Send + Sync + 'static> CredentialProvider for Instance<T> {
    type Credential = T;

    async fn get_credential(&self) -> Result<Arc<T>> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = held.as_ref()
            && Instant::now() < *until
        {
            return Ok(Arc::clone(token));
        }
        let mut asked = self.ask().await;
        for _ in 1..ATTEMPTS {
            if asked.is_ok() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            asked = self.ask().await;
        }
        let answer = asked.map_err(|why| Error::Generic {
            store: "remote",
            source: format!("the instance could not be asked for its credentials: {why}").into(),
        })?;
        let seconds = match &answer.expires_in {
            serde_json::Value::String(text) => text.parse().unwrap_or(0),
            other => other.as_u64().unwrap_or(0),
        };
        let token = Arc::new((self.made)(answer.access_token));
        let life = Duration::from_secs(seconds).saturating_sub(EARLY);
        *held = Instant::now().checked_add(life).map(|until| (Arc::clone(&token), until));
        Ok(token)
    }
}

impl<T> std::fmt::Debug for Instance<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({})", self.url)
    }
}
