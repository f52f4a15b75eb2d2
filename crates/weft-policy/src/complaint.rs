//! The codes of findings about policy, and the list that collects them while a file is read.

use std::sync::Arc;

use weft_model::finding::{Finding, Severity};

use crate::yaml::{At, Node};

/// The file is not readable as YAML, or is no policy.
pub(crate) const UNREADABLE: &str = "POL-001";
/// A key that does not exist, or a value of the wrong kind.
pub(crate) const SHAPE: &str = "POL-002";
/// The board's ladder, defaults or delegate are missing, doubled or wrong.
pub(crate) const LADDER: &str = "POL-003";
/// A rule that has no effect, two effects, or keys its effect does not take.
pub(crate) const EFFECT: &str = "POL-004";
/// A `match` that is wrong or reaches outside the file's domain.
pub(crate) const MATCH: &str = "POL-005";
/// A `to` or `except` that is wrong or missing.
pub(crate) const WHO: &str = "POL-006";
/// A predicate that is not accepted.
pub(crate) const PREDICATE: &str = "POL-007";
/// A predicate that does not fit the columns of a product.
pub(crate) const COLUMNS: &str = "POL-008";
/// A mapping that is wrong or may not be read.
pub(crate) const MAPPING: &str = "POL-009";
/// A mask that is wrong or does not fit its column.
pub(crate) const MASK: &str = "POL-010";
/// `aggregate`, which is not available yet.
pub(crate) const AGGREGATE: &str = "POL-011";
/// A classification that is not on the ladder.
pub(crate) const CLASSIFICATION: &str = "POL-012";
/// A label that was lowered without the board.
pub(crate) const LOWERED: &str = "POL-013";
/// Two rules with one id.
pub(crate) const DOUBLED: &str = "POL-014";
/// Masks of different functions meet on a column.
pub(crate) const CONFLICT: &str = "POL-015";
/// A domain's clearance that does not reach.
pub(crate) const DELEGATE: &str = "POL-016";
/// A rule, tag or column pattern that matches nothing.
pub(crate) const NOTHING: &str = "POL-017";
/// An identifier that is clear in one place and a token in another.
pub(crate) const TOKEN: &str = "POL-018";
/// One physical column with two owners or two labels.
pub(crate) const SHARED: &str = "POL-019";

/// Complaints about one file.
#[derive(Debug)]
pub(crate) struct Complaints {
    /// The file complained about.
    pub(crate) file: Arc<str>,
    /// What was found so far.
    pub(crate) findings: Vec<Finding>,
}

impl Complaints {
    /// An empty list.
    pub(crate) fn new(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), findings: Vec::new() }
    }

    /// Adds an error without a hint.
    pub(crate) fn error(&mut self, code: &'static str, at: At, message: impl Into<String>) {
        self.findings.push(Finding::error(code, at.place(&self.file), message));
    }

    /// Adds an error that says what to do.
    pub(crate) fn error_hint(
        &mut self,
        code: &'static str,
        at: At,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.findings.push(Finding::error(code, at.place(&self.file), message).hint(hint));
    }

    /// Adds a warning that says what to do.
    pub(crate) fn warning(&mut self, code: &'static str, at: At, message: impl Into<String>, hint: impl Into<String>) {
        self.findings.push(Finding::warning(code, at.place(&self.file), message).hint(hint));
    }

    /// Adds "`key` takes …" for a value of the wrong kind.
    pub(crate) fn kind(&mut self, code: &'static str, key: &str, wanted: &str, node: &Node) {
        self.error(code, node.at, format!("`{key}` takes {wanted}, not {}", node.noun()));
    }

    /// How many complaints there are: two marks tell whether something was said between them.
    pub(crate) fn mark(&self) -> usize {
        self.findings.len()
    }

    /// True when an error was added since the mark.
    pub(crate) fn failed_since(&self, mark: usize) -> bool {
        self.findings.iter().skip(mark).any(|finding| finding.severity == Severity::Error)
    }
}
