//! Names become governed tables: resolve, decide, open, govern, in this order.

use std::sync::Arc;

use datafusion::common::TableReference;
use weft_catalog::snapshot::{CatalogSnapshot, Resolution};
use weft_catalog::target::Target;
use weft_govern::error::not_reached;
use weft_govern::governed_table::{GovernedTable, StatementContext};
use weft_govern::guard::Guard;
use weft_policy::decide::decide;
use weft_policy::decision::Decision;
use weft_policy::request::Request;
use weft_port::error::Error as PortError;
use weft_port::reader::AsOf;
use weft_scan::meter::Meter;

use crate::caller::Caller;
use crate::error::Error;
use crate::ports::{Ports, Unopened};
use crate::turn::Turn;

/// Where it is logged why a table cannot be opened.
pub const LOG: &str = module_path!();

/// A table of a statement.
#[derive(Clone, Debug)]
pub struct ResolvedTable {
    /// The domain as the statement names it.
    pub domain: Arc<str>,
    /// The table as the statement names it.
    pub table: Arc<str>,
    /// What the name stands for.
    pub target: Target,
    /// What the caller may read of it.
    pub governed: Arc<GovernedTable>,
}

/// Which version of a table is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) as_of: AsOf,
    /// The version that a ticket promised, where the statement says nothing.
    pub(crate) pin: Option<&'a str>,
    /// The name that stands for the version in the statement.
    pub(crate) stands_for: Option<&'a str>,
}

/// One statement's view of catalog and time.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) snapshot: &'a Arc<CatalogSnapshot>,
    pub(crate) caller: &'a Caller,
    pub(crate) purpose: Option<&'a str>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) now: i64,
}

impl Scene<'_> {
    /// The day, as days since 1970-01-01.
    pub(crate) fn today(&self) -> i32 {
        i32::try_from(self.now.div_euclid(86_400)).unwrap_or(i32::MAX)
    }

    /// What the caller may read of a table.
    pub(crate) fn decide(&self, target: &Target) -> Decision {
        decide(
            self.snapshot.policy(),
            &Request {
                principal: &self.caller.principal,
                purpose: self.purpose,
                now: self.now,
                product: &target.product,
                port: &target.port,
                object: &target.object,
            },
        )
    }

    /// True when every one of these tables is decided as it was.
    pub(crate) fn upholds(&self, tables: &[ResolvedTable]) -> bool {
        let same =
            |table: &ResolvedTable| self.decide(&table.target).fingerprint() == table.governed.decided().fingerprint();
        tables.iter().all(same)
    }

    /// Domain and table of a name.
    ///
    /// # Errors
    /// [`Error::NoDomain`] for a bare name in a session without a domain, [`Error::NoTable`] for another catalog.
    pub(crate) fn name(&self, reference: &TableReference) -> Result<(Arc<str>, Arc<str>), Error> {
        match reference {
            TableReference::Full { catalog, schema, table } if **catalog == **self.snapshot.mesh() => {
                Ok((Arc::clone(schema), Arc::clone(table)))
            }
            TableReference::Full { .. } => Err(Error::NoTable { name: reference.to_string() }),
            TableReference::Partial { schema, table } => Ok((Arc::clone(schema), Arc::clone(table))),
            TableReference::Bare { table } => match &self.caller.settings.schema {
                Some(schema) => Ok((Arc::from(schema.as_str()), Arc::clone(table))),
                None => Err(Error::NoDomain { name: table.to_string() }),
            },
        }
    }

    /// Resolves, decides, opens and governs one table. What the caller may not see ends as what does not exist,
    /// before storage is touched.
    ///
    /// # Errors
    /// [`Error::NoTable`], or what goes wrong with a table the caller may see.
    pub(crate) async fn govern(
        &self,
        domain: &Arc<str>,
        table: &Arc<str>,
        asked: &Asked<'_>,
        (ports, turn): (&Ports, &Turn),
        statement: &StatementContext,
    ) -> Result<ResolvedTable, Error> {
        let missing = || Error::NoTable { name: format!("{domain}.{table}") };
        let target = match self.snapshot.resolve(domain, table, self.today()) {
            Resolution::Found(target) => target,
            Resolution::Retired(retired) => {
                if !self.decide(&retired.target).readable() {
                    return Err(missing());
                }
                let successor = retired
                    .successor
                    .filter(|listed| self.decide(&listed.target).readable())
                    .map(|listed| format!("{domain}.{}", listed.name));
                return Err(Error::Retired { name: format!("{domain}.{table}"), successor });
            }
            // Nobody can be decided about a product that could not be loaded, so nobody sees that it exists.
            Resolution::Broken(_) | Resolution::Missing => return Err(missing()),
        };
        let decision = self.decide(&target);
        if !decision.readable() {
            return Err(missing());
        }
        if asked.as_of != AsOf::Latest && !decision.history() && Guard::History.on() {
            return Err(Error::History { name: format!("{domain}.{table}") });
        }
        let port = ports.open(&target, &asked.as_of, asked.pin, Some(&self.caller.principal.name), turn).await.map_err(|cause| {
            if let Unopened::Port(cause) = &*cause
                && let PortError::NoSnapshot { asked, remain, .. } = &**cause
            {
                let (name, asked, remain) = (format!("{domain}.{table}"), asked.clone(), remain.clone());
                return Error::NoSnapshot { name, asked, remain };
            }
            if cause.passing() {
                return Error::Govern(Arc::new(not_reached(&target.product.name, &cause)));
            }
            let reference = weft_govern::error::Reference::next();
            tracing::warn!(product = %target.product.name, %reference, %cause, "product cannot be opened");
            if let Unopened::Port(inner) = &*cause
                && asked.as_of != AsOf::Latest
                && matches!(**inner, PortError::Unbound { .. })
            {
                // Which of them is not told: the caller may not see it.
                let (name, asked) = (format!("{domain}.{table}"), format!("{} that fits its contract", asked.as_of));
                return Error::NoSnapshot { name, asked, remain: "its columns were others then".to_owned() };
            }
            Error::Broken { product: target.product.name.to_string(), reference: reference.to_string() }
        })?;
        let statement = StatementContext { meter: Arc::new(Meter::part(&statement.meter)), ..statement.clone() };
        let governed = GovernedTable::new(target.product.name.clone(), Arc::new(decision), port, statement)
            .map_err(|cause| Error::Govern(Arc::new(cause)))?;
        let name = asked.stands_for.map_or_else(|| Arc::clone(table), Arc::from);
        Ok(ResolvedTable { domain: Arc::clone(domain), table: name, target, governed: Arc::new(governed) })
    }
}
