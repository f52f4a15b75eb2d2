//! The tree a YAML document becomes.

use std::sync::Arc;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub mark: Mark,
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// What YAML's core schema distinguishes.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing: `null`, `~` or an empty value.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, with its own spelling.
    Number(Number),
    /// Everything else that is no collection.
    Text(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// A number and how the file spells it.
#[derive(Clone, Debug)]
pub struct Number {
    /// The nearest floating-point number.
    pub value: f64,
    /// The number itself, when it has no fraction and fits.
    pub integer: Option<i64>,
    /// The spelling.
    pub spelling: Arc<str>,
}

/// A text, and how it was spelled before variables were filled in.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub value: Arc<str>,
    /// The spelling with `${…}` still in it, present when variables were filled in: messages show this one only.
    pub spelling: Option<Arc<str>>,
}

/// A mapping in file order; no key stands twice.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries in file order.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key begins.
    pub mark: Mark,
    /// The value.
    pub value: Node,
}

impl Map {
    /// The entry of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The value of a key; `None` when it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text of a key; `None` when it is absent or no text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&Arc<str>> {
        self.get(key)?.text()
    }

    /// The flag of a key; `None` when it is absent or no flag.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number of a key; `None` when it is absent or something else.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<i64> {
        match &self.get(key)?.value {
            Value::Number(number) => number.integer,
            _ => None,
        }
    }

    /// The list of a key; empty when it is absent or no list.
    #[must_use]
    pub fn list(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::list)
    }

    /// The mappings in the list of a key, each with its place; everything else in it is left out.
    pub fn maps(&self, key: &str) -> impl Iterator<Item = (Mark, &Self)> {
        self.list(key).iter().filter_map(|node| Some((node.mark, node.map()?)))
    }

    /// The texts in the list of a key; everything else in it is left out.
    pub fn texts(&self, key: &str) -> impl Iterator<Item = &Arc<str>> {
        self.list(key).iter().filter_map(Node::text)
    }

    /// Where a key stands, or `fallback` when it is absent.
    #[must_use]
    pub fn key_mark(&self, key: &str, fallback: Mark) -> Mark {
        self.entry(key).map_or(fallback, |entry| entry.mark)
    }

    /// Where the value of a key stands, or `fallback` when it is absent.
    #[must_use]
    pub fn value_mark(&self, key: &str, fallback: Mark) -> Mark {
        self.get(key).map_or(fallback, |node| node.mark)
    }
}

impl Node {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<str>> {
        match &self.value {
            Value::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list; empty when it is something else.
    #[must_use]
    pub fn list(&self) -> &[Self] {
        match &self.value {
            Value::List(list) => list,
            _ => &[],
        }
    }

    /// What kind of value it is, with its article, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a flag",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// A scalar as the file spells it, with variables left as they are; `None` for collections.
    #[must_use]
    pub fn spelling(&self) -> Option<&str> {
        match &self.value {
            Value::Null => Some("null"),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Number(number) => Some(&number.spelling),
            Value::Text(text) => Some(text.spelling.as_ref().unwrap_or(&text.value)),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// One spelling for all values that JSON Schema counts as equal: numbers by value, mappings in any order.
    #[must_use]
    pub fn canonical(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => match number.integer {
                Some(integer) => integer.to_string(),
                None => number.value.to_string(),
            },
            Value::Text(text) => format!("{:?}", text.value),
            Value::List(list) => {
                let items: Vec<String> = list.iter().map(Self::canonical).collect();
                format!("[{}]", items.join(","))
            }
            Value::Map(map) => {
                let entry = |entry: &Entry| format!("{:?}:{}", entry.key, entry.value.canonical());
                let mut entries: Vec<String> = map.entries.iter().map(entry).collect();
                entries.sort_unstable();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    /// The value as JSON, for readers that speak serde.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => match number.integer {
                Some(integer) => integer.into(),
                None => number.value.into(),
            },
            Value::Text(text) => serde_json::Value::String(text.value.to_string()),
            Value::List(list) => list.iter().map(Self::json).collect(),
            Value::Map(map) => map.entries.iter().map(|entry| (entry.key.to_string(), entry.value.json())).collect(),
        }
    }
}
