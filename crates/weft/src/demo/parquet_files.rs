//! Records into Parquet files: several files, several row groups, page indexes, bloom filters on what is looked up.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::error::{Error, Result};

/// Where a table's files go.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What the table is called in messages.
    pub table: &'static str,
    /// One file `<path>.parquet`, or a folder `<path>/`, below the mesh root.
    pub path: &'static str,
    /// How many files; one means no folder.
    pub files: usize,
    /// Rows of a row group.
    pub row_group: usize,
}

/// What was written of a table.
#[derive(Clone, Debug)]
pub struct Written {
    /// What the table is called in messages.
    pub table: &'static str,
    /// Rows in all files.
    pub rows: usize,
    /// The files, relative to the mesh root, with their sizes in bytes.
    pub files: Vec<(PathBuf, u64)>,
}

/// Columns that get a bloom filter where a table has them.
const LOOKED_UP: &[&str] = &["customer_id", "email"];

/// Writes a table below the mesh root.
pub fn write<T>(
    root: &Path,
    target: Target,
    rows: &[T],
    columns: impl Fn(&[T]) -> Result<RecordBatch>,
) -> Result<Written> {
    let mut files = Vec::with_capacity(target.files);
    let share = rows.len().div_ceil(target.files.max(1)).max(1);
    for (number, part) in rows.chunks(share).enumerate() {
        let name = match target.files {
            0 | 1 => format!("{}.parquet", target.path),
            _ => format!("{}/part-{number:05}.parquet", target.path),
        };
        let bytes = write_file(&root.join(&name), target.row_group, part, &columns)?;
        files.push((PathBuf::from(name), bytes));
    }
    Ok(Written { table: target.table, rows: rows.len(), files })
}

/// Writes one file; how many bytes it has.
pub fn write_file<T>(
    path: &Path,
    row_group: usize,
    rows: &[T],
    columns: &impl Fn(&[T]) -> Result<RecordBatch>,
) -> Result<u64> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    }
    let file = File::create(path).map_err(Error::file("create", path))?;
    let mut writer: Option<ArrowWriter<File>> = None;
    let mut file = Some(file);
    for group in rows.chunks(row_group.max(1)) {
        let batch = columns(group)?;
        if let Some(file) = file.take() {
            writer = Some(ArrowWriter::try_new(file, batch.schema(), Some(properties(&batch, row_group)?))?);
        }
        if let Some(writer) = writer.as_mut() {
            writer.write(&batch)?;
            writer.flush()?;
        }
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(fs::metadata(path).map_err(Error::file("read", path))?.len())
}

fn properties(batch: &RecordBatch, row_group: usize) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(row_group.max(1)))
        .set_data_page_row_count_limit(8_192)
        .set_write_batch_size(4_096)
        .set_created_by("weft demo".to_owned());
    for column in LOOKED_UP.iter().filter(|column| batch.column_by_name(column).is_some()) {
        let path = ColumnPath::from(*column);
        let distinct = u64::try_from(row_group).unwrap_or(u64::MAX);
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), 0.01)
            .set_column_bloom_filter_max_ndv(path, distinct);
    }
    Ok(properties.build())
}
