//! Which column a range of a file belongs to.

use std::ops::Range;

use parquet::file::metadata::ParquetMetaData;

/// How many columns may lie in one place.
const OVERLAPPING_MAX: usize = 4;

/// Where the columns of every row group lie, in order.
#[derive(Debug)]
pub(crate) struct Chunks(Vec<Chunk>);

/// A column of a row group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) group: usize,
    pub(crate) column: usize,
    start: u64,
    end: u64,
    /// The furthest end of this one and of all that begin before it.
    reach: u64,
}

impl Chunk {
    /// True when a range is all of it.
    pub(crate) fn is(&self, range: &Range<u64>) -> bool {
        (self.start, self.end) == (range.start, range.end)
    }
}

impl Chunks {
    pub(crate) fn of(footer: &ParquetMetaData) -> Self {
        let mut chunks = Vec::new();
        // A row group without rows has no pages, and some writers place it anywhere.
        for (group, columns) in footer.row_groups().iter().enumerate().filter(|(_, group)| group.num_rows() > 0) {
            for (column, chunk) in columns.columns().iter().enumerate() {
                let (start, length) = chunk.byte_range();
                let end = start.saturating_add(length);
                chunks.push(Chunk { group, column, start, end, reach: end });
            }
        }
        chunks.sort_unstable_by_key(|chunk| chunk.start);
        let mut reach = 0;
        for chunk in &mut chunks {
            reach = chunk.end.max(reach);
            chunk.reach = reach;
        }
        Self(chunks)
    }

    /// True when one of them lies in a range, in part at least.
    pub(crate) fn meet(&self, range: &Range<u64>) -> bool {
        self.before(range).last().is_some_and(|chunk| chunk.reach > range.start)
    }

    /// Those that begin before a range ends.
    fn before(&self, range: &Range<u64>) -> &[Chunk] {
        let before = self.0.partition_point(|chunk| chunk.start < range.end);
        self.0.get(..before).unwrap_or_default()
    }

    /// Those that a range meets: one, where a file is sound. `None` when there are more than a reader looks at.
    pub(crate) fn meeting(&self, range: &Range<u64>) -> Option<Vec<Chunk>> {
        let mut met = Vec::with_capacity(1);
        for (passed, chunk) in self.before(range).iter().rev().enumerate() {
            if chunk.reach <= range.start {
                break;
            }
            if passed >= OVERLAPPING_MAX {
                return None;
            }
            if chunk.end > range.start {
                met.push(*chunk);
            }
        }
        Some(met)
    }
}
