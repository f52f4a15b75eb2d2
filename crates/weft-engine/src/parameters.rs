//! The parameters of a statement and their types.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Expr, ExprSchemable, Limit, LogicalPlan};

/// Functions whose arguments all have one type, so that one tells the others'.
const ALIKE: [&str; 4] = ["coalesce", "greatest", "least", "nullif"];

/// Gives every parameter a type. What the planner does not tell from a comparison is told by the place: a CAST names it,
/// LIMIT and OFFSET count, the arguments of some functions are alike. Anything else is a string, as SQL has it for
/// untyped literals.
///
/// # Errors
/// When the plan does not hold together with these types.
pub(crate) fn typed(plan: LogicalPlan) -> Result<LogicalPlan> {
    if plan.get_parameter_fields()?.values().all(Option::is_some) {
        return Ok(plan);
    }
    plan.transform_up_with_subqueries(|plan| {
        let schemas: Vec<_> = plan.inputs().into_iter().map(|input| Arc::clone(input.schema())).collect();
        let counts = matches!(plan, LogicalPlan::Limit(Limit { .. }));
        let plan = plan.map_expressions(|expr| {
            let expr = if counts { given(expr, &DataType::Int64) } else { Transformed::no(expr) };
            expr.transform_data(|expr| {
                expr.transform_down(|expr| {
                    let known = |expr: &Expr| schemas.iter().find_map(|schema| expr.get_type(schema.as_ref()).ok());
                    Ok(by_place(expr, &known))
                })
            })
        })?;
        if plan.transformed { plan.map_data(LogicalPlan::recompute_schema) } else { Ok(plan) }
    })
    .data()
}

/// One expression with the types that it tells of the parameters directly in it.
fn by_place(expr: Expr, known: &dyn Fn(&Expr) -> Option<DataType>) -> Transformed<Expr> {
    match expr {
        Expr::Cast(mut cast) => {
            let inner = given(*cast.expr, cast.field.data_type());
            let transformed = inner.transformed;
            cast.expr = Box::new(inner.data);
            if transformed { Transformed::yes(Expr::Cast(cast)) } else { Transformed::no(Expr::Cast(cast)) }
        }
        Expr::ScalarFunction(mut function) if ALIKE.contains(&function.func.name()) => {
            let found = function.args.iter().filter(|arg| !is_untyped(arg)).find_map(known);
            let Some(found) = found.filter(|found| !found.is_null()) else {
                return Transformed::no(Expr::ScalarFunction(function));
            };
            let before = function.args.iter().filter(|arg| is_untyped(arg)).count();
            function.args = function.args.into_iter().map(|arg| given(arg, &found).data).collect();
            let expr = Expr::ScalarFunction(function);
            if before > 0 { Transformed::yes(expr) } else { Transformed::no(expr) }
        }
        other => given(other, &DataType::Utf8),
    }
}

fn is_untyped(expr: &Expr) -> bool {
    matches!(expr, Expr::Placeholder(Placeholder { field: None, .. }))
}

/// The parameter with this type, if it has none.
fn given(expr: Expr, data_type: &DataType) -> Transformed<Expr> {
    match expr {
        Expr::Placeholder(Placeholder { id, field: None }) => {
            let field: FieldRef = Arc::new(Field::new("", data_type.clone(), true));
            Transformed::yes(Expr::Placeholder(Placeholder { id, field: Some(field) }))
        }
        other => Transformed::no(other),
    }
}

/// Parameters in numeric order, nullable.
///
/// # Errors
/// When one parameter would have two types.
pub(crate) fn parameters(plan: &LogicalPlan) -> Result<SchemaRef> {
    let mut ordered: BTreeMap<(usize, String), Field> = BTreeMap::new();
    ordered.extend(plan.get_parameter_fields()?.into_iter().map(|(name, field)| {
        let at = name.trim_start_matches('$').parse().unwrap_or(usize::MAX);
        let data_type = field.map_or(DataType::Utf8, |field| field.data_type().clone());
        ((at, name.clone()), Field::new(name, data_type, true))
    }));
    Ok(Arc::new(Schema::new(ordered.into_values().collect::<Vec<_>>())))
}
