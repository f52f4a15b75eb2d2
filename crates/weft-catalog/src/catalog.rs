//! The seam: where the engine gets the catalog from.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::error::Error;
use crate::snapshot::CatalogSnapshot;

/// Something that knows the products of a mesh.
#[async_trait]
pub trait ProductCatalog: Send + Sync + Debug {
    /// The newest snapshot. Whoever holds one keeps it: a later one never changes it.
    ///
    /// # Errors
    /// When there is none, because the catalog cannot be reached.
    async fn snapshot(&self) -> Result<Arc<CatalogSnapshot>, Error>;

    /// Tells about every new snapshot; `None` when the catalog never changes.
    fn changes(&self) -> Option<watch::Receiver<Arc<CatalogSnapshot>>>;
}

/// What every catalog has to be told about its mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeshSettings {
    /// The name of the mesh: the catalog in SQL.
    pub name: String,
    /// Which environments' servers are read, the preferred one first.
    pub environments: Vec<String>,
    /// Values for the variables that contracts may use.
    pub variables: BTreeMap<String, String>,
}
