//! A table for people.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches_with_options;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

/// The most rows a table for people holds; the rest is counted.
pub(super) const ROWS_MAX: usize = 10_000;

/// Rows kept until the end, since columns are as wide as their widest value.
#[derive(Debug)]
pub(super) struct Table {
    schema: SchemaRef,
    shown: Vec<RecordBatch>,
    rows: usize,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self { schema: Arc::clone(schema), shown: Vec::new(), rows: 0 }
    }

    /// Adds rows; those that are not shown are not kept.
    pub(super) fn push(&mut self, batch: &RecordBatch) {
        let left = ROWS_MAX.saturating_sub(self.rows);
        self.rows += batch.num_rows();
        if left > 0 {
            self.shown.push(batch.slice(0, left.min(batch.num_rows())));
        }
    }

    /// The table, and how many rows there are.
    ///
    /// # Errors
    /// When a column cannot be shown.
    pub(super) fn text(mut self) -> Result<String, ArrowError> {
        if self.shown.is_empty() {
            self.shown.push(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let text = pretty_format_batches_with_options(&self.aligned()?, &options())?;
        let more = if self.rows > ROWS_MAX { format!(" ({ROWS_MAX} shown)") } else { String::new() };
        Ok(format!("{text}\n{} row{}{more}", self.rows, if self.rows == 1 { "" } else { "s" }))
    }

    /// The rows with numbers as texts of one width, their headings too, so that they stand right.
    fn aligned(&self) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut fields = Vec::new();
        let mut columns: Vec<Vec<ArrayRef>> = Vec::new();
        for (at, field) in self.schema.fields().iter().enumerate() {
            let parts: Vec<ArrayRef> = self.shown.iter().map(|batch| Arc::clone(batch.column(at))).collect();
            if number(field.data_type()) {
                let (name, parts) = right(field.name(), &parts)?;
                fields.push(Field::new(name, DataType::Utf8, true));
                columns.push(parts);
            } else {
                // The kind as it comes: a server's schema may call it otherwise.
                let kind = parts.first().map_or(field.data_type(), |part| part.data_type()).clone();
                fields.push(Field::new(field.name(), kind, true).with_metadata(field.metadata().clone()));
                columns.push(parts);
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let batch = |(at, shown): (usize, &RecordBatch)| {
            let columns = columns.iter().filter_map(|parts| parts.get(at)).map(Arc::clone).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(shown.num_rows()));
            RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
        };
        self.shown.iter().enumerate().map(batch).collect()
    }
}

/// A value that cannot be shown, such as a time beyond the calendar, says so in its cell.
fn options() -> FormatOptions<'static> {
    FormatOptions::default().with_null("NULL").with_display_error(true)
}

fn number(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => value.is_numeric(),
        other => other.is_numeric(),
    }
}

/// A heading and the values below it, padded at the left to the widest of them.
fn right(name: &str, parts: &[ArrayRef]) -> Result<(String, Vec<ArrayRef>), ArrowError> {
    let options = options();
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        let formatter = ArrayFormatter::try_new(part.as_ref(), &options)?;
        let part = (0..part.len()).map(|row| formatter.value(row).try_to_string());
        texts.push(part.collect::<Result<Vec<String>, ArrowError>>()?);
    }
    let widest = texts.iter().flatten().map(String::len).max().unwrap_or(0);
    let width = widest.max(name.chars().count());
    let padded = |part: &Vec<String>| -> ArrayRef {
        Arc::new(part.iter().map(|text| Some(format!("{text:>width$}"))).collect::<StringArray>())
    };
    Ok((format!("{name:>width$}"), texts.iter().map(padded).collect()))
}
