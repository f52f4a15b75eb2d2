//! What a command says: its answer on standard output, remarks on standard error.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Failure, setup};

/// Standard output as long as somebody reads it.
///
/// A reader that has gone away, as `head` does, is no failure: what is written after that vanishes. All clones know of it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    unread: Arc<AtomicBool>,
}

impl Answer {
    /// True when the reader has gone away, and going on is in vain.
    #[must_use]
    pub fn unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// The outcome, or `vanished` when there is no reader any more.
    fn lenient<T>(&self, outcome: std::io::Result<T>, vanished: T) -> std::io::Result<T> {
        match outcome {
            Err(cause) if cause.kind() == ErrorKind::BrokenPipe => {
                self.unread.store(true, Ordering::Relaxed);
                Ok(vanished)
            }
            other => other,
        }
    }
}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.unread() {
            return Ok(bytes.len());
        }
        self.lenient(std::io::stdout().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.unread() {
            return Ok(());
        }
        self.lenient(std::io::stdout().flush(), ())
    }
}

/// Writes an answer, whole lines. A reader that has gone away, as `head` does, is no failure.
///
/// # Errors
/// When standard output cannot be written.
pub fn answer(text: &str) -> Result<(), Failure> {
    let mut out = Answer::default();
    let end: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end)).and_then(|()| out.flush());
    written.map_err(|cause| setup("writing the answer")(&cause))
}

/// Writes an answer as JSON, indented.
///
/// # Errors
/// As [`answer`].
pub fn json(value: &serde_json::Value) -> Result<(), Failure> {
    answer(&format!("{value:#}"))
}

/// Writes an answer for people, with nothing in it that a terminal would obey.
///
/// # Errors
/// As [`answer`].
pub fn legible(text: &str) -> Result<(), Failure> {
    answer(&visible(text))
}

/// Says something beside the answer. Nothing depends on its being read.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(text));
}

/// The text with control characters, and those that turn the direction of writing, spelled out: what contracts and rows
/// hold comes from people whom the reader's terminal does not know.
fn visible(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| match character {
        '\n' | '\t' => false,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    };
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let spelled = |character: char| match obeyed(character) {
        true => character.escape_unicode().to_string(),
        false => character.to_string(),
    };
    Cow::Owned(text.chars().map(spelled).collect())
}
