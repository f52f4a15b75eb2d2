//! A policy predicate becomes a physical one. The tree is translated node by node; no SQL text is ever made.

use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::Operator;
use datafusion_physical_expr::expressions::{self, Column, Literal};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use weft_policy::predicate::{Comparison, Mapping, Predicate, Value};

/// The values a mapping holds for this principal, or `None` when they cannot be had.
pub type MappingValues<'a> = dyn Fn(&Mapping) -> Option<Vec<ScalarValue>> + 'a;

/// Translates a predicate over columns that `schema` names as the contract does.
///
/// A mapping that cannot be had, or is empty, makes its condition NULL, which no NOT around it can turn into true.
///
/// # Errors
/// When the predicate names a column the schema lacks, or a literal does not have its column's type.
pub fn physical(predicate: &Predicate, schema: &Schema, mappings: &MappingValues<'_>) -> Result<Arc<dyn PhysicalExpr>> {
    Ok(match predicate {
        Predicate::Constant(value) => lit(ScalarValue::Boolean(Some(*value))),
        Predicate::Compare { column, op, value } => {
            let (column, data_type) = find(column, schema)?;
            expressions::binary(column, operator(*op), lit(scalar(value, &data_type)?), schema)?
        }
        Predicate::In { column, values, negated } => {
            let (column, data_type) = find(column, schema)?;
            let list = values.iter().map(|value| Ok(lit(scalar(value, &data_type)?))).collect::<Result<_>>()?;
            expressions::in_list(column, list, negated, schema)?
        }
        Predicate::Between { column, low, high, negated } => {
            let (column, data_type) = find(column, schema)?;
            let (low, high) = (lit(scalar(low, &data_type)?), lit(scalar(high, &data_type)?));
            let from = expressions::binary(Arc::clone(&column), Operator::GtEq, low, schema)?;
            let to = expressions::binary(column, Operator::LtEq, high, schema)?;
            negate(expressions::binary(from, Operator::And, to, schema)?, *negated)?
        }
        Predicate::Like { column, pattern, negated, fold_case } => {
            let (column, data_type) = find(column, schema)?;
            let pattern = lit(scalar(&Value::Text(Arc::clone(pattern)), &data_type)?);
            expressions::like(*negated, *fold_case, column, pattern, schema)?
        }
        Predicate::IsNull { column, negated } => {
            let (column, _) = find(column, schema)?;
            if *negated { expressions::is_not_null(column)? } else { expressions::is_null(column)? }
        }
        Predicate::RowsIn { column, mapping, negated } => rows_in(column, mapping, *negated, schema, mappings)?,
        Predicate::And(all) => fold(all, Operator::And, true, schema, mappings)?,
        Predicate::Or(all) => fold(all, Operator::Or, false, schema, mappings)?,
        Predicate::Not(inner) => expressions::not(physical(inner, schema, mappings)?)?,
    })
}

fn rows_in(
    column: &str,
    mapping: &Mapping,
    negated: bool,
    schema: &Schema,
    mappings: &MappingValues<'_>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let (column, data_type) = find(column, schema)?;
    // NULL, not false: it drops the row whatever stands around it.
    let closed = || lit(ScalarValue::Boolean(None));
    match mappings(mapping) {
        None => Ok(closed()),
        Some(values) if values.is_empty() => Ok(closed()),
        Some(values) => {
            let list = values
                .iter()
                .filter(|value| !value.is_null())
                .map(|value| Ok(lit(value.cast_to(&data_type)?)))
                .collect::<Result<Vec<_>>>()?;
            // A NULL in a NOT IN list makes every answer NULL or false; leaving it out would open.
            let holds_null = values.iter().any(ScalarValue::is_null);
            if list.is_empty() || (negated && holds_null) {
                return Ok(closed());
            }
            expressions::in_list(column, list, &negated, schema)
        }
    }
}

fn fold(
    all: &[Predicate],
    op: Operator,
    empty: bool,
    schema: &Schema,
    mappings: &MappingValues<'_>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let mut parts = all.iter().map(|one| physical(one, schema, mappings));
    let Some(first) = parts.next() else { return Ok(lit(ScalarValue::Boolean(Some(empty)))) };
    parts.try_fold(first?, |left, right| expressions::binary(left, op, right?, schema))
}

fn negate(expr: Arc<dyn PhysicalExpr>, negated: bool) -> Result<Arc<dyn PhysicalExpr>> {
    if negated { expressions::not(expr) } else { Ok(expr) }
}

fn find(column: &str, schema: &Schema) -> Result<(Arc<dyn PhysicalExpr>, DataType)> {
    let (at, field) = schema
        .column_with_name(column)
        .ok_or_else(|| DataFusionError::Plan(format!("the row rule names a column `{column}` that is not read")))?;
    Ok((Arc::new(Column::new(column, at)), field.data_type().clone()))
}

fn lit(value: ScalarValue) -> Arc<dyn PhysicalExpr> {
    Arc::new(Literal::new(value))
}

fn operator(op: Comparison) -> Operator {
    match op {
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
    }
}

/// A policy literal in the column's type.
///
/// # Errors
/// When the literal is of another kind than the column.
pub fn scalar(value: &Value, data_type: &DataType) -> Result<ScalarValue> {
    let misfit = || DataFusionError::Plan(format!("the row rule compares a {data_type} column with another type"));
    match (value, data_type) {
        (Value::Boolean(value), DataType::Boolean) => Ok(ScalarValue::Boolean(Some(*value))),
        (Value::Integer(value), data_type) if data_type.is_integer() => {
            ScalarValue::try_from_string(value.to_string(), data_type)
        }
        (Value::Float(value), DataType::Float64) => Ok(ScalarValue::Float64(Some(*value))),
        (Value::Float(value), DataType::Float16 | DataType::Float32) => {
            ScalarValue::Float64(Some(*value)).cast_to(data_type)
        }
        (Value::Decimal(units), DataType::Decimal128(precision, scale)) => {
            Ok(ScalarValue::Decimal128(Some(*units), *precision, *scale))
        }
        (Value::Decimal(units), DataType::Decimal256(precision, scale)) => {
            Ok(ScalarValue::Decimal256(Some((*units).into()), *precision, *scale))
        }
        (Value::Text(text), DataType::Utf8View) => Ok(ScalarValue::Utf8View(Some(text.to_string()))),
        (Value::Text(text), DataType::Utf8) => Ok(ScalarValue::Utf8(Some(text.to_string()))),
        (Value::Text(text), DataType::LargeUtf8) => Ok(ScalarValue::LargeUtf8(Some(text.to_string()))),
        (Value::Date(days), DataType::Date32) => Ok(ScalarValue::Date32(Some(*days))),
        (Value::Timestamp(count), DataType::Timestamp(unit, zone)) => {
            use arrow_schema::TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
            let zone = zone.clone();
            Ok(match unit {
                Second => ScalarValue::TimestampSecond(Some(*count), zone),
                Millisecond => ScalarValue::TimestampMillisecond(Some(*count), zone),
                Microsecond => ScalarValue::TimestampMicrosecond(Some(*count), zone),
                Nanosecond => ScalarValue::TimestampNanosecond(Some(*count), zone),
            })
        }
        _ => Err(misfit()),
    }
}

#[cfg(test)]
mod tests;
