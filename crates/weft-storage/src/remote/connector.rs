//! HTTP as the configuration says: no redirects, no proxies, nothing from the environment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientConfigKey, ClientOptions, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::RemoteConfig;

/// What Weft calls itself.
const AGENT: &str = concat!("weft/", env!("CARGO_PKG_VERSION"));
/// The longest that connecting to what gives an instance its credentials takes: it is near, or it is not there.
const NEAR_TIME_MAX: Duration = Duration::from_secs(1);

/// Makes the clients of one binding.
///
/// A redirect would take a signed request, and what it asks for, to wherever the service says; a proxy of the environment
/// would see what only the service is meant to see.
#[derive(Clone, Debug)]
pub struct Connector {
    remote: RemoteConfig,
    /// True when the binding's own address is not encrypted.
    plain: bool,
}

impl Connector {
    /// `plain` says that the own address is not encrypted.
    #[must_use]
    pub fn new(remote: &RemoteConfig, plain: bool) -> Self {
        Self { remote: remote.clone(), plain }
    }

    /// A client; `plain` allows addresses that are not encrypted.
    ///
    /// # Errors
    /// When there is nothing to encrypt with.
    pub fn client(&self, plain: bool) -> reqwest::Result<reqwest::Client> {
        let connect = self.remote.connect_time.0;
        // Stores whose own address is encrypted ask without encryption only what is near.
        let connect = if plain && !self.plain { connect.min(NEAR_TIME_MAX) } else { connect };
        reqwest::Client::builder()
            .user_agent(AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(self.remote.request_time.0)
            .connect_timeout(connect)
            // Many requests at once are faster over connections of their own.
            .http1_only()
            .dns_resolver(Arc::new(Rotating::default()))
            // Lengths of answers are those of objects.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .https_only(!plain)
            .build()
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let plain = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|value| value == "true");
        let client = self.client(plain);
        client.map(HttpClient::new).map_err(|cause| object_store::Error::Generic { store: "remote", source: Box::new(cause) })
    }
}

/// Addresses of a host, each time beginning with another, so that connections spread over all that serve it.
#[derive(Debug, Default)]
struct Rotating(AtomicUsize);

impl Resolve for Rotating {
    fn resolve(&self, name: Name) -> Resolving {
        let turn = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let mut found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let first = turn.checked_rem(found.len()).unwrap_or(0);
            found.rotate_left(first);
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
