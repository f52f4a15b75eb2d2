//! Reads the parameters a client binds: an Arrow stream of at most a thousand rows, from somebody we do not trust.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::Buffer;
use arrow::compute::{cast, concat_batches, take};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{MessageHeader, root_as_message};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use std::sync::Arc;
use weft_proto::flight::FlightData;

use crate::error::Error;
use crate::limits::FlightLimits;
use crate::wire::ipc::CONTINUATION;

/// Collects the messages of one stream until they are all there.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    /// The messages as an IPC stream.
    stream: Vec<u8>,
    rows: usize,
}

impl Parameters {
    /// Takes the next message.
    pub(crate) fn push(&mut self, message: &FlightData, limits: &FlightLimits) -> Result<(), Error> {
        if message.data_header.is_empty() {
            // Metadata alone, or a descriptor alone.
            return Ok(());
        }
        let (rows, body) = check(&message.data_header, &message.data_body)?;
        self.rows = self.rows.saturating_add(rows);
        if self.rows > limits.parameter_rows {
            let limit = format!("limits.parameter_rows = {}", limits.parameter_rows);
            return Err(Error::TooLarge { what: "the number of bound rows", limit });
        }
        let header = message.data_header.len().next_multiple_of(8);
        let length = u32::try_from(header).map_err(|_| Error::Parameters)?;
        self.stream.extend_from_slice(&CONTINUATION);
        self.stream.extend_from_slice(&length.to_le_bytes());
        self.stream.extend_from_slice(&message.data_header);
        self.stream.resize(self.stream.len() + header - message.data_header.len(), 0);
        self.stream.extend_from_slice(body);
        // The stream repeats what is bound, plus schema and padding: twice the bound leaves room for those.
        if self.stream.len() > limits.parameter_bytes.saturating_mul(2) {
            let limit = format!("limits.parameter_bytes = {}", limits.parameter_bytes);
            return Err(Error::TooLarge { what: "the set of bound parameters", limit });
        }
        Ok(())
    }

    /// All rows as one batch with the columns `$1`, `$2` and so on, in plain types.
    ///
    /// Runs where a panic stays alone: the decoder trusts its input more than we do.
    pub(crate) fn decode(mut self) -> Result<RecordBatch, Error> {
        // Without a mark for its end, the decoder would wait for more after a message without a body.
        self.stream.extend_from_slice(&CONTINUATION);
        self.stream.extend_from_slice(&[0; 4]);
        let mut decoder = StreamDecoder::new();
        let mut buffer = Buffer::from(self.stream);
        let mut batches = Vec::new();
        while !buffer.is_empty() {
            if let Some(batch) = decoder.decode(&mut buffer).map_err(|_| Error::Parameters)? {
                batches.push(batch);
            }
        }
        decoder.finish().map_err(|_| Error::Parameters)?;
        let schema = decoder.schema().ok_or(Error::Parameters)?;
        let batch = concat_batches(&schema, &batches).map_err(|_| Error::Parameters)?;
        positional(&batch).map_err(|_| Error::Parameters)
    }
}

/// The number of rows in a message, and its body without padding; an error when its buffers reach beyond that.
fn check<'a>(header: &[u8], body: &'a [u8]) -> Result<(usize, &'a [u8]), Error> {
    let message = root_as_message(header).map_err(|_| Error::Parameters)?;
    let length = usize::try_from(message.bodyLength()).map_err(|_| Error::Parameters)?;
    let body = body.get(..length).ok_or(Error::Parameters)?;
    let (batch, rows) = match message.header_type() {
        MessageHeader::Schema => return Ok((0, body)),
        MessageHeader::DictionaryBatch => {
            (message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data()), false)
        }
        MessageHeader::RecordBatch => (message.header_as_record_batch(), true),
        _ => return Err(Error::Parameters),
    };
    let batch = batch.ok_or(Error::Parameters)?;
    // Compressed buffers may say that they are larger than any memory.
    if batch.compression().is_some() {
        return Err(Error::Parameters);
    }
    for buffer in batch.buffers().into_iter().flatten() {
        let end = buffer.offset().checked_add(buffer.length());
        let within = end.and_then(|end| usize::try_from(end).ok()).is_some_and(|end| end <= body.len());
        if buffer.offset() < 0 || buffer.length() < 0 || !within {
            return Err(Error::Parameters);
        }
    }
    let length = usize::try_from(batch.length()).map_err(|_| Error::Parameters)?;
    Ok((if rows { length } else { 0 }, body))
}

/// Parameters are known by position; what the client calls them says nothing.
fn positional(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>, _>>()?;
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| Field::new(format!("${}", at + 1), column.data_type().clone(), true))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// A column without dictionary or runs.
fn plain(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            take(dictionary.values(), dictionary.keys(), None)
        }
        DataType::RunEndEncoded(_, values) => cast(column, values.data_type()),
        _ => Ok(Arc::clone(column)),
    }
}

#[cfg(test)]
mod tests;
