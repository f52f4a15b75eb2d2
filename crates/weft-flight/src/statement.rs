//! Statements: planned and sealed by GetFlightInfo, executed by DoGet.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow_schema::Schema;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tonic::Status;
use weft_engine::rows::Rows;
use weft_engine::statement::{Planned, StatementRequest, StatementSpec};
use weft_proto::any::Timestamp;
use weft_proto::flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};

use crate::call::Call;
use crate::command::Command;
use crate::error::Error;
use crate::prepared;
use crate::running::RunningGuard;
use crate::server::State;
use crate::status::{status, status_of};
use crate::stream::{Batches, DataStream, Setting, permit};
use crate::ticket::{Claim, expiry, seal_ticket};
use crate::wire::encode::Encoder;
use crate::wire::ipc::schema_message;
use crate::wire::profile::Profile;
use crate::wire::schema::wire_schema;

/// What a command asks the engine for; `None` for questions that no statement answers.
pub(crate) fn request(state: &State, call: &Call, command: &Command) -> Result<Option<StatementRequest>, Error> {
    let request = match command {
        Command::Sql(sql) => StatementRequest { sql: sql.clone(), parameters: None },
        Command::Table(path) => StatementRequest { sql: select_all(path), parameters: None },
        Command::Prepared(handle) => prepared::request(state, call, handle)?,
        Command::Metadata(_) => return Ok(None),
    };
    check_sql(state, &request.sql)?;
    Ok(Some(request))
}

/// Refuses SQL text beyond its bound.
pub(crate) fn check_sql(state: &State, sql: &str) -> Result<(), Error> {
    let limit = state.limits.sql_bytes;
    if sql.len() > limit {
        return Err(Error::TooLarge { what: "the SQL text", limit: format!("limits.sql_bytes = {limit}") });
    }
    Ok(())
}

/// A table by its path. The names are quoted, so they are names and nothing else.
fn select_all(path: &[String]) -> String {
    let names: Vec<String> = path.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    format!("SELECT * FROM {}", names.join("."))
}

/// Plans a statement.
pub(crate) async fn plan(state: &State, call: &Call, request: StatementRequest) -> Result<Arc<Planned>, Status> {
    state.engine.prepare(&call.caller(), request).await.map_err(|error| status(&error))
}

/// The flight of a planned statement.
pub(crate) fn flight(
    state: &State,
    call: &Call,
    planned: &Planned,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let schema = wire_schema(planned.schema(), call.profile);
    let claim = Claim::Statement(Box::new(planned.spec()));
    let app_metadata = serde_json::json!({ "query_id": planned.id().as_str() }).to_string();
    Ok(FlightInfo { app_metadata: app_metadata.into(), ..sealed_flight(state, call, &claim, &schema, descriptor)? })
}

/// The flight of anything a ticket can claim: one endpoint, no location, sizes unknown.
pub(crate) fn sealed_flight(
    state: &State,
    call: &Call,
    claim: &Claim,
    schema: &Schema,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let (ticket, expires) = seal(state, call, claim, call.profile)?;
    Ok(FlightInfo {
        schema: schema_bytes(schema)?,
        flight_descriptor: Some(descriptor),
        endpoint: vec![endpoint(ticket, expires)],
        // Sizes depend on rows that the caller may not see.
        total_records: -1,
        total_bytes: -1,
        ordered: false,
        app_metadata: Bytes::new(),
    })
}

/// A ticket for a claim of this caller.
pub(crate) fn seal(state: &State, call: &Call, claim: &Claim, profile: Profile) -> Result<(Ticket, Timestamp), Error> {
    let expires = expiry(state.now(), state.limits.ticket_life, call.authenticated.expires);
    seal_ticket(&state.sealer, call.principal(), claim, profile, expires)
}

/// The endpoint that a ticket is presented to: here.
pub(crate) fn endpoint(ticket: Ticket, expires: Timestamp) -> FlightEndpoint {
    FlightEndpoint {
        ticket: Some(ticket),
        location: Vec::new(),
        expiration_time: Some(expires),
        app_metadata: Bytes::new(),
    }
}

/// A schema as clients are told it.
pub(crate) fn schema_bytes(schema: &Schema) -> Result<Bytes, Error> {
    schema_message(schema).map_err(|cause| {
        tracing::error!(%cause, "a schema could not be encoded");
        Error::Internal
    })
}

/// Executes the statement of a ticket.
pub(crate) async fn execute(
    state: &State,
    call: &Call,
    spec: &StatementSpec,
    profile: Profile,
) -> Result<DataStream, Status> {
    let query = spec.query_id().as_str();
    let guard = state.running.enter(query).ok_or_else(|| status_of(&Error::Cancelled, Some(query)))?;
    let permit = permit(&state.streams, state.limits.streams)?;
    let caller = call.caller();
    // No query id here: a refused ticket looks like a forged one.
    let planned = state.engine.resume(&caller, spec).await.map_err(|error| status(&error))?;
    let start = state.engine.execute(&caller, planned);
    let rows = guard.token.run_until_cancelled(start).await;
    let rows = rows.ok_or(Error::Cancelled)?.map_err(|error| status_of(&error, Some(query)))?;
    let encoder = Encoder::new(wire_schema(rows.schema(), profile), state.limits.message_bytes, call.compression);
    let setting = Setting {
        cpu: state.cpu.clone(),
        metrics: state.metrics.clone(),
        permit,
        keep_alive: Some(state.limits.keep_alive),
        unread_time: state.limits.unread_time,
    };
    let (auth, who) = (Arc::clone(&state.auth), call.authenticated.clone());
    let outdated = async move { auth.outdated(&who).await }.boxed();
    let batches = Answer { rows, query: query.to_owned(), guard, receipt: call.receipt, outdated };
    encoder.and_then(|encoder| DataStream::start(batches, encoder, setting)).map_err(|cause| {
        tracing::error!(%cause, query_id = query, "a data stream could not start");
        status_of(&Error::Internal, Some(query))
    })
}

/// The answer of a running statement.
struct Answer {
    rows: Rows,
    query: String,
    guard: RunningGuard,
    receipt: bool,
    /// Done when the caller is no longer who they were.
    outdated: BoxFuture<'static, ()>,
}

impl Batches for Answer {
    async fn next(&mut self) -> Option<Result<RecordBatch, Status>> {
        let query = Some(self.query.as_str());
        tokio::select! {
            biased;
            () = self.guard.token.cancelled() => Some(Err(status_of(&Error::Cancelled, query))),
            () = &mut self.outdated => Some(Err(status_of(&weft_engine::error::Error::Revoked, query))),
            batch = self.rows.next() => batch.map(|batch| batch.map_err(|error| status_of(&error, query))),
        }
    }

    async fn ended(&mut self) -> Status {
        let query = Some(self.query.as_str());
        tokio::select! {
            () = self.guard.token.cancelled() => status_of(&Error::Cancelled, query),
            () = &mut self.outdated => status_of(&weft_engine::error::Error::Revoked, query),
            error = self.rows.overdue() => status_of(&error, query),
        }
    }

    fn epilogue(&mut self) -> Option<Bytes> {
        let receipt = self.receipt.then(|| self.rows.receipt()).flatten()?;
        Some(receipt.to_string().into())
    }

    fn query(&self) -> Option<String> {
        Some(self.query.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted() {
        let path = ["orders".to_owned(), "a\"; drop".to_owned()];
        assert_eq!(select_all(&path), r#"SELECT * FROM "orders"."a""; drop""#);
    }
}
