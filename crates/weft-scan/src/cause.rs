//! What is behind an error of reading: the store that holds the files, or the files themselves.

use std::error::Error;
use std::sync::Arc;

use parquet::errors::ParquetError;
use weft_model::report::{Kind, Report};

/// What the store said, if an error comes from there and trying again may help. `None` means that the files are damaged, or
/// are not read at all, and will be so the next time.
#[must_use]
pub fn of_the_store<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a object_store::Error> {
    let mut source: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<object_store::Error>() {
            return passing(error).then_some(error);
        }
        source = match error.downcast_ref::<Arc<ParquetError>>() {
            Some(shared) => Some(shared.as_ref()),
            None => error.source(),
        };
    }
    None
}

/// What the store said, as [`of_the_store`], in words; also where a format's reader said so.
#[must_use]
pub fn stored(error: &(dyn Error + 'static)) -> Option<String> {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<weft_port::error::Error>() {
            return (error.code().kind == Kind::Unavailable).then(|| error.to_string());
        }
        source = error.source();
    }
    of_the_store(error).map(|error| told(error))
}

/// False for what a store will never do.
#[must_use]
pub fn passing(error: &object_store::Error) -> bool {
    use object_store::Error;
    !matches!(error, Error::NotSupported { .. } | Error::NotImplemented { .. } | Error::InvalidPath { .. })
}

/// What an error says, with what lies behind it: clients of stores keep to themselves whether nobody answered, or
/// nobody was let in.
#[must_use]
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = error.source();
    }
    text
}

/// True for what was ended while it was read, because another part of the statement failed, or nobody waits any more.
#[must_use]
pub fn ended(error: &(dyn Error + 'static)) -> bool {
    matches!(of_the_store(error), Some(object_store::Error::JoinError { source }) if source.is_cancelled())
}
