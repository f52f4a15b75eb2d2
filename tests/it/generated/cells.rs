//! Values as plain Rust, one cell at a time, and arrays made of them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray, MapArray, StringArray,
    StringDictionaryBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Int32Type};
use chrono::{DateTime, NaiveDate, TimeDelta};

use super::shapes::Shape;

/// A type of values without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    /// Text that the files hold in dictionaries.
    Coded,
    Bool,
    /// `decimal(12,2)`.
    Dec,
    Day,
    /// A point in time, in microseconds.
    At,
}

/// One value. Values of one kind order as the engine orders them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bool(bool),
    /// Hundredths.
    Dec(i128),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since 1970-01-01.
    At(i64),
    Struct(Vec<Cell>),
    List(Vec<Cell>),
    Map(Vec<(String, Cell)>),
}

const TEXTS: [&str; 14] = [
    "a",
    "",
    "ann@x.example",
    "bob@y.example",
    "10.1.2.3",
    "2001:db8::7",
    "7",
    "Ab-12 Cd",
    "größer",
    "no @ t h i n g@",
    "a text of more than twelve bytes",
    "a text of more than twelve letters",
    "CANARY",
    "b",
];
const INTS: [i64; 10] = [0, 1, 2, 3, 7, -1, -25, 10, 1_000_003, 55];
const DECS: [i128; 8] = [0, 150, -150, 99, 1_000_000, 5, 1_234, 100];
const DAYS: [i32; 8] = [18_260, 18_261, 0, -1, 18_291, 18_625, 11_016, 18_321];
const DAY: i64 = 86_400_000_000;
const TIMES: [i64; 8] =
    [0, 1, -1, 18_260 * DAY, 18_260 * DAY + 1_500_000, 18_291 * DAY - 1, 11_016 * DAY + 7, 18_625 * DAY];

/// A number that looks random and is always the same.
pub(super) fn mix(seed: u64, salt: u64) -> u64 {
    let mut value = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(salt.wrapping_mul(0xD1B5_4A32_D192_ED03));
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

fn pick<T: Clone>(of: &[T], number: u64) -> T {
    of[usize::try_from(number % of.len() as u64).unwrap()].clone()
}

impl Kind {
    /// A value that is not NULL.
    pub(crate) fn value(self, number: u64) -> Cell {
        match self {
            Self::Int => Cell::Int(pick(&INTS, number)),
            Self::Text | Self::Coded => Cell::Text(pick(&TEXTS, number).to_owned()),
            Self::Bool => Cell::Bool(number.is_multiple_of(2)),
            Self::Dec => Cell::Dec(pick(&DECS, number)),
            Self::Day => Cell::Day(pick(&DAYS, number)),
            Self::At => Cell::At(pick(&TIMES, number)),
        }
    }

    /// A value, sometimes NULL.
    pub(crate) fn cell(self, number: u64) -> Cell {
        if number.is_multiple_of(6) { Cell::Null } else { self.value(number / 6) }
    }

    /// As contracts name it: logical and physical type.
    pub(crate) fn types(self) -> (&'static str, &'static str) {
        match self {
            Self::Int => ("integer", "bigint"),
            Self::Text | Self::Coded => ("string", "string"),
            Self::Bool => ("boolean", "boolean"),
            Self::Dec => ("number", "decimal(12,2)"),
            Self::Day => ("date", "date"),
            Self::At => ("timestamp", "timestamptz"),
        }
    }

    /// True for strings.
    pub(crate) fn text(self) -> bool {
        matches!(self, Self::Text | Self::Coded)
    }
}

impl Cell {
    /// As SQL and the predicates of policies spell it.
    pub(crate) fn literal(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Int(value) => value.to_string(),
            Self::Text(value) => format!("'{value}'"),
            Self::Bool(value) => value.to_string(),
            Self::Dec(_) => self.spelled(),
            Self::Day(_) => format!("DATE '{}'", self.spelled()),
            Self::At(_) => format!("TIMESTAMP '{}'", self.spelled()),
            Self::Struct(_) | Self::List(_) | Self::Map(_) => panic!("no literal of a nested value"),
        }
    }

    /// As the constant of a mask spells it.
    pub(crate) fn spelled(&self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Dec(value) => {
                let sign = if *value < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", value.abs() / 100, value.abs() % 100)
            }
            Self::Day(value) => (NaiveDate::default() + TimeDelta::days((*value).into())).to_string(),
            Self::At(value) => {
                DateTime::from_timestamp_micros(*value).unwrap().format("%Y-%m-%d %H:%M:%S%.6f").to_string()
            }
            other => panic!("{other:?} is not spelled"),
        }
    }
}

/// A cell of a shape; parts have numbers of their own.
pub(super) fn cell(shape: &Shape, number: u64) -> Cell {
    let part = |part: u64| mix(number, part + 1);
    match shape {
        Shape::Leaf(leaf) => leaf.kind.cell(number),
        _ if number.is_multiple_of(7) => Cell::Null,
        Shape::Struct(fields) => {
            Cell::Struct(fields.iter().zip(0..).map(|((_, field), at)| cell(field, part(at))).collect())
        }
        Shape::List(item) => Cell::List((0..number % 4).map(|at| cell(item, part(at))).collect()),
        Shape::Map(value) => Cell::Map((0..number % 3).map(|at| (format!("k{at}"), cell(value, part(at)))).collect()),
    }
}

/// Cells of one shape as an array.
pub(super) fn array(shape: &Shape, cells: &[&Cell]) -> ArrayRef {
    let nulls = || Some(NullBuffer::from_iter(cells.iter().map(|cell| **cell != Cell::Null)));
    match shape {
        Shape::Leaf(leaf) => leaf_array(leaf.kind, cells),
        Shape::Struct(fields) => {
            let columns: Vec<ArrayRef> = fields
                .iter()
                .enumerate()
                .map(|(at, (_, field))| {
                    let parts: Vec<&Cell> = cells
                        .iter()
                        .map(|cell| if let Cell::Struct(parts) = cell { &parts[at] } else { &Cell::Null })
                        .collect();
                    array(field, &parts)
                })
                .collect();
            let fields: Fields = fields
                .iter()
                .zip(&columns)
                .map(|((name, _), column)| Field::new(format!("f{name}"), column.data_type().clone(), true))
                .collect();
            Arc::new(StructArray::new(fields, columns, nulls()))
        }
        Shape::List(item) => {
            let parts = |cell: &&Cell| if let Cell::List(parts) = cell { parts.len() } else { 0 };
            let offsets = OffsetBuffer::from_lengths(cells.iter().map(parts));
            let parts: Vec<&Cell> = cells
                .iter()
                .flat_map(|cell| if let Cell::List(parts) = cell { parts.as_slice() } else { &[] })
                .collect();
            let values = array(item, &parts);
            let field = Arc::new(Field::new("item", values.data_type().clone(), true));
            Arc::new(ListArray::new(field, offsets, values, nulls()))
        }
        Shape::Map(value) => {
            let entries = |cell: &&Cell| if let Cell::Map(entries) = cell { entries.len() } else { 0 };
            let offsets = OffsetBuffer::from_lengths(cells.iter().map(entries));
            let all =
                || cells.iter().flat_map(|cell| if let Cell::Map(entries) = cell { entries.as_slice() } else { &[] });
            let keys: ArrayRef = Arc::new(all().map(|(key, _)| Some(key.as_str())).collect::<StringArray>());
            let values = array(value, &all().map(|(_, value)| value).collect::<Vec<_>>());
            let fields = Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", values.data_type().clone(), true),
            ]);
            let pairs = StructArray::new(fields, vec![keys, values], None);
            let field = Arc::new(Field::new("entries", pairs.data_type().clone(), false));
            Arc::new(MapArray::new(field, offsets, pairs, nulls(), false))
        }
    }
}

fn leaf_array(kind: Kind, cells: &[&Cell]) -> ArrayRef {
    macro_rules! of {
        ($variant:ident, $array:ty) => {
            cells
                .iter()
                .map(|cell| if let Cell::$variant(value) = cell { Some(value.clone()) } else { None })
                .collect::<$array>()
        };
    }
    match kind {
        Kind::Int => Arc::new(of!(Int, Int64Array)),
        Kind::Text => Arc::new(of!(Text, StringArray)),
        Kind::Coded => {
            let mut coded = StringDictionaryBuilder::<Int32Type>::new();
            cells
                .iter()
                .for_each(|cell| coded.append_option(if let Cell::Text(text) = cell { Some(text) } else { None }));
            Arc::new(coded.finish())
        }
        Kind::Bool => Arc::new(of!(Bool, BooleanArray)),
        Kind::Dec => Arc::new(of!(Dec, Decimal128Array).with_precision_and_scale(12, 2).unwrap()),
        Kind::Day => Arc::new(of!(Day, Date32Array)),
        Kind::At => Arc::new(of!(At, TimestampMicrosecondArray).with_timezone("UTC")),
    }
}
