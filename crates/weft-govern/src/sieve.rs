//! Which rows of a raw batch stay: the row rule first, then the query's own filters on what it left.
//!
//! A filter that takes the same time whatever the values are is evaluated beside the row rule, on whole batches: nothing
//! about a dropped row can be told from it. Every other filter sees only rows that the rule left.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::compute::filter_record_batch;
use arrow_schema::{DataType, Schema};
use datafusion_common::Result;
use datafusion_expr::Operator;
use datafusion_physical_expr::expressions::{BinaryExpr, CastExpr, Column, IsNotNullExpr, IsNullExpr, Literal};
use datafusion_physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion_physical_expr::{conjunction, split_conjunction};
use datafusion_physical_expr_common::physical_expr::PhysicalExpr;

use crate::shape::holds;

/// The row rule and the filters behind it, in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Sieve {
    rows: Option<Arc<dyn PhysicalExpr>>,
    even: Vec<Arc<dyn PhysicalExpr>>,
    filters: Vec<Filter>,
}

/// A filter whose time may depend on values, over raw columns.
#[derive(Debug)]
struct Filter {
    /// Over whole raw batches.
    whole: Arc<dyn PhysicalExpr>,
    /// Over batches of the columns it reads.
    narrow: Arc<dyn PhysicalExpr>,
    /// Those columns.
    columns: Vec<usize>,
}

impl Sieve {
    /// Makes filters ready for batches of `schema`: those of the query's text, and those that joins and sorts made.
    ///
    /// # Errors
    /// When a filter names a column that is not there.
    pub(crate) fn new(
        rows: Option<Arc<dyn PhysicalExpr>>,
        written: &[Arc<dyn PhysicalExpr>],
        made: Vec<Arc<dyn PhysicalExpr>>,
        schema: &Schema,
    ) -> Result<Self> {
        let conjuncts = written.iter().flat_map(split_conjunction).map(Arc::clone);
        let (even, rest): (Vec<_>, Vec<_>) = conjuncts.partition(|filter| is_even(filter, schema));
        let mut filters: Vec<Filter> = Vec::new();
        for filter in rest.into_iter().chain(made) {
            let next = Filter::new(filter, schema)?;
            // What reads the same columns is asked at once, so that they are copied once.
            match filters.last_mut() {
                Some(last) if last.columns == next.columns => *last = last.and(next),
                _ => filters.push(next),
            }
        }
        Ok(Self { rows, even, filters })
    }

    /// True when every row stays.
    pub(crate) fn is_open(&self) -> bool {
        self.rows.is_none() && self.even.is_empty() && self.filters.is_empty()
    }

    /// The rows of a batch that stay.
    ///
    /// # Errors
    /// When the rule or a filter cannot be evaluated.
    pub(crate) fn keep(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let mut keep = match &self.rows {
            Some(rows) => holds(rows, batch)?.values().clone(),
            None => BooleanBuffer::new_set(batch.num_rows()),
        };
        for filter in &self.even {
            keep = &keep & holds(filter, batch)?.values();
        }
        for filter in &self.filters {
            let left = keep.count_set_bits();
            if left == 0 {
                break;
            }
            keep = if left == batch.num_rows() {
                holds(&filter.whole, batch)?.values().clone()
            } else {
                let seen =
                    filter_record_batch(&batch.project(&filter.columns)?, &BooleanArray::new(keep.clone(), None))?;
                spread(&keep, holds(&filter.narrow, &seen)?.values())
            };
        }
        Ok(BooleanArray::new(keep, None))
    }
}

impl Filter {
    fn new(whole: Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Self> {
        let mut columns: Vec<usize> = collect_columns(&whole).iter().map(Column::index).collect();
        columns.sort_unstable();
        columns.dedup();
        let narrow = reassign_expr_columns(Arc::clone(&whole), &schema.project(&columns)?)?;
        Ok(Self { whole, narrow, columns })
    }

    fn and(&self, other: Self) -> Self {
        Self {
            whole: conjunction([Arc::clone(&self.whole), other.whole]),
            narrow: conjunction([Arc::clone(&self.narrow), other.narrow]),
            columns: other.columns,
        }
    }
}

/// True for one comparison, or one test for NULL, over values of a fixed width.
fn is_even(filter: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    if let Some(null) = filter.downcast_ref::<IsNullExpr>() {
        return is_flat(null.arg(), schema);
    }
    if let Some(null) = filter.downcast_ref::<IsNotNullExpr>() {
        return is_flat(null.arg(), schema);
    }
    filter.downcast_ref::<BinaryExpr>().is_some_and(|binary| {
        let comparison = matches!(
            binary.op(),
            Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
        );
        comparison && is_flat(binary.left(), schema) && is_flat(binary.right(), schema)
    })
}

fn is_flat(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    if expr.downcast_ref::<Literal>().is_some() {
        return true;
    }
    let column = expr.downcast_ref::<CastExpr>().map_or(expr, CastExpr::expr).downcast_ref::<Column>();
    let field = column.and_then(|column| schema.fields().get(column.index()));
    field.is_some_and(|field| field.data_type().is_primitive() || *field.data_type() == DataType::Boolean)
}

/// `held` has one bit for each bit set in `keep`: the bits of `keep` for which it holds.
fn spread(keep: &BooleanBuffer, held: &BooleanBuffer) -> BooleanBuffer {
    let words: Vec<u64> = held.bit_chunks().iter_padded().collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let mut taken = 0_usize;
    let spread = keep.bit_chunks().iter_padded().map(|mask| {
        let (at, shift) = (taken / 64, taken % 64);
        let above = if shift == 0 { 0 } else { word(at + 1) << (64 - shift) };
        taken += mask.count_ones() as usize;
        deposit(word(at) >> shift | above, mask)
    });
    BooleanBuffer::new(Buffer::from_vec(spread.collect::<Vec<u64>>()), 0, keep.len())
}

/// The low bits, moved to the places that are set in `mask`, in order.
fn deposit(bits: u64, mask: u64) -> u64 {
    let mut out = 0;
    if mask.count_ones() <= 32 {
        let (mut bits, mut places) = (bits, mask);
        while places != 0 && bits != 0 {
            let place = places & places.wrapping_neg();
            out |= if bits & 1 == 1 { place } else { 0 };
            (bits, places) = (bits >> 1, places ^ place);
        }
    } else {
        // Few places are left out: the bits above each of them move up by one.
        (out, _) = (0..mask.count_zeros()).fold((bits, !mask), |(bits, gaps), _| {
            let gap = gaps & gaps.wrapping_neg();
            let below = bits & (gap - 1);
            (below | (bits ^ below) << 1, gaps ^ gap)
        });
        out &= mask;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slowly(keep: &[bool], held: &[bool]) -> Vec<bool> {
        let mut held = held.iter();
        keep.iter().map(|keep| *keep && *held.next().unwrap()).collect()
    }

    #[test]
    fn only_comparisons_of_fixed_width_values_take_the_same_time() {
        let schema = Schema::new(vec![
            arrow_schema::Field::new("number", DataType::Int64, true),
            arrow_schema::Field::new("text", DataType::Utf8View, true),
        ]);
        let number: Arc<dyn PhysicalExpr> = Arc::new(Column::new("number", 0));
        let text: Arc<dyn PhysicalExpr> = Arc::new(Column::new("text", 1));
        let seven: Arc<dyn PhysicalExpr> = datafusion_physical_expr::expressions::lit(7_i64);
        let word: Arc<dyn PhysicalExpr> =
            Arc::new(Literal::new(datafusion_common::ScalarValue::Utf8View(Some("a".into()))));
        let compare = |left: &Arc<dyn PhysicalExpr>, op, right: &Arc<dyn PhysicalExpr>| {
            Arc::new(BinaryExpr::new(Arc::clone(left), op, Arc::clone(right))) as Arc<dyn PhysicalExpr>
        };
        let above = compare(&number, Operator::Gt, &seven);
        assert!(is_even(&above, &schema));
        assert!(is_even(&(Arc::new(IsNullExpr::new(Arc::clone(&number))) as _), &schema));
        // Where a string differs, and whether the second half of a condition is looked at, shows in time.
        assert!(!is_even(&compare(&text, Operator::Eq, &word), &schema));
        assert!(!is_even(&compare(&above, Operator::Or, &above), &schema));
        assert!(!is_even(&compare(&above, Operator::And, &above), &schema));
    }

    proptest! {
        #[test]
        fn each_bit_lands_where_its_row_was(
            (keep, held) in (0.0_f64..=1.0, 0_usize..400).prop_flat_map(|(share, length)| {
                proptest::collection::vec(proptest::bool::weighted(share), length)
            }).prop_flat_map(|keep| {
                let set = keep.iter().filter(|keep| **keep).count();
                (Just(keep), proptest::collection::vec(any::<bool>(), set))
            }),
            before in 0_usize..9,
        ) {
            let expected = slowly(&keep, &held);
            // Both bitmaps begin somewhere inside a byte, as slices do.
            let sliced = |bits: &[bool]| {
                let padded: Vec<bool> = std::iter::repeat_n(true, before).chain(bits.iter().copied()).collect();
                BooleanBuffer::from(padded).slice(before, bits.len())
            };
            let spread = spread(&sliced(&keep), &sliced(&held));
            prop_assert_eq!(spread.iter().collect::<Vec<_>>(), expected);
        }
    }
}
