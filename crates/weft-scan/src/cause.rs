//! What is behind an error of reading: the store that holds the files, or the files themselves.

use std::error::Error;
use std::sync::Arc;

use parquet::errors::ParquetError;

/// What the store said, if an error comes from there: trying again may help then. `None` means that the files are
/// damaged, and will be the next time.
#[must_use]
pub fn of_the_store<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a object_store::Error> {
    let mut source: Option<&'a (dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<object_store::Error>() {
            return Some(error);
        }
        source = match error.downcast_ref::<Arc<ParquetError>>() {
            Some(shared) => Some(shared.as_ref()),
            None => error.source(),
        };
    }
    None
}
