//! Strings and binary values with offsets.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, GenericByteArray, OffsetSizeTrait};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{ArrowNativeType, ByteArrayType};
use arrow::error::ArrowError;

use super::bits::{is_exact, validity};

/// The array with data for its visible, valid slots only.
pub(super) fn clean<T: ByteArrayType>(array: &ArrayRef, hide: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_bytes::<T>();
    let valid = validity(typed.nulls(), hide);
    if valid.is_none() && typed.nulls().is_none() && is_clean(typed) {
        return Ok(Arc::clone(array));
    }
    let (offsets, values) = match &valid {
        Some(valid) => gather(typed, valid),
        None => whole(typed),
    };
    Ok(Arc::new(GenericByteArray::<T>::try_new(offsets, Buffer::from_vec(values), valid)?))
}

fn is_clean<T: ByteArrayType>(typed: &GenericByteArray<T>) -> bool {
    let offsets = typed.offsets();
    let last = offsets.last().map_or(0, |last| last.as_usize());
    offsets.first().is_some_and(|first| first.as_usize() == 0)
        && is_exact(offsets.inner().inner(), size_of_val::<[T::Offset]>(offsets))
        && is_exact(typed.values(), last)
}

/// Offsets from zero, and the data between the first and the last of them.
fn whole<T: ByteArrayType>(typed: &GenericByteArray<T>) -> (OffsetBuffer<T::Offset>, Vec<u8>) {
    let offsets = typed.offsets();
    let range = bounds(offsets);
    let values = typed.values().get(range).unwrap_or_default().to_vec();
    (OffsetBuffer::from_lengths(offsets.lengths()), values)
}

/// Offsets and data of the valid slots; a slot that is not valid is empty.
fn gather<T: ByteArrayType>(typed: &GenericByteArray<T>, valid: &NullBuffer) -> (OffsetBuffer<T::Offset>, Vec<u8>) {
    let offsets = typed.offsets();
    let lengths = offsets.lengths().zip(valid).map(|(length, valid)| if valid { length } else { 0 });
    let kept: OffsetBuffer<T::Offset> = OffsetBuffer::from_lengths(lengths);
    let mut values = Vec::with_capacity(kept.last().map_or(0, |last| last.as_usize()));
    for (from, to) in valid.valid_slices() {
        let ends = offsets.get(from).zip(offsets.get(to));
        let run = ends.and_then(|(from, to)| typed.values().get(from.as_usize()..to.as_usize()));
        values.extend_from_slice(run.unwrap_or_default());
    }
    (kept, values)
}

/// The data that the offsets span.
pub(super) fn bounds<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> std::ops::Range<usize> {
    let at = |offset: Option<&O>| offset.map_or(0, |offset| offset.as_usize());
    at(offsets.first())..at(offsets.last())
}
