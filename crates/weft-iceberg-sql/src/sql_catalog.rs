//! The seam: a catalog in a file of SQLite.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Transaction;
use tokio::sync::Semaphore;
use tokio::task;
use tokio::time::timeout;
use weft_storage::catalog::{CatalogFault, Kept, TableCatalog, TableEntry, TableMetadata, TableName};
use weft_storage::catalog_credentials::CatalogCredentials;
use weft_storage::config::{CatalogConfig, RestrictionsFor};

use crate::address;
use crate::failure::unreachable;
use crate::file::{self, Patience};
use crate::place;
use crate::question::{self, NAME_BYTES_MAX};

/// How many questions are asked of one file at a time: each holds a thread.
pub const AT_ONCE_MAX: usize = 4;

/// The longest wait for a question's turn.
pub const TURN_MAX: Duration = Duration::from_secs(10);

/// A catalog in a file of SQLite: the table `iceberg_tables`, as pyiceberg's `SqlCatalog` and Java's `JdbcCatalog` keep it.
///
/// Every question opens the file anew, so that nothing is older than the question, and a file that was replaced is noticed.
/// The file knows no callers: it says the same to all.
#[derive(Debug)]
pub struct SqlCatalog {
    path: Arc<PathBuf>,
    /// What the file calls this catalog; [`None`] for the only one that it holds.
    warehouse: Option<Arc<str>>,
    patience: Patience,
    turns: Arc<Semaphore>,
    asked: AtomicU64,
}

impl SqlCatalog {
    /// A catalog by its configuration; a relative path is taken from `folder`, that of the configuration.
    ///
    /// Touches no file: one that is not there is told to whoever asks for a table.
    ///
    /// # Errors
    /// In words about the catalog, when a setting does not fit.
    pub fn new(config: &CatalogConfig, folder: &Path) -> Result<Self, String> {
        let path = address::file(&config.uri, folder)?;
        if config.warehouse.as_ref().is_some_and(|name| name.is_empty() || name.len() > NAME_BYTES_MAX) {
            return Err(format!("has in `warehouse` no name of at most {NAME_BYTES_MAX} bytes"));
        }
        for (setting, said) in [
            ("credentials", config.credentials != CatalogCredentials::default()),
            ("restrictions", config.restrictions != RestrictionsFor::default()),
            ("callers", !config.callers.is_empty()),
        ] {
            if said {
                return Err(format!("has no use for `{setting}`: a file says the same to all"));
            }
        }
        Ok(Self {
            path: Arc::new(path),
            warehouse: config.warehouse.as_deref().map(Arc::from),
            patience: Patience::default(),
            turns: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            asked: AtomicU64::new(0),
        })
    }

    /// The same catalog for those who cannot wait.
    #[cfg(test)]
    pub(crate) fn patient(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Asks the file, when it is this question's turn. The turn ends with the question, also when nobody waits for its answer.
    async fn ask<T, Q>(&self, question: Q) -> Result<T, CatalogFault>
    where
        T: Send + 'static,
        Q: FnOnce(&Transaction<'_>, Option<&str>) -> Result<T, CatalogFault> + Send + 'static,
    {
        let Ok(Ok(turn)) = timeout(TURN_MAX, Arc::clone(&self.turns).acquire_owned()).await else {
            return Err(unreachable("too many questions are being asked of its file"));
        };
        let (path, warehouse, patience) = (Arc::clone(&self.path), self.warehouse.clone(), self.patience);
        let answer = task::spawn_blocking(move || {
            let _turn = turn;
            file::ask(&path, patience, |moment| question(moment, warehouse.as_deref()))
        });
        answer.await.unwrap_or_else(|_| Err(unreachable("the question was broken off")))
    }
}

#[async_trait]
impl TableCatalog for SqlCatalog {
    async fn table(&self, name: &TableName, _: Option<&str>) -> Result<TableEntry, CatalogFault> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let namespace = question::spelled(&name.namespace).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.ok_or(CatalogFault::Missing)?;
        let table = Arc::clone(&name.table);
        if table.is_empty() || table.len() > NAME_BYTES_MAX {
            return Err(CatalogFault::Missing);
        }
        let metadata =
            self.ask(move |moment, warehouse| question::metadata(moment, warehouse, &namespace, &table)).await?;
        Ok(TableEntry {
            location: place::of_table(&metadata)?.into(),
            metadata: TableMetadata::File(metadata.into()),
            restrictions: Arc::default(),
            vending: None,
        })
    }

    async fn tables(&self, namespace: &[Arc<str>], most: usize) -> Result<Vec<TableName>, CatalogFault> {
        let namespace = question::spelled(namespace).ok_or(CatalogFault::Missing)?;
        self.ask(move |moment, warehouse| question::tables(moment, warehouse, &namespace, most)).await
    }

    fn kept(&self) -> Kept {
        // Nothing is kept: every question is answered by the file.
        let asked = self.asked.load(Ordering::Relaxed);
        Kept { asked, read: asked, bytes: 0 }
    }
}
