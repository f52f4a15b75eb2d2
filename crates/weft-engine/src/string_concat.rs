//! `a || b` over strings, within the bound of functions that grow.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use arrow_schema::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, expr,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::growing_function::{bytes, check};

/// The name the operator has in plans.
const NAME: &str = "string_concat";

/// Plans `||` as a function of its own: the engine's operator makes what it is told, however large.
#[derive(Debug)]
pub(crate) struct StringConcatPlanner(Arc<ScalarUDF>);

impl StringConcatPlanner {
    pub(crate) fn new() -> Self {
        let signature = Signature::user_defined(Volatility::Immutable);
        Self(Arc::new(ScalarUDF::new_from_impl(StringConcat { signature })))
    }
}

impl ExprPlanner for StringConcatPlanner {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if raw.op != BinaryOperator::StringConcat {
            return Ok(PlannerResult::Original(raw));
        }
        let flat = |side: &Expr| side.get_type(schema).is_ok_and(|data_type| !data_type.is_nested());
        // One call for the whole of `a || b || c`: a call inside a call would be typed anew for every text that follows.
        let args = match raw.left {
            Expr::ScalarFunction(mut call) if call.func.name() == NAME && flat(&raw.right) => {
                call.args.push(raw.right);
                call.args
            }
            left if flat(&left) && flat(&raw.right) => vec![left, raw.right],
            left => return Ok(PlannerResult::Original(RawBinaryExpr { left, ..raw })),
        };
        let call = expr::ScalarFunction::new_udf(Arc::clone(&self.0), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

/// NULL beside anything is NULL; other types are their text.
#[derive(Debug, PartialEq, Eq, Hash)]
struct StringConcat {
    signature: Signature,
}

impl ScalarUDFImpl for StringConcat {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let names = args.iter().map(|arg| Ok(arg.schema_name().to_string())).collect::<Result<Vec<_>>>()?;
        Ok(names.join(" || "))
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![DataType::Utf8View; arg_types.len()])
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let whole = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let spread = |arg: &ColumnarValue| match arg {
            ColumnarValue::Scalar(_) if !whole => bytes(arg).saturating_mul(rows as u128),
            other => bytes(other),
        };
        check("||", args.args.iter().fold(0_u128, |sum, arg| sum.saturating_add(spread(arg))))?;
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let made = concatenated(&sides);
        if whole {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&made, 0)?));
        }
        Ok(ColumnarValue::Array(made))
    }
}

fn concatenated(sides: &[ArrayRef]) -> ArrayRef {
    let rows = sides.first().map_or(0, |side| side.len());
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        if sides.iter().any(|side| side.is_null(row)) {
            builder.append_null();
            continue;
        }
        text.clear();
        for side in sides {
            text.push_str(side.as_string_view().value(row));
        }
        builder.append_value(&text);
    }
    Arc::new(builder.finish())
}
