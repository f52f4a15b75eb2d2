//! Named actions: which there are, and where each is answered.

use bytes::Bytes;
use futures::stream::BoxStream;
use prost::Message;
use tonic::{Response, Status};
use weft_proto::any::{self, Any};
use weft_proto::flight::{self, Action, ActionType};
use weft_proto::sql;

use crate::call::Call;
use crate::cancel;
use crate::command::decode;
use crate::error::Error;
use crate::options;
use crate::prepared;
use crate::server::State;

/// The answers of an action.
pub(crate) type Answers = BoxStream<'static, Result<flight::Result, Status>>;

/// The actions that exist, with a line for people.
const ACTIONS: [(&str, &str); 8] = [
    ("CancelFlightInfo", "Cancel a query. Body: CancelFlightInfoRequest. Answer: CancelFlightInfoResult."),
    ("CancelQuery", "Cancel a query, older form. Body: ActionCancelQueryRequest. Answer: ActionCancelQueryResult."),
    ("CloseSession", "Forget the session's options. Body: CloseSessionRequest. Answer: CloseSessionResult."),
    ("ClosePreparedStatement", "Close a prepared statement. Body: ActionClosePreparedStatementRequest. No answer."),
    (
        "CreatePreparedStatement",
        "Prepare a statement. Body: ActionCreatePreparedStatementRequest. Answer: ActionCreatePreparedStatementResult.",
    ),
    (
        "GetSessionOptions",
        "Read the session's options. Body: GetSessionOptionsRequest. Answer: GetSessionOptionsResult.",
    ),
    ("RenewFlightEndpoint", "Extend a ticket's life. Body: RenewFlightEndpointRequest. Answer: FlightEndpoint."),
    ("SetSessionOptions", "Set session options. Body: SetSessionOptionsRequest. Answer: SetSessionOptionsResult."),
];

/// The actions of the specification that a server which only reads has no use for.
const REFUSED: [(&str, &str); 5] = [
    ("BeginTransaction", "transactions"),
    ("EndTransaction", "transactions"),
    ("BeginSavepoint", "transactions"),
    ("EndSavepoint", "transactions"),
    ("CreatePreparedSubstraitPlan", "Substrait plans"),
];

/// Lists the actions.
pub(crate) fn list() -> Vec<ActionType> {
    ACTIONS
        .iter()
        .map(|(name, description)| ActionType { r#type: (*name).to_owned(), description: (*description).to_owned() })
        .collect()
}

/// Runs an action.
pub(crate) async fn run(state: &State, call: &Call, action: Action) -> Result<Response<Answers>, Status> {
    let body = &action.body;
    let mut cookie = None;
    let answer: Option<Bytes> = match action.r#type.as_str() {
        "CreatePreparedStatement" => {
            let asked = packed(body, "ActionCreatePreparedStatementRequest")?;
            Some(any::pack_bytes(&prepared::create(state, call, asked).await?).into())
        }
        "ClosePreparedStatement" => {
            let asked: sql::ActionClosePreparedStatementRequest = packed(body, "ActionClosePreparedStatementRequest")?;
            prepared::close(state, call, &asked.prepared_statement_handle)?;
            None
        }
        "CancelFlightInfo" => {
            let asked = plain(body, "CancelFlightInfoRequest")?;
            Some(cancel::flight(state, call, asked)?.encode_to_vec().into())
        }
        "CancelQuery" => {
            let asked: sql::ActionCancelQueryRequest = packed(body, "ActionCancelQueryRequest")?;
            Some(any::pack_bytes(&cancel::query(state, call, &asked)?).into())
        }
        "RenewFlightEndpoint" => {
            let asked = plain(body, "RenewFlightEndpointRequest")?;
            Some(cancel::renew(state, call, asked)?.encode_to_vec().into())
        }
        "SetSessionOptions" => {
            let asked = plain(body, "SetSessionOptionsRequest")?;
            let (result, begun) = options::set(state, call, asked)?;
            cookie = begun;
            Some(result.encode_to_vec().into())
        }
        "GetSessionOptions" => Some(options::get(state, call).encode_to_vec().into()),
        "CloseSession" => Some(options::close(state, call).encode_to_vec().into()),
        other => return Err(refuse(other).into()),
    };
    let answers = futures::stream::iter(answer.map(|body| Ok(flight::Result { body })));
    let mut response = Response::new(Box::pin(answers) as Answers);
    if let Some(cookie) = cookie {
        let header = cookie.parse().map_err(|_| Status::from(Error::Internal))?;
        response.metadata_mut().insert("set-cookie", header);
    }
    Ok(response)
}

fn refuse(name: &str) -> Error {
    match REFUSED.iter().find(|(refused, _)| *refused == name) {
        Some((_, what)) => Error::Unsupported(what),
        None => Error::Action(name.chars().take(64).collect()),
    }
}

/// The body of a Flight SQL action, which travels in a package.
fn packed<M: prost::Name + Default>(body: &Bytes, name: &'static str) -> Result<M, Error> {
    decode(&Any::decode(body.clone()).map_err(|_| Error::Malformed(name))?, name)
}

/// The body of a Flight action, which travels by itself; some clients pack it all the same.
fn plain<M: prost::Name + Default>(body: &Bytes, name: &'static str) -> Result<M, Error> {
    if let Ok(package) = Any::decode(body.clone())
        && any::name(&package) == M::full_name()
    {
        return decode(&package, name);
    }
    M::decode(body.clone()).map_err(|_| Error::Malformed(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_proto::flight::{CloseSessionRequest, SetSessionOptionsRequest};

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        assert_eq!(refuse("BeginTransaction").to_string(), "transactions are not supported");
        assert_eq!(refuse("CreatePreparedSubstraitPlan").to_string(), "Substrait plans are not supported");
        assert_eq!(refuse("DropEverything").to_string(), "action `DropEverything` does not exist");
    }

    #[test]
    fn listed_actions_are_sorted_by_neither_chance_nor_length() {
        assert!(list().iter().all(|action| refuse(&action.r#type).to_string().contains(&action.r#type)));
        assert_eq!(list().len(), 8);
    }

    #[test]
    fn plain_bodies_may_be_packed() {
        let request = SetSessionOptionsRequest::default();
        assert_eq!(plain::<SetSessionOptionsRequest>(&any::pack_bytes(&request).into(), "x").unwrap(), request);
        assert_eq!(plain::<SetSessionOptionsRequest>(&request.encode_to_vec().into(), "x").unwrap(), request);
        assert!(plain::<CloseSessionRequest>(&Bytes::new(), "x").is_ok());
    }
}
