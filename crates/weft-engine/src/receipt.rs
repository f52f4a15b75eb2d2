//! What is recorded of every statement, and what of it the client is told.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::statement::QueryId;

/// One statement, from beginning to end, for the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// The statement.
    pub query_id: QueryId,
    /// When it began, seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Who asked.
    pub principal: Arc<str>,
    /// For what purpose.
    pub purpose: Option<Arc<str>>,
    /// A keyed digest of the SQL text: equal texts have equal digests, and nothing of the text can be read from it.
    pub sql_fingerprint: String,
    /// The catalog snapshot it was decided under.
    pub snapshot: String,
    /// What it read.
    pub products: Vec<ProductRead>,
    /// Rows returned.
    pub rows_returned: u64,
    /// Bytes returned, in memory.
    pub bytes_returned: u64,
    /// Requests to storage.
    pub requests: u64,
    /// Bytes read from storage.
    pub bytes_read: u64,
    /// From planning to the end.
    pub milliseconds: u64,
    /// `done`, `cancelled`, or the code of the error.
    pub outcome: String,
}

/// One product a statement read.
#[derive(Clone, Debug, Serialize)]
pub struct ProductRead {
    /// The product.
    pub product: String,
    /// The contract's version.
    pub contract_version: String,
    /// The table's snapshot.
    pub snapshot: String,
    /// The decision, keyed.
    pub decision: String,
    /// The rules that took part.
    pub rules: Vec<String>,
    /// True when rows are filtered.
    pub rows_filtered: bool,
    /// Requests to storage.
    pub requests: u64,
    /// Bytes read from storage.
    pub bytes_read: u64,
}

impl Receipt {
    /// What the client may know: nothing that depends on rows it may not see.
    #[must_use]
    pub fn for_client(&self) -> serde_json::Value {
        let products: Vec<_> = self
            .products
            .iter()
            .map(|read| {
                serde_json::json!({
                    "product": read.product,
                    "contract_version": read.contract_version,
                    "snapshot": read.snapshot,
                    "decision": read.decision,
                })
            })
            .collect();
        serde_json::json!({
            "query_id": self.query_id,
            "principal": self.principal,
            "purpose": self.purpose,
            "products": products,
            "rows_returned": self.rows_returned,
            "outcome": self.outcome,
        })
    }
}

/// Where receipts go.
pub trait AuditSink: Send + Sync + fmt::Debug {
    /// Records one receipt. Called once for every statement that was admitted, however it ended; it must not block.
    fn record(&self, receipt: Receipt);
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAudit;

impl AuditSink for NoAudit {
    fn record(&self, _: Receipt) {}
}
