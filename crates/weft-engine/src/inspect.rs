//! Physical plans, for tests and benchmarks: a release has no such door.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_plan::ExecutionPlan;
use weft_govern::governed_scan::GovernedScanExec;

use crate::engine::Engine;
use crate::error::Error;
use crate::run::physical;
use crate::statement::Planned;

/// The physical plan a statement would run.
///
/// # Errors
/// Whatever planning it ends in.
pub async fn physical_plan(engine: &Engine, planned: &Planned) -> Result<Arc<dyn ExecutionPlan>, Error> {
    physical(planned, &planned.plan, engine).await
}

/// The same plan with the native scan in the place of each clear leaf; sealed leaves stay what they are.
///
/// # Errors
/// When the plan cannot be put together again.
pub fn with_native_leaves(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>, Error> {
    plan.transform_up(|node| match node.downcast_ref::<GovernedScanExec>().and_then(GovernedScanExec::native) {
        Some(native) => Ok(Transformed::yes(Arc::clone(native))),
        None => Ok(Transformed::no(node)),
    })
    .data()
    .map_err(|cause| Error::internal(&cause))
}
