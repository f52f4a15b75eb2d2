//! Structs, lists, list views, fixed-size lists, maps.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray,
    OffsetSizeTrait, StructArray, UInt64Array, make_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{ArrowNativeType, DataType, Field};
use arrow::error::ArrowError;

use super::bits::{Clean, validity};
use super::bytes::bounds;

/// A struct: what is NULL in it is NULL in its children.
pub(super) fn structure(array: &ArrayRef, hide: Option<&NullBuffer>, clean: Clean) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_struct();
    let valid = validity(typed.nulls(), hide);
    let children: Result<Vec<_>, _> = typed.columns().iter().map(|child| clean(child, valid.as_ref())).collect();
    let fields = typed.fields().clone();
    Ok(Arc::new(StructArray::try_new_with_length(fields, children?, valid, typed.len())?))
}

/// A list: its child holds the elements of its valid slots, one behind the other.
pub(super) fn list<O: OffsetSizeTrait>(
    array: &ArrayRef,
    hide: Option<&NullBuffer>,
    clean: Clean,
) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_list::<O>();
    let (DataType::List(field) | DataType::LargeList(field)) = typed.data_type() else {
        return Err(unexpected(typed.data_type()));
    };
    let valid = validity(typed.nulls(), hide);
    let (offsets, child) = elements(typed.offsets(), typed.values(), valid.as_ref())?;
    let child = clean(&child, None)?;
    if has_unused_nulls(field, &child) {
        let buffers = vec![offsets.into_inner().into_inner()];
        return unchecked_nulls(typed.data_type(), typed.len(), valid, buffers, &child);
    }
    Ok(Arc::new(GenericListArray::<O>::try_new(Arc::clone(field), offsets, child, valid)?))
}

/// A map, which is a list of entries.
pub(super) fn map(array: &ArrayRef, hide: Option<&NullBuffer>, clean: Clean) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_map();
    let DataType::Map(field, ordered) = typed.data_type() else {
        return Err(unexpected(typed.data_type()));
    };
    let valid = validity(typed.nulls(), hide);
    let entries: ArrayRef = Arc::new(typed.entries().clone());
    let (offsets, entries) = elements(typed.offsets(), &entries, valid.as_ref())?;
    let entries = clean(&entries, None)?.as_struct().clone();
    Ok(Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, valid, *ordered)?))
}

/// A list view becomes one whose views follow each other, so elements that two views share stand twice.
pub(super) fn list_view<O: OffsetSizeTrait>(
    array: &ArrayRef,
    hide: Option<&NullBuffer>,
    clean: Clean,
) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_list_view::<O>();
    let (DataType::ListView(field) | DataType::LargeListView(field)) = typed.data_type() else {
        return Err(unexpected(typed.data_type()));
    };
    let valid = validity(typed.nulls(), hide);
    let mut picks: Vec<u64> = Vec::new();
    let (mut offsets, mut sizes) = (Vec::with_capacity(typed.len()), Vec::with_capacity(typed.len()));
    for (row, (offset, size)) in typed.offsets().iter().zip(typed.sizes().iter()).enumerate() {
        let size = if valid.as_ref().is_none_or(|valid| valid.is_valid(row)) { size.as_usize() } else { 0 };
        offsets.push(offset_from::<O>(picks.len())?);
        sizes.push(offset_from::<O>(size)?);
        picks.extend((offset.as_usize()..offset.as_usize() + size).map(u64::usize_as));
    }
    let child = clean(&take(typed.values(), &UInt64Array::from(picks), None)?, None)?;
    if has_unused_nulls(field, &child) {
        let buffers = vec![Buffer::from_vec(offsets), Buffer::from_vec(sizes)];
        return unchecked_nulls(typed.data_type(), typed.len(), valid, buffers, &child);
    }
    let field = Arc::clone(field);
    Ok(Arc::new(GenericListViewArray::<O>::try_new(field, offsets.into(), sizes.into(), child, valid)?))
}

/// A list of one size: the elements of a NULL list are NULL.
pub(super) fn fixed_size_list(
    array: &ArrayRef,
    hide: Option<&NullBuffer>,
    clean: Clean,
) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_fixed_size_list();
    let DataType::FixedSizeList(field, size) = typed.data_type() else {
        return Err(unexpected(typed.data_type()));
    };
    let valid = validity(typed.nulls(), hide);
    let width = usize::try_from(*size).unwrap_or_default();
    let hidden = valid.as_ref().filter(|_| width > 0).map(|valid| valid.expand(width));
    let child = clean(typed.values(), hidden.as_ref())?;
    let field = Arc::clone(field);
    Ok(Arc::new(FixedSizeListArray::try_new_with_length(field, *size, child, valid, typed.len())?))
}

/// Offsets from zero, and the elements of the valid slots.
fn elements<O: OffsetSizeTrait>(
    offsets: &OffsetBuffer<O>,
    child: &ArrayRef,
    valid: Option<&NullBuffer>,
) -> Result<(OffsetBuffer<O>, ArrayRef), ArrowError> {
    let span = bounds(offsets);
    let Some(valid) = valid.filter(|valid| offsets.has_non_empty_nulls(Some(valid))) else {
        return Ok((OffsetBuffer::from_lengths(offsets.lengths()), child.slice(span.start, span.len())));
    };
    let lengths = offsets.lengths().zip(valid).map(|(length, valid)| if valid { length } else { 0 });
    let kept: OffsetBuffer<O> = OffsetBuffer::from_lengths(lengths);
    let mut picks: Vec<u64> = Vec::with_capacity(kept.last().map_or(0, |last| last.as_usize()));
    for (from, to) in valid.valid_slices() {
        let (Some(from), Some(to)) = (offsets.get(from), offsets.get(to)) else { continue };
        picks.extend((from.as_usize()..to.as_usize()).map(u64::usize_as));
    }
    Ok((kept, take(child, &UInt64Array::from(picks), None)?))
}

/// True when the field takes no NULL and none is seen, yet the child has some: slots of a union that no row selects.
fn has_unused_nulls(field: &Field, child: &ArrayRef) -> bool {
    !field.is_nullable() && child.is_nullable() && child.logical_null_count() == 0
}

/// A list from its parts, for children whose unused NULLs the typed constructors refuse.
fn unchecked_nulls(
    data_type: &DataType,
    len: usize,
    valid: Option<NullBuffer>,
    buffers: Vec<Buffer>,
    child: &ArrayRef,
) -> Result<ArrayRef, ArrowError> {
    let data = ArrayData::builder(data_type.clone()).len(len).nulls(valid).buffers(buffers);
    Ok(make_array(data.add_child_data(child.to_data()).build()?))
}

fn offset_from<O: OffsetSizeTrait>(value: usize) -> Result<O, ArrowError> {
    O::from_usize(value).ok_or_else(|| ArrowError::OffsetOverflowError(value))
}

fn unexpected(data_type: &DataType) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("unexpected `{data_type}`"))
}
