//! Turns batches into messages, one at a time: nothing is cast or encoded before it is asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use weft_proto::flight::FlightData;

use crate::error::Error;
use crate::limits::MESSAGE_BYTES_MAX;
use crate::wire::batch::wire_batch;
use crate::wire::ipc::schema_header;
use crate::wire::size;

/// A message of several rows beyond this size is cut again.
const MESSAGE_BYTES_CUT: usize = 3_500_000;

/// What an encoder can fail with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    /// One row does not fit a message.
    #[error(transparent)]
    Refused(#[from] Error),
    /// A batch is not what its schema says, or a value does not fit the announced type.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// Encodes the batches of one stream.
pub(crate) struct Encoder {
    schema: SchemaRef,
    message_bytes: usize,
    options: IpcWriteOptions,
    tracker: DictionaryTracker,
    context: IpcWriteContext,
    /// Slices of the batch at hand, in order; empty before the next batch is pushed.
    slices: VecDeque<RecordBatch>,
    /// Messages that have to leave before the next slice: dictionaries, and the batch that needs them.
    ready: VecDeque<FlightData>,
}

impl Encoder {
    /// An encoder for streams of a wire schema.
    pub(crate) fn new(
        schema: SchemaRef,
        message_bytes: usize,
        compression: Option<CompressionType>,
    ) -> Result<Self, ArrowError> {
        Ok(Self {
            schema,
            message_bytes: message_bytes.clamp(1, MESSAGE_BYTES_CUT),
            options: IpcWriteOptions::default().try_with_compression(compression)?,
            tracker: DictionaryTracker::new(false),
            context: IpcWriteContext::default(),
            slices: VecDeque::new(),
            ready: VecDeque::new(),
        })
    }

    /// The first message of the stream.
    pub(crate) fn schema_message(&mut self) -> FlightData {
        let header = schema_header(&self.schema, &self.options, &mut self.tracker);
        FlightData { data_header: header.into(), ..FlightData::default() }
    }

    /// A message without rows, for keeping a stream alive or for what the client is to be told at its end.
    ///
    /// `None` for a schema with dictionaries: an empty batch would replace the dictionaries the client holds.
    pub(crate) fn empty(&mut self, metadata: Bytes) -> Result<Option<FlightData>, ArrowError> {
        let batch = RecordBatch::new_empty(Arc::clone(&self.schema));
        let mut tracker = DictionaryTracker::new(false);
        // Numbers the dictionaries, as the schema message of the stream did.
        schema_header(&self.schema, &self.options, &mut tracker);
        let (dictionaries, data) =
            IpcDataGenerator::default().encode(&batch, &mut tracker, &self.options, &mut self.context)?;
        Ok(dictionaries.is_empty().then(|| FlightData { app_metadata: metadata, ..message(data) }))
    }

    /// Takes the next batch; its messages come out of [`Self::next`].
    pub(crate) fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.slices.push_back(batch);
        }
    }

    /// The next message of what was pushed; `None` when it is all out.
    pub(crate) fn next(&mut self) -> Option<Result<FlightData, EncodeError>> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(Ok(message));
            }
            let slice = self.slices.pop_front()?;
            if let Err(error) = self.take(&slice) {
                self.slices.clear();
                return Some(Err(error));
            }
        }
    }

    /// Encodes a slice, or cuts it when it is too large for a message.
    fn take(&mut self, slice: &RecordBatch) -> Result<(), EncodeError> {
        let rows = slice.num_rows();
        let pieces = size::bytes(slice).div_ceil(self.message_bytes).min(rows);
        if pieces > 1 {
            self.cut(slice, pieces);
            return Ok(());
        }
        let batch = wire_batch(slice, &self.schema)?;
        let (dictionaries, data) =
            IpcDataGenerator::default().encode(&batch, &mut self.tracker, &self.options, &mut self.context)?;
        let length = data.ipc_message.len().saturating_add(data.arrow_data.len());
        if length > MESSAGE_BYTES_CUT && rows > 1 {
            // A dictionary counts as sent once it went through the tracker: it must leave with the first piece.
            self.announce(dictionaries)?;
            self.cut(slice, 2);
            return Ok(());
        }
        if length > MESSAGE_BYTES_MAX {
            return Err(Error::RowTooLarge.into());
        }
        self.announce(dictionaries)?;
        self.ready.push_back(message(data));
        Ok(())
    }

    fn announce(&mut self, dictionaries: Vec<EncodedData>) -> Result<(), EncodeError> {
        for dictionary in dictionaries {
            if dictionary.ipc_message.len().saturating_add(dictionary.arrow_data.len()) > MESSAGE_BYTES_MAX {
                return Err(Error::RowTooLarge.into());
            }
            self.ready.push_back(message(dictionary));
        }
        Ok(())
    }

    /// Puts a slice back as pieces of equal numbers of rows, before everything that waits.
    fn cut(&mut self, slice: &RecordBatch, pieces: usize) {
        let rows = slice.num_rows();
        let step = rows.div_ceil(pieces).max(1);
        let mut end = rows;
        // From the back, since each piece goes to the front.
        for start in (0..rows).step_by(step).rev() {
            self.slices.push_front(slice.slice(start, end.saturating_sub(start)));
            end = start;
        }
    }
}

fn message(data: EncodedData) -> FlightData {
    FlightData { data_header: data.ipc_message.into(), data_body: data.arrow_data.into(), ..FlightData::default() }
}

#[cfg(test)]
mod tests;
