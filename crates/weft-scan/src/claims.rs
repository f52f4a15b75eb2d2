//! What texts whose lengths are written as deltas become.
//!
//! The decoder reserves room for as many lengths as the page says there are, before it reads one of them: a page of twenty
//! bytes may say two billion, since lengths that are all alike take no bits. And texts that begin as the one before share
//! that on disk only. What is said stands inside what is compressed, so such pages are unpacked here first, one at a time.
//! The encodings are those of the Parquet format's own description.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::offset_index::PageLocation;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use crate::outline::{self, Flaw, zigzag};

/// What the decoder reserves for each text: the length, and how much of it the text before has too.
const CLAIMED_BYTES: u64 = 8;
/// The most texts that a page may claim; they take a gigabyte before the first is read.
const TEXTS_MAX: u64 = 1 << 27;
/// The most bits of a difference.
const WIDTH_MAX: u8 = 32;
/// The bytes in which the length of levels is written.
const LEVELS_BYTES: usize = 4;

/// The bytes that the decoder makes of each of the pages with such lengths; `pages` are those of `bytes` that have them.
/// Others may go on between one and the next.
///
/// # Errors
/// When a page cannot be unpacked, ends before its lengths do, or claims more texts than its header.
pub(crate) async fn claimed(column: &ColumnChunkMetaData, bytes: &Bytes, pages: &[Range<usize>]) -> Result<Vec<u64>> {
    let texts = matches!(column.column_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    let Some(first) = pages.first().filter(|_| texts) else { return Ok(vec![0; pages.len()]) };
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
    let mut claimed = Vec::with_capacity(pages.len());
    while let Some(page) = reader.get_next_page()? {
        claimed.push(decoded(&page, column.column_descr())?);
        drop(page);
        breathe().await;
    }
    Ok(claimed)
}

/// Lets others go on, and whoever wants to end this end it.
pub(crate) async fn breathe() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The bytes that a page becomes.
fn decoded(page: &Page, column: &ColumnDescriptor) -> Result<u64> {
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
    let mut lengths = Deltas::of(values, page.num_values())?;
    match encoding {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => Ok(lengths.count.saturating_mul(CLAIMED_BYTES)),
        Encoding::DELTA_BYTE_ARRAY => {
            let shared = Deltas::of(values, page.num_values())?;
            lengths.pass()?;
            texts(shared, Deltas::of(lengths.rest, page.num_values())?)
        }
        _ => Ok(0),
    }
}

/// The bytes that texts become: for each, how much it shares with the one before, and how long the rest of it is.
fn texts(mut shared: Deltas<'_>, mut rest: Deltas<'_>) -> Result<u64> {
    let mut bytes = shared.count.max(rest.count).saturating_mul(CLAIMED_BYTES);
    let mut before = 0;
    while let (Some(shared), Some(rest)) = (shared.length()?, rest.length()?) {
        if shared > before {
            return Err(ParquetError::General("a text of it shares more with the one before than that has".to_owned()));
        }
        before = shared.saturating_add(rest);
        bytes = bytes.saturating_add(before);
    }
    Ok(bytes)
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

/// Lengths that are written as differences, in blocks of small blocks that each have a width.
struct Deltas<'a> {
    /// Behind what was read.
    rest: &'a [u8],
    /// How many lengths are claimed.
    count: u64,
    /// The small blocks of a block.
    parts: usize,
    /// The lengths of a small block.
    part: u64,
    /// Those that were not read yet.
    left: u64,
    /// The length that was read last.
    last: i64,
    /// The least difference of the block.
    least: i64,
    /// The widths of small blocks that were not begun.
    widths: &'a [u8],
    /// The small block that is read: its width, its bytes, the bits of them that wait, and how many lengths are left.
    width: u8,
    packed: &'a [u8],
    bits: u64,
    waiting: u32,
    here: u64,
}

impl<'a> Deltas<'a> {
    /// Reads the header, where the first length stands.
    fn of(mut bytes: &'a [u8], values: u32) -> Result<Self> {
        let [block, parts, count, first] =
            [number(&mut bytes)?, number(&mut bytes)?, number(&mut bytes)?, number(&mut bytes)?];
        let most = u64::from(values).min(TEXTS_MAX);
        if count > most {
            return Err(ParquetError::General(format!("a page of it claims {count} texts, and has {most} at most")));
        }
        let part = block.checked_div(parts).filter(|part| *part > 0).ok_or_else(short)?;
        let parts = usize::try_from(parts).map_err(|_| short())?;
        let (widths, packed): (&[u8], &[u8]) = (&[], &[]);
        let (width, bits, waiting, here) = (0, 0, 0, 0);
        Ok(Self { rest: bytes, count, parts, part, left: count, last: zigzag(first), least: 0, widths, width, packed, bits, waiting, here })
    }

    /// Passes over all of them.
    fn pass(&mut self) -> Result<()> {
        self.left = self.left.saturating_sub(1);
        while self.left > 0 {
            self.begin()?;
            self.left -= self.here;
        }
        Ok(())
    }

    /// The next length.
    fn length(&mut self) -> Result<Option<u64>> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.left < self.count {
            if self.here == 0 {
                self.begin()?;
            }
            while self.waiting < u32::from(self.width) {
                let (byte, packed) = self.packed.split_first().ok_or_else(short)?;
                self.bits |= u64::from(*byte) << self.waiting;
                (self.packed, self.waiting) = (packed, self.waiting + 8);
            }
            let more = self.bits & ((1 << self.width) - 1);
            self.bits >>= self.width;
            self.waiting -= u32::from(self.width);
            self.here -= 1;
            self.last = wrapped(self.last.wrapping_add(self.least).wrapping_add(more.cast_signed()));
        }
        self.left -= 1;
        u64::try_from(self.last).map(Some).map_err(|_| ParquetError::General("a length of its texts is negative".to_owned()))
    }

    /// Begins the next small block. Those behind the last length have no bytes, whatever width is written for them.
    fn begin(&mut self) -> Result<()> {
        if self.widths.is_empty() {
            self.least = zigzag(number(&mut self.rest)?);
            (self.widths, self.rest) = self.rest.split_at_checked(self.parts).ok_or_else(short)?;
        }
        let (width, widths) = self.widths.split_first().ok_or_else(short)?;
        if *width > WIDTH_MAX {
            return Err(ParquetError::General("lengths of its texts are wider than any".to_owned()));
        }
        let bytes = u128::from(*width) * u128::from(self.part) / 8;
        let bytes = usize::try_from(bytes).map_err(|_| short())?;
        (self.packed, self.rest) = self.rest.split_at_checked(bytes).ok_or_else(short)?;
        (self.width, self.widths) = (*width, widths);
        (self.bits, self.waiting) = (0, 0);
        self.here = self.left.min(self.part);
        Ok(())
    }
}

/// Lengths have 32 bits, and go round.
fn wrapped(length: i64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "that is how they go round")]
    let length = length as i32;
    i64::from(length)
}

/// A number of any length.
fn number(bytes: &mut &[u8]) -> Result<u64> {
    outline::number(bytes).map_err(|flaw| if flaw == Flaw::Short { short() } else { flaw.into() })
}

fn short() -> ParquetError {
    ParquetError::General("the lengths of its texts end early".to_owned())
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringArray, StringBuilder};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::metadata::ParquetMetaDataReader;
    use parquet::file::properties::{WriterProperties, WriterVersion};

    use super::*;
    use crate::outline::pages;

    /// Texts that share a lot with the one before, and NULLs.
    fn texts() -> Vec<Option<String>> {
        let text = |at: usize| format!("{}{at}", "common beginning ".repeat(at / 700 + 1));
        (0..5_000).map(|at| (at % 11 != 3).then(|| text(at))).collect()
    }

    fn written(column: ArrayRef, encoding: Encoding, version: WriterVersion, compression: Compression) -> Bytes {
        let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(encoding)
            .set_writer_version(version)
            .set_compression(compression)
            .set_data_page_row_count_limit(1_000)
            .set_write_batch_size(500)
            .build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes.into()
    }

    #[test]
    fn what_texts_become_is_known_before_they_are_decoded() {
        let flat: ArrayRef = Arc::new(StringArray::from(texts()));
        let mut lists = ListBuilder::new(StringBuilder::new());
        for (at, text) in texts().into_iter().enumerate() {
            lists.values().append_option(text);
            if at % 3 == 0 {
                lists.append(at % 2 == 0);
            }
        }
        let held = |texts: &[Option<String>]| texts.iter().flatten().map(|text| text.len() as u64).sum::<u64>();
        let bytes = held(&texts());
        let count = texts().iter().flatten().count() as u64;
        for column in [flat, Arc::new(lists.finish()) as ArrayRef] {
            for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
                for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())] {
                    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
                        let file = written(Arc::clone(&column), encoding, version, compression);
                        let footer = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
                        let chunk = footer.row_group(0).column(0);
                        let (start, length) = chunk.byte_range();
                        let range = usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap();
                        let data = file.slice(range);
                        let found = pages(&data).unwrap();
                        let places: Vec<_> = found.data.iter().map(|page| page.place.clone()).collect();
                        assert!(places.len() > 1 && found.data.iter().all(|page| page.delta_lengths));
                        let claimed = futures::executor::block_on(claimed(chunk, &data, &places)).unwrap();
                        let all: u64 = claimed.iter().sum();
                        let lengths = count * CLAIMED_BYTES;
                        let wanted = if encoding == Encoding::DELTA_BYTE_ARRAY { bytes + lengths..=bytes + 2 * lengths } else { lengths..=lengths };
                        let whole = column.data_type().is_nested() || wanted.contains(&all);
                        assert!(whole, "{encoding:?} {version:?} {compression:?}: {claimed:?}, {wanted:?}");
                        assert!(claimed.len() == places.len() && claimed.iter().all(|page| *page > 0), "{claimed:?}");
                    }
                }
            }
        }
    }
}
