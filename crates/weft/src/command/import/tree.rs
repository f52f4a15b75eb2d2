//! A YAML document that can be changed and written again: order, quotes and comments on lines of their own stay.

use std::collections::BTreeSet;

use weft_contract::yaml::build::{Flaw, build};
use weft_contract::yaml::scalar;
use weft_contract::yaml::tree::{Mark, Node, Value};

/// A value, with what stands around it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// Comments and blank lines above it.
    pub(super) lead: Vec<String>,
    /// The comment behind it.
    pub(super) trail: String,
    pub(super) mark: Mark,
    pub(super) body: Body,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Scalar(Scalar),
    List { flow: bool, items: Vec<Tree> },
    Map { flow: bool, entries: Vec<(String, Tree)> },
}

/// A value that is no collection.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// One line that is read back as the value.
    pub(super) spelled: String,
    /// The text, when it is one.
    pub(super) text: Option<String>,
    /// True for a text that the file spreads over lines.
    pub(super) literal: bool,
}

impl Tree {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that is wrong with it as YAML.
    pub(super) fn read(text: &str) -> Result<Self, Flaw> {
        let built = build(text);
        if let Some(flaw) = built.flaws.into_iter().next() {
            return Err(flaw);
        }
        let mut source = Source { lines: text.trim_start_matches('\u{feff}').lines().collect(), taken: BTreeSet::new() };
        let mut tree = match built.root {
            Some(root) => {
                let lead = source.lead(root.mark);
                Self { lead, ..source.tree(&root) }
            }
            None => Self::of(Body::Map { flow: false, entries: Vec::new() }),
        };
        tree.trail = source.end();
        Ok(tree)
    }

    /// A value that stands nowhere yet.
    pub(super) fn of(body: Body) -> Self {
        Self { lead: Vec::new(), trail: String::new(), mark: Mark::default(), body }
    }

    /// A text.
    pub(super) fn quoted(text: &str) -> Self {
        let spelled = super::contract::quoted(text);
        Self::of(Body::Scalar(Scalar { spelled, text: Some(text.to_owned()), literal: false }))
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.body {
            Body::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.body {
            Body::List { items, .. } => items,
            _ => &[],
        }
    }

    /// The items of a list, to be changed.
    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.body {
            Body::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.body {
            Body::Map { entries, .. } => entries.iter_mut().find(|(own, _)| own == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.body {
            Body::Scalar(scalar) => scalar.text.as_deref(),
            _ => None,
        }
    }

    /// A scalar as it is spelled, without its quotes.
    pub(super) fn spelling(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.body {
            Body::Scalar(scalar) => Some(scalar.text.as_deref().unwrap_or(&scalar.spelled)),
            _ => None,
        }
    }

    /// Gives a key a value; comments around the one it had stay.
    pub(super) fn set(&mut self, key: &str, value: Self) {
        if let Some(own) = self.get_mut(key) {
            own.body = value.body;
        } else if let Body::Map { entries, .. } = &mut self.body {
            entries.push((key.to_owned(), value));
        }
    }

    /// Takes a key away.
    pub(super) fn remove(&mut self, key: &str) -> Option<Self> {
        let Body::Map { entries, .. } = &mut self.body else { return None };
        let at = entries.iter().position(|(own, _)| own == key)?;
        Some(entries.remove(at).1)
    }

    /// True when another tree says the same, however it is spelled.
    pub(super) fn says(&self, other: &Self) -> bool {
        match (&self.body, &other.body) {
            (Body::Scalar(own), Body::Scalar(other)) => match (&own.text, &other.text) {
                (Some(own), Some(other)) => own == other,
                (None, None) => own.spelled == other.spelled,
                _ => false,
            },
            (Body::List { items: own, .. }, Body::List { items: other, .. }) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.says(other))
            }
            (Body::Map { entries: own, .. }, Body::Map { entries: other, .. }) => {
                let same = |((key, own), (name, other)): (&(String, Self), &(String, Self))| key == name && own.says(other);
                own.len() == other.len() && own.iter().zip(other).all(same)
            }
            _ => false,
        }
    }

    /// Adds an item to the list of a key, which is made when it is not there.
    pub(super) fn push(&mut self, key: &str, item: Self) {
        if self.get(key).is_none_or(|own| !matches!(own.body, Body::List { .. })) {
            self.set(key, Self::of(Body::List { flow: false, items: Vec::new() }));
        }
        if let Some(items) = self.get_mut(key).and_then(Self::items_mut) {
            items.push(item);
        }
    }
}

/// The text that a tree was read from.
struct Source<'a> {
    lines: Vec<&'a str>,
    /// Lines of comments that stand somewhere in the tree already.
    taken: BTreeSet<usize>,
}

impl Source<'_> {
    fn line(&self, number: usize) -> Option<&str> {
        self.lines.get(number.checked_sub(1)?).copied()
    }

    /// What stands in a line from a place on.
    fn from(&self, mark: Mark) -> &str {
        let line = self.line(number(mark.line)).unwrap_or_default();
        let skipped = number(mark.column).saturating_sub(1);
        line.char_indices().nth(skipped).and_then(|(at, _)| line.get(at..)).unwrap_or_default()
    }

    /// The comments and blank lines above a place. A line that begins further right may belong to a text above.
    fn lead(&mut self, mark: Mark) -> Vec<String> {
        let mut lead = Vec::new();
        let mut at = number(mark.line).saturating_sub(1);
        while let Some(line) = self.line(at) {
            let bare = line.trim_start();
            let comment = bare.starts_with('#') && line.len() - bare.len() < number(mark.column);
            if !(bare.is_empty() || comment || line == "---") || self.taken.contains(&at) {
                break;
            }
            lead.push(bare.trim_end().to_owned());
            self.taken.insert(at);
            at -= 1;
        }
        lead.reverse();
        lead
    }

    /// Comments below everything.
    fn end(&self) -> String {
        let below = self.lines.iter().rev().take_while(|line| line.starts_with('#') || line.trim().is_empty()).count();
        let first = self.lines.len() - below;
        let lines = self.lines.iter().enumerate().skip(first).filter(|(at, _)| !self.taken.contains(&(at + 1)));
        let text: String = lines.map(|(_, line)| format!("{}\n", line.trim_end())).collect();
        if text.trim().is_empty() { String::new() } else { text }
    }

    fn tree(&mut self, node: &Node) -> Tree {
        let flow = self.from(node.mark).starts_with(['[', '{']);
        let mut trail = if flow { comment(behind(self.from(node.mark))) } else { String::new() };
        let body = match &node.value {
            Value::List(list) => {
                let item = |node: &Node| {
                    let lead = if flow { Vec::new() } else { self.lead(node.mark) };
                    Tree { lead, ..self.tree(node) }
                };
                Body::List { flow, items: list.iter().map(item).collect() }
            }
            Value::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let lead = if flow { Vec::new() } else { self.lead(entry.mark) };
                    entries.push((entry.key.to_string(), Tree { lead, ..self.tree(&entry.value) }));
                }
                Body::Map { flow, entries }
            }
            _ => {
                let (scalar, behind) = self.scalar(node);
                trail = behind;
                Body::Scalar(scalar)
            }
        };
        Tree { lead: Vec::new(), trail, mark: node.mark, body }
    }

    /// A scalar in the quotes that it has, and the comment behind it.
    fn scalar(&self, node: &Node) -> (Scalar, String) {
        let here = self.from(node.mark);
        let Some(text) = node.text() else {
            let spelled = node.spelling().unwrap_or("null").to_owned();
            let trail = here.strip_prefix(spelled.as_str()).map(comment).unwrap_or_default();
            return (Scalar { spelled, text: None, literal: false }, trail);
        };
        let double = super::contract::quoted(text);
        let single = format!("'{}'", text.replace('\'', "''"));
        let bare = matches!(scalar::plain(text), Value::Text(_));
        let spelled = if here.starts_with(single.as_str()) && !text.contains(char::is_control) {
            single
        } else if bare && here.starts_with(&**text) && !text.contains(char::is_control) {
            text.to_string()
        } else {
            double
        };
        let trail = here.strip_prefix(spelled.as_str()).map(comment).unwrap_or_default();
        let literal = text.contains('\n') && !here.starts_with(['"', '\'']);
        (Scalar { spelled, text: Some(text.to_string()), literal }, trail)
    }
}

/// The comment in what is left of a line.
fn comment(rest: &str) -> String {
    if rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#') { rest.trim_end().to_owned() } else { String::new() }
}

/// What stands behind a collection that ends in the line in which it begins.
fn behind(here: &str) -> &str {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in here.char_indices() {
        match (quote, c) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), c) if c == open && !escaped => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = false;
        if depth == 0 {
            return here.get(at + c.len_utf8()..).unwrap_or_default();
        }
    }
    ""
}

fn number(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
