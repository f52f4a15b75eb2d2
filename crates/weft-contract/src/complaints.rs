//! The complaints about one file, in the order they were found.

use std::sync::Arc;

use weft_model::finding::{Finding, Severity};
use weft_model::place::Place;

use crate::codes;
use crate::yaml::tree::Mark;

/// The most findings that are kept of one file.
pub const FINDINGS_MAX: usize = 200;

/// The most characters of a file that a message quotes.
const QUOTE_CHARS_MAX: usize = 60;

/// Gathers complaints about one file.
#[derive(Debug)]
pub struct Complaints {
    file: Arc<str>,
    list: Vec<Finding>,
    errors: bool,
    cut: bool,
}

impl Complaints {
    /// No complaints about this file yet.
    #[must_use]
    pub fn about(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), list: Vec::new(), errors: false, cut: false }
    }

    /// A place in the file.
    #[must_use]
    pub fn place(&self, mark: Mark) -> Place {
        Place::new(Arc::clone(&self.file), mark.line, mark.column)
    }

    /// Something that makes the file unusable, with what to do next.
    pub fn error(&mut self, code: &'static str, mark: Mark, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Finding::error(code, self.place(mark), message).hint(hint));
    }

    /// Something worth knowing, with what to do next.
    pub fn warn(&mut self, code: &'static str, mark: Mark, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Finding::warning(code, self.place(mark), message).hint(hint));
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.errors |= finding.severity == Severity::Error;
        if self.list.len() < FINDINGS_MAX {
            self.list.push(finding);
        } else {
            self.cut = true;
        }
    }

    /// True when further complaints would change nothing: what costs time to explain need not be explained.
    #[must_use]
    pub fn full(&self) -> bool {
        self.errors && self.cut
    }

    /// True when something makes the file unusable.
    #[must_use]
    pub fn any_error(&self) -> bool {
        self.errors
    }

    /// The findings, by line and column.
    #[must_use]
    pub fn into_findings(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| (finding.place.line, finding.place.column));
        if self.cut {
            let place = Place::file(Arc::clone(&self.file));
            let message = format!("only the first {FINDINGS_MAX} findings are listed");
            let hint = "Repair what is listed; the rest appears then.";
            self.list.push(Finding::warning(codes::FINDINGS_CUT, place, message).hint(hint));
        }
        self.list
    }
}

/// A text of the file for a message: one line, not too long.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(QUOTE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTE_CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}
