//! Footers, page indexes and bloom filters of Parquet files, read once and kept within a bound.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use moka::future::Cache;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::async_reader::MetadataFetch;
use parquet::errors::ParquetError;
use parquet::file::metadata::{FooterTail, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::calling::{Calling, called};
use crate::meter::Meter;
use crate::outline;
use crate::panicking::caught_future;
use crate::trust;

/// The smallest Parquet file: two magic numbers and a footer length.
const FILE_BYTES_MIN: u64 = 12;
/// The footer's length and the magic number, at the very end.
const END_BYTES: u64 = 8;
/// How much is read from the end of a file in the hope of catching the whole footer at once.
const TAIL_BYTES: u64 = 64 * 1024;
/// The largest footer or page index that is read.
const METADATA_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Tells files apart: two stores may hold files of one path, and a file may be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FileKey {
    binding: Arc<str>,
    path: Path,
    size: u64,
    tag: FileTag,
}

/// What changes when a file is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum FileTag {
    Etag(String),
    Modified(i64),
}

/// What of a file is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Footer,
    /// The footer under the names of a table.
    Called(Calling),
    Bytes(Range<u64>),
}

/// A part of a file.
#[derive(Clone, Debug)]
enum Kept {
    Footer(Arc<ParquetMetaData>),
    Bytes(Bytes),
}

/// A file in a port's store, for whoever reads it.
#[derive(Clone, Copy, Debug)]
pub struct FileRef<'a> {
    /// Tells the store apart.
    pub binding: &'a Arc<str>,
    /// The port's jailed store.
    pub store: &'a Arc<dyn ObjectStore>,
    /// The file as it was listed.
    pub meta: &'a ObjectMeta,
    /// What is read is counted here.
    pub meter: &'a Meter,
}

/// Footers with their page indexes, and bloom filters; bounded in bytes, each read by one caller at a time.
pub struct FooterCache {
    cache: Cache<(FileKey, Part), Kept>,
    asked: AtomicU64,
    read: AtomicU64,
}

impl FooterCache {
    /// A cache of at most this many bytes (`cache.footers`).
    #[must_use]
    pub fn new(bytes_max: u64) -> Self {
        let weight = |_: &(FileKey, Part), kept: &Kept| match kept {
            Kept::Footer(footer) => u32::try_from(footer.memory_size()).unwrap_or(u32::MAX),
            Kept::Bytes(bytes) => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        };
        let cache = Cache::builder().max_capacity(bytes_max).weigher(weight).build();
        Self { cache, asked: AtomicU64::new(0), read: AtomicU64::new(0) }
    }

    /// The footer of a file with its page index, from the cache or from the store. It holds nothing that cannot be
    /// believed.
    ///
    /// # Errors
    /// When the file cannot be read or is no sound Parquet file; errors are not kept.
    pub async fn footer(&self, file: FileRef<'_>) -> Result<Arc<ParquetMetaData>, Arc<ParquetError>> {
        let load = async {
            let footer = caught_future(load(file)).await;
            let footer = footer.unwrap_or_else(|| Err(ParquetError::General("the decoder broke off".to_owned())))?;
            Ok(Kept::Footer(Arc::new(footer)))
        };
        match self.kept(file, Part::Footer, load).await? {
            Kept::Footer(footer) => Ok(footer),
            Kept::Bytes(_) => Err(Arc::new(ParquetError::General("a footer was kept as bytes".to_owned()))),
        }
    }

    /// The footer of a file under the names of a table, where it has others.
    ///
    /// # Errors
    /// As [`FooterCache::footer`].
    pub(crate) async fn called(
        &self,
        file: FileRef<'_>,
        calling: Option<&Calling>,
    ) -> Result<Arc<ParquetMetaData>, Arc<ParquetError>> {
        let Some(calling) = calling else { return self.footer(file).await };
        let load = async {
            let footer = self.footer(file).await.map_err(|cause| ParquetError::External(Box::new(cause)))?;
            Ok(Kept::Footer(Arc::new(called(&footer, calling)?)))
        };
        match self.kept(file, Part::Called(calling.clone()), load).await? {
            Kept::Footer(footer) => Ok(footer),
            Kept::Bytes(_) => Err(Arc::new(ParquetError::General("a footer was kept as bytes".to_owned()))),
        }
    }

    /// Bytes of a file that are no data: bloom filters.
    ///
    /// # Errors
    /// When they cannot be read; errors are not kept.
    pub async fn bytes(&self, file: FileRef<'_>, range: Range<u64>) -> Result<Bytes, Arc<ParquetError>> {
        let part = Part::Bytes(range.clone());
        match self.kept(file, part, async { Fetch::new(file).request(range).await.map(Kept::Bytes) }).await? {
            Kept::Bytes(bytes) => Ok(bytes),
            Kept::Footer(_) => Err(Arc::new(ParquetError::General("bytes were kept as a footer".to_owned()))),
        }
    }

    async fn kept(
        &self,
        file: FileRef<'_>,
        part: Part,
        load: impl Future<Output = Result<Kept, ParquetError>>,
    ) -> Result<Kept, Arc<ParquetError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let tag = match &file.meta.e_tag {
            Some(etag) => FileTag::Etag(etag.clone()),
            None => FileTag::Modified(file.meta.last_modified.timestamp_micros()),
        };
        let (binding, path) = (Arc::clone(file.binding), file.meta.location.clone());
        let key = FileKey { binding, path, size: file.meta.size, tag };
        self.cache
            .try_get_with((key, part), async {
                self.read.fetch_add(1, Ordering::Relaxed);
                load.await
            })
            .await
    }

    /// How often a footer or filter was asked for.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// How often one had to be read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.cache.weighted_size()
    }
}

impl fmt::Debug for FooterCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FooterCache").field("entries", &self.cache.entry_count()).finish_non_exhaustive()
    }
}

/// The footer. Where metadata says another size than a file has, the footer lies elsewhere.
async fn load(file: FileRef<'_>) -> Result<ParquetMetaData, ParquetError> {
    let footer = load_sized(file).await;
    if footer.is_ok() || file.meta.last_modified != DateTime::<Utc>::default() {
        return footer;
    }
    match file.store.head(&file.meta.location).await {
        Ok(found) if found.size != file.meta.size => {
            let meta = ObjectMeta { size: found.size, ..file.meta.clone() };
            load_sized(FileRef { meta: &meta, ..file }).await
        }
        Ok(_) => footer,
        Err(cause) => Err(ParquetError::External(Box::new(cause))),
    }
}

async fn load_sized(file: FileRef<'_>) -> Result<ParquetMetaData, ParquetError> {
    let size = file.meta.size;
    if size < FILE_BYTES_MIN {
        return Err(ParquetError::EOF(format!("{size} bytes are too few for a Parquet file")));
    }
    let mut fetch = Fetch::new(file);
    let tail = size.saturating_sub(TAIL_BYTES)..size;
    fetch.tail = Some((tail.start, fetch.request(tail).await?));
    let footer = trust::believed(decode(&mut fetch, size).await?, size)?;
    let indexed = footer.row_groups().iter().any(|group| {
        group.columns().iter().any(|column| column.column_index_offset().or(column.offset_index_offset()).is_some())
    });
    if !indexed {
        return Ok(footer);
    }
    // The index only helps to skip: what is wrong with it is no reason to refuse the file.
    let whole = footer.clone();
    let indexed = match outlined(&footer, &mut fetch).await {
        Ok(()) => {
            let policy = PageIndexPolicy::Optional;
            let mut reader = ParquetMetaDataReader::new_with_metadata(footer).with_page_index_policy(policy);
            reader.load_page_index(&mut fetch).await.and_then(|()| reader.finish())
        }
        Err(cause) => Err(cause),
    };
    match indexed.map(trust::believed_page_index) {
        Ok((footer, true)) => Ok(footer),
        Ok((_, false)) => {
            tracing::warn!(file = %file.meta.location, "the page index contradicts the footer, or has too many pages, and is not used");
            trust::without_page_index(whole)
        }
        Err(cause @ ParquetError::External(_)) => Err(cause),
        Err(cause) => {
            tracing::warn!(file = %file.meta.location, %cause, "the page index cannot be read and is not used");
            trust::without_page_index(whole)
        }
    }
}

async fn decode(fetch: &mut Fetch<'_>, size: u64) -> Result<ParquetMetaData, ParquetError> {
    let end = size.saturating_sub(END_BYTES);
    let tail = FooterTail::try_from(&*fetch.read(end..size).await?)?;
    if tail.is_encrypted_footer() {
        return Err(ParquetError::NYI("its footer is encrypted, which is not supported".to_owned()));
    }
    let length = u64::try_from(tail.metadata_length()).unwrap_or(u64::MAX);
    let start = end.checked_sub(length);
    let start = start.ok_or_else(|| ParquetError::EOF(format!("its footer claims {length} bytes, and the file has {size}")))?;
    let bytes = fetch.read(start..end).await?;
    let cuts = outline::footer(&bytes).map_err(|flaw| ParquetError::General(format!("its footer is not sound: {flaw}")))?;
    if cuts.is_empty() {
        return ParquetMetaDataReader::decode_metadata(&bytes);
    }
    let mut kept = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for cut in cuts {
        kept.extend_from_slice(bytes.get(from..cut.start).unwrap_or_default());
        from = cut.end;
    }
    kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
    ParquetMetaDataReader::decode_metadata(&kept)
}

/// Reads the page index, all of it at once, for the decoder to find it; and walks it.
async fn outlined(footer: &ParquetMetaData, fetch: &mut Fetch<'_>) -> Result<(), ParquetError> {
    let range = |start: Option<i64>, length: Option<i32>| {
        let (start, length) = (u64::try_from(start?).ok()?, u64::try_from(length?).ok()?);
        Some(start..start.checked_add(length)?)
    };
    let columns = || footer.row_groups().iter().flat_map(|group| group.columns());
    let of_columns = columns().filter_map(|one| range(one.column_index_offset(), one.column_index_length()));
    let of_offsets = columns().filter_map(|one| range(one.offset_index_offset(), one.offset_index_length()));
    let of_columns: Vec<Range<u64>> = of_columns.collect();
    let of_offsets: Vec<Range<u64>> = of_offsets.collect();
    let all = of_columns.iter().chain(&of_offsets);
    let Some(all) = all.cloned().reduce(|one, other| one.start.min(other.start)..one.end.max(other.end)) else {
        return Ok(());
    };
    if fetch.known(&all).is_none() {
        fetch.tail = Some((all.start, fetch.request(all).await?));
    }
    for (ranges, walk) in [(of_columns, outline::column_index as Walk), (of_offsets, outline::offset_index)] {
        for range in ranges {
            walk(&fetch.read(range).await?)?;
        }
    }
    Ok(())
}

type Walk = fn(&[u8]) -> Result<(), outline::Flaw>;

/// Reads byte ranges of one file for the footer decoder, those at its end from memory.
struct Fetch<'a> {
    file: FileRef<'a>,
    tail: Option<(u64, Bytes)>,
}

impl<'a> Fetch<'a> {
    fn new(file: FileRef<'a>) -> Self {
        Self { file, tail: None }
    }

    async fn request(&self, range: Range<u64>) -> Result<Bytes, ParquetError> {
        let length = range.end.saturating_sub(range.start);
        if range.start > range.end || range.end > self.file.meta.size || length > METADATA_BYTES_MAX {
            return Err(ParquetError::EOF(format!("bytes {range:?} lie outside of the file")));
        }
        self.file.meter.count(length);
        let bytes = self.file.store.get_range(&self.file.meta.location, range).await;
        let bytes = bytes.map_err(|cause| ParquetError::External(Box::new(cause)))?;
        if u64::try_from(bytes.len()) == Ok(length) {
            return Ok(bytes);
        }
        Err(ParquetError::EOF(format!("{length} bytes were asked for, and {} came", bytes.len())))
    }

    /// The bytes, from memory if they lie at the end that was read.
    async fn read(&self, range: Range<u64>) -> Result<Bytes, ParquetError> {
        match self.known(&range) {
            Some(bytes) => Ok(bytes),
            None => self.request(range).await,
        }
    }

    /// The bytes, if they lie at the end that was read.
    fn known(&self, range: &Range<u64>) -> Option<Bytes> {
        let (start, tail) = self.tail.as_ref()?;
        let from = usize::try_from(range.start.checked_sub(*start)?).ok()?;
        let to = usize::try_from(range.end.checked_sub(*start)?).ok()?;
        (from <= to && to <= tail.len()).then(|| tail.slice(from..to))
    }
}

impl MetadataFetch for &mut Fetch<'_> {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.read(range).boxed()
    }
}
