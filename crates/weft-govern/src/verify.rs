//! The last look before a plan runs: every leaf is governed, or holds no data of a product.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion_datasource::memory::MemorySourceConfig;
use datafusion_datasource::source::DataSourceExec;
use datafusion_physical_plan::ExecutionPlan;
use datafusion_physical_plan::empty::EmptyExec;
use datafusion_physical_plan::memory::LazyMemoryExec;
use datafusion_physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion_physical_plan::work_table::WorkTableExec;
use weft_policy::decision::Fingerprint;

use crate::error::{Error, Reference};
use crate::governed_scan::GovernedScanExec;
use crate::guard::Guard;

/// How deep a physical plan may nest.
pub const PLAN_DEPTH_MAX: usize = 10_000;

/// Checks every leaf of a plan by type.
///
/// A governed scan must carry the fingerprint of a decision of this statement. Besides, a leaf may be VALUES, a
/// generated series, a recursion's work table, nothing, or one row of nothing; `own` names the server's own tables.
///
/// # Errors
/// [`Error::NotGoverned`] for the first other leaf; its name goes to the log only.
pub fn verify(
    plan: &Arc<dyn ExecutionPlan>,
    decisions: &HashSet<Fingerprint>,
    own: &dyn Fn(&dyn ExecutionPlan) -> bool,
) -> Result<(), Error> {
    if !Guard::Verifier.on() {
        return Ok(());
    }
    let mut open: Vec<(&Arc<dyn ExecutionPlan>, usize)> = vec![(plan, 0)];
    while let Some((node, depth)) = open.pop() {
        let children = node.children();
        if depth > PLAN_DEPTH_MAX || (children.is_empty() && !allowed(node, decisions, own)) {
            let reference = Reference::next();
            tracing::error!(node = node.name(), %reference, "a plan with an ungoverned leaf was refused");
            return Err(Error::NotGoverned { reference });
        }
        open.extend(children.into_iter().map(|child| (child, depth + 1)));
    }
    Ok(())
}

fn allowed(
    node: &Arc<dyn ExecutionPlan>,
    decisions: &HashSet<Fingerprint>,
    own: &dyn Fn(&dyn ExecutionPlan) -> bool,
) -> bool {
    if let Some(scan) = node.downcast_ref::<GovernedScanExec>() {
        return decisions.contains(&scan.fingerprint());
    }
    if let Some(source) = node.downcast_ref::<DataSourceExec>() {
        // VALUES; no table of a product is ever held in memory.
        return source.data_source().downcast_ref::<MemorySourceConfig>().is_some();
    }
    node.is::<EmptyExec>()
        || node.is::<PlaceholderRowExec>()
        || node.is::<LazyMemoryExec>()
        || node.is::<WorkTableExec>()
        || own(node.as_ref())
}
