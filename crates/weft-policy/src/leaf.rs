//! The leaves of a table: columns and fields that hold values themselves. Labels and rules are about leaves; what
//! holds a leaf follows from its leaves.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_schema::DataType;
use weft_model::column::Column;

use crate::ladder::{Class, Ladder};
use crate::matcher::Segment;

/// How the children of a column relate to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Leaf,
    Struct,
    List,
    Map,
}

/// A leaf as the contract declares it, with what it inherits from what holds it.
#[derive(Clone, Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) column: &'a Column,
    pub(crate) path: Vec<Segment<'a>>,
    /// The strictest classification of the leaf and all that holds it.
    pub(crate) class: Option<Class>,
    /// Tags of the leaf and all that holds it, the table included; in lower case.
    pub(crate) tags: Arc<[Arc<str>]>,
    /// The masks of the leaf and all that holds it.
    pub(crate) masked: Vec<&'a Column>,
    /// Classifications that are not on the ladder.
    pub(crate) unknown: bool,
}

/// The shape of a column, from its type and the children the contract declares.
pub(crate) fn shape(column: &Column) -> Shape {
    match (&column.data_type, column.children.len()) {
        (_, 0) => Shape::Leaf,
        (DataType::Struct(_), _) => Shape::Struct,
        (DataType::Map(..), 2) => Shape::Map,
        (
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_),
            1,
        ) => Shape::List,
        // A type that its children do not explain is taken whole.
        _ => Shape::Leaf,
    }
}

/// What stands for parts that have no name, in the paths of files; no file can call a column so.
const ELEMENT: &str = "\0element";
const KEY: &str = "\0key";
const VALUE: &str = "\0value";

/// The leaves of a table, depth first.
pub(crate) fn leaves<'a>(columns: &'a [Column], table_tags: &Arc<[Arc<str>]>, ladder: &Ladder) -> Vec<Leaf<'a>> {
    let mut found = Vec::with_capacity(columns.len());
    for column in columns {
        let above = Leaf {
            column,
            path: Vec::new(),
            class: None,
            tags: Arc::clone(table_tags),
            masked: Vec::new(),
            unknown: false,
        };
        descend(column, &above, None, ladder, &mut found);
    }
    found
}

/// `part` is what files call it whatever the contract does: elements, keys and values have their place, and no name.
fn descend<'a>(
    column: &'a Column,
    above: &Leaf<'a>,
    part: Option<&'static str>,
    ladder: &Ladder,
    found: &mut Vec<Leaf<'a>>,
) {
    let mut here = Leaf {
        column,
        path: Vec::with_capacity(above.path.len() + 1),
        class: above.class,
        tags: Arc::clone(&above.tags),
        masked: above.masked.clone(),
        unknown: above.unknown,
    };
    here.path.extend(above.path.iter().cloned());
    let physical = part.map_or_else(|| fold(&column.physical_name), Cow::Borrowed);
    here.path.push(Segment { name: fold(&column.name), physical, transparent: part.is_some() });
    if let Some(word) = &column.classification {
        let class = ladder.class(word);
        // A word that nobody knows counts as the strictest.
        here.unknown |= class.is_none();
        here.class = here.class.max(class.or_else(|| ladder.top()));
    }
    here.tags = union(&here.tags, column.tags.iter().map(lower));
    if column.mask.is_some() {
        here.masked.push(column);
    }
    match shape(column) {
        Shape::Leaf => found.push(here),
        Shape::Struct => column.children.iter().for_each(|child| descend(child, &here, None, ladder, found)),
        Shape::List => column.children.iter().for_each(|child| descend(child, &here, Some(ELEMENT), ladder, found)),
        Shape::Map => {
            for (child, part) in column.children.iter().zip([KEY, VALUE]) {
                descend(child, &here, Some(part), ladder, found);
            }
        }
    }
}

/// Stands between the steps of a path in the files.
pub(crate) const SEPARATOR: &str = "\u{1}";

impl Leaf<'_> {
    /// The path for people.
    pub(crate) fn dotted(&self) -> String {
        self.path.iter().map(|segment| &*segment.name).collect::<Vec<_>>().join(".")
    }

    /// The path in the files. What holds others stands before them, up to a separator that is in no name.
    pub(crate) fn physical(&self) -> String {
        self.path.iter().map(|segment| &*segment.physical).collect::<Vec<_>>().join(SEPARATOR)
    }
}

/// Tags joined, each once; the same list when nothing is added.
pub(crate) fn union(tags: &Arc<[Arc<str>]>, more: impl IntoIterator<Item = Arc<str>>) -> Arc<[Arc<str>]> {
    let mut joined: Option<Vec<Arc<str>>> = None;
    for tag in more {
        let held = joined.as_deref().unwrap_or(tags);
        if !held.contains(&tag) {
            joined.get_or_insert_with(|| tags.to_vec()).push(tag);
        }
    }
    joined.map_or_else(|| Arc::clone(tags), Arc::from)
}

/// A tag in lower case.
pub(crate) fn lower(tag: &Arc<str>) -> Arc<str> {
    match fold(tag) {
        Cow::Borrowed(_) => Arc::clone(tag),
        Cow::Owned(lower) => Arc::from(lower),
    }
}

/// Text in lower case, borrowed when it is so already.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}
