//! How many texts a page claims to hold whose lengths are written as deltas.
//!
//! The decoder reserves room for as many lengths as the page says there are, before it reads one of them: a page of twenty
//! bytes may say two billion, since lengths that are all alike take no bits. What is said stands inside what is compressed,
//! so such pages are unpacked here first, one at a time. The encodings are those of the Parquet format's own description.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

/// What the decoder reserves for each text: the length, and how much of it the text before has too.
const CLAIMED_BYTES: u64 = 8;
/// The bytes in which the length of levels is written.
const LEVELS_BYTES: usize = 4;

/// The bytes that the decoder reserves for the lengths of the page that claims most; `pages` are those of `bytes` that are
/// written so.
///
/// # Errors
/// When a page cannot be unpacked, or ends before its lengths do.
pub(crate) fn claimed(column: &ColumnChunkMetaData, bytes: &Bytes, pages: &[Range<usize>]) -> Result<u64> {
    let texts = matches!(column.column_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    let Some(first) = pages.first().filter(|_| texts) else { return Ok(0) };
    let number = |at: usize| i64::try_from(at).map_err(|_| short());
    let locations = pages.iter().map(|page| {
        let compressed_page_size = i32::try_from(page.len()).map_err(|_| short())?;
        Ok(PageLocation { offset: number(page.start)?, compressed_page_size, first_row_index: 0 })
    });
    let locations = locations.collect::<Result<Vec<_>>>()?;
    // The same column, as if it began with the first of these pages.
    let part = ColumnChunkMetaData::builder(column.column_descr_ptr())
        .set_compression(column.compression())
        .set_data_page_offset(number(first.start)?)
        .set_total_compressed_size(number(bytes.len())?)
        .build()?;
    let mut reader = SerializedPageReader::new(Arc::new(bytes.clone()), &part, 0, Some(locations))?;
    let mut most = 0;
    while let Some(page) = reader.get_next_page()? {
        most = most.max(lengths(&page, column.column_descr())?);
    }
    Ok(most.saturating_mul(CLAIMED_BYTES))
}

/// The lengths that a page claims.
fn lengths(page: &Page, column: &ColumnDescriptor) -> Result<u64> {
    let (encoding, from) = match page {
        Page::DictionaryPage { .. } => return Ok(0),
        Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
            let mut from = 0;
            for (max, written) in
                [(column.max_rep_level(), rep_level_encoding), (column.max_def_level(), def_level_encoding)]
            {
                if max > 0 {
                    from += levels(max, *num_values, *written, buf.get(from..).ok_or_else(short)?)?;
                }
            }
            (*encoding, from)
        }
        Page::DataPageV2 { encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let from = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
            (*encoding, usize::try_from(from).map_err(|_| short())?)
        }
    };
    let values = page.buffer().get(from..).ok_or_else(short)?;
    // A page of NULLs may hold nothing at all.
    if values.is_empty() {
        return Ok(0);
    }
    let mut deltas = Deltas::of(values)?;
    match encoding {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => Ok(deltas.count),
        // First how much each shares with the one before, then how long the rest of it is.
        Encoding::DELTA_BYTE_ARRAY => {
            let shared = deltas.count;
            deltas.pass()?;
            Ok(shared.max(Deltas::of(deltas.rest)?.count))
        }
        _ => Ok(0),
    }
}

/// The bytes that levels take at the beginning of a page.
fn levels(max: i16, values: u32, encoding: Encoding, bytes: &[u8]) -> Result<usize> {
    if encoding == Encoding::RLE {
        let length = bytes.first_chunk::<LEVELS_BYTES>().ok_or_else(short)?;
        let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| short())?;
        return Ok(LEVELS_BYTES.saturating_add(length));
    }
    // Packed without runs; what is written otherwise the decoder refuses.
    let bits = u64::from(16 - max.leading_zeros());
    usize::try_from((u64::from(values) * bits).div_ceil(8)).map_err(|_| short())
}

/// Numbers that are written as differences, in blocks of small blocks that each have a width.
struct Deltas<'a> {
    /// Behind what was read.
    rest: &'a [u8],
    /// How many numbers are claimed.
    count: u64,
    /// The small blocks of a block.
    parts: usize,
    /// The numbers of a small block.
    part: u64,
}

impl<'a> Deltas<'a> {
    /// Reads the header.
    fn of(mut bytes: &'a [u8]) -> Result<Self> {
        let [block, parts, count, _first] =
            [number(&mut bytes)?, number(&mut bytes)?, number(&mut bytes)?, number(&mut bytes)?];
        let part = block.checked_div(parts).ok_or_else(short)?;
        let parts = usize::try_from(parts).map_err(|_| short())?;
        Ok(Self { rest: bytes, count, parts, part })
    }

    /// Passes over the numbers.
    fn pass(&mut self) -> Result<()> {
        // The first stands in the header.
        let mut left = self.count.saturating_sub(1);
        while left > 0 {
            number(&mut self.rest)?;
            let (widths, mut behind) = self.rest.split_at_checked(self.parts).ok_or_else(short)?;
            for width in widths {
                // Small blocks behind the last number have no bytes, whatever width is written for them.
                if left > 0 {
                    let length = u128::from(*width) * u128::from(self.part) / 8;
                    let length = usize::try_from(length).map_err(|_| short())?;
                    behind = behind.get(length..).ok_or_else(short)?;
                    left = left.saturating_sub(self.part);
                }
            }
            self.rest = behind;
            // A block of nothing never ends.
            if self.parts == 0 || self.part == 0 {
                return Err(short());
            }
        }
        Ok(())
    }
}

/// A number of any length, least significant digits first.
fn number(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0_u64;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first().ok_or_else(short)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(ParquetError::General("a number in it is too long".to_owned()))
}

fn short() -> ParquetError {
    ParquetError::General("the lengths of its texts end early".to_owned())
}
