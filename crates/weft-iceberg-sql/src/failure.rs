//! What may go wrong, told without SQLite's own words: those repeat what stands in the file.

use rusqlite::{Error, ErrorCode};
use weft_storage::catalog::CatalogFault;

/// The longest row, in bytes; definitions of tables are rows too.
pub(crate) const VALUE_BYTES_MAX: i32 = 1024 * 1024;

/// What a failure of SQLite means to whoever asks for a table.
pub(crate) fn fault(error: Error) -> CatalogFault {
    let Some(code) = error.sqlite_error() else {
        return unusable("its file is not laid out as a catalog is");
    };
    match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            unreachable("its file is locked by another process")
        }
        ErrorCode::OperationInterrupted => unreachable("it took too long to answer"),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => unreachable("its file cannot be opened"),
        ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory => unreachable("its file cannot be read"),
        // A reader cannot take back what a writer that ended left behind; the next writer does.
        ErrorCode::ReadOnly => unreachable("a writer of its file ended before it was done"),
        ErrorCode::NotADatabase => unusable("its file is not one of SQLite"),
        ErrorCode::DatabaseCorrupt => unusable("its file is damaged"),
        ErrorCode::TooBig => {
            CatalogFault::Unusable(format!("its file holds a row of more than {VALUE_BYTES_MAX} bytes"))
        }
        _ => CatalogFault::Unusable(format!("its file is not laid out as a catalog is (code {})", code.extended_code)),
    }
}

/// What may be otherwise the next time.
pub(crate) fn unreachable(what: &str) -> CatalogFault {
    CatalogFault::Unreachable(what.to_owned())
}

/// What stays as it is.
pub(crate) fn unusable(what: &str) -> CatalogFault {
    CatalogFault::Unusable(what.to_owned())
}
