//! What is asked of the file: which metadata a table has, and which tables there are.

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction};
use weft_storage::catalog::{CatalogFault, TableName};
use weft_storage::fault::LOCATION_BYTES_MAX;

use crate::failure::{fault, unusable};

/// The longest name of a catalog, of a namespace with all of its levels, or of a table, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 1024;

/// What stands between the levels of a namespace.
const DOT: char = '.';

/// What the file knows tables by. A view could run what whoever wrote the file wants, and so could a virtual table, which has no
/// page of its own.
const KIND: &str = "SELECT type = 'table' AND rootpage > 0 FROM main.sqlite_master \
    WHERE name = 'iceberg_tables' COLLATE NOCASE AND type IN ('table', 'view')";

/// Every column, those that are computed included.
const COLUMNS: &str = "PRAGMA main.table_xinfo(iceberg_tables)";

/// The columns that every version has, beside those that are not read.
const NEEDED: [&str; 4] = ["catalog_name", "table_namespace", "table_name", "metadata_location"];

/// The column that tells tables from views, where there are views.
const TYPE: &str = "iceberg_type";

/// What the catalogs of the file are called, as far as it matters: whether there is one, and whether it is the only one.
const CATALOGS: &str = "SELECT DISTINCT catalog_name COLLATE BINARY FROM main.iceberg_tables LIMIT 2";

/// The statements of one version of the layout. Names are compared as they stand, whatever the file says of its columns.
struct Layout {
    table: &'static str,
    tables: &'static str,
}

/// The layout of before views.
const V0: Layout = Layout {
    table: "SELECT metadata_location, NULL FROM main.iceberg_tables \
        WHERE catalog_name = ?1 COLLATE BINARY AND table_namespace = ?2 COLLATE BINARY AND table_name = ?3 COLLATE BINARY LIMIT 2",
    tables: "SELECT table_namespace, table_name, NULL FROM main.iceberg_tables WHERE catalog_name = ?1 COLLATE BINARY",
};

/// The layout of now.
const V1: Layout = Layout {
    table: "SELECT metadata_location, iceberg_type FROM main.iceberg_tables \
        WHERE catalog_name = ?1 COLLATE BINARY AND table_namespace = ?2 COLLATE BINARY AND table_name = ?3 COLLATE BINARY LIMIT 2",
    tables: "SELECT table_namespace, table_name, iceberg_type FROM main.iceberg_tables WHERE catalog_name = ?1 COLLATE BINARY",
};

/// A namespace as the file spells it; [`None`] when it cannot.
pub(crate) fn spelled(namespace: &[Arc<str>]) -> Option<String> {
    if namespace.iter().any(|level| level.is_empty() || level.contains(DOT)) {
        return None;
    }
    let spelled = namespace.join(".");
    (spelled.len() <= NAME_BYTES_MAX).then_some(spelled)
}

/// Where the metadata file of a table lies.
///
/// # Errors
/// [`CatalogFault`].
pub(crate) fn metadata(
    file: &Transaction<'_>,
    warehouse: Option<&str>,
    namespace: &str,
    table: &str,
) -> Result<String, CatalogFault> {
    let layout = layout(file)?;
    let catalog = catalog(file, warehouse)?.ok_or(CatalogFault::Missing)?;
    let mut statement = file.prepare(layout.table).map_err(fault)?;
    let mut rows = statement.query((&*catalog, namespace, table)).map_err(fault)?;
    let row = rows.next().map_err(fault)?.ok_or(CatalogFault::Missing)?;
    if !tabular(row, 1)? {
        return Err(CatalogFault::Missing);
    }
    let found = text(row, 0, LOCATION_BYTES_MAX)?.ok_or_else(|| unusable("the table has no metadata file"))?.to_owned();
    match rows.next().map_err(fault)? {
        None => Ok(found),
        Some(_) => Err(unusable("its file has the table twice")),
    }
}

/// The tables of a namespace and of those within it; all of them, when it has no levels.
///
/// What is in no namespace, or in one with a level without a name, cannot be asked for and is left out.
///
/// # Errors
/// [`CatalogFault`], also when there are more than `most`.
pub(crate) fn tables(
    file: &Transaction<'_>,
    warehouse: Option<&str>,
    namespace: &str,
    most: usize,
) -> Result<Vec<TableName>, CatalogFault> {
    let layout = layout(file)?;
    let Some(catalog) = catalog(file, warehouse)? else { return Ok(Vec::new()) };
    let mut statement = file.prepare(layout.tables).map_err(fault)?;
    let mut rows = statement.query([&*catalog]).map_err(fault)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let spelled = text(row, 0, NAME_BYTES_MAX)?.unwrap_or_default();
        let name = text(row, 1, NAME_BYTES_MAX)?.unwrap_or_default();
        if !below(spelled, namespace) || name.is_empty() || spelled.split(DOT).any(str::is_empty) || !tabular(row, 2)? {
            continue;
        }
        if found.len() == most {
            return Err(CatalogFault::Unusable(format!("more than {most} tables are below the namespace")));
        }
        found.push(TableName { namespace: spelled.split(DOT).map(Arc::from).collect(), table: name.into() });
    }
    // As a key of the file would have them, if it had one.
    found.sort_by(|one, other| (&one.namespace, &one.table).cmp(&(&other.namespace, &other.table)));
    Ok(found)
}

/// How the file knows tables.
fn layout(file: &Transaction<'_>) -> Result<Layout, CatalogFault> {
    let plain = file.query_row(KIND, [], |row| row.get::<_, bool>(0)).optional().map_err(fault)?;
    match plain {
        None => return Err(unusable("its file has no table `iceberg_tables`")),
        Some(false) => return Err(unusable("`iceberg_tables` of its file is not a plain table")),
        Some(true) => {}
    }
    let mut statement = file.prepare(COLUMNS).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let (mut needed, mut typed) = (NEEDED.to_vec(), false);
    while let Some(row) = rows.next().map_err(fault)? {
        if row.get_ref("hidden").map_err(fault)? != ValueRef::Integer(0) {
            return Err(unusable("`iceberg_tables` of its file has columns that are computed"));
        }
        let name = text(row, 1, NAME_BYTES_MAX)?.unwrap_or_default();
        needed.retain(|needed| !needed.eq_ignore_ascii_case(name));
        typed |= TYPE.eq_ignore_ascii_case(name);
    }
    match needed.first() {
        Some(column) => Err(CatalogFault::Unusable(format!("`iceberg_tables` of its file has no column `{column}`"))),
        None => Ok(if typed { V1 } else { V0 }),
    }
}

/// What the file calls the catalog that is meant; [`None`] when it holds none.
fn catalog<'n>(file: &Transaction<'_>, warehouse: Option<&'n str>) -> Result<Option<Cow<'n, str>>, CatalogFault> {
    if let Some(name) = warehouse {
        return Ok(Some(name.into()));
    }
    let mut statement = file.prepare(CATALOGS).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let Some(row) = rows.next().map_err(fault)? else { return Ok(None) };
    let only =
        text(row, 0, NAME_BYTES_MAX)?.ok_or_else(|| unusable("its file holds a catalog without a name"))?.to_owned();
    match rows.next().map_err(fault)? {
        None => Ok(Some(only.into())),
        Some(_) => {
            Err(unusable("its file holds more than one catalog, so that `warehouse` is needed, which names one"))
        }
    }
}

/// True when a row is about a table: views are rows too.
fn tabular(row: &Row<'_>, column: usize) -> Result<bool, CatalogFault> {
    Ok(matches!(text(row, column, NAME_BYTES_MAX)?, None | Some("TABLE")))
}

/// True for a namespace and those within it.
fn below(namespace: &str, outer: &str) -> bool {
    outer.is_empty() || namespace.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(DOT))
}

/// A text of a row, unless it is NULL.
fn text<'r>(row: &'r Row<'_>, column: usize, most: usize) -> Result<Option<&'r str>, CatalogFault> {
    match row.get_ref(column).map_err(fault)? {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) if bytes.len() > most => {
            Err(CatalogFault::Unusable(format!("a row of `iceberg_tables` holds a text of more than {most} bytes")))
        }
        ValueRef::Text(bytes) => str::from_utf8(bytes)
            .map(Some)
            .map_err(|_| unusable("a row of `iceberg_tables` holds a text that is not UTF-8")),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(unusable("a row of `iceberg_tables` holds something other than text"))
        }
    }
}
