//! Last good state: a product that stops loading stays as it was, and one that is taken away goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::ProductName;
use weft_model::product::Product;

use crate::build::Draft;
use crate::ledger::Ledger;
use crate::snapshot::CatalogSnapshot;

/// What was kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The products that stand as they were.
    pub(crate) names: Vec<ProductName>,
}

/// Puts products of the last snapshot back that are broken now, or whose product file vanished while their contracts
/// are still there.
pub(crate) fn keep(draft: &mut Draft, last: Option<&CatalogSnapshot>, ledger: &Ledger) -> Kept {
    let mut kept = Kept::default();
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
        draft.findings.push(
            Finding::error("CAT-007", product.place.clone(), message)
                .hint("Correct the files, or remove the product file and all of its contracts."),
        );
        kept.names.push(product.name.clone());
        draft.products.insert(product.name.clone(), product);
    }
    // A product that is served is not listed as broken beside it; its findings stay.
    let (gone, still) = std::mem::take(&mut draft.broken)
        .into_iter()
        .partition(|broken| broken.name.as_ref().is_some_and(|name| draft.products.contains_key(name)));
    draft.broken = still;
    draft.kept_broken = gone;
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
