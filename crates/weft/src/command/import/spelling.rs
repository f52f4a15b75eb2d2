//! How a contract spells a type, so that it is served as it lies in the files.

use arrow_schema::{DataType, Field, TimeUnit};

use super::contract::quoted;

/// The lines that give a property its type, at an indentation.
pub(super) fn lines(data_type: &DataType, uuid: bool, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let scalar = |logical: Option<&str>, physical: &str| {
        let logical = logical.map_or_else(String::new, |logical| format!("{pad}logicalType: {logical}\n"));
        format!("{logical}{pad}physicalType: {physical}\n")
    };
    match data_type {
        DataType::Struct(fields) => {
            let mut text = format!("{pad}logicalType: object\n{pad}properties:\n");
            for field in fields {
                text.push_str(&format!("{pad}  - name: {}\n", quoted(field.name())));
                text.push_str(&lines(field.data_type(), false, indent + 4));
            }
            text
        }
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => {
            format!("{pad}logicalType: array\n{pad}items:\n{}", lines(item.data_type(), false, indent + 2))
        }
        DataType::Map(entries, _) => match parts(entries) {
            Some((key, value)) => format!(
                "{pad}logicalType: map\n{pad}map:\n{pad}  key:\n{}{pad}  value:\n{}",
                lines(key.data_type(), false, indent + 4),
                lines(value.data_type(), false, indent + 4)
            ),
            None => scalar(Some("map"), "map"),
        },
        DataType::Timestamp(unit, zone) => {
            let zone = zone.is_some();
            let physical = match (unit, zone) {
                (TimeUnit::Nanosecond, false) => "timestamp(ns, none)",
                (TimeUnit::Nanosecond, true) => "timestamptz_ns",
                (_, false) => "timestamp_ntz",
                (_, true) => "timestamptz",
            };
            format!(
                "{pad}logicalType: timestamp\n{pad}logicalTypeOptions: {{timezone: {zone}}}\n{pad}physicalType: {physical}\n"
            )
        }
        DataType::Dictionary(_, values) => lines(values, uuid, indent),
        DataType::RunEndEncoded(_, values) => lines(values.data_type(), uuid, indent),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            scalar(Some("number"), &format!("decimal({precision},{scale})"))
        }
        _ if uuid => scalar(Some("string"), "uuid"),
        other => {
            let (logical, physical) = plain(other);
            scalar(logical, physical)
        }
    }
}

fn plain(data_type: &DataType) -> (Option<&'static str>, &'static str) {
    match data_type {
        DataType::Boolean => (Some("boolean"), "boolean"),
        DataType::Int8 => (Some("integer"), "tinyint"),
        DataType::Int16 => (Some("integer"), "smallint"),
        DataType::Int32 => (Some("integer"), "int"),
        DataType::Int64 => (Some("integer"), "bigint"),
        DataType::UInt8 => (Some("integer"), "uint8"),
        DataType::UInt16 => (Some("integer"), "uint16"),
        DataType::UInt32 => (Some("integer"), "uint32"),
        DataType::UInt64 => (Some("integer"), "uint64"),
        DataType::Float16 => (Some("number"), "float16"),
        DataType::Float32 => (Some("number"), "float"),
        DataType::Float64 => (Some("number"), "double"),
        DataType::Date32 | DataType::Date64 => (Some("date"), "date"),
        DataType::Time64(TimeUnit::Nanosecond) => (Some("time"), "time_ns"),
        DataType::Time32(_) | DataType::Time64(_) => (Some("time"), "time"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            (Some("string"), "binary")
        }
        DataType::Duration(TimeUnit::Nanosecond) => (None, "duration_ns"),
        DataType::Duration(_) => (None, "duration"),
        DataType::Interval(_) => (None, "interval"),
        // Texts, and columns that hold nothing but NULL.
        _ => (Some("string"), "string"),
    }
}

fn parts(entries: &Field) -> Option<(&Field, &Field)> {
    match entries.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}
