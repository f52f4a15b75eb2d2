//! The keys of a map, unknown ones complained about, and the small values that many keys take.

use crate::complaint::Complaints;
use crate::literal::date;
use crate::yaml::{Kind, Node};

/// The known keys of one map.
pub(crate) struct Keys<'a> {
    node: &'a Node,
}

impl<'a> Keys<'a> {
    /// Takes a map and complains about keys that are not known; `None` when it is no map.
    pub(crate) fn read(
        node: &'a Node,
        what: &str,
        known: &[&str],
        code: &'static str,
        complaints: &mut Complaints,
    ) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            complaints.error(code, node.at, format!("{what} is a map, not {}", node.noun()));
            return None;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let message = format!("{what} has no key `{}`", entry.key);
                let hint = match nearest(&entry.key, known) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Known keys: {}.", known.join(", ")),
                };
                complaints.error_hint(code, entry.at, message, hint);
            }
        }
        Some(Self { node })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        match &self.node.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }
}

/// The known key that was probably meant.
fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let typed = fold(typed);
    known
        .iter()
        .map(|key| (distance(&typed, &fold(key)), *key))
        .filter(|(distance, key)| *distance <= 2 && *distance < key.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}

/// How many letters have to change, come or go.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, diagonal), above) in right.iter().zip(&row).zip(row.iter().skip(1)) {
            let beside = next.last().copied().unwrap_or(i + 1);
            next.push((diagonal + usize::from(from != *to)).min(above + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// A text, or complains.
pub(crate) fn text<'a>(node: &'a Node, key: &str, code: &'static str, complaints: &mut Complaints) -> Option<&'a str> {
    match node.text() {
        Some(text) if !text.trim().is_empty() => Some(text),
        Some(_) => {
            complaints.error(code, node.at, format!("`{key}` is empty"));
            None
        }
        None => {
            complaints.kind(code, key, "a text", node);
            None
        }
    }
}

/// One text or a list of texts, or complains.
pub(crate) fn texts<'a>(
    node: &'a Node,
    key: &str,
    code: &'static str,
    complaints: &mut Complaints,
) -> Option<Vec<(&'a str, &'a Node)>> {
    match &node.kind {
        Kind::List(all) => all.iter().map(|one| Some((text(one, key, code, complaints)?, one))).collect(),
        Kind::Text(_) => Some(vec![(text(node, key, code, complaints)?, node)]),
        _ => {
            complaints.kind(code, key, "a text or a list of texts", node);
            None
        }
    }
}

/// A boolean, or complains.
pub(crate) fn boolean(node: &Node, key: &str, code: &'static str, complaints: &mut Complaints) -> Option<bool> {
    match node.kind {
        Kind::Bool(value) => Some(value),
        _ => {
            complaints.kind(code, key, "true or false", node);
            None
        }
    }
}

/// The last day of something, as days since 1970-01-01, or complains.
pub(crate) fn day(node: &Node, key: &str, code: &'static str, complaints: &mut Complaints) -> Option<i32> {
    let day = node.text().and_then(date);
    if day.is_none() {
        complaints.error_hint(code, node.at, format!("`{key}` takes a date"), "Write it as 2027-03-31.");
    }
    day
}
