//! Schema objects: the tables of a contract.

use std::collections::HashMap;
use std::sync::Arc;

use weft_model::column::Column;
use weft_model::contract::{SchemaObject, ServerKind};

use crate::codes;
use crate::complaints::quote;
use crate::read::column::{Inherited, column};
use crate::read::reader::Reader;
use crate::read::relation::references;
use crate::read::text::{sql_name, tags};
use crate::standard::extension::Home;
use crate::yaml::tree::{Map, Mark, Node};

/// The tables of a contract, in file order.
pub fn objects(reader: &mut Reader<'_>, contract: &Map, kinds: &[&ServerKind]) -> Vec<Arc<SchemaObject>> {
    let derived = kinds.contains(&&ServerKind::WeftSql);
    let mut seen: HashMap<Arc<str>, u32> = HashMap::new();
    let mut objects = Vec::new();
    for (mark, map) in contract.maps("schema") {
        if is(map, "logicalType", "blob") {
            let hint = "Only tables can be queried.";
            reader.out.warn(codes::BLOB, mark, "a schema object of type `blob` is left out", hint);
            continue;
        }
        let Some(object) = object(reader, map, mark, derived) else { continue };
        let at = map.value_mark("name", mark);
        if let Some(line) = seen.insert(Arc::clone(&object.sql_name), at.line) {
            let message =
                format!("the schema object `{}` has the SQL name of the one in line {line}", quote(&object.name));
            reader.out.error(codes::REPEATED_NAME, at, message);
        }
        objects.push(Arc::new(object));
    }
    objects
}

fn object(reader: &mut Reader<'_>, map: &Map, mark: Mark, derived: bool) -> Option<SchemaObject> {
    let name = Arc::clone(map.text("name")?);
    let sql = sql_name(reader, "schema object", &name, map.value_mark("name", mark));
    let columns = columns(reader, map);
    if columns.is_empty() && map.list("properties").is_empty() {
        let message = format!("the schema object `{}` declares no columns", quote(&name));
        let hint = "List its columns under `properties`: what no contract declares does not exist.";
        reader.out.error_hint(codes::NO_COLUMNS, map.key_mark("properties", mark), message, hint);
    }
    let sql_file = reader.own(map, Home::SchemaObject, "sqlFile").and_then(Node::text).cloned();
    if derived && sql_file.is_none() {
        let message = format!("the derived schema object `{}` names no SQL file", quote(&name));
        let hint = "Add the property `sqlFile` with the name of the file beside the contract.";
        reader.out.error_hint(codes::NO_SQL_FILE, mark, message, hint);
    }
    let references = references(reader, map);
    let place = reader.out.place(mark);
    let mut object = SchemaObject::new(Arc::clone(&name), sql?, columns, place);
    object.physical_name = map.text("physicalName").cloned().unwrap_or(name);
    object.description = map.text("description").cloned();
    object.tags = tags(map);
    object.references = references;
    object.sql_file = sql_file;
    Some(object)
}

fn columns(reader: &mut Reader<'_>, object: &Map) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (mark, map) in object.maps("properties") {
        let Some(mut column) = column(reader, map, mark, &Inherited::default()) else { continue };
        let at = map.value_mark("name", mark);
        if let Some(other) = columns.iter().find(|other| other.name == column.name) {
            let message = format!("the column `{}` stands here and in line {}", quote(&column.name), other.place.line);
            reader.out.error(codes::REPEATED_NAME, at, message);
        }
        column.primary_key = position(map, "primaryKey", "primaryKeyPosition", columns.iter().map(|c| c.primary_key));
        column.partition_key =
            position(map, "partitioned", "partitionKeyPosition", columns.iter().map(|c| c.partition_key));
        columns.push(column);
    }
    for (mark, map) in object.maps("properties") {
        encrypted(reader, map, mark, &columns);
    }
    columns
}

/// The position of a key column: the one written down, else behind those before it.
fn position(map: &Map, flag: &str, position: &str, before: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    if map.flag(flag) != Some(true) {
        return None;
    }
    let written =
        map.integer(position).and_then(|position| u32::try_from(position).ok()).filter(|position| *position > 0);
    Some(written.unwrap_or_else(|| before.flatten().max().unwrap_or(0).saturating_add(1)))
}

/// A column that is served in place of another has to exist and to have its type.
fn encrypted(reader: &mut Reader<'_>, map: &Map, mark: Mark, columns: &[Column]) {
    let (Some(name), Some(target)) = (map.text("name"), map.text("encryptedName")) else { return };
    let find = |name: &str| columns.iter().find(|column| &*column.name == name);
    let Some(column) = find(name) else { return };
    let at = map.value_mark("encryptedName", mark);
    match find(target) {
        None => {
            let message =
                format!("the column `{}` is encrypted as `{}`, which does not exist", quote(name), quote(target));
            let hint = "Declare the encrypted column beside it, under the name it is queried by.";
            reader.out.error_hint(codes::ENCRYPTED_COLUMN, at, message, hint);
        }
        Some(other) if other.data_type != column.data_type => {
            let message = format!(
                "the column `{}` is {} and its encrypted twin `{}` is {}",
                quote(name),
                column.type_name,
                quote(target),
                other.type_name
            );
            reader.out.error_hint(codes::ENCRYPTED_COLUMN, at, message, "Give both the same type.");
        }
        Some(_) => {}
    }
}

fn is(map: &Map, key: &str, value: &str) -> bool {
    map.text(key).is_some_and(|text| &**text == value)
}
