//! Every contract of the mesh, by identifier.

use std::collections::HashMap;
use std::sync::Arc;

use weft_model::contract::Contract;
use weft_model::finding::{Finding, Severity};
use weft_model::place::Place;
use weft_model::version::Version;

use crate::codes;
use crate::complaints::quote;
use crate::parse::{Document, Identity, Parsed};

/// The contracts of a mesh.
pub(crate) struct Contracts<'a> {
    by_id: HashMap<&'a str, Vec<Entry<'a>>>,
    suggested: usize,
}

/// The most identifiers that are looked up by their neighbours: it takes a walk through all of them.
const SUGGESTIONS_MAX: usize = 16;

struct Entry<'a> {
    file: &'a Parsed,
    version: Option<&'a Version>,
    domain: Option<&'a Arc<str>>,
    contract: Option<&'a Arc<Contract>>,
    shared: bool,
    used: bool,
}

/// What a port finds when it looks for its contract.
pub(crate) enum Found<'a> {
    /// The contract, and the domain it names.
    One(&'a Arc<Contract>, Option<&'a Arc<str>>),
    /// No contract has the identifier.
    Nothing,
    /// Contracts have the identifier, but other versions.
    Versions(Vec<String>),
    /// The contract has errors of its own.
    Broken(&'a Parsed),
    /// Two contracts have the identifier and the version.
    Shared,
}

impl<'a> Contracts<'a> {
    /// Indexes the contracts among the files.
    pub(crate) fn index(parsed: &'a [Arc<Parsed>], findings: &mut Vec<Finding>) -> Self {
        let mut by_id: HashMap<&str, Vec<Entry<'a>>> = HashMap::with_capacity(parsed.len());
        for file in parsed {
            let Identity::Contract { id: Some(id), version, domain } = &file.identity else { continue };
            let contract = match &file.document {
                Some(Document::Contract(contract)) => Some(contract),
                _ => None,
            };
            let (version, domain) = (version.as_ref(), domain.as_ref());
            let entries = by_id.entry(id).or_default();
            let mut shared = false;
            // Each file is reported once, however many share the version: against the first, and the first against one.
            // A file in another domain's folder cannot take anything from this one: it is looked for at home first.
            let here = home(&file.path);
            let twin = |other: &&mut Entry<'a>| {
                version.is_some() && other.version == version && home(&other.file.path) == here
            };
            if let Some(first) = entries.iter_mut().find(twin) {
                if !first.shared {
                    findings.push(shared_contract(first.file, id, file));
                }
                first.shared = true;
                shared = true;
                findings.push(shared_contract(file, id, first.file));
            }
            entries.push(Entry { file, version, domain, contract, shared, used: false });
        }
        Self { by_id, suggested: 0 }
    }

    /// The contract with this identifier and version for a product in the file `asking`: the one in its own domain's
    /// folder, or the only one elsewhere.
    pub(crate) fn find(&mut self, id: &str, version: &Version, asking: &str) -> Found<'a> {
        let Some(entries) = self.by_id.get_mut(id) else { return Found::Nothing };
        let fits = |entry: &Entry<'a>| entry.version.is_some_and(|own| same(own, version));
        let at_home = |entry: &Entry<'a>| fits(entry) && home(&entry.file.path) == home(asking);
        if !entries.iter().any(at_home) && entries.iter().filter(|entry| fits(entry)).count() > 1 {
            return Found::Shared;
        }
        let local = entries.iter().any(at_home);
        if let Some(entry) = entries.iter_mut().find(|entry| if local { at_home(entry) } else { fits(entry) }) {
            entry.used = true;
            if entry.shared {
                return Found::Shared;
            }
            return match entry.contract {
                Some(contract) => Found::One(contract, entry.domain),
                None => Found::Broken(entry.file),
            };
        }
        // A contract whose version cannot be read may be the one that is meant.
        if let Some(entry) = entries.iter_mut().find(|entry| entry.version.is_none()) {
            entry.used = true;
            return Found::Broken(entry.file);
        }
        let mut versions: Vec<&Version> = entries.iter().filter_map(|entry| entry.version).collect();
        versions.sort_unstable();
        Found::Versions(versions.into_iter().map(ToString::to_string).collect())
    }

    /// The identifier that is nearest to one that does not exist.
    pub(crate) fn nearest(&mut self, id: &str) -> Option<&'a str> {
        if self.suggested >= SUGGESTIONS_MAX {
            return None;
        }
        self.suggested += 1;
        crate::standard::suggest::nearest(id, self.by_id.keys().copied())
    }

    /// Reports contracts that no port names.
    pub(crate) fn report_unused(&self, findings: &mut Vec<Finding>) {
        let mut unused: Vec<(&str, &Entry<'a>)> =
            self.by_id.iter().flat_map(|(id, entries)| entries.iter().map(|entry| (*id, entry))).collect();
        unused.retain(|(_, entry)| !entry.used && entry.contract.is_some());
        unused.sort_unstable_by(|a, b| a.1.file.path.cmp(&b.1.file.path));
        for (id, entry) in unused {
            let message = format!("no output port names the contract `{}` in this version", quote(id));
            let hint = "Name it with `contractId` and its version in the product's file, or remove it.";
            let place = Place::file(Arc::clone(&entry.file.path));
            findings.push(Finding::warning(codes::UNUSED_CONTRACT, place, message).hint(hint));
        }
    }
}

/// The errors of a broken contract.
pub(crate) fn errors(file: &Parsed) -> impl Iterator<Item = &Finding> {
    file.findings.iter().filter(|finding| finding.severity == Severity::Error)
}

/// The folder of the domain a file lies in: the first of its path.
fn home(path: &str) -> &str {
    path.split_once('/').map_or("", |(first, _)| first)
}

/// Build metadata does not tell versions apart.
fn same(a: &Version, b: &Version) -> bool {
    a.cmp_precedence(b).is_eq()
}

fn shared_contract(file: &Parsed, id: &str, other: &Parsed) -> Finding {
    let message = format!("the contract `{}` stands in `{}` too, in the same version", quote(id), other.path);
    Finding::error(codes::SHARED_CONTRACT, Place::file(Arc::clone(&file.path)), message)
        .hint("Keep one of the files, or give one of them another version.")
}
