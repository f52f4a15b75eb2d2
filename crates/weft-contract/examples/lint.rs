//! Lints product and contract files: `lint [--variable NAME=VALUE]… FILE…` prints findings as JSON.
//!
//! Exit code 0 without errors, 1 with some, 2 when a file cannot be read.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use weft_contract::assemble::assemble;
use weft_contract::parse::parse;
use weft_contract::source::SourceFile;
use weft_model::finding::{Finding, Severity};

fn main() -> ExitCode {
    let mut variables = BTreeMap::new();
    let mut parsed = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--variable" {
            let assignment = arguments.next().unwrap_or_default();
            let (name, value) = assignment.split_once('=').unwrap_or((&assignment, ""));
            variables.insert(name.to_owned(), value.to_owned());
            continue;
        }
        match std::fs::read(&argument) {
            Ok(bytes) => {
                let file = SourceFile::new(argument, String::from_utf8_lossy(&bytes).into_owned());
                parsed.push(Arc::new(parse(&file, &variables)));
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "{argument}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    let assembled = assemble(&parsed);
    let findings: Vec<&Finding> = parsed.iter().flat_map(|file| &file.findings).chain(&assembled.findings).collect();
    let report = json!({"findings": findings.iter().map(|finding| json!({
        "severity": finding.severity.to_string(),
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
        "file": &*finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
    })).collect::<Vec<_>>()});
    let _ = writeln!(std::io::stdout(), "{report:#}");
    ExitCode::from(u8::from(findings.iter().any(|finding| finding.severity == Severity::Error)))
}
