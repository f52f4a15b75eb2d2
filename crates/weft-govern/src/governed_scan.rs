//! The one leaf through which rows of products reach a query.
//!
//! *Clear*: the decision withholds nothing from the columns in use, so every optimizer hook is handed to the native
//! scan and its answer wrapped again; the plan is plain DataFusion's with this node in the leaf's place.
//! *Sealed*: the raw scan, the row rule and the masks are inside; the planner sees a leaf that takes a projection, a
//! limit and dynamic filters on bare clear columns, and says nothing about what it hides.
//! Both replace errors from below, print neither paths nor policy, and keep their metrics to themselves.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion_common::config::ConfigOptions;
use datafusion_common::stats::Precision;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_common::{DataFusionError, Result, Statistics};
use datafusion_execution::{SendableRecordBatchStream, TaskContext};
use datafusion_physical_expr::EquivalenceProperties;
use datafusion_physical_expr::expressions::{Column, DynamicFilterPhysicalExpr};
use datafusion_physical_expr::utils::conjunction_opt;
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use datafusion_physical_expr_common::sort_expr::PhysicalSortExpr;
use datafusion_physical_plan::execution_plan::{
    Boundedness, CardinalityEffect, EmissionType, ReplaceChildrenOptions, reset_plan_states,
};
use datafusion_physical_plan::filter::FilterExecBuilder;
use datafusion_physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion_physical_plan::projection::ProjectionExec;
use datafusion_physical_plan::sort_pushdown::SortOrderPushdownResult;
use datafusion_physical_plan::statistics::StatisticsArgs;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{Stream, StreamExt, TryStreamExt};
use weft_model::name::ProductName;
use weft_policy::decision::Fingerprint;
use weft_scan::panicking::Caught;
use weft_scan::trail::Trail;

use crate::dice::Dice;
use crate::error::{of_the_query, out_of_memory, replaced};
use crate::guard::Guard;
use crate::mixed::mixed;
use crate::sealed::Seal;
use crate::sealed_stream::SealedRows;

/// The governed leaf.
#[derive(Clone, Debug)]
pub struct GovernedScanExec {
    product: ProductName,
    fingerprint: Fingerprint,
    mode: Mode,
    /// Which files are read, for the log to say where an error is.
    trail: Arc<Trail>,
    properties: Arc<PlanProperties>,
}

#[derive(Clone, Debug)]
enum Mode {
    Clear(Arc<dyn ExecutionPlan>),
    Sealed(Sealed),
}

/// The rows, with an error in the place of a panic: files that are damaged on purpose find where decoders have one.
fn sound(rows: impl Stream<Item = Result<RecordBatch>>) -> impl Stream<Item = Result<RecordBatch>> {
    let panicked = || Err(DataFusionError::External("the decoder broke off".into()));
    Caught::new(rows).map(move |batch| batch.unwrap_or_else(panicked))
}

/// A sealed scan ready to run.
#[derive(Clone, Debug)]
struct Sealed {
    seal: Arc<Seal>,
    raw: Arc<dyn ExecutionPlan>,
    /// Dynamic filters over the output's columns, accepted from joins and sorts above.
    dynamic: Vec<Arc<dyn PhysicalExpr>>,
    fetch: Option<usize>,
    statistics: Arc<Statistics>,
}

impl GovernedScanExec {
    /// Wraps a native scan of clear columns.
    #[must_use]
    pub(crate) fn clear(
        product: ProductName,
        fingerprint: Fingerprint,
        trail: Arc<Trail>,
        inner: Arc<dyn ExecutionPlan>,
    ) -> Self {
        let properties = Arc::clone(inner.properties());
        Self { product, fingerprint, mode: Mode::Clear(inner), trail, properties }
    }

    /// Puts a seal around a raw scan.
    ///
    /// # Errors
    /// When the raw scan cannot be planned.
    pub(crate) fn sealed(
        product: ProductName,
        fingerprint: Fingerprint,
        seal: Arc<Seal>,
        fetch: Option<usize>,
        config: &ConfigOptions,
    ) -> Result<Self> {
        let raw = spread(seal.raw(&[])?, seal.leaf.target_partitions, config)?;
        // How many files are visible is nobody's business where rows are hidden.
        let partitions = match raw.properties().partitioning.partition_count() {
            _ if seal.mixed => 1,
            files if seal.rows.is_some() && Guard::PlanProperties.on() => seal.leaf.target_partitions.max(files),
            files => files,
        };
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&seal.schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let statistics = Arc::new(told(&seal, &raw, config)?);
        let trail = Arc::clone(&seal.leaf.trail);
        let sealed = Sealed { seal, raw, dynamic: Vec::new(), fetch, statistics };
        Ok(Self { product, fingerprint, mode: Mode::Sealed(sealed), trail, properties })
    }

    /// The decision this scan was planned under.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The product this scan reads.
    #[must_use]
    pub fn product(&self) -> &ProductName {
        &self.product
    }

    /// True when the native scan answers as it is.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        matches!(self.mode, Mode::Clear(_))
    }

    /// The native scan of a clear leaf, for plans to be compared with.
    #[cfg(feature = "inspect")]
    #[must_use]
    pub fn native(&self) -> Option<&Arc<dyn ExecutionPlan>> {
        match &self.mode {
            Mode::Clear(inner) => Some(inner),
            Mode::Sealed(_) => None,
        }
    }

    fn mixed(&self) -> bool {
        matches!(&self.mode, Mode::Sealed(sealed) if sealed.seal.mixed)
    }

    /// Wraps what the native scan made of itself.
    fn again(&self, inner: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self::clear(self.product.clone(), self.fingerprint, Arc::clone(&self.trail), inner))
    }

    fn with(&self, sealed: Sealed) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { mode: Mode::Sealed(sealed), ..self.clone() })
    }
}

/// The outer optimizer never looks inside the seal, so the raw scan is spread over its partitions here.
fn spread(
    raw: Arc<dyn ExecutionPlan>,
    target_partitions: usize,
    config: &ConfigOptions,
) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(raw.repartitioned(target_partitions, config)?.unwrap_or(raw))
}

/// What the planner is told: with a row rule one rounded number and what the contract says of keys, otherwise what holds
/// for clear columns. The query's
/// own filters count as they would above any other scan: what is known of them is known from the query.
fn told(seal: &Seal, raw: &Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Statistics> {
    let mut told = Statistics::new_unknown(&seal.schema);
    let known = raw.statistics_from_inputs(&[], &StatisticsArgs::new())?;
    if seal.rows.is_some() && Guard::Statistics.on() {
        if let Some(rows) = known.num_rows.get_value() {
            let rounded = rows.checked_next_power_of_two().unwrap_or(usize::MAX);
            // Nothing more is told, so this is what a planner assumes of a filter it knows nothing of.
            let share = if seal.filters.is_empty() { 100 } else { config.optimizer.default_filter_selectivity };
            told.num_rows = Precision::Inexact(rounded / 100 * usize::from(share));
            distinct(&mut told, seal);
        }
        return Ok(told);
    }
    let known = match conjunction_opt(seal.filters.iter().map(Arc::clone)) {
        Some(filters) => {
            let filter = FilterExecBuilder::new(filters, Arc::clone(raw))
                .with_default_selectivity(config.optimizer.default_filter_selectivity)
                .build()?;
            filter.statistics_from_inputs(&[known], &StatisticsArgs::new())?
        }
        None => known,
    };
    told.num_rows = known.num_rows;
    for (at, (column, made)) in told.column_statistics.iter_mut().zip(&seal.columns).enumerate() {
        if (seal.clear(at) || !Guard::Statistics.on())
            && let Some(statistics) = known.column_statistics.get(made.raw)
        {
            *column = statistics.clone();
        }
    }
    Ok(told)
}

/// What the contract alone says of distinct values: a key has as many as there are rows. Of other columns the root of
/// that number is assumed, or a join with them would look as if it matched next to nothing.
fn distinct(told: &mut Statistics, seal: &Seal) {
    let Some(rows) = told.num_rows.get_value().copied() else { return };
    let columns = &seal.port.object().columns;
    let keys = columns.iter().filter(|column| column.primary_key.is_some()).count();
    for (at, (statistics, made)) in told.column_statistics.iter_mut().zip(&seal.columns).enumerate() {
        let column = seal.leaf.columns.get(made.raw).and_then(|contract| columns.get(*contract));
        if let Some(column) = column
            && seal.clear(at)
        {
            let key = column.unique || (keys == 1 && column.primary_key.is_some());
            statistics.distinct_count = Precision::Inexact(if key { rows } else { rows.isqrt() });
        }
    }
}

impl DisplayAs for GovernedScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.properties.eq_properties.schema().fields().iter().map(|field| field.name().as_str());
        let columns = columns.collect::<Vec<_>>().join(", ");
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "GovernedScanExec: product={}, columns=[{columns}]", self.product)?;
                if let Some(fetch) = self.fetch() {
                    write!(f, ", fetch={fetch}")?;
                }
                Ok(())
            }
            DisplayFormatType::TreeRender => write!(f, "product={}", self.product),
        }
    }
}

impl ExecutionPlan for GovernedScanExec {
    fn name(&self) -> &'static str {
        "GovernedScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// Joins look here for the dynamic filters they made, and fill only those they find.
    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        match &self.mode {
            Mode::Clear(inner) => inner.apply_expressions(f),
            Mode::Sealed(sealed) => {
                for filter in &sealed.dynamic {
                    if f(filter)? == TreeNodeRecursion::Stop {
                        return Ok(TreeNodeRecursion::Stop);
                    }
                }
                Ok(TreeNodeRecursion::Continue)
            }
        }
    }

    /// A recursive query runs its plan once per round: without this, the second round would read nothing.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        if !Guard::ResetState.on() {
            return Ok(self);
        }
        match &self.mode {
            Mode::Clear(inner) => Ok(self.again(reset_plan_states(Arc::clone(inner))?)),
            Mode::Sealed(sealed) => {
                let raw = reset_plan_states(Arc::clone(&sealed.raw))?;
                Ok(self.with(Sealed { raw, ..sealed.clone() }))
            }
        }
    }

    fn repartitioned(&self, partitions: usize, config: &ConfigOptions) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        match &self.mode {
            Mode::Clear(inner) => Ok(inner.repartitioned(partitions, config)?.map(|inner| self.again(inner))),
            Mode::Sealed(_) => Ok(None),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let product = self.product.clone();
        // Of several files that are read at the same time none is known to be the one.
        let trail = if self.mixed() { Arc::default() } else { Arc::clone(&self.trail) };
        let replace = move |cause| match Guard::ErrorReplaced.on() {
            true => out_of_memory(&cause)
                .unwrap_or_else(|| replaced(&product, trail.last(partition).as_deref(), &cause).into()),
            false => cause,
        };
        match &self.mode {
            Mode::Clear(inner) => {
                let replace = move |cause| if of_the_query(&cause) { cause } else { replace(cause) };
                let rows = sound(inner.execute(partition, context).map_err(&replace)?);
                Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.map_err(replace))))
            }
            Mode::Sealed(sealed) => {
                let rows = sound(sealed.clone().rows(partition, context));
                Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.map_err(replace))))
            }
        }
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        match &self.mode {
            Mode::Clear(inner) => inner.statistics_from_inputs(inputs, args),
            Mode::Sealed(sealed) if args.partition().is_none() => Ok(Arc::clone(&sealed.statistics)),
            Mode::Sealed(sealed) => Ok(Arc::new(Statistics::new_unknown(&sealed.seal.schema))),
        }
    }

    fn supports_limit_pushdown(&self) -> bool {
        match &self.mode {
            Mode::Clear(inner) => inner.supports_limit_pushdown(),
            Mode::Sealed(_) => false,
        }
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        match &self.mode {
            Mode::Clear(inner) => inner.with_fetch(limit).map(|inner| self.again(inner)),
            Mode::Sealed(sealed) => Some(self.with(Sealed { fetch: limit, ..sealed.clone() })),
        }
    }

    fn fetch(&self) -> Option<usize> {
        match &self.mode {
            Mode::Clear(inner) => inner.fetch(),
            Mode::Sealed(sealed) => sealed.fetch,
        }
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        match &self.mode {
            Mode::Clear(inner) => inner.cardinality_effect(),
            Mode::Sealed(_) => CardinalityEffect::Unknown,
        }
    }

    fn try_swapping_with_projection(&self, projection: &ProjectionExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        match &self.mode {
            Mode::Clear(inner) => Ok(inner.try_swapping_with_projection(projection)?.map(|inner| self.again(inner))),
            Mode::Sealed(_) => Ok(None),
        }
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        match &self.mode {
            Mode::Clear(inner) => {
                let inner = inner.handle_child_pushdown_result(phase, result, config)?;
                Ok(FilterPushdownPropagation {
                    filters: inner.filters,
                    updated_node: inner.updated_node.map(|node| self.again(node)),
                })
            }
            Mode::Sealed(sealed) => {
                let mut dynamic = sealed.dynamic.clone();
                for offered in &result.parent_filters {
                    if acceptable(&offered.filter, &sealed.seal) {
                        dynamic.push(Arc::clone(&offered.filter));
                    }
                }
                // Accepted filters only spare work: whoever made them still applies them.
                let filters = vec![PushedDown::No; result.parent_filters.len()];
                if dynamic.len() == sealed.dynamic.len() {
                    return Ok(FilterPushdownPropagation { filters, updated_node: None });
                }
                let raw = spread(sealed.seal.raw(&dynamic)?, sealed.seal.leaf.target_partitions, config)?;
                let node = self.with(Sealed { dynamic, raw, ..sealed.clone() });
                Ok(FilterPushdownPropagation { filters, updated_node: Some(node) })
            }
        }
    }

    fn try_pushdown_sort(&self, order: &[PhysicalSortExpr]) -> Result<SortOrderPushdownResult<Arc<dyn ExecutionPlan>>> {
        match &self.mode {
            Mode::Clear(inner) => inner.try_pushdown_sort(order)?.try_map(|inner| Ok(self.again(inner))),
            Mode::Sealed(_) => Ok(SortOrderPushdownResult::Unsupported),
        }
    }

    fn with_preserve_order(&self, preserve: bool) -> Option<Arc<dyn ExecutionPlan>> {
        match &self.mode {
            Mode::Clear(inner) => inner.with_preserve_order(preserve).map(|inner| self.again(inner)),
            Mode::Sealed(_) => None,
        }
    }

    fn with_new_state(&self, state: Arc<dyn Any + Send + Sync>) -> Option<Arc<dyn ExecutionPlan>> {
        match &self.mode {
            Mode::Clear(inner) => inner.with_new_state(state).map(|inner| self.again(inner)),
            Mode::Sealed(_) => None,
        }
    }
}

/// A dynamic filter may go below the seal when it is over bare clear columns: what it compares them with changes
/// while the query runs, so nothing but its children can be judged.
fn acceptable(filter: &Arc<dyn PhysicalExpr>, seal: &Seal) -> bool {
    let Some(dynamic) = filter.downcast_ref::<DynamicFilterPhysicalExpr>() else { return false };
    if !Guard::DynamicFilterColumn.on() {
        return true;
    }
    dynamic.children().iter().all(|child| {
        child.downcast_ref::<Column>().is_some_and(|column| {
            seal.clear(column.index())
                && seal.schema.fields().get(column.index()).is_some_and(|field| !field.data_type().is_nested())
        })
    })
}

impl Sealed {
    /// The visible rows of one partition.
    fn rows(
        self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
        let begin = async move {
            // Partitions beyond the raw scan's exist only so that their number tells nothing.
            if partition >= self.raw.properties().partitioning.partition_count() {
                return Ok::<_, DataFusionError>(futures::stream::empty().boxed());
            }
            let batch_rows = context.session_config().batch_size();
            let limit = self.fetch.filter(|_| Guard::LimitAfterRows.on());
            let rows = SealedRows::begin(Arc::clone(&self.seal), self.dynamic.clone(), batch_rows, limit).await?;
            if self.seal.mixed {
                let raw = mixed(&self.raw, &context, Dice::seeded(self.seal.leaf.order.unwrap_or_default()))?;
                return Ok(rows.over(raw.boxed()).boxed());
            }
            Ok(rows.over(self.raw.execute(partition, context)?).boxed())
        };
        futures::stream::once(begin).try_flatten()
    }
}
