//! The schema of a table, as the log has it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};

/// What the log keeps a column's comment under.
const COMMENT: &str = "comment";

/// The schema without what else the log says of its fields but their comments. Whatever is within a column may be NULL: a
/// promise of the table is not believed of its files.
pub(crate) fn bare(schema: &Schema) -> Schema {
    let column = |column: &FieldRef| {
        let said = column.metadata().get(COMMENT).map(|text| (COMMENT.to_owned(), text.clone()));
        Field::new(column.name(), data_type(column.data_type()), column.is_nullable()).with_metadata(said.into_iter().collect())
    };
    Schema::new(schema.fields().iter().map(column).collect::<Vec<_>>())
}

fn fields(fields: &Fields) -> Fields {
    fields.iter().map(field).collect()
}

fn field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), data_type(field.data_type()), true))
}

fn data_type(of: &DataType) -> DataType {
    match of {
        DataType::Struct(inner) => DataType::Struct(fields(inner)),
        DataType::List(item) => DataType::List(field(item)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(pair) = entries.data_type() else { return of.clone() };
            let pair: Fields = pair
                .iter()
                .enumerate()
                .map(|(at, part)| Arc::new(Field::new(part.name(), data_type(part.data_type()), at > 0)))
                .collect();
            DataType::Map(Arc::new(Field::new(entries.name(), DataType::Struct(pair), false)), *sorted)
        }
        other => other.clone(),
    }
}
