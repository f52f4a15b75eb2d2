//! Plain Parquet as a port: a file, a folder or a glob of files.

use std::fmt;
use std::sync::Arc;

use arrow_schema::{Schema, TimeUnit};
use async_trait::async_trait;
use datafusion_datasource_parquet::Int96Coercer;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use weft_port::error::Error;
use weft_port::deletes::Deletes;
use weft_port::file::LakeFile;
use weft_port::location::PortLocation;
use weft_port::prune::Pruner;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::{PortSnapshot, TableState};

use crate::cause::{of_the_store, passing, told};
use crate::footer::{FileRef, FooterCache};
use crate::meter::Meter;
use crate::trust::intervals::INTERVALS_KEY;

/// The format's name.
pub const PARQUET: &str = "parquet";

/// How many names are listed for each file that a port may have: markers and hidden files are none of them.
const LISTED_PER_FILE: usize = 10;

/// Bounds of opening a Parquet port (`scan` in the configuration).
#[derive(Clone, Copy, Debug)]
pub struct ParquetLimits {
    /// The most files one port may have.
    pub files_max: usize,
    /// The most footers read when a port is opened. Of a port with more files, this many are looked at, from the first
    /// to the last; it is planned without statistics, and what is wrong with the others shows when they are read.
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
        let file = FileRef { binding: &at.binding, store: &at.store, meta, meter: &self.meter };
        self.footers.footer(file).await.map_err(|cause| unreadable(at, meta, &cause))
    }

    /// The footers of all files, or of some of many.
    async fn footers(&self, at: &PortLocation, files: &[ObjectMeta]) -> Result<Vec<Option<Arc<ParquetMetaData>>>, Error> {
        let all = files.len() <= self.limits.footers_max;
        let step = if all { 1 } else { files.len().div_ceil(self.limits.footers_max.max(1)) };
        let wanted = |number: usize| all || number.is_multiple_of(step) || number + 1 == files.len();
        let files: Vec<Option<ObjectMeta>> =
            files.iter().enumerate().map(|(number, meta)| wanted(number).then(|| meta.clone())).collect();
        futures::stream::iter(files)
            .map(|meta| async move {
                match meta {
                    Some(meta) => self.footer(at, &meta).await.map(Some),
                    None => Ok(None),
                }
            })
            .buffered(self.limits.footers_at_once)
            .try_collect()
            .await
    }
}

#[async_trait]
impl PortReader for ParquetPortReader {
    fn format(&self) -> &'static str {
        PARQUET
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if *as_of != AsOf::Latest {
            let remain = "plain files are what they are now".to_owned();
            return Err(Error::NoSnapshot { format: PARQUET, asked: as_of.to_string(), remain });
        }
        let files = list(at, self.limits.files_max).await?;
        if files.is_empty() {
            return Err(Error::Empty { format: PARQUET, location: Arc::clone(&at.spelled) });
        }
        let footers = self.footers(at, &files).await?;
        let first = files.iter().zip(&footers).find_map(|(meta, footer)| Some((meta, footer.as_ref()?)));
        let schema = match first {
            Some((meta, footer)) => arrow_schema(footer).map_err(|cause| unreadable(at, meta, &cause))?,
            None => Schema::empty(),
        };
        let version = version(&files);
        let held = files.iter().map(|meta| size_of::<ObjectMeta>() + meta.location.as_ref().len()).sum();
        let state = TableState {
            version,
            schema: Arc::new(schema),
            field_ids: Vec::new(),
            partition_columns: Vec::new(),
            grouped_by: Vec::new(),
            unread: Vec::new(),
            rows: None,
            held,
        };
        Ok(Arc::new(ParquetSnapshot { state, files, footers }))
    }
}

/// The folder that makes a Delta table of the files beside it.
pub const DELTA_LOG: &str = "_delta_log";

/// The unit in which times in INT96 are read: nanoseconds do not reach as far as they do.
pub(crate) const INT96_UNIT: TimeUnit = TimeUnit::Microsecond;

/// The columns of a file as they are read, by their Parquet types and the writer's own hints.
///
/// # Errors
/// When a type is not one that can be read.
pub fn arrow_schema(footer: &ParquetMetaData) -> Result<Schema, ParquetError> {
    let file = footer.file_metadata();
    let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
    Ok(Int96Coercer::new(file.schema_descr(), &schema, &INT96_UNIT).coerce().unwrap_or(schema))
}

/// True when a column is an interval: months, days and milliseconds, which are read as their bytes.
#[must_use]
pub fn interval(footer: &ParquetMetaData, column: &str) -> bool {
    let pairs = footer.file_metadata().key_value_metadata();
    let names = pairs.and_then(|pairs| pairs.iter().find(|pair| pair.key == INTERVALS_KEY)?.value.as_deref());
    names.is_some_and(|names| names.lines().any(|name| name == column))
}

/// What the decoder says, without the names that the library gives its errors.
#[must_use]
pub fn said(cause: &dyn std::fmt::Display) -> String {
    let mut text = cause.to_string();
    for name in ["External: ", "External error: ", "Parquet error: ", "EOF: ", "NYI: ", "Parquet argument error: ", "Arrow: ", "Arrow error: "] {
        text = text.replace(name, "");
    }
    text
}

/// What is told of a file that cannot be read: whether it is the store that fails, or the file.
fn unreadable(at: &PortLocation, meta: &ObjectMeta, cause: &ParquetError) -> Error {
    match of_the_store(cause) {
        Some(cause) => Error::Store { location: Arc::clone(&at.spelled), cause: Arc::from(told(cause)) },
        None => Error::Corrupt {
            file: meta.location.filename().unwrap_or_default().to_owned(),
            format: PARQUET,
            cause: said(cause),
        },
    }
}

/// A listing of Parquet files, with their footers where they were read.
pub struct ParquetSnapshot {
    state: TableState,
    files: Vec<ObjectMeta>,
    footers: Vec<Option<Arc<ParquetMetaData>>>,
}

impl fmt::Debug for ParquetSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetSnapshot").field("files", &self.files.len()).field("version", &self.state.version).finish()
    }
}

#[async_trait]
impl PortSnapshot for ParquetSnapshot {
    fn state(&self) -> &TableState {
        &self.state
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
                constants: Vec::new(),
                statistics: None,
                deletes: Deletes::None,
                names: None,
                footer: footer.clone(),
            })
            .collect())
    }
}

/// The data files below a location, by path; hidden ones are passed over.
async fn list(at: &PortLocation, files_max: usize) -> Result<Vec<ObjectMeta>, Error> {
    let store = |cause: object_store::Error| {
        let location = Arc::clone(&at.spelled);
        match passing(&cause) {
            true => Error::Store { location, cause: Arc::from(told(&cause)) },
            false => Error::Refused { location, cause: cause.to_string() },
        }
    };
    let head = async || match at.store.head(&at.path).await {
        Ok(meta) => Ok(Some(meta)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(cause) => Err(store(cause)),
    };
    // A name with an ending is more often a file, one without a folder; asking in that order saves a request.
    let ending = at.path.filename().is_some_and(|name| name.contains('.'));
    if at.keep.is_none()
        && ending
        && let Some(meta) = head().await?
    {
        return Ok(vec![meta]);
    }
    let mut files = Vec::new();
    let depth = at.path.parts().count();
    let (mut listed, listed_max) = (0, files_max.saturating_mul(LISTED_PER_FILE));
    let mut listing = at.store.list(Some(&at.path));
    while let Some(meta) = listing.try_next().await.map_err(store)? {
        listed += 1;
        if listed > listed_max {
            return Err(Error::Limit { location: Arc::clone(&at.spelled), what: "names", limit: listed_max });
        }
        if meta.location.parts().skip(depth).any(|part| part.as_ref() == DELTA_LOG) {
            let cause = "a Delta table lies there, and its files alone hold rows that it deleted: its format is delta".to_owned();
            return Err(Error::Refused { location: Arc::clone(&at.spelled), cause });
        }
        if iceberg(&meta.location, depth) {
            let cause = "an Iceberg table lies there, and its files alone hold rows that it deleted: its format is iceberg".to_owned();
            return Err(Error::Refused { location: Arc::clone(&at.spelled), cause });
        }
        let wanted = match &at.keep {
            Some(keep) => keep(&meta.location),
            None => !meta.location.parts().skip(depth).any(|part| hidden(part.as_ref())),
        };
        if !wanted || meta.size == 0 {
            continue;
        }
        if files.len() >= files_max {
            return Err(Error::Limit { location: Arc::clone(&at.spelled), what: "files", limit: files_max });
        }
        files.push(meta);
    }
    if files.is_empty()
        && at.keep.is_none()
        && !ending
        && at.path.filename().is_some()
        && let Some(meta) = head().await?
    {
        files.push(meta);
    }
    files.sort_by(|left, right| left.location.cmp(&right.location));
    Ok(files)
}

/// True for a metadata file of an Iceberg table.
fn iceberg(path: &Path, depth: usize) -> bool {
    let parts: Vec<_> = path.parts().skip(depth).collect();
    matches!(&parts[..], [.., folder, name] if folder.as_ref() == "metadata" && name.as_ref().ends_with(".metadata.json"))
}

/// Markers (`_SUCCESS`), checksums, and folders of writers at work (`_temporary`); no folders of a column `_k`.
fn hidden(name: &str) -> bool {
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
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
