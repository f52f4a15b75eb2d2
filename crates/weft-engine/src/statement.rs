//! A statement: as it is asked, as it is planned, and as a ticket remembers it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use arrow::record_batch::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};
use weft_catalog::snapshot::SnapshotId;
use weft_policy::decision::Fingerprint;
use weft_scan::meter::Meter;

use crate::caller::Settings;
use crate::resolve::ResolvedTable;

/// Names one statement, in logs, audit and error messages.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueryId(Arc<str>);

impl QueryId {
    /// A new identifier, ordered by time (UUID version 7).
    pub(crate) fn next() -> Self {
        Self(Arc::from(uuid::Uuid::now_v7().to_string()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a client asks for.
#[derive(Clone, Debug, Default)]
pub struct StatementRequest {
    /// The SQL text.
    pub sql: String,
    /// Bound parameters: one row is one execution, several rows are answered one after the other.
    pub parameters: Option<RecordBatch>,
}

/// What a prepared statement is described by.
#[derive(Clone, Debug)]
pub struct Described {
    /// The result's schema.
    pub schema: SchemaRef,
    /// The parameters, `$1` first.
    pub parameters: SchemaRef,
}

/// A statement that is planned, authorised and pinned, and has not started.
pub struct Planned {
    pub(crate) id: QueryId,
    pub(crate) request: StatementRequest,
    pub(crate) settings: Settings,
    pub(crate) purpose: Option<Arc<str>>,
    pub(crate) principal: Arc<str>,
    pub(crate) schema: SchemaRef,
    pub(crate) parameters: SchemaRef,
    pub(crate) state: SessionState,
    pub(crate) plan: LogicalPlan,
    pub(crate) explain: Option<Explain>,
    pub(crate) tables: Vec<ResolvedTable>,
    pub(crate) snapshot: SnapshotId,
    pub(crate) keyed: String,
    pub(crate) meter: Arc<Meter>,
    /// The moment it was decided for, in seconds since 1970-01-01T00:00:00Z.
    pub(crate) now: i64,
    pub(crate) begun: Instant,
}

/// How the plan itself is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explain {
    /// The plan.
    Plan,
    /// The plan after running it, with the rows that came out.
    Analyze,
}

impl Planned {
    /// The statement's name.
    #[must_use]
    pub fn id(&self) -> &QueryId {
        &self.id
    }

    /// The result's schema: every field nullable, strings as `Utf8View`.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The parameters, `$1` first; no fields when there are none.
    #[must_use]
    pub fn parameters(&self) -> &SchemaRef {
        &self.parameters
    }

    /// True when nothing of what the statement reads is filtered or masked.
    #[must_use]
    pub fn clear(&self) -> bool {
        self.tables.iter().all(|table| table.governed.wholly_clear())
    }

    /// The fingerprints of the decisions this statement was planned under.
    pub(crate) fn decisions(&self) -> HashSet<Fingerprint> {
        self.tables.iter().map(|table| table.governed.decision().fingerprint()).collect()
    }

    /// What a ticket has to remember, to be sealed before it leaves the server.
    #[must_use]
    pub fn spec(&self) -> StatementSpec {
        StatementSpec {
            id: self.id.clone(),
            sql: self.request.sql.clone(),
            parameters: self.request.parameters.as_ref().and_then(ipc),
            settings: self.settings.clone(),
            principal: Arc::clone(&self.principal),
            snapshot: self.snapshot,
            pins: self.pins(),
            keyed: self.keyed.clone(),
        }
    }

    /// Which snapshot of each table the statement reads.
    pub(crate) fn pins(&self) -> Vec<(String, String)> {
        self.tables
            .iter()
            .map(|t| (t.target.product.name.to_string(), t.governed.port().version().to_owned()))
            .collect()
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("id", &self.id).field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// A statement as a ticket remembers it. It holds SQL text and parameters, so it is sealed wherever it travels.
#[derive(Clone, Serialize, Deserialize)]
pub struct StatementSpec {
    pub(crate) id: QueryId,
    pub(crate) sql: String,
    pub(crate) parameters: Option<Vec<u8>>,
    pub(crate) settings: Settings,
    pub(crate) principal: Arc<str>,
    pub(crate) snapshot: SnapshotId,
    pub(crate) pins: Vec<(String, String)>,
    pub(crate) keyed: String,
}

impl StatementSpec {
    /// The statement's name.
    #[must_use]
    pub fn query_id(&self) -> &QueryId {
        &self.id
    }

    /// Who may use it.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The request it remembers; `None` when the parameters do not decode.
    pub(crate) fn request(&self) -> Option<StatementRequest> {
        let parameters = match &self.parameters {
            None => None,
            Some(bytes) => {
                let mut reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).ok()?;
                Some(reader.next()?.ok()?)
            }
        };
        Some(StatementRequest { sql: self.sql.clone(), parameters })
    }
}

impl fmt::Debug for StatementSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementSpec").field("id", &self.id).finish_non_exhaustive()
    }
}

fn ipc(batch: &RecordBatch) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut bytes, batch.schema_ref()).ok()?;
    writer.write(batch).ok()?;
    writer.finish().ok()?;
    drop(writer);
    Some(bytes)
}
