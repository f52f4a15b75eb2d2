//! A product file as a product document.

use std::sync::Arc;

use weft_model::name::{DomainName, NAME_BYTES_MAX, PortName, ProductName, reads_as_alias, slug};
use weft_model::product::{Alignment, Visibility};
use weft_model::version::{Lifecycle, Version, lenient};

use crate::codes;
use crate::complaints::quote;
use crate::product::{DeclaredPort, ProductDocument};
use crate::read::reader::Reader;
use crate::read::text::{description, sql_name, status, tags};
use crate::standard::extension::Home;
use crate::standard::own;
use crate::yaml::tree::{Map, Mark, Node, Value};

/// The most versions of output ports of one product.
pub const PORTS_MAX: usize = 1_000;

/// Who a product file says it is, known even when the rest of it cannot be used.
#[derive(Debug, Default)]
pub struct Claim {
    /// The SQL name.
    pub name: Option<ProductName>,
    /// The team that owns it.
    pub owner: Option<Arc<str>>,
}

/// Reads a product; `None` in second place when it lacks what Weft needs. Complaints may still make it unusable.
pub fn product(reader: &mut Reader<'_>, map: &Map, root: Mark) -> (Claim, Option<ProductDocument>) {
    let name = name(reader, map, root);
    let claim = Claim { name: name.clone(), owner: owner(map) };
    let ports = ports(reader, map);
    let status = lifecycle(reader, map, root);
    let own = |name| reader.own(map, Home::Product, name).and_then(Node::text);
    let document = || {
        Some(ProductDocument {
            name: name?,
            domain: Arc::clone(map.text("domain")?),
            id: Arc::clone(map.text("id")?),
            version: map.text("version").and_then(|text| lenient(text)),
            status: status?,
            alignment: map.text("type").and_then(|text| alignment(text)),
            visibility: match own("visibility").map(|text| &**text) {
                Some("listed") => Visibility::Listed,
                _ => Visibility::Hidden,
            },
            description: description(map),
            tags: tags(map),
            owner: claim.owner.clone(),
            default_version: own("defaultVersion").and_then(|text| lenient(text)),
            ports,
            name_place: reader.out.place(map.value_mark("name", root)),
            place: reader.out.place(root),
        })
    };
    let document = document();
    (claim, document)
}

/// True when some output port names a contract, so that SQL could reach the product.
#[must_use]
pub fn visible(map: &Map) -> bool {
    map.maps("outputPorts").any(|(_, port)| port.get("contractId").is_some())
}

fn name(reader: &mut Reader<'_>, map: &Map, root: Mark) -> Option<ProductName> {
    let domain = domain(reader, map, root);
    let product = match reader.own(map, Home::Product, "sqlName") {
        Some(node) => override_name(reader, node),
        None => match map.text("name") {
            Some(name) => {
                let mark = map.value_mark("name", root);
                sql_name(reader, "product", name, mark).map(|sql| (sql, mark))
            }
            None => {
                if map.get("name").is_none() {
                    let hint = "Add `name`: it is what the product is called in SQL.";
                    reader.out.error(codes::NO_PRODUCT_NAME, root, "the product has no name", hint);
                }
                None
            }
        },
    };
    let (product, mark) = product?;
    if reads_as_alias(&product) {
        let message = format!("the product name `{}` reads as a version or a part of another product", quote(&product));
        let hint =
            "Names do not end in `_v` and digits or contain `__`; choose another, or set the property `sqlName`.";
        reader.out.error(codes::ALIAS_NAME, mark, message, hint);
    }
    Some(ProductName::new(domain?, product))
}

fn override_name(reader: &mut Reader<'_>, node: &Node) -> Option<(Arc<str>, Mark)> {
    let text = node.text()?;
    let starts = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if starts && text.len() <= NAME_BYTES_MAX && text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Some((Arc::clone(text), node.mark));
    }
    let message = format!("the SQL name `{}` cannot be used", quote(text));
    let hint = format!("Begin with a letter, use letters, digits and `_`, at most {NAME_BYTES_MAX} bytes.");
    reader.out.error(codes::NO_PRODUCT_NAME, node.mark, message, hint);
    None
}

fn domain(reader: &mut Reader<'_>, map: &Map, root: Mark) -> Option<DomainName> {
    let Some(text) = map.text("domain") else {
        if map.get("domain").is_none() {
            let hint = "Add `domain`: it is the schema that holds the product in SQL.";
            reader.out.error(codes::NO_DOMAIN, root, "the product names no domain", hint);
        }
        return None;
    };
    let at = map.value_mark("domain", root);
    let Some(sql) = slug(text) else {
        let message = format!("the domain `{}` has no SQL spelling", quote(text));
        let hint = format!("Use letters, digits and `_`, at most {NAME_BYTES_MAX} bytes of them.");
        reader.out.error(codes::NO_DOMAIN, at, message, hint);
        return None;
    };
    let domain = DomainName::new(sql);
    if domain.reserved() {
        let message = format!("the domain name `{domain}` belongs to Weft");
        reader.out.error(codes::RESERVED_DOMAIN, at, message, "Choose another domain name.");
    }
    Some(domain)
}

fn lifecycle(reader: &mut Reader<'_>, map: &Map, root: Mark) -> Option<Lifecycle> {
    if map.get("status").is_none() {
        let hint = "Add `status: active`, or `draft` while it is readable by its version only.";
        reader.out.error(codes::NO_STATUS, root, "the product has no status", hint);
    }
    status(reader, map, root)
}

fn ports(reader: &mut Reader<'_>, map: &Map) -> Vec<DeclaredPort> {
    let listed = map.list("outputPorts").len();
    if listed > PORTS_MAX {
        let message = format!("the product has {listed} output ports, more than the {PORTS_MAX} that are read");
        let at = map.key_mark("outputPorts", Mark::default());
        reader.out.error(codes::BOUND, at, message, "Split the product.");
        return Vec::new();
    }
    map.maps("outputPorts").filter_map(|(mark, map)| port(reader, map, mark)).collect()
}

fn port(reader: &mut Reader<'_>, map: &Map, mark: Mark) -> Option<DeclaredPort> {
    // A port without a contract is for other tools.
    let contract_id = map.text("contractId")?;
    let name = map.text("name")?;
    let sql = sql_name(reader, "port", name, map.value_mark("name", mark));
    let own = |name| reader.own(map, Home::OutputPort, name);
    let claims_default = own("defaultPort").is_some_and(|node| matches!(node.value, Value::Bool(true)));
    let sunset = own("sunset").and_then(|node| own::day(node.text()?));
    let version = port_version(reader, map, mark);
    Some(DeclaredPort {
        name: PortName::new(Arc::clone(name)),
        sql_name: sql?,
        version: version?,
        contract_id: Arc::clone(contract_id),
        claims_default,
        deprecated: map.flag("deprecated") == Some(true),
        sunset,
        description: map.text("description").cloned(),
        place: reader.out.place(mark),
        contract_place: reader.out.place(map.value_mark("contractId", mark)),
        version_place: reader.out.place(map.value_mark("version", mark)),
    })
}

fn port_version(reader: &mut Reader<'_>, map: &Map, mark: Mark) -> Option<Version> {
    let hint = "Write the version of its contract, such as `2.1.0`.";
    let Some(text) = map.text("version") else {
        if map.get("version").is_none() {
            reader.out.error(codes::NO_VERSION, mark, "the output port has no version", hint);
        }
        return None;
    };
    let version = lenient(text);
    if version.is_none() {
        let message = format!("the version `{}` cannot be read", quote(text));
        reader.out.error(codes::NO_VERSION, map.value_mark("version", mark), message, hint);
    }
    version
}

/// The owning team: its name, else its member in the role of owner.
fn owner(map: &Map) -> Option<Arc<str>> {
    let team = map.get("team")?.map()?;
    if let Some(name) = team.text("name") {
        return Some(Arc::clone(name));
    }
    let owner = |member: &&Map| member.text("role").is_some_and(|role| role.eq_ignore_ascii_case("owner"));
    team.maps("members").map(|(_, member)| member).find(owner)?.text("username").cloned()
}

fn alignment(text: &str) -> Option<Alignment> {
    match text.to_lowercase().replace(['-', '_', ' '], "").as_str() {
        "sourcealigned" | "source" => Some(Alignment::Source),
        "aggregate" | "aggregated" => Some(Alignment::Aggregate),
        "consumeraligned" | "consumer" => Some(Alignment::Consumer),
        _ => None,
    }
}
