//! What is worth knowing about a product: a file in another domain's folder, a default without effect.

use std::sync::Arc;

use weft_contract::parse::{Document, Parsed};
use weft_model::finding::Finding;
use weft_model::place::Place;
use weft_model::product::Product;
use weft_model::version::Lifecycle;

use crate::source::{GOVERNANCE, folder_domain};
use crate::target::default_port;

/// Looks at one product; every finding is a warning.
pub(crate) fn audit(product: &Product) -> Vec<Finding> {
    let mut findings = Vec::new();
    default_version(product, &mut findings);
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

/// A product file lies below its domain's folder: whoever may write there speaks for the domain. One that lies elsewhere
/// would be served with the domain's own rights to its data, so it is not served at all.
pub(crate) fn misplaced(file: &Parsed) -> Option<Finding> {
    let name = file.product_name()?;
    let in_governance = file.path.split('/').next() == Some(GOVERNANCE);
    if !in_governance && folder_domain(&file.path).as_ref() == Some(&name.domain) {
        return None;
    }
    let place = match &file.document {
        Some(Document::Product(product)) => product.place.clone(),
        _ => Place::file(Arc::clone(&file.path)),
    };
    let message = format!(
        "the product says that it belongs to domain `{}` and its file does not lie in that folder",
        name.domain
    );
    let hint = format!("Move the file to `{0}/{1}/{1}.odps.yaml`.", name.domain, name.product);
    Some(Finding::error("CAT-006", place, message).hint(hint))
}
