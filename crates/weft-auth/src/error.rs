//! Why nobody is let in, and what goes wrong with users and tokens.

use thiserror::Error as ThisError;
use weft_model::report::{Code, Kind, Report};

/// Why nobody is let in, and what goes wrong with users and tokens.
#[derive(Debug, ThisError, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Unknown user, wrong password, disabled user, unknown, expired or revoked token: all read the same.
    #[error("the credential was not accepted")]
    Unauthenticated,
    /// No credential, where one is needed.
    #[error("no credential was given")]
    CredentialMissing,
    /// An `authorization` header that is neither Basic nor Bearer, or not well formed.
    #[error("the `authorization` header is neither a Basic nor a Bearer credential")]
    CredentialMalformed,
    /// Too many refused credentials in a short time.
    #[error("too many credentials were refused")]
    TooManyAttempts {
        /// When trying again makes sense.
        seconds: u32,
    },
    /// More passwords to check at once than the server takes on.
    #[error("too many passwords were waiting to be checked")]
    Busy,
    /// A session was asked for somebody this server did not authenticate itself.
    #[error("no session can be opened for this credential")]
    SessionUnavailable,
    /// A password that cannot be one.
    #[error("the password {fault}")]
    PasswordUnusable {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A token for somebody who is not in `users.yaml`.
    #[error("user `{user}` does not exist or is disabled")]
    UserMissing {
        /// The user asked for.
        user: String,
    },
    /// A token with a purpose its user does not have.
    #[error("purpose `{purpose}` is not among those of user `{user}`")]
    PurposeMissing {
        /// The purpose asked for.
        purpose: String,
        /// The user.
        user: String,
    },
    /// A token that would end before it begins.
    #[error("the expiry lies in the past")]
    ExpiryPast,
    /// More tokens than a user may have.
    #[error("user `{user}` has {max} tokens already", max = crate::limits::TOKENS_PER_USER_MAX)]
    TokensFull {
        /// The user.
        user: String,
    },
    /// No token has this id.
    #[error("no token has the id `{id}`")]
    TokenMissing {
        /// The id asked for.
        id: String,
    },
    /// The file of tokens cannot be read or written.
    #[error("the token file could not be {verb}: {reason}")]
    TokenFile {
        /// `read` or `written`.
        verb: &'static str,
        /// Why, without a path.
        reason: String,
    },
    /// Others may write the file of tokens.
    #[error("the token file may be written by others than its owner")]
    TokenFileOpen,
    /// The operating system gave no random bytes.
    #[error("no random bytes were available")]
    Random,
    /// A text too long to be sealed.
    #[error("the text is too long to be sealed")]
    SealTooLong,
}

const REFUSED: Code = Code::new("WEFT-A001", Kind::Unauthenticated, "28000");
const MALFORMED: Code = Code::new("WEFT-A002", Kind::Unauthenticated, "28000");
const MISSING: Code = Code::new("WEFT-A003", Kind::Unauthenticated, "28000");
const TOO_MANY: Code = Code::new("WEFT-A004", Kind::ResourceExhausted, "53400");
const NO_SESSION: Code = Code::new("WEFT-A005", Kind::FailedPrecondition, "55000");
const ARGUMENT: Code = Code::new("WEFT-A006", Kind::InvalidArgument, "22023");
const FILE: Code = Code::new("WEFT-A007", Kind::FailedPrecondition, "58030");
const RANDOM: Code = Code::new("WEFT-A008", Kind::Internal, "XX000");

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Unauthenticated => REFUSED,
            Self::CredentialMalformed => MALFORMED,
            Self::CredentialMissing => MISSING,
            Self::TooManyAttempts { .. } | Self::Busy => TOO_MANY,
            Self::SessionUnavailable => NO_SESSION,
            Self::PasswordUnusable { .. }
            | Self::UserMissing { .. }
            | Self::PurposeMissing { .. }
            | Self::ExpiryPast
            | Self::TokensFull { .. }
            | Self::TokenMissing { .. }
            | Self::SealTooLong => ARGUMENT,
            Self::TokenFile { .. } | Self::TokenFileOpen => FILE,
            Self::Random => RANDOM,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unauthenticated => Some("Check the user name and the password or token; tokens expire.".to_owned()),
            Self::CredentialMissing | Self::CredentialMalformed => {
                Some("Send a user name with a password or token, or a token as Bearer.".to_owned())
            }
            Self::TooManyAttempts { seconds } => Some(format!("Try again in {seconds} seconds.")),
            Self::Busy => Some("Try again in a few seconds.".to_owned()),
            Self::TokensFull { .. } => Some("Revoke tokens that are no longer used.".to_owned()),
            Self::TokenMissing { .. } => Some("`weft token list` shows the ids.".to_owned()),
            Self::TokenFileOpen => Some("Take the right to write from group and others: `chmod go-w`.".to_owned()),
            Self::UserMissing { .. } => Some("Add the user to `users.yaml` first.".to_owned()),
            Self::PurposeMissing { .. } => Some("A token may narrow its user's purposes, not add to them.".to_owned()),
            Self::SessionUnavailable
            | Self::PasswordUnusable { .. }
            | Self::ExpiryPast
            | Self::TokenFile { .. }
            | Self::Random
            | Self::SealTooLong => None,
        }
    }
}
