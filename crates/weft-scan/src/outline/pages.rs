//! The pages of a column, as their headers describe them.

use std::ops::Range;

use parquet::file::page_index::offset_index::PageLocation;

use super::flaw::Flaw;
use super::layout::{
    DATA, DATA_V2, DICTIONARY, ENCODING, ENCODING_V2, PACKED, PAGE, PAGE_TYPE, UNPACKED, VALUES,
};
use super::thrift::{Met, walk};

/// The number that headers give to a dictionary.
const OF_DICTIONARY: i64 = 2;
/// The number that headers give to what says nothing of values.
const OF_INDEX: i64 = 1;
/// The numbers of encodings that write the lengths of texts as deltas.
const DELTA_LENGTHS: [i64; 2] = [6, 7];
/// What a value takes where it is pointed at, in bytes.
const VIEW_BYTES: u64 = 16;
/// The rows that are decoded at a time.
const BATCH_ROWS: u64 = 16_384;
/// How many values a byte may hold before each of them is counted: runs of one value are short.
const VALUES_PER_BYTE: u64 = 1_000;

/// What pages hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Those that hold values, in order.
    pub(crate) data: Vec<DataPage>,
}

/// A page that holds values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataPage {
    /// Where it lies, with its header.
    pub(crate) place: Range<usize>,
    /// How many values it claims, NULLs included.
    pub(crate) values: u64,
    /// True when it claims how many texts it holds a second time, where the lengths of texts stand.
    pub(crate) delta_lengths: bool,
}

impl Pages {
    /// The share that one batch has in what all pages take.
    pub(crate) fn batch(&self, all: u64) -> u64 {
        let values = self.values.max(1);
        let batch = u128::from(all) * u128::from(BATCH_ROWS.min(values)) / u128::from(values);
        u64::try_from(batch).unwrap_or(u64::MAX)
    }

    /// About how many bytes they take while one batch is decoded, from so many bytes as they lie. Rows of a `repeated`
    /// column may hold any number of values.
    pub(crate) fn held(&self, bytes: u64, repeated: bool) -> u64 {
        let dictionary = self.dictionary.saturating_add(self.entries.saturating_mul(VIEW_BYTES));
        // Where values are large, a batch keeps several pages.
        let pages = self.batch(self.all).max(self.largest);
        let runs = repeated && self.values > bytes.saturating_mul(VALUES_PER_BYTE);
        let values = if runs { self.values.saturating_mul(VIEW_BYTES) } else { 0 };
        dictionary.saturating_add(pages).saturating_add(values)
    }
}

impl Pages {
    /// True when these are the pages that an index places in a range of the file, with as many values as there are rows to
    /// each, if `rows` says how many a row group has whose every row holds one. Of pages without values it need not know.
    pub(crate) fn are_at(&self, index: &[PageLocation], range: &Range<u64>, rows: Option<i64>) -> bool {
        let inside = |page: &PageLocation| u64::try_from(page.offset).is_ok_and(|at| range.contains(&at));
        let ends = index.iter().skip(1).map(|next| Some(next.first_row_index)).chain([rows]);
        let mut index = index.iter().zip(ends).filter(|(page, _)| inside(page)).peekable();
        for page in &self.data {
            let at = u64::try_from(page.place.start).ok().and_then(|start| range.start.checked_add(start));
            let here = |place: &PageLocation| u64::try_from(place.offset).ok() == at;
            let Some((place, end)) = index.next_if(|(place, _)| here(place)) else {
                if page.values > 0 { return false } else { continue }
            };
            let told = rows.and(end).map(|end| end.saturating_sub(place.first_row_index));
            if told.is_some_and(|told| u64::try_from(told) != Ok(page.values)) {
                return false;
            }
        }
        index.next().is_none()
    }
}

/// Walks pages one after the other.
///
/// # Errors
/// When a header is none, or a page does not end where its column does.
pub(crate) fn pages(bytes: &[u8]) -> Result<Pages, Flaw> {
    let mut pages = Pages::default();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (mut kind, mut unpacked, mut packed, mut values, mut delta_lengths) = (0, 0, 0, 0, false);
        let head = walk(rest, PAGE, &mut |path, met, _| {
            if let Met::Number(number) = met {
                match path {
                    [PAGE_TYPE] => kind = number,
                    [UNPACKED] => unpacked = number,
                    [PACKED] => packed = number,
                    [DATA | DICTIONARY | DATA_V2, VALUES] => values = number,
                    [DATA, ENCODING] | [DATA_V2, ENCODING_V2] => delta_lengths |= DELTA_LENGTHS.contains(&number),
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
        let end = at.saturating_add(head).saturating_add(length);
        if end > bytes.len() {
            return Err(Flaw::Short);
        }
        if !matches!(kind, OF_INDEX | OF_DICTIONARY) {
            pages.data.push(DataPage { place: at..end, values, delta_lengths });
        }
        at = end;
    }
    Ok(pages)
}
