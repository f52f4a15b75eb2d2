//! Schemas and parameters as Arrow IPC bytes.

use arrow::record_batch::RecordBatch;
use arrow_ipc::writer::{DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;

/// What stands before every encapsulated message, followed by its length in four bytes.
pub(crate) const CONTINUATION: [u8; 4] = [0xff; 4];

/// The header of a schema message: the flatbuffer alone, as a data stream carries it.
pub(crate) fn schema_header(schema: &Schema, options: &IpcWriteOptions, tracker: &mut DictionaryTracker) -> Vec<u8> {
    IpcDataGenerator::default().schema_to_bytes_with_dictionary_tracker(schema, tracker, options).ipc_message
}

/// A schema as an encapsulated IPC message: the form FlightInfo, GetSchema, prepared statements and `table_schema` have.
pub(crate) fn schema_message(schema: &Schema) -> Result<Bytes, ArrowError> {
    let options = IpcWriteOptions::default();
    let ipc_message = schema_header(schema, &options, &mut DictionaryTracker::new(false));
    let mut bytes = Vec::new();
    arrow_ipc::writer::write_message(&mut bytes, EncodedData { ipc_message, arrow_data: Vec::new() }, &options)?;
    Ok(bytes.into())
}

/// A batch as an IPC stream of its own.
pub(crate) fn batch_stream(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

#[cfg(test)]
mod tests {
    use arrow_schema::{DataType, Field};

    use super::*;

    #[test]
    fn a_schema_message_is_encapsulated() {
        let schema = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
        let bytes = schema_message(&schema).unwrap();
        assert_eq!(&bytes[..4], &CONTINUATION);
        let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        assert_eq!(bytes.len(), 8 + usize::try_from(length).unwrap());
        assert_eq!(bytes.len() % 8, 0);
        let read = arrow_ipc::convert::try_schema_from_ipc_buffer(&bytes).unwrap();
        assert_eq!(read, schema);
    }
}
