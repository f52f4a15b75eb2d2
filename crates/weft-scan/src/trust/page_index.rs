//! The page index: where pages begin, and what lies within them.

use parquet::basic::ColumnOrder;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;

use super::bounds::{Compared, bytes, compared};

/// Writers that cut long bounds short and do not round the greatest up: it is less than what is there.
const CUTTING: [&str; 1] = ["github.com/segmentio/parquet-go"];

/// The most pages of a column in a row group that are found by an index: the decoder looks for each among all that it holds.
const PAGES_MAX: usize = 10_000;

/// The footer with as much of its page index as can be believed, and whether the page index may stay at all: pages that
/// cannot be where they are said to be make all of it doubtful.
pub(super) fn believed(footer: ParquetMetaData) -> (ParquetMetaData, bool) {
    let Some(offsets) = footer.offset_index() else { return (footer, true) };
    let groups = footer.row_groups();
    let sound = offsets.len() == groups.len()
        && groups.iter().zip(offsets).all(|(group, pages)| {
            pages.len() == group.num_columns()
                && group.columns().iter().zip(pages).all(|(column, pages)| in_place(column, pages, group.num_rows()))
        });
    if !sound {
        return (footer, false);
    }
    let orders = footer.file_metadata().column_orders().cloned();
    let known = |at: usize| {
        matches!(orders.as_ref().and_then(|orders| orders.get(at)), Some(ColumnOrder::TYPE_DEFINED_ORDER(_)))
    };
    let cut = footer.file_metadata().created_by().is_some_and(|writer| CUTTING.iter().any(|one| writer.starts_with(one)));
    let counts: Vec<Vec<usize>> =
        offsets.iter().map(|pages| pages.iter().map(|pages| pages.page_locations().len()).collect()).collect();
    let mut builder = footer.into_builder();
    let Some(mut index) = builder.take_column_index() else { return (builder.build(), true) };
    for ((group, columns), counts) in builder.row_groups().iter().zip(&mut index).zip(&counts) {
        for (at, (chunk, column)) in group.columns().iter().zip(columns.iter_mut()).enumerate() {
            let pages = counts.get(at).copied().unwrap_or_default();
            let texts = matches!(column, ColumnIndexMetaData::BYTE_ARRAY(_) | ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(_));
            if !known(at) || (cut && texts) || !ordered(chunk, column, pages) {
                *column = ColumnIndexMetaData::NONE;
            }
        }
    }
    (builder.set_column_index(Some(index)).build(), true)
}

/// Whether pages follow each other from the beginning of their column's data to its end, and their rows inside of the row
/// group. Were one left out, its rows would be.
fn in_place(column: &ColumnChunkMetaData, pages: &OffsetIndexMetaData, rows: i64) -> bool {
    if pages.page_locations().len() > PAGES_MAX {
        return false;
    }
    let (start, length) = column.byte_range();
    let (Ok(mut free), Some(end)) = (i64::try_from(start), start.checked_add(length)) else { return false };
    let Ok(end) = i64::try_from(end) else { return false };
    let mut first_row = -1;
    let mut first = true;
    for page in pages.page_locations() {
        let begins = if first { page.offset == column.data_page_offset() } else { page.offset == free };
        let rows_follow = if first { page.first_row_index == 0 } else { page.first_row_index > first_row };
        let Some(after) = page.offset.checked_add(page.compressed_page_size.into()) else { return false };
        if !begins || !rows_follow || page.compressed_page_size <= 0 || after > end || page.first_row_index >= rows {
            return false;
        }
        (free, first_row, first) = (after, page.first_row_index, false);
    }
    // A column of no rows has no pages; one of rows has some.
    if first { rows == 0 } else { free == end }
}

/// Whether bounds are in order on every page, and there is one for each.
fn ordered(chunk: &ColumnChunkMetaData, index: &ColumnIndexMetaData, pages: usize) -> bool {
    // An index of nothing has no pages to ask about.
    if matches!(index, ColumnIndexMetaData::NONE) {
        return true;
    }
    let descr = chunk.column_descr();
    if u64::try_from(pages) != Ok(index.num_pages()) || (index.null_counts().is_none() && descr.max_def_level() > 0) {
        return false;
    }
    let compared = compared(descr);
    match index {
        ColumnIndexMetaData::NONE => true,
        ColumnIndexMetaData::BOOLEAN(pages) => {
            pages.min_values_iter().zip(pages.max_values_iter()).all(|bounds| not_after(bounds, |one, other| one <= other))
        }
        ColumnIndexMetaData::INT32(pages) => {
            pages.min_values_iter().zip(pages.max_values_iter()).all(|bounds| {
                not_after(bounds, |one, other| match compared {
                    Compared::Unsigned => one.cast_unsigned() <= other.cast_unsigned(),
                    _ => one <= other,
                })
            })
        }
        ColumnIndexMetaData::INT64(pages) => {
            pages.min_values_iter().zip(pages.max_values_iter()).all(|bounds| {
                not_after(bounds, |one, other| match compared {
                    Compared::Unsigned => one.cast_unsigned() <= other.cast_unsigned(),
                    _ => one <= other,
                })
            })
        }
        // Nothing is known of NaN, and INT96 has no order.
        ColumnIndexMetaData::INT96(_) | ColumnIndexMetaData::FLOAT(_) | ColumnIndexMetaData::DOUBLE(_) => false,
        ColumnIndexMetaData::BYTE_ARRAY(pages) | ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(pages) => {
            pages.min_values_iter().zip(pages.max_values_iter()).all(|bounds| {
                not_after(bounds, |one, other| bytes(one, other, compared).is_some_and(std::cmp::Ordering::is_le))
            })
        }
    }
}

/// Whether a page's bounds are in order; a page of NULLs has none.
fn not_after<T>(bounds: (Option<T>, Option<T>), in_order: impl Fn(T, T) -> bool) -> bool {
    match bounds {
        (Some(least), Some(greatest)) => in_order(least, greatest),
        (None, None) => true,
        _ => false,
    }
}
