use arrow::array::*;
use arrow::buffer::Buffer;
use arrow::datatypes::Int32Type;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::{DataType, Field, Schema};
use prost::Message;

use super::*;
use crate::wire::ipc::CONTINUATION;
use crate::wire::profile::Profile;
use crate::wire::schema::wire_schema;

fn strings(values: impl IntoIterator<Item = String>) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("s", DataType::Utf8View, false)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(StringViewArray::from_iter_values(values))]).unwrap()
}

fn encode(batches: &[RecordBatch], profile: Profile) -> Result<Vec<FlightData>, EncodeError> {
    let mut encoder = Encoder::new(wire_schema(&batches[0].schema(), profile), 1 << 20, None).unwrap();
    let mut messages = vec![encoder.schema_message()];
    for batch in batches {
        encoder.push(batch.clone());
        while let Some(message) = encoder.next() {
            messages.push(message?);
        }
    }
    Ok(messages)
}

/// Reads messages as a client does.
fn decode(messages: &[FlightData]) -> Vec<RecordBatch> {
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    for message in messages {
        let mut bytes = CONTINUATION.to_vec();
        bytes.extend(u32::try_from(message.data_header.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&message.data_header);
        bytes.extend_from_slice(&message.data_body);
        let mut buffer = Buffer::from(bytes);
        while !buffer.is_empty() {
            batches.extend(decoder.decode(&mut buffer).unwrap());
        }
    }
    batches
}

#[test]
fn skewed_strings_stay_below_four_mebibytes() {
    let values = (0..1_000).map(|row| if row % 100 == 0 { "y".repeat(3 << 20) } else { format!("row {row}") });
    let batch = strings(values.collect::<Vec<_>>());
    for profile in [Profile::Unknown, Profile::Native] {
        let messages = encode(std::slice::from_ref(&batch), profile).unwrap();
        assert!(messages.len() > 10);
        assert!(messages.iter().all(|message| message.encoded_len() < 4 << 20));
        let batches = decode(&messages);
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1_000);
    }
}

#[test]
fn native_views_are_not_multiplied_by_cutting() {
    let batch = strings((0..100_000).map(|row| format!("a string longer than twelve bytes, number {row:08}")));
    let payload: usize = batch.column(0).as_string_view().lengths().map(|length| length as usize).sum();
    let messages = encode(std::slice::from_ref(&batch), Profile::Native).unwrap();
    let sent: usize = messages.iter().map(|message| message.data_body.len()).sum();
    assert!(messages.len() > 4);
    // The view of a string takes 16 bytes beside it.
    let least = payload + 16 * 100_000;
    assert!(sent * 100 < least * 105, "{sent} for {least}");
}

#[test]
fn rows_come_out_in_order() {
    let rows = 300_000;
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, false)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(Int32Array::from_iter_values(0..rows))]).unwrap();
    let batches = decode(&encode(&[batch], Profile::Unknown).unwrap());
    assert!(batches.len() > 1);
    let read: Vec<i32> =
        batches.iter().flat_map(|b| b.column(0).as_primitive::<Int32Type>().values().to_vec()).collect();
    assert_eq!(read, (0..rows).collect::<Vec<_>>());
}

#[test]
fn one_row_that_does_not_fit_is_refused() {
    let batch = strings(["x".to_owned(), "y".repeat(5 << 20)]);
    let error = encode(&[batch], Profile::Unknown).unwrap_err();
    assert_eq!(error.to_string(), "a single row of the result exceeds the message size of 4 MiB");
}

#[test]
fn native_dictionaries_travel_once() {
    let batch = |keys: &[i32]| {
        let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
        let dictionary = DictionaryArray::<Int32Type>::new(Int32Array::from(keys.to_vec()), values);
        let schema = Schema::new(vec![Field::new("d", dictionary.data_type().clone(), true)]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(dictionary)]).unwrap()
    };
    let messages = encode(&[batch(&[0, 1]), batch(&[2, 2])], Profile::Native).unwrap();
    assert_eq!(messages.len(), 4);
    assert_eq!(decode(&messages).len(), 2);
}

#[test]
fn empty_batches_are_not_sent_unless_asked_for() {
    let batch = strings([]);
    assert_eq!(encode(std::slice::from_ref(&batch), Profile::Unknown).unwrap().len(), 1);
    let mut encoder = Encoder::new(wire_schema(&batch.schema(), Profile::Unknown), 1 << 20, None).unwrap();
    let mut messages = vec![encoder.schema_message(), encoder.empty(Bytes::from_static(b"{}")).unwrap().unwrap()];
    assert_eq!(messages[1].app_metadata, Bytes::from_static(b"{}"));
    encoder.push(strings(["after".to_owned()]));
    messages.push(encoder.next().unwrap().unwrap());
    let batches = decode(&messages);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [0, 1]);
}
