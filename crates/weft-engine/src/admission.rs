//! How many statements run, how many wait, and how long.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Lets a bounded number of statements run and a bounded number wait.
#[derive(Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    aside: Arc<AtomicUsize>,
    queue: usize,
    wait: Duration,
    total: usize,
    /// The places each principal who has any may have, while it has any.
    shares: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

/// A place to run; leaving it free is dropping it.
#[derive(Debug)]
pub struct Permit {
    _place: OwnedSemaphorePermit,
    _share: OwnedSemaphorePermit,
}

impl Admission {
    /// `limits.statements` places, `limits.queue` waiting for at most `limits.queue_wait`.
    #[must_use]
    pub fn new(statements: usize, queue: usize, wait: Duration) -> Self {
        let places = Arc::new(Semaphore::new(statements.max(1)));
        Self {
            places,
            waiting: Arc::new(AtomicUsize::new(0)),
            aside: Arc::new(AtomicUsize::new(0)),
            queue,
            wait,
            total: statements.max(1),
            shares: Mutex::default(),
        }
    }

    /// Waits for a place. One principal has at most half of them, so that nobody keeps everybody else out.
    ///
    /// # Errors
    /// [`Error::Limit`] when the queue is full or the wait is over.
    pub async fn admit(&self, principal: &Arc<str>) -> Result<Permit, Error> {
        let share = self.share(principal);
        if let Ok(share) = Arc::clone(&share).try_acquire_owned()
            && let Ok(place) = Arc::clone(&self.places).try_acquire_owned()
        {
            return Ok(Permit { _place: place, _share: share });
        }
        let _waiting = Waiting::enter(&self.waiting, self.queue).ok_or_else(|| self.full())?;
        let both = async {
            let share = share.acquire_owned().await?;
            let place = Arc::clone(&self.places).acquire_owned().await?;
            Ok::<_, tokio::sync::AcquireError>(Permit { _place: place, _share: share })
        };
        match tokio::time::timeout(self.wait, both).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(Error::Cancelled),
            Err(_) => Err(Error::Limit {
                what: "the wait for a place to run".to_owned(),
                limit: format!("limits.queue_wait = {} s", self.wait.as_secs()),
                later: true,
            }),
        }
    }

    /// A place among those who wait for somebody else, and keep nobody from a place; as many as the queue has.
    ///
    /// # Errors
    /// [`Error::Limit`] when there are as many.
    pub(crate) fn stands_aside(&self) -> Result<Waiting, Error> {
        Waiting::enter(&self.aside, self.queue).ok_or_else(|| self.full())
    }

    fn full(&self) -> Error {
        Error::Limit {
            what: "the number of waiting statements".to_owned(),
            limit: format!("limits.queue = {}", self.queue),
            later: true,
        }
    }

    /// The principal's own places; those of principals who have and want none are forgotten.
    fn share(&self, principal: &Arc<str>) -> Arc<Semaphore> {
        let most = self.total.div_ceil(2);
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.retain(|_, share| Arc::strong_count(share) > 1 || share.available_permits() < most);
        Arc::clone(shares.entry(Arc::clone(principal)).or_insert_with(|| Arc::new(Semaphore::new(most))))
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
pub(crate) struct Waiting(Arc<AtomicUsize>);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_principal_never_has_all_places() {
        let admission = Admission::new(4, 10, Duration::from_millis(20));
        let (ana, bo) = (Arc::<str>::from("ana"), Arc::<str>::from("bo"));
        let held = [admission.admit(&ana).await.unwrap(), admission.admit(&ana).await.unwrap()];
        let third = admission.admit(&ana).await.unwrap_err();
        assert_eq!(third.to_string(), "the wait for a place to run exceeds limits.queue_wait = 0 s");
        let other = [admission.admit(&bo).await.unwrap(), admission.admit(&bo).await.unwrap()];
        assert_eq!((admission.running(), admission.waiting()), (4, 0));
        drop(held);
        let again = admission.admit(&ana).await.unwrap();
        drop((other, again));
        assert_eq!(admission.running(), 0);
        let _ = admission.share(&bo);
        assert_eq!(admission.shares.lock().unwrap().len(), 1, "who has no place is forgotten");
    }
}
