//! What the fields of files are called in the table.

use std::sync::Arc;

/// The fields of a table whose files call them otherwise, at every depth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldNames {
    /// Whether files are gone by the numbers of fields, and not by their names.
    pub by_id: bool,
    /// The columns of the table.
    pub fields: Vec<FieldName>,
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
    /// The fields of a structure; the element of a list; key and value of a map.
    pub children: Vec<FieldName>,
}
