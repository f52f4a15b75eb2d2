//! The pages of a column, as their headers describe them.

use super::flaw::Flaw;
use super::layout::{PACKED, PAGE, PAGE_TYPE, UNPACKED};
use super::thrift::{Met, walk};

/// The number that headers give to a dictionary.
const DICTIONARY: i64 = 2;

/// The largest page that is usual.
const USUAL_BYTES: u64 = 16 * 1024 * 1024;

/// What becomes of pages in memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// The dictionary, which stays as long as the column is read.
    pub(crate) dictionary: u64,
    /// The largest of the others, of which one is held at a time.
    pub(crate) largest: u64,
}

impl Pages {
    /// What they take beyond pages of the usual size, which writers keep to a megabyte or few.
    pub(crate) fn unusual(self) -> u64 {
        self.dictionary.saturating_sub(USUAL_BYTES) + self.largest.saturating_sub(USUAL_BYTES)
    }
}

/// Walks pages one after the other, as far as the bytes go.
///
/// # Errors
/// When a header is none.
pub(crate) fn pages(mut bytes: &[u8]) -> Result<Pages, Flaw> {
    let mut pages = Pages::default();
    while !bytes.is_empty() {
        let (mut kind, mut unpacked, mut packed) = (0, 0, 0);
        let head = walk(bytes, PAGE, &mut |path, met| {
            if let Met::Number(number) = met {
                match path {
                    [PAGE_TYPE] => kind = number,
                    [UNPACKED] => unpacked = number,
                    [PACKED] => packed = number,
                    _ => {}
                }
            }
            Ok(())
        });
        let head = match head {
            // Some writers count a column's bytes too short; whether rows are missing, the decoder says.
            Err(Flaw::Short) => break,
            head => head?,
        };
        let size = u64::try_from(unpacked).map_err(|_| Flaw::Type(UNPACKED))?;
        let length = usize::try_from(packed).map_err(|_| Flaw::Type(PACKED))?;
        match kind {
            DICTIONARY => pages.dictionary = pages.dictionary.max(size),
            _ => pages.largest = pages.largest.max(size),
        }
        // A page that is cut off is the last one; that it is, the decoder says.
        bytes = bytes.get(head.saturating_add(length)..).unwrap_or_default();
    }
    Ok(pages)
}
