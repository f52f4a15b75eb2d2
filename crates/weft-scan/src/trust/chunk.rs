//! One column of one row group.

use std::collections::BTreeMap;
use std::ops::Range;

use parquet::basic::ColumnOrder;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;

use super::bounds;

/// The magic number at the beginning of a file.
const MAGIC_BYTES: u64 = 4;
/// The smallest end of a file: the footer's length and the magic number.
const TAIL_BYTES: u64 = 8;
/// The longest bloom filter that is believed, as the format allows.
const FILTER_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The first bytes of a filter, which say how long it is.
const FILTER_HEAD_BYTES: u64 = 16;

/// The column with its beginning where it is, and the bytes it lies in.
pub(super) fn sound(
    column: ColumnChunkMetaData,
    rows: i64,
    file_bytes: u64,
) -> Result<(ColumnChunkMetaData, Range<u64>)> {
    let name = column.column_path().string();
    let wrong = |what: String| ParquetError::General(format!("column `{name}` {what}"));
    if column.file_path().is_some_and(|path| !path.is_empty()) {
        return Err(wrong("lies in another file, which is not supported".to_owned()));
    }
    // Some writers say 0 when there is no dictionary.
    let dictionary = column.dictionary_page_offset().filter(|at| (1..column.data_page_offset()).contains(at));
    let start = dictionary.unwrap_or_else(|| column.data_page_offset());
    let column = column.into_builder().set_dictionary_page_offset(dictionary).build()?;
    let start = u64::try_from(start).map_err(|_| wrong("begins before the file".to_owned()))?;
    let length = u64::try_from(column.compressed_size()).map_err(|_| wrong("has a negative length".to_owned()))?;
    let end = start.checked_add(length).filter(|end| *end <= file_bytes.saturating_sub(TAIL_BYTES));
    let end = end.ok_or_else(|| wrong(format!("ends at {start} + {length}, outside of {file_bytes} bytes")))?;
    if rows > 0 && length > 0 && start < MAGIC_BYTES {
        return Err(wrong("begins inside of the file's magic number".to_owned()));
    }
    let values = column.num_values();
    let flat = column.column_descr().max_rep_level() == 0;
    if values < 0 || (flat && values != rows) {
        return Err(wrong(format!("counts {values} values in {rows} rows")));
    }
    if column.uncompressed_size() < 0 {
        return Err(wrong("has a negative size".to_owned()));
    }
    Ok((column, start..end))
}

/// The column with as much of its statistics as can be believed.
pub(super) fn with_believed_bounds(
    column: ColumnChunkMetaData,
    order: Option<ColumnOrder>,
) -> Result<ColumnChunkMetaData> {
    let Some(statistics) = column.statistics() else { return Ok(column) };
    match bounds::believed(statistics, column.column_descr(), column.num_values(), order) {
        Some(believed) if believed == *statistics => Ok(column),
        Some(believed) => column.into_builder().set_statistics(believed).build(),
        None => column.into_builder().clear_statistics().build(),
    }
}

/// The column without a bloom filter that lies where one cannot be: a filter read from other bytes would skip rows.
pub(super) fn with_believed_filter(
    column: ColumnChunkMetaData,
    data: &[Range<u64>],
    seen: &mut BTreeMap<u64, u64>,
    file_bytes: u64,
) -> Result<ColumnChunkMetaData> {
    let Some(offset) = column.bloom_filter_offset() else { return Ok(column) };
    let length = match column.bloom_filter_length() {
        Some(length) => u64::try_from(length).ok().filter(|length| (1..=FILTER_BYTES_MAX).contains(length)),
        None => Some(FILTER_HEAD_BYTES),
    };
    let range = u64::try_from(offset).ok().zip(length).and_then(|(start, length)| {
        let end = start.checked_add(length).filter(|end| *end <= file_bytes.saturating_sub(TAIL_BYTES))?;
        (start >= MAGIC_BYTES).then_some(start..end)
    });
    match range {
        Some(range) if !overlaps(data, &range) && !taken(seen, &range) => {
            seen.insert(range.start, range.end);
            Ok(column)
        }
        _ => column.into_builder().set_bloom_filter_offset(None).set_bloom_filter_length(None).build(),
    }
}

/// The column without the offsets of its page index.
pub(super) fn without_page_index(column: ColumnChunkMetaData) -> Result<ColumnChunkMetaData> {
    column
        .into_builder()
        .set_column_index_offset(None)
        .set_column_index_length(None)
        .set_offset_index_offset(None)
        .set_offset_index_length(None)
        .build()
}

/// Whether a range crosses one of many, which are in order and do not cross each other.
fn overlaps(sorted: &[Range<u64>], range: &Range<u64>) -> bool {
    let after = sorted.partition_point(|one| one.start < range.end);
    sorted.get(..after).unwrap_or_default().iter().rev().take(1).any(|one| crosses(one, range))
}

/// Whether a range crosses one of many, from their beginnings to their ends, which do not cross each other.
fn taken(seen: &BTreeMap<u64, u64>, range: &Range<u64>) -> bool {
    seen.range(..range.end).next_back().is_some_and(|(_, end)| *end > range.start)
}

fn crosses(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}
