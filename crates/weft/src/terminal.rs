//! What a command says: its answer on standard output, remarks on standard error.

use std::io::{ErrorKind, Write};

use crate::error::{Failure, setup};

/// Writes an answer, whole lines. A reader that has gone away, as `head` does, is no failure.
///
/// # Errors
/// When standard output cannot be written.
pub fn answer(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(setup("writing the answer")(&cause)),
        _ => Ok(()),
    }
}

/// Writes an answer as JSON, indented.
///
/// # Errors
/// As [`answer`].
pub fn json(value: &serde_json::Value) -> Result<(), Failure> {
    answer(&format!("{value:#}"))
}

/// Says something beside the answer. Nothing depends on its being read.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
