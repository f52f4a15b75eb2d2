//! A table, whatever its version.

use std::sync::Arc;

use delta_kernel::KernelResult;
use url::Url;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

use crate::engine::{PortEngine, Trust, Waiting};
use crate::place;

/// Where a table lies, and what opens its checkpoints.
pub(crate) struct Table {
    pub(crate) at: PortLocation,
    /// The location as the kernel spells it.
    pub(crate) root: Url,
    pub(crate) files: Arc<dyn ParquetFiles>,
}

impl Table {
    pub(crate) fn new(at: PortLocation, files: Arc<dyn ParquetFiles>) -> KernelResult<Self> {
        let root = place::folder(&at.path)?;
        Ok(Self { at, root, files })
    }

    /// What the kernel reads the table with.
    pub(crate) fn engine(&self, waiting: &Waiting, trust: Trust) -> PortEngine {
        PortEngine::new(&self.at, &self.files, waiting, trust)
    }
}
