//! What makes a product unusable although each of its files is right: names that mean two things, or nothing.

use weft_model::finding::Finding;
use weft_model::product::Product;
use weft_model::version::Lifecycle;

use crate::source::{GOVERNANCE, folder_domain};
use crate::target::{default_object, default_port};

/// Looks at one product. With an error among the findings the product is broken.
pub(crate) fn audit(product: &Product) -> Vec<Finding> {
    let mut findings = Vec::new();
    names(product, &mut findings);
    default_version(product, &mut findings);
    place(product, &mut findings);
    findings
}

/// Every name has to mean one table.
fn names(product: &Product, findings: &mut Vec<Finding>) {
    let Some(default) = default_port(product) else {
        findings.push(
            Finding::error("CAT-012", product.place.clone(), "no output port answers the product's name")
                .hint("Mark one with `defaultPort: true`, or give it the product's name."),
        );
        return;
    };
    for port in product.ports.iter().filter(|port| &port.sql_name == default) {
        if default_object(product, port).is_none() {
            findings.push(
                Finding::error(
                    "CAT-011",
                    port.place.clone(),
                    format!("no table of version {} answers the product's name", port.version),
                )
                .hint("Give one schema object the name of the product or of the port."),
            );
        }
        for object in &port.contract.objects {
            let other = product.ports.iter().find(|other| &other.sql_name != default && other.sql_name == object.sql_name);
            if other.is_some() {
                findings.push(
                    Finding::error(
                        "CAT-010",
                        object.place.clone(),
                        format!(
                            "`{}__{}` would mean a table of the port `{}` and another port",
                            product.name.product, object.sql_name, port.name
                        ),
                    )
                    .hint("Rename the schema object or the port."),
                );
            }
        }
    }
}

/// A version held back has to be one that is served.
fn default_version(product: &Product, findings: &mut Vec<Finding>) {
    let Some(held) = &product.default_version else { return };
    let default = default_port(product);
    let served = product.ports.iter().any(|port| {
        Some(&port.sql_name) == default
            && port.version.cmp_precedence(held).is_eq()
            && product.port_status(port) >= Lifecycle::Active
    });
    if !served {
        findings.push(
            Finding::warning(
                "CAT-015",
                product.place.clone(),
                format!("`defaultVersion` {held} is not a version in service and has no effect"),
            )
            .hint("Name the version of an active or deprecated port."),
        );
    }
}

/// A product file belongs below its domain's folder.
fn place(product: &Product, findings: &mut Vec<Finding>) {
    let file = &product.place.file;
    let in_governance = file.split('/').next() == Some(GOVERNANCE);
    if in_governance || folder_domain(file).as_ref() != Some(&product.name.domain) {
        findings.push(
            Finding::warning(
                "CAT-006",
                product.place.clone(),
                format!("the product belongs to domain `{}` and its file does not lie in that folder", product.name.domain),
            )
            .hint(format!("Move the file to `{0}/{1}/{1}.odps.yaml`.", product.name.domain, product.name.product)),
        );
    }
}
