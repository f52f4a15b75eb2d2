//! Rows inside the seal: row rule, accepted filters, masks, rebuild, in this order.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::{BatchCoalescer, filter_record_batch};
use datafusion_common::{Result, ScalarValue};
use datafusion_execution::SendableRecordBatchStream;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use futures::{Stream, StreamExt};
use weft_policy::predicate::{Mapping, Predicate};

use crate::guard::Guard;
use crate::rebuild;
use crate::row_rule;
use crate::sealed::Seal;
use crate::shape::holds;

/// Makes visible rows from a raw stream of one partition.
pub(crate) struct SealedRows {
    seal: Arc<Seal>,
    rows: Option<Arc<dyn PhysicalExpr>>,
    filters: Vec<Arc<dyn PhysicalExpr>>,
    mappings: Vec<(Mapping, Option<Vec<ScalarValue>>)>,
    coalescer: Option<BatchCoalescer>,
    ready: VecDeque<RecordBatch>,
    left: Option<usize>,
}

impl SealedRows {
    /// Reads the mappings the row rule and the clearances need, newest version, now; then makes the rule ready.
    ///
    /// # Errors
    /// When the rule cannot be translated; nothing is read then.
    pub(crate) async fn begin(
        seal: Arc<Seal>,
        dynamic: Vec<Arc<dyn PhysicalExpr>>,
        batch_rows: usize,
        limit: Option<usize>,
    ) -> Result<Self> {
        let mut wanted: Vec<Mapping> = Vec::new();
        let mut want = |predicate: &Predicate| {
            predicate.mappings(&mut |mapping| {
                if !wanted.contains(mapping) {
                    wanted.push(mapping.clone());
                }
            });
        };
        seal.rows.iter().for_each(&mut want);
        for column in &seal.columns {
            column.shape.conditions(&mut |predicate| want(predicate));
        }
        let mut mappings = Vec::with_capacity(wanted.len());
        for mapping in wanted {
            let values = seal.mappings.values(&mapping).await;
            mappings.push((mapping, values));
        }
        let rows = match &seal.rows {
            Some(rows) if Guard::RowFilter.on() => {
                Some(row_rule::physical(rows, &seal.raw_schema, &|mapping| known(&mappings, mapping))?)
            }
            _ => None,
        };
        let mut filters = seal.filters.clone();
        for filter in &dynamic {
            filters.push(seal.below(filter)?);
        }
        let coalescer = (rows.is_some() || !filters.is_empty())
            .then(|| BatchCoalescer::new(Arc::clone(&seal.raw_schema), batch_rows));
        Ok(Self { seal, rows, filters, mappings, coalescer, ready: VecDeque::new(), left: limit })
    }

    /// The visible rows of a raw stream.
    pub(crate) fn over(self, raw: SendableRecordBatchStream) -> impl Stream<Item = Result<RecordBatch>> + Send {
        futures::stream::try_unfold((self, Some(raw)), |(mut rows, mut raw)| async move {
            loop {
                if rows.left == Some(0) {
                    return Ok(None);
                }
                if let Some(batch) = rows.ready.pop_front() {
                    let batch = rows.make(&batch)?;
                    if batch.num_rows() == 0 {
                        continue;
                    }
                    return Ok(Some((batch, (rows, raw))));
                }
                let Some(source) = raw.as_mut() else { return Ok(None) };
                match source.next().await {
                    Some(batch) => rows.admit(batch?)?,
                    None => {
                        raw = None;
                        rows.flush()?;
                    }
                }
            }
        })
    }

    /// Drops the rows that may not show or are not wanted, and gathers the rest.
    fn admit(&mut self, batch: RecordBatch) -> Result<()> {
        let mut batch = batch;
        if let Some(rows) = &self.rows {
            batch = kept(&batch, rows)?;
        }
        for filter in &self.filters {
            if batch.num_rows() == 0 {
                return Ok(());
            }
            batch = kept(&batch, filter)?;
        }
        if batch.num_rows() == 0 {
            return Ok(());
        }
        match &mut self.coalescer {
            Some(coalescer) => {
                coalescer.push_batch(batch)?;
                while let Some(full) = coalescer.next_completed_batch() {
                    self.ready.push_back(full);
                }
            }
            None => self.ready.push_back(batch),
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(coalescer) = &mut self.coalescer {
            coalescer.finish_buffered_batch()?;
            while let Some(rest) = coalescer.next_completed_batch() {
                self.ready.push_back(rest);
            }
        }
        Ok(())
    }

    /// Makes the output's columns from raw ones.
    fn make(&mut self, raw: &RecordBatch) -> Result<RecordBatch> {
        let raw = match self.left {
            Some(left) if left < raw.num_rows() => raw.slice(0, left),
            _ => raw.clone(),
        };
        self.left = self.left.map(|left| left.saturating_sub(raw.num_rows()));
        let condition = |predicate: &Predicate| -> Result<BooleanArray> {
            let known = |mapping: &Mapping| known(&self.mappings, mapping);
            holds(&row_rule::physical(predicate, &self.seal.raw_schema, &known)?, &raw)
        };
        let columns = self
            .seal
            .columns
            .iter()
            .map(|column| {
                let source = raw.columns().get(column.raw).ok_or_else(out_of_range)?;
                let made = column.shape.apply(source, &condition)?;
                // Whatever a row rule dropped must not stay in a dictionary, a view buffer or a null slot.
                if self.rows.is_some() && Guard::Rebuild.on() { Ok(rebuild::rebuild(&made)?) } else { Ok(made) }
            })
            .collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(raw.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.seal.schema), columns, &options)?)
    }
}

/// The rows of a batch on which the predicate holds; the batch itself when all of them do.
fn kept(batch: &RecordBatch, predicate: &Arc<dyn PhysicalExpr>) -> Result<RecordBatch> {
    let keep = holds(predicate, batch)?;
    if keep.true_count() == batch.num_rows() { Ok(batch.clone()) } else { Ok(filter_record_batch(batch, &keep)?) }
}

fn known(mappings: &[(Mapping, Option<Vec<ScalarValue>>)], mapping: &Mapping) -> Option<Vec<ScalarValue>> {
    mappings.iter().find(|(known, _)| known == mapping).and_then(|(_, values)| values.clone())
}

fn out_of_range() -> datafusion_common::DataFusionError {
    datafusion_common::DataFusionError::Plan("a column position is out of range".to_owned())
}
