//! Values as text formats hold them.
//!
//! JSON calls everything by a text, so the keys of a map become texts; a cell of CSV has no parts, so a nested value becomes
//! the text of its JSON.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::json::writer::{EncoderOptions, make_encoder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};

/// The batch with texts as keys of maps.
pub(super) fn named(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    replaced(batch, |field, column| keyed(field, column).map(Some))
}

/// The batch with nested values as the text of their JSON; NULL stays NULL.
pub(super) fn flat(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    replaced(batch, |field, column| {
        if !column.data_type().is_nested() {
            return Ok(None);
        }
        let column = keyed(field, column)?;
        let field: FieldRef = Arc::new(field.as_ref().clone().with_data_type(column.data_type().clone()));
        let options = EncoderOptions::default().with_explicit_nulls(true);
        let mut encoder = make_encoder(&field, column.as_ref(), &options)?;
        let nulls = column.logical_nulls();
        let texts = (0..column.len()).map(|row| {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            let mut text = Vec::new();
            encoder.encode(row, &mut text);
            Some(String::from_utf8_lossy(&text).into_owned())
        });
        Ok(Some(Arc::new(texts.collect::<StringArray>())))
    })
}

/// The batch with other columns where `other` has one.
fn replaced(
    batch: &RecordBatch,
    other: impl Fn(&FieldRef, &ArrayRef) -> Result<Option<ArrayRef>, ArrowError>,
) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let column = other(field, column)?.unwrap_or_else(|| Arc::clone(column));
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// The column with texts as keys of its maps, however deep they lie.
fn keyed(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let wanted = text_keys(field.data_type());
    if &wanted == column.data_type() { Ok(Arc::clone(column)) } else { cast(column, &wanted) }
}

fn text_keys(kind: &DataType) -> DataType {
    let within = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(text_keys(field.data_type())))
    };
    match kind {
        DataType::List(item) => DataType::List(within(item)),
        DataType::LargeList(item) => DataType::LargeList(within(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(within(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(within).collect()),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(pair) => {
                let pair = pair.iter().enumerate().map(|(at, field)| match (at, field.data_type()) {
                    (0, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => Arc::clone(field),
                    (0, _) => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
                    _ => within(field),
                });
                let pair = DataType::Struct(pair.collect());
                DataType::Map(Arc::new(entries.as_ref().clone().with_data_type(pair)), *sorted)
            }
            _ => kind.clone(),
        },
        _ => kind.clone(),
    }
}

/// A row of one column, which is NULL: enough to learn whether a format takes the type.
pub(super) fn sample(field: &Field) -> Result<RecordBatch, ArrowError> {
    let column = new_null_array(field.data_type(), 1);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field.clone().with_nullable(true)])), vec![column])
}
