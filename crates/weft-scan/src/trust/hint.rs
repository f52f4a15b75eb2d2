//! The writer's own Arrow schema, which says more of some columns than Parquet can.

use arrow_schema::DataType;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, parquet_to_arrow_schema};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{FileMetaData, KeyValue};

use crate::panicking::caught;

/// The most elements of lists of fixed length, lists in lists multiplied: a NULL takes as many as a list.
const ELEMENTS_MAX: u64 = 16 * 1024;

/// True when lists of fixed length are no longer than that.
fn held(data_type: &DataType, times: u64) -> bool {
    match data_type {
        DataType::FixedSizeList(item, size) => {
            let times = times.saturating_mul(u64::try_from(*size).unwrap_or(0).max(1));
            times <= ELEMENTS_MAX && held(item.data_type(), times)
        }
        DataType::Struct(fields) => fields.iter().all(|field| held(field.data_type(), times)),
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => held(item.data_type(), 1),
        _ => true,
    }
}

/// The pairs of the footer, without a schema that does not fit the columns or cannot be decoded: then they are what
/// Parquet says.
///
/// # Errors
/// When the columns cannot be read without it either.
pub(super) fn believed(file: &FileMetaData) -> Result<Option<Vec<KeyValue>>> {
    let read = |pairs: Option<&Vec<KeyValue>>| {
        // Types that Arrow does not know find where its decoder panics.
        caught(|| parquet_to_arrow_schema(file.schema_descr(), pairs))
            .unwrap_or_else(|| Err(ParquetError::General("its schema cannot be decoded".to_owned())))
    };
    let pairs = file.key_value_metadata();
    let hinted = pairs.is_some_and(|pairs| pairs.iter().any(|pair| pair.key == ARROW_SCHEMA_META_KEY));
    if !hinted || read(pairs).is_ok_and(|schema| schema.fields().iter().all(|field| held(field.data_type(), 1))) {
        return Ok(pairs.cloned());
    }
    let plain: Option<Vec<KeyValue>> =
        pairs.map(|pairs| pairs.iter().filter(|pair| pair.key != ARROW_SCHEMA_META_KEY).cloned().collect());
    read(plain.as_ref())?;
    Ok(plain)
}
