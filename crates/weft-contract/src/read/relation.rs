//! Relationships: columns that refer to columns of other tables.

use std::sync::Arc;

use weft_model::contract::Reference;

use crate::codes;
use crate::complaints::quote;
use crate::read::reader::Reader;
use crate::yaml::tree::{Map, Mark, Node};

/// Every relationship of an object: its own, then those of its properties, nested ones too.
pub fn references(reader: &mut Reader<'_>, object: &Map) -> Vec<Reference> {
    let mut found = Vec::new();
    for (mark, relationship) in object.maps("relationships") {
        let from = own_columns(reader, object, relationship, mark);
        let to = ends(relationship, "to");
        if !from.is_empty() && !to.is_empty() {
            found.push(Reference { from, to });
        }
    }
    of_properties(object, "", &mut found);
    found
}

fn of_properties(parent: &Map, path: &str, found: &mut Vec<Reference>) {
    for (_, property) in parent.maps("properties") {
        let Some(name) = property.text("name") else { continue };
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        for (_, relationship) in property.maps("relationships") {
            let to = ends(relationship, "to");
            if !to.is_empty() {
                found.push(Reference { from: vec![Arc::from(path.as_str())], to });
            }
        }
        of_properties(property, &path, found);
    }
}

/// `to` or `from` as a list, however it is written.
fn ends(relationship: &Map, key: &str) -> Vec<Arc<str>> {
    let Some(node) = relationship.get(key) else { return Vec::new() };
    match node.text() {
        Some(text) => vec![Arc::clone(text)],
        None => node.list().iter().filter_map(Node::text).cloned().collect(),
    }
}

/// The columns that `from` names, as paths inside the object.
fn own_columns(reader: &mut Reader<'_>, object: &Map, relationship: &Map, mark: Mark) -> Vec<Arc<str>> {
    let mut columns = Vec::new();
    for end in ends(relationship, "from") {
        match own_column(object, &end) {
            Some(column) => columns.push(column),
            None => {
                let message =
                    format!("the relationship begins at `{}`, which the object does not declare", quote(&end));
                let hint = "Name one of the object's own columns as `object.column`.";
                let at = relationship.value_mark("from", mark);
                reader.out.warn(codes::BAD_REFERENCE, at, message, hint);
                return Vec::new();
            }
        }
    }
    columns
}

fn own_column(object: &Map, end: &str) -> Option<Arc<str>> {
    if end.contains('/') {
        let (_, id) = end.rsplit_once('/')?;
        let property =
            object.maps("properties").map(|(_, map)| map).find(|map| is(map, "id", id) || is(map, "name", id))?;
        return property.text("name").cloned();
    }
    let (first, path) = end.split_once('.')?;
    if !["name", "id", "physicalName"].iter().any(|key| is(object, key, first)) {
        return None;
    }
    let top = path.split('.').next()?;
    let declared = object.maps("properties").any(|(_, map)| is(map, "name", top));
    declared.then(|| Arc::from(path))
}

fn is(map: &Map, key: &str, value: &str) -> bool {
    map.text(key).is_some_and(|text| &**text == value)
}
