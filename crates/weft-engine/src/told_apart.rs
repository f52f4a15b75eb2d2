//! Filters go down a plan only where columns are told apart by their names.
//!
//! DataFusion 55.2 finds a filter's column in an operator's input by name, and takes the first of two that are called alike:
//! rows are lost, and rows come that should not (apache/datafusion#21246, #25244, #25262, #25263, #25264, #25296; mended by
//! #25259, which no release has yet). That goes for filters of queries and for those that joins and limits make as they run.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::{ExecutionPlan, execution_plan::replace_children_if_necessary};

/// How the rules are called that send filters down.
const PUSHDOWN: &str = "FilterPushdown";

/// The rules that plans are optimised by.
pub(crate) fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let own = |rule: Arc<dyn PhysicalOptimizerRule + Send + Sync>| match rule.name().starts_with(PUSHDOWN) {
        true => Arc::new(ToldApart(rule)) as _,
        false => rule,
    };
    PhysicalOptimizer::new().rules.into_iter().map(own).collect()
}

/// A rule that sends filters down, on the parts of a plan in which no operator mixes columns up.
#[derive(Debug)]
struct ToldApart(Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl ToldApart {
    fn apply(&self, plan: Arc<dyn ExecutionPlan>, mixed: &Mixed, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if !mixed.contains(&address(plan.as_ref())) {
            return self.0.optimize(plan, config);
        }
        let inputs = plan.children().into_iter().map(|input| self.apply(Arc::clone(input), mixed, config));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        replace_children_if_necessary(plan, inputs)
    }
}

/// The operators that mix columns up, or stand above such.
type Mixed = HashSet<usize>;

fn address(plan: &dyn ExecutionPlan) -> usize {
    std::ptr::from_ref(plan).addr()
}

/// Finds them in a plan, in one walk; true for the plan itself.
fn find(plan: &dyn ExecutionPlan, mixed: &mut Mixed) -> bool {
    // Every input is looked at, whatever is known by then.
    let below = plan.children().into_iter().fold(false, |found, input| find(input.as_ref(), mixed) | found);
    let found = below || mixes(plan);
    if found {
        mixed.insert(address(plan));
    }
    found
}

/// True for an operator that may take one column for another of its name. A hash join goes by positions first, and by the names
/// of one input then; a projection by its own names, and by positions then.
fn mixes(plan: &dyn ExecutionPlan) -> bool {
    let alike_below = || plan.children().into_iter().any(|input| alike(input.as_ref()));
    match plan.name() {
        "HashJoinExec" => alike_below(),
        "ProjectionExec" => alike(plan),
        _ => alike(plan) || alike_below(),
    }
}

/// True where two columns are called alike.
fn alike(plan: &dyn ExecutionPlan) -> bool {
    let schema = plan.schema();
    let mut names = HashSet::with_capacity(schema.fields().len());
    !schema.fields().iter().all(|field| names.insert(field.name().as_str()))
}

impl PhysicalOptimizerRule for ToldApart {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let mut mixed = Mixed::new();
        find(plan.as_ref(), &mut mixed);
        self.apply(plan, &mixed, config)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}
