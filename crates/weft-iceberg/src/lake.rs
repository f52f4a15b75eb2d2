//! What tables are read with: what is kept of their metadata, and who opens Parquet files of theirs.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Fields, Schema};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;
use weft_port::error::Error;
use weft_port::field_names::FieldNames;
use weft_port::files::ParquetFiles;

use crate::failure::corrupt;
use crate::kept::Kept;
use crate::table::Table;

/// The most bytes that the deletes about one data file may take.
const DELETES_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Rows of files of deletes that are read at a time.
const BATCH_ROWS: usize = 4_096;

/// What tables are read with.
pub(crate) struct Lake {
    pub(crate) kept: Kept,
    pub(crate) files_max: usize,
    pub(crate) files: Arc<dyn ParquetFiles>,
}

/// What the store said, if that is behind an error.
fn of_the_store<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a object_store::Error> {
    if let Some(found) = cause.downcast_ref::<object_store::Error>() {
        return Some(found);
    }
    if let Some(shared) = cause.downcast_ref::<Arc<ParquetError>>() {
        return of_the_store(&**shared);
    }
    match cause.downcast_ref::<ParquetError>() {
        Some(ParquetError::External(inner)) => of_the_store(&**inner),
        _ => cause.source().and_then(of_the_store),
    }
}

/// The schema with texts and bytes as views: what a dictionary holds once is not copied for each row.
fn views(schema: &Schema) -> Schema {
    fn viewed(field: &FieldRef) -> FieldRef {
        let data_type = match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            DataType::Struct(fields) => DataType::Struct(fields.iter().map(viewed).collect()),
            other => other.clone(),
        };
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    }
    Schema::new_with_metadata(schema.fields().iter().map(viewed).collect::<Fields>(), schema.metadata().clone())
}

impl Lake {
    /// Some columns of a Parquet file of a table, in order; those that the file lacks are missing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn read(
        &self,
        table: &Table,
        file: ObjectMeta,
        names: FieldNames,
        wanted: &[&str],
    ) -> Result<BoxStream<'static, Result<RecordBatch, Error>>, Error> {
        let at = table.place.at.clone();
        let path = file.location.clone();
        let told = move |cause: ParquetError| match of_the_store(&cause) {
            Some(object_store::Error::NotFound { .. }) => corrupt(&path, "it is not there, and the table names it"),
            Some(cause) => Error::Store { location: Arc::clone(&at.spelled), cause: Arc::from(cause.to_string()) },
            None => corrupt(&path, cause),
        };
        let mut reader = self.files.reader(&table.place.at, file, Some(&Arc::new(names)));
        let footer = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new()).await.map_err(&told)?;
        let schema = Arc::new(views(&self.files.schema(footer.metadata()).map_err(&told)?));
        let roots = schema.fields().iter().enumerate().filter(|(_, field)| wanted.contains(&field.name().as_str()));
        let roots: Vec<usize> = roots.map(|(at, _)| at).collect();
        let read_as = ArrowReaderOptions::new().with_schema(schema);
        let footer = ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), read_as).map_err(&told)?;
        let mask = ProjectionMask::roots(footer.metadata().file_metadata().schema_descr(), roots);
        let builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, footer);
        let batches = builder.with_batch_size(BATCH_ROWS).with_projection(mask).build().map_err(&told)?;
        Ok(batches.map_err(told).boxed())
    }

    /// Bounds what is held of deletes.
    ///
    /// # Errors
    /// When there is more.
    pub(crate) fn within(&self, held: usize, table: &Table) -> Result<(), Error> {
        match held > DELETES_BYTES_MAX {
            true => {
                let location = Arc::clone(&table.place.at.spelled);
                Err(Error::Limit { location, what: "bytes of deletes about one data file", limit: DELETES_BYTES_MAX })
            }
            false => Ok(()),
        }
    }
}
