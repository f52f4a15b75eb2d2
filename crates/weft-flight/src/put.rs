//! DoPut: binding parameters. Everything that would write is refused, and says so.

use prost::Message;
use tonic::{Status, Streaming};
use weft_proto::any::{self, Any};
use weft_proto::flight::{FlightData, PutResult};
use weft_proto::sql::{CommandPreparedStatementQuery, DoPutPreparedStatementResult};

use crate::bind::Parameters;
use crate::call::Call;
use crate::command::decode;
use crate::error::Error;
use crate::prepared;
use crate::server::State;

/// Reads a stream of parameters and answers with the handle that holds them.
pub(crate) async fn put(state: &State, call: &Call, mut stream: Streaming<FlightData>) -> Result<PutResult, Status> {
    let first = stream.message().await?.ok_or(Error::Descriptor)?;
    let handle = handle(&first)?;
    let mut parameters = Parameters::default();
    parameters.push(&first, &state.limits)?;
    while let Some(message) = stream.message().await? {
        parameters.push(&message, &state.limits)?;
    }
    // On a task of its own, so that a panic over hostile bytes ends the task and nothing else.
    let batch = state.cpu.spawn(async move { parameters.decode() }).await.map_err(|_| Error::Parameters)??;
    let handle = prepared::bind(state, call, &handle, &batch)?;
    let bound = DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) };
    Ok(PutResult { app_metadata: bound.encode_to_vec().into() })
}

/// The prepared statement that a stream is for.
fn handle(first: &FlightData) -> Result<bytes::Bytes, Error> {
    let descriptor = first.flight_descriptor.as_ref().ok_or(Error::Descriptor)?;
    let package = Any::decode(descriptor.cmd.clone()).map_err(|_| Error::Descriptor)?;
    match any::name(&package).rsplit('.').next().unwrap_or_default() {
        "CommandPreparedStatementQuery" => {
            let command: CommandPreparedStatementQuery = decode(&package, "CommandPreparedStatementQuery")?;
            Ok(command.prepared_statement_handle)
        }
        "CommandStatementUpdate" | "CommandPreparedStatementUpdate" => Err(Error::Unsupported("updates")),
        "CommandStatementIngest" => Err(Error::Unsupported("bulk ingestion statements")),
        "CommandStatementSubstraitPlan" => Err(Error::Unsupported("Substrait plans")),
        _ => Err(Error::Descriptor),
    }
}
