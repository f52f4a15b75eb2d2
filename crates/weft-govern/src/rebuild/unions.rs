//! Unions, dense and sparse.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UnionArray, new_null_array};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{ArrowNativeType, DataType, UnionMode};
use arrow::error::ArrowError;

use super::bits::Clean;

/// A union whose children hold the slots that a visible row selects. A hidden row is NULL of the first type.
pub(super) fn clean(array: &ArrayRef, hide: Option<&NullBuffer>, clean: Clean) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_union();
    let DataType::Union(fields, mode) = typed.data_type() else {
        return Err(ArrowError::InvalidArgumentError(format!("unexpected `{}`", typed.data_type())));
    };
    let first = fields.iter().next().map_or(0, |(id, _)| id);
    let visible = |row: usize| hide.is_none_or(|hide| hide.is_valid(row));
    let ids: Vec<i8> = (0..typed.len()).map(|row| if visible(row) { typed.type_id(row) } else { first }).collect();
    let mut children = Vec::with_capacity(fields.len());
    for (id, _) in fields.iter() {
        let child = typed.child(id);
        children.push(match mode {
            UnionMode::Sparse => {
                let selected = |row| visible(row) && typed.type_id(row) == id;
                let selected = BooleanBuffer::collect_bool(typed.len(), selected);
                clean(child, Some(&NullBuffer::new(selected)))?
            }
            UnionMode::Dense => clean(&selected(typed, child, &ids, id, &visible)?, None)?,
        });
    }
    let offsets = match mode {
        UnionMode::Sparse => None,
        UnionMode::Dense => Some(dense_offsets(&ids).into()),
    };
    Ok(Arc::new(UnionArray::try_new(fields.clone(), ids.into(), offsets, children)?))
}

/// The slots of one child of a dense union in the order of the rows that select them; NULL for hidden rows.
fn selected(
    typed: &UnionArray,
    child: &ArrayRef,
    ids: &[i8],
    id: i8,
    visible: &dyn Fn(usize) -> bool,
) -> Result<ArrayRef, ArrowError> {
    let nothing = new_null_array(child.data_type(), 1);
    let rows = ids.iter().enumerate().filter(|(_, selected)| **selected == id);
    let picks: Vec<_> = rows.map(|(row, _)| if visible(row) { (0, typed.value_offset(row)) } else { (1, 0) }).collect();
    interleave(&[child.as_ref(), nothing.as_ref()], &picks)
}

/// Each row's place among the rows of its own type.
fn dense_offsets(ids: &[i8]) -> Vec<i32> {
    let mut next = [0_i32; 256];
    let place = |id: &i8| {
        let slot = next.get_mut(id.to_le_bytes().first().copied().unwrap_or_default().as_usize())?;
        let place = *slot;
        *slot += 1;
        Some(place)
    };
    ids.iter().filter_map(place).collect()
}
