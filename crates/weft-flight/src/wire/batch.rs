//! Casts a batch to the schema the client was told.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::{CastOptions, cast_with_options, take};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, FieldRef, SchemaRef};

/// A batch of the engine as a batch of the wire schema: same columns, same rows, no bytes beyond those rows.
pub(crate) fn wire_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    if batch.num_columns() != schema.fields().len() {
        return Err(ArrowError::SchemaError("the result has another number of columns than announced".to_owned()));
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| convert(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &rows)
}

/// An array as an array of another type.
///
/// Nested types are rebuilt field by field, since casting them as a whole loses the names and the nullability that the
/// schema announced. Views that stay views are compacted: IPC writes all buffers of a view array for every slice of it.
fn convert(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, ArrowError> {
    match (array.data_type(), target) {
        (DataType::Utf8View, DataType::Utf8View) => Ok(Arc::new(array.as_string_view().gc())),
        (DataType::BinaryView, DataType::BinaryView) => Ok(Arc::new(array.as_binary_view().gc())),
        (from, to) if from == to && !from.is_nested() => Ok(Arc::clone(array)),
        (DataType::Dictionary(..), DataType::Dictionary(..)) => cast(array, target),
        (DataType::Dictionary(..), _) => {
            let dictionary = array.as_any_dictionary();
            convert(&take(dictionary.values(), dictionary.keys(), None)?, target)
        }
        (DataType::RunEndEncoded(_, values), to) if !matches!(to, DataType::RunEndEncoded(..)) => {
            convert(&cast(array, values.data_type())?, target)
        }
        (DataType::ListView(item), DataType::List(_)) => {
            convert(&cast(array, &DataType::List(Arc::clone(item)))?, target)
        }
        (DataType::LargeListView(item), DataType::LargeList(_)) => {
            convert(&cast(array, &DataType::LargeList(Arc::clone(item)))?, target)
        }
        (DataType::List(_), DataType::List(item)) => list(array.as_list::<i32>(), item),
        (DataType::LargeList(_), DataType::LargeList(item)) => list(array.as_list::<i64>(), item),
        (DataType::FixedSizeList(..), DataType::FixedSizeList(item, size)) => {
            let from = array.as_fixed_size_list();
            let values = convert(from.values(), item.data_type())?;
            Ok(Arc::new(FixedSizeListArray::try_new_with_length(
                Arc::clone(item),
                *size,
                values,
                from.nulls().cloned(),
                from.len(),
            )?))
        }
        (DataType::Struct(_), DataType::Struct(_)) => Ok(Arc::new(fields(array.as_struct(), target)?)),
        (DataType::Map(..), DataType::Map(entries, sorted)) => map(array.as_map(), entries, *sorted),
        _ => cast(array, target),
    }
}

fn cast(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, ArrowError> {
    // A value that does not fit is an error, never a silent NULL.
    cast_with_options(array, target, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Offsets from zero, and where the values they refer to begin and how many there are.
fn rebase<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (OffsetBuffer<O>, usize, usize) {
    let start = offsets.first().copied().unwrap_or_default();
    let end = offsets.last().copied().unwrap_or_default();
    let rebased: ScalarBuffer<O> = offsets.iter().map(|offset| *offset - start).collect();
    (OffsetBuffer::new(rebased), start.as_usize(), (end - start).as_usize())
}

fn list<O: OffsetSizeTrait>(from: &GenericListArray<O>, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
    let (offsets, start, length) = rebase(from.offsets());
    let values = convert(&from.values().slice(start, length), item.data_type())?;
    Ok(Arc::new(GenericListArray::<O>::try_new(Arc::clone(item), offsets, values, from.nulls().cloned())?))
}

fn fields(from: &StructArray, target: &DataType) -> Result<StructArray, ArrowError> {
    let DataType::Struct(fields) = target else {
        return Err(ArrowError::SchemaError("a struct can only become a struct".to_owned()));
    };
    let columns = from
        .columns()
        .iter()
        .zip(fields)
        .map(|(column, field)| convert(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    StructArray::try_new_with_length(fields.clone(), columns, from.nulls().cloned(), from.len())
}

fn map(from: &MapArray, entries: &FieldRef, sorted: bool) -> Result<ArrayRef, ArrowError> {
    let (offsets, start, length) = rebase(from.offsets());
    let values = fields(&from.entries().slice(start, length), entries.data_type())?;
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, values, from.nulls().cloned(), sorted)?))
}

#[cfg(test)]
mod tests;
