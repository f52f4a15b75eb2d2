//! Last good state: a product that stops loading stays as it was, and one that is taken away goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::ProductName;
use weft_model::place::Place;
use weft_model::product::Product;

use crate::draft::Draft;
use crate::ledger::Ledger;
use crate::problem::Problems;
use crate::snapshot::CatalogSnapshot;

/// Puts products of the last snapshot back that are broken now, or whose product file vanished while their contracts
/// are still there. Returns their names.
pub(crate) fn keep(
    draft: &mut Draft,
    last: Option<&CatalogSnapshot>,
    ledger: &Ledger,
    problems: &mut Problems,
) -> Vec<ProductName> {
    let mut kept = Vec::new();
    let Some(last) = last else { return kept };
    let missing = last.products.iter().filter(|product| !draft.products.contains_key(&product.name));
    let missing = missing.map(Arc::clone).collect::<Vec<_>>();
    if missing.is_empty() {
        return kept;
    }
    let broken: BTreeSet<ProductName> = draft.broken.iter().filter_map(|product| product.name.clone()).collect();
    let used = contract_files(draft);
    for product in missing {
        let message = if broken.contains(&product.name) {
            "the product no longer loads and stays as it was"
        } else if vanished(&product, ledger, &used) {
            "the product file vanished while its contracts remain; the product stays as it was"
        } else {
            continue;
        };
        problems.add_of(
            &product.name,
            Finding::error("CAT-007", Place::file(Arc::clone(&product.place.file)), message)
                .hint("Correct the files, or remove the product file and all of its contracts."),
        );
        kept.push(product.name.clone());
        draft.products.insert(product.name.clone(), product);
    }
    // What is served is not listed as broken beside it; why it does not load is still told.
    let Draft { products, broken } = draft;
    broken.retain(|broken| {
        let served = broken.name.as_ref().is_some_and(|name| products.contains_key(name));
        if served {
            problems.add_broken(broken);
        }
        !served
    });
    kept
}

/// True when the product's own file is not there any more but a contract of it is, and no other product uses that.
fn vanished(product: &Product, ledger: &Ledger, used: &BTreeSet<Arc<str>>) -> bool {
    !ledger.documents.contains_key(&product.place.file)
        && product.ports.iter().any(|port| {
            let file = &port.contract.place.file;
            ledger.documents.contains_key(file) && !used.contains(file)
        })
}

/// The contract files that some product uses.
fn contract_files(draft: &Draft) -> BTreeSet<Arc<str>> {
    let ports = draft.products.values().flat_map(|product| &product.ports);
    ports.map(|port| Arc::clone(&port.contract.place.file)).collect()
}
