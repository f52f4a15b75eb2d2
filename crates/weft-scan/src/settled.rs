//! What a file's types are where its table says what they mean.
//!
//! A table format declares its columns, and writers are free in how they spell them in files: times without the note that
//! they are instants (INT96 has no such note at all), small integers as larger ones, texts as bytes, days in a column that
//! was widened to times. Where nothing declares, as with plain files, the file's own word stands.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

/// The type of a file's column, as far as the table's type decides what it is. Values that do not fit are found when they
/// are converted.
pub(crate) fn settled(file: &DataType, table: &DataType) -> DataType {
    use DataType::{Binary, BinaryView, Date32, Int8, Int16, Int32, LargeBinary, List, Map, Struct, Timestamp, Utf8View};
    match (file, table) {
        (Timestamp(_, _), Timestamp(TimeUnit::Microsecond, _))
        | (Date32, Timestamp(_, None))
        | (Int32 | Int16, Int8)
        | (Int32, Int16)
        | (Binary | LargeBinary | BinaryView, Utf8View) => table.clone(),
        (Struct(from), Struct(to)) => Struct(from.iter().map(|field| within(field, to)).collect::<Fields>()),
        (List(from), List(to)) => List(part(from, to)),
        (Map(from, sorted), Map(to, _)) => Map(part(from, to), *sorted),
        (file, _) => file.clone(),
    }
}

fn within(field: &FieldRef, table: &Fields) -> FieldRef {
    match table.iter().find(|other| other.name() == field.name()) {
        Some(other) => part(field, other),
        None => Arc::clone(field),
    }
}

fn part(field: &FieldRef, table: &FieldRef) -> FieldRef {
    match (field.data_type(), table.data_type()) {
        // The names of what a map is made of are the writer's own.
        (DataType::Struct(from), DataType::Struct(to)) if from.len() == to.len() && keyed(to) => {
            let pair: Fields = from.iter().zip(to).map(|(from, to)| part(from, to)).collect();
            Arc::new(Field::new(field.name(), DataType::Struct(pair), field.is_nullable()))
        }
        (from, to) => Arc::new(Field::new(field.name(), settled(from, to), field.is_nullable())),
    }
}

/// True for key and value of a map.
fn keyed(fields: &Fields) -> bool {
    matches!(&fields[..], [key, _] if key.name() == "key" && !key.is_nullable())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widen::widens;

    #[test]
    fn the_table_says_what_times_and_small_numbers_are() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let naive = DataType::Timestamp(TimeUnit::Microsecond, None);
        let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
        let list = |of: &DataType| DataType::List(Arc::new(Field::new("element", of.clone(), true)));
        let map = |name: &str, of: &DataType| {
            let pair = vec![Field::new("key", DataType::Utf8View, false), Field::new("value", of.clone(), true)];
            DataType::Map(Arc::new(Field::new(name, DataType::Struct(pair.into()), false)), false)
        };
        for (file, table) in [
            (naive.clone(), utc.clone()),
            (utc.clone(), naive.clone()),
            (nanos, utc.clone()),
            (DataType::Date32, naive.clone()),
            (DataType::Int32, DataType::Int8),
            (DataType::Binary, DataType::Utf8View),
            (list(&naive), list(&utc)),
            (map("key_value", &naive), map("entries", &utc)),
        ] {
            assert!(widens(&settled(&file, &table), &table), "{file} {table}");
        }
        for (file, table) in [
            (DataType::Int64, DataType::Int32),
            (DataType::Utf8, DataType::Int32),
            (DataType::Date32, utc),
            (DataType::Float64, DataType::Float32),
        ] {
            assert!(!widens(&settled(&file, &table), &table), "{file} {table}");
        }
    }
}
