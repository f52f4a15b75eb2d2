//! One rule: its keys, whom and what it means, and what becomes of it when something in it is wrong.

use std::sync::Arc;

use crate::complaint::{Complaints, EFFECT, MATCH, SHAPE, WHO};
use crate::decision::Factor;
use crate::literal::DAY_SECONDS;
use crate::matcher::Match;
use crate::read::effect::{EFFECTS, Read, effect};
use crate::read::keys::{Keys, boolean, day, text};
use crate::read::matches::matches;
use crate::read::principals::who;
use crate::read::rows::{MAPPING_KEYS, join, mapping, predicate};
use crate::read::speaker::Speaker;
use crate::rule::{Effect, RowRule, Rule};
use crate::who::Who;
use crate::yaml::Node;

/// Keys of a rule beside its effect.
const OTHERS: [&str; 10] =
    ["id", "match", "to", "except", "rows", "rows_in", "rows_not_in", "where_present", "expires", "reason"];

/// Reads a rule. After a complaint a rule that would have opened something is void, and one that would have closed
/// something closes all that it could mean.
pub(crate) fn rule(node: &Node, speaker: Speaker<'_>, complaints: &mut Complaints) -> Option<Rule> {
    let mark = complaints.mark();
    let known: Vec<&str> = OTHERS.iter().chain(&EFFECTS).copied().collect();
    let keys = Keys::read(node, "a rule", &known, EFFECT, complaints)?;
    let present: Vec<&str> = EFFECTS.into_iter().filter(|key| keys.get(key).is_some()).collect();
    let id = match keys.get("id") {
        Some(node) => text(node, "id", SHAPE, complaints).unwrap_or("unnamed"),
        None => {
            complaints.error(SHAPE, node.at, "a rule lacks `id`");
            "unnamed"
        }
    };
    let read = effect(node, &keys, &present, speaker, complaints);
    let meant = match keys.get("match") {
        Some(node) => matches(node, present == ["classify"], speaker, complaints),
        None => {
            complaints.error_hint(
                MATCH,
                node.at,
                "a rule lacks `match`",
                "Write `match: {product: \"*\"}` for every product.",
            );
            Match::default()
        }
    };
    let who_mark = complaints.mark();
    let to = keys.get("to").map(|node| who(node, "to", complaints));
    let except = keys.get("except").map(|node| who(node, "except", complaints));
    let who_failed = complaints.failed_since(who_mark);
    let (to, except) = (to.flatten(), except.flatten());
    let granting = !present.is_empty() && present.iter().all(|key| matches!(*key, "allow" | "clear"));
    let rows = row_rule(node, &keys, granting, speaker, complaints);
    let modifiers = modifiers(node, &keys, &present, granting, to.as_ref(), complaints);
    if present == ["allow"] && (meant.columns.is_some() || meant.classes.is_some()) {
        let hint = "Grant the product with `allow`, and columns of it with `clear`.";
        complaints.error_hint(MATCH, node.at, "`allow` opens a product, not a column", hint);
    }
    if let Some(reason) = keys.get("reason") {
        text(reason, "reason", SHAPE, complaints);
    }
    let whole = Whole { node, speaker, complaints, id, meant, to, except };
    if whole.complaints.failed_since(mark) {
        return whole.broken(&present, granting, who_failed);
    }
    let Some(Read { effect, rows: restricted }) = read else {
        return whole.broken(&present, granting, who_failed);
    };
    let rows = restricted.or(rows);
    if effect == Effect::History
        && let Some(rows) = &rows
    {
        let hint = "Older versions show the rows that the grants to read show.";
        let message = format!("`allow: history` takes no rows, and there is `{}`", rows.text);
        whole.complaints.error_hint(EFFECT, node.at, message, hint);
        return whole.broken(&present, granting, who_failed);
    }
    Some(whole.rule(effect, rows, modifiers))
}

/// What a rule says beside effect, match and principals.
#[derive(Clone, Copy, Default)]
struct Modifiers {
    where_present: bool,
    expires: Option<i64>,
}

fn row_rule(
    node: &Node,
    keys: &Keys<'_>,
    granting: bool,
    speaker: Speaker<'_>,
    complaints: &mut Complaints,
) -> Option<RowRule> {
    for key in ["rows", "rows_in", "rows_not_in"] {
        if keys.get(key).is_some() && !granting {
            let message = format!("`{key}` stands only beside `allow` or `clear`");
            let hint = "To keep rows from people who may read, write `restrict: \"<predicate>\"`.";
            complaints.error_hint(EFFECT, node.at, message, hint);
        }
    }
    let text = keys.get("rows").and_then(|node| predicate(node, "rows", complaints));
    let mappings = MAPPING_KEYS
        .into_iter()
        .filter_map(|(key, negated)| mapping(keys.get(key)?, key, negated, speaker, complaints))
        .collect();
    join(text, mappings)
}

fn modifiers(
    node: &Node,
    keys: &Keys<'_>,
    present: &[&str],
    granting: bool,
    to: Option<&Who>,
    complaints: &mut Complaints,
) -> Modifiers {
    let mut found = Modifiers::default();
    if granting && to.is_none() && keys.get("to").is_none() {
        let hint = "Say whom it is for; `to: {users: \"*\"}` means everybody.";
        complaints.error_hint(WHO, node.at, "a rule that opens something lacks `to`", hint);
    }
    if let Some(node) = keys.get("where_present") {
        if present != ["restrict"] {
            complaints.error(EFFECT, node.at, "`where_present` stands only beside `restrict`");
        }
        found.where_present = boolean(node, "where_present", EFFECT, complaints).unwrap_or(false);
    }
    if let Some(node) = keys.get("expires") {
        if !granting {
            let hint = "A rule that closes something would open it on the day it ends; remove the rule when it is due.";
            complaints.error_hint(EFFECT, node.at, "`expires` stands only beside `allow` or `clear`", hint);
        }
        found.expires = day(node, "expires", EFFECT, complaints).map(|day| (i64::from(day) + 1) * DAY_SECONDS);
    }
    found
}

/// Everything that a rule has in common, whole or broken.
struct Whole<'a, 'c> {
    node: &'a Node,
    speaker: Speaker<'a>,
    complaints: &'c mut Complaints,
    id: &'a str,
    meant: Match,
    to: Option<Who>,
    except: Option<Who>,
}

impl Whole<'_, '_> {
    fn rule(self, effect: Effect, rows: Option<RowRule>, modifiers: Modifiers) -> Rule {
        let what = sentence(&effect, rows.as_ref());
        self.build(effect, rows, modifiers, what)
    }

    fn broken(mut self, present: &[&str], granting: bool, who_failed: bool) -> Option<Rule> {
        if granting || present == ["classify"] {
            return None;
        }
        if who_failed {
            (self.to, self.except) = (None, None);
        }
        let columns_only = !present.is_empty() && present.iter().all(|key| matches!(*key, "mask" | "hide"));
        let effect = if columns_only && self.meant.about_columns() { Effect::Hide } else { Effect::Deny };
        Some(self.build(effect, None, Modifiers::default(), "closes, because the rule is not valid".to_owned()))
    }

    fn build(self, effect: Effect, rows: Option<RowRule>, modifiers: Modifiers, what: String) -> Rule {
        let place = self.node.at.place(&self.complaints.file);
        let authority = self.speaker.authority;
        let factor = Factor { authority, rule: Arc::from(self.id), effect: what, place: place.clone() };
        Rule {
            authority,
            domain: self.speaker.domain.cloned(),
            place,
            matches: self.meant,
            to: self.to,
            except: self.except,
            effect,
            rows,
            where_present: modifiers.where_present,
            expires: modifiers.expires,
            factor,
        }
    }
}

/// What the rule does, for people.
fn sentence(effect: &Effect, rows: Option<&RowRule>) -> String {
    let rows = rows.map(|rows| &rows.text);
    match (effect, rows) {
        (Effect::Allow, None) => "grants all rows".to_owned(),
        (Effect::Allow, Some(rows)) => format!("grants rows {rows}"),
        (Effect::History, _) => "grants older versions".to_owned(),
        (Effect::Deny, _) => "denies".to_owned(),
        (Effect::Restrict, Some(rows)) => format!("keeps only rows {rows}"),
        (Effect::Restrict, None) => "keeps only some rows".to_owned(),
        (Effect::Mask(mask), _) => format!("masks as {mask}"),
        (Effect::Hide, _) => "hides".to_owned(),
        (Effect::Clear, None) => "shows in clear".to_owned(),
        (Effect::Clear, Some(rows)) => format!("shows in clear where {rows}"),
        (Effect::Classify { .. }, _) => "classifies".to_owned(),
    }
}
