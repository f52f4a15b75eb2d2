//! A data product as its file declares it: its ports still name their contracts.

use std::sync::Arc;

use weft_model::name::{PortName, ProductName};
use weft_model::place::Place;
use weft_model::product::{Alignment, Visibility};
use weft_model::version::{Lifecycle, Version};

/// A product file.
#[derive(Clone, Debug)]
pub struct ProductDocument {
    /// The SQL name.
    pub name: ProductName,
    /// The domain as the file spells it.
    pub domain: Arc<str>,
    /// The identifier.
    pub id: Arc<str>,
    /// The version of the product.
    pub version: Option<Version>,
    /// Where the product stands in its life.
    pub status: Lifecycle,
    /// How the domain relates to the data.
    pub alignment: Option<Alignment>,
    /// What people without a grant may learn.
    pub visibility: Visibility,
    /// What the product is for.
    pub description: Option<Arc<str>>,
    /// Tags of the product as a whole.
    pub tags: Vec<Arc<str>>,
    /// The team that owns it.
    pub owner: Option<Arc<str>>,
    /// Holds the default version back.
    pub default_version: Option<Version>,
    /// The ports that name a contract, in file order.
    pub ports: Vec<DeclaredPort>,
    /// Where the product's name stands.
    pub name_place: Place,
    /// Where the file begins.
    pub place: Place,
}

/// One version of one output port, before its contract is found.
#[derive(Clone, Debug)]
pub struct DeclaredPort {
    /// The port's name.
    pub name: PortName,
    /// Its SQL spelling.
    pub sql_name: Arc<str>,
    /// Its version.
    pub version: Version,
    /// The identifier of its contract.
    pub contract_id: Arc<str>,
    /// True when `defaultPort` claims the product's bare name for it.
    pub claims_default: bool,
    /// True when the product file calls it deprecated.
    pub deprecated: bool,
    /// The last day it is served, as days since 1970-01-01.
    pub sunset: Option<i32>,
    /// What it offers.
    pub description: Option<Arc<str>>,
    /// Where it is declared.
    pub place: Place,
    /// Where its contract is named.
    pub contract_place: Place,
    /// Where its version is written.
    pub version_place: Place,
}
