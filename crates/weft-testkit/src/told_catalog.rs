//! A catalog of tables that says what a test told it: the twin of the REST and SQL catalogs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use weft_model::restriction::Restrictions;
use weft_storage::catalog::{CatalogFault, TableCatalog, TableEntry, TableMetadata, TableName};

/// Says where the tables of one folder lie, and what it was told that a caller may not read of them.
#[derive(Debug)]
pub struct ToldCatalog {
    root: PathBuf,
    withheld: Mutex<HashMap<Option<String>, Restrictions>>,
}

impl ToldCatalog {
    /// The tables in the folders of a folder, by the names of theirs.
    #[must_use]
    pub fn new(root: PathBuf) -> Arc<Self> {
        Arc::new(Self { root, withheld: Mutex::default() })
    }

    /// Withholds something from a caller, from now on; without a name from Weft itself.
    pub fn withholds(&self, caller: Option<&str>, restrictions: Restrictions) {
        self.withheld.lock().unwrap().insert(caller.map(str::to_owned), restrictions);
    }
}

#[async_trait]
impl TableCatalog for ToldCatalog {
    async fn table(&self, name: &TableName, caller: Option<&str>) -> Result<TableEntry, CatalogFault> {
        let folder = self.root.join(&*name.table);
        let hint = std::fs::read_to_string(folder.join("metadata/version-hint.text")).map_err(|_| CatalogFault::Missing)?;
        let withheld = self.withheld.lock().unwrap().get(&caller.map(str::to_owned)).cloned();
        let restrictions = withheld.ok_or_else(|| CatalogFault::Refused("nobody told it of the caller".to_owned()))?;
        let metadata = format!("{}/metadata/v{}.metadata.json", folder.display(), hint.trim());
        Ok(TableEntry {
            location: Arc::from(folder.display().to_string()),
            metadata: TableMetadata::File(Arc::from(metadata)),
            restrictions: Arc::new(restrictions),
            vending: None,
        })
    }

    async fn tables(&self, _: &[Arc<str>], _: usize) -> Result<Vec<TableName>, CatalogFault> {
        Ok(Vec::new())
    }
}
