//! The schema a client sees. FlightInfo, PollInfo, GetSchema, prepared statements and the data stream all use this one
//! function, so they cannot disagree.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};

use crate::wire::profile::Profile;

/// Field metadata that reaches clients with results. `REMARKS` is left out: JDBC shows it in place of the column's name.
const METADATA_KEPT: [&str; 4] =
    ["ARROW:FLIGHT:SQL:TYPE_NAME", "ARROW:FLIGHT:SQL:PRECISION", "ARROW:FLIGHT:SQL:SCALE", "weft:classification"];

/// Decimals of up to this precision fit 128 bits.
const DECIMAL128_PRECISION: u8 = 38;

/// The schema of a result as the client sees it: types it can read, every field nullable.
pub(crate) fn wire_schema(schema: &Schema, profile: Profile) -> SchemaRef {
    let fields: Fields = schema.fields().iter().map(|field| wire_field(field, profile)).collect();
    Arc::new(Schema::new(fields))
}

/// The schema of a statement's parameters as the client may bind them.
pub(crate) fn parameter_schema(schema: &Schema, profile: Profile) -> Schema {
    let fields: Fields = schema
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), parameter_type(field.data_type(), profile), true))
        .collect();
    Schema::new(fields)
}

fn parameter_type(data_type: &DataType, profile: Profile) -> DataType {
    match (data_type, profile) {
        // Nothing binds a value to a column of type Null.
        (DataType::Null, _) => DataType::Utf8,
        // The driver sends milliseconds since 1970, whatever unit was announced.
        (DataType::Timestamp(_, zone), Profile::Jdbc) => DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
        // A parameter is one value: the lossless forms have nothing to offer here.
        (_, Profile::Native) => wire_type(data_type, Profile::Unknown),
        _ => wire_type(data_type, profile),
    }
}

fn wire_field(field: &Field, profile: Profile) -> FieldRef {
    let metadata: HashMap<String, String> = METADATA_KEPT
        .iter()
        .filter_map(|key| field.metadata().get(*key).map(|value| ((*key).to_owned(), value.clone())))
        .collect();
    Arc::new(Field::new(field.name(), wire_type(field.data_type(), profile), true).with_metadata(metadata))
}

/// A field inside a nested type: nullable too, since a mask can empty it.
fn child(field: &Field, profile: Profile) -> FieldRef {
    Arc::new(Field::new(field.name(), wire_type(field.data_type(), profile), true))
}

/// The type in which values of a type reach a client.
pub(crate) fn wire_type(data_type: &DataType, profile: Profile) -> DataType {
    if profile == Profile::Native {
        return data_type.clone();
    }
    if profile == Profile::Odbc
        && let Some(narrow) = odbc_type(data_type)
    {
        return narrow;
    }
    if profile == Profile::Jdbc
        && let Some(plain) = jdbc_type(data_type)
    {
        return plain;
    }
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => wire_type(values, profile),
        DataType::RunEndEncoded(_, values) => wire_type(values.data_type(), profile),
        DataType::List(item) | DataType::ListView(item) => DataType::List(child(item, profile)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(child(item, profile)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(child(item, profile), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| child(field, profile)).collect()),
        DataType::Map(entries, sorted) => map_type(entries, *sorted, profile),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Decimal256(precision, scale) if *precision <= DECIMAL128_PRECISION => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Float16 => DataType::Float32,
        other => other.clone(),
    }
}

/// The format demands that entries and keys of a map are never NULL; some readers look for its parts by their names.
fn map_type(entries: &Field, sorted: bool, profile: Profile) -> DataType {
    let fields: Fields = match entries.data_type() {
        DataType::Struct(fields) => fields
            .iter()
            .zip([("key", false), ("value", true)])
            .map(|(field, (name, nullable))| Field::new(name, wire_type(field.data_type(), profile), nullable))
            .collect(),
        _ => Fields::empty(),
    };
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), sorted)
}

/// What the JDBC driver reads only if asked for by name: `getObject` of a timestamp with a zone fails in 18.3. In UTC,
/// the value without the zone is the same.
fn jdbc_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(unit, Some(zone)) if ["UTC", "Z", "+00:00", "Etc/UTC"].contains(&&**zone) => {
            Some(DataType::Timestamp(*unit, None))
        }
        _ => None,
    }
}

/// What the ODBC driver has no accessor for.
fn odbc_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::LargeBinary | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Decimal256(precision, _) if *precision > DECIMAL128_PRECISION => DataType::Utf8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_nullable_and_readable() {
        let schema = Schema::new(vec![
            Field::new("s", DataType::Utf8View, false).with_metadata(HashMap::from([
                ("ARROW:FLIGHT:SQL:TYPE_NAME".to_owned(), "string".to_owned()),
                ("ARROW:FLIGHT:SQL:REMARKS".to_owned(), "a name".to_owned()),
                ("PARQUET:field_id".to_owned(), "7".to_owned()),
            ])),
            Field::new_dictionary("d", DataType::UInt16, DataType::Utf8View, false),
            Field::new("l", DataType::new_list(DataType::Decimal64(9, 2), false), false),
        ]);
        let wire = wire_schema(&schema, Profile::Adbc);
        assert_eq!(wire.field(0).data_type(), &DataType::Utf8);
        assert_eq!(wire.field(0).metadata().len(), 1);
        assert_eq!(wire.field(1).data_type(), &DataType::Utf8);
        assert_eq!(wire.field(2).data_type(), &DataType::new_list(DataType::Decimal128(9, 2), true));
        assert!(wire.fields().iter().all(|field| field.is_nullable()));
    }

    #[test]
    fn the_parts_of_a_map_have_the_names_readers_look_for() {
        let entries = Fields::from(vec![
            Field::new("keys", DataType::Utf8View, false),
            Field::new("values", DataType::Utf8View, false),
        ]);
        let map = DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false);
        let entries =
            Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]);
        let wire = DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false);
        assert_eq!(wire_type(&map, Profile::Jdbc), wire);
        assert_eq!(wire_type(&map, Profile::Native), map);
    }

    #[test]
    fn native_keeps_types() {
        let schema = Schema::new(vec![Field::new("s", DataType::Utf8View, false)]);
        let wire = wire_schema(&schema, Profile::Native);
        assert_eq!(wire.field(0), &Field::new("s", DataType::Utf8View, true));
    }

    #[test]
    fn odbc_gets_what_it_has_accessors_for() {
        for (from, to) in [
            (DataType::LargeUtf8, DataType::Utf8),
            (DataType::Utf8View, DataType::Utf8),
            (DataType::FixedSizeBinary(3), DataType::Binary),
            (DataType::Decimal256(60, 2), DataType::Utf8),
            (DataType::Decimal256(20, 2), DataType::Decimal128(20, 2)),
        ] {
            assert_eq!(wire_type(&from, Profile::Odbc), to);
        }
        assert_eq!(wire_type(&DataType::LargeUtf8, Profile::Jdbc), DataType::LargeUtf8);
    }

    #[test]
    fn parameters_can_be_bound() {
        let schema = Schema::new(vec![
            Field::new("$1", DataType::Null, true),
            Field::new("$2", DataType::Timestamp(TimeUnit::Microsecond, None), true),
            Field::new("$3", DataType::Utf8View, true),
        ]);
        let types = |profile| -> Vec<DataType> {
            parameter_schema(&schema, profile).fields().iter().map(|field| field.data_type().clone()).collect()
        };
        assert_eq!(
            types(Profile::Jdbc),
            [DataType::Utf8, DataType::Timestamp(TimeUnit::Millisecond, None), DataType::Utf8]
        );
        assert_eq!(
            types(Profile::Native),
            [DataType::Utf8, DataType::Timestamp(TimeUnit::Microsecond, None), DataType::Utf8]
        );
    }
}
