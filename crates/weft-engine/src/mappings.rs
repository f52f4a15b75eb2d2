//! Mapping products, read with policy's own authority when execution starts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::ScalarValue;
use weft_catalog::snapshot::CatalogSnapshot;
use weft_govern::mapping::MappingSource;
use weft_policy::predicate::Mapping;

use crate::engine::Engine;

/// Reads mappings of one statement.
pub(crate) struct CatalogMappings {
    _engine: Engine,
    _snapshot: Arc<CatalogSnapshot>,
    _now: i64,
}

impl CatalogMappings {
    pub(crate) fn new(engine: &Engine, snapshot: &Arc<CatalogSnapshot>, now: i64) -> Self {
        Self { _engine: engine.clone(), _snapshot: Arc::clone(snapshot), _now: now }
    }
}

impl fmt::Debug for CatalogMappings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CatalogMappings")
    }
}

#[async_trait]
impl MappingSource for CatalogMappings {
    async fn values(&self, mapping: &Mapping) -> Option<Vec<ScalarValue>> {
        tracing::warn!(product = %mapping.product, "mapping products are not read yet: the rule closes");
        None
    }
}
