//! What a statement can end in, and what the client is told of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use weft_model::report::{Code, Kind, Report};

/// The text of every refused ticket.
pub const TICKET_REFUSED: &str = "the ticket is not valid";

/// An error of a statement.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The SQL text does not parse.
    #[error("{message}")]
    Syntax {
        /// What the parser says, with line and column.
        message: String,
    },
    /// The statement asks for something this server does not do.
    #[error("{what} is not supported{position}")]
    Refused {
        /// What was asked for.
        what: String,
        /// ` at line …, column …`, or nothing.
        position: String,
        /// What to do instead.
        hint: Option<&'static str>,
    },
    /// A table does not exist for this caller.
    #[error("table `{name}` does not exist")]
    NoTable {
        /// The name as it was resolved.
        name: String,
    },
    /// A table name lacks its domain.
    #[error("table `{name}` lacks its domain")]
    NoDomain {
        /// The name as it was typed.
        name: String,
    },
    /// The statement does not make sense over the tables it names.
    #[error("{message}")]
    Plan {
        /// What the planner says; it knows visible names only.
        message: String,
    },
    /// An expression failed on a value the caller can see.
    #[error("{message}")]
    Execution {
        /// What failed.
        message: String,
    },
    /// A product cannot be read.
    #[error("product `{product}` is broken (reference {reference})")]
    Broken {
        /// The product.
        product: String,
        /// Finds the cause in the log.
        reference: String,
    },
    /// A pinned version is no longer served.
    #[error("table `{name}` is retired")]
    Retired {
        /// The name.
        name: String,
        /// The table to use instead, if the caller may see it.
        successor: Option<String>,
    },
    /// A table was not as it is asked for, or is so no longer.
    #[error("table `{name}` has no {asked}: {remain}")]
    NoSnapshot {
        /// The name.
        name: String,
        /// What was asked for.
        asked: String,
        /// What there is instead.
        remain: String,
    },
    /// The caller may read what a table is, and not what it was.
    #[error("older versions of table `{name}` need the right `history`")]
    History {
        /// The name.
        name: String,
    },
    /// The purpose is not one the credential permits.
    #[error("purpose `{asked}` is not permitted")]
    Purpose {
        /// The purpose asked for.
        asked: String,
    },
    /// A ticket is forged, foreign, expired, or no longer means what it meant.
    #[error("{TICKET_REFUSED}")]
    Ticket,
    /// A bound was met.
    #[error("{what} exceeds {limit}")]
    Limit {
        /// What is too much.
        what: String,
        /// The name of the bound in the configuration, with its value.
        limit: String,
        /// True when the same statement may pass later.
        later: bool,
    },
    /// The statement took too long.
    #[error("the statement took longer than {limit}")]
    Time {
        /// The name of the bound in the configuration, with its value.
        limit: String,
    },
    /// The statement was cancelled.
    #[error("the statement was cancelled")]
    Cancelled,
    /// A new policy decides otherwise about what a running statement reads.
    #[error("what may be read changed while the statement ran")]
    Revoked,
    /// The enforcement point refused.
    #[error(transparent)]
    Govern(Arc<weft_govern::error::Error>),
    /// A defect.
    #[error("an internal error occurred (reference {reference})")]
    Internal {
        /// Finds the cause in the log.
        reference: String,
    },
}

const SYNTAX: Code = Code::new("WEFT-Q001", Kind::InvalidArgument, "42601");
const REFUSED: Code = Code::new("WEFT-Q002", Kind::InvalidArgument, "0A000");
const NO_TABLE: Code = Code::new("WEFT-Q003", Kind::NotFound, "42P01");
const NO_DOMAIN: Code = Code::new("WEFT-Q004", Kind::InvalidArgument, "42P01");
const PLAN: Code = Code::new("WEFT-Q005", Kind::InvalidArgument, "42000");
const EXECUTION: Code = Code::new("WEFT-Q006", Kind::InvalidArgument, "22000");
const BROKEN: Code = Code::new("WEFT-Q007", Kind::FailedPrecondition, "55000");
const RETIRED: Code = Code::new("WEFT-Q008", Kind::NotFound, "42P01");
const PURPOSE: Code = Code::new("WEFT-Q009", Kind::PermissionDenied, "42501");
const TICKET: Code = Code::new("WEFT-Q010", Kind::NotFound, "26000");
const LIMIT: Code = Code::new("WEFT-Q011", Kind::ResourceExhausted, "53000");
const TIME: Code = Code::new("WEFT-Q012", Kind::DeadlineExceeded, "57014");
const CANCELLED: Code = Code::new("WEFT-Q013", Kind::Cancelled, "57014");
const REVOKED: Code = Code::new("WEFT-Q014", Kind::FailedPrecondition, "40001");
const NO_SNAPSHOT: Code = Code::new("WEFT-Q015", Kind::NotFound, "42P01");
const HISTORY: Code = Code::new("WEFT-Q016", Kind::PermissionDenied, "42501");
const INTERNAL: Code = Code::new("WEFT-Q099", Kind::Internal, "XX000");

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Syntax { .. } => SYNTAX,
            Self::Refused { .. } => REFUSED,
            Self::NoTable { .. } => NO_TABLE,
            Self::NoDomain { .. } => NO_DOMAIN,
            Self::Plan { .. } => PLAN,
            Self::Execution { .. } => EXECUTION,
            Self::Broken { .. } => BROKEN,
            Self::Retired { .. } => RETIRED,
            Self::NoSnapshot { .. } => NO_SNAPSHOT,
            Self::History { .. } => HISTORY,
            Self::Purpose { .. } => PURPOSE,
            Self::Ticket => TICKET,
            Self::Limit { .. } => LIMIT,
            Self::Time { .. } => TIME,
            Self::Cancelled => CANCELLED,
            Self::Revoked => REVOKED,
            Self::Govern(inner) => inner.code(),
            Self::Internal { .. } => INTERNAL,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { hint, .. } => hint.map(str::to_owned),
            Self::NoTable { .. } => {
                Some("List the tables you may read with `select * from information_schema.tables`.".to_owned())
            }
            Self::NoDomain { name } => Some(format!("Name the domain, as in `domain.{name}`.")),
            Self::Broken { product, .. } => Some(format!("Ask the owners of `{product}` and name the reference.")),
            Self::Retired { successor, .. } => successor.as_ref().map(|name| format!("Use `{name}` instead.")),
            Self::Purpose { .. } => Some("Ask for a purpose that your credential lists.".to_owned()),
            Self::History { name } => Some(format!("Ask the owners of `{name}` for a rule with `allow: history`.")),
            Self::Ticket | Self::Revoked => Some("Run the statement again.".to_owned()),
            Self::Limit { later: true, .. } => Some("Try again later.".to_owned()),
            Self::Limit { later: false, .. } => {
                Some("Ask for fewer rows or columns, or filter and aggregate before sorting and joining.".to_owned())
            }
            Self::Time { .. } => Some("Ask for less at once, or ask the operators for more time.".to_owned()),
            Self::Govern(inner) => inner.hint(),
            Self::Internal { .. } => Some("Ask the operators of this server and name the reference.".to_owned()),
            Self::Syntax { .. }
            | Self::Plan { .. }
            | Self::Execution { .. }
            | Self::NoSnapshot { .. }
            | Self::Cancelled => None,
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Limit { later, .. } => *later,
            Self::Revoked => true,
            Self::Govern(inner) => inner.retryable(),
            other => other.code().kind == Kind::Unavailable,
        }
    }
}

impl Error {
    /// Logs a defect and gives back a reference to it.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let reference = format!("e{:06}", NEXT.fetch_add(1, Ordering::Relaxed));
        tracing::error!(%reference, %cause, "internal error");
        Self::Internal { reference }
    }

    /// A statement names more tables than it may.
    pub(crate) fn tables(tables_max: usize) -> Self {
        let (what, limit) = ("the number of tables".to_owned(), format!("limits.tables = {tables_max}"));
        Self::Limit { what, limit, later: false }
    }

    /// Sorts out what DataFusion reports while it plans: what it calls a defect of its own is most often a statement whose
    /// types do not go together. No row has been read yet, so its words hold names and literals of the statement only.
    pub(crate) fn from_planning(cause: &DataFusionError, limits: &crate::limits::Limits) -> Self {
        match cause.find_root() {
            DataFusionError::Internal(message) if weft(cause).is_none() => {
                tracing::info!(%message, "a statement could not be planned");
                Self::Plan { message: first_line(message) }
            }
            _ => Self::from_datafusion(cause, limits),
        }
    }

    /// Sorts out what DataFusion reports. Anything from below the seal has been replaced there already.
    pub(crate) fn from_datafusion(cause: &DataFusionError, limits: &crate::limits::Limits) -> Self {
        if let Some(error) = weft(cause) {
            return error;
        }
        match cause.find_root() {
            DataFusionError::SQL(parser, _) => Self::Syntax { message: lower_first(&parser.to_string()) },
            DataFusionError::Plan(message) => Self::Plan { message: first_line(message) },
            DataFusionError::Configuration(message) => Self::Plan { message: first_line(message) },
            DataFusionError::NotImplemented(message) => {
                Self::Refused { what: first_line(message), position: String::new(), hint: None }
            }
            DataFusionError::SchemaError(schema, _) => Self::Plan { message: first_line(&schema.to_string()) },
            DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
                ArrowError::IoError(message, _) => spilling(message, limits),
                other => Self::Execution { message: first_line(&other.to_string()) },
            },
            DataFusionError::IoError(cause) => spilling(&cause.to_string(), limits),
            DataFusionError::Execution(message) => Self::Execution { message: first_line(message) },
            DataFusionError::ResourcesExhausted(message) => exhausted(message, limits),
            // The planner turns constant folding errors and failed joins of plans into these.
            other => match regular_expression(&other.to_string()) {
                Some(message) => Self::Execution { message },
                None => Self::internal(other),
            },
        }
    }
}

/// One of our own errors that went through DataFusion.
fn weft(cause: &DataFusionError) -> Option<Error> {
    match cause {
        DataFusionError::External(inner) => {
            if let Some(error) = inner.downcast_ref::<Error>() {
                return Some(error.clone());
            }
            if let Some(error) = inner.downcast_ref::<weft_govern::error::Error>() {
                return Some(Error::Govern(Arc::new(error.clone())));
            }
            inner.downcast_ref::<DataFusionError>().and_then(weft)
        }
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => weft(inner),
        DataFusionError::Shared(inner) => weft(inner),
        DataFusionError::Collection(all) => all.first().and_then(weft),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::ExternalError(inner) => inner.downcast_ref::<DataFusionError>().and_then(weft).or_else(|| {
                inner.downcast_ref::<weft_govern::error::Error>().map(|e| Error::Govern(Arc::new(e.clone())))
            }),
            _ => None,
        },
        _ => None,
    }
}

/// What is wrong with a regular expression: the engine hands its compiler's error on as one of its own.
fn regular_expression(cause: &str) -> Option<String> {
    if cause.contains("exceeds size limit") || cause.contains("CompiledTooBig") {
        return Some("the regular expression is too large once compiled".to_owned());
    }
    let fault = cause
        .split_once("regex parse error")
        .and_then(|(_, rest)| rest.lines().find_map(|line| line.trim().strip_prefix("error: ")));
    fault.map(|fault| format!("the regular expression is not valid: {fault}"))
}

/// Files are read below the seal, where errors are replaced; above it only spill files are read and written. That their
/// quota is used up is told in words alone.
fn spilling(message: &str, limits: &crate::limits::Limits) -> Error {
    if message.contains("the spilling process has exceeded") {
        exhausted(message, limits)
    } else {
        Error::internal(&message)
    }
}

/// The text names other statements' operators, so it stays on the server.
fn exhausted(message: &str, limits: &crate::limits::Limits) -> Error {
    tracing::info!(%message, "a statement ran out of a resource");
    if message.contains("disk") || message.contains("spill") || message.contains("temp") {
        Error::Limit {
            what: "the statement's spill".to_owned(),
            limit: format!("spill.max = {} bytes", limits.spill_bytes),
            later: false,
        }
    } else {
        Error::Limit {
            what: "the statement's memory".to_owned(),
            limit: format!("limits.statement_memory = {} bytes", limits.statement_memory),
            later: false,
        }
    }
}

/// The first line, without the words by which the engine calls its own layers, and without the attempts it lists.
fn first_line(message: &str) -> String {
    let mut line = message.lines().next().unwrap_or_default();
    while let Some(rest) = LAYERS.iter().find_map(|layer| line.strip_prefix(layer)) {
        line = rest;
    }
    lower_first(line.split(", errors: ").next().unwrap_or(line).trim_end_matches('.'))
}

/// How DataFusion begins its messages, one inside the other.
const LAYERS: [&str; 4] = ["Error during planning: ", "Internal error: ", "Execution error: ", "Arrow error: "];

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    match chars.next() {
        Some(first) if chars.clone().next().is_some_and(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => message.to_owned(),
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}
