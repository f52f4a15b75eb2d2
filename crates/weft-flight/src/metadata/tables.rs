//! Tables, with their schemas when asked for.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder};
use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use weft_engine::directory::{Directory, DirectoryColumn, DirectoryTable};
use weft_proto::sql::CommandGetTables;

use crate::limits::METADATA_ROWS;
use crate::metadata::Answer;
use crate::metadata::catalogs::{strings, table_type};
use crate::metadata::filter::{catalog, pattern};
use crate::metadata::schemas::SchemaCache;
use crate::wire::profile::Profile;

/// `catalog_name`, `db_schema_name`, `table_name`, `table_type`, and `table_schema` if asked for.
pub(crate) fn schema(include_schema: bool) -> SchemaRef {
    let mut fields = vec![
        Field::new("catalog_name", DataType::Utf8, true),
        Field::new("db_schema_name", DataType::Utf8, true),
        Field::new("table_name", DataType::Utf8, false),
        Field::new("table_type", DataType::Utf8, false),
    ];
    if include_schema {
        fields.push(Field::new("table_schema", DataType::Binary, false));
    }
    Arc::new(Schema::new(fields))
}

/// The tables that pass the filters, some at a time.
pub(crate) fn answer(
    asked: CommandGetTables,
    directory: Arc<Directory>,
    mesh: Arc<str>,
    profile: Profile,
    schemas: SchemaCache,
) -> Answer {
    let chosen = choose(&asked, &directory, &mesh);
    let mut starts = (0..chosen.len()).step_by(METADATA_ROWS);
    Box::new(std::iter::from_fn(move || {
        let start = starts.next()?;
        let end = start.saturating_add(METADATA_ROWS).min(chosen.len());
        let tables: Vec<&DirectoryTable> =
            chosen.get(start..end).unwrap_or_default().iter().filter_map(|at| directory.tables.get(*at)).collect();
        let mut columns = vec![
            strings(tables.iter().map(|_| &*mesh)),
            strings(tables.iter().map(|table| &*table.domain)),
            strings(tables.iter().map(|table| &*table.name)),
            strings(tables.iter().map(|table| table_type(table.kind))),
        ];
        if asked.include_schema {
            match encoded(&tables, profile, &schemas) {
                Ok(schemas) => columns.push(schemas),
                Err(cause) => return Some(Err(cause)),
            }
        }
        Some(RecordBatch::try_new(schema(asked.include_schema), columns))
    }))
}

/// Which tables pass the filters, in the order of their names.
fn choose(asked: &CommandGetTables, directory: &Directory, mesh: &str) -> Vec<usize> {
    if !catalog(asked.catalog.as_deref(), mesh) {
        return Vec::new();
    }
    let domain = pattern(asked.db_schema_filter_pattern.as_deref());
    let name = pattern(asked.table_name_filter_pattern.as_deref());
    // Some drivers pass on the quotes that people typed.
    let types: Vec<&str> = asked.table_types.iter().map(|name| name.trim().trim_matches('\'')).collect();
    let mut chosen: Vec<(usize, &DirectoryTable)> = directory
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| types.is_empty() || types.contains(&table_type(table.kind)))
        .filter(|(_, table)| domain(&table.domain) && name(&table.name))
        .collect();
    chosen.sort_by_key(|(_, table)| (&*table.domain, &*table.name));
    chosen.into_iter().map(|(at, _)| at).collect()
}

/// The schemas of tables. Names of one table follow each other and share what was encoded.
fn encoded(tables: &[&DirectoryTable], profile: Profile, schemas: &SchemaCache) -> Result<ArrayRef, ArrowError> {
    let mut builder = BinaryBuilder::new();
    let mut last: Option<(&Arc<[DirectoryColumn]>, Bytes)> = None;
    for table in tables {
        let message = match last.take() {
            Some((columns, message)) if Arc::ptr_eq(columns, &table.columns) => message,
            _ => schemas.message(&table.columns, profile)?,
        };
        builder.append_value(&message);
        last = Some((&table.columns, message));
    }
    Ok(Arc::new(builder.finish()))
}
