//! Dictionaries and runs: the values that a row uses, and no others.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, RunArray, UInt64Array, make_array,
    new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{interleave, take};
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType, RunEndIndexType};
use arrow::error::ArrowError;

use super::bits::{Clean, validity};

/// A dictionary whose values stand in the order of their first use. Keys to a NULL value become NULL keys.
pub(super) fn dictionary<K: ArrowDictionaryKeyType>(
    array: &DictionaryArray<K>,
    hide: Option<&NullBuffer>,
    clean: Clean,
) -> Result<ArrayRef, ArrowError> {
    let (keys, values) = compact(array, hide)?;
    Ok(Arc::new(DictionaryArray::<K>::try_new(keys, clean(&values, None)?)?))
}

/// New keys, and the values they use in the order of their first use.
pub(crate) fn compact<K: ArrowDictionaryKeyType>(
    array: &DictionaryArray<K>,
    hide: Option<&NullBuffer>,
) -> Result<(PrimitiveArray<K>, ArrayRef), ArrowError> {
    let logical = if array.values().logical_null_count() > 0 { array.logical_nulls() } else { array.nulls().cloned() };
    let valid = validity(logical.as_ref(), hide);
    let mut places = vec![None; array.values().len()];
    let mut used: Vec<u64> = Vec::new();
    let mut place = |key: &K::Native| {
        let slot = places.get_mut(key.as_usize())?;
        let place = *slot.get_or_insert_with(|| {
            used.push(u64::usize_as(key.as_usize()));
            K::Native::usize_as(used.len() - 1)
        });
        Some(place)
    };
    let old = array.keys().values().iter();
    let keys: Option<Vec<K::Native>> = match &valid {
        None => old.map(&mut place).collect(),
        Some(valid) => {
            old.zip(valid).map(|(key, valid)| if valid { place(key) } else { Some(K::Native::default()) }).collect()
        }
    };
    let keys = keys.ok_or_else(|| ArrowError::InvalidArgumentError("a dictionary key has no value".to_owned()))?;
    let values = take(array.values(), &UInt64Array::from(used), None)?;
    Ok((PrimitiveArray::try_new(keys.into(), valid)?, values))
}

/// Runs over the values that a visible row uses. Hidden rows become runs of NULL.
pub(super) fn runs<R: RunEndIndexType>(
    array: &RunArray<R>,
    hide: Option<&NullBuffer>,
    clean: Clean,
) -> Result<ArrayRef, ArrowError> {
    let mut kept = Runs::default();
    match hide.filter(|hide| hide.null_count() > 0) {
        None => physical_runs(array).for_each(|(index, _, end)| kept.push(end, Some((0, index)))),
        Some(hide) => {
            for (index, start, end) in physical_runs(array) {
                for row in start..end {
                    kept.push(row + 1, hide.is_valid(row).then_some((0, index)));
                }
            }
        }
    }
    let values = kept.values(&[array.values()])?;
    run_array::<R>(array, &kept.ends, &clean(&values, None)?)
}

/// The rows of `shown` where `keep` is true, those of `hidden` elsewhere.
pub(super) fn join_runs<R: RunEndIndexType>(
    keep: &BooleanArray,
    shown: &RunArray<R>,
    hidden: &RunArray<R>,
) -> Result<ArrayRef, ArrowError> {
    let rows = |array| physical_runs(array).flat_map(|(index, start, end)| (start..end).map(move |_| index));
    let mut kept = Runs::default();
    for (row, (shown, hidden)) in rows(shown).zip(rows(hidden)).enumerate() {
        kept.push(row + 1, Some(if keep.value(row) { (0, shown) } else { (1, hidden) }));
    }
    let values = kept.values(&[shown.values(), hidden.values()])?;
    run_array::<R>(shown, &kept.ends, &values)
}

/// Refuses two arrays whose dictionaries, at any depth, have more values together than their keys count: Arrow's
/// kernels panic on such a pair.
pub(super) fn check_keys(left: &ArrayData, right: &ArrayData) -> Result<(), ArrowError> {
    for (left, right) in left.child_data().iter().zip(right.child_data()) {
        check_keys(left, right)?;
    }
    let (DataType::Dictionary(key, _), [left], [right]) = (left.data_type(), left.child_data(), right.child_data())
    else {
        return Ok(());
    };
    let most = match **key {
        DataType::Int8 => usize::try_from(i8::MAX).ok(),
        DataType::UInt8 => Some(usize::from(u8::MAX)),
        DataType::Int16 => usize::try_from(i16::MAX).ok(),
        DataType::UInt16 => Some(usize::from(u16::MAX)),
        DataType::Int32 => usize::try_from(i32::MAX).ok(),
        DataType::UInt32 => usize::try_from(u32::MAX).ok(),
        _ => None,
    };
    if most.is_some_and(|most| left.len().saturating_add(right.len()) > most) {
        return Err(ArrowError::DictionaryKeyOverflowError);
    }
    Ok(())
}

/// A run array of the type of `like`.
pub(crate) fn run_array<R: RunEndIndexType>(
    like: &RunArray<R>,
    ends: &[usize],
    values: &ArrayRef,
) -> Result<ArrayRef, ArrowError> {
    let ends: Vec<R::Native> = ends.iter().map(|end| R::Native::usize_as(*end)).collect();
    let ends = PrimitiveArray::<R>::try_new(ends.into(), None)?;
    let children = vec![ends.into_data(), values.to_data()];
    // Built from parts because the typed constructor forgets the names of the fields.
    Ok(make_array(ArrayData::try_new(like.data_type().clone(), like.len(), None, 0, vec![], children)?))
}

/// Index of the value, first row and row behind the last, for each run that a possibly sliced array shows.
pub(crate) fn physical_runs<R: RunEndIndexType>(
    array: &RunArray<R>,
) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
    let (offset, len) = (array.run_ends().offset(), array.run_ends().len());
    let first = if len == 0 { 0 } else { array.run_ends().get_start_physical_index() };
    let mut start = 0;
    let ends = array.run_ends().values().iter().enumerate().skip(first);
    ends.map_while(move |(index, end)| {
        let from = start;
        start = end.as_usize().saturating_sub(offset).min(len);
        (from < len).then_some((index, from, start))
    })
}

/// Runs in the making: where each ends, and which value of which array it shows.
#[derive(Default)]
struct Runs {
    ends: Vec<usize>,
    sources: Vec<Option<(usize, usize)>>,
}

impl Runs {
    /// Adds rows up to `end`; joins them to the run before when that shows the very same value.
    fn push(&mut self, end: usize, source: Option<(usize, usize)>) {
        match (self.ends.last_mut(), self.sources.last()) {
            (Some(last), Some(before)) if *before == source => *last = end,
            _ => {
                self.ends.push(end);
                self.sources.push(source);
            }
        }
    }

    /// One value per run, taken from `arrays`.
    fn values(&self, arrays: &[&ArrayRef]) -> Result<ArrayRef, ArrowError> {
        let Some(first) = arrays.first() else {
            return Err(ArrowError::InvalidArgumentError("runs need values".to_owned()));
        };
        let nothing = new_null_array(first.data_type(), 1);
        let mut from: Vec<&dyn Array> = arrays.iter().map(|array| array.as_ref()).collect();
        from.push(nothing.as_ref());
        let picks: Vec<_> = self.sources.iter().map(|source| source.unwrap_or((arrays.len(), 0))).collect();
        interleave(&from, &picks)
    }
}
