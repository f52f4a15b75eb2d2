//! Prepared statements. A handle holds everything there is to one, sealed; the server keeps nothing.

use arrow::record_batch::RecordBatch;
use arrow_ipc::reader::StreamReader;
use bytes::Bytes;
use tonic::Status;
use weft_engine::statement::StatementRequest;
use weft_proto::sql::{ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult};

use crate::call::Call;
use crate::command::no_transaction;
use crate::error::Error;
use crate::server::State;
use crate::statement::{check_sql, schema_bytes};
use crate::status::status;
use crate::ticket::{Prepared, expiry, open_prepared, seal_prepared};
use crate::wire::ipc::batch_stream;
use crate::wire::schema::{parameter_schema, wire_schema};

/// Describes a statement and makes a handle for it.
pub(crate) async fn create(
    state: &State,
    call: &Call,
    asked: ActionCreatePreparedStatementRequest,
) -> Result<ActionCreatePreparedStatementResult, Status> {
    no_transaction(asked.transaction_id.as_ref())?;
    check_sql(state, &asked.query)?;
    let described = state.engine.describe(&call.caller(), &asked.query).await.map_err(|error| status(&error))?;
    let parameters = parameter_schema(&described.parameters, call.profile);
    let parameter_count = parameters.fields().len();
    let prepared = Prepared { sql: asked.query, parameters: Bytes::new(), parameter_count };
    Ok(ActionCreatePreparedStatementResult {
        prepared_statement_handle: seal(state, call, prepared)?,
        dataset_schema: schema_bytes(&wire_schema(&described.schema, call.profile))?,
        parameter_schema: if parameter_count == 0 { Bytes::new() } else { schema_bytes(&parameters)? },
        is_update: Some(false),
    })
}

/// Opens a handle only to say whether it is one; there is nothing to release.
pub(crate) fn close(state: &State, call: &Call, handle: &[u8]) -> Result<(), Error> {
    open_prepared(&state.sealer, call.principal(), handle, state.now()).map(|_| ())
}

/// Binds parameters: the answer is the handle to use from now on.
pub(crate) fn bind(state: &State, call: &Call, handle: &[u8], batch: &RecordBatch) -> Result<Bytes, Error> {
    let prepared = open_prepared(&state.sealer, call.principal(), handle, state.now())?;
    if batch.num_columns() != prepared.parameter_count {
        return Err(Error::ParameterCount { expected: prepared.parameter_count, given: batch.num_columns() });
    }
    let parameters = if batch.num_columns() == 0 {
        Bytes::new()
    } else {
        batch_stream(batch).map_err(|_| Error::Parameters)?.into()
    };
    let limit = state.limits.parameter_bytes;
    if parameters.len() > limit {
        return Err(Error::TooLarge {
            what: "the set of bound parameters",
            limit: format!("limits.parameter_bytes = {limit}"),
        });
    }
    seal(state, call, Prepared { parameters, ..prepared })
}

/// What a handle asks the engine for.
pub(crate) fn request(state: &State, call: &Call, handle: &[u8]) -> Result<StatementRequest, Error> {
    let prepared = open_prepared(&state.sealer, call.principal(), handle, state.now())?;
    let parameters = if prepared.parameters.is_empty() { None } else { Some(read(&prepared.parameters)?) };
    Ok(StatementRequest { sql: prepared.sql, parameters })
}

fn seal(state: &State, call: &Call, prepared: Prepared) -> Result<Bytes, Error> {
    let expires = expiry(state.now(), state.limits.prepared_life, call.authenticated.expires);
    seal_prepared(&state.sealer, call.principal(), prepared, expires)
}

/// Reads parameters that this server wrote itself.
fn read(stream: &[u8]) -> Result<RecordBatch, Error> {
    let mut reader = StreamReader::try_new(stream, None).map_err(|_| Error::Internal)?;
    reader.next().and_then(Result::ok).ok_or(Error::Internal)
}
