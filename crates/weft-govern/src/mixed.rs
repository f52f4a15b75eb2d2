//! Several streams as one, drawn from by chance.
//!
//! Where folders carry the values of a column, all rows of a file share one of them, and files lie in the order of their
//! names. Whoever may not see that column must not see where one file ends and the next begins: files are read in an
//! order of chance, several at a time, and what comes of them is put together before rows are exchanged.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_common::Result;
use datafusion_execution::{SendableRecordBatchStream, TaskContext};
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::common::spawn_buffered;
use futures::{Stream, StreamExt};
use weft_scan::plan::partition_bytes;

use crate::dice::Dice;

/// How many files are read at a time.
pub(crate) const STREAMS: usize = 8;
/// How many rows are put together before they are exchanged.
pub(crate) const ROWS: usize = 65_536;

/// All rows of a raw plan, its partitions drawn from as often as they are large.
///
/// # Errors
/// When a partition cannot be opened.
pub(crate) fn mixed(
    raw: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    dice: Dice,
) -> Result<impl Stream<Item = Result<RecordBatch>> + Send + use<>> {
    let weights = partition_bytes(raw);
    let streams = (0..raw.properties().partitioning.partition_count())
        .map(|partition| {
            let weight = weights.get(partition).copied().unwrap_or_default().max(1);
            Ok((weight, spawn_buffered(raw.execute(partition, Arc::clone(context))?, 1)))
        })
        .collect::<Result<Vec<(u64, SendableRecordBatchStream)>>>()?;
    Ok(futures::stream::unfold((streams, dice), |(mut streams, mut dice)| async move {
        loop {
            let all = streams.iter().map(|(weight, _)| *weight).fold(0, u64::saturating_add);
            if all == 0 {
                return None;
            }
            let mut drawn = dice.below(all);
            let at = streams.iter().position(|(weight, _)| match drawn.checked_sub(*weight) {
                Some(left) => {
                    drawn = left;
                    false
                }
                None => true,
            });
            let at = at.unwrap_or(0);
            let (_, stream) = streams.get_mut(at)?;
            match stream.next().await {
                Some(batch) => return Some((batch, (streams, dice))),
                None => drop(streams.swap_remove(at)),
            }
        }
    }))
}
