//! Skipping what cannot match.

use std::sync::Arc;

use datafusion_common::pruning::PruningStatistics;

use crate::error::Error;

/// Decides from statistics which containers (files, manifests, partitions) may hold rows that are wanted.
pub trait Pruner: Send + Sync {
    /// One answer per container: `false` only if no row of it can be wanted.
    ///
    /// # Errors
    /// When the statistics cannot be evaluated; the caller keeps everything then.
    fn keep(&self, statistics: &dyn PruningStatistics) -> Result<Vec<bool>, Error>;

    /// The columns, as the table calls them, whose statistics are wanted of the files that are kept.
    fn columns(&self) -> &[Arc<str>] {
        &[]
    }
}

/// Keeps everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepAll;

impl Pruner for KeepAll {
    fn keep(&self, statistics: &dyn PruningStatistics) -> Result<Vec<bool>, Error> {
        Ok(vec![true; statistics.num_containers()])
    }
}
