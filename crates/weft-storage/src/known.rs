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

/// How much of a name is told that is none.
const NAME_CHARS_TOLD: usize = 200;

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

    /// Its client.
    ///
    /// # Errors
    /// For a catalog of a configuration that nobody named.
    pub(crate) fn client(&self) -> Result<&Arc<dyn TableCatalog>, Error> {
        self.client.as_ref().ok_or_else(|| {
            let file = Arc::from(self.config.withheld.as_deref().unwrap_or_default());
            Error::CatalogWithheld { catalog: self.name(), file }
        })
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
        let parts = parts.chain([&*self.name.table]).chain(self.caller.as_deref());
        // Each with its length, so that no two keys are one text; a caller stands where a table has none.
        let key: String = parts.map(|part| format!("{}:{part}", part.len())).collect();
        format!("{}{key}", if self.caller.is_some() { "caller " } else { "" })
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
    let table = Arc::clone(&object.physical_name);
    let namespace = levels(&spelled).filter(|_| usable(&table) && spelled.len() + table.len() <= LOCATION_BYTES_MAX);
    match namespace {
        Some(namespace) => Ok(TableName { namespace, table }),
        None => Err(Error::CatalogName { name: format!("{spelled}.{table}").chars().take(NAME_CHARS_TOLD).collect() }),
    }
}

/// The levels of a namespace.
pub(crate) fn levels(spelled: &str) -> Option<Vec<Arc<str>>> {
    let fits = spelled.len() <= LOCATION_BYTES_MAX && spelled.split(LEVELS).all(usable);
    fits.then(|| spelled.split(LEVELS).map(Arc::from).collect())
}

/// What names of tables do not hold here: some catalogs have a meaning for it beyond the name (`t@branch`), and what stands
/// between Weft and a catalog may take it for a path.
const MEANT: [char; 9] = ['/', '\\', '%', '@', '#', '?', '`', '"', '\''];

/// False for names that two catalogs would read otherwise, or one like another name: labels follow names.
fn usable(part: &str) -> bool {
    let odd = |c: char| c.is_control() || MEANT.contains(&c) || (c.is_whitespace() && c != ' ') || joins(c);
    !part.is_empty() && !part.starts_with([' ', '.']) && !part.ends_with([' ', '.']) && !part.chars().any(odd)
}

/// True for marks that make one character of two, and for what is not seen: with and without them names may be one.
fn joins(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x300..=0x36F | 0x483..=0x489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x200B..=0x200F | 0x202A..=0x202E
            | 0x2060..=0x206F | 0x20D0..=0x20FF | 0x3099..=0x309A | 0xFB00..=0xFB06 | 0xFE00..=0xFE2F | 0xFEFF | 0xFF00..=0xFFEF
    )
}
