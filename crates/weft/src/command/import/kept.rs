//! A file of a product that is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use weft_contract::parse::{Document, Parsed, parse};
use weft_contract::source::SourceFile;
use weft_model::contract::{Contract, SchemaObject, Server, ServerKind};
use weft_model::finding::Severity;

use crate::error::Failure;

use super::carry::Apart;
use super::tree::Tree;

/// A file, read.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) tree: Tree,
    pub(super) document: Option<Document>,
}

/// What to do about a file whose owner's words would be lost.
const CORRECT: &str = "Correct the file, `weft validate` says more, or move it away: what it says would be lost otherwise.";

impl Kept {
    /// Reads a file; `None` when it is not there.
    ///
    /// # Errors
    /// When it cannot be read, or is no contract or product as it has to be: what it says could not be kept.
    pub(super) fn of(path: &Path, kind: &str, variables: &BTreeMap<String, String>) -> Result<Option<Self>, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Failure::File { what: "reading", path: path.to_owned(), cause }),
        };
        let unusable = |line: u32, column: u32, why: &str| {
            let shown = path.display();
            Failure::Setup(format!("`{shown}:{line}:{column}` is there and cannot be carried over: {why}")).hinted(CORRECT)
        };
        let parsed = judged(path, &text, variables);
        if let Some(finding) = parsed.findings.iter().find(|finding| finding.severity == Severity::Error) {
            return Err(unusable(finding.place.line, finding.place.column, &finding.message));
        }
        let tree = Tree::read(&text).map_err(|flaw| unusable(flaw.mark.line, flaw.mark.column, &flaw.message))?;
        if tree.text("kind") != Some(kind) {
            return Err(unusable(1, 1, &format!("it says no `kind: {kind}`")));
        }
        Ok(Some(Self { text, tree, document: parsed.document }))
    }

    /// Names in the files of the columns whose types another contract has as well.
    pub(super) fn alike(&self, other: &Contract) -> BTreeSet<String> {
        let columns = |contract: &Contract| -> BTreeMap<String, (arrow_schema::DataType, String)> {
            let all = contract.objects.iter().flat_map(|object| &object.columns);
            all.map(|one| (one.physical_name.to_string(), (one.data_type.clone(), one.type_name.to_string()))).collect()
        };
        let Some(Document::Contract(own)) = &self.document else { return BTreeSet::new() };
        // With several tables a name may be of any of them.
        let [_] = own.objects.as_slice() else { return BTreeSet::new() };
        let (own, other) = (columns(own), columns(other));
        own.into_iter().filter(|(name, typed)| other.get(name) == Some(typed)).map(|(name, _)| name).collect()
    }

    /// The position of the server that leads to the place of another contract.
    pub(super) fn leads(&self, other: &Contract) -> Option<usize> {
        let Some(Document::Contract(own)) = &self.document else { return None };
        let (server, object) = (other.servers.first()?, other.objects.first()?);
        let location = server.location_of(object);
        // A catalog has many tables in one place.
        let named = |one: &Server, own: &SchemaObject| {
            one.kind != ServerKind::IcebergCatalog || own.physical_name == object.physical_name
        };
        let listed = self.tree.get("servers").map(Tree::items).unwrap_or_default();
        let found = own.servers.iter().find(|one| {
            one.kind == server.kind
                && one.format == server.format
                && own.objects.iter().any(|object| one.location_of(object) == location && named(one, object))
        })?;
        listed.iter().position(|one| one.text("server") == Some(&*found.name))
    }
}

/// What a text says as a file of the mesh.
pub(super) fn judged(path: &Path, text: &str, variables: &BTreeMap<String, String>) -> Parsed {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    parse(&SourceFile::new(name, text), variables)
}

/// The failure of two files that cannot be made into one.
pub(super) fn apart(path: &Path, apart: &Apart) -> Failure {
    let (line, column) = (apart.mark.line, apart.mark.column);
    Failure::Setup(format!("`{}:{line}:{column}` cannot be carried over: the contract {}", path.display(), apart.what))
        .hinted("Import under a --product of its own, or write the contract by hand.")
}
