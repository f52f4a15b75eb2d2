//! The pages of a column, as their headers describe them.

use super::flaw::Flaw;
use super::layout::{DATA, DATA_V2, DICTIONARY, PACKED, PAGE, PAGE_TYPE, UNPACKED, VALUES};
use super::thrift::{Met, walk};

/// The number that headers give to a dictionary.
const OF_DICTIONARY: i64 = 2;
/// What a value takes where it is pointed at, in bytes.
const VIEW_BYTES: u64 = 16;
/// The rows that are decoded at a time.
const BATCH_ROWS: u64 = 16_384;
/// How many values a byte may hold before each of them is counted: runs of one value are short.
const VALUES_PER_BYTE: u64 = 1_000;

/// What pages hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Bytes of the dictionary, which stays as long as the column is read.
    pub(crate) dictionary: u64,
    /// Values of the dictionary.
    pub(crate) entries: u64,
    /// Bytes of the largest of the others.
    pub(crate) largest: u64,
    /// Bytes of all others.
    pub(crate) all: u64,
    /// Values of all others.
    pub(crate) values: u64,
}

impl Pages {
    /// About how many bytes they take while one batch is decoded, from so many bytes as they lie. Rows of a `repeated`
    /// column may hold any number of values.
    pub(crate) fn held(self, bytes: u64, repeated: bool) -> u64 {
        let dictionary = self.dictionary.saturating_add(self.entries.saturating_mul(VIEW_BYTES));
        // Where values are large, a batch keeps several pages.
        let share = BATCH_ROWS.min(self.values.max(1));
        let batch = u128::from(self.all) * u128::from(share) / u128::from(self.values.max(1));
        let pages = u64::try_from(batch).unwrap_or(u64::MAX).max(self.largest);
        let runs = repeated && self.values > bytes.saturating_mul(VALUES_PER_BYTE);
        let values = if runs { self.values.saturating_mul(VIEW_BYTES) } else { 0 };
        dictionary.saturating_add(pages).saturating_add(values)
    }
}

/// Walks pages one after the other.
///
/// # Errors
/// When a header is none, or a page does not end where its column does.
pub(crate) fn pages(mut bytes: &[u8]) -> Result<Pages, Flaw> {
    let mut pages = Pages::default();
    while !bytes.is_empty() {
        let (mut kind, mut unpacked, mut packed, mut values) = (0, 0, 0, 0);
        let head = walk(bytes, PAGE, &mut |path, met, _| {
            if let Met::Number(number) = met {
                match path {
                    [PAGE_TYPE] => kind = number,
                    [UNPACKED] => unpacked = number,
                    [PACKED] => packed = number,
                    [DATA | DICTIONARY | DATA_V2, VALUES] => values = number,
                    _ => {}
                }
            }
            Ok(())
        })?;
        let size = u64::try_from(unpacked).map_err(|_| Flaw::Type(UNPACKED))?;
        let length = usize::try_from(packed).map_err(|_| Flaw::Type(PACKED))?;
        let values = u64::try_from(values).map_err(|_| Flaw::Type(VALUES))?;
        if kind == OF_DICTIONARY {
            // Each takes a byte at least.
            if values > size {
                return Err(Flaw::List(values));
            }
            (pages.dictionary, pages.entries) = (pages.dictionary.max(size), pages.entries.max(values));
        } else {
            pages.largest = pages.largest.max(size);
            pages.all = pages.all.saturating_add(size);
            pages.values = pages.values.saturating_add(values);
        }
        bytes = bytes.get(head.saturating_add(length)..).ok_or(Flaw::Short)?;
    }
    Ok(pages)
}
