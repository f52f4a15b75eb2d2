//! What a file says its values are.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Flaw;

/// How deep a schema may nest.
const DEPTH_MAX: usize = 24;
/// How many types a schema may be made of, those that are used again counted again.
const NODES_MAX: usize = 100_000;

/// What is kept of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Nothing,
    /// Of what is in it, what is asked for itself.
    Parts,
    All,
}

/// Says by its id what is kept of a field.
pub(crate) type Wanted<'a> = &'a dyn Fn(i32) -> Want;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Boolean,
    /// A whole number of either width.
    Number,
    /// One that counts days.
    Days,
    Float,
    Double,
    /// Bytes, or a text.
    Bytes,
    Fixed(usize),
    Record(Vec<Field>),
    Array(Box<Node>),
    Map(Box<Node>),
    Union(Vec<Node>),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Its Iceberg field id.
    pub(crate) id: Option<i32>,
    pub(crate) node: Node,
    /// Whether its values are kept.
    pub(crate) wanted: bool,
}

impl Node {
    /// A schema out of its text.
    pub(crate) fn parse(text: &[u8], wanted: Wanted<'_>) -> Result<Self, Flaw> {
        let json: Json = serde_json::from_slice(text).map_err(|cause| Flaw::Schema(cause.to_string()))?;
        let mut parser = Parser { named: HashMap::new(), nodes: 0, wanted };
        parser.node(&json, 0, false)
    }

    /// The fewest bytes that a value takes.
    fn least(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Float => 4,
            Self::Double => 8,
            Self::Fixed(size) => *size,
            Self::Record(fields) => fields.iter().map(|field| field.node.least()).fold(0, usize::saturating_add),
            Self::Boolean | Self::Number | Self::Days | Self::Bytes | Self::Array(_) | Self::Map(_) | Self::Union(_) => 1,
        }
    }
}

struct Parser<'a> {
    named: HashMap<String, Node>,
    nodes: usize,
    wanted: Wanted<'a>,
}

impl Parser<'_> {
    fn node(&mut self, json: &Json, depth: usize, within: bool) -> Result<Node, Flaw> {
        if depth > DEPTH_MAX {
            return Err(Flaw::TooMuch { what: "the depth of its schema", limit: DEPTH_MAX });
        }
        self.counted(1)?;
        match json {
            Json::String(name) => self.called(name),
            Json::Array(branches) => {
                let branches = branches.iter().map(|branch| self.node(branch, depth + 1, within));
                Ok(Node::Union(branches.collect::<Result<_, _>>()?))
            }
            Json::Object(object) => {
                let text = |key: &str| object.get(key).and_then(Json::as_str);
                let node = match object.get("type") {
                    Some(Json::String(kind)) => match kind.as_str() {
                        "record" => {
                            let fields = object.get("fields").and_then(Json::as_array);
                            let fields = fields.ok_or_else(|| wrong("a record has no fields"))?;
                            let fields = fields.iter().map(|field| self.field(field, depth + 1, within));
                            Node::Record(fields.collect::<Result<_, _>>()?)
                        }
                        "array" => Node::Array(Box::new(self.items(object.get("items"), depth, within)?)),
                        // The key takes a byte at least.
                        "map" => Node::Map(Box::new(match object.get("values") {
                            Some(values) => self.node(values, depth + 1, within)?,
                            None => return Err(wrong("a map has no values")),
                        })),
                        "enum" => Node::Number,
                        "fixed" => {
                            let size = object.get("size").and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok());
                            Node::Fixed(size.ok_or_else(|| wrong("a fixed type has no size"))?)
                        }
                        kind => self.called(kind)?,
                    },
                    Some(inner) => self.node(inner, depth + 1, within)?,
                    None => return Err(wrong("a type is missing")),
                };
                let node = if text("logicalType") == Some("date") && node == Node::Number { Node::Days } else { node };
                if let Some(name) = text("name") {
                    self.named.insert(name.to_owned(), node.clone());
                    if let Some(space) = text("namespace") {
                        self.named.insert(format!("{space}.{name}"), node.clone());
                    }
                }
                Ok(node)
            }
            _ => Err(wrong("a type is neither a name nor described")),
        }
    }

    fn field(&mut self, json: &Json, depth: usize, within: bool) -> Result<Field, Flaw> {
        let id = json.get("field-id").and_then(Json::as_i64).and_then(|id| i32::try_from(id).ok());
        let want = if within { Want::All } else { id.map_or(Want::Nothing, |id| (self.wanted)(id)) };
        let inner = json.get("type").ok_or_else(|| wrong("a field has no type"))?;
        Ok(Field { id, node: self.node(inner, depth, want == Want::All)?, wanted: want != Want::Nothing })
    }

    fn items(&mut self, json: Option<&Json>, depth: usize, within: bool) -> Result<Node, Flaw> {
        let items = self.node(json.ok_or_else(|| wrong("an array has no items"))?, depth + 1, within)?;
        // Any number of them would fit into no bytes at all.
        if items.least() == 0 { Err(wrong("the items of an array take no bytes")) } else { Ok(items) }
    }

    fn called(&mut self, name: &str) -> Result<Node, Flaw> {
        Ok(match name {
            "null" => Node::Null,
            "boolean" => Node::Boolean,
            "int" | "long" => Node::Number,
            "float" => Node::Float,
            "double" => Node::Double,
            "bytes" | "string" => Node::Bytes,
            name => {
                let node = self.named.get(name).cloned().ok_or_else(|| wrong("a type is named and not described"))?;
                self.counted(count(&node))?;
                node
            }
        })
    }

    fn counted(&mut self, more: usize) -> Result<(), Flaw> {
        self.nodes = self.nodes.saturating_add(more);
        match self.nodes > NODES_MAX {
            true => Err(Flaw::TooMuch { what: "the number of types of its schema", limit: NODES_MAX }),
            false => Ok(()),
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match node {
        Node::Record(fields) => fields.iter().map(|field| count(&field.node)).sum(),
        Node::Array(inner) | Node::Map(inner) => count(inner),
        Node::Union(branches) => branches.iter().map(count).sum(),
        _ => 0,
    }
}

fn wrong(what: &str) -> Flaw {
    Flaw::Schema(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_bounded() {
        let all: Wanted<'_> = &|_| Want::All;
        let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(30), "}".repeat(30));
        assert!(matches!(Node::parse(deep.as_bytes(), all), Err(Flaw::TooMuch { .. })));
        let empty = br#"{"type":"array","items":"null"}"#;
        assert!(matches!(Node::parse(empty, all), Err(Flaw::Schema(_))));
        // Each record holds the one before it ten times.
        let mut fields = String::from(r#"{"name":"a","type":{"type":"record","name":"r0","fields":[{"name":"x","type":"int"}]}}"#);
        for level in 1..9 {
            let inner: Vec<String> = (0..10).map(|at| format!(r#"{{"name":"f{at}","type":"r{}"}}"#, level - 1)).collect();
            fields += &format!(r#",{{"name":"a{level}","type":{{"type":"record","name":"r{level}","fields":[{}]}}}}"#, inner.join(","));
        }
        let large = format!(r#"{{"type":"record","name":"top","fields":[{fields}]}}"#);
        assert!(matches!(Node::parse(large.as_bytes(), all), Err(Flaw::TooMuch { .. })));
    }

    #[test]
    fn only_what_is_asked_for_is_kept() {
        let text = br#"{"type":"record","name":"e","fields":[
            {"name":"a","type":"int","field-id":1},
            {"name":"b","type":["null",{"type":"record","name":"p","fields":[{"name":"c","type":"string","field-id":7}]}],"field-id":2}]}"#;
        let Ok(Node::Record(fields)) = Node::parse(text, &|id| if id == 2 { Want::All } else { Want::Nothing }) else { panic!("no record") };
        assert_eq!(fields.iter().map(|field| field.wanted).collect::<Vec<_>>(), [false, true]);
        let Node::Union(branches) = &fields[1].node else { panic!("no union") };
        let Node::Record(inner) = &branches[1] else { panic!("no record") };
        assert!(inner[0].wanted);
    }
}
