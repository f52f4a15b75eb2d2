//! The type of a property: the physical type where it is known, else the logical type, else what its parts imply.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use weft_model::column::Column;
use weft_model::type_name::type_name;

use crate::codes;
use crate::complaints::quote;
use crate::read::column::{Inherited, column, named};
use crate::read::reader::Reader;
use crate::types::logical;
use crate::types::physical::{self, Physical};
use crate::yaml::tree::{Map, Mark, Node, Value};

/// A type with its parts as columns.
#[derive(Debug)]
pub struct Typed {
    /// The type.
    pub data_type: DataType,
    /// The fields of a struct, the element of a list, the key and value of a map.
    pub children: Vec<Column>,
}

/// The type of a property; `None` after a complaint.
pub fn data_type(reader: &mut Reader<'_>, map: &Map, mark: Mark, name: &str, own: &Inherited) -> Option<Typed> {
    let spelling = map.text("physicalType").filter(|spelling| !spelling.trim().is_empty());
    let physical = spelling.and_then(|spelling| physical::parse(spelling));
    let logical = map.text("logicalType").map(|logical| &**logical);
    if let (Some(spelling), None, Some(logical)) = (spelling, &physical, logical) {
        let at = map.value_mark("physicalType", mark);
        let message = format!("the physical type `{}` of column `{}` is not known", quote(spelling), quote(name));
        let hint = format!("The logical type `{}` is served instead.", quote(logical));
        reader.out.warn(codes::UNLISTED_TYPE, at, message, hint);
    }
    if let Some(typed) = from_parts(reader, map, physical.as_ref(), own) {
        return typed;
    }
    let typed = match physical {
        Some(physical) => {
            let at = map.value_mark("physicalType", mark);
            let data_type = from_physical(reader, map, &physical, name, at, own)?;
            if let Some(logical) = logical
                && !logical::agrees(logical, &data_type.data_type)
            {
                let message = format!(
                    "the column `{}` is {} by its physical type and {} by its logical type",
                    quote(name),
                    type_name(&data_type.data_type),
                    quote(logical)
                );
                reader.out.warn(codes::TYPES_DIFFER, at, message, "The physical type is served.");
            }
            data_type
        }
        None => from_logical(reader, map, mark, name, logical)?,
    };
    Some(typed)
}

/// The type of a property that declares its parts, unless its physical type says that it is kept as something else.
///
/// The outer `None` means that it declares none, the inner one that a part could not be read.
fn from_parts(
    reader: &mut Reader<'_>,
    map: &Map,
    physical: Option<&Physical>,
    own: &Inherited,
) -> Option<Option<Typed>> {
    let fits = |nested: fn(&Physical) -> bool| physical.is_none_or(nested);
    if !map.list("properties").is_empty() && fits(|physical| matches!(physical, Physical::Struct(_))) {
        return Some(of_struct(reader, map, own));
    }
    if let Some(Node { value: Value::Map(items), mark }) = map.get("items")
        && fits(|physical| matches!(physical, Physical::List(_)))
    {
        return Some(named(reader, items, *mark, Arc::from("item"), own).map(list));
    }
    if let Some(parts) = map.get("map").and_then(Node::map)
        && fits(|physical| matches!(physical, Physical::Map(_)))
        && let (Some(key), Some(value)) = (parts.get("key"), parts.get("value"))
        && let (Value::Map(key_map), Value::Map(value_map)) = (&key.value, &value.value)
    {
        let key = named(reader, key_map, key.mark, Arc::from("key"), own);
        let value = named(reader, value_map, value.mark, Arc::from("value"), own);
        return Some(key.zip(value).map(|(key, value)| map_of(key, value)));
    }
    None
}

fn of_struct(reader: &mut Reader<'_>, map: &Map, own: &Inherited) -> Option<Typed> {
    let mut children: Vec<Column> = Vec::new();
    let mut lines: HashMap<Arc<str>, u32> = HashMap::new();
    let mut whole = true;
    for (mark, property) in map.maps("properties") {
        match column(reader, property, mark, own) {
            Some(child) => {
                if let Some(line) = lines.insert(Arc::clone(&child.name), child.place.line) {
                    let message = format!("the column `{}` stands here and in line {line}", quote(&child.name));
                    reader.out.error(
                        codes::REPEATED_NAME,
                        property.value_mark("name", mark),
                        message,
                        "Rename one of them.",
                    );
                }
                children.push(child);
            }
            None => whole = false,
        }
    }
    whole.then(|| structure(children))
}

fn from_physical(
    reader: &mut Reader<'_>,
    map: &Map,
    physical: &Physical,
    name: &str,
    at: Mark,
    own: &Inherited,
) -> Option<Typed> {
    let mut part = |part: &Physical, name: &str| {
        let typed = from_physical(reader, map, part, name, at, own)?;
        let mut child = Column::new(name, typed.data_type);
        child.type_name = Arc::from(type_name(&child.data_type));
        child.classification = own.classification.clone();
        child.tags = own.tags.clone();
        child.children = typed.children;
        child.place = reader.out.place(at);
        Some(child)
    };
    match physical {
        Physical::List(Some(item)) => return part(item, "item").map(list),
        Physical::Map(Some(parts)) => {
            let (key, value) = &**parts;
            return part(key, "key").zip(part(value, "value")).map(|(key, value)| map_of(key, value));
        }
        Physical::Struct(fields) if !fields.is_empty() => {
            let children: Option<Vec<Column>> = fields.iter().map(|(name, field)| part(field, name)).collect();
            return children.map(structure);
        }
        _ => {}
    }
    let options = map.get("logicalTypeOptions").and_then(Node::map);
    let data_type = match physical {
        Physical::Scalar(data_type) => data_type.clone(),
        Physical::Timestamp { nanos, zone } => {
            logical::timestamp(*nanos, zone.or_else(|| logical::zone(options)).unwrap_or(reader.delta))
        }
        Physical::Decimal(spelled) => match spelled.or_else(|| precision_and_scale(map)) {
            Some((precision, scale)) => physical::decimal_type(precision, scale)?,
            None => {
                let message = format!("the decimal column `{}` has neither precision nor scale", quote(name));
                let hint = "Write `physicalType: decimal(10,2)`.";
                reader.out.error(codes::DECIMAL_RANGE, at, message, hint);
                return None;
            }
        },
        Physical::ImpossibleDecimal => {
            let message = format!("the decimal column `{}` has an impossible precision or scale", quote(name));
            let hint = "The precision is from 1 to 76, the scale from 0 to the precision.";
            reader.out.error(codes::DECIMAL_RANGE, at, message, hint);
            return None;
        }
        Physical::List(_) | Physical::Map(_) | Physical::Struct(_) => {
            no_type(
                reader,
                name,
                at,
                "its parts are not declared",
                "Declare them under `properties`, `items` or `map`.",
            );
            return None;
        }
    };
    Some(Typed { data_type, children: Vec::new() })
}

fn from_logical(reader: &mut Reader<'_>, map: &Map, mark: Mark, name: &str, logical: Option<&str>) -> Option<Typed> {
    let at = map.value_mark("logicalType", map.value_mark("physicalType", mark));
    let options = map.get("logicalTypeOptions").and_then(Node::map);
    let Some(logical) = logical else {
        let reason = if map.text("physicalType").is_some() {
            "its physical type is not known and it has no logical type"
        } else {
            "it has neither a logical nor a physical type"
        };
        no_type(reader, name, at, reason, "Add a `logicalType`.");
        return None;
    };
    let Some(data_type) = logical::scalar(logical, options) else {
        // Words that are no type were complained about already.
        if matches!(logical, "object" | "array" | "map" | "vector") {
            let hint = "Declare its parts under `properties`, `items`, `map` or `logicalTypeOptions`.";
            no_type(reader, name, at, "its parts are not declared", hint);
        }
        return None;
    };
    if logical == "number" && options.and_then(|options| options.text("format")).is_none() {
        let message = format!("the number `{}` is served as a 64-bit float", quote(name));
        let hint = "Write `physicalType: decimal(p,s)` for exact numbers, or `logicalTypeOptions: {format: f64}`.";
        reader.out.warn(codes::NUMBER_AS_FLOAT, at, message, hint);
    }
    Some(Typed { data_type, children: Vec::new() })
}

fn no_type(reader: &mut Reader<'_>, name: &str, at: Mark, reason: &str, hint: &str) {
    let message = format!("the type of column `{}` cannot be told: {reason}", quote(name));
    reader.out.error(codes::NO_TYPE, at, message, hint);
}

/// Precision and scale as importers leave them: custom properties, numbers or texts.
fn precision_and_scale(map: &Map) -> Option<(u8, i8)> {
    let property = |name: &str| {
        let (_, entry) = map
            .maps("customProperties")
            .find(|(_, entry)| entry.text("property").is_some_and(|property| &**property == name))?;
        entry.get("value")?.spelling()?.parse::<u8>().ok()
    };
    let (precision, scale) = (property("precision")?, i8::try_from(property("scale").unwrap_or(0)).ok()?);
    physical::decimal_type(precision, scale).map(|_| (precision, scale))
}

fn structure(children: Vec<Column>) -> Typed {
    let fields: Fields = children.iter().map(Column::field).collect();
    Typed { data_type: DataType::Struct(fields), children }
}

fn list(item: Column) -> Typed {
    Typed { data_type: DataType::List(Arc::new(item.field())), children: vec![item] }
}

fn map_of(key: Column, value: Column) -> Typed {
    let key_field = Field::new("key", key.data_type.clone(), false);
    let entries = DataType::Struct(Fields::from(vec![key_field, value.field()]));
    let data_type = DataType::Map(Arc::new(Field::new("entries", entries, false)), false);
    Typed { data_type, children: vec![key, value] }
}
