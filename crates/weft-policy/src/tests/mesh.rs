//! A small mesh to ask questions of.

use std::sync::{Arc, OnceLock};

use arrow_schema::{DataType, Field};
use weft_model::column::Column;
use weft_model::contract::{Contract, Format, Role, SchemaObject, Server, ServerKind};
use weft_model::mask::Mask;
use weft_model::name::{DomainName, PortName, ProductName};
use weft_model::place::Place;
use weft_model::principal::Principal;
use weft_model::product::{OutputPort, Product, Visibility};
use weft_model::version::{Lifecycle, Version};

use crate::decide::decide;
use crate::decision::{ColumnRule, Decision, MaskRule};
use crate::request::Request;
use crate::set::{Compiled, PolicySet, PolicySource, SourceAuthority};

/// 2026-06-15T12:00:00Z.
pub(super) const NOW: i64 = 1_781_524_800;

/// The ladder that most tests use; rules follow.
pub(super) const LADDER: &str = "apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: confidential
";

/// What a domain's file begins with.
pub(super) const DOMAIN: &str = "apiVersion: weft/v1\nkind: Policy\n";

/// A column under construction.
pub(super) fn text(name: &str) -> Column {
    Column::new(name, DataType::Utf8View)
}

/// A column of another type.
pub(super) fn typed(name: &str, data_type: DataType) -> Column {
    Column::new(name, data_type)
}

/// A struct column.
pub(super) fn record(name: &str, children: Vec<Column>) -> Column {
    let fields: Vec<Field> = children.iter().map(Column::field).collect();
    Column { children, ..Column::new(name, DataType::Struct(fields.into())) }
}

/// A list column.
pub(super) fn list(name: &str, element: Column) -> Column {
    Column { children: vec![element.clone()], ..Column::new(name, DataType::List(Arc::new(element.field()))) }
}

/// A map column.
pub(super) fn map(name: &str, key: Column, value: Column) -> Column {
    let entries = Field::new("entries", DataType::Struct(vec![key.field(), value.field()].into()), false);
    Column { children: vec![key, value], ..Column::new(name, DataType::Map(Arc::new(entries), false)) }
}

/// What tests say of a column.
pub(super) trait Labelled: Sized {
    fn class(self, word: &str) -> Self;
    fn tag(self, tag: &str) -> Self;
    fn mask(self, mask: Mask) -> Self;
    fn token(self, domain: &str) -> Self;
    fn physical(self, name: &str) -> Self;
}

impl Labelled for Column {
    fn class(mut self, word: &str) -> Self {
        self.classification = Some(Arc::from(word));
        self
    }

    fn tag(mut self, tag: &str) -> Self {
        self.tags.push(Arc::from(tag));
        self
    }

    fn mask(mut self, mask: Mask) -> Self {
        self.mask = Some(mask);
        self
    }

    fn token(mut self, domain: &str) -> Self {
        self.token_domain = Some(Arc::from(domain));
        self
    }

    fn physical(mut self, name: &str) -> Self {
        self.physical_name = Arc::from(name);
        self
    }
}

/// A role that reads everything its columns' labels allow.
pub(super) fn role(name: &str) -> Role {
    Role {
        role: Arc::from(name),
        reads: true,
        clearance: None,
        unmask: Vec::new(),
        row_filter: None,
        place: Place::new("contract", 9, 1),
    }
}

/// A product with one table, one version, and a place of its own.
pub(super) fn product(name: &str, columns: Vec<Column>, roles: Vec<Role>) -> Product {
    product_at(name, &format!("s3://lake/{}", name.replace('.', "/")), columns, roles)
}

/// A product with one table at a place.
pub(super) fn product_at(name: &str, location: &str, columns: Vec<Column>, roles: Vec<Role>) -> Product {
    let (domain, product) = name.split_once('.').unwrap();
    let version = Version::new(1, 0, 0);
    Product {
        name: ProductName::new(DomainName::new(domain), product),
        id: Arc::from(name),
        version: None,
        status: Lifecycle::Active,
        alignment: None,
        visibility: Visibility::Hidden,
        description: None,
        tags: Vec::new(),
        owner: None,
        default_version: None,
        ports: vec![port(product, version, location, columns, roles)],
        place: Place::file("product"),
    }
}

/// One version of a port.
pub(super) fn port(name: &str, version: Version, location: &str, columns: Vec<Column>, roles: Vec<Role>) -> OutputPort {
    let object = SchemaObject::new(Arc::from(name), Arc::from(name), columns, Place::file("contract"));
    let server = Server {
        name: Arc::from("production"),
        kind: ServerKind::S3,
        environment: None,
        location: Arc::from(location),
        format: Format::Parquet,
        endpoint: None,
        binding: None,
        warehouse: None,
        metadata_location: None,
        hive_partitioning: None,
        max_staleness: None,
        place: Place::file("contract"),
    };
    OutputPort {
        name: PortName::new(name),
        sql_name: Arc::from(name),
        version: version.clone(),
        default: true,
        deprecated: false,
        sunset: None,
        description: None,
        contract: Arc::new(Contract {
            id: Arc::from(name),
            name: None,
            version,
            status: Lifecycle::Active,
            description: None,
            tags: Vec::new(),
            servers: vec![server],
            objects: vec![Arc::new(object)],
            roles,
            place: Place::file("contract"),
        }),
        place: Place::file("product"),
    }
}

/// A principal `ana` in some groups.
pub(super) fn ana(groups: &[&str]) -> Principal {
    Principal {
        name: Arc::from("ana"),
        groups: groups.iter().map(|group| Arc::from(*group)).collect(),
        ..Principal::default()
    }
}

/// The principal with an attribute.
pub(super) fn knowing(mut principal: Principal, name: &str, value: &str) -> Principal {
    principal.attributes.insert(Arc::from(name), Arc::from(value));
    principal
}

/// Files and products together.
#[derive(Default)]
pub(super) struct Mesh {
    pub(super) sources: Vec<PolicySource>,
    pub(super) products: Vec<Arc<Product>>,
    compiled: OnceLock<Compiled>,
}

impl Mesh {
    /// A mesh with the usual ladder and these rules of the board.
    pub(super) fn new(rules: &str) -> Self {
        Self::default().board(&format!("{LADDER}rules:\n{rules}"))
    }

    pub(super) fn board(mut self, text: &str) -> Self {
        self.sources.push(PolicySource {
            authority: SourceAuthority::Board,
            file: Arc::from("_governance/board.policy.yaml"),
            text: Arc::from(text),
        });
        self
    }

    /// The rules of a domain.
    pub(super) fn domain(self, domain: &str, rules: &str) -> Self {
        self.domain_file(domain, &format!("{DOMAIN}rules:\n{rules}"))
    }

    pub(super) fn domain_file(mut self, domain: &str, text: &str) -> Self {
        self.sources.push(PolicySource {
            authority: SourceAuthority::Domain(DomainName::new(domain)),
            file: Arc::from(format!("{domain}/policy.yaml")),
            text: Arc::from(text),
        });
        self
    }

    pub(super) fn product(mut self, product: Product) -> Self {
        self.products.push(Arc::new(product));
        self
    }

    pub(super) fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| PolicySet::compile(&self.sources, &self.products))
    }

    /// Every complaint as text.
    pub(super) fn findings(&self) -> Vec<String> {
        self.compiled().findings.iter().map(ToString::to_string).collect()
    }

    /// What a principal may read of the first table of a product's first port.
    pub(super) fn ask(&self, principal: &Principal, product: &str) -> Decision {
        self.ask_for(principal, None, NOW, product)
    }

    pub(super) fn ask_for(&self, principal: &Principal, purpose: Option<&str>, now: i64, product: &str) -> Decision {
        ask(&self.compiled().set, &self.products, principal, purpose, now, product)
    }

    /// What happens to one column.
    pub(super) fn column(&self, principal: &Principal, product: &str, column: &str) -> ColumnRule {
        rule_of(&self.ask(principal, product), column)
    }
}

/// Asks a set about the first table of a product's first port.
pub(super) fn ask(
    set: &PolicySet,
    products: &[Arc<Product>],
    principal: &Principal,
    purpose: Option<&str>,
    now: i64,
    product: &str,
) -> Decision {
    let product = products.iter().find(|one| one.name.to_string() == product).unwrap();
    let port = &product.ports[0];
    let object = &port.contract.objects[0];
    decide(set, &Request { principal, purpose, now, product, port, object })
}

/// What happens to one column.
pub(super) fn rule_of(decision: &Decision, column: &str) -> ColumnRule {
    assert!(decision.readable(), "not readable: {:?}", decision.access_factors());
    decision.columns().iter().find(|one| one.name() == column).unwrap().rule().clone()
}

/// A mask without a token domain.
pub(super) fn masked(mask: Mask) -> ColumnRule {
    ColumnRule::Masked(MaskRule { mask, token_domain: None })
}

/// `partial` that keeps the last characters.
pub(super) fn keep_last(keep_last: u32) -> Mask {
    Mask::Partial { keep_first: 0, keep_last, character: '*', min_hidden: 4 }
}
