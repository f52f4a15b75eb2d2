//! Parsed files in, products out: ports find their contracts, names are made unique, the default port is decided.
//!
//! 1. Index contracts by identifier.
//! 2. Join every product's ports to them.
//! 3. Decide its default port.
//! 4. Break products that share one SQL name.
//!
//! Nothing is read or copied: contracts are shared.

mod contracts;
mod default_port;
mod join;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use weft_model::finding::{Finding, Severity};
use weft_model::name::ProductName;
use weft_model::place::Place;
use weft_model::product::Product;

use crate::assemble::contracts::Contracts;
use crate::assemble::join::join;
use crate::codes;
use crate::parse::{Document, Identity, Parsed};

/// The products of a mesh.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// Products that can be queried, in the order of their files.
    pub products: Vec<Arc<Product>>,
    /// Products that cannot, in the order of their files.
    pub broken: Vec<BrokenProduct>,
    /// What was found while joining files; findings about single files stay with [`Parsed`].
    pub findings: Vec<Finding>,
}

/// A product that cannot be queried.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokenProduct {
    /// Its SQL name, if the file gives one.
    pub name: Option<ProductName>,
    /// The team that owns it.
    pub owner: Option<Arc<str>>,
    /// Every error that breaks it, those about its own files and those found while joining.
    pub findings: Vec<Finding>,
}

/// A product file that was joined, well or not.
struct Candidate {
    name: Option<ProductName>,
    owner: Option<Arc<str>>,
    place: Place,
    product: Option<Arc<Product>>,
    errors: Vec<Finding>,
}

/// Joins product files and contract files into products.
#[must_use]
pub fn assemble(parsed: &[Arc<Parsed>]) -> Assembled {
    let mut out = Assembled::default();
    let mut contracts = Contracts::index(parsed, &mut out.findings);
    let mut candidates: Vec<Candidate> =
        parsed.iter().filter_map(|file| candidate(file, &mut contracts, &mut out.findings)).collect();
    contracts.report_unused(&mut out.findings);
    break_shared_names(&mut candidates, &mut out.findings);
    for candidate in candidates {
        match candidate.product {
            Some(product) if candidate.errors.is_empty() => out.products.push(product),
            _ => out.broken.push(BrokenProduct {
                name: candidate.name,
                owner: candidate.owner,
                findings: candidate.errors,
            }),
        }
    }
    out
}

fn candidate(file: &Parsed, contracts: &mut Contracts<'_>, findings: &mut Vec<Finding>) -> Option<Candidate> {
    let Identity::Product { name, owner } = &file.identity else { return None };
    let Some(Document::Product(document)) = &file.document else {
        let errors = file.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
        let place = Place::file(Arc::clone(&file.path));
        return Some(Candidate { name: name.clone(), owner: owner.clone(), place, product: None, errors });
    };
    let joined = join(document, contracts);
    let errors: Vec<Finding> =
        joined.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    findings.extend(joined.findings);
    let mut all = errors;
    all.extend(joined.causes);
    Some(Candidate {
        name: Some(document.name.clone()),
        owner: document.owner.clone(),
        place: document.name_place.clone(),
        product: joined.product.map(Arc::new),
        errors: all,
    })
}

/// Whoever shares a name with somebody else is broken: neither may shadow the other.
fn break_shared_names(candidates: &mut [Candidate], findings: &mut Vec<Finding>) {
    let mut first_of: HashMap<&ProductName, (usize, Option<usize>)> = HashMap::with_capacity(candidates.len());
    let mut clashes: Vec<(usize, usize)> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let Some(name) = &candidate.name else { continue };
        match first_of.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert((at, None));
            }
            Entry::Occupied(mut entry) => {
                let (first, second) = entry.get_mut();
                clashes.push((at, *first));
                second.get_or_insert(at);
            }
        }
    }
    clashes.extend(first_of.values().filter_map(|(first, second)| Some((*first, (*second)?))));
    clashes.sort_unstable();
    for (at, other) in clashes {
        let Some(other) = candidates.get(other).map(|other| other.place.clone()) else { continue };
        let Some(candidate) = candidates.get_mut(at) else { continue };
        let Some(name) = &candidate.name else { continue };
        let message = format!("the product `{name}` is also declared at {other}");
        let hint = "Rename one of them, or give it the property `sqlName`; until then neither can be queried.";
        let finding = Finding::error(codes::SHARED_NAME, candidate.place.clone(), message).hint(hint);
        candidate.errors.push(finding.clone());
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests;
