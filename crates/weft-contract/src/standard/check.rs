//! Holds a document against its standard and reports everything that differs.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::codes::{self, Pair};
use crate::complaints::{Complaints, quote};
use crate::standard::edition::{Edition, SINCE_310, SINCE_320};
use crate::standard::odcs_quality::{OPERATORS, compares};
use crate::standard::shape::{Key, Kind, List, Object, Rule};
use crate::standard::suggest::nearest;
use crate::standard::{odcs, odps, own, pattern};
use crate::yaml::tree::{Map, Mark, Node, Value};

/// The most words a hint lists.
const LISTED_MAX: usize = 16;

/// The keys on which the other keys of an object depend.
const KIND_KEYS: [&str; 2] = ["type", "logicalType"];

/// Reports everything in which a product file differs from its standard.
pub fn product(root: &Node, edition: Edition, out: &mut Complaints) {
    Check { edition, out }.object(&odps::PRODUCT, root);
}

/// Reports everything in which a contract file differs from its standard.
pub fn contract(root: &Node, edition: Edition, out: &mut Complaints) {
    Check { edition, out }.object(&odcs::CONTRACT, root);
}

struct Check<'a> {
    edition: Edition,
    out: &'a mut Complaints,
}

impl Check<'_> {
    fn object(&mut self, shape: &'static Object, node: &Node) {
        let Some(map) = node.map() else { return };
        let more = shape.more.map_or_else(Vec::new, |more| more(map, self.edition));
        // Later tables say more than earlier ones about a key they share.
        let tables: Vec<&'static [Key]> = more.into_iter().rev().chain([shape.keys]).collect();
        let edition = self.edition;
        let find = |name: &str| tables.iter().copied().flatten().find(|key| key.name == name && key.known.has(edition));
        // Without a known kind nobody can say which keys belong.
        let lost =
            shape.more.is_some() && KIND_KEYS.iter().any(|name| find(name).is_some_and(|key| lost(key, map, edition)));
        for entry in &map.entries {
            match find(&entry.key) {
                Some(key) => self.value(key.name, &key.kind, &entry.value),
                None if lost || shape.open.has(edition) => {}
                None => self.unknown_key(shape, &tables, &entry.key, entry.mark),
            }
        }
        for key in tables.iter().copied().flatten() {
            if key.required.has(edition) && map.get(key.name).is_none() {
                let message = format!("{} lacks the key `{}`", shape.name, key.name);
                self.report(codes::MISSING_KEY, node.mark, message, format!("Add `{}: …`.", key.name));
            }
        }
        if let Some(rule) = shape.rule {
            self.rule(rule, map, node.mark);
        }
        own::check(shape, map, edition, self.out);
    }

    fn value(&mut self, key: &str, kind: &'static Kind, node: &Node) {
        match (kind, &node.value) {
            (Kind::Any, _) | (Kind::Text, Value::Text(_)) | (Kind::Flag, Value::Bool(_)) => {}
            (Kind::Number, Value::Number(_)) | (Kind::Free, Value::Map(_)) => {}
            (Kind::Scalar, value) if !matches!(value, Value::List(_) | Value::Map(_)) => {}
            (Kind::StableId, Value::Text(text)) => {
                if !pattern::stable_id(&text.value, self.edition) {
                    self.stable_id(key, node);
                }
            }
            (Kind::Prefixed(prefix), Value::Text(text)) => {
                if !text.value.starts_with(prefix) {
                    let message = format!("`{key}` does not begin with `{prefix}`");
                    self.report(codes::WRONG_PATTERN, node.mark, message, format!("Write `{key}: {prefix}…`."));
                }
            }
            (Kind::Word(words), Value::Text(text)) => {
                let known = || words.iter().filter(|word| word.known.has(self.edition)).map(|word| word.text);
                if !known().any(|word| word == &*text.value) {
                    let words: Vec<&str> = known().collect();
                    self.wrong_word(key, node, &words);
                }
            }
            (Kind::Integer(least), Value::Number(number)) if number.value.fract() == 0.0 => {
                if let Some(least) = least
                    && number.value < f64::from(*least)
                {
                    self.report(
                        codes::OUT_OF_RANGE,
                        node.mark,
                        format!("`{key}` is below {least}"),
                        format!("The least is {least}."),
                    );
                }
            }
            (Kind::Positive, Value::Number(number)) => {
                if number.value.is_nan() || number.value <= 0.0 {
                    self.report(
                        codes::OUT_OF_RANGE,
                        node.mark,
                        format!("`{key}` is not above 0"),
                        "Write a number above 0.",
                    );
                }
            }
            (Kind::Object(shape), Value::Map(_)) => self.object(shape, node),
            (Kind::List(list), Value::List(items)) => self.list(key, list, items, node.mark),
            (Kind::Reference, Value::Text(_)) => self.reference(key, node),
            (Kind::Reference, Value::List(items)) => self.references(key, items, node.mark),
            (Kind::Either(kinds), _) => match kinds.iter().find(|kind| fits(kind, node)) {
                Some(kind) => self.value(key, kind, node),
                None => self.wrong_kind(key, &expected(kind, self.edition), node),
            },
            (Kind::By(kinds), _) => {
                if let Some((_, kind)) = kinds.iter().find(|(editions, _)| editions.has(self.edition)) {
                    self.value(key, kind, node);
                }
            }
            _ => self.wrong_kind(key, &expected(kind, self.edition), node),
        }
    }

    fn list(&mut self, key: &str, list: &'static List, items: &[Node], mark: Mark) {
        if items.len() < list.least || items.len() > list.most {
            let wanted = if list.least == list.most { "exactly" } else { "at least" };
            let message = format!("`{key}` has {} items where {wanted} {} belong", items.len(), list.least);
            self.report(codes::WRONG_LENGTH, mark, message, format!("Correct the list or remove `{key}`."));
        }
        for item in items {
            self.value(key, &list.item, item);
        }
        if list.distinct {
            let mut seen = HashSet::new();
            for item in items {
                if !seen.insert(item.canonical()) {
                    let message = format!("`{key}` holds the same item twice");
                    self.report(codes::REPEATED_ITEM, item.mark, message, "Remove one of them.");
                }
            }
        }
    }

    fn references(&mut self, key: &str, items: &[Node], mark: Mark) {
        if items.is_empty() {
            let message = format!("`{key}` is an empty list");
            self.report(codes::WRONG_LENGTH, mark, message, format!("List something or remove `{key}`."));
        }
        for item in items {
            match &item.value {
                Value::Text(_) => self.reference(key, item),
                _ => self.wrong_kind(key, "a text", item),
            }
        }
    }

    fn reference(&mut self, key: &str, node: &Node) {
        let Some(text) = node.text() else { return };
        if pattern::reference(text, self.edition) {
            return;
        }
        let message = format!("`{key}` is `{}`, which is no reference", quote(node.spelling().unwrap_or_default()));
        let hint =
            "Write `object.column`, or `/schema/<id>/properties/<id>`, which may follow a contract file and `#`.";
        self.report(codes::WRONG_PATTERN, node.mark, message, hint);
    }

    fn stable_id(&mut self, key: &str, node: &Node) {
        let message =
            format!("`{key}` is `{}`, which no reference can name", quote(node.spelling().unwrap_or_default()));
        let hint = if SINCE_320.has(self.edition) {
            "Leave out white space and any of `. # / \\ @ ! % & ^`."
        } else {
            "Use letters, digits, `_` and `-` only."
        };
        self.report(codes::WRONG_PATTERN, node.mark, message, hint);
    }

    fn rule(&mut self, rule: Rule, map: &Map, mark: Mark) {
        match rule {
            Rule::OneOperator => self.one_operator(map, mark),
            Rule::SameShape => {
                let list = |key| map.get(key).map(|node| matches!(node.value, Value::List(_)));
                if let (Some(from), Some(to)) = (list("from"), list("to"))
                    && from != to
                {
                    let message = "one of `from` and `to` is a list and the other is not";
                    let hint = "Write both as one reference, or both as lists of the same columns in order.";
                    self.report(codes::UNEQUAL_SHAPES, map.value_mark("to", mark), message.to_owned(), hint);
                }
            }
            Rule::DistinctEnum => self.distinct_enum(map),
        }
    }

    fn one_operator(&mut self, map: &Map, mark: Mark) {
        if !compares(map, self.edition) {
            return;
        }
        let mut used = map.entries.iter().filter(|entry| OPERATORS.iter().any(|key| key.name == &*entry.key));
        match (used.next(), used.next()) {
            (None, _) => {
                let names: Vec<&str> = OPERATORS.iter().map(|key| key.name).collect();
                let hint = format!("Add one of {}.", names.join(", "));
                self.report(codes::OPERATORS, mark, "a quality rule compares with nothing".to_owned(), hint);
            }
            (Some(first), Some(second)) => {
                let message = format!("a quality rule compares with both `{}` and `{}`", first.key, second.key);
                let hint = "Keep one operator; write a second rule for the other.";
                self.report(codes::OPERATORS, second.mark, message, hint);
            }
            (Some(_), None) => {}
        }
    }

    /// What the standard's own linter asks beyond its schema.
    fn distinct_enum(&mut self, map: &Map) {
        if !SINCE_310.has(self.edition) && map.get("enum").is_none() {
            return;
        }
        let values: Vec<&Node> = map.list("enum").iter().filter_map(|node| node.map()?.get("value")).collect();
        let mut seen = HashSet::new();
        for value in values {
            if matches!(value.value, Value::Null) && map.flag("required") == Some(true) {
                let message = "an enumerated value is null although the property is required".to_owned();
                self.report(codes::ENUM_VALUES, value.mark, message, "Remove the null entry.");
            }
            if let Some(spelling) = value.spelling()
                && !seen.insert(value.canonical())
            {
                let message = format!("the enumerated value `{}` stands twice", quote(spelling));
                self.report(codes::ENUM_VALUES, value.mark, message, "Remove one of them.");
            }
        }
    }

    fn wrong_word(&mut self, key: &str, node: &Node, words: &[&str]) {
        let spelling = node.spelling().unwrap_or_default();
        let message = format!("`{key}` is `{}`, which the standard does not list", quote(spelling));
        let hint = match nearest(spelling, words.iter().copied()) {
            Some(word) => format!("Did you mean `{word}`?"),
            None => listed("It lists", words),
        };
        self.report(codes::WRONG_WORD, node.mark, message, hint);
    }

    fn wrong_kind(&mut self, key: &str, expected: &str, node: &Node) {
        let message = format!("`{key}` is {} where {expected} belongs", node.kind());
        self.report(codes::WRONG_KIND, node.mark, message, remedy(key, expected, node));
    }

    fn unknown_key(&mut self, shape: &Object, tables: &[&'static [Key]], key: &str, mark: Mark) {
        if self.out.full() {
            return;
        }
        let known = |edition: Edition| {
            tables.iter().copied().flatten().filter(move |key| key.known.has(edition)).map(|key| key.name)
        };
        let newest = self.edition.newest();
        let hint = if known(newest).any(|name| name == key) {
            format!("`{key}` exists since {}; this file follows {}.", newest.name(), self.edition.name())
        } else if let Some(name) = nearest(key, known(self.edition)) {
            format!("Did you mean `{name}`?")
        } else if known(self.edition).any(|name| name == "customProperties") {
            "Properties of your own belong under `customProperties`.".to_owned()
        } else {
            let names: Vec<&str> = known(self.edition).collect();
            listed("It knows", &names)
        };
        self.report(codes::UNKNOWN_KEY, mark, format!("{} has no key `{}`", shape.name, quote(key)), hint);
    }

    fn report(&mut self, code: Pair, mark: Mark, message: String, hint: impl Into<String>) {
        self.out.error(code.of(self.edition.standard()), mark, message, hint);
    }
}

/// True when the key that tells the kind of an object is missing or wrong.
fn lost(key: &Key, map: &Map, edition: Edition) -> bool {
    match (&key.kind, map.get(key.name)) {
        (Kind::Word(words), Some(node)) => {
            !node.text().is_some_and(|text| words.iter().any(|word| word.text == &**text && word.known.has(edition)))
        }
        (_, None) => key.required.has(edition),
        _ => false,
    }
}

/// True when a value is of the kind of YAML value that a kind asks for.
fn fits(kind: &Kind, node: &Node) -> bool {
    match (kind, &node.value) {
        (Kind::Any, _)
        | (Kind::Text | Kind::StableId | Kind::Prefixed(_) | Kind::Word(_) | Kind::Reference, Value::Text(_))
        | (Kind::Flag, Value::Bool(_))
        | (Kind::Integer(_) | Kind::Number | Kind::Positive, Value::Number(_))
        | (Kind::Free | Kind::Object(_), Value::Map(_))
        | (Kind::List(_) | Kind::Reference, Value::List(_)) => true,
        (Kind::Scalar, value) => !matches!(value, Value::List(_) | Value::Map(_)),
        _ => false,
    }
}

/// What a kind asks for, with its article.
fn expected(kind: &Kind, edition: Edition) -> String {
    match kind {
        Kind::Any => "any value".to_owned(),
        Kind::Scalar => "a single value".to_owned(),
        Kind::Text | Kind::StableId | Kind::Prefixed(_) | Kind::Word(_) => "a text".to_owned(),
        Kind::Flag => "a flag".to_owned(),
        Kind::Integer(_) => "a whole number".to_owned(),
        Kind::Number | Kind::Positive => "a number".to_owned(),
        Kind::Free | Kind::Object(_) => "a mapping".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        Kind::Reference => "a reference or a list of them".to_owned(),
        Kind::Either(kinds) => {
            let mut out = String::new();
            for (at, kind) in kinds.iter().enumerate() {
                let _ = write!(out, "{}{}", if at == 0 { "" } else { " or " }, expected(kind, edition));
            }
            out
        }
        Kind::By(kinds) => kinds
            .iter()
            .find(|(editions, _)| editions.has(edition))
            .map_or_else(|| "any value".to_owned(), |(_, kind)| expected(kind, edition)),
    }
}

/// What to do about a value of the wrong kind.
fn remedy(key: &str, expected: &str, node: &Node) -> String {
    let spelling = quote(node.spelling().unwrap_or_default());
    match (&node.value, expected) {
        (Value::Number(_) | Value::Bool(_), "a text") => format!("Quote it: `{key}: \"{spelling}\"`."),
        (Value::Null, _) => format!("Give `{key}` a value or remove it."),
        (Value::Text(text), "a flag") if text.spelling.is_none() => match &*text.value.to_lowercase() {
            "true" | "yes" | "on" => format!("Write `{key}: true`, without quotes."),
            "false" | "no" | "off" => format!("Write `{key}: false`, without quotes."),
            _ => format!("Write `{key}: true` or `{key}: false`."),
        },
        (Value::Text(text), "a number" | "a whole number")
            if text.spelling.is_none() && crate::yaml::scalar::number(&text.value).is_some() =>
        {
            format!("Remove the quotes: `{key}: {spelling}`.")
        }
        (Value::Map(_) | Value::Text(_), "a list") => "Begin every item with `- `.".to_owned(),
        _ => format!("Write {expected}."),
    }
}

fn listed(opening: &str, words: &[&str]) -> String {
    let mut out = format!("{opening} {}", words.iter().take(LISTED_MAX).copied().collect::<Vec<_>>().join(", "));
    out.push_str(if words.len() > LISTED_MAX { ", …" } else { "." });
    out
}
