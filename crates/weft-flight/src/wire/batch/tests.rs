use arrow::array::*;
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Int32Type, UInt16Type};
use arrow_schema::{Field, Schema};

use super::*;
use crate::wire::profile::Profile;
use crate::wire::schema::wire_schema;

fn one(array: ArrayRef) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("c", array.data_type().clone(), array.null_count() > 0)]);
    RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap()
}

fn through(array: ArrayRef, profile: Profile) -> ArrayRef {
    let batch = one(array);
    let schema = wire_schema(&batch.schema(), profile);
    let wire = wire_batch(&batch, &schema).unwrap();
    assert_eq!(wire.schema(), schema);
    Arc::clone(wire.column(0))
}

#[test]
fn views_become_plain_strings() {
    let views = StringViewArray::from(vec![Some("short"), None, Some("longer than twelve bytes")]);
    let wire = through(Arc::new(views), Profile::Jdbc);
    assert_eq!(
        wire.as_string::<i32>(),
        &StringArray::from(vec![Some("short"), None, Some("longer than twelve bytes")])
    );
}

#[test]
fn native_views_carry_only_their_own_rows() {
    let views = StringViewArray::from_iter_values((0..1_000).map(|i| format!("a string that is not inlined {i}")));
    let slice: ArrayRef = Arc::new(views.slice(10, 2));
    let wire = through(slice, Profile::Native);
    assert!(wire.as_string_view().total_buffer_bytes_used() < 100);
    assert_eq!(wire.as_string_view().data_buffers().iter().map(|buffer| buffer.len()).sum::<usize>(), 62);
}

#[test]
fn dictionaries_become_values() {
    let keys = UInt16Array::from(vec![Some(1), None, Some(0), Some(2)]);
    let values = StringViewArray::from(vec![Some("a"), Some("b"), None]);
    let dictionary = DictionaryArray::<UInt16Type>::new(keys, Arc::new(values));
    let wire = through(Arc::new(dictionary), Profile::Adbc);
    assert_eq!(wire.as_string::<i32>(), &StringArray::from(vec![Some("b"), None, Some("a"), None]));
}

#[test]
fn run_ends_become_values() {
    let runs =
        RunArray::<Int32Type>::try_new(&Int32Array::from(vec![2, 3]), &StringArray::from(vec!["a", "b"])).unwrap();
    let wire = through(Arc::new(runs), Profile::Adbc);
    assert_eq!(wire.as_string::<i32>(), &StringArray::from(vec!["a", "a", "b"]));
}

#[test]
fn sliced_lists_and_structs_keep_their_rows() {
    let mut builder = ListBuilder::new(StringViewBuilder::new());
    for row in 0..10 {
        for value in 0..row {
            builder.values().append_value(format!("{row}/{value}"));
        }
        builder.append(row != 4);
    }
    let lists: ArrayRef = Arc::new(builder.finish());
    let structs: ArrayRef = Arc::new(StructArray::new(
        vec![Field::new("l", lists.data_type().clone(), true)].into(),
        vec![lists],
        Some(NullBuffer::from_iter((0..10).map(|row| row != 5))),
    ));
    let wire = through(structs.slice(3, 4), Profile::Adbc);
    let wire = wire.as_struct();
    assert_eq!(wire.len(), 4);
    assert!(wire.is_null(2));
    let lists = wire.column(0).as_list::<i32>();
    assert_eq!(lists.value(0).as_string::<i32>(), &StringArray::from(vec!["3/0", "3/1", "3/2"]));
    assert!(lists.is_null(1));
    assert_eq!(lists.values().len(), 3 + 4 + 5 + 6);
    assert_eq!(lists.value(3).as_string::<i32>().value(5), "6/5");
}

#[test]
fn list_views_and_large_lists_are_rebuilt() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]);
    let wire = through(Arc::new(ListViewArray::from(lists.clone())), Profile::Jdbc);
    assert_eq!(wire.as_list::<i32>().value(0).as_primitive::<Int32Type>(), &Int32Array::from(vec![Some(1), None]));
    assert!(wire.is_null(1));
    let large = LargeListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]);
    let wire = through(Arc::new(large), Profile::Jdbc);
    assert!(matches!(wire.data_type(), DataType::LargeList(_)));
}

#[test]
fn maps_keep_their_keys() {
    let mut builder = MapBuilder::new(None, StringViewBuilder::new(), StringViewBuilder::new());
    for row in 0..3 {
        builder.keys().append_value(format!("k{row}"));
        builder.values().append_value(format!("v{row}"));
        builder.append(true).unwrap();
    }
    let wire = through(Arc::new(builder.finish().slice(1, 2)), Profile::Jdbc);
    let map = wire.as_map();
    assert_eq!(map.keys().as_string::<i32>(), &StringArray::from(vec!["k1", "k2"]));
    assert_eq!(map.values().as_string::<i32>(), &StringArray::from(vec!["v1", "v2"]));
}

#[test]
fn a_batch_without_columns_keeps_its_rows() {
    let rows = RecordBatchOptions::new().with_row_count(Some(7));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &rows).unwrap();
    assert_eq!(wire_batch(&batch, &Arc::new(Schema::empty())).unwrap().num_rows(), 7);
}

#[test]
fn another_number_of_columns_is_refused() {
    let batch = one(Arc::new(Int32Array::from(vec![1])));
    let error = wire_batch(&batch, &Arc::new(Schema::empty())).unwrap_err();
    assert_eq!(error.to_string(), "Schema error: the result has another number of columns than announced");
}
