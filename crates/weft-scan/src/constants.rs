//! Columns that have one value in all rows of a file.

use std::sync::Arc;

use datafusion_common::stats::Precision;
use datafusion_common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion_datasource::PartitionedFile;

/// The values of such columns, by their places in the table schema of a scan; on their way through plans.
///
/// The Parquet source puts a value in the place of a column that is known to have no other, whether or not the file holds it.
/// It is told so when the file's turn comes, and not before: what is known of a file that way says nothing of how many of its
/// rows are left, and plans are made by that.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    pub(crate) values: Arc<[(usize, ScalarValue)]>,
    /// How many columns the table schema has.
    pub(crate) columns: usize,
    /// How many rows the file has, deleted ones counted, where that is said.
    pub(crate) rows: Option<usize>,
}

impl Constants {
    /// The file, with what is known of these columns.
    pub(crate) fn told(&self, mut file: PartitionedFile) -> PartitionedFile {
        let mut known = file.statistics.take().map_or_else(
            || Statistics {
                num_rows: Precision::Absent,
                total_byte_size: Precision::Absent,
                column_statistics: vec![ColumnStatistics::default(); self.columns],
            },
            Arc::unwrap_or_clone,
        );
        for (place, value) in &*self.values {
            let Some(column) = known.column_statistics.get_mut(*place) else { continue };
            if value.is_null() {
                // As many as there are rows.
                let rows = self.rows.map_or(Precision::Absent, Precision::Exact);
                (known.num_rows, column.null_count) = (rows, rows);
            } else {
                column.null_count = Precision::Exact(0);
                column.min_value = Precision::Exact(value.clone());
                column.max_value = Precision::Exact(value.clone());
            }
        }
        file.statistics = Some(Arc::new(known));
        file
    }
}
