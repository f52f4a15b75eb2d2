//! One file in, one document out: pure, so that the answer can be kept as long as the file and the variables stay.
//!
//! 1. Build the tree.
//! 2. Tell which standard it follows, if any.
//! 3. [`fill`](crate::variables::fill) variables in.
//! 4. [Check](crate::standard::check) it against the standard.
//! 5. [Read](crate::read) it into the model.
//!
//! A file with any error yields findings and no document.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_model::contract::Contract;
use weft_model::finding::Finding;
use weft_model::name::ProductName;
use weft_model::version::{Version, lenient};

use crate::codes;
use crate::complaints::{Complaints, quote};
use crate::product::ProductDocument;
use crate::read::contract::contract;
use crate::read::product::{product, visible};
use crate::read::reader::Reader;
use crate::source::SourceFile;
use crate::standard::check;
use crate::standard::edition::{Edition, Standard};
use crate::standard::suggest::nearest;
use crate::variables;
use crate::yaml::build::{Built, FlawKind, build};
use crate::yaml::tree::{Map, Mark, Node};

/// What one file says, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The file.
    pub path: Arc<str>,
    /// The document; `None` when errors make it unusable.
    pub document: Option<Document>,
    /// Errors and warnings, by line.
    pub findings: Vec<Finding>,
    /// Who the file says it is, even when it is unusable.
    pub(crate) identity: Identity,
}

impl Parsed {
    /// The SQL name of the product the file says it is, even when it is unusable.
    #[must_use]
    pub fn product_name(&self) -> Option<&ProductName> {
        match &self.identity {
            Identity::Product { name, .. } => name.as_ref(),
            _ => None,
        }
    }
}

/// A document that can be used.
#[derive(Clone, Debug)]
pub enum Document {
    /// A data product.
    Product(Arc<ProductDocument>),
    /// A data contract.
    Contract(Arc<Contract>),
    /// YAML of another kind: policies, users, domain descriptions; and products that SQL cannot reach.
    Other,
}

/// Who a file says it is.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Neither product nor contract.
    Other,
    /// A product.
    Product {
        /// Its SQL name.
        name: Option<ProductName>,
        /// The team that owns it.
        owner: Option<Arc<str>>,
    },
    /// A contract.
    Contract {
        /// Its identifier.
        id: Option<Arc<str>>,
        /// Its version.
        version: Option<Version>,
        /// Its domain.
        domain: Option<Arc<str>>,
    },
}

/// Reads one file. `variables` are those the mesh lists, by name.
#[must_use]
pub fn parse(file: &SourceFile, variables: &BTreeMap<String, String>) -> Parsed {
    let mut out = Complaints::about(&file.path);
    let built = build(&file.text);
    let Some(standard) = standard(file, built.root.as_ref()) else {
        return Parsed {
            path: Arc::clone(&file.path),
            document: Some(Document::Other),
            findings: Vec::new(),
            identity: Identity::Other,
        };
    };
    let (identity, document) = read(standard, built, variables, &mut out);
    Parsed {
        path: Arc::clone(&file.path),
        document: document.filter(|_| !out.any_error()),
        findings: out.into_findings(),
        identity,
    }
}

/// Which standard a file follows: its content says so, or its name when the content does not.
fn standard(file: &SourceFile, root: Option<&Node>) -> Option<Standard> {
    let map = root.and_then(Node::map);
    let text = |key| map.and_then(|map| map.text(key)).map(|text| &**text);
    let numbered = text("apiVersion").is_none_or(|version| lenient(version).is_some());
    match text("kind") {
        Some("DataContract") if numbered => return Some(Standard::Odcs),
        Some("DataProduct") if numbered => return Some(Standard::Odps),
        _ => {}
    }
    let stem = file.name().strip_suffix(".yaml").or_else(|| file.name().strip_suffix(".yml"))?;
    if stem.ends_with(".odcs") {
        return Some(Standard::Odcs);
    }
    if stem.ends_with(".odps") {
        return Some(Standard::Odps);
    }
    // A file that is no YAML at all may still say what it wanted to be.
    let says = |line: &str| root.is_none() && file.text.lines().any(|own| own.trim_end() == line);
    if says("kind: DataContract") {
        return Some(Standard::Odcs);
    }
    says("kind: DataProduct").then_some(Standard::Odps)
}

fn read(
    standard: Standard,
    built: Built,
    variables: &BTreeMap<String, String>,
    out: &mut Complaints,
) -> (Identity, Option<Document>) {
    let unknown = match standard {
        Standard::Odcs => Identity::Contract { id: None, version: None, domain: None },
        Standard::Odps => Identity::Product { name: None, owner: None },
    };
    for flaw in built.flaws {
        let (code, hint) = match flaw.kind {
            FlawKind::Syntax => (codes::SYNTAX.of(standard), "Correct the YAML here; what follows was not read."),
            FlawKind::DuplicateKey => (codes::DUPLICATE_KEY.of(standard), "Keep one of them; the first was read."),
            FlawKind::Bound => (codes::BOUND, "Split the file, or spell out less in it."),
        };
        out.error(code, flaw.mark, flaw.message, hint);
    }
    let Some(mut root) = built.root else {
        if !out.any_error() {
            let hint = "Begin with `apiVersion`, `kind` and `id`.";
            out.error(codes::NO_MAPPING.of(standard), Mark { line: 1, column: 1 }, "the file is empty", hint);
        }
        return (unknown, None);
    };
    if root.map().is_none() {
        let message = format!("the file holds {} where a mapping belongs", root.kind());
        out.error(codes::NO_MAPPING.of(standard), root.mark, message, "Begin with `apiVersion`, `kind` and `id`.");
        return (unknown, None);
    }
    variables::fill(&mut root, variables, out);
    let Some(map) = root.map() else { return (unknown, None) };
    let api_version = map.text("apiVersion").map(|text| &**text);
    let edition = Edition::of(standard, api_version);
    let mut reader = Reader { edition, out, delta: false };
    match standard {
        Standard::Odcs => {
            check::contract(&root, edition, reader.out);
            old_edition(map, root.mark, reader.out);
            let contract = contract(&mut reader, map, root.mark);
            let identity = Identity::Contract {
                id: map.text("id").cloned(),
                version: map.text("version").and_then(|text| lenient(text)),
                domain: map.text("domain").cloned(),
            };
            (identity, contract.map(|contract| Document::Contract(Arc::new(contract))))
        }
        Standard::Odps => {
            check::product(&root, edition, reader.out);
            if !visible(map) {
                let hint = "Add `contractId` to an output port to make the product queryable.";
                reader.out.warn(codes::NO_PORT, root.mark, "no output port names a contract", hint);
                return (if reader.out.any_error() { unknown } else { Identity::Other }, Some(Document::Other));
            }
            let (claim, document) = product(&mut reader, map, root.mark);
            let identity = Identity::Product { name: claim.name, owner: claim.owner };
            (identity, document.map(|document| Document::Product(Arc::new(document))))
        }
    }
}

/// The standard's grammar still lists editions that looked quite different.
fn old_edition(map: &Map, root: Mark, out: &mut Complaints) {
    let Some(version) = map.text("apiVersion").filter(|version| version.starts_with("v2.")) else { return };
    let message = format!("contracts of edition `{}` are not read", quote(version));
    let known = ["v3.2.0", "v3.1.0", "v3.0.2"];
    let hint = format!("Move the contract to {}.", nearest(version, known).unwrap_or("v3.2.0"));
    out.error(codes::OLD_EDITION, map.value_mark("apiVersion", root), message, hint);
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
