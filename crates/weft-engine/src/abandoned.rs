//! Ends planning that nobody waits for.
//!
//! Planning computes without ever giving its thread back, so neither a timeout nor a client that leaves ends it. Every
//! rule, at every node that it looks at, and every operator that is planned therefore asks first whether anybody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::optimizer::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer};

use crate::error::Error;

/// Rules of the analyzer, all of them.
pub(crate) type AnalyzerRules = Vec<Arc<dyn AnalyzerRule + Send + Sync>>;

/// Rules of the optimizer, all of them.
pub(crate) type OptimizerRules = Vec<Arc<dyn OptimizerRule + Send + Sync>>;

/// Whether nobody waits for a plan any more. All clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    /// Calls the planning off when the guard is dropped before it is kept.
    pub(crate) fn unless_kept(&self) -> Guard {
        Guard { abandoned: self.clone(), kept: false }
    }

    fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Cancelled.into()) } else { Ok(()) }
    }

    /// The analyzer's own rules, which ask first.
    pub(crate) fn analyzer(&self) -> AnalyzerRules {
        let ask = |rule| Arc::new(Asking { rule, abandoned: self.clone() }) as Arc<dyn AnalyzerRule + Send + Sync>;
        Analyzer::new().rules.into_iter().map(ask).collect()
    }

    /// The optimizer's own rules, which ask first.
    pub(crate) fn optimizer(&self) -> OptimizerRules {
        let ask = |rule| Arc::new(Asking { rule, abandoned: self.clone() }) as Arc<dyn OptimizerRule + Send + Sync>;
        Optimizer::new().rules.into_iter().map(ask).collect()
    }
}

/// Somebody waits for as long as this is there.
#[derive(Debug)]
pub(crate) struct Guard {
    abandoned: Abandoned,
    kept: bool,
}

impl Guard {
    /// The plan was made.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.kept {
            self.abandoned.0.store(true, Ordering::Relaxed);
        }
    }
}

impl ExprPlanner for Abandoned {
    fn plan_binary_op(&self, raw: RawBinaryExpr, _: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        self.check()?;
        Ok(PlannerResult::Original(raw))
    }

    fn plan_field_access(&self, raw: RawFieldAccessExpr, _: &DFSchema) -> Result<PlannerResult<RawFieldAccessExpr>> {
        self.check()?;
        Ok(PlannerResult::Original(raw))
    }
}

/// A rule that asks first.
#[derive(Debug)]
struct Asking<Rule: ?Sized> {
    rule: Arc<Rule>,
    abandoned: Abandoned,
}

impl AnalyzerRule for Asking<dyn AnalyzerRule + Send + Sync> {
    fn name(&self) -> &str {
        self.rule.name()
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        self.abandoned.check()?;
        self.rule.analyze(plan, config)
    }
}

impl OptimizerRule for Asking<dyn OptimizerRule + Send + Sync> {
    fn name(&self) -> &str {
        self.rule.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.rule.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        self.abandoned.check()?;
        self.rule.rewrite(plan, config)
    }
}
