//! Answers for people, for programs and for files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::json::writer::JsonArray;
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;

use crate::cli::Output;
use crate::error::Failure;

/// Where the batches of an answer go, one after the other.
pub enum Sink {
    /// A table for people; rows are kept until the end, since columns are as wide as their widest value.
    Table(Vec<RecordBatch>, SchemaRef),
    /// One JSON object a row, in an array.
    Json(Box<arrow::json::ArrayWriter<Box<dyn Write>>>),
    /// Comma-separated values.
    Csv(Box<arrow::csv::Writer<Box<dyn Write>>>),
    /// An Arrow IPC file.
    Arrow(Box<arrow::ipc::writer::FileWriter<Box<dyn Write>>>),
    /// A Parquet file.
    Parquet(Box<ArrowWriter<Box<dyn Write + Send>>>),
}

/// The most rows a table for people holds; the rest is counted.
const TABLE_ROWS_MAX: usize = 10_000;

impl Sink {
    /// Opens a sink on standard output.
    #[must_use]
    pub fn stdout(output: Output, schema: &SchemaRef) -> Self {
        let out: Box<dyn Write> = Box::new(BufWriter::new(std::io::stdout()));
        match output {
            Output::Table => Self::Table(Vec::new(), SchemaRef::clone(schema)),
            Output::Json => Self::Json(Box::new(json(out))),
            Output::Csv => Self::Csv(Box::new(csv(out, schema))),
        }
    }

    /// Opens a sink on a file; its ending says how.
    ///
    /// # Errors
    /// When the ending is not one of ours, or the file cannot be made.
    pub fn file(path: &Path, schema: &Schema) -> Result<Self, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        if !["parquet", "arrow", "csv", "json"].contains(&ending.as_str()) {
            return Err(Failure::Setup(format!(
                "`{}` ends in none of .parquet, .arrow, .csv, .json",
                path.display()
            )));
        }
        let file = File::create(path)
            .map_err(|cause| Failure::File { what: "writing", path: PathBuf::from(path), cause })?;
        let out = BufWriter::new(file);
        let written = |cause: &dyn std::fmt::Display| Failure::Setup(format!("writing `{}`: {cause}", path.display()));
        Ok(match ending.as_str() {
            "parquet" => {
                let out: Box<dyn Write + Send> = Box::new(out);
                let writer = ArrowWriter::try_new(out, std::sync::Arc::new(schema.clone()), None);
                Self::Parquet(Box::new(writer.map_err(|cause| written(&cause))?))
            }
            "arrow" => {
                let out: Box<dyn Write> = Box::new(out);
                let writer = arrow::ipc::writer::FileWriter::try_new(out, schema);
                Self::Arrow(Box::new(writer.map_err(|cause| written(&cause))?))
            }
            "csv" => Self::Csv(Box::new(csv(Box::new(out), schema))),
            _ => Self::Json(Box::new(json(Box::new(out)))),
        })
    }

    /// Takes one batch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let failed = |cause: &dyn std::fmt::Display| Failure::Setup(format!("writing the answer: {cause}"));
        match self {
            Self::Table(batches, _) => {
                batches.push(batch.clone());
                Ok(())
            }
            Self::Json(writer) => writer.write(batch).map_err(|cause| failed(&cause)),
            Self::Csv(writer) => writer.write(batch).map_err(|cause| failed(&cause)),
            Self::Arrow(writer) => writer.write(batch).map_err(|cause| failed(&cause)),
            Self::Parquet(writer) => writer.write(batch).map_err(|cause| failed(&cause)),
        }
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), Failure> {
        let failed = |cause: &dyn std::fmt::Display| Failure::Setup(format!("writing the answer: {cause}"));
        match self {
            Self::Table(batches, schema) => table(batches, &schema).map_err(|cause| failed(&cause)),
            Self::Json(mut writer) => {
                writer.finish().map_err(|cause| failed(&cause))?;
                let mut out = writer.into_inner();
                out.write_all(b"\n").and_then(|()| out.flush()).map_err(|cause| failed(&cause))
            }
            Self::Csv(writer) => writer.into_inner().flush().map_err(|cause| failed(&cause)),
            Self::Arrow(mut writer) => writer.finish().map_err(|cause| failed(&cause)),
            Self::Parquet(writer) => writer.close().map(drop).map_err(|cause| failed(&cause)),
        }
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sink")
    }
}

/// Every row has every key, so that a NULL can be told from a column that is not there.
fn json(out: Box<dyn Write>) -> arrow::json::ArrayWriter<Box<dyn Write>> {
    arrow::json::WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(out)
}

fn csv(out: Box<dyn Write>, schema: &Schema) -> arrow::csv::Writer<Box<dyn Write>> {
    let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(out);
    // The header stands there without any row too. If it cannot be written, neither can the rest, and that is told.
    let _ = writer.write(&RecordBatch::new_empty(std::sync::Arc::new(schema.clone())));
    writer
}

fn table(batches: Vec<RecordBatch>, schema: &SchemaRef) -> Result<(), Box<dyn std::error::Error>> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut shown = Vec::new();
    let mut left = TABLE_ROWS_MAX;
    for batch in batches {
        let take = left.min(batch.num_rows());
        shown.push(batch.slice(0, take));
        left -= take;
    }
    if shown.is_empty() {
        shown.push(RecordBatch::new_empty(SchemaRef::clone(schema)));
    }
    let options = arrow::util::display::FormatOptions::default().with_null("NULL");
    let text = arrow::util::pretty::pretty_format_batches_with_options(&shown, &options)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    let more = if rows > TABLE_ROWS_MAX { format!(" ({TABLE_ROWS_MAX} shown)") } else { String::new() };
    writeln!(out, "{rows} row{}{more}", if rows == 1 { "" } else { "s" })?;
    Ok(())
}
