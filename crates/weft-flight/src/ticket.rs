//! Tickets and prepared statement handles: sealed, so that nobody reads, alters or forges them.
//!
//! Whatever is wrong with one (its bytes, its owner, its age), the answer is the same error.

use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use weft_auth::seal::Sealer;
use weft_engine::statement::StatementSpec;
use weft_proto::any::{self, Any, Timestamp};
use weft_proto::flight::Ticket;
use weft_proto::sealed::{SealedPrepared, SealedTicket, sealed_ticket};
use weft_proto::sql::TicketStatementQuery;

use crate::error::Error;
use crate::wire::profile::Profile;

/// What the seal of a ticket is bound to, so that no other sealed text passes for one.
const TICKET_CONTEXT: &str = "weft/flight/ticket/v1";

/// What the seal of a prepared statement handle is bound to.
const PREPARED_CONTEXT: &str = "weft/flight/prepared/v1";

/// What a ticket stands for.
#[derive(Debug)]
pub(crate) enum Claim {
    /// A planned statement.
    Statement(Box<StatementSpec>),
    /// A metadata command.
    Command(Any),
}

/// A ticket that was opened and is its presenter's.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) claim: Claim,
    pub(crate) profile: Profile,
}

/// Seals a ticket for a caller.
pub(crate) fn seal_ticket(
    sealer: &Sealer,
    principal: &str,
    claim: &Claim,
    profile: Profile,
    expires: i64,
) -> Result<(Ticket, Timestamp), Error> {
    let claim = match claim {
        Claim::Statement(spec) => {
            sealed_ticket::Claim::Statement(serde_json::to_vec(spec).map_err(|_| Error::Internal)?.into())
        }
        Claim::Command(command) => sealed_ticket::Claim::Command(command.encode_to_vec().into()),
    };
    let plain =
        SealedTicket { principal: principal.to_owned(), expires, profile: profile.number(), claim: Some(claim) };
    let handle = sealer.seal(TICKET_CONTEXT, &plain.encode_to_vec()).map_err(sealing)?;
    let ticket = any::pack_bytes(&TicketStatementQuery { statement_handle: handle.into() });
    Ok((Ticket { ticket: ticket.into() }, Timestamp { seconds: expires, nanos: 0 }))
}

/// Opens a ticket for the caller who presents it.
pub(crate) fn open_ticket(sealer: &Sealer, principal: &str, ticket: &Ticket, now: i64) -> Result<Opened, Error> {
    open(sealer, principal, &ticket.ticket, now).ok_or(Error::Ticket)
}

fn open(sealer: &Sealer, principal: &str, ticket: &[u8], now: i64) -> Option<Opened> {
    let wrapped: TicketStatementQuery = any::unpack(&Any::decode(ticket).ok()?).ok()??;
    let plain = SealedTicket::decode(sealer.open(TICKET_CONTEXT, &wrapped.statement_handle)?.as_slice()).ok()?;
    if plain.principal != principal || plain.expires <= now {
        return None;
    }
    let claim = match plain.claim? {
        sealed_ticket::Claim::Statement(spec) => Claim::Statement(serde_json::from_slice(&spec).ok()?),
        sealed_ticket::Claim::Command(command) => Claim::Command(Any::decode(command).ok()?),
    };
    Some(Opened { claim, profile: Profile::from_number(plain.profile) })
}

/// A prepared statement: everything there is to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prepared {
    pub(crate) sql: String,
    /// The bound parameters as an IPC stream; empty when none are bound.
    pub(crate) parameters: Bytes,
    /// How many parameters the statement takes.
    pub(crate) parameter_count: usize,
}

/// Seals a prepared statement for a caller.
pub(crate) fn seal_prepared(
    sealer: &Sealer,
    principal: &str,
    prepared: Prepared,
    expires: i64,
) -> Result<Bytes, Error> {
    let plain = SealedPrepared {
        principal: principal.to_owned(),
        expires,
        sql: prepared.sql,
        parameters: prepared.parameters,
        parameter_count: u32::try_from(prepared.parameter_count).unwrap_or(u32::MAX),
    };
    Ok(sealer.seal(PREPARED_CONTEXT, &plain.encode_to_vec()).map_err(sealing)?.into())
}

/// Opens a handle for the caller who presents it.
pub(crate) fn open_prepared(sealer: &Sealer, principal: &str, handle: &[u8], now: i64) -> Result<Prepared, Error> {
    let opened = sealer.open(PREPARED_CONTEXT, handle).ok_or(Error::Ticket)?;
    let plain = SealedPrepared::decode(opened.as_slice()).map_err(|_| Error::Ticket)?;
    if plain.principal != principal || plain.expires <= now {
        return Err(Error::Ticket);
    }
    Ok(Prepared {
        sql: plain.sql,
        parameters: plain.parameters,
        parameter_count: usize::try_from(plain.parameter_count).unwrap_or(usize::MAX),
    })
}

/// When something made now ends: after its life, or with the credential it was made from.
pub(crate) fn expiry(now: i64, life: Duration, credential: Option<i64>) -> i64 {
    let end = now.saturating_add(i64::try_from(life.as_secs()).unwrap_or(i64::MAX));
    credential.map_or(end, |credential| credential.min(end))
}

fn sealing(cause: weft_auth::error::Error) -> Error {
    tracing::error!(%cause, "a ticket or handle could not be sealed");
    Error::Internal
}

#[cfg(test)]
mod tests;
