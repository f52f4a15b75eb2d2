//! Policy files to rules: every complaint about a file, each with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::DomainName;

use crate::complaint::{Complaints, DOUBLED, SHAPE, UNREADABLE};
use crate::ladder::Ladder;
use crate::lowered::Lowered;
use crate::read::keys::Keys;
use crate::read::speaker::Speaker;
use crate::rule::Rule;
use crate::yaml::{At, Kind, Node, parse};

mod board;
mod effect;
mod keys;
mod matches;
mod principals;
mod rows;
mod rules;
pub(crate) mod speaker;

/// The only version of the grammar.
const API_VERSION: &str = "weft/v1";

/// The only kind of file.
const KIND: &str = "Policy";

/// A file that is YAML and a policy, before its rules are read.
pub(crate) struct Document {
    root: Node,
}

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) rules: Vec<Rule>,
    /// The board's list of labels that may be lower than before.
    pub(crate) lowered: Vec<Lowered>,
    /// Products of the domain that other domains may use as mappings.
    pub(crate) mapping_for: BTreeMap<Arc<str>, Vec<DomainName>>,
}

/// Opens a file; `None` when it is no policy at all.
pub(crate) fn open(text: &str, complaints: &mut Complaints) -> Option<Document> {
    let root = match parse(text) {
        Ok(root) => root,
        Err(unreadable) => {
            let at = unreadable.at.unwrap_or_default();
            complaints.error(UNREADABLE, at, format!("the file is not readable: {}", unreadable.message));
            return None;
        }
    };
    let Kind::Map(entries) = &root.kind else {
        let hint = "A policy begins with `apiVersion: weft/v1` and `kind: Policy`.";
        complaints.error_hint(UNREADABLE, root.at, format!("a policy is a map, not {}", root.noun()), hint);
        return None;
    };
    let mark = complaints.mark();
    for (key, wanted) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        match entries.iter().find(|entry| entry.key == key) {
            Some(entry) if entry.value.text() == Some(wanted) => {}
            Some(entry) => complaints.error(UNREADABLE, entry.value.at, format!("`{key}` has to be `{wanted}`")),
            None => complaints.error(UNREADABLE, root.at, format!("`{key}: {wanted}` is missing")),
        }
    }
    (!complaints.failed_since(mark)).then_some(Document { root })
}

impl Document {
    /// The value of a top-level key.
    fn get(&self, key: &str) -> Option<&Node> {
        match &self.root.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// Where the document begins.
    pub(crate) fn at(&self) -> At {
        self.root.at
    }

    /// The board's ladder; `None` when the file carries nothing of it.
    pub(crate) fn ladder(&self, complaints: &mut Complaints) -> Option<Ladder> {
        let parts = ["classifications", "defaults", "delegate"].map(|key| self.get(key));
        board::ladder(parts, self.at(), complaints)
    }

    /// Reads everything but the board's ladder. `None` when a top-level key is wrong: nobody knows then what the
    /// file meant to close.
    pub(crate) fn contents(&self, speaker: Speaker<'_>, complaints: &mut Complaints) -> Option<Contents> {
        let mark = complaints.mark();
        let mut contents = Contents::default();
        let board = speaker.domain.is_none();
        let known: &[&str] = if board {
            &["apiVersion", "kind", "classifications", "defaults", "delegate", "rules", "lowered"]
        } else {
            &["apiVersion", "kind", "rules", "mapping_for"]
        };
        let keys = Keys::read(&self.root, "a policy", known, SHAPE, complaints)?;
        if let Some(node) = keys.get("mapping_for") {
            contents.mapping_for = board::mapping_for(node, complaints);
        }
        if let Some(node) = keys.get("lowered") {
            contents.lowered = board::lowered(node, speaker.ladder, complaints);
        }
        let rules = match keys.get("rules") {
            None => &[],
            Some(Node { kind: Kind::List(rules), .. }) => rules.as_slice(),
            Some(Node { kind: Kind::Null, .. }) => &[],
            Some(other) => {
                complaints.kind(SHAPE, "rules", "a list of rules", other);
                &[]
            }
        };
        if let Some(over) = rules.get(RULES_MAX) {
            let message = format!("the file has more than {RULES_MAX} rules");
            complaints.error_hint(
                SHAPE,
                over.at,
                message,
                "Say more with one rule: keys of `match` take lists and globs.",
            );
        }
        if complaints.failed_since(mark) {
            return None;
        }
        for node in rules {
            match &node.kind {
                Kind::Map(_) => contents.rules.extend(rules::rule(node, speaker, complaints)),
                _ => {
                    complaints.kind(SHAPE, "rules", "a list of rules", node);
                    return None;
                }
            }
        }
        doubled(&contents.rules, complaints);
        Some(contents)
    }
}

/// The most rules of one file: each is held against every column that it could mean whenever the mesh is read.
pub(crate) const RULES_MAX: usize = 2_000;

/// Warns of rules that carry one id: a receipt could not tell them apart.
fn doubled(rules: &[Rule], complaints: &mut Complaints) {
    let mut seen: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in rules {
        if let Some(first) = seen.get(&**rule.id()) {
            let message = format!("a rule with the id `{}` stands in line {} already", rule.id(), first.place.line);
            let hint = "Give every rule its own id; receipts and explanations name rules by it.";
            complaints.findings.push(Finding::warning(DOUBLED, rule.place.clone(), message).hint(hint));
        } else {
            seen.insert(rule.id(), rule);
        }
    }
}
