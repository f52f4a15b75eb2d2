//! What is told when a table cannot be read.

use std::sync::Arc;

use object_store::path::Path;
use weft_port::error::Error;
use weft_port::location::PortLocation;

use crate::avro::Flaw;
use crate::metadata::Unusable;

/// The format's name.
pub(crate) const ICEBERG: &str = "iceberg";

/// A file of the table that is damaged.
pub(crate) fn corrupt(file: &Path, cause: impl ToString) -> Error {
    let file = file.filename().unwrap_or_default().to_owned();
    Error::Corrupt { file, format: ICEBERG, cause: clipped(&cause.to_string()) }
}

/// A table that is not read.
pub(crate) fn refused(at: &PortLocation, cause: impl AsRef<str>) -> Error {
    Error::Refused { location: Arc::clone(&at.spelled), cause: clipped(cause.as_ref()) }
}

/// What of a text is told: it may quote metadata, which may hold anything.
fn clipped(text: &str) -> String {
    const TOLD_CHARS: usize = 400;
    let plain = |char: char| if char.is_control() { char.escape_debug().to_string() } else { char.to_string() };
    let told: String = text.chars().take(TOLD_CHARS).map(plain).collect();
    if text.chars().nth(TOLD_CHARS).is_some() { format!("{told}…") } else { told }
}

/// What a file of Avro records is not.
pub(crate) fn flawed(at: &PortLocation, file: &Path, flaw: &Flaw) -> Error {
    let name = file.filename().unwrap_or_default();
    match flaw {
        Flaw::TooMuch { .. } | Flaw::Codec(_) => refused(at, format!("`{name}`: {flaw}")),
        flaw => corrupt(file, flaw),
    }
}

/// What a metadata file is not.
pub(crate) fn unusable(at: &PortLocation, file: &Path, cause: Unusable) -> Error {
    match cause {
        Unusable::Damaged(cause) => corrupt(file, cause),
        Unusable::Unread(cause) => refused(at, cause),
    }
}

/// What the store said of a file that the table names.
pub(crate) fn unread(at: &PortLocation, file: &Path, cause: object_store::Error) -> Error {
    match cause {
        object_store::Error::NotFound { .. } => corrupt(file, "it is not there, and the table names it"),
        cause => Error::Store { location: Arc::clone(&at.spelled), cause: Arc::from(cause.to_string()) },
    }
}
