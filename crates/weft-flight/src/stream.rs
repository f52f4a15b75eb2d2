//! A data stream: batches are cast and encoded on the processing runtime, two messages ahead of the connection.
//!
//! Dropping the stream, as tonic does when the client goes away, aborts the task and with it drops the batches' source.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use arrow_schema::ArrowError;
use bytes::Bytes;
use futures::{FutureExt, Stream};
use prost::Message;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use weft_model::report::Report;
use weft_proto::flight::FlightData;

use crate::error::Error;
use crate::limits::MESSAGES_AHEAD;
use crate::metrics::{FlightMetrics, StreamGuard};
use crate::status::status_of;
use crate::wire::encode::{EncodeError, Encoder};

/// Where batches come from.
pub(crate) trait Batches: Send + 'static {
    /// The next batch; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Option<Result<RecordBatch, Status>>> + Send;

    /// Done when the batches have to end although nobody asks for the next one.
    fn ended(&mut self) -> impl Future<Output = Status> + Send {
        std::future::pending()
    }

    /// What the client is told after the last batch.
    fn epilogue(&mut self) -> Option<Bytes> {
        None
    }

    /// The statement, for errors of the encoding.
    fn query(&self) -> Option<String> {
        None
    }
}

/// The stream of messages behind one ticket.
pub(crate) struct DataStream {
    messages: Receiver<Sent>,
    task: AbortOnDropHandle<()>,
    silence: Option<Silence>,
    metrics: FlightMetrics,
    query: Option<String>,
    ended: bool,
    _open: StreamGuard,
}

/// How a stream stays alive while nothing comes.
struct Silence {
    after: Duration,
    timer: Pin<Box<Sleep>>,
    message: FlightData,
    /// Nothing may stand before the schema message.
    begun: bool,
}

/// What a stream takes beside its batches.
pub(crate) struct Setting {
    pub(crate) cpu: Handle,
    pub(crate) metrics: FlightMetrics,
    pub(crate) permit: OwnedSemaphorePermit,
    /// Sends an empty batch after this much silence.
    pub(crate) keep_alive: Option<Duration>,
    /// How long a client may leave a message unread.
    pub(crate) unread_time: Duration,
}

impl DataStream {
    /// Starts encoding batches.
    pub(crate) fn start(batches: impl Batches, mut encoder: Encoder, setting: Setting) -> Result<Self, ArrowError> {
        let (sender, messages) = channel(MESSAGES_AHEAD);
        let silence = match setting.keep_alive {
            Some(after) => encoder.empty(Bytes::new())?.map(|message| Silence {
                after,
                timer: Box::pin(sleep(after)),
                message,
                begun: false,
            }),
            None => None,
        };
        let query = batches.query();
        let (permit, patience) = (setting.permit, setting.unread_time);
        let task = AbortOnDropHandle::new(setting.cpu.spawn(async move {
            let last = run(batches, encoder, &sender, patience).await;
            // What is left to say holds no place.
            drop(permit);
            if let Some(last) = last {
                // Nobody is left to tell when this fails.
                sender.send(last).await.ok();
            }
        }));
        let open = setting.metrics.stream();
        Ok(Self { messages, task, silence, metrics: setting.metrics, query, ended: false, _open: open })
    }
}

/// A message, or the error that ends the stream.
type Sent = Result<FlightData, Status>;

/// Sends every message until the batches, the client or the patience with either ends; then everything that the batches
/// hold has been let go. Gives back what is to be said last.
async fn run(
    mut batches: impl Batches,
    mut encoder: Encoder,
    sender: &Sender<Sent>,
    patience: Duration,
) -> Option<Sent> {
    let schema = encoder.schema_message();
    if let Err(last) = deliver(sender, Ok(schema), &mut batches, patience).await {
        return last.map(Err);
    }
    while let Some(batch) = batches.next().await {
        match batch {
            Ok(batch) => encoder.push(batch),
            Err(status) => return Some(Err(status)),
        }
        while let Some(message) = encoder.next() {
            match message {
                Ok(message) => {
                    if let Err(last) = deliver(sender, Ok(message), &mut batches, patience).await {
                        return last.map(Err);
                    }
                }
                Err(error) => return Some(Err(encoding(&error, batches.query().as_deref()))),
            }
        }
    }
    encoder.empty(batches.epilogue()?).ok().flatten().map(Ok)
}

/// Sends a message as soon as there is room for it, unless the batches have to end before. Fails with what is to be said
/// then, with nothing when nobody listens.
async fn deliver(
    sender: &Sender<Sent>,
    message: Sent,
    batches: &mut impl Batches,
    patience: Duration,
) -> Result<(), Option<Status>> {
    tokio::select! {
        biased;
        sent = sender.send(message) => sent.map_err(|_| None),
        status = batches.ended() => Err(Some(status)),
        () = sleep(patience) => Err(Some(status_of(&Error::Unread(patience), batches.query().as_deref()))),
    }
}

/// The status of a batch that could not be encoded. What Arrow says of it may quote values, so it stays in the log.
fn encoding(error: &EncodeError, query: Option<&str>) -> Status {
    match error {
        EncodeError::Refused(error) => status_of(error as &dyn Report, query),
        EncodeError::Arrow(cause) => {
            tracing::error!(%cause, query_id = query, "a batch could not be encoded");
            status_of(&Error::Internal, query)
        }
    }
}

impl Stream for DataStream {
    type Item = Result<FlightData, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        match this.messages.poll_recv(context) {
            Poll::Ready(Some(message)) => {
                this.ended = message.is_err();
                if let Some(silence) = &mut this.silence {
                    silence.begun = true;
                    silence.timer.as_mut().reset(Instant::now() + silence.after);
                }
                match &message {
                    Ok(message) => this.metrics.sent(message.encoded_len()),
                    Err(status) => this.metrics.failed(status),
                }
                Poll::Ready(Some(message))
            }
            Poll::Ready(None) => {
                // The channel closes before the task is seen to end. A panic must not look like the end of the data.
                let outcome = futures::ready!(this.task.poll_unpin(context));
                this.ended = true;
                Poll::Ready(outcome.err().map(|cause| {
                    tracing::error!(%cause, query_id = this.query, "the task of a data stream ended early");
                    Err(status_of(&Error::Internal, this.query.as_deref()))
                }))
            }
            Poll::Pending => this.keep_alive(context),
        }
    }
}

impl DataStream {
    /// An empty batch, once nothing has come for long enough.
    fn keep_alive(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<FlightData, Status>>> {
        let Some(silence) = self.silence.as_mut().filter(|silence| silence.begun) else { return Poll::Pending };
        futures::ready!(silence.timer.poll_unpin(context));
        silence.timer.as_mut().reset(Instant::now() + silence.after);
        self.metrics.sent(silence.message.encoded_len());
        Poll::Ready(Some(Ok(silence.message.clone())))
    }
}

/// Takes a place for a stream, or says that there is none.
pub(crate) fn permit(streams: &Arc<tokio::sync::Semaphore>, bound: usize) -> Result<OwnedSemaphorePermit, Error> {
    Arc::clone(streams).try_acquire_owned().map_err(|_| Error::Streams(bound))
}

#[cfg(test)]
mod tests;
