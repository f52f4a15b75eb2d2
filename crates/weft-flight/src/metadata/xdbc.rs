//! The data types of the server, as ODBC and JDBC describe types.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, ListBuilder, StringArray, StringBuilder};
use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use weft_proto::sql::{Nullable, Searchable, XdbcDataType as Xdbc, XdbcDatetimeSubcode as Subcode};

/// The schema of the answer.
pub(crate) fn schema() -> SchemaRef {
    let int = |name, nullable| Field::new(name, DataType::Int32, nullable);
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    let flag = |name, nullable| Field::new(name, DataType::Boolean, nullable);
    Arc::new(Schema::new(vec![
        text("type_name", false),
        int("data_type", false),
        int("column_size", true),
        text("literal_prefix", true),
        text("literal_suffix", true),
        Field::new("create_params", DataType::new_list(DataType::Utf8, false), true),
        int("nullable", false),
        flag("case_sensitive", false),
        int("searchable", false),
        flag("unsigned_attribute", true),
        flag("fixed_prec_scale", false),
        flag("auto_increment", true),
        text("local_type_name", true),
        int("minimum_scale", true),
        int("maximum_scale", true),
        int("sql_data_type", false),
        int("datetime_subcode", true),
        int("num_prec_radix", true),
        int("interval_precision", true),
    ]))
}

/// One type.
struct Type {
    name: &'static str,
    data_type: Xdbc,
    size: Option<i32>,
    /// What stands before and after a literal.
    quotes: Option<(&'static str, &'static str)>,
    params: &'static [&'static str],
    /// The least and the greatest scale.
    scale: Option<(i32, i32)>,
    radix: Option<i32>,
    subcode: Option<Subcode>,
}

const NUMBER: Type = Type {
    name: "",
    data_type: Xdbc::XdbcUnknownType,
    size: None,
    quotes: None,
    params: &[],
    scale: None,
    radix: Some(10),
    subcode: None,
};

const QUOTED: Type = Type { quotes: Some(("'", "'")), radix: None, ..NUMBER };

/// Every type, in the order of their numbers.
const TYPES: [Type; 15] = [
    Type { name: "BOOLEAN", data_type: Xdbc::XdbcBit, size: Some(1), radix: None, ..NUMBER },
    Type { name: "TINYINT", data_type: Xdbc::XdbcTinyint, size: Some(3), scale: Some((0, 0)), ..NUMBER },
    Type { name: "BIGINT", data_type: Xdbc::XdbcBigint, size: Some(19), scale: Some((0, 0)), ..NUMBER },
    Type { name: "BYTEA", data_type: Xdbc::XdbcVarbinary, quotes: Some(("X'", "'")), ..QUOTED },
    Type {
        name: "DECIMAL",
        data_type: Xdbc::XdbcNumeric,
        size: Some(76),
        scale: Some((0, 76)),
        params: &["precision", "scale"],
        ..NUMBER
    },
    Type {
        name: "DECIMAL",
        data_type: Xdbc::XdbcDecimal,
        size: Some(76),
        scale: Some((0, 76)),
        params: &["precision", "scale"],
        ..NUMBER
    },
    Type { name: "INTEGER", data_type: Xdbc::XdbcInteger, size: Some(10), scale: Some((0, 0)), ..NUMBER },
    Type { name: "SMALLINT", data_type: Xdbc::XdbcSmallint, size: Some(5), scale: Some((0, 0)), ..NUMBER },
    Type { name: "DOUBLE", data_type: Xdbc::XdbcFloat, size: Some(15), ..NUMBER },
    Type { name: "REAL", data_type: Xdbc::XdbcReal, size: Some(7), ..NUMBER },
    Type { name: "DOUBLE", data_type: Xdbc::XdbcDouble, size: Some(15), ..NUMBER },
    Type { name: "VARCHAR", data_type: Xdbc::XdbcVarchar, params: &["length"], ..QUOTED },
    Type {
        name: "DATE",
        data_type: Xdbc::XdbcDate,
        size: Some(10),
        quotes: Some(("DATE '", "'")),
        subcode: Some(Subcode::XdbcSubcodeYear),
        ..QUOTED
    },
    Type {
        name: "TIME",
        data_type: Xdbc::XdbcTime,
        size: Some(18),
        quotes: Some(("TIME '", "'")),
        scale: Some((0, 9)),
        subcode: Some(Subcode::XdbcSubcodeTime),
        ..QUOTED
    },
    Type {
        name: "TIMESTAMP",
        data_type: Xdbc::XdbcTimestamp,
        size: Some(29),
        quotes: Some(("TIMESTAMP '", "'")),
        scale: Some((0, 9)),
        subcode: Some(Subcode::XdbcSubcodeTimestamp),
        ..QUOTED
    },
];

impl Type {
    /// ODBC's verbose type: dates and times share a number.
    fn sql_data_type(&self) -> i32 {
        if self.subcode.is_some() { i32::from(Xdbc::XdbcDatetime) } else { i32::from(self.data_type) }
    }

    fn is_number(&self) -> bool {
        self.radix.is_some()
    }
}

/// The types, or the one with a number.
pub(crate) fn answer(data_type: Option<i32>) -> Result<RecordBatch, ArrowError> {
    let types: Vec<&Type> =
        TYPES.iter().filter(|known| data_type.is_none_or(|wanted| wanted == i32::from(known.data_type))).collect();
    let text = |value: fn(&Type) -> Option<&'static str>| -> ArrayRef {
        Arc::new(types.iter().map(|known| value(known)).collect::<StringArray>())
    };
    let int = |value: fn(&Type) -> Option<i32>| -> ArrayRef {
        Arc::new(types.iter().map(|known| value(known)).collect::<Int32Array>())
    };
    let flag = |value: fn(&Type) -> Option<bool>| -> ArrayRef {
        Arc::new(types.iter().map(|known| value(known)).collect::<BooleanArray>())
    };
    let mut params = ListBuilder::new(StringBuilder::new()).with_field(Field::new_list_field(DataType::Utf8, false));
    for known in &types {
        known.params.iter().for_each(|param| params.values().append_value(param));
        params.append(!known.params.is_empty());
    }
    RecordBatch::try_new(
        schema(),
        vec![
            text(|known| Some(known.name)),
            int(|known| Some(known.data_type.into())),
            int(|known| known.size),
            text(|known| known.quotes.map(|(before, _)| before)),
            text(|known| known.quotes.map(|(_, after)| after)),
            Arc::new(params.finish()),
            int(|_| Some(Nullable::NullabilityNullable.into())),
            flag(|known| Some(known.data_type == Xdbc::XdbcVarchar)),
            int(|_| Some(Searchable::Full.into())),
            flag(|known| known.is_number().then_some(false)),
            flag(|_| Some(false)),
            flag(|known| known.is_number().then_some(false)),
            text(|known| Some(known.name)),
            int(|known| known.scale.map(|(least, _)| least)),
            int(|known| known.scale.map(|(_, greatest)| greatest)),
            int(|known| Some(known.sql_data_type())),
            int(|known| known.subcode.map(i32::from)),
            int(|known| known.radix),
            int(|_| None),
        ],
    )
}
