//! Buffers and validity bitmaps without a bit beyond what their array shows.

use arrow::array::ArrayRef;
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::error::ArrowError;

/// How a container rebuilds its children: the array, and the slots (null here) to make NULL.
pub(super) type Clean = fn(&ArrayRef, Option<&NullBuffer>) -> Result<ArrayRef, ArrowError>;

/// Allocations are rounded up to this many bytes; more than that behind a buffer means that it is part of another.
const ALLOCATION: usize = 64;

/// True when the buffer is `len` bytes long and no part of a larger one.
pub(super) fn is_exact(buffer: &Buffer, len: usize) -> bool {
    buffer.len() == len && buffer.ptr_offset() == 0 && buffer.capacity() <= len.next_multiple_of(ALLOCATION)
}

/// What is valid and not hidden, as a bitmap of its own; `None` when that is everything.
pub(super) fn validity(nulls: Option<&NullBuffer>, hide: Option<&NullBuffer>) -> Option<NullBuffer> {
    let joined = NullBuffer::union(nulls, hide)?;
    (joined.null_count() > 0).then(|| NullBuffer::new(exact_bits(joined.inner())))
}

/// True when the bitmap starts at bit zero of a buffer of its own and its last byte is zero behind its last bit.
pub(super) fn is_exact_bits(bits: &BooleanBuffer) -> bool {
    let spare = spare_bits(bits.len());
    bits.offset() == 0
        && is_exact(bits.inner(), bits.len().div_ceil(8))
        && bits.values().last().is_none_or(|last| last & spare == 0)
}

/// The same bits from bit zero of a buffer of its own, zero behind the last one.
pub(super) fn exact_bits(bits: &BooleanBuffer) -> BooleanBuffer {
    if is_exact_bits(bits) {
        return bits.clone();
    }
    let mut bytes: Vec<u8> = bits.sliced().iter().copied().take(bits.len().div_ceil(8)).collect();
    if let Some(last) = bytes.last_mut() {
        *last &= !spare_bits(bits.len());
    }
    BooleanBuffer::new(Buffer::from_vec(bytes), 0, bits.len())
}

/// The bits of a bitmap's last byte that stand for no row.
fn spare_bits(len: usize) -> u8 {
    match len % 8 {
        0 => 0,
        used => u8::MAX << used,
    }
}

/// The values with those that are not valid replaced by the type's zero.
pub(super) fn zeroed<T: Copy + Default>(values: &[T], valid: &NullBuffer) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    let chunks = valid.inner().bit_chunks();
    for (word, chunk) in chunks.iter_padded().zip(values.chunks(64)) {
        if word == u64::MAX {
            kept.extend_from_slice(chunk);
        } else if word == 0 {
            kept.resize(kept.len() + chunk.len(), T::default());
        } else {
            let pick = |(bit, value): (usize, &T)| if (word >> bit) & 1 == 1 { *value } else { T::default() };
            kept.extend(chunk.iter().enumerate().map(pick));
        }
    }
    kept
}
