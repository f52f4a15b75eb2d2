//! The types of columns: "Schemas and Data Types" of the Iceberg specification, with "Appendix C: JSON serialization".

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde_json::Value as Json;

/// The most bytes of a fixed type that is read.
const FIXED_BYTES_MAX: i32 = 4_096;
/// How deep types may nest.
const DEPTH_MAX: usize = 64;
/// How many fields a schema may have, at every depth.
pub(crate) const FIELDS_MAX: usize = 100_000;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Primitive(Primitive),
    Struct(Vec<StructField>),
    List(Box<StructField>),
    Map(Box<StructField>, Box<StructField>),
    /// One that is not read, and what stands against it.
    Unread(String),
}

/// A type without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Primitive {
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Decimal(u8, i8),
    Date,
    Time,
    /// In microseconds; whether it is an instant.
    Timestamp(bool),
    /// In nanoseconds; whether it is an instant.
    TimestampNanos(bool),
    String,
    Uuid,
    Fixed(i32),
    Binary,
}

/// A field of a structure, the element of a list, key or value of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StructField {
    pub(crate) id: i32,
    pub(crate) name: Arc<str>,
    pub(crate) data_type: Type,
    /// What rows have that were written before the field was there, as JSON.
    pub(crate) initial_default: Option<String>,
    pub(crate) doc: Option<String>,
}

impl Type {
    /// The type as Arrow has it. Whatever is within a column may be NULL: a promise of the table is not believed of its
    /// files.
    pub(crate) fn arrow(&self) -> DataType {
        match self {
            Self::Primitive(primitive) => primitive.arrow(),
            Self::Struct(fields) => DataType::Struct(fields.iter().map(|field| Arc::new(field.arrow())).collect()),
            Self::List(element) => DataType::List(Arc::new(Field::new("element", element.data_type.arrow(), true))),
            Self::Map(key, value) => {
                let pair: Fields = vec![
                    Field::new("key", key.data_type.arrow(), false),
                    Field::new("value", value.data_type.arrow(), true),
                ]
                .into();
                DataType::Map(Arc::new(Field::new("entries", DataType::Struct(pair), false)), false)
            }
            Self::Unread(_) => DataType::Null,
        }
    }

    /// Whether columns of this type may have become columns of the other: "Schema Evolution". What has parts is looked at
    /// where it is read.
    pub(crate) fn becomes(&self, other: &Self) -> bool {
        use Primitive::{Date, Decimal, Double, Float, Int, Long, Timestamp, TimestampNanos};
        match (self, other) {
            (Self::Primitive(one), Self::Primitive(other)) => {
                one == other
                    || matches!((one, other), (Int, Long) | (Float, Double) | (Date, Timestamp(false) | TimestampNanos(false)))
                    || matches!((one, other), (Decimal(p, s), Decimal(q, t)) if p <= q && s == t)
            }
            (Self::Struct(_), Self::Struct(_)) | (Self::List(_), Self::List(_)) | (Self::Map(..), Self::Map(..)) => true,
            (Self::Unread(_), Self::Unread(_)) => true,
            _ => false,
        }
    }

    /// What stands against reading it, or a part of it.
    pub(crate) fn unread(&self) -> Option<&str> {
        match self {
            Self::Primitive(_) => None,
            Self::Struct(fields) => fields.iter().find_map(|field| field.data_type.unread()),
            Self::List(element) => element.data_type.unread(),
            Self::Map(key, value) => key.data_type.unread().or_else(|| value.data_type.unread()),
            Self::Unread(why) => Some(why),
        }
    }
}

impl StructField {
    fn arrow(&self) -> Field {
        Field::new(&*self.name, self.data_type.arrow(), true)
    }

    /// The fields in it.
    pub(crate) fn parts(&self) -> Vec<&StructField> {
        match &self.data_type {
            Type::Struct(fields) => fields.iter().collect(),
            Type::List(element) => vec![element],
            Type::Map(key, value) => vec![key, value],
            Type::Primitive(_) | Type::Unread(_) => Vec::new(),
        }
    }
}

impl Primitive {
    pub(crate) fn arrow(self) -> DataType {
        let zone = |instant: bool| instant.then(|| Arc::from("UTC"));
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp(instant) => DataType::Timestamp(TimeUnit::Microsecond, zone(instant)),
            Self::TimestampNanos(instant) => DataType::Timestamp(TimeUnit::Nanosecond, zone(instant)),
            Self::String => DataType::Utf8,
            Self::Uuid => DataType::FixedSizeBinary(16),
            Self::Fixed(length) => DataType::FixedSizeBinary(length),
            Self::Binary => DataType::Binary,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let within = |opening: &str, closing| name.strip_prefix(opening)?.trim_start().strip_suffix(closing);
        Some(match name {
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "date" => Self::Date,
            "time" => Self::Time,
            "timestamp" => Self::Timestamp(false),
            "timestamptz" => Self::Timestamp(true),
            "timestamp_ns" => Self::TimestampNanos(false),
            "timestamptz_ns" => Self::TimestampNanos(true),
            "string" => Self::String,
            "uuid" => Self::Uuid,
            "binary" => Self::Binary,
            _ => match (within("decimal(", ")"), within("fixed[", "]")) {
                (Some(inner), _) => {
                    let (precision, scale) = inner.split_once(',')?;
                    let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                    let sound = (1..=38).contains(&precision) && (0..=38).contains(&scale);
                    return sound.then_some(Self::Decimal(precision, scale));
                }
                (_, Some(length)) => Self::Fixed(length.trim().parse().ok().filter(|length| (1..=FIXED_BYTES_MAX).contains(length))?),
                _ => return None,
            },
        })
    }
}

/// The fields of a schema, or of a structure, out of its JSON.
///
/// # Errors
/// For what is no schema; a type that is not read is none of these errors.
pub(crate) fn fields(json: &Json) -> Result<Vec<StructField>, String> {
    Reading { found: HashSet::new() }.fields(json, 0)
}

struct Reading {
    /// The ids that were found.
    found: HashSet<i32>,
}

impl Reading {
    fn fields(&mut self, json: &Json, depth: usize) -> Result<Vec<StructField>, String> {
        let fields = json.get("fields").and_then(Json::as_array).ok_or("a structure has no fields")?;
        let fields = fields.iter().map(|field| {
            let name = field.get("name").and_then(Json::as_str).ok_or("a field has no name")?;
            let mut read = self.field(name, field.get("id"), field.get("type"), depth)?;
            read.initial_default = field.get("initial-default").filter(|value| !value.is_null()).map(Json::to_string);
            read.doc = field.get("doc").and_then(Json::as_str).map(str::to_owned);
            Ok(read)
        });
        let fields = fields.collect::<Result<Vec<_>, String>>()?;
        let mut names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
        names.sort_unstable();
        match names.windows(2).find(|two| two.first() == two.last()) {
            Some(two) => Err(format!("two fields are called `{}`", two.first().unwrap_or(&"").escape_debug())),
            None => Ok(fields),
        }
    }

    fn field(&mut self, name: &str, id: Option<&Json>, json: Option<&Json>, depth: usize) -> Result<StructField, String> {
        if self.found.len() >= FIELDS_MAX || depth > DEPTH_MAX {
            return Err(format!("it has more than {FIELDS_MAX} fields, or nests deeper than {DEPTH_MAX}"));
        }
        let named = || format!("field `{}`", name.escape_debug());
        let id = id.and_then(Json::as_i64).and_then(|id| i32::try_from(id).ok()).ok_or_else(|| format!("{} has no id", named()))?;
        if !self.found.insert(id) {
            return Err(format!("two fields have the id {id}"));
        }
        let json = json.ok_or_else(|| format!("{} has no type", named()))?;
        let data_type = match (json.as_str(), json.get("type").and_then(Json::as_str)) {
            (Some(primitive), _) => {
                let unread = || Type::Unread(format!("is of type `{}`, which is not read", primitive.escape_debug()));
                Primitive::parse(primitive).map_or_else(unread, Type::Primitive)
            }
            (_, Some("struct")) => Type::Struct(self.fields(json, depth + 1)?),
            (_, Some("list")) => {
                Type::List(Box::new(self.field("element", json.get("element-id"), json.get("element"), depth + 1)?))
            }
            (_, Some("map")) => Type::Map(
                Box::new(self.field("key", json.get("key-id"), json.get("key"), depth + 1)?),
                Box::new(self.field("value", json.get("value-id"), json.get("value"), depth + 1)?),
            ),
            (_, kind) => {
                let kind = kind.unwrap_or_default().escape_debug();
                Type::Unread(format!("is of type `{kind}`, which is not read"))
            }
        };
        Ok(StructField { id, name: Arc::from(name), data_type, initial_default: None, doc: None })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_read_as_the_specification_spells_them() {
        for (name, wanted) in [
            ("decimal(9,2)", Some(Primitive::Decimal(9, 2))),
            ("decimal(38, 10)", Some(Primitive::Decimal(38, 10))),
            ("decimal(39,0)", None),
            ("fixed[16]", Some(Primitive::Fixed(16))),
            ("fixed[0]", None),
            ("timestamptz_ns", Some(Primitive::TimestampNanos(true))),
            ("variant", None),
        ] {
            assert_eq!(Primitive::parse(name), wanted, "{name}");
        }
    }

    #[test]
    fn what_is_not_read_is_named_where_it_stands() {
        let schema = json!({"type": "struct", "fields": [
            {"id": 1, "name": "a", "required": true, "type": "long"},
            {"id": 2, "name": "b", "type": {"type": "list", "element-id": 3, "element": {"type": "struct", "fields": [
                {"id": 4, "name": "v", "type": "variant"}]}}},
        ]});
        let fields = fields(&schema).unwrap();
        assert_eq!(fields[0].data_type.unread(), None);
        assert_eq!(fields[1].data_type.unread(), Some("is of type `variant`, which is not read"));
        let twice = json!({"fields": [{"id": 1, "name": "a", "type": "int"}, {"id": 2, "name": "a", "type": "int"}]});
        assert_eq!(super::fields(&twice).unwrap_err(), "two fields are called `a`");
    }
}
