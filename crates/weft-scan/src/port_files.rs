//! Parquet files that formats keep their metadata in, read as data is: checked first, and counted.

use std::sync::Arc;

use arrow_schema::Schema;
use datafusion_datasource_parquet::Int96Coercer;
use datafusion_execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use object_store::ObjectMeta;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use weft_port::field_names::FieldNames;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

use crate::calling::Calling;
use crate::file_reader::LakeReaderFactory;
use crate::footer::FooterCache;
use crate::meter::Meter;
use crate::parquet_port::INT96_UNIT;

/// What pages of unusual size may take, of all metadata that is read at one time.
const PAGES_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Opens files with footers from a cache.
#[derive(Debug)]
pub struct PortFiles {
    footers: Arc<FooterCache>,
    memory: Arc<dyn MemoryPool>,
    meter: Arc<Meter>,
}

impl PortFiles {
    /// Files over this footer cache.
    #[must_use]
    pub fn new(footers: Arc<FooterCache>) -> Self {
        Self { footers, memory: Arc::new(GreedyMemoryPool::new(PAGES_BYTES_MAX)), meter: Arc::default() }
    }
}

impl ParquetFiles for PortFiles {
    fn schema(&self, footer: &ParquetMetaData) -> Result<Schema, ParquetError> {
        let file = footer.file_metadata();
        let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
        let coercer = Int96Coercer::new(file.schema_descr(), &schema, &INT96_UNIT).with_timezone(Some(Arc::from("UTC")));
        Ok(coercer.coerce().unwrap_or(schema))
    }

    fn reader(&self, at: &PortLocation, file: ObjectMeta, names: Option<&Arc<FieldNames>>) -> Box<dyn AsyncFileReader> {
        let factory = LakeReaderFactory {
            store: Arc::clone(&at.store),
            binding: Arc::clone(&at.binding),
            footers: Arc::clone(&self.footers),
            meter: Arc::clone(&self.meter),
            coalesce: at.coalesce,
            calling: names.cloned().map(Calling::new),
            trail: Arc::default(),
            memory: Arc::clone(&self.memory),
        };
        Box::new(factory.reader(0, file))
    }
}
