//! Page indexes.

use super::flaw::Flaw;
use super::layout::{COLUMN_INDEX, OFFSET_INDEX};
use super::thrift::{Kind, Met, walk};

/// The most entries of one column's index: decoded, each takes tens of bytes.
const ENTRIES_MAX: u64 = 1_000_000;

/// Walks the column index of one column.
///
/// # Errors
/// What the decoder might not survive.
pub(crate) fn column_index(bytes: &[u8]) -> Result<(), Flaw> {
    index(bytes, COLUMN_INDEX)
}

/// Walks the offset index of one column.
///
/// # Errors
/// What the decoder might not survive.
pub(crate) fn offset_index(bytes: &[u8]) -> Result<(), Flaw> {
    index(bytes, OFFSET_INDEX)
}

fn index(bytes: &[u8], fields: &'static [(i16, Kind)]) -> Result<(), Flaw> {
    let mut entries = 0;
    walk(bytes, fields, &mut |_, met, _| {
        if let Met::List(count) = met {
            entries += count;
        }
        if entries > ENTRIES_MAX { Err(Flaw::Many("entries", ENTRIES_MAX)) } else { Ok(()) }
    })?;
    Ok(())
}
