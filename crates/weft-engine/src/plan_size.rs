//! What of an optimised plan costs memory that no pool knows of.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, Projection, WindowFrameBound, WindowFrameUnits};

use crate::error::Error;
use crate::growing_function::VALUE_BYTES_MAX;

/// The most nodes of an optimised plan.
pub const PLAN_NODES_MAX: usize = 5_000;

/// The most rows that a window reaches back or ahead.
pub const WINDOW_ROWS_MAX: u64 = 1_000_000;

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
        if let Some(function) = pattern(node)? {
            found = Some(Error::Refused {
                what: format!("`{function}` with a pattern that is not the same for every row"),
                position: String::new(),
                hint: Some("Write the pattern as a text, or bind it as a parameter."),
            });
            return Ok(TreeNodeRecursion::Stop);
        }
        if let Some(offset) = offset(node)? {
            found = Some(limit(&format!("the offset {offset} of a window"), &format!("{WINDOW_ROWS_MAX} rows")));
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

/// A regular expression that comes from rows: every different one is compiled, and kept for as long as its batch.
fn pattern(node: &LogicalPlan) -> Result<Option<String>> {
    let constant = |pattern: Option<&Expr>| match pattern {
        None | Some(Expr::Literal(..) | Expr::Placeholder(_)) => true,
        Some(Expr::Cast(cast)) => matches!(*cast.expr, Expr::Literal(..) | Expr::Placeholder(_)),
        Some(_) => false,
    };
    let mut found = None;
    each(node, &mut |expression| match expression {
        Expr::ScalarFunction(call) if call.func.name().starts_with("regexp_") && !constant(call.args.get(1)) => {
            found = Some(call.func.name().to_owned());
        }
        Expr::BinaryExpr(binary) => {
            let matches = matches!(
                binary.op,
                Operator::RegexMatch | Operator::RegexIMatch | Operator::RegexNotMatch | Operator::RegexNotIMatch
            );
            if matches && !constant(Some(&binary.right)) {
                found = Some(binary.op.to_string());
            }
        }
        Expr::SimilarTo(similar) if !constant(Some(&similar.pattern)) => found = Some("SIMILAR TO".to_owned()),
        _ => {}
    })?;
    Ok(found)
}

/// An offset by which a window has to keep too many rows: of its frame, or of `lag`, `lead` and `nth_value`.
fn offset(node: &LogicalPlan) -> Result<Option<String>> {
    let large = |value: &ScalarValue| match value.cast_to(&arrow_schema::DataType::Int64) {
        Ok(ScalarValue::Int64(Some(rows))) => rows.unsigned_abs() > WINDOW_ROWS_MAX,
        Ok(_) => false,
        Err(_) => true,
    };
    let mut found = None;
    each(node, &mut |expression| {
        let Expr::WindowFunction(window) = expression else { return };
        let frame = &window.params.window_frame;
        if frame.units == WindowFrameUnits::Rows {
            for bound in [&frame.start_bound, &frame.end_bound] {
                if let WindowFrameBound::Preceding(value) | WindowFrameBound::Following(value) = bound
                    && !value.is_null()
                    && large(value)
                {
                    found = Some(value.to_string());
                }
            }
        }
        if matches!(window.fun.name(), "lag" | "lead" | "nth_value")
            && let Some(Expr::Literal(value, _)) = window.params.args.get(1)
            && large(value)
        {
            found = Some(value.to_string());
        }
    })?;
    Ok(found)
}

/// Every expression of a node, with everything inside.
fn each(node: &LogicalPlan, look: &mut impl FnMut(&Expr)) -> Result<()> {
    node.apply_expressions(|expression| {
        expression.apply(|inner| {
            look(inner);
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(())
}
