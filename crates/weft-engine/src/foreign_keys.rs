//! References between tables, as contracts claim them and as far as a caller may know of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use weft_catalog::target::Target;
use weft_model::contract::SchemaObject;

use crate::directory::DirectoryKey;

/// A table of the directory, with what references need to know of it.
pub(crate) struct Referable {
    /// What its name stands for.
    pub(crate) target: Target,
    pub(crate) domain: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The columns on which it still joins for the caller: those in clear and those shown as tokens.
    pub(crate) joins: HashSet<Arc<str>>,
}

/// The foreign keys of every table, in the tables' order. A key is listed when every column of both ends still joins.
pub(crate) fn foreign_keys(tables: &[Referable]) -> Vec<Vec<DirectoryKey>> {
    let mut by_file: HashMap<&str, Vec<&Referable>> = HashMap::new();
    for table in tables {
        by_file.entry(file(&table.target.object)).or_default().push(table);
    }
    tables.iter().map(|table| keys_of(table, &by_file)).collect()
}

fn keys_of(table: &Referable, by_file: &HashMap<&str, Vec<&Referable>>) -> Vec<DirectoryKey> {
    let object = &table.target.object;
    let key = |reference: &weft_model::contract::Reference| {
        if !reference.from.iter().all(|column| table.joins.contains(column)) {
            return None;
        }
        let ends = reference.to.iter().map(|end| End::parse(end, file(object))).collect::<Option<Vec<_>>>()?;
        let first = ends.first()?;
        if ends.iter().any(|end| (&end.file, end.object) != (&first.file, first.object)) {
            return None;
        }
        let mut found =
            by_file.get(first.file.as_str())?.iter().filter(|other| is_object(&other.target.object, first.object));
        // The bare name before the pinned ones: the first is what people know.
        let other = found.clone().find(|other| !other.target.pinned_version).or_else(|| found.next())?;
        let target_columns = ends
            .iter()
            .map(|end| column(&other.target.object, end.column).filter(|name| other.joins.contains(name)))
            .collect::<Option<Vec<_>>>()?;
        (target_columns.len() == reference.from.len()).then(|| DirectoryKey {
            name: None,
            columns: reference.from.clone(),
            target_domain: Arc::clone(&other.domain),
            target_table: Arc::clone(&other.name),
            target_columns,
        })
    };
    object.references.iter().filter_map(key).collect()
}

/// One end of a reference: `object.column` in the same file, or `path#/schema/OBJECT/properties/COLUMN`.
struct End<'a> {
    file: String,
    object: &'a str,
    column: &'a str,
}

impl<'a> End<'a> {
    fn parse(text: &'a str, here: &str) -> Option<Self> {
        let Some((path, pointer)) = text.split_once('#') else {
            let (object, column) = text.split_once('.')?;
            return Some(Self { file: here.to_owned(), object, column });
        };
        let file = if path.is_empty() { here.to_owned() } else { beside(here, path)? };
        let (object, column) = pointer.strip_prefix("/schema/")?.split_once("/properties/")?;
        Some(Self { file, object, column })
    }
}

/// A path relative to the folder of a file; `None` when it leads out of the mesh.
fn beside(file: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn file(object: &SchemaObject) -> &str {
    &object.place.file
}

fn is_object(object: &SchemaObject, word: &str) -> bool {
    object.id.as_deref() == Some(word) || *object.name == *word || *object.physical_name == *word
}

fn column(object: &SchemaObject, word: &str) -> Option<Arc<str>> {
    let is = |column: &&weft_model::column::Column| column.id.as_deref() == Some(word) || *column.name == *word;
    object.columns.iter().find(is).map(|column| Arc::clone(&column.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_in_both_forms() {
        let end =
            End::parse("../../customers/profiles/p.odcs.yaml#/schema/tbl/properties/id", "orders/orders/o.odcs.yaml");
        let end = end.unwrap();
        assert_eq!((end.file.as_str(), end.object, end.column), ("customers/profiles/p.odcs.yaml", "tbl", "id"));
        let end = End::parse("items.order_id", "orders/orders/o.odcs.yaml").unwrap();
        assert_eq!((end.file.as_str(), end.object, end.column), ("orders/orders/o.odcs.yaml", "items", "order_id"));
        assert!(End::parse("../../../out.yaml#/schema/t/properties/id", "orders/orders/o.odcs.yaml").is_none());
        assert!(End::parse("items", "orders/orders/o.odcs.yaml").is_none());
    }
}
