//! Iceberg `mask-alphanum`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, GenericByteArray};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::datatypes::{ArrowNativeType, ByteArrayType, DataType, LargeUtf8Type, Utf8Type};

use super::error::MaskError;
use super::kernel::{Kernel, strings};
use crate::rebuild::exact_nulls;

/// The kernel over strings of any layout. `None` for other types.
pub(super) fn mask_alphanum(data_type: &DataType) -> Option<Kernel> {
    let each = strings(data_type, alphanum)?;
    Some(match data_type {
        DataType::Utf8 => Arc::new(move |array| at_once::<Utf8Type>(array).unwrap_or_else(|| each(array))),
        DataType::LargeUtf8 => Arc::new(move |array| at_once::<LargeUtf8Type>(array).unwrap_or_else(|| each(array))),
        _ => each,
    })
}

/// Digits become `n`, the signs `( ) , . - @` stay, every other character becomes `x`.
pub(super) fn alphanum(value: &str, shown: &mut Vec<u8>) {
    if value.is_ascii() {
        shown.extend(value.as_bytes().iter().map(masked));
    } else {
        shown.extend(value.chars().map(|character| u8::try_from(character).map_or(b'x', |byte| masked(&byte))));
    }
}

/// The data of all rows in one go: where one byte is one character, offsets stay. `None` when it is not so, or when
/// slots under NULL have data, which nothing may be shown of.
fn at_once<T: ByteArrayType>(array: &ArrayRef) -> Option<Result<ArrayRef, MaskError>> {
    let typed: &GenericByteArray<T> = array.as_bytes_opt::<T>()?;
    let (first, last) = (typed.offsets().first()?.as_usize(), typed.offsets().last()?.as_usize());
    let data = typed.values().get(first..last)?;
    if !data.is_ascii() || typed.offsets().has_non_empty_nulls(typed.nulls()) {
        return None;
    }
    let shown = Buffer::from_vec(data.iter().map(masked).collect::<Vec<u8>>());
    let offsets = OffsetBuffer::from_lengths(typed.offsets().lengths());
    let array = GenericByteArray::<T>::try_new(offsets, shown, exact_nulls(typed.nulls()));
    Some(array.map(|array| Arc::new(array) as ArrayRef).map_err(MaskError::from))
}

/// Without branches, so that many bytes go through at once.
fn masked(byte: &u8) -> u8 {
    let digit = byte.wrapping_sub(b'0') < 10;
    let brackets = (*byte == b'(') | (*byte == b')');
    let points = (*byte == b',') | (*byte == b'.') | (*byte == b'-') | (*byte == b'@');
    let sign = if brackets | points { *byte } else { b'x' };
    if digit { b'n' } else { sign }
}
