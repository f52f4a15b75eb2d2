//! What the kernel's errors are to a port.

use std::sync::Arc;

use delta_kernel::KernelError;
use object_store::Error as StoreError;
use parquet::errors::ParquetError;
use weft_port::error::Error;
use weft_port::location::PortLocation;

use crate::place;
use crate::reader::DELTA;

/// What is told of a table that the kernel could not read.
pub(crate) fn told(at: &PortLocation, cause: KernelError) -> Error {
    let location = Arc::clone(&at.spelled);
    match cause {
        KernelError::Backtraced { source, .. } => told(at, *source),
        KernelError::ObjectStore(cause) if !passing(&cause) => Error::Refused { location, cause: clipped(&cause.to_string()) },
        // What the log names and what is not there will not be there the next time, whether it was lost or cleaned away.
        KernelError::ObjectStore(StoreError::NotFound { path, .. }) | KernelError::FileNotFound(path) => {
            let path = path.strip_prefix(place::STORE).unwrap_or(&path).to_owned();
            Error::Corrupt { file: location.to_string(), format: DELTA, cause: format!("`{}` is not there", clipped(&path)) }
        }
        cause if of_the_store(&cause) => Error::Store { location, cause: Arc::from(cause.to_string()) },
        KernelError::EmptyLog => Error::Empty { format: DELTA, location },
        KernelError::Unsupported(cause) => Error::Refused { location, cause: clipped(&cause) },
        cause => Error::Corrupt { file: location.to_string(), format: DELTA, cause: clipped(&cause.to_string()) },
    }
}

/// What of a text is told: it may quote the log, which may hold anything.
fn clipped(text: &str) -> String {
    let plain = |char: char| if char.is_control() { char.escape_debug().to_string() } else { char.to_string() };
    let told: String = text.chars().take(TOLD_CHARS).map(plain).collect();
    if text.chars().nth(TOLD_CHARS).is_some() { format!("{told}…") } else { told }
}

/// The most characters of a cause that are told.
const TOLD_CHARS: usize = 400;

/// True when another try may end otherwise.
fn of_the_store(cause: &KernelError) -> bool {
    match cause {
        KernelError::ObjectStore(_) | KernelError::IOError(_) | KernelError::Cancelled => true,
        KernelError::Parquet(ParquetError::External(inner)) => inner.is::<StoreError>(),
        _ => false,
    }
}

/// False for what a store will never do.
fn passing(cause: &StoreError) -> bool {
    !matches!(cause, StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } | StoreError::InvalidPath { .. })
}
