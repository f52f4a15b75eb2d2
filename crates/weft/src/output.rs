//! Answers for people, for programs and for files.
//!
//! An answer goes to standard output, as a [`table`] or in a [`format`] for programs, or into a file: its [`target`] is judged
//! before the statement runs, and it is a [`draft`] until the answer is complete.

pub mod target;
mod format;
mod intervals;
mod cells;
mod draft;
mod table;

use std::io::{BufWriter, IsTerminal};

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::cli::Output;
use crate::error::{Failure, setup};
use crate::output::draft::Draft;
use crate::output::format::{Encoder, Format};
use crate::output::table::{ROWS_MAX, Table};
use crate::output::target::Target;
use crate::terminal::{self, Answer};

/// Where the batches of an answer go, one after the other.
#[derive(Debug)]
pub struct Sink {
    form: Form,
    place: Place,
    rows: usize,
}

/// How rows are written.
#[derive(Debug)]
enum Form {
    Table(Table),
    Encoded(Encoder),
}

/// Where they are written.
#[derive(Debug)]
enum Place {
    Stdout(Answer),
    File(Target, Draft),
}

impl Sink {
    /// Opens a sink on the target or, without one, on standard output.
    ///
    /// # Errors
    /// When a column does not fit the format, or the file cannot be made. Nothing has been written then.
    pub fn open(target: Option<&Target>, output: Output, schema: &SchemaRef) -> Result<Self, Failure> {
        let Some(target) = target else {
            match output {
                Output::Table => {}
                Output::Json => Format::Json.judge(schema, "writing the answer")?,
                Output::Csv => Format::Csv.judge(schema, "writing the answer")?,
            }
            return Ok(Self::stdout(output, schema));
        };
        target.format.judge(schema, &target.attempt())?;
        let (draft, file) = Draft::begin(target)?;
        let out = Box::new(BufWriter::new(file));
        let encoder = Encoder::begin(target.format, out, schema).map_err(|cause| setup(&target.attempt())(&cause))?;
        Ok(Self { form: Form::Encoded(encoder), place: Place::File(target.clone(), draft), rows: 0 })
    }

    /// Opens a sink on standard output, for columns that fit every format.
    #[must_use]
    pub fn stdout(output: Output, schema: &SchemaRef) -> Self {
        let answer = Answer::default();
        let out = BufWriter::new(answer.clone());
        let form = match output {
            Output::Table => Form::Table(Table::new(schema)),
            Output::Json => Form::Encoded(Encoder::json(Box::new(out))),
            Output::Csv => Form::Encoded(Encoder::csv(Box::new(out), schema)),
        };
        Self { form, place: Place::Stdout(answer), rows: 0 }
    }

    /// Takes one batch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.rows += batch.num_rows();
        match &mut self.form {
            Form::Table(table) => table.push(batch),
            Form::Encoded(encoder) => {
                encoder.write(batch).map_err(|cause| setup(&self.place.attempt())(&cause))?;
            }
        }
        Ok(())
    }

    /// True when nobody reads the answer any more, so that the statement may as well end.
    #[must_use]
    pub fn unread(&self) -> bool {
        matches!(&self.place, Place::Stdout(answer) if answer.unread())
    }

    /// Ends the answer; a file takes its name now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<(), Failure> {
        let failed = |cause| setup(&self.place.attempt())(&cause);
        match self.form {
            Form::Table(table) => {
                terminal::legible(&table.text().map_err(|cause| failed(cause.into()))?)?;
                if self.rows > ROWS_MAX && !std::io::stdout().is_terminal() {
                    terminal::remark(&format!(
                        "{ROWS_MAX} of {} rows are shown; `--output csv` or `--output json` has them all",
                        self.rows
                    ));
                }
            }
            Form::Encoded(encoder) => encoder.finish().map_err(failed)?,
        }
        if let Place::File(target, draft) = self.place {
            draft.keep(&target)?;
            let end = if self.rows == 1 { "" } else { "s" };
            terminal::remark(&format!("{} row{end} written to `{}`", self.rows, target.path.display()));
        }
        Ok(())
    }
}

impl Place {
    /// What writing there is called when it fails.
    fn attempt(&self) -> String {
        match self {
            Self::Stdout(_) => "writing the answer".to_owned(),
            Self::File(target, _) => target.attempt(),
        }
    }
}
