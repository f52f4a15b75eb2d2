//! A compiled set of policy files for a catalog of products.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::{DomainName, ProductName};

use crate::compiled::{CompiledPort, CompiledProduct, CompiledTable};
use crate::files::Files;
use crate::literal::Target;
use crate::request::Request;
use crate::rule::Rule;

pub use crate::source::{PolicySource, SourceAuthority};

/// Columns by product, each with the type that rules expect.
pub(crate) type Mapped = BTreeMap<ProductName, BTreeMap<Arc<str>, Target>>;

/// Rules compiled for products: what [`decide`](crate::decide::decide) looks things up in.
pub struct PolicySet {
    pub(crate) files: Arc<Files>,
    pub(crate) products: HashMap<ProductName, Arc<CompiledProduct>>,
    /// Names that two products claim: nobody reads either.
    pub(crate) doubled: BTreeSet<ProductName>,
    /// Products that are gone, whose labels are not forgotten.
    pub(crate) ghosts: BTreeMap<ProductName, Arc<CompiledProduct>>,
    /// Columns that policy itself reads, by mapping product.
    pub(crate) mapped: Mapped,
}

/// The result of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The set; it closes everything that a broken file could have closed.
    pub set: PolicySet,
    /// Every complaint, by file and place.
    pub findings: Vec<Finding>,
    /// False when the board's files do not compile: a server must not start with the set, a running one keeps its last.
    pub board_valid: bool,
    /// Domains with a file that is no policy: their products are closed.
    pub broken_domains: BTreeSet<DomainName>,
}

impl PolicySet {
    /// True when the board's files compiled; nothing is readable otherwise.
    #[must_use]
    pub fn board_valid(&self) -> bool {
        self.files.ladder.is_some()
    }

    /// Products that rules read as mappings, each with the columns they read.
    pub fn mappings(&self) -> impl Iterator<Item = (&ProductName, impl Iterator<Item = &str>)> {
        self.mapped.iter().map(|(product, columns)| (product, columns.keys().map(|column| &**column)))
    }

    /// The product of a request as compiled, unless everything about it is closed.
    pub(crate) fn open_product(&self, name: &ProductName) -> Option<&CompiledProduct> {
        if !self.board_valid() || self.files.broken.contains(&name.domain) || self.doubled.contains(name) {
            return None;
        }
        self.products.get(name).map(|product| &**product)
    }

    /// The table of a request as compiled: the very table, or one that declares the same columns.
    pub(crate) fn table(&self, request: &Request<'_>) -> Option<(&CompiledPort, &CompiledTable)> {
        let product = self.open_product(&request.product.name)?;
        let ports =
            product.ports.iter().filter(|port| port.name == request.port.name && port.version == request.port.version);
        ports
            .flat_map(|port| port.tables.iter().map(move |table| (port, table)))
            .find(|(_, table)| table.is(request.object))
    }

    /// The rule at a position.
    pub(crate) fn rule(&self, position: usize) -> Option<&Rule> {
        self.files.rules.get(position)
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet")
            .field("board_valid", &self.board_valid())
            .field("rules", &self.files.rules.len())
            .field("products", &self.products.len())
            .field("broken_domains", &self.files.broken)
            .finish_non_exhaustive()
    }
}
