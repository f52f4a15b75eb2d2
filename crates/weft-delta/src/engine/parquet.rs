//! Checkpoints and their sidecars, read by the port's own checked reader.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use delta_kernel::engine::arrow_conversion::TryFromArrow;
use delta_kernel::engine::arrow_utils::{
    RowIndexBuilder, fixup_parquet_read, ordering_needs_row_indexes, parquet_read_plan,
};
use delta_kernel::engine::reader_options;
use delta_kernel::schema::{SchemaRef, StructType};
use delta_kernel::{
    EngineData, FileDataReadResultIterator, FileMeta, FileSize, KernelError, KernelResult, KernelResultIteratorStatic,
    ParquetFooter, ParquetHandler, PredicateRef,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;
use object_store::path::Path;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use url::Url;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

use super::{AT_ONCE, BATCH_ROWS, Waiting, read_only};
use super::canonical::canonical;
use crate::place;

/// The most parts of a checkpoint, sidecars among them.
const PARTS_MAX: usize = 10_000;

/// Parquet files of the log in the port's store.
pub(super) struct Checkpoints {
    pub(super) at: PortLocation,
    pub(super) files: Arc<dyn ParquetFiles>,
    pub(super) waiting: Waiting,
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints").field("at", &self.at).finish_non_exhaustive()
    }
}

impl ParquetHandler for Checkpoints {
    /// The predicate is only advice; what it would skip in files this small is not worth asking.
    fn read_parquet_files(
        &self,
        files: &[FileMeta],
        schema: SchemaRef,
        _: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        if files.len() > PARTS_MAX {
            return Err(KernelError::generic(format!("a checkpoint has more than {PARTS_MAX} parts")));
        }
        let (at, opener) = (self.at.clone(), Arc::clone(&self.files));
        let read = stream::iter(files.to_vec()).map(move |file| {
            let (at, opener, schema) = (at.clone(), Arc::clone(&opener), Arc::clone(&schema));
            async move {
                let reader = opener.reader(&at, meta(&file, &at.path)?, None);
                actions(&*opener, &at, reader, file, schema).await
            }
        });
        let read = read.buffered(AT_ONCE).try_flatten();
        Ok(Box::new(self.waiting.each(read.map_ok(|data| data as Box<dyn EngineData>).boxed())))
    }

    fn write_parquet_file(
        &self,
        _: Url,
        _: KernelResultIteratorStatic<Box<dyn EngineData>>,
    ) -> KernelResult<FileSize> {
        Err(read_only())
    }

    fn read_parquet_footer(&self, file: &FileMeta) -> KernelResult<ParquetFooter> {
        let mut reader = self.files.reader(&self.at, meta(file, &self.at.path)?, None);
        let footer =
            self.waiting.wait(async { Ok(ArrowReaderMetadata::load_async(&mut reader, reader_options()).await?) })?;
        Ok(ParquetFooter { schema: Arc::new(StructType::try_from_arrow(footer.schema().as_ref())?) })
    }
}

/// A file as it was listed, or as the log names it.
fn meta(file: &FileMeta, table: &Path) -> KernelResult<ObjectMeta> {
    let modified = chrono::DateTime::from_timestamp_millis(file.last_modified).unwrap_or_default();
    let location = place::path(&file.location, table)?;
    Ok(ObjectMeta { location, last_modified: modified, size: file.size, e_tag: None, version: None })
}

/// The actions in a file, in batches.
async fn actions(
    files: &dyn ParquetFiles,
    at: &PortLocation,
    mut reader: Box<dyn AsyncFileReader>,
    file: FileMeta,
    schema: SchemaRef,
) -> KernelResult<BoxStream<'static, KernelResult<Box<delta_kernel::engine::arrow_data::ArrowEngineData>>>> {
    let footer = ArrowReaderMetadata::load_async(&mut reader, reader_options()).await?;
    let read_as = ArrowReaderOptions::new().with_schema(Arc::new(files.schema(footer.metadata())?));
    let footer = ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), read_as)?;
    let at = at.clone();
    let (order, mask) = parquet_read_plan(&schema, &footer)?;
    let mut rows = match ordering_needs_row_indexes(&order) {
        true => Some(RowIndexBuilder::new(footer.metadata().row_groups()).build()?),
        false => None,
    };
    let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, footer).with_batch_size(BATCH_ROWS);
    if let Some(mask) = mask {
        builder = builder.with_projection(mask);
    }
    let batches = builder.build()?;
    Ok(batches
        .map(move |batch: Result<RecordBatch, _>| {
            let file = file.location.as_str();
            let data = fixup_parquet_read(batch?, &order, rows.as_mut(), Some(file), Some(&schema))?;
            canonical(data, &at).map(Box::new)
        })
        .boxed())
}
