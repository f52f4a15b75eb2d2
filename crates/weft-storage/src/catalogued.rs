//! From one server of a contract that names a table of a catalog to a store that reaches that table and no other.

use std::sync::Arc;

use object_store::ObjectStore;
use weft_model::contract::{SchemaObject, Server, ServerKind};
use weft_model::name::DomainName;

use crate::catalog::{CatalogFault, Kept, TableEntry, TableName};
use crate::config::RestrictionsFor;
use crate::error::Error;
use crate::fault::LOCATION_BYTES_MAX;
use crate::known::{Catalogued, Known, levels, named};
use crate::opened::Opened;
use crate::remote::address::Address;
use crate::storage::Storage;

/// How much of a location is told to operators.
const LOCATION_CHARS_TOLD: usize = 200;

impl Storage {
    /// The table of a catalog that a server means; [`None`] for servers of other kinds. Asks nobody.
    ///
    /// `caller` is who asks; whose name reaches the catalog depends on its `restrictions`.
    ///
    /// # Errors
    /// When there is no such catalog, or the domain may not name the table.
    pub fn catalogued(
        &self,
        domain: &DomainName,
        server: &Server,
        object: &SchemaObject,
        caller: Option<&str>,
    ) -> Result<Option<Catalogued>, Error> {
        if server.kind != ServerKind::IcebergCatalog {
            return Ok(None);
        }
        let mut meant = self.catalogs.iter().filter(|known| known.meant(server));
        let catalog = meant.next().filter(|_| meant.next().is_none());
        let catalog = catalog.ok_or_else(|| Error::CatalogUnknown { server: Arc::clone(&server.name) })?;
        let name = named(server, object)?;
        if !catalog.grants(domain, &name.namespace) {
            let (catalog, name) = (catalog.name(), name.to_string());
            return Err(Error::CatalogOutside { catalog, name, domain: domain.to_string() });
        }
        let theirs = catalog.config.restrictions == RestrictionsFor::Caller;
        let caller = caller.filter(|_| theirs).map(Arc::from);
        Ok(Some(Catalogued { catalog: Arc::clone(catalog), name, caller }))
    }

    /// The jailed store of a table of a catalog. Asks the catalog.
    ///
    /// # Errors
    /// When the catalog does not say what the table is, or says that it lies where none of the catalog's bindings leads.
    pub async fn open_catalogued(&self, domain: &DomainName, table: &Catalogued) -> Result<Opened, Error> {
        let known = &table.catalog;
        let told = |fault| Error::Catalog { catalog: known.name(), name: table.name.to_string(), fault };
        let client = known.client()?;
        let entry = client.table(&table.name, table.caller.as_deref()).await.map_err(told)?;
        if !entry.restrictions.is_empty() && !table.enforces() {
            let why = "they are meant for Weft itself, and nobody said that they hold for whoever reads through it";
            return Err(told(CatalogFault::Restricted(why.to_owned())));
        }
        if entry.location.len() > LOCATION_BYTES_MAX {
            return Err(told(CatalogFault::Unusable("it names a location that is too long".to_owned())));
        }
        let lent = self.lent(domain, known, &entry).await.map_err(told)?;
        let opened = self.open_managed(domain, &entry.location, &known.config.name, lent);
        // Where a table lies is the catalog's text, and shown to nobody but the operator.
        let mut opened = opened.map_err(|error| {
            let shown: String = entry.location.chars().take(LOCATION_CHARS_TOLD).collect();
            let (catalog, name) = (known.name(), table.name.to_string());
            tracing::warn!(%catalog, table = name, location = ?shown, "a table cannot be opened where it lies");
            match error {
                Error::LocationOutside { .. } => Error::CatalogElsewhere { catalog, name, domain: domain.to_string() },
                Error::LocationMissing { .. } => told(CatalogFault::Unusable("nothing is where it says that the table lies".to_owned())),
                Error::LocationUnreadable { .. } => told(CatalogFault::Unreachable("where the table lies cannot be looked at".to_owned())),
                Error::LocationMalformed { fault, .. } => {
                    told(CatalogFault::Unusable(format!("where it says that the table lies {fault}")))
                }
                other => other,
            }
        })?;
        opened.metadata = Some(entry.metadata);
        opened.restrictions = table.enforces().then_some(entry.restrictions);
        Ok(opened)
    }

    /// The client of a table's bucket, where the binding has it made of keys that the catalog lends.
    async fn lent(
        &self,
        domain: &DomainName,
        known: &Known,
        entry: &TableEntry,
    ) -> Result<Option<Arc<dyn ObjectStore>>, CatalogFault> {
        let Ok(address) = Address::parse(&entry.location) else { return Ok(None) };
        let Some(lent) = self.lending(domain, &address, &known.config.name) else { return Ok(None) };
        let vending = entry.vending.clone().ok_or_else(|| CatalogFault::Refused("it lends no keys".to_owned()))?;
        lent.bucket(&address, &entry.location, vending).await.map(Some)
    }

    /// The tables below a namespace of a catalog, by the catalog's name, that a domain may name; at most so many.
    ///
    /// # Errors
    /// When there is no such catalog, the domain may not name what lies there, or the catalog does not answer.
    pub async fn listed(
        &self,
        domain: &DomainName,
        catalog: &str,
        namespace: &str,
        most: usize,
    ) -> Result<Vec<TableName>, Error> {
        let known = self.catalogs.iter().find(|known| known.config.name == catalog);
        let known = known.ok_or_else(|| Error::CatalogUnknown { server: Arc::from(catalog) })?;
        let levels = levels(namespace).ok_or_else(|| Error::CatalogName { name: namespace.to_owned() })?;
        if !known.grants(domain, &levels) {
            let (catalog, name) = (known.name(), namespace.to_owned());
            return Err(Error::CatalogOutside { catalog, name, domain: domain.to_string() });
        }
        let client = known.client()?;
        let told = |fault| Error::Catalog { catalog: known.name(), name: namespace.to_owned(), fault };
        client.tables(&levels, most).await.map_err(told)
    }

    /// What clients of catalogs keep, all together.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let kept = self.catalogs.iter().filter_map(|known| known.client.as_ref()).map(|client| client.kept());
        kept.fold(Kept::default(), |sum, one| Kept {
            asked: sum.asked.saturating_add(one.asked),
            read: sum.read.saturating_add(one.read),
            bytes: sum.bytes.saturating_add(one.bytes),
        })
    }
}
