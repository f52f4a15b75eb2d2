//! Arrays whose hot rows hold a canary, and the walk that looks for it in every byte of an array.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Int32Array, LargeBinaryArray, LargeListArray, LargeListViewArray, LargeStringArray, ListArray,
    ListViewArray, MapArray, PrimitiveArray, RunArray, StringArray, StringViewArray, StructArray, UnionArray,
    make_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::*;

/// No clean value, key, offset or bitmap of these arrays has this byte; every canary is full of it.
pub(crate) const CANARY: u8 = 0xCA;

/// Says of each row whether it holds the canary.
pub(crate) type Hot = fn(usize) -> bool;

/// `\u{28A}` is `CA 8A` in UTF-8: long enough for a view buffer.
fn text(row: usize, hot: bool) -> String {
    if hot { "\u{28A}".repeat(20) } else { format!("a value that needs a buffer {row}") }
}

/// Short enough to stand inside a view.
fn short(row: usize, hot: bool) -> String {
    if hot { "\u{28A}".repeat(4) } else { format!("v{row}") }
}

/// A byte that tells clean rows apart.
fn clean(row: usize) -> u8 {
    u8::try_from(row % 50).unwrap()
}

fn fixed<T: ArrowPrimitiveType>(rows: usize, hot: Hot, data_type: DataType) -> ArrayRef {
    let width = size_of::<T::Native>();
    let bytes: Vec<u8> = (0..rows).flat_map(|row| vec![if hot(row) { CANARY } else { clean(row) }; width]).collect();
    let buffer = Buffer::from(arrow::buffer::MutableBuffer::from_iter(bytes));
    make_array(ArrayData::builder(data_type).len(rows).add_buffer(buffer).build().unwrap())
}

macro_rules! numbers {
    ($rows:expr, $hot:expr, $($kind:ty),+) => {
        vec![$(fixed::<$kind>($rows, $hot, <$kind>::DATA_TYPE)),+]
    };
}

/// One array of every type that is not nested.
pub(crate) fn flat(rows: usize, hot: Hot) -> Vec<ArrayRef> {
    let mut arrays = numbers!(
        rows,
        hot,
        Int8Type,
        Int16Type,
        Int32Type,
        Int64Type,
        UInt8Type,
        UInt16Type,
        UInt32Type,
        UInt64Type,
        Float16Type,
        Float32Type,
        Float64Type,
        Date32Type,
        Date64Type,
        Time32SecondType,
        Time32MillisecondType,
        Time64MicrosecondType,
        Time64NanosecondType,
        TimestampSecondType,
        TimestampMillisecondType,
        TimestampMicrosecondType,
        TimestampNanosecondType,
        DurationSecondType,
        DurationNanosecondType,
        IntervalYearMonthType,
        IntervalDayTimeType,
        IntervalMonthDayNanoType,
        Decimal32Type,
        Decimal64Type,
        Decimal128Type,
        Decimal256Type
    );
    arrays.push(fixed::<TimestampMicrosecondType>(
        rows,
        hot,
        DataType::Timestamp(TimeUnit::Microsecond, Some("+02:00".into())),
    ));
    arrays.push(fixed::<Decimal128Type>(rows, hot, DataType::Decimal128(38, 3)));
    for value in [text, short] {
        let values = move || (0..rows).map(move |row| value(row, hot(row)));
        arrays.push(Arc::new(StringArray::from_iter_values(values())));
        arrays.push(Arc::new(LargeStringArray::from_iter_values(values())));
        arrays.push(Arc::new(StringViewArray::from_iter_values(values())));
        arrays.push(Arc::new(BinaryArray::from_iter_values(values())));
        arrays.push(Arc::new(LargeBinaryArray::from_iter_values(values())));
        arrays.push(Arc::new(BinaryViewArray::from_iter_values(values())));
    }
    let wide = (0..rows).map(|row| [if hot(row) { CANARY } else { clean(row) }; 5]);
    arrays.push(Arc::new(FixedSizeBinaryArray::try_from_iter(wide).unwrap()));
    arrays
}

/// Puts an array into a nested or encoded type.
pub(crate) type Wrap = fn(&ArrayRef) -> ArrayRef;

/// Every nested or encoded type around an array, each row of it holding the array's row.
pub(crate) fn wraps() -> Vec<(&'static str, Wrap)> {
    vec![
        ("dictionary of int8", |array| dictionary::<Int8Type>(array)),
        ("dictionary of uint64", |array| dictionary::<UInt64Type>(array)),
        ("runs of int16", |array| runs::<Int16Type>(array)),
        ("runs of int64", |array| runs::<Int64Type>(array)),
        ("struct", |array| {
            let fields = Fields::from(vec![item(array, "a", true), item(array, "b", false)]);
            Arc::new(StructArray::new(fields, vec![Arc::clone(array), Arc::clone(array)], None))
        }),
        ("list", |array| {
            let offsets = OffsetBuffer::from_repeated_length(1, array.len());
            Arc::new(ListArray::new(item(array, "item", false), offsets, Arc::clone(array), None))
        }),
        ("large list", |array| {
            let offsets = OffsetBuffer::from_repeated_length(1, array.len());
            Arc::new(LargeListArray::new(item(array, "item", true), offsets, Arc::clone(array), None))
        }),
        ("list view", |array| {
            let (offsets, sizes): (Vec<i32>, Vec<i32>) = (0..rows(array)).map(|row| (row, 1)).unzip();
            let field = item(array, "item", true);
            Arc::new(ListViewArray::new(field, offsets.into(), sizes.into(), Arc::clone(array), None))
        }),
        ("large list view", |array| {
            let (offsets, sizes): (Vec<i64>, Vec<i64>) = (0..i64::from(rows(array))).map(|row| (row, 1)).unzip();
            let field = item(array, "item", true);
            Arc::new(LargeListViewArray::new(field, offsets.into(), sizes.into(), Arc::clone(array), None))
        }),
        ("fixed-size list", |array| {
            Arc::new(FixedSizeListArray::new(item(array, "item", false), 1, Arc::clone(array), None))
        }),
        ("map", map),
        ("dense union", |array| union(array, true)),
        ("sparse union", |array| union(array, false)),
    ]
}

fn rows(array: &ArrayRef) -> i32 {
    i32::try_from(array.len()).unwrap()
}

fn item(array: &ArrayRef, name: &str, nullable: bool) -> FieldRef {
    Arc::new(Field::new(name, array.data_type().clone(), nullable))
}

fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> ArrayRef {
    let keys = (0..array.len()).map(K::Native::usize_as).collect::<Vec<_>>();
    Arc::new(DictionaryArray::new(PrimitiveArray::<K>::new(keys.into(), None), Arc::clone(array)))
}

fn runs<R: RunEndIndexType>(array: &ArrayRef) -> ArrayRef {
    let ends = (1..=array.len()).map(R::Native::usize_as).collect::<Vec<_>>();
    Arc::new(RunArray::try_new(&PrimitiveArray::<R>::new(ends.into(), None), array).unwrap())
}

fn map(array: &ArrayRef) -> ArrayRef {
    let keys: ArrayRef = Arc::new(Int32Array::from_iter_values(0..rows(array)));
    let fields = Fields::from(vec![item(&keys, "keys", false), item(array, "values", true)]);
    let entries = StructArray::new(fields.clone(), vec![keys, Arc::clone(array)], None);
    let field = Arc::new(Field::new("entries", DataType::Struct(fields), false));
    let offsets = OffsetBuffer::from_repeated_length(1, array.len());
    Arc::new(MapArray::new(field, offsets, entries, None, false))
}

fn union(array: &ArrayRef, dense: bool) -> ArrayRef {
    let other: ArrayRef = Arc::new(Int32Array::from(vec![7; array.len()]));
    let fields: UnionFields = [(3, item(&other, "other", true)), (5, item(array, "it", true))].into_iter().collect();
    let ids = vec![5_i8; array.len()];
    let offsets = dense.then(|| (0..rows(array)).collect::<Vec<_>>().into());
    Arc::new(UnionArray::try_new(fields, ids.into(), offsets, vec![other, Arc::clone(array)]).unwrap())
}

/// The array with NULL in these rows as `nullif` makes it: only the bitmap changes. `None` for types without one.
pub(crate) fn nulled(array: &ArrayRef, hot: Hot) -> Option<ArrayRef> {
    if matches!(array.data_type(), DataType::Union(_, _) | DataType::RunEndEncoded(_, _) | DataType::Null) {
        return None;
    }
    let nulls: NullBuffer = (0..array.len()).map(|row| !hot(row)).collect();
    let data = array.to_data().into_builder().nulls(Some(nulls));
    Some(make_array(data.build().unwrap()))
}

/// True when some byte of some buffer of the array, or of anything inside it, is the canary.
pub(crate) fn sings(data: &ArrayData) -> bool {
    let bitmap = data.nulls().map(|nulls| nulls.buffer().as_slice()).unwrap_or_default();
    bitmap.contains(&CANARY)
        || data.buffers().iter().any(|buffer| buffer.as_slice().contains(&CANARY))
        || data.child_data().iter().any(sings)
}
