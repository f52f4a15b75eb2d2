//! String and binary views.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, GenericByteViewArray, GenericByteViewBuilder, MAX_INLINE_VIEW_LEN};
use arrow::buffer::NullBuffer;
use arrow::datatypes::ByteViewType;
use arrow::error::ArrowError;

use super::bits::{is_exact, validity};

/// Long values are copied into one buffer up to this size, and into several beyond it.
const ONE_BUFFER: usize = 256 * 1024 * 1024;

/// Size of a buffer when one is not enough.
const BUFFER: u32 = 64 * 1024 * 1024;

/// The low 32 bits of a view are the value's length.
const LENGTH: u128 = 0xFFFF_FFFF;

/// The array with buffers for its visible, valid slots only.
pub(super) fn clean<T: ByteViewType>(array: &ArrayRef, hide: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_byte_view::<T>();
    let valid = validity(typed.nulls(), hide);
    let whole = valid.is_none() && typed.nulls().is_none();
    // Behind a filter, short values alone stand over the buffers of a whole page: one look tells, and none is copied.
    let looked = whole.then(|| look(typed));
    if looked == Some((0, true)) && !typed.data_buffers().is_empty() && is_exact_views(typed) {
        return Ok(Arc::new(typed.gc()));
    }
    if whole && is_clean(typed) {
        return Ok(Arc::clone(array));
    }
    let long = looked.map_or_else(|| long_bytes(typed, valid.as_ref()), |(long, _)| long);
    let stored = typed.data_buffers().iter().map(|buffer| buffer.len()).sum();
    if long <= stored && may_compact(typed, long, valid.as_ref()) {
        return Ok(Arc::new(typed.gc()));
    }
    let mut builder = GenericByteViewBuilder::<T>::with_capacity(typed.len());
    if long > 0 {
        let size = if long <= ONE_BUFFER { u32::try_from(long).unwrap_or(BUFFER) } else { BUFFER };
        builder = builder.with_fixed_block_size(size);
    }
    // More bytes seen than stored: rows share them, and copies per row could be many times as large.
    if long > stored {
        builder = builder.with_deduplicate_strings();
    }
    for row in 0..typed.len() {
        if valid.as_ref().is_none_or(|valid| valid.is_valid(row)) {
            builder.try_append_value(typed.value(row))?;
        } else {
            builder.append_null();
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// True when copying the long values is all there is to do: slots under NULL and the ends of short views are zero, and
/// bitmap and views are no parts of larger ones. It holds behind most filters, and the copy is several times as fast.
fn may_compact<T: ByteViewType>(typed: &GenericByteViewArray<T>, long: usize, valid: Option<&NullBuffer>) -> bool {
    let nulls = valid.is_none_or(|valid| typed.nulls().is_some_and(|nulls| nulls.inner().ptr_eq(valid.inner())))
        && typed.nulls().is_some() == valid.is_some();
    let views = long > 0 || is_exact_views(typed);
    nulls
        && views
        && match valid {
            None => typed.views().iter().all(is_padded),
            Some(valid) => {
                typed.views().iter().zip(valid).all(|(view, valid)| is_padded(view) && (valid || *view == 0))
            }
        }
}

/// True for long views, and for short ones that are zero behind their last byte.
fn is_padded(view: &u128) -> bool {
    // Length and bytes fill the low `4 + length` bytes.
    let length = view & LENGTH;
    length >= u128::from(MAX_INLINE_VIEW_LEN) || view >> (32 + 8 * length) == 0
}

/// Bytes of the values that are too long for their view, and whether short ones are zero behind their last byte.
fn look<T: ByteViewType>(typed: &GenericByteViewArray<T>) -> (usize, bool) {
    let (mut long, mut padded) = (0_u128, true);
    for view in typed.views() {
        let length = view & LENGTH;
        long += if length > u128::from(MAX_INLINE_VIEW_LEN) { length } else { 0 };
        padded &= is_padded(view);
    }
    (usize::try_from(long).unwrap_or(usize::MAX), padded)
}

/// Bytes of the valid values that are too long for their view.
fn long_bytes<T: ByteViewType>(typed: &GenericByteViewArray<T>, valid: Option<&NullBuffer>) -> usize {
    let length = |view: &u128| match usize::try_from(view & LENGTH) {
        Ok(length) if length > MAX_INLINE_VIEW_LEN as usize => length,
        _ => 0,
    };
    match valid {
        None => typed.views().iter().map(length).sum(),
        Some(valid) => typed.views().iter().zip(valid).map(|(view, valid)| if valid { length(view) } else { 0 }).sum(),
    }
}

/// True when the views tile their buffers in order and short ones are zero behind their last byte.
fn is_clean<T: ByteViewType>(typed: &GenericByteViewArray<T>) -> bool {
    let buffers = typed.data_buffers();
    let (mut buffer, mut offset) = (0_u128, 0_u128);
    let tiles = typed.views().iter().all(|view| {
        let length = view & LENGTH;
        if length <= u128::from(MAX_INLINE_VIEW_LEN) {
            return is_padded(view);
        }
        if view_buffer(view) == buffer + 1 && is_full(buffers, buffer, offset) {
            (buffer, offset) = (buffer + 1, 0);
        }
        let follows = view_buffer(view) == buffer && view >> 96 == offset;
        offset += length;
        follows
    });
    let used = if offset == 0 { buffer } else { buffer + 1 };
    tiles
        && (offset == 0 || is_full(buffers, buffer, offset))
        && usize::try_from(used).is_ok_and(|used| used == buffers.len())
        && buffers.iter().all(|buffer| is_exact(buffer, buffer.len()))
        && is_exact_views(typed)
}

/// True when the views are no part of a larger buffer.
fn is_exact_views<T: ByteViewType>(typed: &GenericByteViewArray<T>) -> bool {
    is_exact(typed.views().inner(), size_of_val::<[u128]>(typed.views()))
}

/// Index of the buffer of a long view.
fn view_buffer(view: &u128) -> u128 {
    (view >> 64) & LENGTH
}

fn is_full(buffers: &[arrow::buffer::Buffer], index: u128, used: u128) -> bool {
    let buffer = usize::try_from(index).ok().and_then(|index| buffers.get(index));
    buffer.is_some_and(|buffer| u128::try_from(buffer.len()).is_ok_and(|len| len == used))
}
