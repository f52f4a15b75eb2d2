//! Rows of texts under headings, for people and for spreadsheets.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use crate::cli::Output;
use crate::error::{Failure, setup};
use crate::output::Sink;

/// Prints rows under headings, as a table or as CSV. JSON has types of its own: callers write it themselves.
///
/// # Errors
/// When standard output cannot be written.
pub fn print<const N: usize>(headings: [&str; N], rows: &[[String; N]], output: Output) -> Result<(), Failure> {
    let schema = Schema::new(headings.map(|heading| Field::new(heading, DataType::Utf8, true)).to_vec());
    let schema = Arc::new(schema);
    let mut sink = Sink::stdout(output, &schema);
    if !rows.is_empty() {
        let columns = (0..N).map(|at| {
            let values = rows.iter().map(|row| row.get(at).filter(|text| !text.is_empty()).map(String::as_str));
            Arc::new(values.collect::<StringArray>()) as ArrayRef
        });
        let batch = RecordBatch::try_new(schema, columns.collect()).map_err(|cause| setup("printing")(&cause))?;
        sink.write(&batch)?;
    }
    sink.finish()
}
