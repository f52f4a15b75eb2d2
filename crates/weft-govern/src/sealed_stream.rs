//! Rows inside the seal: row rule, accepted filters, masks, rebuild, in this order.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::BatchCoalescer;
use arrow_schema::Schema;
use datafusion_common::{Result, ScalarValue};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use futures::{Stream, StreamExt};
use weft_policy::predicate::{Mapping, Predicate};

use crate::guard::Guard;
use crate::mixed;
use crate::rebuild;
use crate::row_rule;
use crate::sealed::Seal;
use crate::shape::holds;
use crate::shuffle::Shuffle;
use crate::sieve::Sieve;

/// Makes visible rows from a raw stream of one partition.
pub(crate) struct SealedRows {
    seal: Arc<Seal>,
    sieve: Sieve,
    /// The conditions of clearances, translated to the carried columns.
    conditions: Vec<(Predicate, Arc<dyn PhysicalExpr>)>,
    /// The raw columns that the output is made from; the others are done with when rows are chosen.
    carried: Vec<usize>,
    coalescer: Option<BatchCoalescer>,
    batch_rows: usize,
    ready: VecDeque<RecordBatch>,
    left: Option<usize>,
    /// Set where a column is withheld: the rows' order would tell what is.
    shuffle: Option<Shuffle>,
}

impl SealedRows {
    /// Reads the mappings the row rule and the clearances need, newest version, now; then makes both ready.
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
        let mut clearances: Vec<&Predicate> = Vec::new();
        for column in &seal.columns {
            column.shape.conditions(&mut |predicate| {
                if !clearances.contains(&predicate) {
                    clearances.push(predicate);
                }
            });
        }
        seal.rows.iter().chain(clearances.iter().copied()).for_each(&mut want);
        let mut mappings = Vec::with_capacity(wanted.len());
        for mapping in wanted {
            let values = seal.mappings.values(&mapping).await;
            mappings.push((mapping, values));
        }
        let ready = |predicate: &Predicate, schema: &Schema| {
            row_rule::physical(predicate, schema, &|mapping| known(&mappings, mapping))
        };
        let rows = match &seal.rows {
            Some(rows) if Guard::RowFilter.on() => Some(ready(rows, &seal.raw_schema)?),
            _ => None,
        };
        // Whoever made a dynamic filter applies it anyway: row by row it pays only where it spares a mask.
        let masked = seal.columns.iter().any(|column| !column.shape.clear());
        let made = dynamic.iter().filter(|_| masked).map(|filter| seal.below(filter)).collect::<Result<_>>()?;
        let sieve = Sieve::new(rows, &seal.filters, made, &seal.raw_schema)?;
        let carried = seal.carried();
        let carried_schema = Arc::new(seal.raw_schema.project(&carried)?);
        let conditions = clearances
            .into_iter()
            .map(|predicate| Ok((predicate.clone(), ready(predicate, &carried_schema)?)))
            .collect::<Result<Vec<_>>>()?;
        let shuffle = ((masked || seal.mixed) && Guard::RowOrder.on()).then(|| Shuffle::new(&seal.salt));
        let coalescer = match seal.mixed {
            true => Some(BatchCoalescer::new(Arc::clone(&carried_schema), mixed::ROWS)),
            // Of small files each would be exchanged with itself alone.
            false if !sieve.is_open() || shuffle.is_some() => Some(
                // What is nearly a batch already is not copied again to make it a whole one.
                BatchCoalescer::new(Arc::clone(&carried_schema), batch_rows)
                    .with_biggest_coalesce_batch_size(Some(batch_rows / 2)),
            ),
            false => None,
        };
        let ready = VecDeque::new();
        Ok(Self { seal, sieve, conditions, carried, coalescer, batch_rows, ready, left: limit, shuffle })
    }

    /// The visible rows of a raw stream.
    pub(crate) fn over(
        self,
        raw: impl Stream<Item = Result<RecordBatch>> + Send + Unpin,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send {
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
                    Some(batch) => rows.admit(&batch?)?,
                    None => {
                        raw = None;
                        rows.flush()?;
                    }
                }
            }
        })
    }

    /// Drops the rows that may not show or are not wanted, and gathers the rest.
    fn admit(&mut self, batch: &RecordBatch) -> Result<()> {
        let carried = batch.project(&self.carried)?;
        match &mut self.coalescer {
            Some(coalescer) if self.sieve.is_open() => coalescer.push_batch(carried)?,
            Some(coalescer) => coalescer.push_batch_with_filter(carried, &self.sieve.keep(batch)?)?,
            None => return self.exchange(&carried),
        }
        self.completed()
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(coalescer) = &mut self.coalescer {
            coalescer.finish_buffered_batch()?;
        }
        self.completed()
    }

    fn completed(&mut self) -> Result<()> {
        while let Some(full) = self.coalescer.as_mut().and_then(BatchCoalescer::next_completed_batch) {
            self.exchange(&full)?;
        }
        Ok(())
    }

    /// Exchanges the rows that were put together, before a limit takes the first of them, and hands them on in batches.
    fn exchange(&mut self, carried: &RecordBatch) -> Result<()> {
        let carried = match &mut self.shuffle {
            Some(shuffle) => shuffle.apply(carried)?,
            None => carried.clone(),
        };
        let most = if self.seal.mixed { self.batch_rows } else { carried.num_rows() };
        for from in (0..carried.num_rows()).step_by(most.max(1)) {
            self.ready.push_back(carried.slice(from, most.min(carried.num_rows() - from)));
        }
        Ok(())
    }

    /// Makes the output's columns from the carried ones.
    fn make(&mut self, carried: &RecordBatch) -> Result<RecordBatch> {
        let raw = match self.left {
            Some(left) if left < carried.num_rows() => carried.slice(0, left),
            _ => carried.clone(),
        };
        self.left = self.left.map(|left| left.saturating_sub(raw.num_rows()));
        // Many columns share a condition: it is evaluated once for all of them.
        let answers = self
            .conditions
            .iter()
            .map(|(predicate, ready)| Ok((predicate, holds(ready, &raw)?)))
            .collect::<Result<Vec<_>>>()?;
        let condition = |predicate: &Predicate| -> Result<BooleanArray> {
            let answer = answers.iter().find(|(known, _)| *known == predicate).ok_or_else(out_of_range)?;
            Ok(answer.1.clone())
        };
        let columns = self
            .seal
            .columns
            .iter()
            .map(|column| {
                let at = self.carried.iter().position(|carried| *carried == column.raw).ok_or_else(out_of_range)?;
                let source = raw.columns().get(at).ok_or_else(out_of_range)?;
                let made = column.shape.apply(source, &condition)?;
                // Whatever a row rule dropped must not stay in a dictionary, a view buffer or a null slot.
                if self.seal.rows.is_some() && Guard::Rebuild.on() { Ok(rebuild::rebuild(&made)?) } else { Ok(made) }
            })
            .collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(raw.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.seal.schema), columns, &options)?)
    }
}

fn known(mappings: &[(Mapping, Option<Vec<ScalarValue>>)], mapping: &Mapping) -> Option<Vec<ScalarValue>> {
    mappings.iter().find(|(known, _)| known == mapping).and_then(|(_, values)| values.clone())
}

fn out_of_range() -> datafusion_common::DataFusionError {
    datafusion_common::DataFusionError::Plan("a column position is out of range".to_owned())
}
