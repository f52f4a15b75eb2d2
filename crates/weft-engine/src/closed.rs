//! The session's only object store: one that refuses every call.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreRegistry;
use object_store::ObjectStore;
use weft_storage::closed::ClosedStore;

/// Knows `weft://closed` and nothing else; nothing can be added.
#[derive(Debug)]
pub struct ClosedRegistry {
    store: Arc<dyn ObjectStore>,
}

impl Default for ClosedRegistry {
    fn default() -> Self {
        Self { store: Arc::new(ClosedStore) }
    }
}

impl ObjectStoreRegistry for ClosedRegistry {
    fn register_store(&self, _: &url::Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &url::Url) -> Result<Arc<dyn ObjectStore>> {
        if url.scheme() == "weft" && url.host_str() == Some("closed") {
            Ok(Arc::clone(&self.store))
        } else {
            Err(DataFusionError::Plan("a session reaches no storage by name".to_owned()))
        }
    }
}
