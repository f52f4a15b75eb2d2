//! Tables of catalogs as products: `mesh.discover`.
//!
//! A catalog knows tables, and no contracts: no owner, no classification, nobody who may read. What is made of its tables are
//! contracts without these, so that policy alone decides, and decides against.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use weft_catalog::file::FileCatalog;
use weft_model::report::Report;
use weft_storage::storage::Storage;

use crate::command::import::discovered;
use crate::config::{Config, Discover};
use crate::error::Failure;
use crate::wiring;

/// How long a process that starts waits for catalogs to say what there is.
const START_TIME: Duration = Duration::from_secs(30);
/// The least time between two questions.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// The files of one entry.
type Files = BTreeMap<Arc<str>, Arc<str>>;

/// Keeps the products of a mesh at what its catalogs have.
#[derive(Clone, Debug)]
pub struct Discovery {
    catalog: Arc<FileCatalog>,
    storage: Arc<Storage>,
    config: Arc<Config>,
    /// What was found last, for each entry.
    found: Arc<Mutex<Vec<Files>>>,
}

impl Discovery {
    /// Looks for tables as a configuration says; [`None`] where it says nothing.
    ///
    /// # Errors
    /// When storage cannot be opened, or an entry names no catalog.
    pub fn new(config: &Config, root: &Path, catalog: &Arc<FileCatalog>) -> Result<Option<Self>, Failure> {
        let entries = &config.mesh.discover;
        // A catalog of a configuration that nobody named is not asked.
        if entries.is_empty() || config.storage.catalogs.iter().any(|catalog| catalog.withheld.is_some()) {
            return Ok(None);
        }
        let unknown = |entry: &&Discover| !config.storage.catalogs.iter().any(|known| known.name == entry.catalog);
        if let Some(entry) = entries.iter().find(unknown) {
            return Err(Failure::Setup(format!("`mesh.discover` names the catalog `{}`", entry.catalog.escape_debug()))
                .hinted("Add it to `storage.catalogs`."));
        }
        Ok(Some(Self {
            catalog: Arc::clone(catalog),
            storage: Arc::new(wiring::storage(config, root)?),
            config: Arc::new(config.clone()),
            found: Arc::new(Mutex::new(vec![Files::new(); entries.len()])),
        }))
    }

    /// Looks once everywhere, for as long as a process that starts may wait; what is not found then is found later.
    ///
    /// # Errors
    /// As [`Discovery::new`].
    pub async fn begun(config: &Config, root: &Path, catalog: &Arc<FileCatalog>) -> Result<Option<Self>, Failure> {
        let own = Self::new(config, root, catalog)?;
        if let Some(own) = &own {
            own.begin().await;
        }
        Ok(own)
    }

    async fn begin(&self) {
        let all = futures::future::join_all((0..self.config.mesh.discover.len()).map(|at| self.look(at)));
        if tokio::time::timeout(START_TIME, all).await.is_err() {
            tracing::warn!("catalogs did not say in time which tables there are");
        }
    }

    /// Looks again and again.
    pub async fn follow(self) {
        let every = |(at, entry): (usize, &Discover)| {
            let (own, pause) = (&self, entry.every.0.max(EVERY_MIN));
            async move {
                loop {
                    tokio::time::sleep(pause).await;
                    own.look(at).await;
                }
            }
        };
        futures::future::join_all(self.config.mesh.discover.iter().enumerate().map(every)).await;
    }

    /// Looks for the tables of one entry. Where the catalog does not answer, its tables stay as they were.
    async fn look(&self, at: usize) {
        let Some(entry) = self.config.mesh.discover.get(at) else { return };
        let Discover { catalog, namespace, .. } = entry;
        let files = match discovered(&self.config, &self.storage, entry).await {
            Ok((files, others)) => {
                for why in others {
                    tracing::warn!(%catalog, %namespace, "a table is no product: {why}");
                }
                files
            }
            Err(failure) => {
                tracing::warn!(%catalog, %namespace, cause = %failure, "tables stay as they were");
                return;
            }
        };
        let all: Files = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(own) = found.get_mut(at) {
                *own = files;
            }
            found.iter().flatten().map(|(path, text)| (Arc::clone(path), Arc::clone(text))).collect()
        };
        match self.catalog.provide(&all) {
            Ok(report) if report.changed => tracing::info!(%catalog, %namespace, tables = report.read / 2, "tables found"),
            Ok(_) => {}
            Err(error) => tracing::warn!(code = %error.code(), "{error}; tables stay as they were"),
        }
    }
}
