//! Where the values of a mapping come from when execution starts.

use std::fmt;

use async_trait::async_trait;
use datafusion_common::ScalarValue;
use weft_policy::predicate::Mapping;

/// Reads mapping products with policy's own authority.
#[async_trait]
pub trait MappingSource: Send + Sync + fmt::Debug {
    /// The values of the mapping's column in the rows that speak of the principal, read at the product's newest
    /// version now. `None` when they cannot be had; the row rule closes then.
    async fn values(&self, mapping: &Mapping) -> Option<Vec<ScalarValue>>;
}

/// Has no mapping at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMappings;

#[async_trait]
impl MappingSource for NoMappings {
    async fn values(&self, _mapping: &Mapping) -> Option<Vec<ScalarValue>> {
        None
    }
}
