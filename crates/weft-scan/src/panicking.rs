//! Panics of decoders, which files that are damaged on purpose find.
//!
//! They are caught and become errors. While one may come, [`expected`] says so, for the process's panic hook to keep
//! quiet about what is told as an error anyway.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// True on a thread that would catch a panic.
#[must_use]
pub fn expected() -> bool {
    EXPECTED.get()
}

/// What a function answers; `None` when it panics.
pub fn caught<T>(decode: impl FnOnce() -> T) -> Option<T> {
    let before = EXPECTED.replace(true);
    let answer = catch_unwind(AssertUnwindSafe(decode)).ok();
    EXPECTED.set(before);
    answer
}

/// What a future answers; `None` when it panics.
pub fn caught_future<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| match caught(|| future.as_mut().poll(context)) {
        Some(Poll::Pending) => Poll::Pending,
        Some(Poll::Ready(answer)) => Poll::Ready(Some(answer)),
        None => Poll::Ready(None),
    })
}

/// A stream that ends with `None` when it panics.
#[derive(Debug)]
pub struct Caught<S> {
    stream: Option<Pin<Box<S>>>,
}

impl<S> Caught<S> {
    /// The items of a stream.
    pub fn new(stream: S) -> Self {
        Self { stream: Some(Box::pin(stream)) }
    }
}

impl<S: Stream> Stream for Caught<S> {
    type Item = Option<S::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = self.stream.as_mut() else { return Poll::Ready(None) };
        match caught(|| stream.as_mut().poll_next(context)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(item)) => Poll::Ready(item.map(Some)),
            None => {
                self.stream = None;
                Poll::Ready(Some(None))
            }
        }
    }
}
