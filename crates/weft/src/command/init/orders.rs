//! A few orders to begin with, the same every time.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

/// Where they lie.
pub(super) const PATH: &str = "catalog/data/shop/orders.parquet";

/// How many there are.
const ORDERS: i64 = 200;

/// Every so many orders is a test.
const TEST_EVERY: i64 = 25;

/// 2026-01-01T08:00:00Z in microseconds, when the first order was placed.
const FIRST: i64 = 1_767_254_400_000_000;

/// Six and a half hours in microseconds, the time between two orders.
const BETWEEN: i64 = 23_400_000_000;

/// The orders as a Parquet file.
pub(super) fn parquet() -> Result<Vec<u8>, ParquetError> {
    let numbers = || 1..=ORDERS;
    let pick = |words: &'static [&'static str], at: i64| {
        let at = usize::try_from(at).unwrap_or_default() % words.len().max(1);
        words.get(at).copied().unwrap_or_default()
    };
    let status = |number: i64| match number {
        number if number % TEST_EVERY == 0 => "TEST",
        number => pick(&["DELIVERED", "DELIVERED", "SHIPPED", "CREATED"], number / 60),
    };
    // A fixed walk through the customers, so that some of them come back.
    let customer = |number: i64| number * 37 % 61 + 1;
    let email = |number: i64| {
        format!("customer{}@{}.example", customer(number), pick(&["mail", "post", "inbox"], customer(number)))
    };
    let strings = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let amounts = Decimal128Array::from_iter_values(numbers().map(|number| i128::from(number * 7_919 % 24_000 + 495)));
    let times = numbers().map(|number| FIRST + (number - 1) * BETWEEN);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("order_id", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("customer_id", strings(numbers().map(|number| format!("C{:04}", customer(number))).collect())),
        ("customer_email", strings(numbers().map(email).collect())),
        ("country", strings(numbers().map(|n| pick(&["DE", "FR", "PL", "IT", "SE"], n * n).to_owned()).collect())),
        ("status", strings(numbers().map(|number| status(number).to_owned()).collect())),
        ("amount", Arc::new(amounts.with_precision_and_scale(10, 2)?)),
        ("ordered_at", Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(file)
}
