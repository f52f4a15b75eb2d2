//! How many bytes the rows of a batch will take on the wire, before they are cast.

use arrow::array::{Array, AsArray, OffsetSizeTrait};
use arrow::datatypes::ByteViewType;
use arrow::record_batch::RecordBatch;
use arrow_schema::DataType;

/// An estimate for a whole batch; slices count what they show, not what they hold on to.
pub(crate) fn bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| array_bytes(column.as_ref())).sum()
}

fn array_bytes(array: &dyn Array) -> usize {
    let validity = array.len().div_ceil(8);
    let values = match array.data_type() {
        DataType::Utf8View => views(array.as_string_view()),
        DataType::BinaryView => views(array.as_binary_view()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            repeated(dictionary.values().as_ref(), array.len())
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            ranged(list.offsets(), list.values().as_ref())
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            ranged(list.offsets(), list.values().as_ref())
        }
        DataType::Map(..) => {
            let map = array.as_map();
            ranged(map.offsets(), map.entries())
        }
        DataType::FixedSizeList(..) => array_bytes(array.as_fixed_size_list().values().as_ref()),
        DataType::Struct(_) => array.as_struct().columns().iter().map(|column| array_bytes(column.as_ref())).sum(),
        DataType::ListView(_) => repeated(array.as_list_view::<i32>().values().as_ref(), array.len()),
        DataType::LargeListView(_) => repeated(array.as_list_view::<i64>().values().as_ref(), array.len()),
        _ => array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size()),
    };
    validity.saturating_add(values)
}

fn views<T: ByteViewType + ?Sized>(array: &arrow::array::GenericByteViewArray<T>) -> usize {
    let offsets = array.len().saturating_mul(size_of::<i32>());
    array.lengths().map(|length| usize::try_from(length).unwrap_or(usize::MAX)).fold(offsets, usize::saturating_add)
}

/// Values that rows share: the average times the rows. What is wrong with that shows after encoding.
fn repeated(values: &dyn Array, rows: usize) -> usize {
    match values.len() {
        0 => 0,
        count => array_bytes(values).div_ceil(count).saturating_mul(rows),
    }
}

fn ranged<O: OffsetSizeTrait>(offsets: &[O], values: &dyn Array) -> usize {
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return 0 };
    let (start, length) = (first.as_usize(), (*last - *first).as_usize());
    std::mem::size_of_val(offsets).saturating_add(array_bytes(values.slice(start, length).as_ref()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, ListArray, StringViewArray};
    use arrow::datatypes::Int32Type;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_slice_of_views_counts_its_own_strings() {
        let views = StringViewArray::from_iter_values((0..1_000).map(|_| "x".repeat(1_000)));
        let whole = array_bytes(&views);
        assert!((1_000_000..1_010_000).contains(&whole), "{whole}");
        assert!(array_bytes(&views.slice(0, 10)) < 11_000);
    }

    #[test]
    fn a_slice_of_lists_counts_its_own_values() {
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
            (0..100).map(|_| Some((0..100).map(Some).collect::<Vec<_>>())),
        ));
        assert!(array_bytes(lists.as_ref()) > 40_000);
        assert!(array_bytes(lists.slice(5, 1).as_ref()) < 500);
    }
}
