//! A table that is being opened, on a thread that may block.

use std::sync::Arc;

use arrow_schema::Schema;
use delta_kernel::engine::arrow_conversion::TryIntoArrow;
use delta_kernel::history_manager::{HistoryCommitType, get_earliest_commit, latest_version_as_of};
use delta_kernel::schema::{DataType, PrimitiveType, StructField, StructType};
use delta_kernel::snapshot::{Snapshot, SnapshotRef};
use delta_kernel::{KernelError, KernelResult};
use object_store::{ObjectMeta, ObjectStoreExt};
use weft_port::error::Error;
use weft_port::reader::AsOf;
use weft_port::snapshot::TableState;

use crate::column_names::names;
use crate::engine::{PortEngine, Trust, Waiting};
use crate::failure::told;
use crate::file_table::{FileTable, TableColumns};
use crate::listing::{self, Bounds, Stopped};
use crate::partition_value::PartitionColumn;
use crate::reader::DELTA;
use crate::served::bare;
use crate::snapshot::Loaded;
use crate::table::Table;

/// The most columns that may partition a table.
const PARTITION_COLUMNS_MAX: usize = 256;

/// A version that is asked for, of a table whose newest is known.
#[derive(Clone, Copy)]
pub(crate) struct Older<'a> {
    pub(crate) as_of: &'a AsOf,
    pub(crate) newest: &'a SnapshotRef,
}

/// A table, and how it is opened.
pub(crate) struct Opening {
    pub(crate) table: Arc<Table>,
    pub(crate) waiting: Waiting,
    pub(crate) engine: PortEngine,
    pub(crate) files_max: usize,
    trust: Trust,
}

impl Opening {
    pub(crate) fn new(table: Arc<Table>, waiting: Waiting, files_max: usize) -> Self {
        Self::trusting(table, waiting, files_max, Trust::default())
    }

    fn trusting(table: Arc<Table>, waiting: Waiting, files_max: usize, trust: Trust) -> Self {
        let engine = table.engine(&waiting, trust);
        Self { table, waiting, engine, files_max, trust }
    }

    /// The snapshot that was asked for. Where a checkpoint that the log speaks of is not there or is damaged, commits tell
    /// as much, as long as there are all of them.
    pub(crate) fn opened(&self, older: Option<Older<'_>>) -> Result<Loaded, Error> {
        let mut trust = self.trust;
        let mut opened = self.opened_trusting(older);
        while let (Err(Error::Corrupt { .. }), Some(less)) = (&opened, trust.less()) {
            trust = less;
            let again = Self::trusting(Arc::clone(&self.table), self.waiting.clone(), self.files_max, trust);
            // What stood in the way at first is told.
            opened = again.opened_trusting(older).or(opened);
        }
        opened
    }

    fn opened_trusting(&self, older: Option<Older<'_>>) -> Result<Loaded, Error> {
        let snapshot = older.map_or_else(|| self.latest(), |older| self.older(older));
        let snapshot = snapshot.and_then(whole).map_err(|cause| match older {
            None => told(&self.table.at, cause),
            Some(older) => self.missing(older, cause),
        })?;
        let commit = self.commit(&snapshot);
        self.listed(snapshot, commit, None)
    }

    /// The newest snapshot, given one that was. `None` where that is the newest still.
    pub(crate) fn refreshed(&self, known: &Loaded) -> Result<Option<Loaded>, Error> {
        let same = known.commit.is_some() && self.commit(&known.kernel) == known.commit;
        if !same {
            return self.opened(None).map(Some);
        }
        match Snapshot::builder_from(Arc::clone(&known.kernel)).build(&self.engine) {
            Ok(newest) if newest.version() == known.kernel.version() => Ok(None),
            Ok(newest) => {
                let commit = self.commit(&newest);
                self.listed(newest, commit, Some(known)).map(Some)
            }
            // The log says it all once more.
            Err(_) => self.opened(None).map(Some),
        }
    }

    fn latest(&self) -> KernelResult<SnapshotRef> {
        Snapshot::builder_for(self.table.root.as_str()).build(&self.engine)
    }

    fn older(&self, Older { as_of, newest }: Older<'_>) -> KernelResult<SnapshotRef> {
        let version = match as_of {
            AsOf::Latest => return Ok(Arc::clone(newest)),
            AsOf::Version(version) => u64::try_from(*version).map_err(|_| KernelError::MissingVersion(0))?,
            AsOf::Timestamp(micros) => {
                let millis = micros.div_euclid(1_000);
                latest_version_as_of(newest, &self.engine, millis, HistoryCommitType::Recreatable)?.version
            }
            AsOf::Reference(_) => return Err(KernelError::MissingVersion(0)),
        };
        // The kernel would look for it thousand by thousand.
        if version > newest.version() {
            return Err(KernelError::MissingVersion(version));
        }
        Snapshot::builder_for(self.table.root.as_str()).at_version(version).build(&self.engine)
    }

    /// What is told of a snapshot that is not to be had.
    fn missing(&self, Older { as_of, newest }: Older<'_>, cause: KernelError) -> Error {
        let remaining = || Some((self.first()?, newest.version()));
        // Whatever stands in the way of a version that is not there: it is not there.
        let remain = match as_of {
            AsOf::Latest => None,
            AsOf::Version(version) => remaining().filter(|(first, last)| {
                u64::try_from(*version).map_or(true, |version| version < *first || version > *last)
            }),
            AsOf::Timestamp(_) if matches!(cause, KernelError::LogHistory(_)) => remaining(),
            AsOf::Timestamp(_) => None,
            AsOf::Reference(_) => remaining(),
        };
        match remain {
            None => told(&self.table.at, cause),
            Some((first, last)) => {
                let remain = format!("versions {first} to {last} remain");
                Error::NoSnapshot { format: DELTA, asked: as_of.to_string(), remain }
            }
        }
    }

    /// The first version that can be read.
    fn first(&self) -> Option<u64> {
        let log = self.table.root.join("_delta_log/").ok()?;
        get_earliest_commit(&self.engine, &log, None, HistoryCommitType::Recreatable).ok()
    }

    /// How the commit of a version lies in the store; absent where its log was cleaned.
    fn commit(&self, snapshot: &SnapshotRef) -> Option<ObjectMeta> {
        let file = format!("{:020}.json", snapshot.version());
        let path = self.table.at.path.clone().join("_delta_log").join(file);
        self.waiting.wait(async { Ok(self.table.at.store.head(&path).await?) }).ok()
    }

    /// A snapshot with its files, which may be those of an earlier one but for what changed.
    fn listed(
        &self,
        snapshot: SnapshotRef,
        commit: Option<ObjectMeta>,
        before: Option<&Loaded>,
    ) -> Result<Loaded, Error> {
        let told = |cause| told(&self.table.at, cause);
        let schema = snapshot.schema();
        let mode = snapshot.table_configuration().column_mapping_mode();
        let names = names(&schema, mode).map_err(told)?.map(Arc::new);
        let columns = Arc::new(columns(&snapshot).map_err(told)?);
        let alike = before.filter(|before| {
            *before.files.columns == *columns
                && before.names == names
                && id(&before.kernel) == id(&snapshot)
                && before.kernel.table_configuration().protocol() == snapshot.table_configuration().protocol()
        });
        let changed = match alike {
            Some(before) => {
                let version = before.kernel.version();
                // Whatever stands in the way, the log says it all once more.
                listing::since(version, &before.files, &snapshot, &self.engine, &self.bounds()).unwrap_or_default()
            }
            None => None,
        };
        let files = match changed {
            Some(files) => files,
            None => match listing::all(&snapshot, Arc::clone(&columns), &self.engine, &self.bounds()) {
                Ok(files) => files,
                Err(Stopped::Kernel(cause)) => return Err(told(cause)),
                Err(Stopped::Limit { what, limit }) => {
                    return Err(Error::Limit { location: Arc::clone(&self.table.at.spelled), what, limit });
                }
            },
        };
        let state = self.state(&snapshot, &columns, &files).map_err(told)?;
        let id = id(&snapshot);
        Ok(Loaded { state, kernel: snapshot, files, names, id, commit })
    }

    fn bounds(&self) -> Bounds<'_> {
        Bounds { files_max: self.files_max, waiting: &self.waiting }
    }

    fn unread(&self, snapshot: &SnapshotRef) -> Vec<(Arc<str>, String)> {
        let schema = snapshot.schema();
        let unread = schema.fields().filter_map(|field| Some((Arc::from(field.name().as_str()), unread(field.data_type())?)));
        unread.collect()
    }

    fn state(&self, snapshot: &SnapshotRef, columns: &TableColumns, files: &FileTable) -> KernelResult<TableState> {
        let (bare, statistics) = files.held();
        let partition_columns: Vec<Arc<str>> =
            columns.partition.iter().map(|column| Arc::from(column.name.as_str())).collect();
        Ok(TableState {
            version: snapshot.version().to_string(),
            schema: Arc::clone(&columns.schema),
            unread: self.unread(snapshot),
            // What a catalog withholds of Delta tables does not come by number.
            field_ids: Vec::new(),
            grouped_by: partition_columns.clone(),
            partition_columns,
            rows: files.rows()?,
            held: bare + statistics + snapshot.estimated_owned_heap_size_bytes() + size_of::<Loaded>(),
        })
    }
}

/// A snapshot whose log begins somewhere: with a checkpoint, or with the first commit. What lies between is the kernel's to see.
fn whole(snapshot: SnapshotRef) -> KernelResult<SnapshotRef> {
    let listed = &snapshot.log_segment().listed;
    let first = listed.ascending_commit_files.first().map(|commit| commit.version);
    match listed.checkpoint_parts.is_empty() && first != Some(0) {
        true => Err(KernelError::generic("the log has no checkpoint, and does not begin with version 0")),
        false => Ok(snapshot),
    }
}

/// What tells a table from another at the same place.
fn id(snapshot: &SnapshotRef) -> String {
    snapshot.table_configuration().metadata().id().to_owned()
}

/// What stands against reading a column.
fn unread(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Primitive(PrimitiveType::IntervalYearMonth | PrimitiveType::IntervalDayTime) => {
            Some(format!("is `{data_type}`, and such intervals are not read"))
        }
        DataType::Primitive(_) => None,
        DataType::Variant(_) => Some("is or holds a variant, and these are not read".to_owned()),
        DataType::Array(list) => unread(list.element_type()),
        DataType::Map(map) => unread(map.key_type()).or_else(|| unread(map.value_type())),
        DataType::Struct(fields) => fields.fields().find_map(|field| unread(field.data_type())),
    }
}

fn columns(snapshot: &SnapshotRef) -> KernelResult<TableColumns> {
    let table = snapshot.schema();
    let configuration = snapshot.table_configuration();
    let mode = configuration.column_mapping_mode();
    let read: Vec<StructField> = table.fields().filter(|field| unread(field.data_type()).is_none()).cloned().collect();
    let stored: Schema = (&StructType::try_new(read.clone())?).try_into_arrow()?;
    let schema = Arc::new(bare(&stored));
    if configuration.logical_partition_columns().len() > PARTITION_COLUMNS_MAX {
        return Err(KernelError::unsupported(format!("more than {PARTITION_COLUMNS_MAX} columns partition the table")));
    }
    let partition = configuration
        .logical_partition_columns()
        .iter()
        .map(|name| {
            let field = table.field(name).ok_or_else(|| KernelError::missing_column(name))?;
            let primitive = match field.data_type() {
                DataType::Primitive(primitive) => primitive.clone(),
                other => return Err(KernelError::unsupported(format!("`{name}` partitions the table and is {other}"))),
            };
            Ok(PartitionColumn {
                name: name.clone(),
                physical: field.physical_name(mode).to_owned(),
                primitive,
                data_type: schema.field_with_name(name).map_err(KernelError::from)?.data_type().clone(),
            })
        })
        .collect::<KernelResult<_>>()?;
    let physical = read.iter().map(|field| field.physical_name(mode).to_owned()).collect();
    Ok(TableColumns { schema, physical, partition })
}
