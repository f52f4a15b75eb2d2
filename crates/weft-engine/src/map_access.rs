//! `map['key']`: the key in the type the map has its keys in.

use arrow_schema::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, cast, lit};

/// Plans access to maps. The engine's own way compares the key as it is written (`Utf8`) with keys as they are served
/// (`Utf8View`), and no coercion stands between the two.
#[derive(Debug)]
pub(crate) struct MapAccess;

impl ExprPlanner for MapAccess {
    fn plan_field_access(
        &self,
        raw: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let Some(key_type) = key_type(&raw.expr.get_type(schema)?) else { return Ok(PlannerResult::Original(raw)) };
        let key = match raw.field_access {
            GetFieldAccess::NamedStructField { name } => lit(name),
            GetFieldAccess::ListIndex { key } => *key,
            GetFieldAccess::ListRange { .. } => return Ok(PlannerResult::Original(raw)),
        };
        let key = if key.get_type(schema)? == key_type { key } else { literal(key, &key_type)? };
        Ok(PlannerResult::Planned(Expr::ScalarFunction(datafusion::logical_expr::expr::ScalarFunction::new_udf(
            get_field(),
            vec![raw.expr, key],
        ))))
    }
}

fn key_type(data_type: &DataType) -> Option<DataType> {
    let DataType::Map(entries, _) = data_type else { return None };
    let DataType::Struct(parts) = entries.data_type() else { return None };
    parts.first().map(|key| key.data_type().clone())
}

/// A literal is converted here: a cast around it would hide from the function that it is one.
fn literal(key: Expr, key_type: &DataType) -> Result<Expr> {
    match key {
        Expr::Literal(value, metadata) => Ok(Expr::Literal(value.cast_to(key_type)?, metadata)),
        other => Ok(cast(other, key_type.clone())),
    }
}
