//! Joins the ports of one product to their contracts.

use std::collections::HashMap;
use std::sync::Arc;

use weft_model::finding::{Finding, Severity};
use weft_model::name::{PortName, slug};
use weft_model::product::{OutputPort, Product};
use weft_model::version::Version;

use crate::assemble::contracts::{Contracts, Found, errors};
use crate::assemble::default_port::{check_parts, default_port};
use crate::codes;
use crate::complaints::quote;
use crate::product::{DeclaredPort, ProductDocument};

/// A product, or why it cannot be one.
pub(crate) struct Joined {
    /// The product; `None` when something breaks it.
    pub(crate) product: Option<Product>,
    /// What was found while joining.
    pub(crate) findings: Vec<Finding>,
    /// Errors of its contracts' own files that break it.
    pub(crate) causes: Vec<Finding>,
}

/// Joins the ports of one product to their contracts.
pub(crate) fn join(document: &ProductDocument, contracts: &mut Contracts<'_>) -> Joined {
    let mut findings = Vec::new();
    let mut causes = Vec::new();
    repeated_ports(document, &mut findings);
    let default = match default_port(document) {
        Ok(name) => Some(name.clone()),
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    let mut ports = Vec::with_capacity(document.ports.len());
    for declared in &document.ports {
        match contracts.find(&declared.contract_id, &declared.version, &document.place.file) {
            Found::One(contract, domain) => {
                if let Some(domain) = domain {
                    domain_differs(document, declared, domain, &mut findings);
                }
                ports.push(OutputPort {
                    name: declared.name.clone(),
                    sql_name: Arc::clone(&declared.sql_name),
                    version: declared.version.clone(),
                    default: default.as_ref() == Some(&declared.name),
                    deprecated: declared.deprecated,
                    sunset: declared.sunset,
                    description: declared.description.clone(),
                    contract: Arc::clone(contract),
                    place: declared.place.clone(),
                });
            }
            other => findings.push(missing(declared, &other, contracts, &mut causes)),
        }
    }
    findings.extend(check_parts(document, &ports));
    findings.extend(no_such_default(document, &ports));
    let whole = findings.iter().all(|finding| finding.severity != Severity::Error);
    Joined { product: whole.then(|| product(document, ports)), findings, causes }
}

fn product(document: &ProductDocument, ports: Vec<OutputPort>) -> Product {
    Product {
        name: document.name.clone(),
        id: Arc::clone(&document.id),
        version: document.version.clone(),
        status: document.status,
        alignment: document.alignment,
        visibility: document.visibility,
        description: document.description.clone(),
        tags: document.tags.clone(),
        owner: document.owner.clone(),
        default_version: document.default_version.clone(),
        ports,
        place: document.place.clone(),
    }
}

/// Ports are told apart by name and version, and by the SQL spelling of the name.
fn repeated_ports(document: &ProductDocument, findings: &mut Vec<Finding>) {
    let mut versions: HashMap<(&PortName, &Version), &DeclaredPort> = HashMap::new();
    let mut spellings: HashMap<&str, &PortName> = HashMap::new();
    for port in &document.ports {
        if let Some(other) = versions.insert((&port.name, &port.version), port) {
            let message = format!(
                "the output port `{}` in version {} stands in line {} too",
                quote(port.name.as_str()),
                port.version,
                other.place.line
            );
            let hint = "Give every version of a port its own number.";
            findings.push(Finding::error(codes::SHARED_PORT, port.place.clone(), message).hint(hint));
        }
        let first = *spellings.entry(&port.sql_name).or_insert(&port.name);
        if *first != port.name {
            let message = format!(
                "the output ports `{}` and `{}` have one SQL spelling, `{}`",
                quote(first.as_str()),
                quote(port.name.as_str()),
                port.sql_name
            );
            let hint = "Spell them alike if they are versions of one port, else rename one.";
            findings.push(Finding::error(codes::SHARED_OBJECT_NAME, port.place.clone(), message).hint(hint));
        }
    }
}

fn missing(
    port: &DeclaredPort,
    found: &Found<'_>,
    contracts: &mut Contracts<'_>,
    causes: &mut Vec<Finding>,
) -> Finding {
    let id = quote(&port.contract_id);
    let at_contract =
        |code, message, hint: String| Finding::error(code, port.contract_place.clone(), message).hint(hint);
    match found {
        Found::Broken(file) => {
            causes.extend(errors(file).cloned());
            let message = format!("the contract `{id}` in `{}` has errors", file.path);
            at_contract(codes::BROKEN_CONTRACT, message, "Repair the contract first.".to_owned())
        }
        Found::Shared => {
            let message = format!("two files hold the contract `{id}` in version {}", port.version);
            at_contract(codes::SHARED_CONTRACT, message, "Keep one of them.".to_owned())
        }
        Found::Versions(versions) => {
            let message = format!("the contract `{id}` has no version {}", port.version);
            let hint = format!("It has {}; a port has the version of its contract.", versions.join(", "));
            Finding::error(codes::CONTRACT_VERSION, port.version_place.clone(), message).hint(hint)
        }
        Found::Nothing | Found::One(..) => {
            let message = format!("no contract has the identifier `{id}`");
            let hint = match contracts.nearest(&port.contract_id) {
                Some(near) => format!("Did you mean `{}`?", quote(near)),
                None => "Add the contract's file, or correct `contractId`.".to_owned(),
            };
            at_contract(codes::NO_CONTRACT, message, hint)
        }
    }
}

fn domain_differs(document: &ProductDocument, port: &DeclaredPort, domain: &str, findings: &mut Vec<Finding>) {
    if slug(domain).as_deref() == Some(document.name.domain.as_str()) {
        return;
    }
    let message = format!(
        "the contract `{}` names the domain `{}` and its product `{}`",
        quote(&port.contract_id),
        quote(domain),
        quote(&document.domain)
    );
    let hint = "The product's domain counts; correct one of the files.";
    findings.push(Finding::warning(codes::DOMAIN_DIFFERS, port.contract_place.clone(), message).hint(hint));
}

fn no_such_default(document: &ProductDocument, ports: &[OutputPort]) -> Option<Finding> {
    let wanted = document.default_version.as_ref()?;
    let mut versions = ports.iter().filter(|port| port.default).map(|port| &port.version);
    if ports.len() != document.ports.len() || versions.any(|version| version == wanted) {
        return None;
    }
    let message = format!("the default version {wanted} is no version of the default port");
    let hint = "Write the version of one of its ports.";
    Some(Finding::error(codes::NO_SUCH_DEFAULT, document.place.clone(), message).hint(hint))
}
