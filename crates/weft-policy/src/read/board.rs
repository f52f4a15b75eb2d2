//! The parts of a file that are no rules: the board's ladder and lowered labels, a domain's mappings.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_model::name::DomainName;

use crate::complaint::{Complaints, LADDER, LOWERED, MAPPING};
use crate::glob::Glob;
use crate::ladder::{Class, DefaultAction, Ladder, STEPS_MAX, Step, UNCLASSIFIED};
use crate::literal::DAY_SECONDS;
use crate::lowered::Lowered;
use crate::matcher::PathGlob;
use crate::read::keys::{Keys, day, text, texts};
use crate::yaml::{At, Kind, Node};

/// Reads `classifications`, `defaults` and `delegate`; `None` when the file carries none of them.
pub(crate) fn ladder(
    [words, defaults, delegate]: [Option<&Node>; 3],
    at: At,
    complaints: &mut Complaints,
) -> Option<Ladder> {
    if words.is_none() && defaults.is_none() && delegate.is_none() {
        return None;
    }
    let Some(words) = words else {
        complaints.error(LADDER, at, "`defaults` and `delegate` stand beside `classifications`");
        return Some(Ladder::default());
    };
    let names = names(words, complaints);
    let actions = defaults.map(|node| actions(node, &names, complaints)).unwrap_or_default();
    let hidden = |name: &str, complaints: &mut Complaints| {
        let hint = "Say what happens to its columns: clear, mask or hide.";
        complaints.warning(LADDER, words.at, format!("`{name}` has no default and is hidden"), hint);
        (DefaultAction::Hide, words)
    };
    let steps: Vec<Step> = names
        .iter()
        .map(|name| {
            let (action, node) = actions.get(&**name).copied().unwrap_or_else(|| hidden(name, complaints));
            Step::new(name, action, node.at.place(&complaints.file))
        })
        .collect();
    let unclassified = match actions.get(UNCLASSIFIED) {
        Some((action, node)) => Step::new(UNCLASSIFIED, *action, node.at.place(&complaints.file)),
        None => Step::new(UNCLASSIFIED, DefaultAction::Hide, words.at.place(&complaints.file)),
    };
    let delegate = delegate.and_then(|node| {
        let word = text(node, "delegate", LADDER, complaints)?;
        let class = names.iter().position(|name| **name == *word).and_then(Class::at);
        if class.is_none() {
            complaints.error(LADDER, node.at, format!("`delegate` is no classification: `{word}`"));
        }
        class
    });
    Some(Ladder::new(steps, unclassified, delegate))
}

fn names(node: &Node, complaints: &mut Complaints) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = Vec::new();
    for (word, at) in texts(node, "classifications", LADDER, complaints).unwrap_or_default() {
        if word.eq_ignore_ascii_case(UNCLASSIFIED) {
            complaints.error(
                LADDER,
                at.at,
                format!("`{UNCLASSIFIED}` is the word for columns without a classification"),
            );
        } else if names.iter().any(|name| name.eq_ignore_ascii_case(word)) {
            complaints.error(LADDER, at.at, format!("`{word}` stands twice on the ladder"));
        } else {
            names.push(Arc::from(word));
        }
    }
    if names.is_empty() {
        complaints.error(LADDER, node.at, "the ladder of classifications is empty");
    }
    if names.len() > STEPS_MAX {
        complaints.error(LADDER, node.at, format!("the ladder has more than {STEPS_MAX} classifications"));
    }
    names
}

fn actions<'a>(
    node: &'a Node,
    names: &[Arc<str>],
    complaints: &mut Complaints,
) -> BTreeMap<&'a str, (DefaultAction, &'a Node)> {
    let mut actions = BTreeMap::new();
    let Kind::Map(entries) = &node.kind else {
        complaints.kind(LADDER, "defaults", "a map of classifications", node);
        return actions;
    };
    for entry in entries {
        let known = entry.key == UNCLASSIFIED || names.iter().any(|name| **name == *entry.key);
        if !known {
            complaints.error(LADDER, entry.at, format!("`{}` is no classification of the ladder", entry.key));
        }
        let action = match entry.value.text() {
            Some("clear") => DefaultAction::Clear,
            Some("mask") => DefaultAction::Mask,
            Some("hide") => DefaultAction::Hide,
            _ => {
                let message = format!("the default of `{}` is none of clear, mask, hide", entry.key);
                complaints.error(LADDER, entry.value.at, message);
                DefaultAction::Hide
            }
        };
        actions.insert(entry.key.as_str(), (action, &entry.value));
    }
    actions
}

/// Reads the board's `lowered`.
pub(crate) fn lowered(node: &Node, ladder: &Ladder, complaints: &mut Complaints) -> Vec<Lowered> {
    let Kind::List(all) = &node.kind else {
        complaints.kind(LOWERED, "lowered", "a list", node);
        return Vec::new();
    };
    all.iter().filter_map(|node| one_lowered(node, ladder, complaints)).collect()
}

fn one_lowered(node: &Node, ladder: &Ladder, complaints: &mut Complaints) -> Option<Lowered> {
    let mark = complaints.mark();
    let known = ["product", "column", "to", "until", "reason"];
    let keys = Keys::read(node, "an entry of `lowered`", &known, LOWERED, complaints)?;
    let mut required = |name: &str| match keys.get(name) {
        Some(node) => text(node, name, LOWERED, complaints),
        None => {
            complaints.error(LOWERED, node.at, format!("an entry of `lowered` lacks `{name}`"));
            None
        }
    };
    let (product, column, to) = (required("product"), required("column"), required("to"));
    let until = keys.get("until").and_then(|node| day(node, "until", LOWERED, complaints));
    let (domain, product) = product?.split_once('.').or_else(|| {
        complaints.error(LOWERED, node.at, "an entry of `lowered` names its product as `domain.product`");
        None
    })?;
    let (column, word) = (column?, to?);
    if [domain, product, column].iter().any(|text| text.contains('*')) {
        complaints.error(LOWERED, node.at, "an entry of `lowered` names one column, without `*`");
    }
    let to = ladder.class(word);
    if to.is_none() {
        complaints.error(LOWERED, node.at, format!("`{word}` is no classification of the board"));
    }
    let to = to.filter(|_| !complaints.failed_since(mark))?;
    Some(Lowered {
        domain: Glob::folded(domain),
        product: Glob::folded(product),
        path: PathGlob::new(column),
        column: Arc::from(column),
        to,
        until: until.map(|day| (i64::from(day) + 1) * DAY_SECONDS),
    })
}

/// Reads a domain's `mapping_for`: its products, and the domains that may use each as a mapping.
pub(crate) fn mapping_for(node: &Node, complaints: &mut Complaints) -> BTreeMap<Arc<str>, Vec<DomainName>> {
    let mut found = BTreeMap::new();
    let Kind::Map(entries) = &node.kind else {
        complaints.kind(MAPPING, "mapping_for", "a map of own products and lists of domains", node);
        return found;
    };
    for entry in entries {
        let domains = texts(&entry.value, &entry.key, MAPPING, complaints).unwrap_or_default();
        let domains = domains.into_iter().map(|(domain, _)| DomainName::new(domain)).collect();
        found.insert(Arc::from(entry.key.as_str()), domains);
    }
    found
}
