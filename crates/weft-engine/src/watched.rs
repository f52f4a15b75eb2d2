//! Accounts for what operators hold without telling any pool.
//!
//! Windows and recursive queries keep their input, joins and unnests repeat a row as often as it matches. None of them
//! reserves memory for it, so a few bytes of SQL could fill the machine. What flows into them is therefore counted, and cut
//! into batches that can be repeated.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait, RecordBatch};
use arrow_schema::{DataType, Schema};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{WindowFrame, WindowFrameBound, WindowFrameUnits};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PiecewiseMergeJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::recursive_query::RecursiveQueryExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;

use crate::error::Error;
use crate::growing_function::array_bytes;

/// The most bytes that one batch of a join or an unnest may come to.
pub const REPEATED_BYTES_MAX: u128 = 256 * 1024 * 1024;

/// The most rows of a batch that holds lists and flows through joins or unnests.
pub const LIST_BATCH_ROWS: usize = 512;

/// The most rows of a batch that holds texts that are copied, and flows through joins.
pub const TEXT_BATCH_ROWS: usize = 4_096;

/// What an input is watched for.
#[derive(Clone, Debug)]
enum Watch {
    /// It is kept: what comes is reserved until the operator is gone, twice, since it is put together once more.
    Kept,
    /// Its rows are repeated, at most so often in one batch.
    Repeated { rows: usize },
    /// Its rows are repeated by the length of these lists.
    Unnested { lists: Arc<[usize]> },
}

/// The same plan, whose operators are given counted input.
pub(crate) fn watched(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node: Arc<dyn ExecutionPlan>| {
        let Some(watch) = watch(&node) else { return Ok(Transformed::no(node)) };
        let inputs = node
            .children()
            .into_iter()
            .map(|input| {
                Arc::new(WatchedExec { input: Arc::clone(input), watch: watch.clone() }) as Arc<dyn ExecutionPlan>
            })
            .collect();
        if let Some(join) = node.downcast_ref::<HashJoinExec>() {
            // Its dynamic filter is shared with a scan below.
            return Ok(Transformed::yes(join.builder().with_new_children(inputs)?.build_exec()?));
        }
        Ok(Transformed::yes(node.replace_children(inputs, recompute())?))
    })
    .data()
}

fn recompute() -> ReplaceChildrenOptions {
    ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)
}

/// The most rows of a batch for a plan: fewer where lists flow through operators that repeat rows.
pub(crate) fn batch_rows(plan: &Arc<dyn ExecutionPlan>, usual: usize) -> usize {
    let mut rows = usual;
    // Nothing here fails.
    let _ = plan.apply(|node| {
        match watch(node) {
            Some(Watch::Repeated { rows: most }) => rows = rows.min(most),
            Some(Watch::Unnested { .. }) => rows = rows.min(LIST_BATCH_ROWS),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    rows
}

fn watch(node: &Arc<dyn ExecutionPlan>) -> Option<Watch> {
    if node.is::<WindowAggExec>() || node.is::<RecursiveQueryExec>() {
        return Some(Watch::Kept);
    }
    if let Some(window) = node.downcast_ref::<BoundedWindowAggExec>() {
        return window.window_expr().iter().any(|expr| far(expr.get_window_frame())).then_some(Watch::Kept);
    }
    if node.is::<CrossJoinExec>()
        || node.is::<NestedLoopJoinExec>()
        || node.is::<HashJoinExec>()
        || node.is::<SortMergeJoinExec>()
        || node.is::<PiecewiseMergeJoinExec>()
    {
        let rows = node.children().iter().filter_map(|input| repeatable(&input.schema())).min()?;
        return Some(Watch::Repeated { rows });
    }
    let unnest = node.downcast_ref::<UnnestExec>()?;
    Some(Watch::Unnested {
        lists: unnest.list_column_indices().iter().map(|list| list.index_in_input_schema).collect(),
    })
}

/// True when the frame reaches over values and not over a number of rows, so that nobody knows how many it holds.
fn far(frame: &WindowFrame) -> bool {
    let reaches = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(value) | WindowFrameBound::Following(value) => !value.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    frame.units != WindowFrameUnits::Rows && (reaches(&frame.start_bound) || reaches(&frame.end_bound))
}

/// The most rows of a batch, where repeating a row copies values of any length. Views are not copied: sixteen bytes stand
/// for each.
fn repeatable(schema: &Schema) -> Option<usize> {
    schema.fields().iter().filter_map(|field| of_any_length(field.data_type())).min()
}

fn of_any_length(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => Some(TEXT_BATCH_ROWS),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Map(..) => Some(LIST_BATCH_ROWS),
        DataType::Struct(fields) => fields.iter().filter_map(|field| of_any_length(field.data_type())).min(),
        _ => None,
    }
}

/// An input that is counted.
#[derive(Debug)]
struct WatchedExec {
    input: Arc<dyn ExecutionPlan>,
    watch: Watch,
}

impl DisplayAs for WatchedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WatchedExec")
    }
}

impl ExecutionPlan for WatchedExec {
    fn name(&self) -> &'static str {
        "WatchedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self { input, watch: self.watch.clone() }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, recompute())
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.input.schema();
        let mut counter = Counter {
            watch: self.watch.clone(),
            reservation: MemoryConsumer::new("WatchedExec").register(context.memory_pool()),
        };
        let batches = self.input.execute(partition, context)?.flat_map(move |batch| {
            futures::stream::iter(match batch.and_then(|batch| counter.count(&batch)) {
                Ok(batches) => batches.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(cause) => vec![Err(cause)],
            })
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// Counts the batches of one partition.
struct Counter {
    watch: Watch,
    reservation: MemoryReservation,
}

impl Counter {
    fn count(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
        match &self.watch {
            Watch::Kept => {
                let bytes = batch.columns().iter().fold(0, |sum: u128, column| sum.saturating_add(array_bytes(column)));
                self.reservation.try_grow(usize::try_from(bytes.saturating_mul(2)).unwrap_or(usize::MAX))?;
                Ok(vec![batch.clone()])
            }
            Watch::Repeated { rows } => {
                let width = batch.columns().iter().fold(0, |sum: u128, column| sum.saturating_add(widest(column)));
                within(width.saturating_mul(*rows as u128))?;
                Ok(sliced(batch, *rows))
            }
            Watch::Unnested { lists } => unnestable(batch, lists),
        }
    }
}

/// Slices whose unnested rows come to little enough.
fn unnestable(batch: &RecordBatch, lists: &[usize]) -> Result<Vec<RecordBatch>> {
    let beside = batch.columns().iter().enumerate().filter(|(at, _)| !lists.contains(at));
    let width = beside.fold(16, |sum: u128, (_, column)| sum.saturating_add(widest(column)));
    let unnested = lists.iter().filter_map(|at| batch.columns().get(*at));
    let longest = unnested.map(longest).max().unwrap_or(1).max(1);
    let row = width.saturating_mul(longest as u128);
    within(row)?;
    let rows = usize::try_from(REPEATED_BYTES_MAX / row.max(1)).unwrap_or(usize::MAX).max(1);
    Ok(sliced(batch, rows))
}

fn sliced(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(rows.max(1));
    let slices = starts.map(|start| batch.slice(start, rows.min(batch.num_rows() - start))).collect::<Vec<_>>();
    if slices.is_empty() { vec![batch.clone()] } else { slices }
}

fn within(bytes: u128) -> Result<()> {
    if bytes <= REPEATED_BYTES_MAX {
        return Ok(());
    }
    Err(Error::Limit {
        what: "what a join or an unnest repeats of long values in one batch".to_owned(),
        limit: format!("{REPEATED_BYTES_MAX} bytes"),
        later: false,
    }
    .into())
}

/// Bytes of the longest value of a column; what is never copied counts as its view.
fn widest(column: &ArrayRef) -> u128 {
    fn gap<O: OffsetSizeTrait>(offsets: &[O]) -> u128 {
        widest_gap(offsets) as u128
    }
    let list = |longest: u128, values: &ArrayRef| {
        let each = array_bytes(values).div_ceil((values.len() as u128).max(1));
        16 + longest.saturating_mul(each)
    };
    match column.data_type() {
        DataType::Utf8 => 16 + gap(column.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => 16 + gap(column.as_string::<i64>().value_offsets()),
        DataType::Binary => 16 + gap(column.as_binary::<i32>().value_offsets()),
        DataType::LargeBinary => 16 + gap(column.as_binary::<i64>().value_offsets()),
        DataType::List(_) => list(gap(column.as_list::<i32>().value_offsets()), column.as_list::<i32>().values()),
        DataType::LargeList(_) => list(gap(column.as_list::<i64>().value_offsets()), column.as_list::<i64>().values()),
        DataType::FixedSizeList(_, length) => {
            list(u128::try_from(*length).unwrap_or(0), column.as_fixed_size_list().values())
        }
        DataType::Map(..) => {
            let map = column.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            list(gap(map.value_offsets()), &entries)
        }
        DataType::Struct(_) => {
            column.as_struct().columns().iter().fold(0, |sum: u128, child| sum.saturating_add(widest(child)))
        }
        _ => 16,
    }
}

/// The greatest difference of neighbours.
fn widest_gap<O: OffsetSizeTrait>(offsets: &[O]) -> usize {
    offsets.iter().zip(offsets.iter().skip(1)).map(|(from, to)| (*to - *from).as_usize()).max().unwrap_or(0)
}

/// Elements of the longest list.
fn longest(column: &ArrayRef) -> usize {
    match column.data_type() {
        DataType::List(_) => widest_gap(column.as_list::<i32>().value_offsets()),
        DataType::LargeList(_) => widest_gap(column.as_list::<i64>().value_offsets()),
        DataType::FixedSizeList(_, length) => usize::try_from(*length).unwrap_or(0),
        _ => 1,
    }
}
