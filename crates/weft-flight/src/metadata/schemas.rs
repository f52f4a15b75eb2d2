//! Schemas of tables as they are sent, kept by what they say.

use std::sync::Arc;

use arrow_schema::ArrowError;
use bytes::Bytes;
use moka::sync::Cache;
use weft_engine::directory::DirectoryColumn;

use crate::metadata::column::table_schema;
use crate::metrics::FlightMetrics;
use crate::wire::ipc::schema_message;
use crate::wire::profile::Profile;

/// What the columns of a kept schema weigh beside it, each.
const COLUMN_BYTES: usize = 160;

/// Encoded schemas within `cache.schemas` bytes.
///
/// The key is everything that is encoded, so whoever is shown the same columns shares an entry, and nobody else does.
#[derive(Clone, Debug)]
pub(crate) struct SchemaCache {
    entries: Cache<Key, Bytes>,
    metrics: FlightMetrics,
}

/// Columns as a caller sees them, for a kind of client.
type Key = (Arc<[DirectoryColumn]>, Profile);

impl SchemaCache {
    pub(crate) fn new(bytes: u64, metrics: FlightMetrics) -> Self {
        let weigh = |(columns, _): &Key, message: &Bytes| {
            let weight = columns.len().saturating_mul(COLUMN_BYTES).saturating_add(message.len());
            u32::try_from(weight).unwrap_or(u32::MAX)
        };
        Self { entries: Cache::builder().max_capacity(bytes).weigher(weigh).build(), metrics }
    }

    /// The schema of these columns as an encapsulated IPC message.
    pub(crate) fn message(&self, columns: &Arc<[DirectoryColumn]>, profile: Profile) -> Result<Bytes, ArrowError> {
        let key = (Arc::clone(columns), profile);
        if let Some(message) = self.entries.get(&key) {
            self.metrics.schema(true);
            return Ok(message);
        }
        let message = schema_message(&table_schema(columns, profile))?;
        self.metrics.schema(false);
        self.entries.insert(key, message.clone());
        Ok(message)
    }
}
