//! What every error that can reach a client answers.

use std::fmt;

/// The class of an error, from which each protocol derives its own status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is wrong in itself.
    InvalidArgument,
    /// A name does not exist, or may not be known to exist.
    NotFound,
    /// No credential, or one that is not accepted.
    Unauthenticated,
    /// The caller is known and may not do this.
    PermissionDenied,
    /// A named limit was reached.
    ResourceExhausted,
    /// The time allowed has passed.
    DeadlineExceeded,
    /// The client went away, or the server is draining.
    Cancelled,
    /// The request is right but the state of things forbids it now.
    FailedPrecondition,
    /// Something needed could not be reached.
    Unavailable,
    /// The request asks for what this server does not offer.
    Unimplemented,
    /// A defect; the reference in the message finds it in the log.
    Internal,
}

/// A stable, documented code: `WEFT-` and a letter with three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// The code as clients see it.
    pub id: &'static str,
    /// The class it belongs to.
    pub kind: Kind,
    /// The SQLSTATE that comes nearest.
    pub sqlstate: &'static str,
}

impl Code {
    /// Declares a code.
    #[must_use]
    pub const fn new(id: &'static str, kind: Kind, sqlstate: &'static str) -> Self {
        Self { id, kind, sqlstate }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// What an error tells a client beside its message.
///
/// `Display` of the error is one lower-case clause without a final stop; it never holds a value of the data, a
/// secret, a path in storage or the text of a policy.
pub trait Report: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;

    /// More about what happened, in full sentences.
    fn detail(&self) -> Option<String> {
        None
    }

    /// What to do next, in full sentences.
    fn hint(&self) -> Option<String> {
        None
    }

    /// True when the same request may succeed later.
    fn retryable(&self) -> bool {
        matches!(self.code().kind, Kind::Unavailable | Kind::ResourceExhausted)
    }
}
