//! Disk work off the async workers.

use object_store::{Error, Result};

/// Runs disk work on the runtime's blocking threads, or right here outside of a runtime.
pub(crate) async fn run<T, F>(work: F) -> Result<T>
where
    F: FnOnce() -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(|source| Error::JoinError { source })?,
        Err(_) => work(),
    }
}
