//! What of a footer can be believed.
//!
//! A footer is written by whoever writes the file, and much of it is only advice: statistics may be computed in another
//! order, counts may be left out, offsets may lead anywhere. What decides which bytes are read is checked, and a file
//! that fails is refused; what only helps to skip is taken out where it cannot be believed, once, before anything reads
//! it. See "Statistics", "ColumnOrder" and "PageIndex" in the Parquet format's own description.

pub(crate) mod bounds;
mod chunk;
mod hint;
pub(crate) mod intervals;
pub(crate) mod lists;
mod page_index;

use std::collections::BTreeMap;
use std::sync::Arc;

use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataBuilder, RowGroupMetaData};
use parquet::schema::types::SchemaDescPtr;

/// Checks what leads to bytes, and drops bounds and bloom filters that cannot be believed.
///
/// # Errors
/// When a column's data lies outside of the file or in another one, or counts contradict each other.
pub(crate) fn believed(footer: ParquetMetaData, file_bytes: u64) -> Result<ParquetMetaData> {
    let mut builder = intervals::as_read(footer)?.into_builder();
    let groups = builder.take_row_groups();
    let footer = builder.build();
    let descr = footer.file_metadata().schema_descr_ptr();
    let orders = footer.file_metadata().column_orders().filter(|orders| orders.len() == descr.num_columns()).cloned();
    let order = |at: usize| orders.as_ref().and_then(|orders| orders.get(at).copied());
    let groups = groups
        .into_iter()
        .enumerate()
        .map(|(at, group)| believed_group(group, &order, file_bytes).map_err(|cause| within(at, &cause)))
        .collect::<Result<Vec<_>>>()?;
    let rows = groups.iter().try_fold(0_i64, |rows, group| rows.checked_add(group.num_rows()));
    let rows = rows.ok_or_else(|| ParquetError::General("its row groups count too many rows".to_owned()))?;
    let file = footer.file_metadata();
    // The row groups are what is read; readers pass over a file that says it has no rows.
    let file = FileMetaData::new(
        file.version(),
        rows,
        file.created_by().map(str::to_owned),
        hint::believed(file)?,
        descr,
        file.column_orders().cloned(),
    );
    Ok(ParquetMetaDataBuilder::new(file).set_row_groups(groups).build())
}

/// Drops the page index where it contradicts the footer or itself; says whether it was kept.
pub(crate) fn believed_page_index(footer: ParquetMetaData) -> (ParquetMetaData, bool) {
    page_index::believed(footer)
}

/// The footer without page index and without the offsets that would lead to one.
///
/// # Errors
/// When the parts do not fit together again, which parts of one footer do.
pub(crate) fn without_page_index(footer: ParquetMetaData) -> Result<ParquetMetaData> {
    let mut builder = footer.into_builder().set_column_index(None).set_offset_index(None);
    let groups = builder
        .take_row_groups()
        .into_iter()
        .map(|mut group| {
            for column in group.columns_mut() {
                *column = chunk::without_page_index(column.clone())?;
            }
            Ok(group)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(builder.set_row_groups(groups).build())
}

fn believed_group(
    mut group: RowGroupMetaData,
    order: &dyn Fn(usize) -> Option<parquet::basic::ColumnOrder>,
    file_bytes: u64,
) -> Result<RowGroupMetaData> {
    let rows = group.num_rows();
    if rows < 0 {
        return Err(ParquetError::General(format!("it counts {rows} rows")));
    }
    let mut data = Vec::with_capacity(group.num_columns());
    for (at, column) in group.columns_mut().iter_mut().enumerate() {
        let (sound, range) = chunk::sound(column.clone(), rows, file_bytes)?;
        *column = chunk::with_believed_bounds(sound, order(at))?;
        data.push(range);
    }
    data.sort_unstable_by_key(|range| range.start);
    let mut filters = BTreeMap::new();
    for column in group.columns_mut() {
        *column = chunk::with_believed_filter(column.clone(), &data, &mut filters, file_bytes)?;
    }
    Ok(group)
}

fn within(group: usize, cause: &ParquetError) -> ParquetError {
    ParquetError::General(format!("row group {group}: {cause}"))
}

/// The row group under another description of the same columns.
pub(crate) fn rebuilt(group: &RowGroupMetaData, descr: &SchemaDescPtr) -> Result<RowGroupMetaData> {
    let mut builder = RowGroupMetaData::builder(Arc::clone(descr))
        .set_num_rows(group.num_rows())
        .set_total_byte_size(group.total_byte_size())
        .set_sorting_columns(group.sorting_columns().cloned())
        .set_column_metadata(group.columns().to_vec());
    if let Some(ordinal) = group.ordinal() {
        builder = builder.set_ordinal(ordinal);
    }
    if let Some(offset) = group.file_offset() {
        builder = builder.set_file_offset(offset);
    }
    builder.build()
}
