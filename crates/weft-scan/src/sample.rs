//! Some rows of a file, for those who publish it.
//!
//! Nothing is decided here about who may see them: this is for the command that describes data to its publisher, who
//! reads the files with rights of their own. The engine does not use it, and a test holds it to that.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_execution::memory_pool::GreedyMemoryPool;
use futures::TryStreamExt;
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;

use crate::calling::Calling;
use crate::file_reader::LakeReaderFactory;
use crate::footer::FooterCache;
use crate::meter::Meter;
use crate::panicking::caught_future;
use crate::parquet_port::{PARQUET, said};

/// The most that pages of unusual size may take.
const PAGES_BYTES_MAX: usize = 512 * 1024 * 1024;

/// The first rows of a file, under the names of its table. Deleted ones may be among them.
///
/// # Errors
/// When the file cannot be read or decoded.
pub async fn sample(
    at: PortLocation,
    file: LakeFile,
    footers: Arc<FooterCache>,
    rows_max: usize,
) -> Result<Vec<RecordBatch>, Error> {
    let name = file.meta.location.filename().unwrap_or_default().to_owned();
    let corrupt =
        |cause: &dyn std::fmt::Display| Error::Corrupt { file: name.clone(), format: PARQUET, cause: said(cause) };
    let factory = LakeReaderFactory {
        store: Arc::clone(&at.store),
        binding: Arc::clone(&at.binding),
        footers,
        meter: Arc::new(Meter::default()),
        coalesce: at.coalesce,
        calling: file.names.map(Calling::new),
        trail: Arc::default(),
        memory: Arc::new(GreedyMemoryPool::new(PAGES_BYTES_MAX)),
    };
    let rows = caught_future(async {
        let reader = ParquetRecordBatchStreamBuilder::new(factory.reader(0, file.meta)).await?;
        reader.with_limit(rows_max).with_batch_size(rows_max).build()?.try_collect().await
    });
    match rows.await {
        Some(rows) => rows.map_err(|cause: ParquetError| corrupt(&cause)),
        None => Err(corrupt(&"the decoder broke off")),
    }
}
