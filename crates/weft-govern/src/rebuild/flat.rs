//! Arrays of fixed width: primitives, booleans, fixed-size binary.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use super::bits::{exact_bits, is_exact, is_exact_bits, validity, zeroed};

/// Numbers, dates, times, intervals, decimals.
pub(super) fn primitive<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    hide: Option<&NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_primitive::<T>();
    let valid = validity(typed.nulls(), hide);
    let values = match &valid {
        Some(valid) => zeroed(typed.values(), valid),
        None if is_exact(typed.values().inner(), size_of_val::<[T::Native]>(typed.values())) => {
            return if typed.nulls().is_none() {
                Ok(Arc::clone(array))
            } else {
                wrap::<T>(typed, typed.values().clone(), None)
            };
        }
        None => typed.values().to_vec(),
    };
    wrap::<T>(typed, values.into(), valid)
}

fn wrap<T: ArrowPrimitiveType>(
    like: &PrimitiveArray<T>,
    values: ScalarBuffer<T::Native>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let array = PrimitiveArray::<T>::try_new(values, nulls)?;
    Ok(Arc::new(array.with_data_type(like.data_type().clone())))
}

/// Booleans.
pub(super) fn boolean(array: &ArrayRef, hide: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_boolean();
    let valid = validity(typed.nulls(), hide);
    if valid.is_none() && typed.nulls().is_none() && is_exact_bits(typed.values()) {
        return Ok(Arc::clone(array));
    }
    let values = match &valid {
        Some(valid) => typed.values() & valid.inner(),
        None => typed.values().clone(),
    };
    Ok(Arc::new(BooleanArray::new(exact_bits(&values), valid)))
}

/// Binary values of one width.
pub(super) fn fixed_size_binary(array: &ArrayRef, hide: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let typed = array.as_fixed_size_binary();
    let valid = validity(typed.nulls(), hide);
    let width = usize::try_from(typed.value_length()).unwrap_or_default();
    let size = width.saturating_mul(typed.len());
    if valid.is_none() && typed.nulls().is_none() && is_exact(typed.values(), size) {
        return Ok(Arc::clone(array));
    }
    let mut values = Vec::with_capacity(size);
    for row in 0..typed.len() {
        if valid.as_ref().is_none_or(|valid| valid.is_valid(row)) {
            values.extend_from_slice(typed.value(row));
        } else {
            values.resize(values.len() + width, 0);
        }
    }
    let values = Buffer::from_vec(values);
    Ok(Arc::new(FixedSizeBinaryArray::try_new_with_len(typed.value_length(), values, valid, typed.len())?))
}
