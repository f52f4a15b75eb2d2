//! What is kept of the metadata of tables: metadata files, lists, manifests, and what files of deletes say.
//!
//! All of it is read from files that do not change once they are written, so nothing that is kept grows stale. Whoever wants
//! the same at the same time waits for one reading.

use std::any::Any;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::future::Cache;
use object_store::path::Path;
use tokio::sync::Semaphore;
use weft_port::error::Error;
use weft_port::location::PortLocation;
use weft_port::reader;

use crate::failure::{corrupt, refused, unread};

/// Files that are decoded at the same time.
const DECODED_AT_ONCE: usize = 4;
/// Bytes of files that are in memory at the same time, to be decoded, in units of [`UNIT`].
const READ_UNITS_MAX: u32 = 1 << 20;
const UNIT: u64 = 1024;

/// Tells apart what is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) binding: Arc<str>,
    pub(crate) path: Path,
    pub(crate) part: Part,
}

/// What of a file is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// A metadata file, with what changes when it is replaced: tables that are made anew in a folder count from one again.
    Metadata(String),
    List,
    Manifest,
    /// The positions in a file of position deletes, of a table that says it lies there.
    Positions(String),
    /// The keys in files of equality deletes.
    Keys(Digest),
    /// The rows of a data file that files of equality deletes delete.
    Rows(Digest),
}

/// Stands for what tells things of one table apart.
pub(crate) type Digest = [u64; 2];

/// The digest of something.
pub(crate) fn digest(of: &impl Hash) -> Digest {
    [1_u8, 2].map(|salt| {
        let mut hasher = DefaultHasher::new();
        (salt, of).hash(&mut hasher);
        hasher.finish()
    })
}

#[derive(Clone)]
struct Entry {
    held: usize,
    what: Arc<dyn Any + Send + Sync>,
}

/// What is kept, within a bound.
pub(crate) struct Kept {
    cache: Cache<Key, Entry>,
    asked: AtomicU64,
    read: AtomicU64,
    places: Arc<Semaphore>,
    bytes: Semaphore,
}

impl Kept {
    /// Keeps at most so many bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        let weight = |key: &Key, entry: &Entry| {
            let part = match &key.part {
                Part::Metadata(text) | Part::Positions(text) => text.len(),
                Part::List | Part::Manifest | Part::Keys(_) | Part::Rows(_) => 0,
            };
            let own = size_of::<Key>() + size_of::<Entry>() + key.path.as_ref().len() + part;
            u32::try_from(own + entry.held).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().weigher(weight).max_capacity(bytes_max).build();
        Self { cache, asked: AtomicU64::new(0), read: AtomicU64::new(0), places: Arc::new(Semaphore::new(DECODED_AT_ONCE)), bytes: Semaphore::new(READ_UNITS_MAX as usize) }
    }

    pub(crate) fn counted(&self) -> reader::Kept {
        reader::Kept {
            asked: self.asked.load(Ordering::Relaxed),
            read: self.read.load(Ordering::Relaxed),
            bytes: self.cache.weighted_size(),
        }
    }

    /// What is kept, or what is made of it now, with about how many bytes it holds.
    ///
    /// # Errors
    /// Those of making it; they are not kept.
    pub(crate) async fn get<T: Send + Sync + 'static>(
        &self,
        key: Key,
        make: impl Future<Output = Result<(T, usize), Error>> + Send,
    ) -> Result<Arc<T>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let path = key.path.clone();
        let made = async {
            let (what, held) = make.await?;
            self.read.fetch_add(1, Ordering::Relaxed);
            Ok(Entry { held, what: Arc::new(what) as Arc<dyn Any + Send + Sync> })
        };
        let entry = self.cache.try_get_with(key, made).await.map_err(Arc::unwrap_or_clone)?;
        entry.what.downcast::<T>().map_err(|_| corrupt(&path, "it is read as two things"))
    }

    /// What becomes of the bytes of a file, on a thread for such work.
    ///
    /// # Errors
    /// When the file cannot be read, has more than `limit` bytes, or nothing becomes of it.
    pub(crate) async fn decoded<T: Send + 'static>(
        &self,
        at: &PortLocation,
        path: &Path,
        limit: u64,
        decode: impl FnOnce(&[u8]) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let found = at.store.get_opts(path, object_store::GetOptions::default()).await.map_err(|cause| unread(at, path, cause))?;
        if found.meta.size > limit {
            return Err(refused(at, format!("`{}` has more than {limit} bytes", path.filename().unwrap_or_default())));
        }
        let ending = |_| refused(at, "the server is ending");
        let units = u32::try_from(found.meta.size / UNIT + 1).unwrap_or(READ_UNITS_MAX).min(READ_UNITS_MAX);
        let _room = self.bytes.acquire_many(units).await.map_err(ending)?;
        let bytes = found.bytes().await.map_err(|cause| unread(at, path, cause))?;
        self.worked(at, move || decode(&bytes)).await
    }

    /// What becomes of work that takes a while, on a thread for such.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) async fn worked<T: Send + 'static>(
        &self,
        at: &PortLocation,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let ending = |_| refused(at, "the server is ending");
        // Kept until the thread is done, also where nobody waits for it any more.
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(ending)?;
        let decoded = tokio::task::spawn_blocking(move || {
            let worked = work();
            drop(place);
            worked
        });
        let decoded = decoded.await;
        decoded.unwrap_or_else(|_| Err(refused(at, "the decoder broke off")))
    }
}
