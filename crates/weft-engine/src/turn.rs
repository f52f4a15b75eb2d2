//! A statement's place among those that are planned, given to others while it waits for somebody else.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::admission::{Admission, Permit};
use crate::error::Error;

/// A place that is given back when this is dropped.
#[derive(Debug, Default)]
pub struct Turn {
    held: Mutex<Option<Permit>>,
    /// Who gives places, and to whom; absent for those who need none.
    from: Option<(Arc<Admission>, Arc<str>)>,
}

impl Turn {
    /// Waits for a place.
    ///
    /// # Errors
    /// As [`Admission::admit`].
    pub(crate) async fn taken(from: &Arc<Admission>, principal: &Arc<str>) -> Result<Self, Error> {
        let held = Mutex::new(Some(from.admit(principal).await?));
        Ok(Self { held, from: Some((Arc::clone(from), Arc::clone(principal))) })
    }

    /// Waits for somebody else, whose time is nobody's turn, and for a place again.
    ///
    /// # Errors
    /// When too many wait like this, or there is no place again.
    pub(crate) async fn aside<T>(&self, other: impl Future<Output = T>) -> Result<T, Error> {
        let Some((from, principal)) = &self.from else { return Ok(other.await) };
        let _waits = from.stands_aside()?;
        drop(self.held.lock().unwrap_or_else(PoisonError::into_inner).take());
        let done = other.await;
        let again = from.admit(principal).await?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(again);
        Ok(done)
    }
}
