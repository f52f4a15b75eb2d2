use arrow::array::*;
use arrow::datatypes::Int32Type;
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};

use super::*;
use crate::wire::ipc::schema_header;

fn messages(batches: &[RecordBatch]) -> Vec<FlightData> {
    let options = IpcWriteOptions::default();
    let mut tracker = DictionaryTracker::new(false);
    let header = schema_header(&batches[0].schema(), &options, &mut tracker);
    let mut messages = vec![FlightData { data_header: header.into(), ..FlightData::default() }];
    for batch in batches {
        let (dictionaries, data) =
            IpcDataGenerator::default().encode(batch, &mut tracker, &options, &mut IpcWriteContext::default()).unwrap();
        for data in dictionaries.into_iter().chain([data]) {
            messages.push(FlightData {
                data_header: data.ipc_message.into(),
                data_body: data.arrow_data.into(),
                ..FlightData::default()
            });
        }
    }
    messages
}

fn bind(messages: &[FlightData], limits: &FlightLimits) -> Result<RecordBatch, Error> {
    let mut parameters = Parameters::default();
    messages.iter().try_for_each(|message| parameters.push(message, limits))?;
    parameters.decode()
}

fn batch(rows: i32) -> RecordBatch {
    let names: DictionaryArray<Int32Type> = (0..rows).map(|row| (row % 3 != 0).then_some("x")).collect();
    RecordBatch::try_from_iter([
        ("0", Arc::new(Int32Array::from_iter((0..rows).map(|row| (row % 2 == 0).then_some(row)))) as ArrayRef),
        ("whatever", Arc::new(names) as ArrayRef),
        ("null", Arc::new(NullArray::new(usize::try_from(rows).unwrap())) as ArrayRef),
    ])
    .unwrap()
}

#[test]
fn several_rows_and_nulls_are_bound_by_position() {
    let bound = bind(&messages(&[batch(4), batch(3)]), &FlightLimits::default()).unwrap();
    assert_eq!(bound.num_rows(), 7);
    let names: Vec<&str> = bound.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["$1", "$2", "$3"]);
    assert_eq!(bound.column(0).as_primitive::<Int32Type>().value(2), 2);
    assert!(bound.column(0).is_null(1));
    assert_eq!(bound.column(1).as_string::<i32>().value(1), "x");
    assert!(bound.schema_ref().fields().iter().all(|field| field.is_nullable()));
}

#[test]
fn bounds_are_kept() {
    let error = bind(&messages(&[batch(600), batch(600)]), &FlightLimits::default()).unwrap_err();
    assert_eq!(error.to_string(), "the number of bound rows exceeds limits.parameter_rows = 1000");
    let long = StringArray::from(vec!["x".repeat(3 << 20)]);
    let long = RecordBatch::try_from_iter([("0", Arc::new(long) as ArrayRef)]).unwrap();
    let error = bind(&messages(&[long]), &FlightLimits::default()).unwrap_err();
    assert_eq!(error.to_string(), "the set of bound parameters exceeds limits.parameter_bytes = 1048576");
}

#[test]
fn damaged_messages_are_refused_without_a_panic() {
    let good = messages(&[batch(4)]);
    for at in 0..good.len() {
        let mut cut = good.clone();
        cut[at].data_body = cut[at].data_body.slice(..cut[at].data_body.len() / 2);
        let mut short = good.clone();
        short[at].data_header = short[at].data_header.slice(..short[at].data_header.len() / 2);
        assert!(bind(&short, &FlightLimits::default()).is_err(), "{at}");
        if !good[at].data_body.is_empty() {
            assert!(bind(&cut, &FlightLimits::default()).is_err(), "{at}");
        }
    }
    assert!(bind(&[], &FlightLimits::default()).is_err());
    assert!(bind(&good[1..], &FlightLimits::default()).is_err());
}

#[test]
fn a_row_of_nulls_without_a_body_is_a_row() {
    let nulls = RecordBatch::try_from_iter([("0", Arc::new(NullArray::new(1)) as ArrayRef)]).unwrap();
    let messages = messages(&[nulls]);
    assert!(messages[1].data_body.is_empty());
    assert_eq!(bind(&messages, &FlightLimits::default()).unwrap().num_rows(), 1);
}
