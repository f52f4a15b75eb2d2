//! The catalogs of the configuration, and the tables of theirs that a contract may name.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use weft_model::contract::{SchemaObject, Server};
use weft_model::name::DomainName;

use crate::catalog::{TableCatalog, TableName};
use crate::config::{CatalogConfig, RestrictionsFor};
use crate::error::Error;
use crate::fault::LOCATION_BYTES_MAX;
use crate::location::DOMAIN;

/// What parts the levels of a namespace in contracts and in the configuration.
const LEVELS: char = '.';

/// The clients of catalogs, by the names that the configuration gives them.
pub type Catalogs = HashMap<String, Arc<dyn TableCatalog>>;

/// A catalog, and who may ask it what.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) config: CatalogConfig,
    /// Absent for a catalog of a configuration that nobody named.
    pub(crate) client: Option<Arc<dyn TableCatalog>>,
}

/// A table of a catalog that a domain may name, as one caller is told of it.
#[derive(Clone)]
pub struct Catalogued {
    pub(crate) catalog: Arc<Known>,
    pub(crate) name: TableName,
    pub(crate) caller: Option<Arc<str>>,
}

impl Known {
    /// Every catalog of the configuration with its client.
    ///
    /// # Errors
    /// When two have one name.
    pub(crate) fn all(configs: Vec<CatalogConfig>, mut clients: Catalogs) -> Result<Vec<Arc<Self>>, Error> {
        let mut known: Vec<Arc<Self>> = Vec::with_capacity(configs.len());
        for config in configs {
            if known.iter().any(|earlier| earlier.config.name == config.name) {
                return Err(Error::CatalogTwice { catalog: config.name });
            }
            let client = clients.remove(&config.name);
            known.push(Arc::new(Self { config, client }));
        }
        Ok(known)
    }

    pub(crate) fn name(&self) -> Arc<str> {
        Arc::from(self.config.name.as_str())
    }

    /// Whether a server of a contract means this catalog.
    pub(crate) fn meant(&self, server: &Server) -> bool {
        let plain = |text: &str| text.trim_end_matches('/').to_owned();
        let named = |ours: Option<&str>, theirs: Option<&str>| theirs.is_none() || ours == theirs;
        server.endpoint.as_deref().is_some_and(|url| plain(url) == plain(&self.config.uri))
            && named(self.config.warehouse.as_deref(), server.warehouse.as_deref())
            && named(Some(&self.config.name), server.binding.as_deref())
    }

    /// Whether a domain may name what lies in a namespace.
    pub(crate) fn grants(&self, domain: &DomainName, namespace: &[Arc<str>]) -> bool {
        let covers = |pattern: &String| {
            let mut levels = pattern.split(LEVELS).map(|level| level.replace(DOMAIN, domain.as_str()));
            let mut given = namespace.iter();
            levels.all(|level| given.next().is_some_and(|given| **given == *level))
        };
        let listed = |listed: &String| *listed == "*" || **listed == *domain.as_str();
        self.config.domains.iter().any(listed) && self.config.namespaces.iter().any(covers)
    }
}

impl Catalogued {
    /// Tells it apart from every other table, as another caller is told of it too.
    #[must_use]
    pub fn key(&self) -> String {
        let parts = [self.catalog.config.name.as_str()].into_iter().chain(self.name.namespace.iter().map(|level| &**level));
        let parts = parts.chain([&*self.name.table]).map(|part| part.escape_default().to_string());
        let name = parts.collect::<Vec<_>>().join("/");
        match &self.caller {
            Some(caller) => format!("{name} {}", caller.escape_default()),
            None => name,
        }
    }

    /// The table's name, for messages to its owners.
    #[must_use]
    pub fn spelled(&self) -> String {
        format!("{}:{}", self.catalog.config.name, self.name)
    }

    /// True where what is withheld is meant for whoever asks.
    pub(crate) fn enforces(&self) -> bool {
        match self.catalog.config.restrictions {
            RestrictionsFor::Refuse => false,
            RestrictionsFor::Service => true,
            RestrictionsFor::Caller => self.caller.is_some(),
        }
    }
}

impl fmt::Debug for Catalogued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Catalogued").field(&self.spelled()).finish()
    }
}

/// The table that a contract names. Names are taken as they stand, but for those that no two catalogs would read alike.
pub(crate) fn named(server: &Server, object: &SchemaObject) -> Result<TableName, Error> {
    let spelled = server.location_of(object);
    let odd = |part: &str| {
        part.is_empty() || part.trim() != part || matches!(part, "." | "..") || part.chars().any(char::is_control)
    };
    let namespace: Vec<Arc<str>> = spelled.split(LEVELS).map(Arc::from).collect();
    let table = Arc::clone(&object.physical_name);
    let long = spelled.len() + table.len() > LOCATION_BYTES_MAX;
    if long || odd(&table) || namespace.iter().any(|level| odd(level)) {
        let name = format!("{spelled}.{table}").chars().take(200).collect();
        return Err(Error::CatalogName { name });
    }
    Ok(TableName { namespace, table })
}
