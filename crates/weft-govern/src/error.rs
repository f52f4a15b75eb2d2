//! What can go wrong at the enforcement point, and what a client is told of it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::ArrowError;
use datafusion_common::DataFusionError;
use weft_model::name::ProductName;
use weft_model::report::{Code, Kind, Report};
use weft_scan::cause::{ended, stored};
use weft_scan::parquet_port::said;

/// Where causes are logged: what each was, with its product, file and reference.
pub const LOG: &str = module_path!();

/// The code of a scan that failed below the enforcement point.
pub const SCAN_FAILED: Code = Code::new("WEFT-G001", Kind::FailedPrecondition, "58000");
/// The code of a scan whose storage did not give what it has.
pub const NOT_REACHED: Code = Code::new("WEFT-G004", Kind::Unavailable, "58030");
/// The code of a plan that contains something that is not governed.
pub const NOT_GOVERNED: Code = Code::new("WEFT-G002", Kind::Internal, "XX000");
/// The code of a decision that cannot be enforced.
pub const NOT_ENFORCEABLE: Code = Code::new("WEFT-G003", Kind::FailedPrecondition, "55000");

/// Finds the cause in the server's log; says nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference(u64);

impl Reference {
    /// A new reference, unique in this process.
    #[must_use]
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{:06}", self.0)
    }
}

/// An error of the enforcement point. Nothing in it comes from data, storage or policy text.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Reading the product failed below the seal; the cause is in the log under the reference.
    #[error("reading product `{product}` failed (reference {reference})")]
    Scan {
        /// The product.
        product: ProductName,
        /// Finds the cause in the log.
        reference: Reference,
    },
    /// The storage of the product failed while it was opened or read; the cause is in the log under the reference.
    #[error("the storage of product `{product}` failed (reference {reference})")]
    Reach {
        /// The product.
        product: ProductName,
        /// Finds the cause in the log.
        reference: Reference,
    },
    /// The decision asks for what cannot be enforced on this table.
    #[error("the policy of product `{product}` cannot be applied (reference {reference})")]
    Enforce {
        /// The product.
        product: ProductName,
        /// Finds the cause in the log.
        reference: Reference,
    },
    /// A plan node is not one that may run.
    #[error("the plan contains a node that may not run (reference {reference})")]
    NotGoverned {
        /// Finds the node in the log.
        reference: Reference,
    },
}

impl Report for Error {
    fn code(&self) -> Code {
        match self {
            Self::Scan { .. } => SCAN_FAILED,
            Self::Reach { .. } => NOT_REACHED,
            Self::Enforce { .. } => NOT_ENFORCEABLE,
            Self::NotGoverned { .. } => NOT_GOVERNED,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Scan { product, reference } => {
                Some(format!("Ask the owners of `{product}` and name the reference {reference}."))
            }
            Self::Reach { product, reference } => Some(format!(
                "Try again; if it stays so, ask the owners of `{product}` and name the reference {reference}."
            )),
            Self::Enforce { .. } | Self::NotGoverned { .. } => {
                Some("Ask the operators of this server and name the reference.".to_owned())
            }
        }
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}

/// True for what an expression of the query says of a value it was given: a division by zero, a cast that fails.
///
/// A native scan evaluates the query's own expressions, over values that the caller may see.
pub(crate) fn of_the_query(cause: &DataFusionError) -> bool {
    match cause {
        DataFusionError::Execution(_) => true,
        DataFusionError::ArrowError(arrow, _) => matches!(
            arrow.as_ref(),
            ArrowError::DivideByZero
                | ArrowError::ArithmeticOverflow(_)
                | ArrowError::CastError(_)
                | ArrowError::ComputeError(_)
                | ArrowError::InvalidArgumentError(_)
                | ArrowError::ParseError(_)
        ),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => of_the_query(inner),
        DataFusionError::Shared(inner) => of_the_query(inner),
        _ => false,
    }
}

/// What a scan tells when the statement's memory is used up: that, and of nobody's data.
pub(crate) fn out_of_memory(cause: &DataFusionError) -> Option<DataFusionError> {
    let out = matches!(cause.find_root(), DataFusionError::ResourcesExhausted(_));
    out.then(|| DataFusionError::ResourcesExhausted("a scan takes more memory than the statement has left".to_owned()))
}

/// Logs the cause of a failed scan and gives back what the client may know.
pub(crate) fn replaced(product: &ProductName, file: Option<&str>, cause: &DataFusionError) -> Error {
    let reference = Reference::next();
    if ended(cause) {
        // What it was ended by is told where that happened; the file at hand has no part in it.
        tracing::info!(target: "weft_govern::ended", %product, %reference, "part of a scan was ended");
        return Error::Scan { product: product.clone(), reference };
    }
    let stored = stored(cause);
    let text = stored.clone().unwrap_or_else(|| said(cause));
    tracing::warn!(%product, %reference, file, cause = text, "scan failed");
    let product = product.clone();
    match stored {
        Some(_) => Error::Reach { product, reference },
        None => Error::Scan { product, reference },
    }
}

/// Logs why a product's storage did not let it be opened and gives back what the client may know.
#[must_use]
pub fn not_reached(product: &ProductName, cause: &dyn fmt::Display) -> Error {
    let reference = Reference::next();
    tracing::warn!(%product, %reference, cause = said(cause), "storage failed");
    Error::Reach { product: product.clone(), reference }
}

/// Logs why a decision cannot be enforced and gives back what the client may know.
pub(crate) fn not_enforceable(product: &ProductName, cause: &dyn fmt::Display) -> Error {
    let reference = Reference::next();
    tracing::warn!(%product, %reference, %cause, "decision cannot be enforced");
    Error::Enforce { product: product.clone(), reference }
}
