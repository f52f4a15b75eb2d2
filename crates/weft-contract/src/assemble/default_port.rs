//! Which port answers a product's bare name, and which of its schema objects.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::PortName;

use crate::codes;
use crate::complaints::quote;
use crate::product::{DeclaredPort, ProductDocument};

/// The most port names a message lists.
const NAMES_LISTED: usize = 8;

/// The default port: the one that claims it, else the one named like the product, else the only one.
///
/// All versions of a port belong together, so the answer is a name.
pub(crate) fn default_port(document: &ProductDocument) -> Result<&PortName, Finding> {
    let names: BTreeSet<&PortName> = document.ports.iter().map(|port| &port.name).collect();
    let mut claiming = document.ports.iter().filter(|port| port.claims_default);
    if let Some(first) = claiming.next() {
        return match claiming.find(|port| port.name != first.name) {
            Some(second) => Err(two_defaults(first, second)),
            None => Ok(&first.name),
        };
    }
    let alike = document.ports.iter().find(|port| port.sql_name == document.name.product);
    match (alike, names.first()) {
        (Some(port), _) => Ok(&port.name),
        (None, Some(only)) if names.len() == 1 => Ok(only),
        (None, _) => {
            let names: Vec<String> =
                names.iter().take(NAMES_LISTED).map(|name| format!("`{}`", quote(name.as_str()))).collect();
            let message = format!("none of the ports {} answers to `{}`", names.join(", "), document.name);
            let hint = "Give one port the property `defaultPort: true` with `vendor: weft`.";
            Err(Finding::error(codes::NO_DEFAULT_PORT, document.place.clone(), message).hint(hint))
        }
    }
}

fn two_defaults(first: &DeclaredPort, second: &DeclaredPort) -> Finding {
    let message = format!(
        "the ports `{}` and `{}` both claim to be the default",
        quote(first.name.as_str()),
        quote(second.name.as_str())
    );
    Finding::error(codes::TWO_DEFAULT_PORTS, second.place.clone(), message)
        .hint("Keep `defaultPort` at one of them; it counts for all versions of that port.")
}

/// Reports what makes the parts of a product ambiguous: objects without a default, ports and objects of one name.
pub(crate) fn check_parts(document: &ProductDocument, ports: &[weft_model::product::OutputPort]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // `product__x` is an object of the default port first, so another port may not have its name.
    let mut reserved: HashSet<&Arc<str>> = HashSet::new();
    for port in ports.iter().filter(|port| port.default) {
        reserved.extend(port.contract.objects.iter().map(|object| &object.sql_name));
    }
    for port in ports {
        let objects = &port.contract.objects;
        let alike = |name: &Arc<str>| objects.iter().any(|object| object.sql_name == *name);
        if objects.len() != 1 && !alike(&document.name.product) && !alike(&port.sql_name) {
            let message =
                format!("none of the schema objects of `{}` answers to the port's name", quote(&port.contract.id));
            let hint = "Name one schema object like the product or the port, or keep a single one in the contract.";
            findings.push(Finding::error(codes::NO_DEFAULT_OBJECT, port.place.clone(), message).hint(hint));
        }
        if !port.default && reserved.contains(&port.sql_name) {
            let name = format!("{}__{}", document.name.product, port.sql_name);
            let message = format!("`{name}` would be both a port and a schema object of the default port");
            let hint = "Rename the port or the schema object.";
            findings.push(Finding::error(codes::PORT_AND_OBJECT, port.place.clone(), message).hint(hint));
        }
    }
    findings
}
