//! One data file of a snapshot.

use std::sync::Arc;

use datafusion_common::{ScalarValue, Statistics};
use object_store::ObjectMeta;
use parquet::file::metadata::ParquetMetaData;

use crate::deletes::Deletes;
use crate::field_names::FieldNames;

/// A Parquet file with what a format's metadata says about it.
#[derive(Clone, Debug)]
pub struct LakeFile {
    /// Path, size, modification time and etag inside the port's store. A time of 1970 says that the file was not listed:
    /// then its size is only what metadata says.
    pub meta: ObjectMeta,
    /// Values of partition columns that stand outside the file, in the order of the snapshot's partition columns.
    pub partition_values: Vec<ScalarValue>,
    /// Columns, as the table calls them, that have one value in every row, whether or not the file holds them.
    pub constants: Vec<(Arc<str>, ScalarValue)>,
    /// Statistics over the columns that were [asked for](crate::prune::Pruner::columns), if the format's metadata has them.
    /// Bounds are those of the table's types. What is exact is believed; deleted rows are not counted as rows.
    pub statistics: Option<Arc<Statistics>>,
    /// Rows that are deleted although they stand in the file.
    pub deletes: Deletes,
    /// What the file calls the table's fields, where that is not what the table calls them.
    pub names: Option<Arc<FieldNames>>,
    /// The footer, if it has been read already.
    pub footer: Option<Arc<ParquetMetaData>>,
}
