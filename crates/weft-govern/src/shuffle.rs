//! Rows in an order that says nothing of where they lie.
//!
//! A file is often sorted by its key, so the n-th token of a scan is the token of the n-th key: a masked table in file
//! order undoes its own masks. Rows are exchanged within a batch, so of dense keys the batch still shows.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use datafusion_common::Result;

use crate::dice::Dice;
use crate::mask::salt::QuerySalt;

/// Exchanges rows within batches, differently in every stream of every query.
#[derive(Debug)]
pub(crate) struct Shuffle(Dice);

impl Shuffle {
    /// One stream's order; `salt` is the query's, which nobody outside knows.
    pub(crate) fn new(salt: &QuerySalt) -> Self {
        Self(Dice::new(salt))
    }

    /// The same rows in another order.
    pub(crate) fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        let mut order: Vec<u32> = (0..rows).collect();
        // Fisher and Yates: every order is as likely as every other.
        for last in (1..rows).rev() {
            let other = self.0.below(u64::from(last) + 1);
            if let (Ok(last), Ok(other)) = (usize::try_from(last), usize::try_from(other)) {
                order.swap(last, other);
            }
        }
        let order = UInt32Array::from(order);
        let columns =
            batch.columns().iter().map(|column| Ok(take(column, &order, None)?)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(batch.schema_ref()), columns, &options)?)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn rows_stay_whole_and_move() {
        let numbers: ArrayRef = Arc::new((0..10_000_i64).collect::<Int64Array>());
        let texts: ArrayRef = Arc::new((0..10_000).map(|row| Some(row.to_string())).collect::<StringArray>());
        let batch = RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap();
        let salt = QuerySalt::new([3; 32]);
        let orders: Vec<Vec<i64>> = (0..2)
            .map(|_| {
                let moved = Shuffle::new(&salt).apply(&batch).unwrap();
                let numbers = moved.column(0).as_primitive::<Int64Type>().values().to_vec();
                let texts = moved.column(1).as_string::<i32>();
                assert!(numbers.iter().zip(texts).all(|(number, text)| text == Some(number.to_string().as_str())));
                numbers
            })
            .collect();
        assert_ne!(orders[0], orders[1]);
        for order in orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10_000).collect::<Vec<i64>>());
            let kept = order.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
            assert!(kept < 20, "{kept} neighbours of 10,000 are neighbours still");
        }
    }
}
