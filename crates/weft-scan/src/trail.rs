//! Which file is being read, for whoever has to say where an error is.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use object_store::path::Path;

/// The file whose data each partition of a leaf read last.
#[derive(Debug, Default)]
pub struct Trail(Mutex<BTreeMap<usize, Path>>);

impl Trail {
    pub(crate) fn reads(&self, partition: usize, file: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, file.clone());
    }

    /// The file's path below its port's binding.
    #[must_use]
    pub fn last(&self, partition: usize) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&partition).map(ToString::to_string)
    }
}
