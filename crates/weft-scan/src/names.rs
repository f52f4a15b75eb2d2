//! Which of a file's fields a contract's column means, at every depth: the one with the name that the contract says the
//! files use. Numbers of fields are not gone by: labels follow names, and a number would lead to a column by another.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, LargeListArray, ListArray, MapArray, StructArray,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};
use weft_model::column::Column;

/// The fields that a column means; more than one is a fault of the file.
pub(crate) fn meant<'a>(
    column: &'a Column,
    fields: &'a Fields,
) -> impl Iterator<Item = (usize, &'a FieldRef)> + use<'a> {
    fields.iter().enumerate().filter(|(_, field)| *field.name() == *column.physical_name)
}

/// True when something inside of a column is called otherwise in files.
pub(crate) fn renames(column: &Column) -> bool {
    column.children.iter().any(|child| child.name != child.physical_name || renames(child))
}

/// A file's type with the names that the contract serves.
pub(crate) fn named(file: &DataType, column: &Column) -> DataType {
    let part = |field: &FieldRef, at: usize| match column.children.get(at) {
        Some(child) => Arc::new(with(field, field.name(), named(field.data_type(), child))),
        None => Arc::clone(field),
    };
    match file {
        DataType::Struct(fields) => DataType::Struct(structure(fields, column)),
        DataType::List(item) => DataType::List(part(item, 0)),
        DataType::LargeList(item) => DataType::LargeList(part(item, 0)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(part(item, 0), *size),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(fields) => {
                let fields: Fields = fields.iter().enumerate().map(|(at, field)| part(field, at)).collect();
                DataType::Map(Arc::new(with(entries, entries.name(), DataType::Struct(fields))), *sorted)
            }
            _ => file.clone(),
        },
        _ => file.clone(),
    }
}

fn structure(fields: &Fields, column: &Column) -> Fields {
    let mut children: Vec<Option<&Column>> = vec![None; fields.len()];
    for child in &column.children {
        for (at, _) in meant(child, fields) {
            if let Some(known) = children.get_mut(at).filter(|known| known.is_none()) {
                *known = Some(child);
            }
        }
    }
    let served = |name: &str| column.children.iter().any(|child| *child.name == *name);
    fields
        .iter()
        .zip(children)
        .map(|(field, child)| match child {
            Some(child) => Arc::new(with(field, &child.name, named(field.data_type(), child))),
            // It is called as another is served.
            None if served(field.name()) => Arc::new(with(field, &format!("\0{}", field.name()), field.data_type().clone())),
            None => Arc::clone(field),
        })
        .collect()
}

fn with(field: &Field, name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, field.is_nullable())
}

/// The array under another naming of its own type.
///
/// # Errors
/// When the types differ in more than names.
pub(crate) fn renamed(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    Ok(match (array.data_type(), to) {
        (from, to) if from == to => Arc::clone(array),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let from = array.as_struct();
            let parts = fields.iter().zip(from.columns());
            let parts = parts.map(|(field, part)| renamed(part, field.data_type())).collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), parts, from.nulls().cloned(), from.len())?)
        }
        (DataType::List(_), DataType::List(item)) => {
            let from = array.as_list::<i32>();
            let values = renamed(from.values(), item.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(item), from.offsets().clone(), values, from.nulls().cloned())?)
        }
        (DataType::LargeList(_), DataType::LargeList(item)) => {
            let from = array.as_list::<i64>();
            let values = renamed(from.values(), item.data_type())?;
            Arc::new(LargeListArray::try_new(Arc::clone(item), from.offsets().clone(), values, from.nulls().cloned())?)
        }
        (DataType::FixedSizeList(..), DataType::FixedSizeList(item, size)) => {
            let from = array.as_fixed_size_list();
            let values = renamed(from.values(), item.data_type())?;
            Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *size, values, from.nulls().cloned())?)
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let from = array.as_map();
            let whole: ArrayRef = Arc::new(from.entries().clone());
            let whole = renamed(&whole, entries.data_type())?.as_struct().clone();
            let (offsets, nulls) = (from.offsets().clone(), from.nulls().cloned());
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, whole, nulls, *sorted)?)
        }
        (from, to) => return Err(ArrowError::CastError(format!("{from} and {to} differ in more than names"))),
    })
}

/// The first part of a column that none of its types in files holds, as `a.b`; elements, keys and values are called that.
pub(crate) fn held_by_none(types: &[&DataType], column: &Column) -> Option<String> {
    let below = |found: &[&DataType], child: &Column, name: &str| {
        held_by_none(found, child).map(|rest| format!("{name}.{rest}"))
    };
    match &column.data_type {
        DataType::Struct(_) => column.children.iter().find_map(|child| {
            let fields = types.iter().filter_map(|file| if let DataType::Struct(fields) = file { Some(fields) } else { None });
            let found: Vec<&DataType> =
                fields.filter_map(|fields| meant(child, fields).next().map(|(_, field)| field.data_type())).collect();
            if found.is_empty() && !types.is_empty() {
                return Some(child.name.to_string());
            }
            below(&found, child, &child.name)
        }),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            let items = types.iter().filter_map(|file| match file {
                DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item.data_type()),
                _ => None,
            });
            below(&items.collect::<Vec<_>>(), column.children.first()?, "element")
        }
        DataType::Map(..) => ["key", "value"].into_iter().zip(&column.children).enumerate().find_map(|(at, (name, child))| {
            let parts = types.iter().filter_map(|file| match file {
                DataType::Map(entries, _) => match entries.data_type() {
                    DataType::Struct(fields) => fields.get(at).map(|field| field.data_type()),
                    _ => None,
                },
                _ => None,
            });
            below(&parts.collect::<Vec<_>>(), child, name)
        }),
        _ => None,
    }
}
