//! Catalogs, schemas and table types.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use weft_engine::directory::{Directory, TableKind};
use weft_proto::sql::CommandGetDbSchemas;

use crate::metadata::filter::{catalog, pattern};

/// What the table types are called: the only three names that every tool knows. In the order of the names.
pub(crate) const TABLE_TYPES: [&str; 3] = ["SYSTEM TABLE", "TABLE", "VIEW"];

/// The name of a kind of table.
pub(crate) fn table_type(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "TABLE",
        TableKind::View => "VIEW",
        TableKind::SystemTable => "SYSTEM TABLE",
    }
}

/// `catalog_name`.
pub(crate) fn catalogs_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("catalog_name", DataType::Utf8, false)]))
}

/// The one catalog: the mesh.
pub(crate) fn catalogs(mesh: &str) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_new(catalogs_schema(), vec![strings([mesh])])
}

/// `catalog_name`, `db_schema_name`.
pub(crate) fn schemas_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("catalog_name", DataType::Utf8, true),
        Field::new("db_schema_name", DataType::Utf8, false),
    ]))
}

/// The domains.
pub(crate) fn schemas(
    asked: &CommandGetDbSchemas,
    directory: &Directory,
    mesh: &str,
) -> Result<RecordBatch, ArrowError> {
    let matches = pattern(asked.db_schema_filter_pattern.as_deref());
    let mut names: Vec<&str> = Vec::new();
    if catalog(asked.catalog.as_deref(), mesh) {
        names.extend(directory.domains.iter().map(|domain| &*domain.name).filter(|name| matches(name)));
    }
    let catalogs = strings(names.iter().map(|_| mesh));
    RecordBatch::try_new(schemas_schema(), vec![catalogs, strings(names)])
}

/// `table_type`.
pub(crate) fn table_types_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("table_type", DataType::Utf8, false)]))
}

/// The table types.
pub(crate) fn table_types() -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_new(table_types_schema(), vec![strings(TABLE_TYPES)])
}

/// A column of names.
pub(crate) fn strings<'a>(names: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(names))
}
