//! Data products and their output ports.

use std::sync::Arc;

use crate::contract::Contract;
use crate::name::{PortName, ProductName};
use crate::place::Place;
use crate::version::{Lifecycle, Version};

/// A data product as its domain publishes it: a name, and one or more versions of output ports.
#[derive(Clone, Debug)]
pub struct Product {
    /// The SQL name.
    pub name: ProductName,
    /// The identifier the product file gives.
    pub id: Arc<str>,
    /// The version of the product file.
    pub version: Option<Version>,
    /// Where the product stands in its life.
    pub status: Lifecycle,
    /// How the domain relates to the data.
    pub alignment: Option<Alignment>,
    /// What people without a grant may learn.
    pub visibility: Visibility,
    /// What the product is for, one text.
    pub description: Option<Arc<str>>,
    /// Tags of the product as a whole.
    pub tags: Vec<Arc<str>>,
    /// The team that owns it, named in hints that say whom to ask.
    pub owner: Option<Arc<str>>,
    /// Holds the default version back, where the product file says so.
    pub default_version: Option<Version>,
    /// Every version of every output port, in file order.
    pub ports: Vec<OutputPort>,
    /// Where the product file begins.
    pub place: Place,
}

/// One version of one output port: the pair (name, version) is its key.
#[derive(Clone, Debug)]
pub struct OutputPort {
    /// The port's name as the product file spells it.
    pub name: PortName,
    /// The port's SQL spelling.
    pub sql_name: Arc<str>,
    /// The version, equal to its contract's.
    pub version: Version,
    /// True for the port that answers the product's bare name.
    pub default: bool,
    /// True when the product file calls this port deprecated.
    pub deprecated: bool,
    /// The last day it is served, as days since 1970-01-01.
    pub sunset: Option<i32>,
    /// What the port offers.
    pub description: Option<Arc<str>>,
    /// What the port promises.
    pub contract: Arc<Contract>,
    /// Where the port is declared.
    pub place: Place,
}

/// How a domain relates to the data of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Data as its source produces it.
    Source,
    /// Data joined and condensed from other products.
    Aggregate,
    /// Data shaped for one kind of consumer.
    Consumer,
}

/// What a principal without a grant may learn of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Nothing: the product does not exist for them.
    #[default]
    Hidden,
    /// That it exists, what it is for and whom to ask.
    Listed,
}

impl Product {
    /// The status that counts for one port: the later stage of product, port and contract.
    #[must_use]
    pub fn port_status(&self, port: &OutputPort) -> Lifecycle {
        let declared = if port.deprecated { Lifecycle::Deprecated } else { Lifecycle::Proposed };
        let inherited = if self.status >= Lifecycle::Deprecated { self.status } else { Lifecycle::Proposed };
        port.contract.status.max(declared).max(inherited)
    }
}
