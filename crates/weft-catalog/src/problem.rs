//! What is wrong with a catalog, and whose it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weft_contract::assemble::BrokenProduct;
use weft_model::finding::Finding;
use weft_model::name::{DomainName, ProductName};
use weft_model::place::Place;
use weft_model::product::Product;

use crate::ledger::Ledger;
use crate::snapshot::Problem;
use crate::source::{GOVERNANCE, folder_domain};

/// Findings on their way into a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<(Option<ProductName>, Finding)>,
}

impl Problems {
    /// Adds a finding; whose it is follows from its place.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.found.push((None, finding));
    }

    /// Adds a finding about a product.
    pub(crate) fn add_of(&mut self, product: &ProductName, finding: Finding) {
        self.found.push((Some(product.clone()), finding));
    }

    /// Adds several findings.
    pub(crate) fn add_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.found.extend(findings.into_iter().map(|finding| (None, finding)));
    }

    /// Adds why a product cannot be served.
    pub(crate) fn add_broken(&mut self, broken: &BrokenProduct) {
        self.found.extend(broken.findings.iter().map(|finding| (broken.name.clone(), finding.clone())));
    }

    /// Adds what is wrong with single files.
    pub(crate) fn add_ledger(&mut self, ledger: &Ledger) {
        for (path, file) in &ledger.documents {
            self.add_all(file.unusable.clone());
            if let Some((_, parsed)) = &file.now {
                self.add_all(parsed.findings.iter().cloned());
            }
            if file.good.is_some() {
                self.add(
                    Finding::error(
                        "CAT-007",
                        Place::file(Arc::clone(path)),
                        "the file no longer loads and counts as it was",
                    )
                    .hint("Correct the file, or remove it."),
                );
            }
        }
        self.add_all(ledger.policies.values().filter_map(|file| file.complaint.clone()));
        self.add_all(ledger.domains.values().filter_map(|file| file.complaint.clone()));
        self.add_all(ledger.queries.values().filter_map(|file| file.complaint.clone()));
        self.add_all(ledger.misplaced.values().cloned());
        self.add_all(ledger.ignored.iter().cloned());
    }

    /// Every problem once, with its product and domain, in the order of places.
    pub(crate) fn finish(self, products: &[Arc<Product>]) -> Vec<Problem> {
        if self.found.is_empty() {
            return Vec::new();
        }
        let wanted: BTreeSet<Arc<str>> =
            self.found.iter().map(|(_, finding)| Arc::clone(&finding.place.file)).collect();
        let owners = owners(products, &wanted);
        let mut problems: Vec<Problem> = self
            .found
            .into_iter()
            .map(|(product, finding)| {
                let product = product.or_else(|| owners.get(&finding.place.file).cloned());
                let domain = product.as_ref().map(|product| product.domain.clone());
                let domain = domain.or_else(|| domain_of(&finding.place.file));
                Problem { product, domain, finding }
            })
            .collect();
        let order = |problem: &Problem| (problem.finding.place.clone(), problem.finding.code);
        // What names its product comes first among equals, so that the copy without a name is the one dropped.
        problems.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| b.product.cmp(&a.product)));
        let mut seen = BTreeSet::new();
        problems.retain(|problem| {
            let finding = &problem.finding;
            seen.insert((finding.place.clone(), finding.code, finding.message.clone()))
        });
        problems
    }
}

/// The product that each of some files belongs to.
fn owners(products: &[Arc<Product>], wanted: &BTreeSet<Arc<str>>) -> BTreeMap<Arc<str>, ProductName> {
    let mut owners = BTreeMap::new();
    for product in products {
        let contracts = product.ports.iter().map(|port| &port.contract.place.file);
        for file in std::iter::once(&product.place.file).chain(contracts).filter(|file| wanted.contains(*file)) {
            owners.entry(Arc::clone(file)).or_insert_with(|| product.name.clone());
        }
    }
    owners
}

/// The domain whose folder a file lies in; none for the board's.
fn domain_of(file: &str) -> Option<DomainName> {
    if file.split('/').next() == Some(GOVERNANCE) { None } else { folder_domain(file) }
}
