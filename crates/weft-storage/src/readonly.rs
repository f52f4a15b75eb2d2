//! The refusal of everything that writes.

use futures::stream::{self, BoxStream, StreamExt};
use object_store::{Error, Result, path::Path};

/// The error of every call that writes.
pub(crate) fn refused() -> Error {
    Error::NotSupported { source: "data products are read and never written".into() }
}

/// The answer to a request to delete: one refusal, whatever was asked.
pub(crate) fn delete_refused() -> BoxStream<'static, Result<Path>> {
    stream::once(async { Err(refused()) }).boxed()
}
