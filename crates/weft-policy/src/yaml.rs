//! YAML as a tree that remembers where everything stands, so that every complaint about a file can be reported at once.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use weft_model::place::Place;

/// The largest policy file, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 4 << 20;

/// How deep a policy file may nest.
const DEPTH_MAX: usize = 32;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it begins.
    pub(crate) at: At,
    /// What it is.
    pub(crate) kind: Kind,
}

/// Line and column, from 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct At {
    line: u32,
    column: u32,
}

/// The kinds of YAML values.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in file order.
    Map(Vec<Entry>),
}

/// One key of a map with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) at: At,
    /// The value.
    pub(crate) value: Node,
}

/// Why a text is no YAML tree.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Where reading stopped, when that is known.
    pub(crate) at: Option<At>,
    /// One clause.
    pub(crate) message: String,
}

/// Reads one document.
pub(crate) fn parse(text: &str) -> Result<Node, Unreadable> {
    if text.len() > FILE_BYTES_MAX {
        return Err(Unreadable { at: None, message: format!("the file is longer than {FILE_BYTES_MAX} bytes") });
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEPTH_MAX },
        strict_booleans: true,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Kind>>(text, options) {
        Ok(root) => Ok(Node::from(root)),
        Err(error) => {
            let error = error.without_snippet();
            let message = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
            let first = message.lines().next().unwrap_or_default();
            // The place is told apart from the message.
            let end = [" at line ", " (line "].iter().filter_map(|mark| first.find(mark)).min();
            let clause = end.and_then(|end| first.get(..end)).unwrap_or(first);
            Err(Unreadable { at: error.location().map(At::from), message: clause.trim_end_matches('.').to_owned() })
        }
    }
}

impl Node {
    /// The text, when it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the value is, for messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// The value as JSON, for types that read themselves.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Int(value) => (*value).into(),
            Kind::Float(value) => (*value).into(),
            Kind::Text(text) => text.as_str().into(),
            Kind::List(all) => all.iter().map(Self::json).collect(),
            Kind::Map(all) => all.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect(),
        }
    }
}

impl At {
    /// The place in a file.
    pub(crate) fn place(self, file: &Arc<str>) -> Place {
        Place::new(Arc::clone(file), self.line, self.column)
    }
}

impl From<serde_saphyr::Location> for At {
    fn from(location: serde_saphyr::Location) -> Self {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Self { line: narrow(location.line()), column: narrow(location.column()) }
    }
}

impl From<Spanned<Kind>> for Node {
    fn from(spanned: Spanned<Kind>) -> Self {
        Self { at: At::from(spanned.referenced), kind: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

/// Builds the tree from whatever the document holds.
struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(i64::try_from(value).map_or_else(|_| Kind::Text(value.to_string()), Kind::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Kind, E> {
        Ok(Kind::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
        let mut all = Vec::new();
        while let Some(next) = access.next_element::<Spanned<Kind>>()? {
            all.push(Node::from(next));
        }
        Ok(Kind::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Kind, A::Error> {
        let mut all = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = Node::from(access.next_value::<Spanned<Kind>>()?);
            all.push(Entry { at: At::from(key.referenced), key: key.value, value });
        }
        Ok(Kind::Map(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_where_values_begin() {
        let root = parse("a: 1\nrules:\n  - {id: x, on: true}\n  - id: y\n").unwrap();
        let Kind::Map(entries) = &root.kind else { panic!("{root:?}") };
        let Kind::List(rules) = &entries[1].value.kind else { panic!("{root:?}") };
        assert_eq!((rules[0].at.line, rules[0].at.column), (3, 5));
        assert_eq!((rules[1].at.line, rules[1].at.column), (4, 5));
        let Kind::Map(rule) = &rules[0].kind else { panic!("{root:?}") };
        assert_eq!((rule[1].key.as_str(), rule[1].at.line, rule[1].at.column), ("on", 3, 13));
        assert!(matches!(rule[1].value.kind, Kind::Bool(true)));
    }

    #[test]
    fn dates_stay_text_and_duplicates_are_refused() {
        let root = parse("expires: 2027-03-31").unwrap();
        let Kind::Map(entries) = &root.kind else { panic!("{root:?}") };
        assert_eq!(entries[0].value.text(), Some("2027-03-31"));
        let twice = parse("a: 1\na: 2\n").unwrap_err();
        assert_eq!(twice.at.map(|at| at.line), Some(2));
        assert_eq!(twice.message, "duplicate mapping key: a not allowed here");
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse(&"[".repeat(100)).is_err());
        assert!(parse(&format!("{}1{}", "[".repeat(40), "]".repeat(40))).is_err());
    }
}
