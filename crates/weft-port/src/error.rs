//! What can go wrong while a port is opened or planned.

use std::sync::Arc;

use weft_model::report::{Code, Kind, Report};

/// The code of a port whose data cannot be reached.
pub const PORT_UNAVAILABLE: Code = Code::new("WEFT-P001", Kind::Unavailable, "58030");
/// The code of a port whose data does not fit its contract or cannot be decoded.
pub const PORT_BROKEN: Code = Code::new("WEFT-P002", Kind::FailedPrecondition, "55000");
/// The code of a table snapshot that does not exist.
pub const PORT_NO_SNAPSHOT: Code = Code::new("WEFT-P003", Kind::InvalidArgument, "22023");

/// An error of a port. The text is for the product's owners and the log: clients get the code and a reference.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing lies at the location.
    #[error("no {format} data at `{location}`")]
    Empty {
        /// The format looked for.
        format: &'static str,
        /// The location as the contract spells it.
        location: Arc<str>,
    },
    /// The store did not answer as it should.
    #[error("reading `{location}` failed: {cause}")]
    Store {
        /// The location as the contract spells it.
        location: Arc<str>,
        /// What the store said.
        cause: Arc<str>,
    },
    /// What lies there is not read, now or later.
    #[error("`{location}` is not read: {cause}")]
    Refused {
        /// The location as the contract spells it.
        location: Arc<str>,
        /// What stands against it.
        cause: String,
    },
    /// A file is not what its name promises.
    #[error("`{file}` is not readable as {format}: {cause}")]
    Corrupt {
        /// The file inside the port.
        file: String,
        /// The format expected.
        format: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The data does not fit the contract.
    #[error("column `{column}` {problem}")]
    Unbound {
        /// The column of the contract.
        column: Arc<str>,
        /// What does not fit.
        problem: String,
    },
    /// The format keeps no such snapshot.
    #[error("the {format} table has no {asked}: {remain}")]
    NoSnapshot {
        /// The format.
        format: &'static str,
        /// What was asked for: `version 3`.
        asked: String,
        /// What there is instead: `versions 5 to 9 remain`.
        remain: String,
    },
    /// A limit was reached.
    #[error("`{location}` has more than {limit} {what}")]
    Limit {
        /// The location as the contract spells it.
        location: Arc<str>,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Store { .. } => PORT_UNAVAILABLE,
            Self::NoSnapshot { .. } => PORT_NO_SNAPSHOT,
            Self::Empty { .. }
            | Self::Refused { .. }
            | Self::Corrupt { .. }
            | Self::Unbound { .. }
            | Self::Limit { .. } => PORT_BROKEN,
        }
    }
}
