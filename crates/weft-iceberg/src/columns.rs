//! The columns of a table as one schema of it has them, and what its files call them.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use datafusion_common::ScalarValue;
use serde_json::Value as Json;
use weft_port::field_names::{FieldName, FieldNames, FoundBy, MappedName};

use crate::data_type::{Primitive, StructField, Type};

/// What a column's comment is kept under.
const COMMENT: &str = "comment";
/// How Arrow marks what is more than its type: sixteen bytes that are a UUID.
const EXTENSION: &str = "ARROW:extension:name";
const UUID: &str = "arrow.uuid";
/// How deep a mapping of names may nest.
const DEPTH_MAX: usize = 64;

/// The columns that are read.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) schema: SchemaRef,
    /// The columns, as [`Columns::schema`] has them.
    pub(crate) fields: Vec<StructField>,
    /// Those that are not read, and why.
    pub(crate) unread: Vec<(Arc<str>, String)>,
    pub(crate) names: Arc<FieldNames>,
}

impl Columns {
    /// The columns of a schema, and what files without field ids call them.
    ///
    /// # Errors
    /// For a mapping of names that is none.
    pub(crate) fn of(fields: &[StructField], mapping: Option<&Json>) -> Result<Self, String> {
        let (mut read, mut unread, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for field in fields {
            let why = field.data_type.unread().map(str::to_owned);
            match why.map_or_else(|| name(field), Err) {
                Ok(known) => {
                    read.push(field.clone());
                    names.push(known);
                }
                Err(why) => unread.push((Arc::clone(&field.name), why)),
            }
        }
        let column = |field: &StructField| {
            let comment = field.doc.iter().map(|doc| (COMMENT.to_owned(), doc.clone()));
            let uuid = (field.data_type == Type::Primitive(Primitive::Uuid)).then(|| (EXTENSION.to_owned(), UUID.to_owned()));
            Field::new(&*field.name, field.data_type.arrow(), true).with_metadata(comment.chain(uuid).collect())
        };
        let schema = Arc::new(Schema::new(read.iter().map(column).collect::<Vec<_>>()));
        let names = Arc::new(FieldNames { found: found(mapping)?, fields: names });
        Ok(Self { schema, fields: read, unread, names })
    }

    /// Number and type of a column that has no parts.
    pub(crate) fn plain(&self, name: &str) -> Option<(i32, Primitive)> {
        self.fields.iter().find(|field| *field.name == *name).and_then(|field| match field.data_type {
            Type::Primitive(primitive) => Some((field.id, primitive)),
            _ => None,
        })
    }
}

/// What files are gone by, given the mapping that a table has.
///
/// # Errors
/// For a mapping that is none.
pub(crate) fn found(mapping: Option<&Json>) -> Result<FoundBy, String> {
    Ok(match mapping {
        Some(mapping) => FoundBy::NumberOr(mapped(mapping, 0)?),
        None => FoundBy::NumberOrPlace,
    })
}

fn mapped(mapping: &Json, depth: usize) -> Result<Vec<MappedName>, String> {
    let list = mapping.as_array().filter(|_| depth <= DEPTH_MAX).ok_or("its mapping of names is not one")?;
    let one = |json: &Json| {
        let names = json.get("names").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(MappedName {
            names: names.iter().filter_map(Json::as_str).map(Arc::from).collect(),
            id: json.get("field-id").and_then(Json::as_i64).and_then(|id| i32::try_from(id).ok()),
            fields: json.get("fields").filter(|fields| !fields.is_null()).map_or(Ok(Vec::new()), |fields| mapped(fields, depth + 1))?,
        })
    };
    list.iter().map(one).collect()
}

/// What a field is called, and what it is where files lack it.
///
/// # Errors
/// With what stands against reading it.
pub(crate) fn name(field: &StructField) -> Result<FieldName, String> {
    let default = match (&field.initial_default, &field.data_type) {
        (None, _) => None,
        (Some(text), Type::Primitive(primitive)) => {
            let json: Option<Json> = serde_json::from_str(text).ok();
            let value = json.and_then(|json| default(&json, *primitive));
            Some(value.ok_or_else(|| format!("has the default `{}`, which is none of its type", text.escape_debug()))?)
        }
        (Some(_), _) => return Err("has a default, and is no plain column".to_owned()),
    };
    let children = field.parts().into_iter().map(name).collect::<Result<_, _>>()?;
    Ok(FieldName { table: Arc::clone(&field.name), file: Arc::clone(&field.name), id: Some(field.id), default, children })
}

/// A value as defaults are written: "JSON single-value serialization".
fn default(json: &Json, primitive: Primitive) -> Option<ScalarValue> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    let bytes = |text: &str| {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').map(|byte| char::from(byte).to_digit(16)).map(|digit| u8::try_from(digit?).ok()).collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect::<Vec<u8>>())
    };
    match primitive {
        Primitive::String => Some(ScalarValue::Utf8(Some(text))),
        Primitive::Uuid | Primitive::Fixed(_) | Primitive::Binary => {
            let bytes = bytes(&text)?;
            crate::single_value::typed(&bytes, primitive)
        }
        _ => ScalarValue::Utf8(Some(text)).cast_to(&primitive.arrow()).ok().filter(|value| !value.is_null()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_read_as_they_are_written() {
        let micros = Some(1_510_871_468_123_456);
        for (json, primitive, wanted) in [
            (json!(true), Primitive::Boolean, Some(ScalarValue::Boolean(Some(true)))),
            (json!(34), Primitive::Int, Some(ScalarValue::Int32(Some(34)))),
            (json!(1.5), Primitive::Double, Some(ScalarValue::Float64(Some(1.5)))),
            (json!("14.20"), Primitive::Decimal(9, 2), Some(ScalarValue::Decimal128(Some(1420), 9, 2))),
            (json!("2017-11-16"), Primitive::Date, Some(ScalarValue::Date32(Some(17_486)))),
            (json!("2017-11-16T22:31:08.123456"), Primitive::Timestamp(false), Some(ScalarValue::TimestampMicrosecond(micros, None))),
            (json!("2017-11-16T22:31:08.123456+00:00"), Primitive::Timestamp(true), Some(ScalarValue::TimestampMicrosecond(micros, Some("UTC".into())))),
            (json!("000102ff"), Primitive::Binary, Some(ScalarValue::Binary(Some(vec![0, 1, 2, 255])))),
            (json!("00"), Primitive::Fixed(2), None),
            (json!("x"), Primitive::Int, None),
            (json!([1]), Primitive::Int, None),
        ] {
            assert_eq!(default(&json, primitive), wanted, "{json}");
        }
    }
}
