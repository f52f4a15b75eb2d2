//! Complaints about files, for people and for programs.

use serde_json::{Value, json};
use weft_model::finding::{Finding, Severity};
use weft_model::place::Place;

use crate::cli::Output;
use crate::error::Failure;
use crate::{listing, terminal};

/// What was found, sorted by file, line and column.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds a finding whose file is called as the user can open it.
    pub fn add(&mut self, mut finding: Finding, name: impl FnOnce(&str) -> String) {
        finding.place = Place::new(name(&finding.place.file), finding.place.line, finding.place.column);
        self.list.push(finding);
    }

    /// How many are errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    /// How many are warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// Prints them all; `looked_at` says what was looked at.
    ///
    /// # Errors
    /// [`Failure::Found`] when there is an error, or a warning where `strict`; or when nothing can be printed.
    pub fn print(mut self, output: Output, strict: bool, looked_at: &str) -> Result<(), Failure> {
        self.list.sort_by(|left, right| {
            (&left.place, left.code, &left.message).cmp(&(&right.place, right.code, &right.message))
        });
        self.list.dedup();
        let (errors, warnings) = (self.errors(), self.warnings());
        match output {
            Output::Json => terminal::json(&json!({
                "findings": self.list.iter().map(as_json).collect::<Vec<_>>(),
                "errors": errors,
                "warnings": warnings,
            }))?,
            Output::Csv => listing::print(
                ["file", "line", "column", "severity", "code", "message", "hint"],
                &self.list.iter().map(as_row).collect::<Vec<_>>(),
                output,
            )?,
            Output::Table => {
                let mut text = String::new();
                for finding in &self.list {
                    text.push_str(&format!("{finding}\n"));
                }
                text.push_str(&format!("{looked_at}: {}, {}\n", count(errors, "error"), count(warnings, "warning")));
                terminal::legible(&text)?;
            }
        }
        if errors > 0 || (strict && warnings > 0) { Err(Failure::Found) } else { Ok(()) }
    }
}

/// A number with its noun.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "file": &*finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "severity": finding.severity.to_string(),
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
    })
}

fn as_row(finding: &Finding) -> [String; 7] {
    let place = &finding.place;
    [
        place.file.to_string(),
        place.line.to_string(),
        place.column.to_string(),
        finding.severity.to_string(),
        finding.code.to_owned(),
        finding.message.clone(),
        finding.hint.clone().unwrap_or_default(),
    ]
}
