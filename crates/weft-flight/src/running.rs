//! Which statements stream now, so that an action can cancel them; most clients just drop the stream.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moka::sync::Cache;
use tokio_util::sync::CancellationToken;

use crate::limits::{CANCELLED_MAX, FlightLimits};

/// The statements of this process; bounded by the bound on streams.
#[derive(Debug)]
pub(crate) struct Running {
    streams: Mutex<HashMap<String, Vec<(u64, CancellationToken)>>>,
    /// Statements cancelled before they began; their tickets are dead for as long as they would have lived.
    cancelled: Cache<String, ()>,
}

/// One running stream; it is forgotten when this is dropped.
#[derive(Debug)]
pub(crate) struct RunningGuard {
    running: Arc<Running>,
    query: String,
    number: u64,
    /// Cancelled when the client asks for it.
    pub(crate) token: CancellationToken,
}

impl Running {
    /// An empty registry.
    pub(crate) fn new(limits: &FlightLimits) -> Self {
        Self {
            streams: Mutex::default(),
            cancelled: Cache::builder().max_capacity(CANCELLED_MAX).time_to_live(limits.ticket_life).build(),
        }
    }

    /// Enters a stream; `None` when its statement was cancelled before.
    pub(crate) fn enter(self: &Arc<Self>, query: &str) -> Option<RunningGuard> {
        if self.cancelled.contains_key(query) {
            return None;
        }
        let token = CancellationToken::new();
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = streams.entry(query.to_owned()).or_default();
        let number = entries.last().map_or(0, |(number, _)| number.wrapping_add(1));
        entries.push((number, token.clone()));
        Some(RunningGuard { running: Arc::clone(self), query: query.to_owned(), number, token })
    }

    /// Cancels a statement: the streams it has, and those its ticket would begin.
    pub(crate) fn cancel(&self, query: &str) {
        self.cancelled.insert(query.to_owned(), ());
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, token) in streams.get(query).into_iter().flatten() {
            token.cancel();
        }
    }
}

impl Drop for RunningGuard {
    fn drop(&mut self) {
        let mut streams = self.running.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entries) = streams.get_mut(&self.query) {
            entries.retain(|(number, _)| *number != self.number);
            if entries.is_empty() {
                streams.remove(&self.query);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelling_reaches_every_stream_and_those_to_come() {
        let running = Arc::new(Running::new(&FlightLimits::default()));
        let (one, two) = (running.enter("q").unwrap(), running.enter("q").unwrap());
        let other = running.enter("r").unwrap();
        drop(one);
        running.cancel("q");
        assert!(two.token.is_cancelled());
        assert!(!other.token.is_cancelled());
        assert!(running.enter("q").is_none());
        drop((two, other));
        assert!(running.streams.lock().unwrap().is_empty());
    }
}
