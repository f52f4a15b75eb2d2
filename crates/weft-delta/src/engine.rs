//! What the kernel reads with: the port's store, and nothing else. Nothing is ever written.

mod canonical;
mod json;
mod parquet;
mod storage;
mod waiting;

use std::sync::Arc;

use delta_kernel::engine::arrow_expression::ArrowEvaluationHandler;
use delta_kernel::{Engine, EvaluationHandler, JsonHandler, KernelError, ParquetHandler, StorageHandler};
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;

pub(crate) use storage::Trust;
pub(crate) use waiting::Waiting;

/// Files of the log that are read at the same time.
const AT_ONCE: usize = 16;
/// Actions that are decoded at a time.
const BATCH_ROWS: usize = 1_024;

/// A kernel engine over the store of one port.
pub(crate) struct PortEngine {
    storage: Arc<storage::PortStorage>,
    json: Arc<json::LogFiles>,
    parquet: Arc<parquet::Checkpoints>,
    evaluation: Arc<ArrowEvaluationHandler>,
}

impl PortEngine {
    pub(crate) fn new(at: &PortLocation, files: &Arc<dyn ParquetFiles>, waiting: &Waiting, trust: Trust) -> Self {
        Self {
            storage: Arc::new(storage::PortStorage { at: at.clone(), waiting: waiting.clone(), trust }),
            json: Arc::new(json::LogFiles { at: at.clone(), waiting: waiting.clone() }),
            parquet: Arc::new(parquet::Checkpoints {
                at: at.clone(),
                files: Arc::clone(files),
                waiting: waiting.clone(),
            }),
            evaluation: Arc::new(ArrowEvaluationHandler),
        }
    }
}

impl Engine for PortEngine {
    fn evaluation_handler(&self) -> Arc<dyn EvaluationHandler> {
        Arc::clone(&self.evaluation) as _
    }

    fn storage_handler(&self) -> Arc<dyn StorageHandler> {
        Arc::clone(&self.storage) as _
    }

    fn json_handler(&self) -> Arc<dyn JsonHandler> {
        Arc::clone(&self.json) as _
    }

    fn parquet_handler(&self) -> Arc<dyn ParquetHandler> {
        Arc::clone(&self.parquet) as _
    }
}

/// What is answered to whoever wants to write.
fn read_only() -> KernelError {
    KernelError::unsupported("tables are read and never written")
}
