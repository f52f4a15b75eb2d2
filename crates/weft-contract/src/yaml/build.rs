//! Parser events in, a tree out, within named bounds.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::yaml::scalar;
use crate::yaml::tree::{Entry, Map, Mark, Node, Value};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The deepest nesting of lists and mappings.
pub const DEPTH_MAX: usize = 64;

/// The most keys one mapping may hold.
pub const KEYS_MAX: usize = 1_024;

/// The most values one file may hold, aliases expanded.
pub const NODES_MAX: usize = 200_000;

/// The most bytes of text that aliases may repeat: as many as a file may hold.
pub const REPEATED_BYTES_MAX: usize = FILE_BYTES_MAX;

/// A tree, and what was wrong on the way to it.
#[derive(Debug, Default)]
pub struct Built {
    /// The document; `None` when it could not be read, or when there is none.
    pub root: Option<Node>,
    /// What was wrong, in file order.
    pub flaws: Vec<Flaw>,
}

/// Something wrong with the YAML itself.
#[derive(Debug, PartialEq)]
pub struct Flaw {
    /// What kind of thing.
    pub kind: FlawKind,
    /// Where.
    pub mark: Mark,
    /// One lower-case clause.
    pub message: String,
}

/// What can be wrong with YAML itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// The text is no YAML, or YAML beyond the core schema.
    Syntax,
    /// A key stands twice in one mapping.
    DuplicateKey,
    /// One of the bounds of this module was reached.
    Bound,
}

/// Reads one YAML document.
#[must_use]
pub fn build(text: &str) -> Built {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes, more than the {FILE_BYTES_MAX} that are read", text.len());
        return Built { root: None, flaws: vec![Flaw { kind: FlawKind::Bound, mark: Mark::default(), message }] };
    }
    let mut builder = Builder::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = builder.run(text).unwrap_or_else(|flaw| {
        builder.flaws.push(flaw);
        None
    });
    Built { root, flaws: builder.flaws }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    /// Bytes of text that aliases have repeated.
    repeated: usize,
    flaws: Vec<Flaw>,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    mark: Mark,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    Map { map: Map, key: Option<(Arc<str>, Mark)> },
}

struct Anchored {
    node: Node,
    size: Size,
}

/// What a value costs wherever an alias repeats it.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    /// Bytes of keys and texts.
    bytes: usize,
}

impl Size {
    fn of(node: &Node) -> Self {
        let one = Self { nodes: 1, bytes: node.spelling().map_or(0, str::len) };
        match &node.value {
            Value::List(list) => list.iter().map(Self::of).fold(one, Self::plus),
            Value::Map(map) => map.entries.iter().fold(one, |sum, entry| {
                sum.plus(Self { nodes: 0, bytes: entry.key.len() }).plus(Self::of(&entry.value))
            }),
            _ => one,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { nodes: self.nodes.saturating_add(other.nodes), bytes: self.bytes.saturating_add(other.bytes) }
    }
}

impl Builder {
    fn run(&mut self, text: &str) -> Result<Option<Node>, Flaw> {
        let mut root = None;
        for next in Parser::new_from_str(text) {
            let (event, span) = next.map_err(|error| syntax(mark(error.marker()), error.info().to_string()))?;
            let at = mark(&span.start);
            let done = match event {
                Event::Scalar(spelling, style, anchor, tag) => {
                    let value = scalar_value(&spelling, style, tag.as_deref(), at)?;
                    self.finish(anchor, Node { value, mark: at })?
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.start(anchor, tag.as_deref(), "seq", at, Body::List(Vec::new()))?;
                    None
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.start(anchor, tag.as_deref(), "map", at, Body::Map { map: Map::default(), key: None })?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Alias(id) => self.alias(id, at)?,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(syntax(at, "the file holds a second document"));
                }
                _ => None,
            };
            if done.is_some() {
                root = done;
            }
        }
        Ok(root)
    }

    fn start(&mut self, anchor: usize, tag: Option<&Tag>, own: &str, at: Mark, body: Body) -> Result<(), Flaw> {
        if let Some(tag) = tag
            && tag.core_suffix() != Some(own)
        {
            return Err(foreign_tag(at, tag));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(bound(at, format!("values are nested deeper than {DEPTH_MAX} levels")));
        }
        self.open.push(Open { anchor, mark: at, body });
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Node>, Flaw> {
        let Some(open) = self.open.pop() else { return Ok(None) };
        let value = match open.body {
            Body::List(list) => Value::List(list),
            Body::Map { map, .. } => Value::Map(merged(map, open.mark)?),
        };
        let node = Node { value, mark: open.mark };
        self.finish(open.anchor, node)
    }

    fn alias(&mut self, id: usize, at: Mark) -> Result<Option<Node>, Flaw> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(syntax(at, "the alias stands inside the value it names"));
        };
        let (node, size) = (anchored.node.clone(), anchored.size);
        self.count(size.nodes, at)?;
        self.repeat(size.bytes, at)?;
        self.place(node)
    }

    /// A node is complete: remember it under its anchor and put it where it belongs.
    fn finish(&mut self, anchor: usize, node: Node) -> Result<Option<Node>, Flaw> {
        self.count(1, node.mark)?;
        if anchor != 0 {
            let size = Size::of(&node);
            self.count(size.nodes, node.mark)?;
            self.repeat(size.bytes, node.mark)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        self.place(node)
    }

    /// Puts a node into the innermost open collection; gives it back when there is none: it is the document.
    fn place(&mut self, node: Node) -> Result<Option<Node>, Flaw> {
        let Some(open) = self.open.last_mut() else { return Ok(Some(node)) };
        match &mut open.body {
            Body::List(list) => list.push(node),
            Body::Map { map, key } => match key.take() {
                None => {
                    let Some(spelling) = node.spelling() else {
                        return Err(syntax(node.mark, "a key is a list or a mapping"));
                    };
                    *key = Some((Arc::from(spelling), node.mark));
                }
                Some((key, mark)) => match map.entry(&key) {
                    Some(first) => self.flaws.push(Flaw {
                        kind: FlawKind::DuplicateKey,
                        mark,
                        message: format!("the key `{key}` stands here and in line {}", first.mark.line),
                    }),
                    None if map.entries.len() >= KEYS_MAX => return Err(too_many_keys(mark)),
                    None => map.entries.push(Entry { key, mark, value: node }),
                },
            },
        }
        Ok(None)
    }

    fn count(&mut self, nodes: usize, at: Mark) -> Result<(), Flaw> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(bound(at, format!("the file holds more than {NODES_MAX} values once aliases are expanded")));
        }
        Ok(())
    }

    fn repeat(&mut self, bytes: usize, at: Mark) -> Result<(), Flaw> {
        self.repeated = self.repeated.saturating_add(bytes);
        if self.repeated > REPEATED_BYTES_MAX {
            return Err(bound(at, format!("aliases repeat more than {REPEATED_BYTES_MAX} bytes of text")));
        }
        Ok(())
    }
}

fn scalar_value(spelling: &str, style: ScalarStyle, tag: Option<&Tag>, at: Mark) -> Result<Value, Flaw> {
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { scalar::plain(spelling) } else { scalar::text(spelling) });
    };
    let plain = scalar::plain(spelling);
    match (tag.core_suffix(), &plain) {
        (Some("str"), _) => Ok(scalar::text(spelling)),
        (Some("null"), Value::Null) | (Some("bool"), Value::Bool(_)) | (Some("int" | "float"), Value::Number(_)) => {
            Ok(plain)
        }
        // A lone `!` asks for a text.
        (None, _) if tag.handle().is_empty() && tag.suffix() == "!" => Ok(scalar::text(spelling)),
        _ => Err(foreign_tag(at, tag)),
    }
}

/// Folds `<<` entries in, behind what the mapping says itself.
fn merged(mut map: Map, mark: Mark) -> Result<Map, Flaw> {
    let Some(at) = map.entries.iter().position(|entry| &*entry.key == "<<") else { return Ok(map) };
    let sources = match map.entries.get(at).map(|entry| &entry.value) {
        Some(Node { value: Value::Map(source), .. }) => vec![source.clone()],
        Some(Node { value: Value::List(list), .. }) if list.iter().all(|node| node.map().is_some()) => {
            list.iter().filter_map(Node::map).cloned().collect()
        }
        _ => return Ok(map),
    };
    map.entries.remove(at);
    for entry in sources.into_iter().flat_map(|source| source.entries) {
        if map.entry(&entry.key).is_none() {
            if map.entries.len() >= KEYS_MAX {
                return Err(too_many_keys(mark));
            }
            map.entries.push(entry);
        }
    }
    Ok(map)
}

fn mark(marker: &Marker) -> Mark {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Mark { line: number(marker.line()), column: number(marker.col().saturating_add(1)) }
}

fn syntax(mark: Mark, message: impl Into<String>) -> Flaw {
    Flaw { kind: FlawKind::Syntax, mark, message: message.into() }
}

fn bound(mark: Mark, message: String) -> Flaw {
    Flaw { kind: FlawKind::Bound, mark, message }
}

fn too_many_keys(mark: Mark) -> Flaw {
    bound(mark, format!("a mapping holds more than {KEYS_MAX} keys"))
}

fn foreign_tag(mark: Mark, tag: &Tag) -> Flaw {
    syntax(mark, format!("the tag `{}{}` is not read here", tag.original_handle(), tag.suffix()))
}
