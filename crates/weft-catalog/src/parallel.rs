//! Work on many files at once, on a bounded number of threads that end before the call returns.

use std::thread;

use crate::error::Error;

/// The most threads that read and parse files at once.
pub(crate) const THREADS_MAX: usize = 8;

/// Fewer items than this are not worth a thread.
const ITEMS_PER_THREAD_MIN: usize = 16;

/// Applies `work` to every item; results come in the order of the items.
///
/// # Errors
/// [`Error::Defect`] when `work` panics.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Result<Vec<R>, Error> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    if threads == 1 || items.len() < 2 * ITEMS_PER_THREAD_MIN {
        return Ok(items.iter().map(work).collect());
    }
    let share = items.len().div_ceil(threads).max(ITEMS_PER_THREAD_MIN);
    let work = &work;
    thread::scope(|scope| {
        let running = items
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<_>>()))
            .collect::<Vec<_>>();
        let mut results = Vec::with_capacity(items.len());
        for thread in running {
            results.extend(thread.join().map_err(|_| Error::Defect)?);
        }
        Ok(results)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        for count in [0_usize, 1, 31, 32, 1000] {
            let items = (0..count).collect::<Vec<_>>();
            assert_eq!(map(&items, |item| item * 2).unwrap(), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
