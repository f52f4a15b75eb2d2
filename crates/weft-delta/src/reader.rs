//! Opening a Delta table.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use async_trait::async_trait;
use delta_kernel::engine::arrow_conversion::TryIntoArrow;
use delta_kernel::history_manager::{HistoryCommitType, latest_version_as_of};
use delta_kernel::snapshot::{Snapshot, SnapshotRef};
use delta_kernel::{KernelError, KernelResult};
use tokio_util::sync::CancellationToken;
use weft_port::error::Error;
use weft_port::files::ParquetFiles;
use weft_port::location::PortLocation;
use weft_port::reader::{AsOf, PortReader};
use weft_port::snapshot::PortSnapshot;

use crate::column_names::names;
use crate::engine::{PortEngine, Waiting};
use crate::failure::told;
use crate::listing::Listing;
use crate::place;
use crate::snapshot::DeltaSnapshot;

/// The format's name.
pub const DELTA: &str = "delta";

/// Opens Delta tables.
#[derive(Debug)]
pub struct DeltaPortReader {
    files: Arc<dyn ParquetFiles>,
    files_max: usize,
}

impl DeltaPortReader {
    /// A reader that opens checkpoints through `files`, of tables of at most `files_max` files.
    #[must_use]
    pub fn new(files: Arc<dyn ParquetFiles>, files_max: usize) -> Self {
        Self { files, files_max }
    }
}

#[async_trait]
impl PortReader for DeltaPortReader {
    fn format(&self) -> &'static str {
        DELTA
    }

    async fn open(&self, at: &PortLocation, as_of: &AsOf) -> Result<Arc<dyn PortSnapshot>, Error> {
        if at.keep.is_some() {
            let cause = "a pattern of files is no table".to_owned();
            return Err(Error::Refused { location: Arc::clone(&at.spelled), cause });
        }
        let gone = CancellationToken::new();
        // Dropping this future ends the thread's waiting.
        let _guard = gone.clone().drop_guard();
        let opening = Opening {
            engine: PortEngine::new(at, &self.files, &Waiting::new(gone)),
            at: at.clone(),
            as_of: as_of.clone(),
            files: Arc::clone(&self.files),
            files_max: self.files_max,
        };
        let opened = tokio::task::spawn_blocking(move || opening.opened());
        match opened.await {
            Ok(snapshot) => Ok(Arc::new(snapshot?)),
            Err(_) => {
                let (file, cause) = (at.spelled.to_string(), "the decoder broke off".to_owned());
                Err(Error::Corrupt { file, format: DELTA, cause })
            }
        }
    }
}

/// A table that is being opened, on a thread that may block.
struct Opening {
    engine: PortEngine,
    at: PortLocation,
    as_of: AsOf,
    files: Arc<dyn ParquetFiles>,
    files_max: usize,
}

impl Opening {
    fn opened(self) -> Result<DeltaSnapshot, Error> {
        let asked = || match &self.as_of {
            AsOf::Latest => "of now".to_owned(),
            AsOf::Version(version) => format!("version {version}"),
            AsOf::Timestamp(micros) => format!("at {micros}"),
            AsOf::Reference(name) => format!("`{name}`"),
        };
        let missing = || Error::NoSnapshot { format: DELTA, asked: asked() };
        if matches!(self.as_of, AsOf::Reference(_)) {
            return Err(missing());
        }
        let snapshot = self.snapshot().map_err(|cause| match cause {
            KernelError::MissingVersion(_) | KernelError::LogHistory(_) => missing(),
            cause => told(&self.at, cause),
        })?;
        self.listed(snapshot)
    }

    fn snapshot(&self) -> KernelResult<SnapshotRef> {
        let table = place::folder(&self.at.path)?;
        let latest = || Snapshot::builder_for(table.as_str()).build(&self.engine);
        match self.as_of {
            AsOf::Latest | AsOf::Reference(_) => latest(),
            AsOf::Version(version) => {
                let version = u64::try_from(version).map_err(|_| KernelError::MissingVersion(0))?;
                Snapshot::builder_for(table.as_str()).at_version(version).build(&self.engine)
            }
            AsOf::Timestamp(micros) => {
                let newest = latest()?;
                let millis = micros.div_euclid(1_000);
                let kind = HistoryCommitType::Recreatable;
                let commit = latest_version_as_of(&newest, &self.engine, millis, kind)?;
                Snapshot::builder_for(table.as_str()).at_version(commit.version).build(&self.engine)
            }
        }
    }

    fn listed(&self, snapshot: SnapshotRef) -> Result<DeltaSnapshot, Error> {
        let told = |cause| told(&self.at, cause);
        let version = snapshot.version().to_string();
        let table = snapshot.schema();
        let configuration = snapshot.table_configuration();
        let mode = configuration.column_mapping_mode();
        let partition_columns: Vec<Arc<str>> =
            configuration.logical_partition_columns().iter().map(|name| Arc::from(name.as_str())).collect();
        let schema: Schema = table.as_ref().try_into_arrow().map_err(|cause| told(KernelError::from(cause)))?;
        let physical = partition_columns
            .iter()
            .map(|name| table.field(&**name).map_or_else(|| name.to_string(), |field| field.physical_name(mode).to_owned()))
            .collect();
        let listing = Listing {
            at: &self.at,
            files: &self.files,
            engine: &self.engine,
            partition_columns: physical,
            names: names(&table, mode).map(Arc::new),
            files_max: self.files_max,
        };
        let files = listing.files(snapshot)?;
        Ok(DeltaSnapshot { version, schema: Arc::new(bare(&schema)), partition_columns, files })
    }
}

/// The schema without what else the log says of its fields. Any of them may be NULL: a promise of the table is not
/// believed of its files.
fn bare(schema: &Schema) -> Schema {
    Schema::new(fields(schema.fields()))
}

fn fields(fields: &Fields) -> Fields {
    fields.iter().map(field).collect()
}

fn field(field: &FieldRef) -> FieldRef {
    let nested = |field: &FieldRef, nullable| {
        Arc::new(Field::new(field.name(), data_type(field.data_type()), nullable))
    };
    nested(field, true)
}

fn data_type(of: &DataType) -> DataType {
    match of {
        DataType::Struct(inner) => DataType::Struct(fields(inner)),
        DataType::List(item) => DataType::List(field(item)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(pair) = entries.data_type() else { return of.clone() };
            let pair: Fields = pair
                .iter()
                .enumerate()
                .map(|(at, part)| Arc::new(Field::new(part.name(), data_type(part.data_type()), at > 0)))
                .collect();
            DataType::Map(Arc::new(Field::new(entries.name(), DataType::Struct(pair), false)), *sorted)
        }
        other => other.clone(),
    }
}
