//! Parquet files of a port, for formats that keep metadata in such files.

use std::fmt;
use std::sync::Arc;

use arrow_schema::Schema;
use object_store::ObjectMeta;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::field_names::FieldNames;
use crate::location::PortLocation;

/// Opens Parquet files. What is read through it is checked before it is decoded, and counted.
pub trait ParquetFiles: Send + Sync + fmt::Debug {
    /// The types that a file's columns are read as. Times in INT96, which have no other mark, are instants here.
    ///
    /// # Errors
    /// When a type is not one that can be read.
    fn schema(&self, footer: &ParquetMetaData) -> Result<Schema, ParquetError>;

    /// A reader of one file, whose footer has the names that are given where it has others.
    fn reader(&self, at: &PortLocation, file: ObjectMeta, names: Option<&Arc<FieldNames>>) -> Box<dyn AsyncFileReader>;
}
