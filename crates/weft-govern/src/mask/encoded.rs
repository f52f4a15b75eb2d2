//! Masks over dictionaries and runs: once per distinct value.
//!
//! Keys and runs of the raw values would tell raw values apart that look the same behind the mask. So values that look
//! the same become one, numbered in the order of their first row.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, PrimitiveArray, UInt64Array, downcast_integer, downcast_run_end_index,
};
use arrow::compute::take;
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType, RunEndIndexType};
use arrow::row::{RowConverter, SortField};

use super::error::MaskError;
use super::kernel::Kernel;
use crate::rebuild::encoded::{compact, physical_runs, run_array};

macro_rules! over_dictionary {
    ($kind:ty, $values:ident) => {
        Some(Arc::new(move |array: &ArrayRef| dictionary::<$kind>(array, &$values)))
    };
}
macro_rules! over_runs {
    ($kind:ty, $values:ident) => {
        Some(Arc::new(move |array: &ArrayRef| runs::<$kind>(array, &$values)))
    };
}

/// The kernel over an encoded type, of the kernel over its values. `None` for other types.
pub(super) fn over(data_type: &DataType, values: Kernel) -> Option<Kernel> {
    match data_type {
        DataType::Dictionary(key, _) => downcast_integer! {
            key.as_ref() => (over_dictionary, values),
            _ => None,
        },
        DataType::RunEndEncoded(ends, _) => downcast_run_end_index! {
            ends.data_type() => (over_runs, values),
            _ => None,
        },
        _ => None,
    }
}

fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef, values: &Kernel) -> Result<ArrayRef, MaskError> {
    let typed = array.as_dictionary_opt::<K>().ok_or(MaskError::AnotherType)?;
    let (keys, used) = compact(typed, None)?;
    let (looks, distinct) = distinct(&values(&used)?)?;
    let look = |key: K::Native| looks.get(key.as_usize()).copied().flatten().map(K::Native::usize_as);
    let keys: PrimitiveArray<K> = keys.unary_opt(look);
    Ok(Arc::new(DictionaryArray::try_new(keys, distinct)?))
}

fn runs<R: RunEndIndexType>(array: &ArrayRef, values: &Kernel) -> Result<ArrayRef, MaskError> {
    let typed = array.as_run_opt::<R>().ok_or(MaskError::AnotherType)?;
    let (mut used, mut row_ends) = (Vec::new(), Vec::new());
    for (index, _, end) in physical_runs(typed) {
        used.push(u64::usize_as(index));
        row_ends.push(end);
    }
    let masked = values(&take(typed.values(), &UInt64Array::from(used), None)?)?;
    let (looks, _) = distinct(&masked)?;
    let (mut ends, mut picks, mut last) = (Vec::<usize>::new(), Vec::new(), None);
    for (run, (look, row_end)) in looks.iter().zip(row_ends).enumerate() {
        if last == Some(*look) {
            if let Some(end) = ends.last_mut() {
                *end = row_end;
            }
        } else {
            ends.push(row_end);
            picks.push(u64::usize_as(run));
            last = Some(*look);
        }
    }
    Ok(run_array(typed, &ends, &take(&masked, &UInt64Array::from(picks), None)?)?)
}

/// For each value the number of its look, none for NULL; and one value per look, in the order of their numbers.
fn distinct(values: &ArrayRef) -> Result<(Vec<Option<usize>>, ArrayRef), MaskError> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let rows = converter.convert_columns(std::slice::from_ref(values))?;
    let nulls = values.logical_nulls();
    let mut numbers = HashMap::with_capacity(values.len());
    let (mut looks, mut firsts) = (Vec::with_capacity(values.len()), Vec::new());
    for (place, row) in rows.iter().enumerate() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(place)) {
            looks.push(None);
            continue;
        }
        looks.push(Some(*numbers.entry(row).or_insert_with(|| {
            firsts.push(u64::usize_as(place));
            firsts.len() - 1
        })));
    }
    Ok((looks, take(values, &UInt64Array::from(firsts), None)?))
}
