//! Columns: their types with what policy does to every leaf, and what is left of them for one persona.

use std::fmt::Write;

use proptest::prelude::*;
use weft_model::mask::Mask;

use super::cells::{Cell, Kind};
use super::masks::{TOKEN_DOMAIN, masked, masks};

/// What policy says of a leaf.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Treat {
    Clear,
    Hidden,
    /// A mask of the board's.
    Mask(Mask),
    /// A mask of the contract's, which a clearance lifts.
    Care(Mask),
}

/// A field that holds values itself.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) kind: Kind,
    pub(crate) treat: Treat,
}

/// A column, or a part of one. Fields of structs are called `f0`, `f1` … by their numbers; keys of maps are clear text.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Leaf(Leaf),
    List(Box<Shape>),
    Struct(Vec<(usize, Shape)>),
    Map(Box<Shape>),
}

/// Who asks: `Viewer` sees masks, `Carer` the rows of a clearance, `Both` all rows and the clearance where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persona {
    Viewer,
    Carer,
    Both,
}

fn leaf(kinds: &'static [Kind], nested: bool) -> impl Strategy<Value = Shape> {
    proptest::sample::select(kinds).prop_flat_map(move |kind| {
        let treat = prop_oneof![
            4 => Just(Treat::Clear),
            1 => Just(Treat::Hidden),
            4 => masks(kind, nested).prop_map(Treat::Mask),
            3 => masks(kind, nested).prop_map(|mask| Treat::Care(of_a_contract(mask))),
        ];
        treat.prop_map(move |treat| Shape::Leaf(Leaf { kind, treat }))
    })
}

/// Contracts may not hash without a key.
fn of_a_contract(mask: Mask) -> Mask {
    if mask == (Mask::Sha256Global {}) { Mask::Token {} } else { mask }
}

const KINDS: &[Kind] = &[Kind::Text, Kind::Int, Kind::Coded, Kind::Dec, Kind::Day, Kind::At, Kind::Bool];
const NESTED: &[Kind] = &[Kind::Text, Kind::Int, Kind::Dec, Kind::Day];

/// Columns, two thirds of them without parts.
pub(super) fn shapes() -> impl Strategy<Value = Shape> {
    let part = leaf(NESTED, true).boxed();
    let structure = |part: BoxedStrategy<Shape>| {
        prop::collection::vec(part, 1..4)
            .prop_map(|fields| Shape::Struct(fields.into_iter().enumerate().collect()))
            .boxed()
    };
    let list = |part: BoxedStrategy<Shape>| part.prop_map(|part| Shape::List(Box::new(part))).boxed();
    let map = |part: BoxedStrategy<Shape>| part.prop_map(|part| Shape::Map(Box::new(part))).boxed();
    prop_oneof![
        10 => leaf(KINDS, false),
        2 => list(part.clone()),
        2 => structure(part.clone()),
        1 => map(part.clone()),
        1 => list(structure(part.clone())),
        1 => structure(prop_oneof![part.clone(), list(part.clone())].boxed()),
        1 => map(list(part.clone())),
        1 => map(structure(part)),
    ]
}

impl Treat {
    /// The same for a persona: a clearance holds everywhere (`Clear`), nowhere (`Mask`) or on some rows (`Care`).
    fn by(&self, persona: Persona) -> Self {
        match (self, persona) {
            (Self::Care(_), Persona::Carer) => Self::Clear,
            (Self::Care(mask), Persona::Viewer) => Self::Mask(mask.clone()),
            // Two names of one mask.
            (Self::Care(Mask::ReplaceWithNull {}), Persona::Both) => Self::Care(Mask::Null {}),
            (other, _) => other.clone(),
        }
        .plain()
    }

    fn plain(self) -> Self {
        if self == Self::Mask(Mask::ReplaceWithNull {}) { Self::Mask(Mask::Null {}) } else { self }
    }

    /// True for what can be said of any type as a whole.
    fn of_any_type(&self) -> bool {
        matches!(self, Self::Clear | Self::Hidden | Self::Mask(Mask::Null {}) | Self::Care(Mask::Null {}))
    }
}

impl Shape {
    /// What holds for the whole of it, when every part is treated alike in a way that a whole can be.
    fn whole(&self, persona: Persona) -> Option<Treat> {
        let alike = |parts: &[&Self]| {
            let mut all = parts.iter().map(|part| part.whole(persona));
            let first = all.next().flatten().filter(Treat::of_any_type)?;
            all.all(|part| part.as_ref() == Some(&first)).then_some(first)
        };
        match self {
            Self::Leaf(leaf) => Some(leaf.treat.by(persona)),
            Self::List(item) => alike(&[item.as_ref()]),
            Self::Struct(fields) => alike(&fields.iter().map(|(_, field)| field).collect::<Vec<_>>()),
            // Keys are clear, so that a map is clear, hidden, or treated value by value.
            Self::Map(value) => value.whole(persona).filter(|treat| matches!(treat, Treat::Clear | Treat::Hidden)),
        }
    }

    /// What any persona sees of the type; `None` when nothing is left.
    pub(super) fn seen(&self) -> Option<Self> {
        match self {
            Self::Leaf(leaf) => {
                let seen = leaf.treat != Treat::Hidden;
                seen.then_some(Self::Leaf(Leaf { kind: leaf.kind, treat: Treat::Clear }))
            }
            Self::List(item) => item.seen().map(|item| Self::List(Box::new(item))),
            Self::Map(value) => value.seen().map(|value| Self::Map(Box::new(value))),
            Self::Struct(fields) => {
                let seen = |(name, field): &(usize, Self)| Some((*name, field.seen()?));
                let fields: Vec<_> = fields.iter().filter_map(seen).collect();
                (!fields.is_empty()).then_some(Self::Struct(fields))
            }
        }
    }

    /// What a persona sees of a cell, in the type that [`Self::seen`] leaves; `cared` says whether the row is one of
    /// the clearance.
    pub(super) fn shown(&self, persona: Persona, cared: bool, cell: &Cell) -> Cell {
        match self.whole(persona) {
            Some(Treat::Clear) => return cell.clone(),
            Some(Treat::Care(_)) if cared => return cell.clone(),
            Some(Treat::Mask(mask) | Treat::Care(mask)) => {
                return match self {
                    Self::Leaf(leaf) => masked(leaf.kind, &mask, cell),
                    _ => Cell::Null,
                };
            }
            Some(Treat::Hidden) => panic!("a hidden column is not shown"),
            None => {}
        }
        match (self, cell) {
            (Self::List(item), Cell::List(parts)) => {
                Cell::List(parts.iter().map(|part| item.shown(persona, cared, part)).collect())
            }
            (Self::Struct(fields), Cell::Struct(parts)) => {
                let seen = fields.iter().zip(parts).filter(|((_, field), _)| field.seen().is_some());
                Cell::Struct(seen.map(|((_, field), part)| field.shown(persona, cared, part)).collect())
            }
            (Self::Map(value), Cell::Map(entries)) => {
                let entries = entries.iter().map(|(key, part)| (key.clone(), value.shown(persona, cared, part)));
                Cell::Map(entries.collect())
            }
            _ => Cell::Null,
        }
    }

    /// The keys of a contract's property as YAML flow text; the board's masks by the tags they match.
    pub(super) fn property(&self, path: &str, masks: &mut Vec<(String, Mask)>) -> String {
        match self {
            Self::Leaf(leaf) => {
                let (logical, physical) = leaf.kind.types();
                let mut keys = format!("logicalType: {logical}, physicalType: \"{physical}\", ");
                let domain = format!("{{property: tokenDomain, value: {TOKEN_DOMAIN}, vendor: weft}}");
                let _ = match &leaf.treat {
                    Treat::Clear => write!(keys, "classification: internal"),
                    Treat::Hidden => write!(keys, "classification: restricted"),
                    Treat::Mask(mask) => {
                        masks.push((path.to_owned(), mask.clone()));
                        write!(keys, "classification: internal, tags: [\"m:{path}\"], customProperties: [{domain}]")
                    }
                    Treat::Care(mask) => {
                        let mask = serde_json::to_string(mask).unwrap();
                        write!(
                            keys,
                            "classification: confidential, customProperties: [{domain}, {{property: mask, value: {mask}, vendor: weft}}]"
                        )
                    }
                };
                keys
            }
            Self::List(item) => {
                format!(
                    "logicalType: array, classification: internal, items: {{{}}}",
                    item.property(&format!("{path}.i"), masks)
                )
            }
            Self::Map(value) => format!(
                "logicalType: map, classification: internal, map: {{key: {{logicalType: string}}, value: {{{}}}}}",
                value.property(&format!("{path}.v"), masks)
            ),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, field)| {
                    format!("{{name: f{name}, {}}}", field.property(&format!("{path}.{name}"), masks))
                });
                let fields: Vec<String> = fields.collect();
                format!("logicalType: object, classification: internal, properties: [{}]", fields.join(", "))
            }
        }
    }

    /// The kind of a column without parts.
    pub(super) fn kind(&self) -> Option<Kind> {
        if let Self::Leaf(leaf) = self { Some(leaf.kind) } else { None }
    }
}
