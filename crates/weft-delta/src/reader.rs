//! Opening Delta tables, and keeping the newest snapshot of each.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use moka::future::Cache;
use moka::ops::compute::{CompResult, Op};
use object_store::path::Path;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use weft_port::error::Error;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;
use weft_port::reader::{AsOf, Kept, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::engine::Waiting;
use crate::failure::told;
use crate::opening::{Older, Opening};
use crate::snapshot::{DeltaSnapshot, Loaded};
use crate::table::Table;

/// The most files that a table may have.
pub const FILES_MAX: usize = 1_000_000;
/// Logs that are read at the same time.
const OPENED_AT_ONCE: usize = 8;
/// The format's name.
pub const DELTA: &str = "delta";

/// Opens Delta tables.
///
/// The newest snapshot of a table is kept and brought up to date by the commits that came since, whenever it is opened:
/// nothing that is answered is older than the question. Whoever opens one table at the same time waits for one reading.
pub struct DeltaPortReader {
    files: Arc<dyn ParquetFiles>,
    files_max: usize,
    newest: Cache<TableKey, Arc<Loaded>>,
    asked: AtomicU64,
    listed: AtomicU64,
    places: Arc<Semaphore>,
}

/// Tells tables apart.
type TableKey = (Arc<str>, Path);

impl DeltaPortReader {
    /// A reader that opens checkpoints through `files`, of tables of at most `files_max` files, and keeps snapshots of at
    /// most so many bytes.
    #[must_use]
    pub fn new(files: Arc<dyn ParquetFiles>, files_max: usize, bytes_max: u64) -> Self {
        let weight = |key: &TableKey, snapshot: &Arc<Loaded>| {
            u32::try_from(key.1.as_ref().len() + snapshot.state.held).unwrap_or(u32::MAX)
        };
        let newest = Cache::builder().weigher(weight).max_capacity(bytes_max).build();
        let (asked, listed) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { files, files_max, newest, asked, listed, places: Arc::new(Semaphore::new(OPENED_AT_ONCE)) }
    }

    async fn newest(&self, at: &PortLocation) -> Result<Arc<Loaded>, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let key = (Arc::clone(&at.binding), at.path.clone());
        let computed = self.newest.entry(key).and_try_compute_with(|known| async {
            let opened = match known {
                None => Some(self.read(at, |opening| opening.opened(None)).await?),
                Some(known) => {
                    let known = known.into_value();
                    self.read(at, move |opening| opening.refreshed(&known)).await?
                }
            };
            Ok(opened.map_or(Op::Nop, |snapshot| {
                self.listed.fetch_add(1, Ordering::Relaxed);
                Op::Put(Arc::new(snapshot))
            }))
        });
        match computed.await? {
            CompResult::Inserted(entry) | CompResult::ReplacedWith(entry) | CompResult::Unchanged(entry) => {
                Ok(entry.into_value())
            }
            CompResult::Removed(_) | CompResult::StillNone(_) => {
                Err(Error::Empty { format: DELTA, location: Arc::clone(&at.spelled) })
            }
        }
    }

    fn table(&self, at: &PortLocation) -> Result<Arc<Table>, Error> {
        Table::new(at.clone(), Arc::clone(&self.files)).map(Arc::new).map_err(|cause| told(at, cause))
    }

    /// What a thread of its own makes of a table. It stops waiting for the store when nobody waits for it.
    async fn read<T: Send + 'static>(
        &self,
        at: &PortLocation,
        read: impl FnOnce(&Opening) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let gone = CancellationToken::new();
        let _guard = gone.clone().drop_guard();
        let opening = Opening::new(self.table(at)?, Waiting::new(gone), self.files_max);
        // Kept until the thread is done, also where nobody waits for it any more.
        let place = Arc::clone(&self.places).acquire_owned().await;
        let opened = tokio::task::spawn_blocking(move || {
            let opened = read(&opening);
            drop(place);
            opened
        });
        match opened.await {
            Ok(read) => read,
            Err(_) => {
                let (file, cause) = (at.spelled.to_string(), "the decoder broke off".to_owned());
                Err(Error::Corrupt { file, format: DELTA, cause })
            }
        }
    }
}

#[async_trait]
impl PortReader for DeltaPortReader {
    fn format(&self) -> &'static str {
        DELTA
    }

    fn kept(&self) -> Kept {
        Kept {
            asked: self.asked.load(Ordering::Relaxed),
            read: self.listed.load(Ordering::Relaxed),
            bytes: self.newest.weighted_size(),
        }
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if at.keep.is_some() {
            let cause = "a pattern of files is no table".to_owned();
            return Err(Error::Refused { location: Arc::clone(&at.spelled), cause });
        }
        let loaded = match as_of {
            AsOf::Latest => self.newest(at).await?,
            as_of => {
                let as_of = as_of.clone();
                // Labels are those of the columns that are: what was called alike and was another is not read.
                let newest = self.newest(at).await?;
                let read = move |opening: &Opening| {
                    let older = Older { as_of: &as_of, newest: &newest.kernel };
                    Ok(opening.opened(Some(older))?.beside(&newest))
                };
                Arc::new(self.read(at, read).await?)
            }
        };
        Ok(Arc::new(DeltaSnapshot { loaded, table: self.table(at)? }))
    }
}

impl fmt::Debug for DeltaPortReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeltaPortReader").field("files_max", &self.files_max).finish_non_exhaustive()
    }
}
