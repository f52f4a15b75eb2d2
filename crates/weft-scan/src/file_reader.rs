//! How the Parquet decoder reads a file: through the port's own jailed store and our own footer cache.
//!
//! The store is carried here, not looked up by URL, so that nothing a session can name leads to data.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use datafusion_common::Result;
use datafusion_datasource::PartitionedFile;
use datafusion_datasource_parquet::ParquetFileReaderFactory;
use datafusion_execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion_physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::calling::Calling;
use crate::cause::of_the_store;
use crate::chunks::Chunks;
use crate::claims::{breathe, claimed};
use crate::footer::{FileRef, FooterCache};
use crate::meter::Meter;
use crate::outline::{self, BATCH_ROWS, Pages};
use crate::trail::Trail;

/// What the pages of one row group may take without being paid for.
const USUAL_BYTES: u64 = 64 * 1024 * 1024;

/// How long a request may become by what lies between the ranges that are wanted.
const BRIDGED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that is read by a footer without a page index.
#[derive(Clone, Debug)]
pub(crate) struct Pageless(pub(crate) Arc<ParquetMetaData>);

/// Makes readers for the files of one port in one statement.
pub struct LakeReaderFactory {
    /// The port's jailed store.
    pub store: Arc<dyn ObjectStore>,
    /// Tells the store apart in the cache.
    pub binding: Arc<str>,
    /// Where footers are kept.
    pub footers: Arc<FooterCache>,
    /// What the statement reads is counted here.
    pub meter: Arc<Meter>,
    /// Ranges that lie no further apart than this many bytes are read in one request.
    pub coalesce: u64,
    /// What pages of unusual size take is taken from here.
    pub memory: Arc<dyn MemoryPool>,
    /// Which files are read is noted here.
    pub trail: Arc<Trail>,
    /// What the table calls the fields of files, where that is not what files call them.
    pub(crate) calling: Option<Calling>,
}

impl fmt::Debug for LakeReaderFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeReaderFactory").field("binding", &self.binding).finish_non_exhaustive()
    }
}

impl ParquetFileReaderFactory for LakeReaderFactory {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let footer = file.extensions.get::<Pageless>().map(|Pageless(footer)| Arc::clone(footer));
        Ok(Box::new(LakeFileReader { footer, ..self.reader(partition_index, file.object_meta) }))
    }
}

impl LakeReaderFactory {
    /// A reader of one file.
    pub(crate) fn reader(&self, partition: usize, meta: ObjectMeta) -> LakeFileReader {
        LakeFileReader {
            trail: Arc::clone(&self.trail),
            partition,
            store: Arc::clone(&self.store),
            binding: Arc::clone(&self.binding),
            footers: Arc::clone(&self.footers),
            meter: Arc::clone(&self.meter),
            coalesce: self.coalesce,
            memory: MemoryConsumer::new("pages").register(&self.memory),
            calling: self.calling.clone(),
            meta,
            footer: None,
            chunks: OnceLock::new(),
        }
    }
}

/// Reads one file.
pub(crate) struct LakeFileReader {
    trail: Arc<Trail>,
    partition: usize,
    store: Arc<dyn ObjectStore>,
    binding: Arc<str>,
    footers: Arc<FooterCache>,
    meter: Arc<Meter>,
    coalesce: u64,
    memory: MemoryReservation,
    calling: Option<Calling>,
    meta: ObjectMeta,
    footer: Option<Arc<ParquetMetaData>>,
    /// Which column lies where.
    chunks: OnceLock<Chunks>,
}

impl LakeFileReader {
    fn file(&self) -> FileRef<'_> {
        FileRef { binding: &self.binding, store: &self.store, meta: &self.meta, meter: &self.meter }
    }

    /// The footer. Whoever reads data need not have asked this reader for it.
    async fn known(&mut self) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        if let Some(footer) = &self.footer {
            return Ok(Arc::clone(footer));
        }
        let footer = self.footers.called(self.file(), self.calling.as_ref()).await.map_err(shared)?;
        self.footer = Some(Arc::clone(&footer));
        Ok(footer)
    }

    async fn bytes(&mut self, range: Range<u64>) -> parquet::errors::Result<Bytes> {
        let footer = self.known().await?;
        if self.beside_data(&footer, &range) {
            return self.footers.bytes(self.file(), range).await.map_err(shared);
        }
        self.trail.reads(self.partition, &self.meta.location);
        self.meter.count(range.end.saturating_sub(range.start));
        self.store.get_range(&self.meta.location, range).await.map_err(external)
    }

    async fn byte_ranges(&mut self, ranges: &[Range<u64>]) -> parquet::errors::Result<Vec<Bytes>> {
        let footer = self.known().await?;
        self.trail.reads(self.partition, &self.meta.location);
        let merged = merge(ranges, self.coalesce);
        for range in &merged {
            self.meter.count(range.end.saturating_sub(range.start));
        }
        let read = self.store.get_ranges(&self.meta.location, &merged).await.map_err(external)?;
        let read = ranges.iter().map(|range| cut(&merged, &read, range)).collect::<parquet::errors::Result<_>>()?;
        self.paid(&footer, ranges, read).await
    }

    /// Which file it is about; what stores say names it already.
    fn named(&self, cause: ParquetError) -> ParquetError {
        let file = self.meta.location.filename().unwrap_or_default();
        match of_the_store(&cause) {
            Some(_) => cause,
            None => ParquetError::General(format!("`{}`: {cause}", file.escape_debug())),
        }
    }

    /// True when the range holds no column's data, so that it is worth keeping: a bloom filter.
    fn beside_data(&self, footer: &ParquetMetaData, range: &Range<u64>) -> bool {
        !self.chunks.get_or_init(|| Chunks::of(footer)).meet(range)
    }

    /// What becomes of the pages in a range while one batch is decoded, in bytes.
    ///
    /// The decoder follows the page index where there is one, and not the pages as they follow each other; and it takes as
    /// many values as they hold. Both have to be what the footer says, or rows would be lost, or come twice.
    async fn inside(
        &self,
        footer: &ParquetMetaData,
        range: &Range<u64>,
        bytes: &Bytes,
        pages: &Pages,
    ) -> parquet::errors::Result<u64> {
        let wrong = |what: &str| ParquetError::General(what.to_owned());
        let chunks = self.chunks.get_or_init(|| Chunks::of(footer)).meeting(range);
        let lengths: Vec<_> = pages.data.iter().enumerate().filter(|(_, page)| page.delta_lengths).collect();
        let places: Vec<_> = lengths.iter().map(|(_, page)| page.place.clone()).collect();
        let mut most = 0;
        let chunks = chunks.ok_or_else(|| wrong("its columns lie in each other's place"))?;
        if chunks.is_empty() && !range.is_empty() {
            return Err(wrong("what is read as a column is none of a row group with rows"));
        }
        for place in chunks {
            let Some(group) = footer.row_groups().get(place.group) else { continue };
            let Some(chunk) = group.columns().get(place.column) else { continue };
            let repeated = chunk.column_descr().max_rep_level() > 0;
            let rows = (!repeated).then(|| group.num_rows());
            let index = footer.offset_index().and_then(|index| index.get(place.group)?.get(place.column));
            if index.is_some_and(|index| !pages.are_at(index.page_locations(), range, rows)) {
                return Err(wrong("its pages do not lie where its page index says, or are not as long"));
            }
            if place.is(range) && u64::try_from(chunk.num_values()) != Ok(pages.values) {
                let (held, said) = (pages.values, chunk.num_values());
                return Err(wrong(&format!("the pages of a column hold {held} values, and its footer says {said}")));
            }
            let mut becomes: Vec<u64> = pages.data.iter().map(|page| page.size).collect();
            for ((at, _), claimed) in lengths.iter().zip(claimed(chunk, bytes, &places).await?) {
                if let Some(size) = becomes.get_mut(*at) {
                    *size = claimed.max(*size);
                }
            }
            let held = pages.held(repeated, &|at| becomes.get(at).copied().unwrap_or(0));
            most = most.max(held.saturating_add(fixed(chunk, pages.values)));
        }
        Ok(most)
    }

    /// The bytes of pages, with what they become paid for as long as they are held, beyond what is usual: a header may claim
    /// two gigabytes for a few bytes.
    async fn paid(
        &self,
        footer: &ParquetMetaData,
        ranges: &[Range<u64>],
        read: Vec<Bytes>,
    ) -> parquet::errors::Result<Vec<Bytes>> {
        let mut found = Vec::with_capacity(read.len());
        let paid = self.memory.new_empty();
        let mut held: u64 = 0;
        for bytes in &read {
            let pages = outline::pages(bytes)
                .map_err(|flaw| ParquetError::General(format!("the header of a page is not sound: {flaw}")))?;
            held = held.saturating_add(pages.held(false, &|at| pages.data.get(at).map_or(0, |page| page.size)));
            found.push(pages);
            pay(&paid, held)?;
            breathe().await;
        }
        // Now that there is room for one page of each.
        held = 0;
        for ((range, bytes), pages) in ranges.iter().zip(&read).zip(&found) {
            held = held.saturating_add(self.inside(footer, range, bytes, pages).await?);
            pay(&paid, held)?;
        }
        if paid.size() == 0 {
            return Ok(read);
        }
        let paid = Arc::new(paid);
        Ok(read.into_iter().map(|bytes| Bytes::from_owner(Paid { bytes, _paid: Arc::clone(&paid) })).collect())
    }
}

/// What the values of a column of fixed length take in a batch: a NULL takes as much as a value, and lies in no page.
fn fixed(chunk: &ColumnChunkMetaData, values: u64) -> u64 {
    let length = match chunk.column_type() {
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).unwrap_or(0),
        _ => 0,
    };
    length.saturating_mul(values.min(BATCH_ROWS))
}

/// Reserves what is beyond the usual.
fn pay(paid: &MemoryReservation, held: u64) -> parquet::errors::Result<()> {
    let unusual = usize::try_from(held.saturating_sub(USUAL_BYTES)).unwrap_or(usize::MAX);
    paid.try_grow(unusual.saturating_sub(paid.size()))
        .map_err(|_| ParquetError::General(format!("pages of {held} bytes are more than memory holds")))
}

/// Bytes, and what is reserved for what becomes of them.
struct Paid {
    bytes: Bytes,
    _paid: Arc<MemoryReservation>,
}

impl AsRef<[u8]> for Paid {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsyncFileReader for LakeFileReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        async move { self.bytes(range).await.map_err(|cause| self.named(cause)) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move { self.byte_ranges(&ranges).await.map_err(|cause| self.named(cause)) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        // The cached footer always carries the page index, whatever the caller asks for: one that lacks it would be
        // cloned and completed again at every open.
        async move { self.known().await.map_err(|cause| self.named(cause)) }.boxed()
    }
}

/// The ranges in order, those that lie close together as one.
fn merge(ranges: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(last)
                if range.start - last.end <= gap && range.end.saturating_sub(last.start) <= BRIDGED_BYTES_MAX =>
            {
                last.end = last.end.max(range.end);
            }
            _ => merged.push(range),
        }
    }
    merged
}

/// One of the ranges that were asked for, out of those that were read.
fn cut(merged: &[Range<u64>], read: &[Bytes], range: &Range<u64>) -> parquet::errors::Result<Bytes> {
    let at = merged.partition_point(|one| one.start <= range.start).checked_sub(1);
    at.and_then(|at| {
        let (whole, bytes) = (merged.get(at)?, read.get(at)?);
        let from = usize::try_from(range.start.checked_sub(whole.start)?).ok()?;
        let to = usize::try_from(range.end.checked_sub(whole.start)?).ok()?;
        (from <= to && to <= bytes.len()).then(|| bytes.slice(from..to))
    })
    .ok_or_else(|| ParquetError::EOF(format!("bytes {range:?} were asked for, and fewer came")))
}

fn shared(cause: Arc<ParquetError>) -> ParquetError {
    ParquetError::External(Box::new(cause))
}

fn external(cause: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_together_is_cut_apart_again() {
        let file: Vec<u8> = (0..=255).collect();
        let whole = |range: &Range<u64>| usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        let ranges = [200..210, 10..20, 18..25, 60..61, 0..0, 30..40];
        for gap in [0, 5, 40, 1000] {
            let merged = merge(&ranges, gap);
            assert!(merged.windows(2).all(|two| two[0].end + gap < two[1].start), "{gap}: {merged:?}");
            let read: Vec<Bytes> =
                merged.iter().map(|range| file[whole(range)].to_vec().into()).collect();
            for range in &ranges {
                let got = cut(&merged, &read, range).expect("inside");
                assert_eq!(got, file[whole(range)], "{gap}");
            }
            assert!(cut(&merged, &read, &(240..256)).is_err());
        }
    }
}
