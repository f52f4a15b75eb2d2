//! Thrift's compact protocol, walked.

use super::flaw::Flaw;
use super::number::{number, zigzag};

/// How deep structures and lists may lie within each other. Parquet's own lie nine deep.
const DEPTH_MAX: usize = 32;

/// What a field is to be. A decoder that knows a field does not ask what it is written as; were that another type, it
/// would read on elsewhere than this walk does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Bool,
    Byte,
    /// Of 32 bits: what a decoder makes of more, it need not say.
    Short,
    /// Of 64 bits.
    Number,
    Double,
    Bytes,
    List(&'static Kind),
    Struct(&'static [(i16, Kind)]),
}

/// What is met, at the numbers of the fields it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// A number.
    Number(i64),
    /// As many bytes.
    Bytes(usize),
    /// A list of as many entries.
    List(u64),
    /// A field of a structure, before anything of it is read.
    Begin,
    /// The end of a structure.
    End,
}

/// A structure or a list that is being walked.
#[derive(Clone, Copy, Debug)]
enum Frame {
    Struct(&'static [(i16, Kind)]),
    List { wire: u8, kind: Option<&'static Kind>, left: u64 },
    Map { key: u8, value: u8, left: u64 },
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Takes what is met: the numbers of the fields it lies in, and the bytes that were walked before.
type Meet<'m> = dyn FnMut(&[i16], Met, usize) -> Result<(), Flaw> + 'm;

/// Walks one structure from the beginning of `bytes`; answers how many bytes it takes.
///
/// # Errors
/// The first flaw that is met, or that `meet` finds.
pub(super) fn walk(
    bytes: &[u8],
    fields: &'static [(i16, Kind)],
    meet: &mut Meet<'_>,
) -> Result<usize, Flaw> {
    let mut walk = Walk { length: bytes.len(), rest: bytes, frames: vec![Frame::Struct(fields)], path: vec![0], meet };
    while walk.step()? {}
    Ok(bytes.len() - walk.rest.len())
}

struct Walk<'a, 'm> {
    length: usize,
    rest: &'a [u8],
    frames: Vec<Frame>,
    /// The field that is read in each open structure.
    path: Vec<i16>,
    meet: &'m mut Meet<'m>,
}

impl Walk<'_, '_> {
    /// One field or entry; false when the outermost structure has ended.
    fn step(&mut self) -> Result<bool, Flaw> {
        match self.frames.last_mut() {
            None => return Ok(false),
            Some(Frame::List { left: 0, .. } | Frame::Map { left: 0, .. }) => {
                self.frames.pop();
            }
            Some(Frame::List { wire, kind, left }) => {
                *left -= 1;
                let (wire, kind) = (*wire, *kind);
                self.entry(wire, kind)?;
            }
            Some(Frame::Map { key, value, left }) => {
                // The key now, its value when the number is even again.
                *left -= 1;
                let wire = if *left % 2 == 1 { *key } else { *value };
                self.entry(wire, None)?;
            }
            Some(Frame::Struct(fields)) => {
                let fields = *fields;
                self.field(fields)?;
            }
        }
        Ok(true)
    }

    fn field(&mut self, fields: &'static [(i16, Kind)]) -> Result<(), Flaw> {
        let begin = self.at();
        let head = self.byte()?;
        let (delta, wire) = (head >> 4, head & 0x0f);
        if wire == 0 {
            self.frames.pop();
            self.path.pop();
            return self.met(Met::End);
        }
        let last = self.path.last().copied().unwrap_or_default();
        let id = match delta {
            0 => i16::try_from(zigzag(self.number()?)).map_err(|_| Flaw::Number)?,
            delta => last.checked_add(i16::from(delta)).ok_or(Flaw::Number)?,
        };
        if let Some(field) = self.path.last_mut() {
            *field = id;
        }
        (self.meet)(&self.path, Met::Begin, begin)?;
        let kind = fields.iter().find(|(known, _)| *known == id).map(|(_, kind)| kind);
        if let Some(kind) = kind
            && !kind.is(wire)
        {
            return Err(Flaw::Type(id));
        }
        if matches!(wire, TRUE | FALSE) { Ok(()) } else { self.value(wire, kind) }
    }

    fn entry(&mut self, wire: u8, kind: Option<&'static Kind>) -> Result<(), Flaw> {
        // Outside of structures a truth takes a byte.
        if matches!(wire, TRUE | FALSE) { self.byte().map(drop) } else { self.value(wire, kind) }
    }

    fn value(&mut self, wire: u8, kind: Option<&'static Kind>) -> Result<(), Flaw> {
        match wire {
            BYTE => self.skip(1),
            I16..=I64 => {
                let number = zigzag(self.number()?);
                if matches!(kind, Some(Kind::Short)) && i32::try_from(number).is_err() {
                    return Err(Flaw::Number);
                }
                self.met(Met::Number(number))
            }
            DOUBLE => self.skip(8),
            UUID => self.skip(16),
            BINARY => {
                let length = usize::try_from(self.number()?).map_err(|_| Flaw::Short)?;
                self.skip(length)?;
                self.met(Met::Bytes(length))
            }
            STRUCT => {
                let fields: &'static [(i16, Kind)] = if let Some(Kind::Struct(fields)) = kind { fields } else { &[] };
                self.path.push(0);
                self.open(Frame::Struct(fields))
            }
            LIST | SET => self.list(kind),
            MAP => self.map(),
            _ => Err(Flaw::Unknown),
        }
    }

    fn list(&mut self, kind: Option<&'static Kind>) -> Result<(), Flaw> {
        let head = self.byte()?;
        let (short, wire) = (head >> 4, head & 0x0f);
        let left = if short == 15 { self.number()? } else { u64::from(short) };
        self.room(left)?;
        let entries = if let Some(Kind::List(entries)) = kind { Some(*entries) } else { None };
        // A decoder that does not know the field takes no bytes for truths, and would read on elsewhere.
        if left > 0 && entries.is_none() && matches!(wire, TRUE | FALSE) {
            return Err(Flaw::Unknown);
        }
        // An empty list need not say what it does not hold.
        if left > 0
            && let Some(entries) = entries
            && !entries.is(wire)
        {
            return Err(Flaw::Type(self.path.last().copied().unwrap_or_default()));
        }
        self.met(Met::List(left))?;
        self.open(Frame::List { wire, kind: entries, left })
    }

    fn map(&mut self) -> Result<(), Flaw> {
        let pairs = self.number()?;
        if pairs == 0 {
            return Ok(());
        }
        let left = pairs.checked_mul(2).ok_or(Flaw::List(pairs))?;
        let wires = self.byte()?;
        self.room(left)?;
        let (key, value) = (wires >> 4, wires & 0x0f);
        if matches!(key, TRUE | FALSE) || matches!(value, TRUE | FALSE) {
            return Err(Flaw::Unknown);
        }
        self.open(Frame::Map { key, value, left })
    }

    fn met(&mut self, met: Met) -> Result<(), Flaw> {
        let at = self.at();
        (self.meet)(&self.path, met, at)
    }

    /// The bytes that were walked.
    fn at(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    fn open(&mut self, frame: Frame) -> Result<(), Flaw> {
        if self.frames.len() >= DEPTH_MAX {
            return Err(Flaw::Deep(DEPTH_MAX));
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Every entry takes a byte at least.
    fn room(&self, entries: u64) -> Result<(), Flaw> {
        if usize::try_from(entries).is_ok_and(|entries| entries <= self.rest.len()) { Ok(()) } else { Err(Flaw::List(entries)) }
    }

    fn byte(&mut self) -> Result<u8, Flaw> {
        let (first, rest) = self.rest.split_first().ok_or(Flaw::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    fn skip(&mut self, count: usize) -> Result<(), Flaw> {
        self.rest = self.rest.get(count..).ok_or(Flaw::Short)?;
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Flaw> {
        number(&mut self.rest)
    }
}

impl Kind {
    /// True when it is written so.
    fn is(self, wire: u8) -> bool {
        match self {
            Self::Bool => matches!(wire, TRUE | FALSE),
            Self::Byte => wire == BYTE,
            Self::Short | Self::Number => (I16..=I64).contains(&wire),
            Self::Double => wire == DOUBLE,
            Self::Bytes => wire == BINARY,
            Self::List(_) => wire == LIST,
            Self::Struct(_) => wire == STRUCT,
        }
    }
}
