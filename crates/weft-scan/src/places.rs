//! Where columns lie in a file.

use std::ops::Range;

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

/// The bytes of some columns, in order: beginnings and ends.
#[derive(Debug)]
pub(crate) struct Places(Vec<(u64, u64)>);

impl Places {
    /// Those of the columns that are wanted, in all row groups.
    pub(crate) fn of(footer: &ParquetMetaData, wanted: impl Fn(&ColumnChunkMetaData) -> bool) -> Self {
        let columns = footer.row_groups().iter().flat_map(|group| group.columns()).filter(|column| wanted(column));
        let ends = columns.map(|column| column.byte_range()).map(|(start, length)| (start, start + length));
        let mut places: Vec<(u64, u64)> = ends.collect();
        places.sort_unstable();
        // Columns that overlap count as one: then the last that begins before a range is the last that ends.
        places.dedup_by(|later, earlier| {
            let within = later.0 < earlier.1;
            if within {
                earlier.1 = earlier.1.max(later.1);
            }
            within
        });
        Self(places)
    }

    /// True when one of them lies in a range, in part at least.
    pub(crate) fn meet(&self, range: &Range<u64>) -> bool {
        let before = self.0.partition_point(|(start, _)| *start < range.end);
        self.0.get(..before).unwrap_or_default().last().is_some_and(|(_, end)| *end > range.start)
    }
}
