//! The only catalog a session has: the governed tables of one statement.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::Result;

/// Tables by domain and name, under the catalog of the mesh.
#[derive(Default)]
pub(crate) struct StatementTables {
    mesh: Arc<str>,
    domains: HashMap<Arc<str>, Arc<Domain>>,
}

#[derive(Default)]
struct Domain {
    tables: HashMap<Arc<str>, Arc<dyn TableProvider>>,
}

impl StatementTables {
    /// A catalog of these tables and no others, ever.
    pub(crate) fn new(
        mesh: Arc<str>,
        tables: impl IntoIterator<Item = (Arc<str>, Arc<str>, Arc<dyn TableProvider>)>,
    ) -> Self {
        let mut domains: HashMap<Arc<str>, Domain> = HashMap::new();
        for (domain, name, table) in tables {
            domains.entry(domain).or_default().tables.insert(name, table);
        }
        Self { mesh, domains: domains.into_iter().map(|(name, domain)| (name, Arc::new(domain))).collect() }
    }
}

impl fmt::Debug for StatementTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementTables").field("domains", &self.domains.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain").field("tables", &self.tables.len()).finish()
    }
}

/// The list of catalogs: one.
#[derive(Debug)]
pub(crate) struct OneCatalog(pub(crate) Arc<StatementTables>);

impl CatalogProviderList for OneCatalog {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![self.0.mesh.to_string()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (*name == *self.0.mesh).then(|| Arc::clone(&self.0) as Arc<dyn CatalogProvider>)
    }
}

impl CatalogProvider for StatementTables {
    fn schema_names(&self) -> Vec<String> {
        self.domains.keys().map(ToString::to_string).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.domains.get(name).map(|domain| Arc::clone(domain) as Arc<dyn SchemaProvider>)
    }
}

#[async_trait]
impl SchemaProvider for Domain {
    fn table_names(&self) -> Vec<String> {
        self.tables.keys().map(ToString::to_string).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.tables.get(name).map(Arc::clone))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }
}
