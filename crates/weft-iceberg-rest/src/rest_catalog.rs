//! One REST catalog of the configuration.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use tokio::sync::Semaphore;
use weft_storage::catalog::{CatalogFault, Kept, TableCatalog, TableEntry, TableMetadata, TableName, Vending};
use weft_storage::config::{CatalogConfig, RemoteConfig, RestrictionsFor};
use weft_storage::remote::client::{Secrets, near};

use crate::asking::Asking;
use crate::identity::Identity;
use crate::lending::Lending;
use crate::listing;
use crate::session::{Api, Session};

/// Answers that are read at the same time: what is read takes many times what it is written in.
const READ_AT_ONCE: usize = 2;
/// The longest that listing tables takes.
const LISTING_TIME: Duration = Duration::from_secs(120);

/// A catalog that answers over HTTP.
pub struct RestCatalog {
    api: Arc<Api>,
    own: Arc<Session>,
    callers: HashMap<String, Arc<Session>>,
}

impl RestCatalog {
    /// A client of a catalog, which is not asked yet. `borrows` says whether keys to files are taken from it; at most so many
    /// bytes of what it says are kept.
    ///
    /// # Errors
    /// In words, when settings do not fit together or a secret cannot be read.
    pub fn new(
        config: &CatalogConfig,
        remote: &RemoteConfig,
        borrows: bool,
        bytes_max: u64,
        secrets: Secrets<'_>,
    ) -> Result<Self, String> {
        let uri = Url::parse(&config.uri).ok().filter(bare);
        let uri = uri.ok_or("has in `uri` no address such as `https://host/path`; a file of SQLite is of `type: sql`")?;
        if uri.path().trim_end_matches('/').ends_with("/v1") {
            return Err("has in `uri` the `/v1` that all requests begin with; leave it out".to_owned());
        }
        let theirs = config.restrictions == RestrictionsFor::Caller;
        if theirs == config.callers.is_empty() {
            return Err("needs `callers` with `restrictions: caller`, and has no use for them otherwise".to_owned());
        }
        let own = Identity::new(&config.credentials, uri.as_str(), secrets)?;
        let plain = uri.scheme() == "http";
        if !plain && own.plain() {
            return Err("has a `token_endpoint` without https, which would show the client's secret".to_owned());
        }
        if plain && !near(&uri) && (own.shows_secrets() || theirs) {
            let catalog = &config.name;
            tracing::warn!(%catalog, "is asked without encryption, and shown secrets: whoever is in between reads them; use https");
        }
        let asking = Asking::new(remote, plain)?;
        let api = Arc::new(Api {
            asking,
            uri,
            warehouse: config.warehouse.clone(),
            borrows,
            asks_for_changes: config.restrictions == RestrictionsFor::Refuse,
            reading: Semaphore::new(READ_AT_ONCE),
            asked: AtomicU64::new(0),
            read: AtomicU64::new(0),
        });
        // One bound for all who ask.
        let bytes_max = bytes_max / u64::try_from(config.callers.len() + 1).unwrap_or(1);
        let session = |identity| Arc::new(Session::new(Arc::clone(&api), identity, bytes_max));
        let mut callers = HashMap::new();
        for (caller, token) in &config.callers {
            callers.insert(caller.clone(), session(Identity::token(&secrets(token)?)?));
        }
        Ok(Self { own: session(own), callers, api })
    }

    fn session(&self, caller: Option<&str>) -> Result<&Arc<Session>, CatalogFault> {
        match caller {
            None => Ok(&self.own),
            Some(caller) => self.callers.get(caller).ok_or_else(|| CatalogFault::Refused("`callers` has no token of whoever asks".to_owned())),
        }
    }
}

/// An address of a service, and nothing more.
fn bare(url: &Url) -> bool {
    let nobody = url.username().is_empty() && url.password().is_none();
    matches!(url.scheme(), "http" | "https") && url.has_host() && nobody && url.query().is_none() && url.fragment().is_none()
}

#[async_trait]
impl TableCatalog for RestCatalog {
    async fn table(&self, name: &TableName, caller: Option<&str>) -> Result<TableEntry, CatalogFault> {
        let session = self.session(caller)?;
        let loaded = session.table(name).await?;
        let lending = || {
            let lending = Lending::new(Arc::clone(session), name.clone(), Arc::clone(&loaded.keys), loaded.at);
            Arc::new(lending) as Arc<dyn Vending>
        };
        Ok(TableEntry {
            location: Arc::clone(&loaded.location),
            metadata: TableMetadata::Text { text: Arc::clone(&loaded.metadata), tag: Arc::clone(&loaded.tag) },
            restrictions: Arc::clone(&loaded.restrictions),
            vending: (self.api.borrows && !loaded.keys.is_empty()).then(lending),
        })
    }

    async fn tables(&self, namespace: &[Arc<str>], most: usize) -> Result<Vec<TableName>, CatalogFault> {
        let listed = tokio::time::timeout(LISTING_TIME, listing::tables(&self.own, namespace, most)).await;
        listed.unwrap_or_else(|_| Err(CatalogFault::Unreachable("listing its tables took too long".to_owned())))
    }

    fn kept(&self) -> Kept {
        let bytes = self.callers.values().chain([&self.own]).map(|session| session.held()).sum();
        Kept { asked: self.api.asked.load(Ordering::Relaxed), read: self.api.read.load(Ordering::Relaxed), bytes }
    }
}

impl fmt::Debug for RestCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestCatalog").field("uri", &self.api.uri.as_str()).finish_non_exhaustive()
    }
}
