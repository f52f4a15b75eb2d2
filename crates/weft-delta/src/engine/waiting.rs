//! Waiting for the store: the kernel asks and expects the answer at once.

use delta_kernel::{KernelError, KernelResult};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Lets a thread of its own wait for what is read, until whoever wanted it is gone.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    runtime: Handle,
    gone: CancellationToken,
}

impl Waiting {
    /// Waits on the current runtime, until `gone`.
    pub(crate) fn new(gone: CancellationToken) -> Self {
        Self { runtime: Handle::current(), gone }
    }

    /// What a future answers.
    ///
    /// # Errors
    /// Its own, and that nobody waits any more.
    pub(crate) fn wait<T>(&self, answer: impl Future<Output = KernelResult<T>>) -> KernelResult<T> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.gone.cancelled() => Err(KernelError::Cancelled),
                answer = answer => answer,
            }
        })
    }

    /// Whether somebody waits still.
    ///
    /// # Errors
    /// When nobody does.
    pub(crate) fn awaited(&self) -> KernelResult<()> {
        if self.gone.is_cancelled() { Err(KernelError::Cancelled) } else { Ok(()) }
    }

    /// The items of a stream, one after the other; the first error is the last item.
    pub(crate) fn each<T: Send + 'static>(&self, stream: BoxStream<'static, KernelResult<T>>) -> Each<T> {
        Each { stream: Some(stream), waiting: self.clone() }
    }
}

/// The items of a stream.
pub(crate) struct Each<T> {
    stream: Option<BoxStream<'static, KernelResult<T>>>,
    waiting: Waiting,
}

impl<T> Iterator for Each<T> {
    type Item = KernelResult<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = self.stream.as_mut()?;
        let item = self.waiting.wait(async { Ok(stream.next().await) });
        let item = item.unwrap_or_else(|gone| Some(Err(gone)));
        if !matches!(item, Some(Ok(_))) {
            self.stream = None;
        }
        item
    }
}
