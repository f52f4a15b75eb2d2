//! Where the data of one product lies, as its contract is to say: at a location, or where a catalog says.

use std::sync::Arc;

use weft_engine::ports::{located, located_by_catalog};
use weft_model::contract::{Format, SchemaObject, Server, ServerKind};
use weft_model::name::DomainName;
use weft_model::place::Place;
use weft_port::location::PortLocation;
use weft_storage::config::CatalogConfig;
use weft_storage::storage::Storage;

use crate::error::Failure;

use super::names;
use super::veil::Veiled;

/// How tables of catalogs begin on the command line.
const CATALOG: &str = "catalog:";
/// The most tables that are imported at once.
const TABLES_MAX: usize = 1_000;

/// Where data lies.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// At a location, as the contract spells it.
    Location(String),
    /// Where a catalog says that a table lies.
    Catalog {
        /// The catalog's name.
        name: String,
        /// Where it answers.
        uri: String,
        /// What it calls the warehouse.
        warehouse: Option<String>,
        /// The namespace, with `.` between its levels.
        namespace: String,
        /// The table's name there.
        table: String,
    },
}

/// True for what names tables of a catalog.
pub(super) fn is_catalog(spelled: &str) -> bool {
    spelled.starts_with(CATALOG)
}

/// How everything below a namespace is named.
pub(super) fn below(catalog: &str, namespace: &str) -> String {
    format!("{CATALOG}{catalog}/{namespace}")
}

/// The tables that `catalog:NAME/NAMESPACE/TABLE` names, or that lie below `catalog:NAME/NAMESPACE`, each as it could have
/// been named.
///
/// # Errors
/// When there is no such catalog, the domain may not ask it, or it does not answer.
pub(super) async fn tables(
    catalogs: &[CatalogConfig],
    storage: &Storage,
    domain: &DomainName,
    spelled: &str,
) -> Result<Vec<(String, Source)>, Failure> {
    let shown = spelled.escape_debug();
    let mut parts = spelled.trim_start_matches(CATALOG).splitn(3, '/');
    let (name, namespace) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if name.is_empty() || namespace.is_empty() {
        return Err(Failure::Setup(format!("`{shown}` names no tables of a catalog"))
            .hinted("Write catalog:NAME/NAMESPACE/TABLE, or catalog:NAME/NAMESPACE for all tables below a namespace."));
    }
    let known = catalogs.iter().find(|catalog| catalog.name == name).ok_or_else(|| {
        Failure::Setup(format!("there is no catalog `{}`", name.escape_debug()))
            .hinted("Add it to `storage.catalogs` of weft.yaml; docs/configuration.md shows how.")
    })?;
    let source = |namespace: String, table: String| Source::Catalog {
        name: known.name.clone(),
        uri: known.uri.clone(),
        warehouse: known.warehouse.clone(),
        namespace,
        table,
    };
    if let Some(table) = parts.next().filter(|table| !table.is_empty()) {
        return Ok(vec![(spelled.to_owned(), source(namespace.to_owned(), table.to_owned()))]);
    }
    let listed = storage.listed(domain, name, namespace, TABLES_MAX).await;
    let listed = listed.map_err(|error| Failure::unmet("asking the catalog")(Veiled(error)))?;
    if listed.is_empty() {
        return Err(Failure::Setup(format!("no table lies below `{shown}`")));
    }
    let named = |table: weft_storage::catalog::TableName| {
        let namespace = table.namespace.join(".");
        (format!("{CATALOG}{name}/{namespace}/{}", table.table), source(namespace, table.table.to_string()))
    };
    Ok(listed.into_iter().map(named).collect())
}

impl Source {
    /// The product's name: the one that was given, or one made of where the data lies.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) fn product(&self, given: Option<&str>, spelled: &str) -> Result<String, Failure> {
        match self {
            Self::Location(_) => names::product(given, spelled),
            Self::Catalog { table, .. } => names::product(given, &table.replace(['/', '.'], "_")),
        }
    }

    /// The table's name in storage, where that is not the product's.
    pub(super) fn table(&self) -> Option<&str> {
        match self {
            Self::Location(_) => None,
            Self::Catalog { table, .. } => Some(table),
        }
    }

    /// The kind of server that it is on.
    pub(super) fn kind(&self) -> ServerKind {
        let Self::Location(location) = self else { return ServerKind::IcebergCatalog };
        let scheme = location.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("s3" | "s3a" | "s3n") => ServerKind::S3,
            Some("abfs" | "abfss" | "az" | "azure" | "wasb" | "wasbs") => ServerKind::Azure,
            Some("gs" | "gcs") => ServerKind::Gcs,
            Some("http" | "https") => ServerKind::Http,
            _ => ServerKind::Local,
        }
    }

    /// Looks where it lies, as a contract of the domain would.
    ///
    /// # Errors
    /// When the domain may not read there, or a catalog does not say where that is.
    pub(super) async fn located(&self, storage: &Storage, domain: &DomainName, name: &str) -> Result<PortLocation, Failure> {
        let mut object = SchemaObject::new(Arc::from(name), Arc::from(name), Vec::new(), Place::default());
        if let Some(table) = self.table() {
            object.physical_name = Arc::from(table);
        }
        let server = self.server();
        let failed = |error| Failure::unmet("looking at the location")(Veiled(error));
        match self {
            Self::Location(_) => located(storage, domain, &server, &object).map_err(failed),
            Self::Catalog { .. } => located_by_catalog(storage, domain, &server, &object).await.map_err(failed),
        }
    }

    fn server(&self) -> Server {
        let (location, endpoint, binding, warehouse) = match self {
            Self::Location(location) => (location, None, None, None),
            Self::Catalog { name, uri, warehouse, namespace, .. } => (namespace, Some(uri), Some(name), warehouse.as_ref()),
        };
        let text = |text: &String| Arc::from(text.as_str());
        Server {
            name: Arc::from("data"),
            kind: self.kind(),
            environment: None,
            location: text(location),
            format: Format::Parquet,
            endpoint: endpoint.map(text),
            binding: binding.map(text),
            warehouse: warehouse.map(text),
            metadata_location: None,
            hive_partitioning: None,
            max_staleness: None,
            place: Place::default(),
        }
    }
}
