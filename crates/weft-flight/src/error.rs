//! What this crate refuses by itself; errors of the engine and of authentication pass through unchanged.

use thiserror::Error;
use weft_engine::error::{Error as Statement, TICKET_REFUSED};
use weft_model::report::{Code, Kind, Report};

/// A request that does not get as far as the engine.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// A message that is no valid protobuf, or not the one expected.
    #[error("the request holds no valid `{0}`")]
    Malformed(&'static str),
    /// A descriptor that names nothing.
    #[error("the flight descriptor holds neither a command nor a path of two or three names")]
    Descriptor,
    /// A ticket or handle that was altered, is another caller's, another server's or too old: one text for all.
    #[error("{TICKET_REFUSED}")]
    Ticket,
    /// Something Flight SQL offers and this server does not.
    #[error("{0} are not supported")]
    Unsupported(&'static str),
    /// An action of an unknown name.
    #[error("action `{0}` does not exist")]
    Action(String),
    /// A header that cannot be read.
    #[error("header `{0}` holds a value that is not accepted")]
    Header(&'static str),
    /// A text or a set of parameters beyond its bound.
    #[error("{what} exceeds {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The bound, with its unit.
        limit: String,
    },
    /// Parameters that do not fit the statement.
    #[error("the statement takes {expected} parameters, {given} are bound")]
    ParameterCount {
        /// What the statement takes.
        expected: usize,
        /// What the client sent.
        given: usize,
    },
    /// Parameters that cannot be read.
    #[error("the bound parameters are no valid Arrow data")]
    Parameters,
    /// One row that does not fit a message.
    #[error("a single row of the result exceeds the message size of 4 MiB")]
    RowTooLarge,
    /// Too many data streams at once.
    #[error("the server has {0} data streams open")]
    Streams(usize),
    /// The client left the answer unread.
    #[error("the answer was left unread for longer than limits.unread_time = {} s", .0.as_secs())]
    Unread(std::time::Duration),
    /// The statement was cancelled by the client through an action.
    #[error("the statement was cancelled")]
    Cancelled,
    /// No handshake credential arrived.
    #[error("the handshake carries no credential")]
    Handshake,
    /// A defect of this server.
    #[error("the server failed to answer")]
    Internal,
}

const MALFORMED: Code = Code::new("WEFT-F001", Kind::InvalidArgument, "08P01");
const DESCRIPTOR: Code = Code::new("WEFT-F002", Kind::InvalidArgument, "08P01");
const UNSUPPORTED: Code = Code::new("WEFT-F003", Kind::Unimplemented, "0A000");
const ACTION: Code = Code::new("WEFT-F004", Kind::Unimplemented, "0A000");
const HEADER: Code = Code::new("WEFT-F005", Kind::InvalidArgument, "22023");
const TOO_LARGE: Code = Code::new("WEFT-F006", Kind::InvalidArgument, "54000");
const PARAMETERS: Code = Code::new("WEFT-F007", Kind::InvalidArgument, "07001");
const ROW_TOO_LARGE: Code = Code::new("WEFT-F008", Kind::ResourceExhausted, "54000");
const STREAMS: Code = Code::new("WEFT-F009", Kind::ResourceExhausted, "53300");
const CANCELLED: Code = Code::new("WEFT-F010", Kind::Cancelled, "57014");
const HANDSHAKE: Code = Code::new("WEFT-F011", Kind::Unauthenticated, "28000");
const INTERNAL: Code = Code::new("WEFT-F012", Kind::Internal, "XX000");
const UNREAD: Code = Code::new("WEFT-F013", Kind::DeadlineExceeded, "57014");

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => MALFORMED,
            Self::Descriptor => DESCRIPTOR,
            // The engine refuses tickets too, and nobody is to tell its refusals from ours.
            Self::Ticket => Statement::Ticket.code(),
            Self::Unsupported(_) => UNSUPPORTED,
            Self::Action(_) => ACTION,
            Self::Header(_) => HEADER,
            Self::TooLarge { .. } => TOO_LARGE,
            Self::ParameterCount { .. } | Self::Parameters => PARAMETERS,
            Self::RowTooLarge => ROW_TOO_LARGE,
            Self::Streams(_) => STREAMS,
            Self::Unread(_) => UNREAD,
            Self::Cancelled => CANCELLED,
            Self::Handshake => HANDSHAKE,
            Self::Internal => INTERNAL,
        }
    }

    fn hint(&self) -> Option<String> {
        if let Self::Ticket = self {
            return Statement::Ticket.hint();
        }
        Some(
            match self {
                Self::Descriptor => "Send SQL text as the command, or the path [domain, product].",
                Self::Unsupported("updates") => "Weft reads data products; it does not write them.",
                Self::RowTooLarge => "Select fewer or shorter columns, or cut long values with `substr`.",
                Self::Streams(_) => "Read or close the open results, then try again.",
                Self::Unread(_) => "Read answers without long pauses, or ask for them in parts.",
                Self::Handshake => "Send an `authorization` header, Basic or Bearer.",
                _ => return None,
            }
            .to_owned(),
        )
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Ticket => Statement::Ticket.retryable(),
            Self::Streams(_) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_tickets_look_like_those_the_engine_refuses() {
        let (ours, theirs) = (Error::Ticket, Statement::Ticket);
        assert_eq!(ours.to_string(), theirs.to_string());
        assert_eq!(ours.code(), theirs.code());
        assert_eq!(ours.hint(), theirs.hint());
        assert_eq!(ours.detail(), theirs.detail());
        assert_eq!(ours.retryable(), theirs.retryable());
    }
}
