//! Which predicates may be evaluated on rows or columns their author may not see.
//!
//! Judged on the coerced physical predicate: what type coercion added is part of the question. A predicate is
//! leak-proof when it cannot fail, whatever the data, and when it reads nothing but clear columns.

use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow_schema::{DataType, Schema, SchemaRef};
use datafusion_common::ScalarValue;
use datafusion_expr::Operator;
use datafusion_physical_expr::expressions::{
    BinaryExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NotExpr,
};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;

/// The longest LIKE pattern, in bytes, that is evaluated below the seal.
pub const LIKE_BYTES_MAX: usize = 4 * 1024;
/// The most literals of an IN list that are evaluated below the seal.
pub const IN_LITERALS_MAX: usize = 10_000;
/// How deep a predicate may nest to be evaluated below the seal.
pub const DEPTH_MAX: usize = 128;

/// True when the predicate may go below the seal; `clear(i)` tells whether column `i` of the schema is clear.
#[must_use]
pub fn leak_proof(predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef, clear: &dyn Fn(usize) -> bool) -> bool {
    condition(predicate, schema, clear, 0) && probed(predicate, schema)
}

fn condition(expr: &Arc<dyn PhysicalExpr>, schema: &Schema, clear: &dyn Fn(usize) -> bool, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        return match binary.op() {
            Operator::And | Operator::Or => {
                condition(binary.left(), schema, clear, depth + 1)
                    && condition(binary.right(), schema, clear, depth + 1)
            }
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => compares(binary.left(), binary.right(), schema, clear),
            _ => false,
        };
    }
    if let Some(not) = expr.downcast_ref::<NotExpr>() {
        return condition(not.arg(), schema, clear, depth + 1);
    }
    if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
        return operand(null.arg(), schema, clear).is_some();
    }
    if let Some(null) = expr.downcast_ref::<IsNotNullExpr>() {
        return operand(null.arg(), schema, clear).is_some();
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let Some(column) = operand(list.expr(), schema, clear) else { return false };
        return list.list().len() <= IN_LITERALS_MAX
            && scalar(&column)
            && list.list().iter().all(|item| literal(item).is_some_and(|value| value.data_type() == column));
    }
    if let Some(like) = expr.downcast_ref::<LikeExpr>() {
        let short = matches!(
            literal(like.pattern()),
            Some(ScalarValue::Utf8(Some(p)) | ScalarValue::Utf8View(Some(p)) | ScalarValue::LargeUtf8(Some(p)))
                if p.len() <= LIKE_BYTES_MAX
        );
        return short && operand(like.expr(), schema, clear).is_some();
    }
    // A bare boolean column or literal is a condition too.
    match operand(expr, schema, clear) {
        Some(data_type) => data_type == DataType::Boolean,
        None => literal(expr).is_some(),
    }
}

/// A column beside a literal of the very same type, in either order.
fn compares(
    left: &Arc<dyn PhysicalExpr>,
    right: &Arc<dyn PhysicalExpr>,
    schema: &Schema,
    clear: &dyn Fn(usize) -> bool,
) -> bool {
    let (column, value) = match (operand(left, schema, clear), operand(right, schema, clear)) {
        (Some(column), None) => (column, literal(right)),
        (None, Some(column)) => (column, literal(left)),
        // Two columns of one type cannot fail either.
        (Some(one), Some(other)) => return one == other && scalar(&one),
        (None, None) => return false,
    };
    value.is_some_and(|value| value.data_type() == column) && scalar(&column)
}

/// The type of a clear column, seen directly or through a cast that cannot fail.
fn operand(expr: &Arc<dyn PhysicalExpr>, schema: &Schema, clear: &dyn Fn(usize) -> bool) -> Option<DataType> {
    if let Some(column) = expr.downcast_ref::<Column>() {
        let field = schema.fields().get(column.index())?;
        return clear(column.index()).then(|| field.data_type().clone());
    }
    let cast = expr.downcast_ref::<CastExpr>()?;
    let from = operand(cast.expr(), schema, clear)?;
    infallible(&from, cast.cast_type()).then(|| cast.cast_type().clone())
}

fn literal(expr: &Arc<dyn PhysicalExpr>) -> Option<&ScalarValue> {
    expr.downcast_ref::<Literal>().map(Literal::value)
}

/// Comparing values of nested types can fail at run time.
fn scalar(data_type: &DataType) -> bool {
    !data_type.is_nested() && !matches!(data_type, DataType::Dictionary(..))
}

fn infallible(from: &DataType, to: &DataType) -> bool {
    use DataType::{Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    matches!(
        (from, to),
        (Int8, Int16 | Int32 | Int64)
            | (Int16, Int32 | Int64)
            | (Int32, Int64)
            | (UInt8, UInt16 | UInt32 | UInt64 | Int16 | Int32 | Int64)
            | (UInt16, UInt32 | UInt64 | Int32 | Int64)
            | (UInt32, UInt64 | Int64)
            | (Float32, Float64)
    )
}

/// Some errors depend on the literals alone; those are raised before any row is looked at, so that they say nothing
/// about rows. A predicate that fails here stays above the seal.
fn probed(predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> bool {
    let columns = schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
    let nullable: Schema =
        Schema::new(schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(nullable), columns).is_ok_and(|row| predicate.evaluate(&row).is_ok())
}

#[cfg(test)]
mod tests;
