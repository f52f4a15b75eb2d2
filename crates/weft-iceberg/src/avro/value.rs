//! Values, as they stand in a block.

use super::Flaw;
use super::cursor::Cursor;
use super::schema::Node;

/// How many values one record may be made of.
pub(crate) const VALUES_MAX: usize = 2_000_000;

/// A value. What has a length is borrowed from the block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Number(i64),
    Days(i64),
    Float(f32),
    Double(f64),
    Bytes(&'a [u8]),
    /// The fields that were asked for and have ids.
    Record(Vec<(i32, Value<'a>)>),
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// The next record of a file.
    pub(crate) fn record(node: &Node, from: &mut Cursor<'a>) -> Result<Self, Flaw> {
        Self::read(node, from, &mut 0)
    }

    /// The next value of a type. Values take more than their bytes do, so they are counted.
    fn read(node: &Node, from: &mut Cursor<'a>, made: &mut usize) -> Result<Self, Flaw> {
        *made += 1;
        if *made > VALUES_MAX {
            return Err(Flaw::TooMuch { what: "the number of values in a record", limit: VALUES_MAX });
        }
        Ok(match node {
            Node::Null => Self::Null,
            Node::Boolean => match from.array::<1>()? {
                [0] => Self::Boolean(false),
                [1] => Self::Boolean(true),
                _ => return Err(Flaw::Value("a truth is neither 0 nor 1")),
            },
            Node::Number => Self::Number(from.number()?),
            Node::Days => Self::Days(from.number()?),
            Node::Float => Self::Float(f32::from_le_bytes(from.array()?)),
            Node::Double => Self::Double(f64::from_le_bytes(from.array()?)),
            Node::Bytes => Self::Bytes(from.bytes()?),
            Node::Fixed(size) => Self::Bytes(from.take(*size)?),
            Node::Record(fields) => {
                let mut kept = Vec::new();
                for field in fields {
                    match field.id.filter(|_| field.wanted) {
                        Some(id) => kept.push((id, Self::read(&field.node, from, made)?)),
                        None => skip(&field.node, from)?,
                    }
                }
                Self::Record(kept)
            }
            Node::Array(items) => {
                let mut list = Vec::new();
                loop {
                    match from.items()? {
                        0 => break Self::List(list),
                        count => {
                            for _ in 0..count {
                                list.push(Self::read(items, from, made)?);
                            }
                        }
                    }
                }
            }
            Node::Map(_) => {
                skip(node, from)?;
                Self::Null
            }
            Node::Union(branches) => Self::read(branch(branches, from)?, from, made)?,
        })
    }

    pub(crate) fn number(&self) -> Option<i64> {
        if let Self::Number(number) | Self::Days(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(crate) fn text(&self) -> Result<Option<&'a str>, Flaw> {
        let text = self.bytes().map(std::str::from_utf8).transpose();
        text.map_err(|_| Flaw::Value("a text is not UTF-8"))
    }

    pub(crate) fn list(&self) -> &[Value<'a>] {
        if let Self::List(list) = self { list } else { &[] }
    }

    /// The field with an id.
    pub(crate) fn field(&self, id: i32) -> Option<&Value<'a>> {
        let Self::Record(fields) = self else { return None };
        fields.iter().find(|(one, value)| *one == id && *value != Self::Null).map(|(_, value)| value)
    }
}

fn branch<'n>(branches: &'n [Node], from: &mut Cursor<'_>) -> Result<&'n Node, Flaw> {
    branches.get(from.length()?).ok_or(Flaw::Value("it is of a type that its union does not have"))
}

/// Passes over a value.
fn skip(node: &Node, from: &mut Cursor<'_>) -> Result<(), Flaw> {
    match node {
        Node::Null => {}
        Node::Boolean => drop(from.take(1)?),
        Node::Number | Node::Days => drop(from.number()?),
        Node::Float => drop(from.take(4)?),
        Node::Double => drop(from.take(8)?),
        Node::Bytes => drop(from.bytes()?),
        Node::Fixed(size) => drop(from.take(*size)?),
        Node::Record(fields) => {
            for field in fields {
                skip(&field.node, from)?;
            }
        }
        Node::Array(items) => loop {
            match from.items()? {
                0 => break,
                count => {
                    for _ in 0..count {
                        skip(items, from)?;
                    }
                }
            }
        },
        Node::Map(values) => loop {
            match from.items()? {
                0 => break,
                count => {
                    for _ in 0..count {
                        from.bytes()?;
                        skip(values, from)?;
                    }
                }
            }
        },
        Node::Union(branches) => skip(branch(branches, from)?, from)?,
    }
    Ok(())
}
