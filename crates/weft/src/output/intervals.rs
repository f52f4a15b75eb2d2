//! Intervals in Parquet files: months, days and milliseconds, four bytes each, least first and without a sign.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, RecordBatch};
use arrow::datatypes::IntervalMonthDayNanoType;
use arrow_schema::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::basic::ConvertedType;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::output::format::Cause;

/// The bytes of one.
const BYTES: i32 = 12;
const NANOS_PER_MILLI: i64 = 1_000_000;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// How a schema is stored: its Arrow form, and its Parquet form.
///
/// # Errors
/// When a column has no Parquet type.
pub(super) fn stored(schema: &Schema) -> Result<(SchemaRef, SchemaDescriptor), Cause> {
    let fields = schema.fields().iter().map(|field| match *field.data_type() == INTERVAL {
        true => Arc::new(Field::new(field.name(), DataType::FixedSizeBinary(BYTES), field.is_nullable())),
        false => Arc::clone(field),
    });
    let arrow = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let plain = ArrowSchemaConverter::new().convert(&arrow)?;
    let root = plain.root_schema();
    let columns = root
        .get_fields()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| match *field.data_type() == INTERVAL {
            true => marked(column),
            false => Ok(Arc::clone(column)),
        })
        .collect::<Result<Vec<_>, Cause>>()?;
    let root = Type::group_type_builder(root.name()).with_fields(columns).build()?;
    Ok((arrow, SchemaDescriptor::new(Arc::new(root))))
}

/// The column as an interval.
fn marked(column: &TypePtr) -> Result<TypePtr, Cause> {
    let info = column.get_basic_info();
    let marked = Type::primitive_type_builder(info.name(), column.get_physical_type())
        .with_repetition(info.repetition())
        .with_converted_type(ConvertedType::INTERVAL)
        .with_length(BYTES)
        .build()?;
    Ok(Arc::new(marked))
}

/// The rows as they are stored.
///
/// # Errors
/// When an interval is negative, or finer than a millisecond.
pub(super) fn rows(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Cause> {
    let columns = batch
        .columns()
        .iter()
        .map(|column| if *column.data_type() == INTERVAL { bytes(column) } else { Ok(Arc::clone(column)) })
        .collect::<Result<Vec<_>, Cause>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn bytes(column: &ArrayRef) -> Result<ArrayRef, Cause> {
    let mut out = FixedSizeBinaryBuilder::with_capacity(column.len(), BYTES);
    for interval in column.as_primitive::<IntervalMonthDayNanoType>() {
        let Some(interval) = interval else {
            out.append_null();
            continue;
        };
        let millis = interval.nanoseconds / NANOS_PER_MILLI;
        let parts = [u32::try_from(interval.months), u32::try_from(interval.days), u32::try_from(millis)];
        if interval.nanoseconds % NANOS_PER_MILLI != 0 || parts.iter().any(Result::is_err) {
            return Err("Parquet holds no interval that is negative or finer than a millisecond".into());
        }
        let parts: Vec<u8> = parts.into_iter().flatten().flat_map(u32::to_le_bytes).collect();
        out.append_value(parts)?;
    }
    Ok(Arc::new(out.finish()))
}
