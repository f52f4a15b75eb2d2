//! Plain Parquet as a port: a file, a folder or a glob of files.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectMeta, ObjectStoreExt};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::ParquetMetaData;
use weft_port::error::Error;
use weft_port::file::{Deletes, LakeFile};
use weft_port::location::PortLocation;
use weft_port::prune::Pruner;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::footer::FooterCache;
use crate::meter::Meter;

/// The format's name.
pub const PARQUET: &str = "parquet";

/// Bounds of opening a Parquet port (`scan` in the configuration).
#[derive(Clone, Copy, Debug)]
pub struct ParquetLimits {
    /// The most files one port may have.
    pub files_max: usize,
    /// The most footers read for statistics when a port is opened; ports with more files are planned without.
    pub footers_max: usize,
    /// How many footers are read at the same time.
    pub footers_at_once: usize,
}

impl Default for ParquetLimits {
    fn default() -> Self {
        Self { files_max: 100_000, footers_max: 1_000, footers_at_once: 16 }
    }
}

/// Opens Parquet ports.
#[derive(Debug)]
pub struct ParquetPortReader {
    footers: Arc<FooterCache>,
    limits: ParquetLimits,
    meter: Meter,
}

impl ParquetPortReader {
    /// A reader over this footer cache.
    #[must_use]
    pub fn new(footers: Arc<FooterCache>, limits: ParquetLimits) -> Self {
        Self { footers, limits, meter: Meter::default() }
    }

    async fn footer(&self, at: &PortLocation, meta: &ObjectMeta) -> Result<Arc<ParquetMetaData>, Error> {
        self.footers.footer(&at.binding, &at.store, meta, &self.meter).await.map_err(|cause| Error::Corrupt {
            file: meta.location.filename().unwrap_or_default().to_owned(),
            format: PARQUET,
            cause: cause.to_string(),
        })
    }
}

#[async_trait]
impl PortReader for ParquetPortReader {
    fn format(&self) -> &'static str {
        PARQUET
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if *as_of != AsOf::Latest {
            return Err(Error::NoSnapshot { format: PARQUET, asked: format!("{as_of:?}") });
        }
        let files = list(at, self.limits.files_max).await?;
        let Some(first) = files.first() else {
            return Err(Error::Empty { format: PARQUET, location: Arc::clone(&at.spelled) });
        };
        let schema = {
            let footer = self.footer(at, first).await?;
            let file = footer.file_metadata();
            parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()).map_err(|cause| Error::Corrupt {
                file: first.location.filename().unwrap_or_default().to_owned(),
                format: PARQUET,
                cause: cause.to_string(),
            })?
        };
        let footers = if files.len() <= self.limits.footers_max {
            futures::stream::iter(files.clone())
                .map(|meta| async move { self.footer(at, &meta).await })
                .buffered(self.limits.footers_at_once)
                .map_ok(Some)
                .try_collect()
                .await?
        } else {
            vec![None; files.len()]
        };
        let version = version(&files);
        Ok(Arc::new(ParquetSnapshot { schema: Arc::new(schema), files, footers, version }))
    }
}

/// A listing of Parquet files, with their footers where they were read.
pub struct ParquetSnapshot {
    schema: SchemaRef,
    files: Vec<ObjectMeta>,
    footers: Vec<Option<Arc<ParquetMetaData>>>,
    version: String,
}

impl ParquetSnapshot {
    /// The footers that were read when the port was opened, in file order.
    #[must_use]
    pub fn footers(&self) -> &[Option<Arc<ParquetMetaData>>] {
        &self.footers
    }
}

impl fmt::Debug for ParquetSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetSnapshot").field("files", &self.files.len()).field("version", &self.version).finish()
    }
}

#[async_trait]
impl PortSnapshot for ParquetSnapshot {
    fn version(&self) -> &str {
        &self.version
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    async fn files(&self, _keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error> {
        // A listing says nothing about rows; the scan prunes by the statistics it makes from the footers.
        Ok(self
            .files
            .iter()
            .zip(&self.footers)
            .map(|(meta, footer)| LakeFile {
                meta: meta.clone(),
                partition_values: Vec::new(),
                statistics: None,
                deletes: Deletes::None,
                footer: footer.clone(),
            })
            .collect())
    }
}

/// The data files below a location, by path; hidden ones and markers (`_SUCCESS`, `.crc`) are passed over.
async fn list(at: &PortLocation, files_max: usize) -> Result<Vec<ObjectMeta>, Error> {
    let store = |cause| Error::Store { location: Arc::clone(&at.spelled), cause: Arc::new(cause) };
    if at.keep.is_none() && at.path.filename().is_some_and(|name| name.ends_with(".parquet")) {
        match at.store.head(&at.path).await {
            Ok(meta) => return Ok(vec![meta]),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(cause) => return Err(store(cause)),
        }
    }
    let mut files = Vec::new();
    let mut listing = at.store.list(Some(&at.path));
    while let Some(meta) = listing.try_next().await.map_err(store)? {
        let wanted = match &at.keep {
            Some(keep) => keep(&meta.location),
            None => meta.location.filename().is_some_and(|name| !name.starts_with(['_', '.'])),
        };
        if !wanted || meta.size == 0 {
            continue;
        }
        if files.len() >= files_max {
            return Err(Error::Limit { location: Arc::clone(&at.spelled), what: "files", limit: files_max });
        }
        files.push(meta);
    }
    files.sort_by(|left, right| left.location.cmp(&right.location));
    Ok(files)
}

/// A digest of what the listing says: it changes when a file comes, goes or is replaced.
fn version(files: &[ObjectMeta]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for meta in files {
        meta.location.as_ref().hash(&mut hasher);
        meta.size.hash(&mut hasher);
        meta.last_modified.timestamp_micros().hash(&mut hasher);
        meta.e_tag.hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
