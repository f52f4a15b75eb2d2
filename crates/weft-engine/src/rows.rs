//! The answer of a statement while it runs: bounded in rows, bytes and time, cancelled by dropping it, recorded once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::compute::{CastOptions, cast_with_options};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt};
use weft_model::report::Report;

use crate::admission::Permit;
use crate::error::Error;
use crate::interrupt::Stop;
use crate::limits::{Limits, seconds};
use crate::receipt::{AuditSink, Receipt};
use crate::statement::Planned;

/// A stream of batches that all have the announced schema.
pub struct Rows {
    schema: SchemaRef,
    batches: BoxStream<'static, Result<RecordBatch, Error>>,
    deadline: BoxFuture<'static, ()>,
    revoked: BoxFuture<'static, ()>,
    limits: Limits,
    ledger: Ledger,
    done: bool,
}

/// What is written down when the statement ends, in whatever way it ends.
pub(crate) struct Ledger {
    planned: Arc<Planned>,
    receipt: Receipt,
    audit: Arc<dyn AuditSink>,
    recorded: bool,
    stop: Stop,
    _permit: Permit,
}

impl Rows {
    /// Starts over the streams of a statement's executions, one after the other.
    pub(crate) fn new(
        planned: Arc<Planned>,
        executions: Vec<SendableRecordBatchStream>,
        revoked: BoxFuture<'static, ()>,
        ledger: Ledger,
        limits: &Limits,
    ) -> Self {
        let schema = Arc::clone(planned.schema());
        let (bounds, served) = (limits.clone(), Arc::clone(&schema));
        let batches = futures::stream::iter(executions).flatten().map(move |batch| match batch {
            Ok(batch) => relabel(&batch, &served),
            Err(cause) => Err(Error::from_datafusion(&cause, &bounds)),
        });
        let guarded = std::panic::AssertUnwindSafe(batches).catch_unwind();
        let batches =
            guarded.map(|batch| batch.unwrap_or_else(|_| Err(Error::internal(&"a statement panicked")))).boxed();
        let deadline = tokio::time::sleep(limits.statement_time.saturating_sub(planned.begun.elapsed())).boxed();
        Self { schema, batches, deadline, revoked, limits: limits.clone(), ledger, done: false }
    }

    /// The schema of every batch.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What the client may know of the statement; there is something to know when the stream has ended.
    #[must_use]
    pub fn receipt(&self) -> Option<serde_json::Value> {
        self.ledger.recorded.then(|| self.ledger.receipt.for_client())
    }

    /// Done when the statement has to end, whether or not anybody asks for its rows: its time is over, or policy decides
    /// otherwise now.
    pub async fn overdue(&mut self) -> Error {
        if self.done {
            return std::future::pending().await;
        }
        let error = tokio::select! {
            () = &mut self.deadline => Error::Time { limit: seconds("limits.statement_time", self.limits.statement_time) },
            () = &mut self.revoked => Error::Revoked,
        };
        self.end(error.code().id);
        error
    }

    fn end(&mut self, outcome: &str) {
        self.done = true;
        // The plan's memory and files go at once, not when the client lets go of the stream.
        self.batches = futures::stream::empty().boxed();
        self.ledger.close(outcome);
    }

    fn tally(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let receipt = &mut self.ledger.receipt;
        receipt.rows_returned += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        receipt.bytes_returned += u64::try_from(batch.get_array_memory_size()).unwrap_or(u64::MAX);
        let over = |what: &str, name: &str, limit: u64| Error::Limit {
            what: what.to_owned(),
            limit: format!("{name} = {limit}"),
            later: false,
        };
        match (self.limits.rows, self.limits.bytes) {
            (Some(limit), _) if receipt.rows_returned > limit => Err(over("the number of rows", "limits.rows", limit)),
            (_, Some(limit)) if receipt.bytes_returned > limit => Err(over("the answer", "limits.bytes", limit)),
            _ => Ok(()),
        }
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        if self.deadline.poll_unpin(context).is_ready() {
            let error = Error::Time { limit: seconds("limits.statement_time", self.limits.statement_time) };
            self.end(error.code().id);
            return Poll::Ready(Some(Err(error)));
        }
        if self.revoked.poll_unpin(context).is_ready() {
            let error = Error::Revoked;
            self.end(error.code().id);
            return Poll::Ready(Some(Err(error)));
        }
        match futures::ready!(self.batches.poll_next_unpin(context)) {
            None => {
                self.end("done");
                Poll::Ready(None)
            }
            Some(batch) => {
                let batch = batch.and_then(|batch| self.tally(&batch).map(|()| batch));
                if let Err(error) = &batch {
                    let code = error.code().id;
                    self.end(code);
                }
                Poll::Ready(Some(batch))
            }
        }
    }
}

impl Ledger {
    /// The place to run is held until the statement ends.
    pub(crate) fn new(
        planned: Arc<Planned>,
        receipt: Receipt,
        audit: Arc<dyn AuditSink>,
        permit: Permit,
        stop: Stop,
    ) -> Self {
        Self { planned, receipt, audit, recorded: false, stop, _permit: permit }
    }

    fn close(&mut self, outcome: &str) {
        if self.recorded {
            return;
        }
        self.recorded = true;
        self.stop.stop();
        self.receipt.outcome = outcome.to_owned();
        self.receipt.requests = self.planned.meter.requests();
        self.receipt.bytes_read = self.planned.meter.bytes();
        for (read, table) in self.receipt.products.iter_mut().zip(&self.planned.tables) {
            (read.requests, read.bytes_read) = (table.governed.meter().requests(), table.governed.meter().bytes());
        }
        self.receipt.milliseconds = u64::try_from(self.planned.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.audit.record(self.receipt.clone());
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close("cancelled");
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("query", &self.ledger.receipt.query_id).finish_non_exhaustive()
    }
}

/// The batch under the announced schema. The physical plan may know more about NULLs, and a rewrite of the optimizer may
/// have widened a decimal (`sum` beside `count(distinct …)`): such a column is cast back, and fails if it does not fit.
fn relabel(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                return Ok(Arc::clone(column));
            }
            cast_with_options(column, field.data_type(), &strict)
                .map_err(|cause| Error::Execution { message: format!("column `{}`: {cause}", field.name()) })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(|cause| Error::internal(&cause))
}
