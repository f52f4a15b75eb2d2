//! Opening Iceberg tables.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Fields, Schema};
use async_trait::async_trait;
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
use weft_port::location::PortLocation;
use weft_port::reader::{AsOf, Kept as Counted, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::failure::{corrupt, refused, unread};
use crate::kept::Kept;
use crate::pointer;
use crate::snapshot::IcebergSnapshot;
use crate::table::Table;

/// The most files that a table may have.
pub const FILES_MAX: usize = 1_000_000;
/// The most bytes that the deletes about one data file may take.
const DELETES_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Rows of files of deletes that are read at a time.
const BATCH_ROWS: usize = 4_096;
/// The format's name.
pub const ICEBERG: &str = "iceberg";

/// Opens Iceberg tables.
///
/// Which metadata file a table is at is looked up whenever it is opened: nothing that is answered is older than the question.
/// What files of metadata and of deletes say is kept, since they never change.
pub struct IcebergPortReader {
    lake: Arc<Lake>,
}

/// What tables are read with.
pub(crate) struct Lake {
    pub(crate) kept: Kept,
    pub(crate) files_max: usize,
    files: Arc<dyn ParquetFiles>,
}

impl IcebergPortReader {
    /// A reader that opens files of deletes through `files`, of tables of at most `files_max` files, and keeps at most so many
    /// bytes.
    #[must_use]
    pub fn new(files: Arc<dyn ParquetFiles>, files_max: usize, bytes_max: u64) -> Self {
        Self { lake: Arc::new(Lake { kept: Kept::new(bytes_max), files_max, files }) }
    }
}

#[async_trait]
impl PortReader for IcebergPortReader {
    fn format(&self) -> &'static str {
        ICEBERG
    }

    fn kept(&self) -> Counted {
        self.lake.kept.counted()
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if at.keep.is_some() {
            return Err(refused(at, "a pattern of files is no table"));
        }
        let file = pointer::find(at).await?;
        let table = Table::open(at, &file, &self.lake.kept).await?;
        let state = table.state(as_of, &self.lake.kept).await?;
        Ok(Arc::new(IcebergSnapshot::new(Arc::new(table), state, Arc::clone(&self.lake))))
    }
}

impl fmt::Debug for IcebergPortReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IcebergPortReader").field("files_max", &self.lake.files_max).finish_non_exhaustive()
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
        let told = move |cause: ParquetError| match cause {
            ParquetError::External(cause) => match cause.downcast::<object_store::Error>() {
                Ok(cause) => unread(&at, &path, *cause),
                Err(cause) => corrupt(&path, cause),
            },
            cause => corrupt(&path, cause),
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
