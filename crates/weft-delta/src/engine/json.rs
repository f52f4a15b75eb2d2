//! Commits: a line of JSON for every action.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use arrow_schema::SchemaRef as ArrowSchemaRef;
use bytes::{Buf, Bytes};
use delta_kernel::engine::arrow_utils::{build_json_reorder_indices, fixup_json_read, json_arrow_schema, parse_json};
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::schema::SchemaRef;
use delta_kernel::{
    EngineData, FileDataReadResultIterator, FileMeta, FileSize, JsonHandler, KernelError, KernelResult,
    KernelResultIterator, PredicateRef,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectStoreExt;
use url::Url;
use weft_port::location::PortLocation;

use super::canonical::canonical;
use super::{AT_ONCE, BATCH_ROWS, Waiting, read_only};
use crate::place;

/// The most bytes of one action.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Commits in the port's store.
#[derive(Debug)]
pub(super) struct LogFiles {
    pub(super) at: PortLocation,
    pub(super) waiting: Waiting,
}

impl JsonHandler for LogFiles {
    fn parse_json(&self, texts: Box<dyn EngineData>, schema: SchemaRef) -> KernelResult<Box<dyn EngineData>> {
        parse_json(texts, schema)
    }

    fn read_json_files(
        &self,
        files: &[FileMeta],
        schema: SchemaRef,
        _: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        let written = Arc::new(json_arrow_schema(&schema)?);
        let order: Arc<[_]> = build_json_reorder_indices(&schema)?.into();
        let at = self.at.clone();
        let read = stream::iter(files.to_vec()).map(move |file| {
            let (at, written, order) = (at.clone(), Arc::clone(&written), Arc::clone(&order));
            async move {
                let answer = at.store.get(&place::path(&file.location, &at.path)?).await?;
                let batches = actions(answer.into_stream().map_err(KernelError::from).boxed(), written)?;
                let whole = move |batch: KernelResult<RecordBatch>| {
                    let batch = batch.map_err(|cause| named(&file, cause))?;
                    let data = canonical(fixup_json_read(batch, &order, file.location.as_str())?, &at)?;
                    Ok(Box::new(data) as Box<dyn EngineData>)
                };
                let actions: BoxStream<'static, KernelResult<Box<dyn EngineData>>> = batches.map(whole).boxed();
                Ok::<_, KernelError>(actions)
            }
        });
        Ok(Box::new(self.waiting.each(read.buffered(AT_ONCE).try_flatten().boxed())))
    }

    fn write_json_file(
        &self,
        _: &Url,
        _: KernelResultIterator<'_, FilteredEngineData>,
        _: bool,
    ) -> KernelResult<FileSize> {
        Err(read_only())
    }
}

/// Which commit it is about; what stores say names it already.
fn named(file: &FileMeta, cause: KernelError) -> KernelError {
    match cause {
        KernelError::Backtraced { source, .. } => named(file, *source),
        KernelError::Arrow(cause) => {
            let name = file.location.path_segments().and_then(Iterator::last).unwrap_or_default();
            KernelError::generic(format!("`{name}`: {cause}"))
        }
        cause => cause,
    }
}

/// The actions in a text that comes in pieces.
fn actions(
    text: BoxStream<'static, KernelResult<Bytes>>,
    schema: ArrowSchemaRef,
) -> KernelResult<BoxStream<'static, KernelResult<RecordBatch>>> {
    let decoder = ReaderBuilder::new(schema).with_batch_size(BATCH_ROWS).with_coerce_primitive(true).build_decoder()?;
    let reading = Reading { text, rest: Bytes::new(), decoder, pending: 0 };
    Ok(stream::try_unfold(reading, |mut reading| async move {
        Ok(reading.batch().await?.map(|batch| (batch, reading)))
    })
    .boxed())
}

struct Reading {
    text: BoxStream<'static, KernelResult<Bytes>>,
    rest: Bytes,
    decoder: Decoder,
    /// Bytes since the last action that was whole.
    pending: usize,
}

impl Reading {
    async fn batch(&mut self) -> KernelResult<Option<RecordBatch>> {
        loop {
            if self.rest.is_empty() {
                match self.text.try_next().await? {
                    Some(text) => self.rest = text,
                    None => break,
                }
            }
            let offered = self.rest.len();
            let taken = self.decoder.decode(&self.rest)?;
            self.pending = if self.decoder.has_partial_record() { self.pending + taken } else { 0 };
            if self.pending > LINE_BYTES_MAX {
                return Err(KernelError::generic(format!("an action of a commit is longer than {LINE_BYTES_MAX} bytes")));
            }
            self.rest.advance(taken);
            // A batch is full.
            if taken < offered {
                break;
            }
        }
        Ok(self.decoder.flush()?)
    }
}
