//! Rebuilds arrays so that no buffer of them holds a value that the caller may not see.
//!
//! Arrow kernels move rows, not bytes: after `filter`, `nullif` or `slice` the rows that went away still stand in
//! dictionaries, view buffers, list children and the slots under NULL, and every one of these reaches the client with
//! the batch. What leaves [`rebuild`] holds the bytes of visible, valid slots and nothing else.
//!
//! Read in this order: this file, `bits`, `flat`, `bytes`, `views`, `encoded`, `nested`, `unions`.

mod bits;
mod bytes;
pub(crate) mod encoded;
mod flat;
mod nested;
mod unions;
mod views;

#[cfg(test)]
pub(crate) mod canary;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, downcast_integer, downcast_primitive, downcast_run_end_index,
};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::prep_null_mask_filter;
use arrow::datatypes::{
    BinaryType, BinaryViewType, DataType, LargeBinaryType, LargeUtf8Type, StringViewType, Utf8Type,
};
use arrow::error::ArrowError;

macro_rules! clean_primitive {
    ($kind:ty, $array:ident, $hide:ident) => {
        flat::primitive::<$kind>($array, $hide)
    };
}
macro_rules! clean_dictionary {
    ($kind:ty, $array:ident, $hide:ident) => {
        encoded::dictionary($array.as_dictionary::<$kind>(), $hide, clean)
    };
}
macro_rules! clean_runs {
    ($kind:ty, $array:ident, $hide:ident) => {
        encoded::runs($array.as_run::<$kind>(), $hide, clean)
    };
}
macro_rules! join_runs {
    ($kind:ty, $keep:ident, $shown:ident, $hidden:ident) => {
        encoded::join_runs(&$keep, $shown.as_run::<$kind>(), $hidden.as_run::<$kind>())?
    };
}
/// The same array with buffers that hold nothing but its visible, valid slots.
///
/// Values, NULLs, length and type stay. Slots under NULL are zero; dictionaries and runs keep the values that a row
/// uses, in the order of their first use; children keep the elements that a list shows. An array that is clean
/// already comes back as it is.
///
/// # Errors
/// When Arrow refuses the parts, which takes an array that was invalid before.
pub fn rebuild(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    clean(array, None)
}

/// The array where `keep` is true and NULL elsewhere, rebuilt: nothing of the slots that went away stays.
///
/// A union has no NULL of its own: there the slot becomes NULL of the union's first type.
///
/// # Errors
/// When lengths differ, or Arrow refuses the parts.
pub fn null_out(array: &ArrayRef, keep: &BooleanArray) -> Result<ArrayRef, ArrowError> {
    same_length(array, keep)?;
    let keep = certain(keep);
    clean(array, Some(&NullBuffer::new(keep.values().clone())))
}

/// `clear` where `keep` is true, `masked` elsewhere, rebuilt.
///
/// # Errors
/// When lengths or types differ, when the values that both sides use are more than a dictionary's key type counts, or
/// when Arrow refuses the parts.
pub fn choose(keep: &BooleanArray, clear: &ArrayRef, masked: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    same_length(clear, keep)?;
    same_length(masked, keep)?;
    let keep = certain(keep);
    let (shown, hidden) = if has_keys(clear.data_type()) {
        // Each side loses what the other one shows before they meet, so that keys are counted for what is used.
        let keep = NullBuffer::new(keep.values().clone());
        let rest = NullBuffer::new(!keep.inner());
        let sides = (clean(clear, Some(&keep))?, clean(masked, Some(&rest))?);
        encoded::check_keys(&sides.0.to_data(), &sides.1.to_data())?;
        sides
    } else {
        (Arc::clone(clear), Arc::clone(masked))
    };
    if shown.data_type() != hidden.data_type() {
        return Err(ArrowError::InvalidArgumentError("both sides of a choice need one type".to_owned()));
    }
    let joined = match shown.data_type() {
        DataType::RunEndEncoded(ends, _) => downcast_run_end_index! {
            ends.data_type() => (join_runs, keep, shown, hidden),
            other => return Err(unknown(other)),
        },
        _ => zip(&keep, &shown, &hidden)?,
    };
    clean(&joined, None)
}

/// True when an array of this type can hold more than its visible slots show.
///
/// Only the null type has no buffers. Every other type can: a slice keeps its neighbours, a NULL its old value.
#[must_use]
pub fn needs_rebuild(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Null)
}

/// Rebuilds `array` with the slots that are null in `hide` made NULL.
fn clean(array: &ArrayRef, hide: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let data_type = array.data_type();
    downcast_primitive! {
        data_type => (clean_primitive, array, hide),
        DataType::Null => Ok(Arc::clone(array)),
        DataType::Boolean => flat::boolean(array, hide),
        DataType::FixedSizeBinary(_) => flat::fixed_size_binary(array, hide),
        DataType::Utf8 => bytes::clean::<Utf8Type>(array, hide),
        DataType::LargeUtf8 => bytes::clean::<LargeUtf8Type>(array, hide),
        DataType::Binary => bytes::clean::<BinaryType>(array, hide),
        DataType::LargeBinary => bytes::clean::<LargeBinaryType>(array, hide),
        DataType::Utf8View => views::clean::<StringViewType>(array, hide),
        DataType::BinaryView => views::clean::<BinaryViewType>(array, hide),
        DataType::Dictionary(key, _) => downcast_integer! {
            key.as_ref() => (clean_dictionary, array, hide),
            other => Err(unknown(other)),
        },
        DataType::RunEndEncoded(ends, _) => downcast_run_end_index! {
            ends.data_type() => (clean_runs, array, hide),
            other => Err(unknown(other)),
        },
        DataType::Struct(_) => nested::structure(array, hide, clean),
        DataType::List(_) => nested::list::<i32>(array, hide, clean),
        DataType::LargeList(_) => nested::list::<i64>(array, hide, clean),
        DataType::ListView(_) => nested::list_view::<i32>(array, hide, clean),
        DataType::LargeListView(_) => nested::list_view::<i64>(array, hide, clean),
        DataType::FixedSizeList(_, _) => nested::fixed_size_list(array, hide, clean),
        DataType::Map(_, _) => nested::map(array, hide, clean),
        DataType::Union(_, _) => unions::clean(array, hide, clean),
        other => Err(unknown(other)),
    }
}

/// True when values of the type are counted by keys or runs, at any depth.
fn has_keys(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, _) | DataType::RunEndEncoded(_, _) => true,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => has_keys(field.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_keys(field.data_type())),
        DataType::Union(fields, _) => fields.iter().any(|(_, field)| has_keys(field.data_type())),
        _ => false,
    }
}

/// The condition with NULL read as false: what nobody granted is not granted.
fn certain(keep: &BooleanArray) -> BooleanArray {
    if keep.null_count() == 0 { keep.clone() } else { prep_null_mask_filter(keep) }
}

fn same_length(array: &ArrayRef, keep: &BooleanArray) -> Result<(), ArrowError> {
    if array.len() == keep.len() {
        return Ok(());
    }
    Err(ArrowError::InvalidArgumentError("a condition needs one slot per row".to_owned()))
}

fn unknown(data_type: &DataType) -> ArrowError {
    ArrowError::NotYetImplemented(format!("rebuilding `{data_type}`"))
}

/// The validity bitmap without a bit beyond its rows; `None` when every row is valid.
pub(crate) fn exact_nulls(nulls: Option<&NullBuffer>) -> Option<NullBuffer> {
    bits::validity(nulls, None)
}
