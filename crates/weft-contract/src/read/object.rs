//! Schema objects: the tables of a contract.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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

/// The most tables of one contract.
pub const OBJECTS_MAX: usize = 1_000;

/// The most columns of one table.
pub const COLUMNS_MAX: usize = 10_000;

/// The tables of a contract, in file order.
pub fn objects(reader: &mut Reader<'_>, contract: &Map, kinds: &[&ServerKind]) -> Vec<Arc<SchemaObject>> {
    let derived = kinds.contains(&&ServerKind::WeftSql);
    let mut seen: HashMap<Arc<str>, u32> = HashMap::new();
    let mut objects = Vec::new();
    let listed = contract.list("schema").len();
    if listed > OBJECTS_MAX {
        let message = format!("the contract has {listed} schema objects, more than the {OBJECTS_MAX} that are read");
        let at = contract.key_mark("schema", Mark::default());
        reader.out.error(codes::BOUND, at, message, "Split the contract.");
        return objects;
    }
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
            reader.out.error(codes::REPEATED_NAME, at, message, "Rename one of them.");
        }
        objects.push(Arc::new(object));
    }
    objects
}

fn object(reader: &mut Reader<'_>, map: &Map, mark: Mark, derived: bool) -> Option<SchemaObject> {
    let name = Arc::clone(map.text("name")?);
    let sql = sql_name(reader, "schema object", &name, map.value_mark("name", mark));
    let columns = columns(reader, map);
    if map.list("properties").is_empty() {
        let message = format!("the schema object `{}` declares no columns and is left out", quote(&name));
        let hint = "List its columns under `properties`: what no contract declares does not exist.";
        reader.out.warn(codes::NO_COLUMNS, map.key_mark("properties", mark), message, hint);
        return None;
    }
    let sql_file = reader.own(map, Home::SchemaObject, "sqlFile").and_then(Node::text).cloned();
    if derived && sql_file.is_none() {
        let message = format!("the derived schema object `{}` names no SQL file", quote(&name));
        let hint = "Add the property `sqlFile` with the name of the file beside the contract.";
        reader.out.error(codes::NO_SQL_FILE, mark, message, hint);
    }
    let references = references(reader, map);
    let place = reader.out.place(mark);
    let mut object = SchemaObject::new(Arc::clone(&name), sql?, columns, place);
    object.physical_name = map.text("physicalName").cloned().unwrap_or(name);
    object.id = map.text("id").cloned();
    object.description = map.text("description").cloned();
    object.tags = tags(map);
    object.references = references;
    object.sql_file = sql_file;
    Some(object)
}

fn columns(reader: &mut Reader<'_>, object: &Map) -> Vec<Column> {
    let listed = object.list("properties").len();
    if listed > COLUMNS_MAX {
        let message = format!("the schema object has {listed} columns, more than the {COLUMNS_MAX} that are read");
        let at = object.key_mark("properties", Mark::default());
        reader.out.error(codes::BOUND, at, message, "Split the table.");
        return Vec::new();
    }
    let mut columns: Vec<Column> = Vec::with_capacity(listed);
    let mut by_name: HashMap<Arc<str>, usize> = HashMap::with_capacity(listed);
    let (mut keys, mut partitions) = (0, 0);
    for (mark, map) in object.maps("properties") {
        let Some(mut column) = column(reader, map, mark, &Inherited::default()) else { continue };
        column.primary_key = position(map, "primaryKey", "primaryKeyPosition", &mut keys);
        column.partition_key = position(map, "partitioned", "partitionKeyPosition", &mut partitions);
        match by_name.entry(Arc::clone(&column.name)) {
            Entry::Vacant(entry) => {
                entry.insert(columns.len());
            }
            Entry::Occupied(entry) => {
                let line = columns.get(*entry.get()).map_or(0, |other| other.place.line);
                let message = format!("the column `{}` stands here and in line {line}", quote(&column.name));
                reader.out.error(codes::REPEATED_NAME, map.value_mark("name", mark), message, "Rename one of them.");
            }
        }
        columns.push(column);
    }
    let mut alone: Vec<usize> = Vec::new();
    for (mark, map) in object.maps("properties") {
        let at = |name: &str| by_name.get(name).copied();
        if let (Some(name), Some(twin)) = (map.text("name"), map.text("encryptedName"))
            && let Some(column) = at(name)
            && !encrypted(reader, &columns, column, at(twin), (twin, map.value_mark("encryptedName", mark)))
        {
            alone.push(column);
        }
    }
    for at in alone {
        if let Some(column) = columns.get_mut(at) {
            column.encrypted_name = None;
        }
    }
    columns
}

/// The position of a key column: the one written down, else behind those before it.
fn position(map: &Map, flag: &str, position: &str, last: &mut u32) -> Option<u32> {
    if map.flag(flag) != Some(true) {
        return None;
    }
    let written =
        map.integer(position).and_then(|position| u32::try_from(position).ok()).filter(|position| *position > 0);
    let position = written.unwrap_or_else(|| last.saturating_add(1));
    *last = position.max(*last);
    Some(position)
}

/// A column that is served in place of another has to exist and to have its type; false when it does not exist.
fn encrypted(
    reader: &mut Reader<'_>,
    columns: &[Column],
    column: usize,
    twin: Option<usize>,
    (name, mark): (&str, Mark),
) -> bool {
    let Some(column) = columns.get(column) else { return true };
    let Some(twin) = twin.and_then(|twin| columns.get(twin)) else {
        let message =
            format!("the column `{}` is encrypted as `{}`, which is not declared", quote(&column.name), quote(name));
        let hint = "Declare the encrypted column beside it to have it served to those who may not see this one.";
        reader.out.warn(codes::ENCRYPTED_COLUMN, mark, message, hint);
        return false;
    };
    if twin.data_type != column.data_type {
        let message = format!(
            "the column `{}` is {} and its encrypted twin `{}` is {}",
            quote(&column.name),
            column.type_name,
            quote(&twin.name),
            twin.type_name
        );
        reader.out.error(codes::ENCRYPTED_COLUMN, mark, message, "Give both the same type.");
    }
    true
}

fn is(map: &Map, key: &str, value: &str) -> bool {
    map.text(key).is_some_and(|text| &**text == value)
}
