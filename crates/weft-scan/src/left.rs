//! What is left of a part of a file of which rows are deleted.

use std::ops::Range;

use datafusion_common::{DataFusionError, Result};
use datafusion_datasource::FileRange;
use datafusion_datasource_parquet::{ParquetAccessPlan, RowGroupAccess};
use datafusion_execution::memory_pool::MemoryReservation;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use parquet::file::metadata::RowGroupMetaData;
use roaring::bitmap::Iter;
use roaring::{RoaringBitmap, RoaringTreemap};
use weft_port::error::Error;

use crate::parquet_port::PARQUET;

/// The most rows of a file of which some are deleted.
const ROWS_MAX: u64 = i32::MAX as u64;
/// The most turns between rows that are kept and rows that are skipped, of one part.
const TURNS_MAX: usize = 1 << 25;
/// So often is a selection held at the same time, from the plan to the reader that follows it: 3.4 times, as measured.
const COPIES: usize = 4;

/// Which row groups of a part of a file are read, and which rows of them; paid for as it grows.
///
/// A row group belongs to the part in which its first page begins, as for the Parquet source.
///
/// # Errors
/// When rows are deleted that the file does not have, unless `beyond` says that this may be; when it has more than [`ROWS_MAX`], or when memory is used up.
pub(crate) fn left(
    deleted: &RoaringTreemap,
    beyond: bool,
    groups: &[RowGroupMetaData],
    part: Option<&FileRange>,
    file: &str,
    paid: &MemoryReservation,
) -> Result<ParquetAccessPlan> {
    let corrupt = |cause: String| {
        DataFusionError::External(Box::new(Error::Corrupt { file: file.to_owned(), format: PARQUET, cause }))
    };
    let rows = |group: &RowGroupMetaData| u64::try_from(group.num_rows()).unwrap_or(0);
    let all: u64 = groups.iter().map(rows).fold(0, u64::saturating_add);
    if all > ROWS_MAX {
        return Err(corrupt(format!("has {all} rows, and {ROWS_MAX} are the most of a file with deleted rows")));
    }
    if !beyond && deleted.max().is_some_and(|last| last >= all) {
        return Err(corrupt("rows are said to be deleted that the file does not have".to_owned()));
    }
    // All of them: rows are counted in 31 bits.
    let none = RoaringBitmap::new();
    let deleted = deleted.bitmaps().find(|(high, _)| *high == 0).map_or(&none, |(_, bitmap)| bitmap);
    let mut turns = Turns { counted: 0, paid };
    let mut first = 0;
    let accesses = groups.iter().map(|group| {
        let next = first + u32::try_from(rows(group)).map_err(|_| corrupt("has too many rows".to_owned()))?;
        let rows = std::mem::replace(&mut first, next)..next;
        if part.is_some_and(|part| !part.contains(begin(group))) {
            return Ok(RowGroupAccess::Skip);
        }
        match deleted.range_cardinality(rows.clone()) {
            0 => Ok(RowGroupAccess::Scan),
            gone if gone == u64::from(rows.end - rows.start) => Ok(RowGroupAccess::Skip),
            _ => turns.of(deleted, rows, &corrupt).map(RowGroupAccess::Selection),
        }
    });
    Ok(ParquetAccessPlan::new(accesses.collect::<Result<_>>()?))
}

/// Where a row group begins: at the first page of its first column.
fn begin(group: &RowGroupMetaData) -> i64 {
    group.columns().first().map_or(0, |column| column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset()))
}

/// Counts the turns of a part and pays for them.
struct Turns<'a> {
    counted: usize,
    paid: &'a MemoryReservation,
}

impl Turns<'_> {
    /// The rows of one row group that are not deleted: what is kept and what is skipped, in turns.
    fn of(
        &mut self,
        deleted: &RoaringBitmap,
        rows: Range<u32>,
        corrupt: &dyn Fn(String) -> DataFusionError,
    ) -> Result<RowSelection> {
        let turns = 2 * Runs::of(deleted, rows.clone()).count() + 1;
        self.counted += turns;
        if self.counted > TURNS_MAX {
            return Err(corrupt(format!("has deleted rows in more than {} places", TURNS_MAX / 2)));
        }
        self.paid.try_grow(turns * COPIES * size_of::<RowSelector>())?;
        let mut selectors = Vec::with_capacity(turns);
        let mut from = rows.start;
        for run in Runs::of(deleted, rows.clone()) {
            if run.start > from {
                selectors.push(RowSelector::select((run.start - from) as usize));
            }
            selectors.push(RowSelector::skip((run.end - run.start) as usize));
            from = run.end;
        }
        if rows.end > from {
            selectors.push(RowSelector::select((rows.end - from) as usize));
        }
        Ok(RowSelection::from(selectors))
    }
}

/// Deleted rows by runs.
struct Runs<'a> {
    rows: Iter<'a>,
    /// What was met after the run before.
    met: Option<Range<u32>>,
}

/// So many rows on end, and the rest of the run is looked for at once: that takes longer than to meet a few rows, and a
/// vector of few bytes may have a run of very many.
const RUN_ROWS: u32 = 16;

impl<'a> Runs<'a> {
    fn of(deleted: &'a RoaringBitmap, rows: Range<u32>) -> Self {
        Self { rows: deleted.range(rows), met: None }
    }

    fn meet(&mut self, run: &Range<u32>) -> Option<Range<u32>> {
        // The last row of all is below 2^31.
        match run.end - run.start < RUN_ROWS {
            true => self.rows.next().map(|row| row..row + 1),
            false => self.rows.next_range().map(|rows| *rows.start()..rows.end() + 1),
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = Range<u32>;

    fn next(&mut self) -> Option<Range<u32>> {
        let mut run = self.met.take().or_else(|| self.meet(&(0..0)))?;
        while let Some(met) = self.meet(&run) {
            if met.start != run.end {
                self.met = Some(met);
                break;
            }
            run.end = met.end;
        }
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use datafusion_execution::memory_pool::{GreedyMemoryPool, MemoryConsumer, MemoryPool};
    use parquet::file::metadata::ColumnChunkMetaData;
    use parquet::schema::types::{SchemaDescriptor, Type};
    use proptest::prelude::*;

    use super::*;

    /// Row groups of so many rows, each of which begins a hundred bytes after the one before.
    fn groups(rows: &[u32]) -> Vec<RowGroupMetaData> {
        let column = Type::primitive_type_builder("a", parquet::basic::Type::INT32).build().unwrap();
        let root = Type::group_type_builder("root").with_fields(vec![Arc::new(column)]).build().unwrap();
        let schema = Arc::new(SchemaDescriptor::new(Arc::new(root)));
        let group = |(at, rows): (i64, &u32)| {
            let column = ColumnChunkMetaData::builder(schema.column(0)).set_data_page_offset(4 + 100 * at).build().unwrap();
            let group = RowGroupMetaData::builder(Arc::clone(&schema)).set_num_rows(i64::from(*rows));
            group.add_column_metadata(column).build().unwrap()
        };
        (0..).zip(rows).map(group).collect()
    }

    /// Which rows of the file are read.
    fn read(plan: &ParquetAccessPlan, rows: &[u32]) -> Vec<u32> {
        let mut read = Vec::new();
        let mut first = 0;
        for (access, rows) in plan.inner().iter().zip(rows) {
            match access {
                RowGroupAccess::Skip => {}
                RowGroupAccess::Scan => read.extend(first..first + rows),
                RowGroupAccess::Selection(selection) => {
                    let mut at = first;
                    for turn in selection.iter() {
                        let next = at + u32::try_from(turn.row_count).unwrap();
                        read.extend((at..next).filter(|_| !turn.skip));
                        at = next;
                    }
                    assert_eq!(at, first + rows, "a selection counts all rows of its row group");
                }
            }
            first += rows;
        }
        read
    }

    fn plan(deleted: &[u64], rows: &[u32], part: Option<FileRange>, bytes: usize) -> Result<ParquetAccessPlan> {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(bytes));
        let paid = MemoryConsumer::new("test").register(&pool);
        left(&deleted.iter().copied().collect(), false, &groups(rows), part.as_ref(), "f", &paid)
    }

    #[test]
    fn row_groups_are_read_whole_in_part_or_not_at_all() {
        let plan = plan(&[2, 3, 5], &[2, 2, 2], None, 1 << 20).unwrap();
        let half = RowSelection::from(vec![RowSelector::select(1), RowSelector::skip(1)]);
        assert_eq!(plan.inner(), [RowGroupAccess::Scan, RowGroupAccess::Skip, RowGroupAccess::Selection(half)]);
    }

    #[test]
    fn a_row_the_file_does_not_have_is_refused() {
        let refused = plan(&[6], &[2, 4], None, 1 << 20).unwrap_err().to_string();
        assert!(refused.contains("rows are said to be deleted that the file does not have"), "{refused}");
        assert!(plan(&[1 << 32], &[2, 4], None, 1 << 20).is_err());
        assert!(plan(&[0], &[i32::MAX as u32, 1], None, 1 << 20).is_err());
    }

    #[test]
    fn every_selection_is_paid_for() {
        let deleted: Vec<u64> = (0..1000).map(|row| 2 * row).collect();
        let two = 2 * (2 * 500 + 1) * COPIES * size_of::<RowSelector>();
        assert!(plan(&deleted, &[1000, 1000], None, two).is_ok());
        assert!(plan(&deleted, &[1000, 1000], None, two - 1).is_err());
    }

    proptest! {
        /// Whatever is deleted and however the file is taken apart: each row that is left is read once.
        #[test]
        fn parts_read_what_is_left_once(
            rows in prop::collection::vec(0_u32..90, 0..6),
            deleted in prop::collection::btree_set(0_u64..450, 0..200),
            run in 0_u64..450,
            length in 0_u64..100,
            cut in 0_i64..700,
        ) {
            let all = rows.iter().sum();
            let deleted: BTreeSet<u64> = deleted.into_iter().chain(run..run + length).filter(|row| *row < u64::from(all)).collect();
            let deleted: Vec<u64> = deleted.into_iter().collect();
            let part = |start, end| read(&plan(&deleted, &rows, Some(FileRange { start, end }), 1 << 20).unwrap(), &rows);
            let mut read_rows = part(0, cut);
            read_rows.extend(part(cut, 1_000));
            let expected: Vec<u32> = (0..all).filter(|row| !deleted.contains(&u64::from(*row))).collect();
            prop_assert_eq!(&read_rows, &expected);
            prop_assert_eq!(&read(&plan(&deleted, &rows, None, 1 << 20).unwrap(), &rows), &expected);
        }
    }
}
