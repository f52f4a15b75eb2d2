//! What becomes of one column inside the seal: its served type, and how its values are made from raw ones.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, GenericListArray, MapArray, OffsetSizeTrait,
    RecordBatch, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields};
use datafusion_common::{DataFusionError, Result};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;
use weft_policy::decision::{ColumnRule, MaskRule};
use weft_policy::predicate::Predicate;

use crate::guard::Guard;
use crate::mask::bound::BoundMask;
use crate::mask::keys::KeyProvider;
use crate::mask::salt::QuerySalt;
use crate::rebuild;

/// What masks need beside their parameters.
pub struct MaskContext<'a> {
    /// Keys of token domains.
    pub keys: &'a dyn KeyProvider,
    /// The salt of this one query.
    pub salt: &'a QuerySalt,
}

impl fmt::Debug for MaskContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskContext")
    }
}

/// The type under which a column is served, or `None` when nothing of it is visible.
#[must_use]
pub fn served_type(rule: &ColumnRule, data_type: &DataType) -> Option<DataType> {
    match rule {
        ColumnRule::Hidden if Guard::HiddenColumn.on() => None,
        ColumnRule::Nested(children) => nested_type(children, data_type),
        _ => Some(data_type.clone()),
    }
}

fn nested_type(children: &[(Arc<str>, ColumnRule)], data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Struct(fields) => {
            let visible: Fields = fields
                .iter()
                .filter_map(|field| {
                    let rule = rule_of(children, field.name());
                    served_type(rule, field.data_type()).map(|served| with_type(field, served))
                })
                .collect();
            (!visible.is_empty()).then_some(DataType::Struct(visible))
        }
        DataType::List(field) => element(children, field).map(DataType::List),
        DataType::LargeList(field) => element(children, field).map(DataType::LargeList),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(pair) = entries.data_type() else { return None };
            let [key, value] = pair.as_ref() else { return None };
            let (key_rule, value_rule) = (position(children, 0), position(children, 1));
            // A map without its keys or without its values is no map: either hidden hides the whole.
            let key = with_type(key, served_type(key_rule, key.data_type())?);
            let value = with_type(value, served_type(value_rule, value.data_type())?);
            let pair = DataType::Struct(Fields::from(vec![key, value]));
            Some(DataType::Map(with_type(entries, pair), *sorted))
        }
        _ => None,
    }
}

fn element(children: &[(Arc<str>, ColumnRule)], field: &FieldRef) -> Option<FieldRef> {
    served_type(position(children, 0), field.data_type()).map(|served| with_type(field, served))
}

fn with_type(field: &FieldRef, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

/// A field without a rule of its own is hidden: what nobody decided does not show.
fn rule_of<'a>(children: &'a [(Arc<str>, ColumnRule)], name: &str) -> &'a ColumnRule {
    children.iter().find(|(child, _)| &**child == name).map_or(&ColumnRule::Hidden, |(_, rule)| rule)
}

fn position(children: &[(Arc<str>, ColumnRule)], at: usize) -> &ColumnRule {
    children.get(at).map_or(&ColumnRule::Hidden, |(_, rule)| rule)
}

/// How a column's values are made, bound to one statement.
pub enum Shape {
    /// As they are.
    Clear,
    /// Through a mask.
    Masked(BoundMask),
    /// As they are where the condition holds, through a mask elsewhere.
    ClearWhere {
        /// The condition, as the decision states it.
        rows: Predicate,
        /// What the other rows show.
        otherwise: BoundMask,
    },
    /// A struct: the visible fields by position in the raw struct, and the served fields.
    Struct(Vec<(usize, Shape)>, Fields),
    /// A list: the element's shape and the served element field.
    List(Box<Shape>, FieldRef),
    /// A map: the shapes of keys and values, the served entries field, and whether keys are sorted.
    Map(Box<Shape>, Box<Shape>, FieldRef, bool),
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "clear",
            Self::Masked(_) => "masked",
            Self::ClearWhere { .. } => "clear where",
            Self::Struct(..) | Self::List(..) | Self::Map(..) => "nested",
        })
    }
}

impl Shape {
    /// Makes a rule ready for a column of this raw type; `None` when nothing of the column is visible.
    #[must_use]
    pub fn bind(rule: &ColumnRule, data_type: &DataType, context: &MaskContext<'_>) -> Option<Self> {
        match rule {
            ColumnRule::Hidden if Guard::HiddenColumn.on() => None,
            ColumnRule::Clear | ColumnRule::Hidden => Some(Self::Clear),
            ColumnRule::Masked(mask) => Some(Self::Masked(bound(mask, data_type, context))),
            ColumnRule::ClearWhere { rows, otherwise } => {
                Some(Self::ClearWhere { rows: rows.clone(), otherwise: bound(otherwise, data_type, context) })
            }
            ColumnRule::Nested(children) => Self::nested(children, data_type, context),
        }
    }

    fn nested(children: &[(Arc<str>, ColumnRule)], data_type: &DataType, context: &MaskContext<'_>) -> Option<Self> {
        let served = nested_type(children, data_type)?;
        match (data_type, served) {
            (DataType::Struct(fields), DataType::Struct(visible)) => {
                let shapes = fields
                    .iter()
                    .enumerate()
                    .filter_map(|(at, field)| {
                        Some((at, Self::bind(rule_of(children, field.name()), field.data_type(), context)?))
                    })
                    .collect();
                Some(Self::Struct(shapes, visible))
            }
            (DataType::List(field) | DataType::LargeList(field), DataType::List(out) | DataType::LargeList(out)) => {
                let inner = Self::bind(position(children, 0), field.data_type(), context)?;
                Some(Self::List(Box::new(inner), out))
            }
            (DataType::Map(entries, sorted), DataType::Map(out, _)) => {
                let DataType::Struct(pair) = entries.data_type() else { return None };
                let [key, value] = pair.as_ref() else { return None };
                let key = Self::bind(position(children, 0), key.data_type(), context)?;
                let value = Self::bind(position(children, 1), value.data_type(), context)?;
                Some(Self::Map(Box::new(key), Box::new(value), out, *sorted))
            }
            _ => None,
        }
    }

    /// True when values leave exactly as they came.
    #[must_use]
    pub fn clear(&self) -> bool {
        matches!(self, Self::Clear)
    }

    /// Calls `visit` with every row condition inside.
    pub fn conditions<'a>(&'a self, visit: &mut dyn FnMut(&'a Predicate)) {
        match self {
            Self::ClearWhere { rows, .. } => visit(rows),
            Self::Struct(children, _) => children.iter().for_each(|(_, child)| child.conditions(visit)),
            Self::List(inner, _) => inner.conditions(visit),
            Self::Map(key, value, ..) => {
                key.conditions(visit);
                value.conditions(visit);
            }
            Self::Clear | Self::Masked(_) => {}
        }
    }

    /// Makes the served values from raw ones. `condition` evaluates a row condition on the batch the array is from.
    ///
    /// # Errors
    /// When a mask cannot be computed; never because of what a masked value is.
    pub fn apply(&self, array: &ArrayRef, condition: &Conditions<'_>) -> Result<ArrayRef> {
        match self {
            Self::Clear => Ok(Arc::clone(array)),
            Self::Masked(_) if !Guard::ColumnMask.on() => Ok(Arc::clone(array)),
            Self::ClearWhere { .. } if !Guard::RowClearance.on() => Ok(Arc::clone(array)),
            Self::Masked(mask) => masked(mask, array),
            Self::ClearWhere { rows, otherwise } => {
                let keep = condition(rows)?;
                let masked = masked(otherwise, array)?;
                // `choose` rebuilds what it returns: raw values of masked rows stay in no buffer.
                if Guard::Rebuild.on() {
                    Ok(rebuild::choose(&keep, array, &masked)?)
                } else {
                    Ok(arrow::compute::kernels::zip::zip(&keep, array, &masked)?)
                }
            }
            Self::Struct(children, fields) => {
                let raw = array.as_struct();
                let columns = children
                    .iter()
                    .map(|(at, child)| {
                        let column = raw.columns().get(*at).ok_or_else(|| misfit("struct"))?;
                        child.apply(column, condition)
                    })
                    .collect::<Result<Vec<_>>>()?;
                let made = StructArray::try_new(fields.clone(), columns, raw.nulls().cloned())?;
                Ok(rebuild::rebuild(&(Arc::new(made) as ArrayRef))?)
            }
            Self::List(inner, field) => match array.data_type() {
                DataType::List(_) => list(array.as_list::<i32>(), inner, field, condition),
                DataType::LargeList(_) => list(array.as_list::<i64>(), inner, field, condition),
                _ => Err(misfit("list")),
            },
            Self::Map(key, value, field, sorted) => {
                let raw = array.as_map();
                let entries =
                    |predicate: &Predicate| of_elements(&condition(predicate)?, raw.offsets(), raw.keys().len());
                let keys = key.apply(raw.keys(), &entries)?;
                let values = value.apply(raw.values(), &entries)?;
                let DataType::Struct(pair) = field.data_type() else { return Err(misfit("map")) };
                let entries = StructArray::try_new(pair.clone(), vec![keys, values], None)?;
                let made = MapArray::try_new(
                    Arc::clone(field),
                    raw.offsets().clone(),
                    entries,
                    raw.nulls().cloned(),
                    *sorted,
                )?;
                Ok(rebuild::rebuild(&(Arc::new(made) as ArrayRef))?)
            }
        }
    }
}

/// Evaluates a row condition for each slot of the array at hand: true where it holds for the row that the slot is of,
/// false where it is false or NULL. Inside a list or a map a row has as many slots as it has elements.
pub type Conditions<'a> = dyn Fn(&Predicate) -> Result<BooleanArray> + 'a;

/// Evaluates a predicate on a batch; false and NULL both become false.
///
/// # Errors
/// When the predicate fails.
pub fn holds(predicate: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<BooleanArray> {
    let array = predicate.evaluate(batch)?.into_array(batch.num_rows())?;
    let answers = array.as_boolean_opt().ok_or_else(|| misfit("boolean"))?;
    Ok(match answers.nulls() {
        Some(valid) => BooleanArray::new(answers.values() & valid.inner(), None),
        None => answers.clone(),
    })
}

fn list<O: OffsetSizeTrait>(
    raw: &GenericListArray<O>,
    inner: &Shape,
    field: &FieldRef,
    condition: &Conditions<'_>,
) -> Result<ArrayRef> {
    let elements = |predicate: &Predicate| of_elements(&condition(predicate)?, raw.offsets(), raw.values().len());
    let values = inner.apply(raw.values(), &elements)?;
    let made = GenericListArray::<O>::try_new(Arc::clone(field), raw.offsets().clone(), values, raw.nulls().cloned())?;
    Ok(rebuild::rebuild(&(Arc::new(made) as ArrayRef))?)
}

/// What holds for a row holds for its elements; elements that no row shows are of no row.
fn of_elements<O: OffsetSizeTrait>(
    rows: &BooleanArray,
    offsets: &OffsetBuffer<O>,
    elements: usize,
) -> Result<BooleanArray> {
    if offsets.len() != rows.len() + 1 {
        return Err(misfit("condition for every row"));
    }
    let mut held = BooleanBufferBuilder::new(elements);
    let first = offsets.first().map_or(0, |first| first.as_usize());
    held.append_n(first, false);
    for (row, length) in rows.iter().zip(offsets.lengths()) {
        held.append_n(length, row == Some(true));
    }
    held.append_n(elements.saturating_sub(held.len()), false);
    Ok(BooleanArray::new(held.finish(), None))
}

fn bound(rule: &MaskRule, data_type: &DataType, context: &MaskContext<'_>) -> BoundMask {
    BoundMask::new(&rule.mask, data_type, rule.token_domain.as_deref(), context.keys, context.salt)
}

fn masked(mask: &BoundMask, array: &ArrayRef) -> Result<ArrayRef> {
    mask.apply(array).map_err(|cause| DataFusionError::External(Box::new(cause)))
}

fn misfit(kind: &str) -> DataFusionError {
    DataFusionError::Plan(format!("a {kind} was expected"))
}

#[cfg(test)]
mod tests;
