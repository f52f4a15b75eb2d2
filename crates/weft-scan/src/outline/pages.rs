//! The pages of a column, as their headers describe them.

use std::ops::Range;

use parquet::file::page_index::offset_index::PageLocation;

use super::flaw::Flaw;
use super::layout::{
    DATA, DATA_V2, DICTIONARY, ENCODING, ENCODING_V2, PACKED, PAGE, PAGE_TYPE, UNPACKED, VALUES,
};
use super::thrift::{Met, walk};

/// The numbers that headers give to kinds of pages, and the structure of the header that is about each.
const OF_DATA: (i64, Option<i16>) = (0, Some(DATA));
/// It says nothing of values.
const OF_INDEX: (i64, Option<i16>) = (1, None);
const OF_DICTIONARY: (i64, Option<i16>) = (2, Some(DICTIONARY));
const OF_DATA_V2: (i64, Option<i16>) = (3, Some(DATA_V2));
/// The numbers of encodings that write the lengths of texts as deltas.
const DELTA_LENGTHS: [i64; 2] = [6, 7];
/// What a value takes where it is pointed at, in bytes.
const VIEW_BYTES: u64 = 16;
/// The rows that are decoded at a time.
pub(crate) const BATCH_ROWS: u64 = 16_384;
/// How many values a byte may hold before each of them is counted: runs of one value are short.
const VALUES_PER_BYTE: u64 = 128;

/// What pages hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Bytes of the dictionary, which stays as long as the column is read.
    pub(crate) dictionary: u64,
    /// Values of the dictionary.
    pub(crate) entries: u64,
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
    /// Bytes that it unpacks to.
    pub(crate) size: u64,
    /// How many values it claims, NULLs included.
    pub(crate) values: u64,
    /// True when it claims how many texts it holds a second time, where the lengths of texts stand.
    pub(crate) delta_lengths: bool,
}

impl Pages {
    /// About how many bytes they take while one batch is decoded, where each of the data pages becomes as many as `becomes`
    /// says, by its number. Rows of a `repeated` column may hold any number of values.
    pub(crate) fn held(&self, repeated: bool, becomes: &dyn Fn(usize) -> u64) -> u64 {
        let dictionary = self.dictionary.saturating_add(self.entries.saturating_mul(VIEW_BYTES));
        let bytes = self.data.iter().map(|page| u64::try_from(page.place.len()).unwrap_or(u64::MAX)).fold(0, u64::saturating_add);
        let runs = repeated && self.values > bytes.saturating_mul(VALUES_PER_BYTE);
        let values = if runs { self.values.saturating_mul(VIEW_BYTES) } else { 0 };
        dictionary.saturating_add(self.batch(becomes)).saturating_add(values)
    }

    /// The most that pages take together which a batch may meet: those between its first and its last have fewer values
    /// than it has rows.
    fn batch(&self, becomes: &dyn Fn(usize) -> u64) -> u64 {
        let (mut most, mut held, mut between, mut first) = (0_u64, 0_u64, 0_u64, 0);
        for last in 0..self.data.len() {
            held = held.saturating_add(becomes(last));
            let values = |at: usize| self.data.get(at).map_or(0, |page| page.values);
            if last > first + 1 {
                between = between.saturating_add(values(last - 1));
            }
            while between >= BATCH_ROWS {
                held = held.saturating_sub(becomes(first));
                first += 1;
                between = between.saturating_sub(values(first));
            }
            most = most.max(held);
        }
        most
    }
}

impl Pages {
    /// True when these are the pages that an index places in a range of the file, with as many values as there are rows to
    /// each, if `rows` says how many a row group has whose every row holds one. Of pages without values it need not know.
    pub(crate) fn are_at(&self, index: &[PageLocation], range: &Range<u64>, rows: Option<i64>) -> bool {
        let offset = |page: &PageLocation| u64::try_from(page.offset).unwrap_or(0);
        let mut next = index.partition_point(|page| offset(page) < range.start);
        for page in &self.data {
            let at = u64::try_from(page.place.start).ok().and_then(|start| range.start.checked_add(start));
            let Some(place) = index.get(next).filter(|place| Some(offset(place)) == at) else {
                if page.values > 0 { return false } else { continue }
            };
            next += 1;
            let end = index.get(next).map(|after| after.first_row_index).or(rows);
            let told = rows.and(end).map(|end| end.saturating_sub(place.first_row_index));
            if told.is_some_and(|told| u64::try_from(told) != Ok(page.values)) {
                return false;
            }
        }
        index.get(next).is_none_or(|place| offset(place) >= range.end)
    }
}

/// Walks pages one after the other.
///
/// # Errors
/// When a header is none or is about another kind of page, when a page does not end where its column does, or when nothing
/// follows nothing: the decoder takes that for the end.
pub(crate) fn pages(bytes: &[u8]) -> Result<Pages, Flaw> {
    let mut pages = Pages::default();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (mut kind, mut unpacked, mut packed, mut values, mut delta_lengths) = (0, 0, 0, 0, false);
        let mut about = None;
        let head = walk(rest, PAGE, &mut |path, met, _| {
            match (path, met) {
                ([id @ (DATA | DICTIONARY | DATA_V2)], Met::Begin) if about.replace(*id).is_some() => {
                    return Err(Flaw::Twice(*id));
                }
                ([PAGE_TYPE], Met::Number(number)) => kind = number,
                ([UNPACKED], Met::Number(number)) => unpacked = number,
                ([PACKED], Met::Number(number)) => packed = number,
                ([DATA | DICTIONARY | DATA_V2, VALUES], Met::Number(number)) => values = number,
                ([DATA, ENCODING] | [DATA_V2, ENCODING_V2], Met::Number(number)) => {
                    delta_lengths |= DELTA_LENGTHS.contains(&number);
                }
                _ => {}
            }
            Ok(())
        })?;
        let size = u64::try_from(unpacked).map_err(|_| Flaw::Type(UNPACKED))?;
        let length = usize::try_from(packed).map_err(|_| Flaw::Type(PACKED))?;
        let values = u64::try_from(values).map_err(|_| Flaw::Type(VALUES))?;
        let end = at.saturating_add(head).saturating_add(length);
        if end > bytes.len() {
            return Err(Flaw::Short);
        }
        match (kind, about) {
            OF_DICTIONARY => {
                // Each takes a byte at least.
                if values > size {
                    return Err(Flaw::List(values));
                }
                (pages.dictionary, pages.entries) = (pages.dictionary.max(size), pages.entries.max(values));
            }
            OF_DATA | OF_DATA_V2 => {
                if values == 0 && pages.data.last().is_some_and(|page| page.values == 0) {
                    return Err(Flaw::Empty);
                }
                pages.values = pages.values.saturating_add(values);
                pages.data.push(DataPage { place: at..end, size, values, delta_lengths });
            }
            OF_INDEX => {}
            _ => return Err(Flaw::Type(PAGE_TYPE)),
        }
        at = end;
    }
    Ok(pages)
}
