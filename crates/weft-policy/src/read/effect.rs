//! The one effect of a rule.

use std::sync::Arc;

use weft_model::mask::Mask;

use crate::complaint::{AGGREGATE, Complaints, EFFECT, MASK};
use crate::decision::Authority;
use crate::read::keys::{Keys, text, texts};
use crate::read::matches::unknown_class;
use crate::read::rows::{MAPPING_KEYS, join, mapping, predicate};
use crate::read::speaker::Speaker;
use crate::rule::{Effect, RowRule};
use crate::yaml::{Kind, Node};

/// The keys that are effects.
pub(crate) const EFFECTS: [&str; 8] = ["allow", "deny", "restrict", "mask", "hide", "clear", "classify", "aggregate"];

/// An effect as read.
pub(crate) struct Read {
    pub(crate) effect: Effect,
    /// The rows that a restriction keeps.
    pub(crate) rows: Option<RowRule>,
}

/// Reads the effect of a rule; `None` after a complaint.
pub(crate) fn effect(
    node: &Node,
    keys: &Keys<'_>,
    present: &[&str],
    speaker: Speaker<'_>,
    complaints: &mut Complaints,
) -> Option<Read> {
    let [key] = present else {
        let message = match present {
            [] => "a rule has no effect".to_owned(),
            all => format!("a rule has {} effects: {}", all.len(), all.join(", ")),
        };
        let hint = format!("A rule has exactly one of {}.", EFFECTS.join(", "));
        complaints.error_hint(EFFECT, node.at, message, hint);
        return None;
    };
    let node = keys.get(key)?;
    let plain = |effect| Some(Read { effect, rows: None });
    match *key {
        "allow" if node.text() == Some("read") => plain(Effect::Allow),
        "allow" if node.text() == Some("history") => plain(Effect::History),
        "allow" => {
            complaints.error(EFFECT, node.at, "`allow` takes `read` or `history`");
            None
        }
        "deny" => only_true(node, key, complaints).and(plain(Effect::Deny)),
        "hide" => only_true(node, key, complaints).and(plain(Effect::Hide)),
        "clear" => only_true(node, key, complaints).and(plain(Effect::Clear)),
        "mask" => mask(node, complaints).and_then(|mask| plain(Effect::Mask(mask))),
        "classify" => classify(node, speaker, complaints).and_then(plain),
        "restrict" => {
            restrict(node, speaker, complaints).map(|rows| Read { effect: Effect::Restrict, rows: Some(rows) })
        }
        _ => {
            let hint = "Until it is, the products the rule matches are closed; remove the rule to open them.";
            complaints.error_hint(AGGREGATE, node.at, "`aggregate` is not available yet", hint);
            None
        }
    }
}

fn only_true(node: &Node, key: &str, complaints: &mut Complaints) -> Option<()> {
    match node.kind {
        Kind::Bool(true) => Some(()),
        _ => {
            let hint = "To take the effect away, remove the rule.";
            complaints.error_hint(EFFECT, node.at, format!("`{key}` takes `true`"), hint);
            None
        }
    }
}

/// A mask in the grammar that contracts share.
fn mask(node: &Node, complaints: &mut Complaints) -> Option<Mask> {
    let hint = "Write `mask: {action: partial, keep_last: 4}`.";
    if !matches!(node.kind, Kind::Map(_)) {
        complaints.error_hint(MASK, node.at, format!("`mask` takes a map, not {}", node.noun()), hint);
        return None;
    }
    let mask = match serde_json::from_value::<Mask>(node.json()) {
        Ok(mask) => mask,
        Err(error) => {
            complaints.error_hint(MASK, node.at, format!("the mask is not valid: {error}"), hint);
            return None;
        }
    };
    let wrong = match &mask {
        Mask::Bucket { width } if !(width.is_finite() && *width > 0.0) => "`width` has to be above 0",
        Mask::IpPrefix { v4, v6 } if *v4 > 32 || *v6 > 128 => "`v4` is at most 32 and `v6` at most 128",
        Mask::Round { places } if places.unsigned_abs() > 38 => "`places` lies between -38 and 38",
        _ => return Some(mask),
    };
    complaints.error(MASK, node.at, format!("the mask is not valid: {wrong}"));
    None
}

fn classify(node: &Node, speaker: Speaker<'_>, complaints: &mut Complaints) -> Option<Effect> {
    if speaker.authority == Authority::Domain {
        let hint = "A domain classifies its columns in its contracts.";
        complaints.error_hint(EFFECT, node.at, "`classify` belongs to the board", hint);
        return None;
    }
    let mark = complaints.mark();
    let keys = Keys::read(node, "`classify`", &["atLeast", "tag"], EFFECT, complaints)?;
    let at_least = keys.get("atLeast").and_then(|node| {
        let word = text(node, "atLeast", EFFECT, complaints)?;
        let class = speaker.ladder.class(word);
        if class.is_none() {
            unknown_class(word, node, speaker, complaints);
        }
        class
    });
    let tags: Vec<Arc<str>> = keys
        .get("tag")
        .and_then(|node| texts(node, "tag", EFFECT, complaints))
        .unwrap_or_default()
        .into_iter()
        .map(|(tag, _)| Arc::from(tag.to_lowercase()))
        .collect();
    if at_least.is_none() && tags.is_empty() && !complaints.failed_since(mark) {
        complaints.error(EFFECT, node.at, "`classify` takes `atLeast`, `tag` or both");
    }
    (!complaints.failed_since(mark)).then_some(Effect::Classify { at_least, tags })
}

/// A predicate, or a mapping under the keys that grants use.
fn restrict(node: &Node, speaker: Speaker<'_>, complaints: &mut Complaints) -> Option<RowRule> {
    if node.text().is_some() {
        return join(predicate(node, "restrict", complaints), Vec::new());
    }
    let mark = complaints.mark();
    let keys = Keys::read(node, "`restrict`", &["rows", "rows_in", "rows_not_in"], EFFECT, complaints)?;
    let text = keys.get("rows").and_then(|node| predicate(node, "rows", complaints));
    let mappings = MAPPING_KEYS
        .into_iter()
        .filter_map(|(key, negated)| mapping(keys.get(key)?, key, negated, speaker, complaints))
        .collect();
    let rows = join(text, mappings);
    if rows.is_none() && !complaints.failed_since(mark) {
        complaints.error(EFFECT, node.at, "`restrict` keeps all rows");
    }
    rows.filter(|_| !complaints.failed_since(mark))
}
