//! How many statements run, how many wait, and how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Lets a bounded number of statements run and a bounded number wait.
#[derive(Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
    wait: Duration,
    total: usize,
}

/// A place to run; leaving it free is dropping it.
#[derive(Debug)]
pub struct Permit {
    _place: OwnedSemaphorePermit,
}

impl Admission {
    /// `limits.statements` places, `limits.queue` waiting for at most `limits.queue_wait`.
    #[must_use]
    pub fn new(statements: usize, queue: usize, wait: Duration) -> Self {
        let places = Arc::new(Semaphore::new(statements.max(1)));
        Self { places, waiting: Arc::new(AtomicUsize::new(0)), queue, wait, total: statements.max(1) }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`Error::Limit`] when the queue is full or the wait is over.
    pub async fn admit(&self) -> Result<Permit, Error> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Permit { _place: place });
        }
        let full = || Error::Limit {
            what: "the number of waiting statements".to_owned(),
            limit: format!("limits.queue = {}", self.queue),
            later: true,
        };
        let _waiting = Waiting::enter(&self.waiting, self.queue).ok_or_else(full)?;
        match tokio::time::timeout(self.wait, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(Permit { _place: place }),
            Ok(Err(_)) => Err(Error::Cancelled),
            Err(_) => Err(Error::Limit {
                what: "the wait for a place to run".to_owned(),
                limit: format!("limits.queue_wait = {} s", self.wait.as_secs()),
                later: true,
            }),
        }
    }

    /// Statements that run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.total.saturating_sub(self.places.available_permits())
    }

    /// Statements that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A place in the queue, given back when the wait ends, however it ends.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn enter(count: &Arc<AtomicUsize>, bound: usize) -> Option<Self> {
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < bound).then_some(now + 1))
            .ok()
            .map(|_| Self(Arc::clone(count)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
