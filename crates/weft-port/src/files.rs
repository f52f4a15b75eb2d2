//! Parquet files of a port, for formats that keep metadata in such files.

use std::fmt;

use object_store::ObjectMeta;
use parquet::arrow::async_reader::AsyncFileReader;

use crate::location::PortLocation;

/// Opens Parquet files. What is read through it is checked before it is decoded, and counted.
pub trait ParquetFiles: Send + Sync + fmt::Debug {
    /// A reader of one file.
    fn reader(&self, at: &PortLocation, file: ObjectMeta) -> Box<dyn AsyncFileReader>;
}
