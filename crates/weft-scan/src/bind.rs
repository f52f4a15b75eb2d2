//! Where a table meets its contract: what serves each contract column, and whether its type fits.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use object_store::path::Path;
use weft_model::column::Column;
use weft_model::contract::SchemaObject;
use weft_port::error::Error;
use weft_port::file::LakeFile;

use crate::hive;
use crate::names::{held_by_none, meant, named};
use crate::widen::widens;

/// What serves a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A column of the files; those that lack it have NULL.
    File,
    /// The names of the folders the files are in.
    Folder,
}

/// A schema that some file has.
pub(crate) struct Seen<'a> {
    /// The file, for messages.
    pub file: &'a Path,
    /// Its columns.
    pub schema: &'a Schema,
}

/// For each contract column, what serves it.
///
/// `hive` says whether folders carry values; absent means: where the contract says that a column partitions the data,
/// or no file has it.
///
/// # Errors
/// [`Error::Unbound`] for the first column that nothing serves, or whose type would need more than a widening cast.
pub(crate) fn bind(
    object: &SchemaObject,
    seen: &[Seen<'_>],
    folders: &[String],
    hive: Option<bool>,
) -> Result<Vec<Origin>, Error> {
    object.columns.iter().map(|column| origin(column, seen, folders, hive)).collect()
}

fn origin(column: &Column, seen: &[Seen<'_>], folders: &[String], hive: Option<bool>) -> Result<Origin, Error> {
    let unbound = |problem: String| Error::Unbound { column: Arc::clone(&column.name), problem };
    let in_folders = hive != Some(false) && folders.iter().any(|name| *name == *column.physical_name);
    if in_folders && (hive == Some(true) || column.partition_key.is_some()) {
        return Ok(Origin::Folder);
    }
    let mut found = false;
    let mut held: Vec<&DataType> = Vec::new();
    for Seen { file, schema } in seen {
        let mut alike = meant(column, schema.fields());
        let Some((_, field)) = alike.next() else { continue };
        // A table's metadata speaks for all of its files.
        let name = file.filename().map_or_else(|| "the table".to_owned(), |name| format!("`{name}`"));
        if alike.next().is_some() {
            return Err(unbound(format!("is declared once, and stands twice in {name}")));
        }
        if !widens(&named(field.data_type(), column), &column.data_type) {
            let (declared, found) = (&column.data_type, field.data_type());
            return Err(unbound(format!("is declared as {declared}, and {name} holds {found}")));
        }
        if *field.data_type() != DataType::Null {
            held.push(field.data_type());
        }
        found = true;
    }
    // What one file lacks is NULL there; what every file lacks is called otherwise, or is nowhere.
    if let Some(part) = held_by_none(&held, column) {
        return Err(unbound(format!("declares `{part}`, and no file holds that")));
    }
    match (found, in_folders) {
        (true, _) => Ok(Origin::File),
        (false, true) => Ok(Origin::Folder),
        (false, false) => Err(unbound(missing(column, seen))),
    }
}

/// What is said of a column that no file has.
fn missing(column: &Column, seen: &[Seen<'_>]) -> String {
    let physical = &column.physical_name;
    let otherwise = seen.iter().flat_map(|seen| seen.schema.fields()).find(|field| {
        field.name().to_lowercase() == physical.to_lowercase()
    });
    match otherwise {
        Some(field) => format!("is declared, and no file column is called `{physical}`; one is called `{}`", field.name()),
        None => format!("is declared, and no file column is called `{physical}`"),
    }
}

/// Fills in the values that stand in folders.
///
/// # Errors
/// [`Error::Unbound`] for a file that is in no such folder, or whose folder holds no value of the column's type.
pub(crate) fn fill(
    object: &SchemaObject,
    origins: &[Origin],
    below: &Path,
    files: &mut [LakeFile],
) -> Result<(), Error> {
    let columns: Vec<&Column> = object
        .columns
        .iter()
        .zip(origins)
        .filter_map(|(column, origin)| (*origin == Origin::Folder).then_some(column))
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    for file in files {
        let folders: HashMap<String, Option<String>> = hive::folders(&file.meta.location, below).into_iter().collect();
        file.partition_values = columns
            .iter()
            .map(|column| {
                let unbound = |problem| Error::Unbound { column: Arc::clone(&column.name), problem };
                let place = || file.meta.location.to_string();
                let text = folders
                    .get(&*column.physical_name)
                    .ok_or_else(|| unbound(format!("is read from folders, and `{}` is in none", place())))?;
                let data_type: &DataType = &column.data_type;
                hive::value(text.as_deref(), data_type)
                    .ok_or_else(|| unbound(format!("is declared as {data_type}, and `{}` is in another", place())))
            })
            .collect::<Result<_, _>>()?;
    }
    Ok(())
}

/// Gives the values that a format keeps outside of its files the types of the contract.
///
/// # Errors
/// [`Error::Unbound`] for a value that is none of its column's type.
pub(crate) fn typed(
    object: &SchemaObject,
    origins: &[Origin],
    partition_columns: &[Arc<str>],
    files: &mut [LakeFile],
) -> Result<(), Error> {
    let columns: Vec<(&Column, usize)> = object
        .columns
        .iter()
        .zip(origins)
        .filter(|(_, origin)| **origin == Origin::Folder)
        .filter_map(|(column, _)| {
            Some((column, partition_columns.iter().position(|name| **name == *column.physical_name)?))
        })
        .collect();
    for file in files {
        let values = std::mem::take(&mut file.partition_values);
        file.partition_values = columns
            .iter()
            .map(|(column, at)| {
                let unbound = |problem| Error::Unbound { column: Arc::clone(&column.name), problem };
                let value = values.get(*at).ok_or_else(|| unbound("has no value for some file".to_owned()))?;
                let found = value.data_type();
                if found != column.data_type && !widens(&found, &column.data_type) {
                    return Err(unbound(format!("is declared as {}, and the table holds {found}", column.data_type)));
                }
                value
                    .cast_to(&column.data_type)
                    .map_err(|_| unbound(format!("is declared as {}, and some value is none", column.data_type)))
            })
            .collect::<Result<_, _>>()?;
    }
    Ok(())
}
