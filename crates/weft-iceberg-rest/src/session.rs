//! What one identity is told by a catalog: its settings, and its tables.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::future::Cache;
use reqwest::header::{HeaderName, HeaderValue, IF_NONE_MATCH};
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use tokio::sync::{Mutex, Semaphore};
use weft_storage::catalog::{CatalogFault, TableName, Vended};

use crate::asking::{ANSWER_BYTES_MAX, Answer, Ask, Asking, TABLE_BYTES_MAX};
use crate::identity::Identity;
use crate::loaded::{Loaded, credentials};
use crate::path;
use crate::strict::Strict;

/// How long the settings of a catalog are kept.
const SETTINGS_LIFE: Duration = Duration::from_secs(600);
/// How long they are not doubted where a table is not there.
const SETTINGS_DOUBT: Duration = Duration::from_secs(30);
/// How long a catalog that could not be asked for its settings is not asked again: whoever waits hears of it together.
const DOWN_TIME: Duration = Duration::from_secs(1);
/// How long what was said of a table is said again because the catalog says that the table is the same. The tag that it goes
/// by is of the table's metadata, and need not change with who may read what.
const SAME_LIFE: Duration = Duration::from_secs(60);
/// How a client says that it takes keys.
const DELEGATION: HeaderName = HeaderName::from_static("x-iceberg-access-delegation");
const VENDED: HeaderValue = HeaderValue::from_static("vended-credentials");
/// How the request for keys alone is listed.
const CREDENTIALS: &str = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials";

/// How a catalog is asked, whoever asks.
pub(crate) struct Api {
    pub(crate) asking: Asking,
    /// Where it answers, without a slash at its end.
    pub(crate) uri: Url,
    pub(crate) warehouse: Option<String>,
    /// Whether keys are taken.
    pub(crate) borrows: bool,
    /// Whether it is asked if a table is the same as it was; not where it may withhold something from somebody.
    pub(crate) asks_for_changes: bool,
    /// Answers that are read at the same time.
    pub(crate) reading: Semaphore,
    pub(crate) asked: AtomicU64,
    pub(crate) read: AtomicU64,
}

/// One identity with a catalog. What it is told is told to no other.
pub(crate) struct Session {
    api: Arc<Api>,
    identity: Identity,
    settings: Mutex<Option<(Arc<Catalog>, Instant)>>,
    down: Mutex<Option<(CatalogFault, Instant)>>,
    tables: Cache<TableName, Arc<Known>>,
}

/// What a catalog says of itself.
struct Catalog {
    prefix: String,
    /// Whether keys can be asked for alone.
    lends: bool,
}

/// "CatalogConfig" of the API.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    defaults: HashMap<String, Option<String>>,
    #[serde(default)]
    overrides: HashMap<String, Option<String>>,
    endpoints: Option<Vec<String>>,
}

/// What was said of a table, and the tag that it was said with.
struct Known {
    loaded: Arc<Loaded>,
    tag: Option<HeaderValue>,
}

impl Session {
    /// Keeps at most so many bytes.
    pub(crate) fn new(api: Arc<Api>, identity: Identity, bytes_max: u64) -> Self {
        let weight = |name: &TableName, known: &Arc<Known>| {
            let name = name.table.len() + name.namespace.iter().map(|level| level.len()).sum::<usize>();
            u32::try_from(name + known.loaded.held()).unwrap_or(u32::MAX)
        };
        let tables = Cache::builder().weigher(weight).max_capacity(bytes_max).build();
        Self { api, identity, settings: Mutex::new(None), down: Mutex::new(None), tables }
    }

    /// Bytes of what is kept.
    pub(crate) fn held(&self) -> u64 {
        self.tables.weighted_size()
    }

    /// What the catalog says of a table now.
    ///
    /// # Errors
    /// [`CatalogFault`].
    pub(crate) async fn table(&self, name: &TableName) -> Result<Arc<Loaded>, CatalogFault> {
        self.api.asked.fetch_add(1, Ordering::Relaxed);
        let known = self.tables.get(name).await;
        let known = known.filter(|known| self.api.asks_for_changes && known.loaded.at.elapsed() < SAME_LIFE);
        let tag = known.as_ref().and_then(|known| known.tag.clone());
        let answer = self.load(name, tag.as_ref()).await?;
        match known {
            Some(known) if answer.status == StatusCode::NOT_MODIFIED => return Ok(Arc::clone(&known.loaded)),
            _ if answer.status == StatusCode::NOT_MODIFIED => {
                return Err(CatalogFault::Unusable("it says that a table is the same, and was not asked".to_owned()));
            }
            _ => {}
        }
        self.api.read.fetch_add(1, Ordering::Relaxed);
        let tag = answer.tag.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok());
        let loaded = self.read(answer).await?;
        self.tables.insert(name.clone(), Arc::new(Known { loaded: Arc::clone(&loaded), tag })).await;
        Ok(loaded)
    }

    /// Keys to a table's files, whether the table is the same or not.
    ///
    /// # Errors
    /// [`CatalogFault`].
    pub(crate) async fn keys(&self, name: &TableName) -> Result<Arc<[Vended]>, CatalogFault> {
        let catalog = self.catalog().await?;
        if !catalog.lends {
            return Ok(Arc::clone(&self.read(self.load(name, None).await?).await?.keys));
        }
        let url = self.url(&catalog, &format!("{}/credentials", path::table(name)))?;
        let answer = self.identity.ask(&self.api.asking, Ask::get(url, ANSWER_BYTES_MAX)).await?;
        credentials(&answer.body)
    }

    /// A list of names: its path below the prefix, and its query.
    ///
    /// # Errors
    /// [`CatalogFault`].
    pub(crate) async fn list(&self, path: &str, query: &str) -> Result<Answer, CatalogFault> {
        let mut url = self.url(&*self.catalog().await?, path)?;
        url.set_query(Some(query));
        self.identity.ask(&self.api.asking, Ask::get(url, ANSWER_BYTES_MAX)).await
    }

    async fn load(&self, name: &TableName, tag: Option<&HeaderValue>) -> Result<Answer, CatalogFault> {
        match self.load_now(name, tag).await {
            // What is asked for below another prefix than the catalog has now is not there either.
            Err(CatalogFault::Missing) if self.doubts().await => self.load_now(name, tag).await,
            answered => answered,
        }
    }

    /// Forgets what the catalog said of itself, unless it said so just now.
    async fn doubts(&self) -> bool {
        let mut settings = self.settings.lock().await;
        let old = settings.as_ref().is_some_and(|(_, since)| since.elapsed() > SETTINGS_DOUBT);
        if old {
            *settings = None;
        }
        old
    }

    async fn load_now(&self, name: &TableName, tag: Option<&HeaderValue>) -> Result<Answer, CatalogFault> {
        let catalog = self.catalog().await?;
        let mut ask = Ask::get(self.url(&catalog, &path::table(name))?, TABLE_BYTES_MAX);
        if self.api.borrows {
            ask.headers.insert(DELEGATION, VENDED);
        }
        if let Some(tag) = tag {
            ask.headers.insert(IF_NONE_MATCH, tag.clone());
        }
        self.identity.ask(&self.api.asking, ask).await
    }

    /// Reads what is said of a table, on a thread for such work: metadata may be long.
    async fn read(&self, answer: Answer) -> Result<Arc<Loaded>, CatalogFault> {
        let ending = |_| CatalogFault::Unreachable("the server is ending".to_owned());
        let _turn = self.api.reading.acquire().await.map_err(ending)?;
        let borrows = self.api.borrows;
        let read = tokio::task::spawn_blocking(move || Loaded::read(&answer.body, borrows)).await;
        read.unwrap_or_else(|_| Err(CatalogFault::Unusable("its reader broke off".to_owned()))).map(Arc::new)
    }

    /// An address below the prefix.
    fn url(&self, catalog: &Catalog, path: &str) -> Result<Url, CatalogFault> {
        let between = if catalog.prefix.is_empty() { "" } else { "/" };
        self.address(&format!("v1/{}{between}{path}", catalog.prefix))
    }

    fn address(&self, path: &str) -> Result<Url, CatalogFault> {
        let text = format!("{}/{path}", self.api.uri.as_str().trim_end_matches('/'));
        Url::parse(&text).map_err(|_| CatalogFault::Unusable("its address is none".to_owned()))
    }

    /// What the catalog says of itself; asked for once in a while.
    async fn catalog(&self) -> Result<Arc<Catalog>, CatalogFault> {
        let mut settings = self.settings.lock().await;
        if let Some((catalog, since)) = settings.as_ref()
            && since.elapsed() < SETTINGS_LIFE
        {
            return Ok(Arc::clone(catalog));
        }
        let mut down = self.down.lock().await;
        if let Some((fault, _)) = down.as_ref().filter(|(_, since)| since.elapsed() < DOWN_TIME) {
            return Err(fault.clone());
        }
        let asked = self.asked_for_settings().await;
        let away = asked.as_ref().err().filter(|fault| matches!(fault, CatalogFault::Unreachable(_)));
        *down = away.map(|fault| (fault.clone(), Instant::now()));
        let catalog = asked?;
        *settings = Some((Arc::clone(&catalog), Instant::now()));
        Ok(catalog)
    }

    async fn asked_for_settings(&self) -> Result<Arc<Catalog>, CatalogFault> {
        let mut url = self.address("v1/config")?;
        if let Some(warehouse) = &self.api.warehouse {
            url.set_query(Some(&format!("warehouse={}", path::encoded(warehouse))));
        }
        let answer = self.identity.ask(&self.api.asking, Ask::get(url, ANSWER_BYTES_MAX)).await.map_err(|fault| match fault {
            CatalogFault::Missing => CatalogFault::Unusable("no catalog answers at its `uri`, or none has the warehouse".to_owned()),
            other => other,
        })?;
        self.understood(&answer.body).map(Arc::new)
    }

    /// What is taken from a catalog's settings: where to go on, and what to ask for. Never where else.
    fn understood(&self, body: &[u8]) -> Result<Catalog, CatalogFault> {
        let odd = || CatalogFault::Unusable("its `/v1/config` is not what the standard says".to_owned());
        let Strict(said) = serde_json::from_slice(body).map_err(|_| odd())?;
        let config: Config = serde_json::from_value(said).map_err(|_| odd())?;
        let said = |name: &str| {
            let over = config.overrides.get(name).and_then(Option::as_ref);
            over.or_else(|| config.defaults.get(name).and_then(Option::as_ref)).map(String::as_str)
        };
        let own = self.api.uri.as_str().trim_end_matches('/');
        if config.overrides.get("uri").and_then(Option::as_ref).is_some_and(|uri| uri.trim_end_matches('/') != own) {
            return Err(CatalogFault::Unusable("it sends to another address than its `uri`, which only the operator may".to_owned()));
        }
        let prefix = path::prefix(said("prefix").unwrap_or_default());
        let prefix = prefix.ok_or_else(|| CatalogFault::Unusable("its prefix is no part of a path".to_owned()))?.to_owned();
        let lends = config.endpoints.is_some_and(|all| all.iter().any(|one| one == CREDENTIALS));
        Ok(Catalog { prefix, lends })
    }
}

