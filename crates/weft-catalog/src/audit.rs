//! What is worth knowing about a product that loads: a file in an odd place, a default without effect.

use weft_model::finding::Finding;
use weft_model::product::Product;
use weft_model::version::Lifecycle;

use crate::source::{GOVERNANCE, folder_domain};
use crate::target::default_port;

/// Looks at one product; every finding is a warning.
pub(crate) fn audit(product: &Product) -> Vec<Finding> {
    let mut findings = Vec::new();
    default_version(product, &mut findings);
    place(product, &mut findings);
    findings
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
                format!(
                    "the product belongs to domain `{}` and its file does not lie in that folder",
                    product.name.domain
                ),
            )
            .hint(format!("Move the file to `{0}/{1}/{1}.odps.yaml`.", product.name.domain, product.name.product)),
        );
    }
}
