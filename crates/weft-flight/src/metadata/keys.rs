//! Primary and foreign keys, as contracts declare them. A key is listed only when both its ends are visible.

use std::sync::Arc;

use arrow::array::{Int32Array, UInt8Array};
use arrow::record_batch::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use weft_engine::directory::{Directory, DirectoryTable};
use weft_proto::sql::{
    CommandGetCrossReference, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys, UpdateDeleteRules,
};

use crate::metadata::catalogs::strings;
use crate::metadata::filter::{catalog, exact};

/// The schema of primary keys.
pub(crate) fn primary_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("catalog_name", DataType::Utf8, true),
        Field::new("db_schema_name", DataType::Utf8, true),
        Field::new("table_name", DataType::Utf8, false),
        Field::new("column_name", DataType::Utf8, false),
        Field::new("key_name", DataType::Utf8, true),
        Field::new("key_sequence", DataType::Int32, false),
    ]))
}

/// The schema of foreign keys.
pub(crate) fn foreign_schema() -> SchemaRef {
    let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("pk_catalog_name", true),
        text("pk_db_schema_name", true),
        text("pk_table_name", false),
        text("pk_column_name", false),
        text("fk_catalog_name", true),
        text("fk_db_schema_name", true),
        text("fk_table_name", false),
        text("fk_column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("fk_key_name", true),
        text("pk_key_name", true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

/// One side of a key as a client names it.
struct Wanted<'a> {
    catalog: Option<&'a str>,
    domain: Option<&'a str>,
    table: &'a str,
}

impl Wanted<'_> {
    fn is(&self, mesh: &str, domain: &str, table: &str) -> bool {
        catalog(self.catalog, mesh) && exact(self.domain, domain) && self.table == table
    }
}

/// The columns of a table's primary key.
pub(crate) fn primary(
    asked: &CommandGetPrimaryKeys,
    directory: &Directory,
    mesh: &str,
) -> Result<RecordBatch, ArrowError> {
    let wanted = Wanted { catalog: asked.catalog.as_deref(), domain: asked.db_schema.as_deref(), table: &asked.table };
    let rows: Vec<(&DirectoryTable, &str, i32, String)> = directory
        .tables
        .iter()
        .filter(|table| wanted.is(mesh, &table.domain, &table.name))
        .flat_map(|table| {
            table
                .primary_key
                .iter()
                .zip(1_i32..)
                .map(move |(column, at)| (table, &**column, at, primary_name(&table.name)))
        })
        .collect();
    RecordBatch::try_new(
        primary_schema(),
        vec![
            strings(rows.iter().map(|_| mesh)),
            strings(rows.iter().map(|(table, ..)| &*table.domain)),
            strings(rows.iter().map(|(table, ..)| &*table.name)),
            strings(rows.iter().map(|(_, column, ..)| *column)),
            strings(rows.iter().map(|(.., name)| name.as_str())),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|(_, _, at, _)| *at))),
        ],
    )
}

/// The foreign keys that refer to a table.
pub(crate) fn exported(
    asked: &CommandGetExportedKeys,
    directory: &Directory,
    mesh: &str,
) -> Result<RecordBatch, ArrowError> {
    let wanted = Wanted { catalog: asked.catalog.as_deref(), domain: asked.db_schema.as_deref(), table: &asked.table };
    let mut rows = references(directory);
    rows.retain(|row| wanted.is(mesh, row.pk_domain, row.pk_table));
    rows.sort_by_key(|row| (row.fk_domain, row.fk_table, row.name.clone(), row.at));
    foreign(&rows, mesh)
}

/// The foreign keys of a table.
pub(crate) fn imported(
    asked: &CommandGetImportedKeys,
    directory: &Directory,
    mesh: &str,
) -> Result<RecordBatch, ArrowError> {
    let wanted = Wanted { catalog: asked.catalog.as_deref(), domain: asked.db_schema.as_deref(), table: &asked.table };
    let mut rows = references(directory);
    rows.retain(|row| wanted.is(mesh, row.fk_domain, row.fk_table));
    rows.sort_by_key(|row| (row.pk_domain, row.pk_table, row.name.clone(), row.at));
    foreign(&rows, mesh)
}

/// The foreign keys of one table that refer to another.
pub(crate) fn cross(
    asked: &CommandGetCrossReference,
    directory: &Directory,
    mesh: &str,
) -> Result<RecordBatch, ArrowError> {
    let to =
        Wanted { catalog: asked.pk_catalog.as_deref(), domain: asked.pk_db_schema.as_deref(), table: &asked.pk_table };
    let from =
        Wanted { catalog: asked.fk_catalog.as_deref(), domain: asked.fk_db_schema.as_deref(), table: &asked.fk_table };
    let mut rows = references(directory);
    rows.retain(|row| to.is(mesh, row.pk_domain, row.pk_table) && from.is(mesh, row.fk_domain, row.fk_table));
    rows.sort_by_key(|row| (row.pk_domain, row.pk_table, row.name.clone(), row.at));
    foreign(&rows, mesh)
}

/// One column of one foreign key.
struct Reference<'a> {
    pk_domain: &'a str,
    pk_table: &'a str,
    pk_column: &'a str,
    fk_domain: &'a str,
    fk_table: &'a str,
    fk_column: &'a str,
    name: String,
    at: i32,
}

/// Every column of every foreign key. The engine lists only keys the caller may see; that is checked again.
fn references(directory: &Directory) -> Vec<Reference<'_>> {
    let mut rows = Vec::new();
    for table in &directory.tables {
        for key in &table.foreign_keys {
            let target = directory
                .tables
                .iter()
                .find(|target| target.domain == key.target_domain && target.name == key.target_table);
            let Some(target) = target else { continue };
            let visible = key.columns.iter().all(|name| has(table, name))
                && key.target_columns.iter().all(|name| has(target, name))
                && key.columns.len() == key.target_columns.len();
            if !visible {
                continue;
            }
            let name = match &key.name {
                Some(name) => name.to_string(),
                None => format!("{}_{}_fk", table.name, key.columns.join("_")),
            };
            for ((from, to), at) in key.columns.iter().zip(&key.target_columns).zip(1_i32..) {
                rows.push(Reference {
                    pk_domain: &key.target_domain,
                    pk_table: &key.target_table,
                    pk_column: to,
                    fk_domain: &table.domain,
                    fk_table: &table.name,
                    fk_column: from,
                    name: name.clone(),
                    at,
                });
            }
        }
    }
    rows
}

fn has(table: &DirectoryTable, column: &str) -> bool {
    table.columns.iter().any(|known| &*known.name == column)
}

/// Contracts do not name primary keys, and tools group by the name.
fn primary_name(table: &str) -> String {
    format!("{table}_pk")
}

fn foreign(rows: &[Reference<'_>], mesh: &str) -> Result<RecordBatch, ArrowError> {
    let primary: Vec<String> = rows.iter().map(|row| primary_name(row.pk_table)).collect();
    let rule = u8::try_from(i32::from(UpdateDeleteRules::NoAction)).unwrap_or_default();
    let rules = Arc::new(UInt8Array::from(vec![rule; rows.len()]));
    RecordBatch::try_new(
        foreign_schema(),
        vec![
            strings(rows.iter().map(|_| mesh)),
            strings(rows.iter().map(|row| row.pk_domain)),
            strings(rows.iter().map(|row| row.pk_table)),
            strings(rows.iter().map(|row| row.pk_column)),
            strings(rows.iter().map(|_| mesh)),
            strings(rows.iter().map(|row| row.fk_domain)),
            strings(rows.iter().map(|row| row.fk_table)),
            strings(rows.iter().map(|row| row.fk_column)),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.at))),
            strings(rows.iter().map(|row| row.name.as_str())),
            strings(primary.iter().map(String::as_str)),
            Arc::clone(&rules) as _,
            rules,
        ],
    )
}
