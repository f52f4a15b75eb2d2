//! `IN (subquery)` only where what is neither true nor false comes out as it should.
//!
//! DataFusion 55.2 makes joins of such conditions, and where they stand under NOT or beside OR, ask of a constant, or of each row
//! anew, NULL is taken for false on the way: rows come that should not (apache/datafusion#21309, #25336, #25340, #25347, #25473).
//! What it answers rightly passes; the rest is refused, since `[NOT] EXISTS` says the same and is answered rightly.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator};

use crate::error::Error;

/// Refuses a plan that would take NULL for false.
///
/// # Errors
/// [`Error::Refused`].
pub(crate) fn known(plan: &LogicalPlan) -> Result<(), Error> {
    let mut right = true;
    let walked = plan.apply_with_subqueries(|node| {
        right &= match node {
            LogicalPlan::Filter(filter) => split_conjunction(&filter.predicate).into_iter().all(conjunct),
            // Elsewhere it is no condition that drops rows.
            other => {
                let mut none = true;
                other.apply_expressions(|expr| {
                    none &= !asks(expr);
                    Ok(TreeNodeRecursion::Continue)
                })?;
                none
            }
        };
        Ok(if right { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    match walked {
        Ok(_) if right => Ok(()),
        _ => Err(Error::Refused {
            what: "`IN (subquery)` under NOT or OR, of a constant, about each row, or outside of WHERE and HAVING".to_owned(),
            position: String::new(),
            hint: Some("Write `[NOT] EXISTS (SELECT 1 FROM … WHERE …)`; where NULL may stand on either side, say what it means."),
        }),
    }
}

/// True for a condition that all rows have to meet, if it comes out right.
fn conjunct(expr: &Expr) -> bool {
    match expr {
        // Rows for which it is unknown are dropped, and may be.
        Expr::InSubquery(one) if !one.negated => !asks(&one.expr),
        Expr::InSubquery(one) => absent(one),
        Expr::Not(inner) => match &**inner {
            Expr::InSubquery(one) if !one.negated => absent(one),
            inner => !asks(inner),
        },
        other => either(other),
    }
}

/// True for what is asked of a column, once for all rows.
fn absent(one: &InSubquery) -> bool {
    !one.expr.column_refs().is_empty() && !asks(&one.expr) && one.subquery.outer_ref_columns.is_empty()
}

/// True for conditions of which one has to be met, if none of them is about what is not in a subquery.
fn either(expr: &Expr) -> bool {
    match expr {
        Expr::InSubquery(one) => !one.negated && !asks(&one.expr),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => either(left) && either(right),
        other => !asks(other),
    }
}

/// True for what has `IN (subquery)` in it, at any depth.
fn asks(expr: &Expr) -> bool {
    expr.exists(|part| Ok(matches!(part, Expr::InSubquery(_)))).unwrap_or(true)
}
