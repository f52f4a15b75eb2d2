//! `match`.

use crate::complaint::{CLASSIFICATION, Complaints, MATCH};
use crate::glob::{GLOB_BYTES_MAX, GLOB_STARS_MAX, Glob, bounded};
use crate::ladder::{Classes, UNCLASSIFIED};
use crate::matcher::{Match, PathGlob, ProductGlob};
use crate::read::keys::{Keys, texts};
use crate::read::speaker::Speaker;
use crate::yaml::{Kind, Node};

/// Reads `match`. What is wrong in it is complained about and left out, so that the result matches at least what the
/// author meant; the caller sees the complaint and lets the rule only close.
pub(crate) fn matches(node: &Node, classifies: bool, speaker: Speaker<'_>, complaints: &mut Complaints) -> Match {
    let mut found = Match::default();
    let mut known = vec!["product", "object", "column", "tag", "classification"];
    if classifies {
        known.extend(["type", "location"]);
    }
    let Some(keys) = Keys::read(node, "`match`", &known, MATCH, complaints) else { return found };
    if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
        complaints.error_hint(MATCH, node.at, "`match` is empty", "Write `match: {product: \"*\"}` for every product.");
    }
    let mut values = |key: &str| {
        let node = keys.get(key)?;
        let texts = texts(node, key, MATCH, complaints)?;
        if texts.is_empty() {
            complaints.error_hint(
                MATCH,
                node.at,
                format!("`{key}` is an empty list"),
                "Leave the key out, or name something.",
            );
            return None;
        }
        if let Some((_, node)) = texts.iter().find(|(text, _)| !bounded(text)) {
            let message =
                format!("a pattern of `{key}` has more than {GLOB_BYTES_MAX} bytes or {GLOB_STARS_MAX} stars");
            complaints.error_hint(MATCH, node.at, message, "Name less in one pattern; `match` takes lists.");
            return None;
        }
        Some(texts)
    };
    let products = values("product");
    let objects = values("object");
    let columns = values("column");
    let tags = values("tag");
    let types = values("type");
    let locations = values("location");
    let classes = values("classification");
    let fold = |all: Vec<(&str, &Node)>| all.into_iter().map(|(text, _)| Glob::folded(text)).collect();
    found.products =
        products.and_then(|all| all.into_iter().map(|(text, node)| product(text, node, speaker, complaints)).collect());
    found.objects = objects.map(fold);
    found.columns = columns.map(|all| all.into_iter().map(|(text, _)| PathGlob::new(text)).collect());
    found.tags = tags.map(fold);
    found.types = types.map(fold);
    found.locations = locations.map(fold);
    found.classes = classes.and_then(|all| classifications(&all, speaker, complaints));
    found
}

/// `domain.product@major`; in a domain's own file `product@major` will do.
pub(crate) fn product(
    text: &str,
    node: &Node,
    speaker: Speaker<'_>,
    complaints: &mut Complaints,
) -> Option<ProductGlob> {
    let (name, major) = match text.split_once('@') {
        None => (text, None),
        Some((name, major)) => match major.trim_start_matches('v').parse::<u64>() {
            Ok(major) => (name, Some(major)),
            Err(_) => {
                let message = format!("`{text}` names no major version");
                complaints.error_hint(MATCH, node.at, message, "Write `domain.product@2`.");
                return None;
            }
        },
    };
    let own = speaker.domain.map(|domain| domain.as_str());
    let (domain, product) = match (name.split_once('.'), own) {
        (Some((domain, product)), _) if !product.contains('.') => (domain, product),
        (None, Some(own)) => (own, name),
        (None, None) if name == "*" => ("*", "*"),
        _ => {
            let message = format!("`{text}` names no product");
            complaints.error_hint(MATCH, node.at, message, "Write `domain.product`, `domain.*` or `*`.");
            return None;
        }
    };
    if let Some(own) = own
        && !Glob::folded(domain).matches(&own.to_lowercase())
    {
        let message = format!("a rule of domain `{own}` may not speak of `{text}`");
        let hint = "A domain's policy reaches its own products only; rules across domains belong to the board.";
        complaints.error_hint(MATCH, node.at, message, hint);
        return None;
    }
    Some(ProductGlob { domain: Glob::folded(domain), product: Glob::folded(product), major })
}

fn classifications(all: &[(&str, &Node)], speaker: Speaker<'_>, complaints: &mut Complaints) -> Option<Classes> {
    let mut classes = Classes::default();
    let mut known = true;
    for (text, node) in all {
        let glob = Glob::folded(text);
        let mut found = false;
        for name in speaker.ladder.names().filter(|name| glob.matches(&name.to_lowercase())) {
            classes.insert(speaker.ladder.class(name));
            found = true;
        }
        if glob.matches(UNCLASSIFIED) && (glob.exact() || **text == *"*") {
            classes.insert(None);
            found = true;
        }
        if !found {
            known = false;
            unknown_class(text, node, speaker, complaints);
        }
    }
    known.then_some(classes)
}

/// Complains about a word that is not on the ladder.
pub(crate) fn unknown_class(text: &str, node: &Node, speaker: Speaker<'_>, complaints: &mut Complaints) {
    let names: Vec<&str> = speaker.ladder.names().map(|name| &**name).collect();
    if names.is_empty() {
        // Without a ladder every word would be unknown; that it is missing has been said.
        return;
    }
    let message = format!("`{text}` is no classification of the board");
    complaints.error_hint(CLASSIFICATION, node.at, message, format!("The ladder is: {}.", names.join(", ")));
}
