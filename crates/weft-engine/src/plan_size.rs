//! What of an optimised plan costs memory that no pool knows of.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

use crate::error::Error;
use crate::growing_function::VALUE_BYTES_MAX;

/// The most nodes of an optimised plan.
pub const PLAN_NODES_MAX: usize = 5_000;

/// The most centroids an approximate percentile keeps: they are made room for at once.
pub const CENTROIDS_MAX: u64 = 10_000;

/// Refuses a plan that has too many nodes, spreads large constants over rows, or sets up aggregates of any size.
///
/// # Errors
/// [`Error::Limit`], with the bound.
pub(crate) fn bounded(plan: &LogicalPlan, batch_rows: usize) -> std::result::Result<(), Error> {
    let mut nodes = 0_usize;
    let mut found = None;
    let walked = plan.apply_with_subqueries(|node| {
        nodes += 1;
        if nodes > PLAN_NODES_MAX {
            found = Some(limit("the plan", &format!("{PLAN_NODES_MAX} nodes")));
            return Ok(TreeNodeRecursion::Stop);
        }
        if let LogicalPlan::Projection(projection) = node
            && constants(projection)?.saturating_mul(batch_rows) > VALUE_BYTES_MAX.saturating_mul(4)
        {
            let most = VALUE_BYTES_MAX.saturating_mul(4) / batch_rows.max(1);
            found = Some(limit("the constants that stand in every row", &format!("{most} bytes")));
            return Ok(TreeNodeRecursion::Stop);
        }
        if centroids(node)? > CENTROIDS_MAX {
            found = Some(limit("the number of centroids of an approximate percentile", &CENTROIDS_MAX.to_string()));
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    match (walked, found) {
        (_, Some(error)) => Err(error),
        (Ok(_), None) => Ok(()),
        (Err(cause), None) => Err(Error::internal(&cause)),
    }
}

fn limit(what: &str, limit: &str) -> Error {
    Error::Limit { what: what.to_owned(), limit: limit.to_owned(), later: false }
}

/// Bytes of the constants that a projection repeats for every row; over a single row nothing is repeated.
fn constants(projection: &Projection) -> Result<usize> {
    if matches!(projection.input.as_ref(), LogicalPlan::EmptyRelation(_)) {
        return Ok(0);
    }
    let mut bytes = 0_usize;
    for expression in &projection.expr {
        expression.apply(|node| {
            if let Expr::Literal(value, _) = node {
                bytes = bytes.saturating_add(value.size().saturating_sub(std::mem::size_of::<ScalarValue>()));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(bytes)
}

/// The most centroids that an aggregate of this node is told to keep. What is no literal counts as any number.
fn centroids(node: &LogicalPlan) -> Result<u64> {
    let mut most = 0_u64;
    let mut look = |expression: &Expr| {
        let Expr::AggregateFunction(aggregate) = expression else { return };
        let at = match aggregate.func.name() {
            "approx_percentile_cont" => 2,
            "approx_percentile_cont_with_weight" => 3,
            _ => return,
        };
        let asked = aggregate.params.args.get(at).map_or(0, |asked| match asked {
            Expr::Literal(value, _) => match value.cast_to(&arrow_schema::DataType::UInt64) {
                Ok(ScalarValue::UInt64(Some(asked))) => asked,
                _ => u64::MAX,
            },
            _ => u64::MAX,
        });
        most = most.max(asked);
    };
    node.apply_expressions(|expression| {
        expression.apply(|inner| {
            look(inner);
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(most)
}
