//! What the fields of files are called in the table.

use std::sync::Arc;

use datafusion_common::ScalarValue;

/// The fields of a table whose files call them otherwise, at every depth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldNames {
    /// What files are gone by.
    pub found: FoundBy,
    /// The columns of the table.
    pub fields: Vec<FieldName>,
}

/// What the fields of files are gone by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FoundBy {
    /// Their names.
    Name,
    /// Their numbers.
    Number,
    /// Their numbers; where a file has none at all, these names say which number is meant.
    NumberOr(Vec<MappedName>),
    /// Their numbers; where a file has none at all, the first column is the one with number 1, and so on. Columns with parts
    /// are then in none of its rows.
    NumberOrPlace,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldName {
    /// What the table calls it.
    pub table: Arc<str>,
    /// What files call it.
    pub file: Arc<str>,
    /// Its number in files.
    pub id: Option<i32>,
    /// What it is in files that lack it; NULL where it is absent.
    pub default: Option<ScalarValue>,
    /// The fields of a structure; the element of a list; key and value of a map.
    pub children: Vec<FieldName>,
}

/// Which number a field without one stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MappedName {
    /// The names that it may have.
    pub names: Vec<Arc<str>>,
    /// Its number; absent for one that only holds others.
    pub id: Option<i32>,
    /// What is in it; elements, keys and values are called that.
    pub fields: Vec<MappedName>,
}

impl FieldName {
    /// True where a part of it is something else than NULL in files that lack it.
    #[must_use]
    pub fn defaults_within(&self) -> bool {
        self.children.iter().any(|child| child.default.is_some() || child.defaults_within())
    }
}
