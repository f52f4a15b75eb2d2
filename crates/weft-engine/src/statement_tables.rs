//! The tables that a statement names, each resolved, decided, opened and governed once.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use futures::future::BoxFuture;
use weft_govern::governed_table::StatementContext;
use weft_port::reader::AsOf;

use crate::as_of::{Pinned, Version};
use crate::directory::Directory;
use crate::error::Error;
use crate::own_tables;
use crate::ports::Ports;
use crate::turn::Turn;
use crate::resolve::{Asked, ResolvedTable, Scene};

/// A table of the server's own: its domain, its name, and what answers.
pub(crate) type OwnTable = (Arc<str>, Arc<str>, Arc<dyn TableProvider>);

/// What a statement asks for.
pub(crate) struct Wanted<'a> {
    /// The names in it.
    pub(crate) references: &'a [TableReference],
    /// Those that stand for versions of tables.
    pub(crate) pinned: &'a [Pinned],
    /// The versions that a ticket promised, in the order of the tables.
    pub(crate) pins: &'a [(String, String)],
    /// What the governed tables share.
    pub(crate) statement: &'a StatementContext,
    /// Where tables are opened.
    pub(crate) ports: &'a Ports,
    /// The place among those that are planned.
    pub(crate) turn: &'a Turn,
    /// How many tables there may be.
    pub(crate) tables_max: usize,
    /// What the caller may see, for the server's own tables.
    pub(crate) directory: &'a (dyn Fn() -> BoxFuture<'a, Result<Arc<Directory>, Error>> + Sync),
}

impl Wanted<'_> {
    /// The governed tables of a statement, and the server's own.
    ///
    /// # Errors
    /// For the first name that stands for nothing the caller may see, or that cannot be opened.
    pub(crate) async fn tables(&self, scene: &Scene<'_>) -> Result<(Vec<ResolvedTable>, Vec<OwnTable>), Error> {
        let mut tables: Vec<ResolvedTable> = Vec::new();
        let mut own: Vec<OwnTable> = Vec::new();
        for reference in self.references {
            let (domain, name) = match scene.name(reference) {
                Err(Error::NoDomain { name }) if crate::session::TABLE_FUNCTIONS.contains(&name.as_str()) => continue,
                other => other?,
            };
            if tables.len() + own.len() >= self.tables_max {
                return Err(Error::tables(self.tables_max));
            }
            if *domain == *own_tables::INFORMATION_SCHEMA {
                let directory = (self.directory)().await?;
                let table = own_tables::table(&name, scene.snapshot.mesh(), &directory)
                    .ok_or_else(|| Error::NoTable { name: format!("{domain}.{name}") })?;
                own.push((domain, name, table));
                continue;
            }
            if tables.iter().any(|known| known.domain == domain && known.table == name) {
                continue;
            }
            let pinned = self.pinned.iter().find(|pinned| *pinned.name == *name);
            let asked = Asked {
                as_of: as_of(pinned, scene)?,
                pin: self.pins.get(tables.len()).map(|(_, version)| version.as_str()),
                stands_for: pinned.map(|pinned| pinned.name.as_str()),
            };
            let table = pinned.map_or(name, |pinned| Arc::from(pinned.table.as_str()));
            tables.push(scene.govern(&domain, &table, &asked, (self.ports, self.turn), self.statement).await?);
        }
        Ok((tables, own))
    }
}

/// The version of a table: what the statement says, else what the session says.
fn as_of(pinned: Option<&Pinned>, scene: &Scene<'_>) -> Result<AsOf, Error> {
    let settings = &scene.caller.settings;
    let session = || settings.as_of.clone().map(Version::Time);
    let version = pinned.map(|pinned| pinned.version.clone()).or_else(session);
    version.map_or(Ok(AsOf::Latest), |version| version.meant(settings.time_zone.as_deref()))
}
