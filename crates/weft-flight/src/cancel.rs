//! Cancelling a statement by its flight, and extending the life of a ticket.

use prost::Message;
use weft_proto::flight::{
    CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightEndpoint, FlightInfo,
    RenewFlightEndpointRequest,
};
use weft_proto::sql::action_cancel_query_result::CancelResult;
use weft_proto::sql::{ActionCancelQueryRequest, ActionCancelQueryResult};

use crate::call::Call;
use crate::error::Error;
use crate::server::State;
use crate::statement::{endpoint, seal};
use crate::ticket::{Claim, open_ticket};

/// Cancels the statement of a flight: its streams here, and those its ticket would begin here.
pub(crate) fn flight(
    state: &State,
    call: &Call,
    asked: CancelFlightInfoRequest,
) -> Result<CancelFlightInfoResult, Error> {
    let info = asked.info.ok_or(Error::Malformed("CancelFlightInfoRequest"))?;
    cancel(state, call, &info)?;
    Ok(CancelFlightInfoResult { status: CancelStatus::Cancelled.into() })
}

/// The same, as clients asked before there was `CancelFlightInfo`.
pub(crate) fn query(
    state: &State,
    call: &Call,
    asked: &ActionCancelQueryRequest,
) -> Result<ActionCancelQueryResult, Error> {
    let info = FlightInfo::decode(asked.info.clone()).map_err(|_| Error::Malformed("FlightInfo"))?;
    cancel(state, call, &info)?;
    Ok(ActionCancelQueryResult { result: CancelResult::Cancelled.into() })
}

fn cancel(state: &State, call: &Call, info: &FlightInfo) -> Result<(), Error> {
    let mut claims = Vec::new();
    for endpoint in &info.endpoint {
        let ticket = endpoint.ticket.as_ref().ok_or(Error::Ticket)?;
        claims.push(open_ticket(&state.sealer, call.principal(), ticket, state.now())?.claim);
    }
    if claims.is_empty() {
        return Err(Error::Ticket);
    }
    for claim in claims {
        if let Claim::Statement(spec) = claim {
            state.running.cancel(spec.query_id().as_str());
        }
    }
    Ok(())
}

/// A ticket with the same claim and a new life. What it may read is decided when it is redeemed, as ever.
pub(crate) fn renew(state: &State, call: &Call, asked: RenewFlightEndpointRequest) -> Result<FlightEndpoint, Error> {
    let ticket = asked.endpoint.and_then(|endpoint| endpoint.ticket).ok_or(Error::Ticket)?;
    let opened = open_ticket(&state.sealer, call.principal(), &ticket, state.now())?;
    let (ticket, expires) = seal(state, call, &opened.claim, opened.profile)?;
    Ok(endpoint(ticket, expires))
}
