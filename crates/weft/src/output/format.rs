//! The formats for programs and for files.

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::writer::JsonArray;
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;

use crate::error::Failure;
use crate::output::{cells, intervals};

/// What keeps an answer from being written.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Where the bytes go.
type Out = Box<dyn Write + Send>;

/// A format that holds every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Parquet.
    Parquet,
    /// Arrow's IPC file.
    Arrow,
    /// Comma-separated values with a header.
    Csv,
    /// An array of one JSON object a row.
    Json,
}

impl Format {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Parquet, Self::Arrow, Self::Csv, Self::Json];

    /// How its files end, in lower case.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Arrow => "an Arrow file",
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    /// Finds the column that the format cannot hold, before anything is written.
    ///
    /// # Errors
    /// Names the column, and the formats that can hold it.
    pub(super) fn judge(self, schema: &Schema, attempt: &str) -> Result<(), Failure> {
        let Some(field) = schema.fields().iter().find(|field| !self.holds(field)) else { return Ok(()) };
        let others = Self::ALL.into_iter().filter(|other| other.holds(field));
        let others: Vec<String> = others.map(|other| format!(".{}", other.ending())).collect();
        let instead = match others.split_last() {
            None => String::new(),
            Some((only, [])) => format!(", or write {only}"),
            Some((last, first)) => format!(", or write {} or {last}", first.join(", ")),
        };
        let failure = Failure::Setup(format!(
            "{attempt}: {} cannot hold column `{}` of Arrow type `{}`",
            self.name(),
            field.name(),
            field.data_type()
        ));
        Err(failure.hinted(format!("Cast the column, as in `CAST(… AS VARCHAR)`{instead}.")))
    }

    /// Asks the writer itself: which types it takes is nowhere else to be read.
    fn holds(self, field: &arrow_schema::Field) -> bool {
        let attempt = || -> Result<(), Cause> {
            let sample = cells::sample(field)?;
            let mut encoder = Encoder::begin(self, Box::new(std::io::sink()), &sample.schema())?;
            encoder.write(&sample)?;
            encoder.finish()
        };
        attempt().is_ok()
    }
}

/// Writes rows in one format.
pub(super) enum Encoder {
    Parquet(Box<ArrowWriter<Out>>, SchemaRef),
    Arrow(Box<arrow::ipc::writer::FileWriter<Out>>),
    Csv(Box<arrow::csv::Writer<Out>>, SchemaRef),
    Json(Box<arrow::json::ArrayWriter<Out>>),
}

impl Encoder {
    /// Begins to write.
    ///
    /// # Errors
    /// When a column does not fit, or the first bytes cannot be written.
    pub(super) fn begin(format: Format, out: Out, schema: &SchemaRef) -> Result<Self, Cause> {
        Ok(match format {
            Format::Parquet => {
                let (arrow, parquet) = intervals::stored(schema)?;
                let options = ArrowWriterOptions::new().with_parquet_schema(parquet);
                let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&arrow), options)?;
                Self::Parquet(Box::new(writer), arrow)
            }
            Format::Arrow => Self::Arrow(Box::new(arrow::ipc::writer::FileWriter::try_new(out, schema)?)),
            Format::Csv => Self::csv(out, schema),
            Format::Json => Self::json(out),
        })
    }

    /// Begins CSV.
    pub(super) fn csv(out: Out, schema: &SchemaRef) -> Self {
        let writer = arrow::csv::WriterBuilder::new().with_header(true).build(out);
        Self::Csv(Box::new(writer), Arc::clone(schema))
    }

    /// Begins JSON. Every row has every key, so that a NULL can be told from a column that is not there.
    pub(super) fn json(out: Out) -> Self {
        Self::Json(Box::new(arrow::json::WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(out)))
    }

    /// Writes one batch.
    ///
    /// # Errors
    /// When it does not fit, or the bytes cannot be written.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Cause> {
        match self {
            Self::Parquet(writer, schema) => writer.write(&intervals::rows(batch, schema)?)?,
            Self::Arrow(writer) => writer.write(batch)?,
            Self::Csv(writer, _) => writer.write(&cells::flat(batch)?)?,
            Self::Json(writer) => writer.write(&cells::named(batch)?)?,
        }
        Ok(())
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub(super) fn finish(self) -> Result<(), Cause> {
        let mut out = match self {
            Self::Parquet(writer, _) => writer.into_inner()?,
            Self::Arrow(writer) => writer.into_inner()?,
            Self::Csv(mut writer, schema) => {
                // The header stands there without any row too.
                writer.write(&cells::flat(&RecordBatch::new_empty(schema))?)?;
                writer.into_inner()
            }
            Self::Json(mut writer) => {
                writer.finish()?;
                let mut out = writer.into_inner();
                out.write_all(b"\n")?;
                out
            }
        };
        Ok(out.flush()?)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Parquet(..) => "Parquet",
            Self::Arrow(_) => "Arrow",
            Self::Csv(..) => "Csv",
            Self::Json(_) => "Json",
        })
    }
}
