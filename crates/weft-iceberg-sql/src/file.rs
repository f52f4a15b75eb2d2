//! How the file is opened: to be read, within bounds, and without running anything that it defines.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Transaction};
use weft_storage::catalog::CatalogFault;

use crate::failure::{VALUE_BYTES_MAX, fault, unreachable, unusable};

/// The longest wait for whoever has the file locked.
pub(crate) const BUSY_MAX: Duration = Duration::from_secs(5);

/// The longest that an answer may take, waiting for locks included.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(10);

/// After how many of SQLite's steps the time is looked at.
const STEPS: i32 = 1000;

/// How long to wait, and for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For whoever has the file locked.
    pub busy: Duration,
    /// For the answer.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { busy: BUSY_MAX, answer: ANSWER_MAX }
    }
}

/// Asks the file: everything that is asked sees it as it was at one moment. Blocks.
pub(crate) fn ask<T>(
    path: &Path,
    patience: Patience,
    question: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogFault>,
) -> Result<T, CatalogFault> {
    // Opening what is no plain file may wait without end.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(unusable("its file is not a plain file")),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(unreachable("its file is not there")),
        Err(_) => return Err(unreachable("its file cannot be looked at")),
    }
    if written_ahead(path)? {
        // Whoever reads such a file writes beside it, and its owner may then no longer write.
        return Err(unusable("its file is in the journal mode WAL, whose readers write beside it; another mode is needed"));
    }
    let mut connection = opened(path, patience).map_err(fault)?;
    let moment = connection.transaction().map_err(fault)?;
    question(&moment)
}

/// Whether a file is in the journal mode WAL: "The Database Header" of SQLite's file format, bytes 18 and 19.
fn written_ahead(path: &Path) -> Result<bool, CatalogFault> {
    let mut header = [0_u8; 20];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => Ok(header.starts_with(b"SQLite format 3\0") && header.ends_with(&[2, 2])),
        // SQLite says better what is wrong with it.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(_) => Err(unreachable("its file cannot be read")),
    }
}

fn opened(path: &Path, patience: Patience) -> rusqlite::Result<Connection> {
    let end = Instant::now() + patience.answer;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience.busy)?;
    connection.progress_handler(STEPS, Some(move || Instant::now() >= end))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}
