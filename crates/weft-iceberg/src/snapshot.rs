//! One snapshot of an Iceberg table.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::array::Array;
use async_trait::async_trait;
use chrono::DateTime;
use datafusion_common::stats::Precision;
use datafusion_common::{ScalarValue, Statistics};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStoreExt};
use weft_port::error::Error;
use weft_port::file::LakeFile;
use weft_port::prune::Pruner;
use weft_port::snapshot::{PortSnapshot, TableState};

use crate::columns::Columns;
use crate::data_type::{Primitive, StructField, Type};
use crate::deletes::Deletes;
use crate::deletes::index::{About, DataFile, DeleteIndex};
use crate::failure::{corrupt, refused, unread};
use crate::manifest::{DataFiles, Manifest};
use crate::manifest_list::{ManifestFile, NO_SPEC};
use crate::metadata::Metadata;
use crate::partition::{Spec, Transform};
use crate::pruning::{Files, Manifests, Part};
use crate::lake::Lake;
use crate::table::{State, Table};

/// Manifests that are read at the same time.
const READ_AT_ONCE: usize = 8;
/// After so many files others get their turn.
const TURN: usize = 512;
/// The most bytes of a file.
const FILE_BYTES_MAX: u64 = 1 << 46;

/// A snapshot, for one who may read where it lies: what is read later is read with their rights.
pub struct IcebergSnapshot {
    state: TableState,
    table: Arc<Table>,
    lake: Arc<Lake>,
    columns: Columns,
    manifests: Arc<Vec<ManifestFile>>,
}

impl fmt::Debug for IcebergSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IcebergSnapshot").field("version", &self.state.version).finish_non_exhaustive()
    }
}

/// A manifest that was read, with how its files are partitioned.
struct Read {
    id: i64,
    spec: Spec,
    /// What each field of the specification is of, where that is known.
    kinds: Vec<Option<Primitive>>,
    constants: Vec<Constant>,
    manifest: Arc<Manifest>,
}

/// A column whose value partitions say of a whole file, which need not hold it.
struct Constant {
    field: i32,
    source: i32,
    column: Arc<str>,
    primitive: Primitive,
    /// Whether files that lack the column have something else than NULL.
    default: bool,
}

impl Constant {
    fn of(&self, files: &DataFiles, at: usize) -> Option<(i32, (Arc<str>, ScalarValue))> {
        let value = match files.partitions.get(&self.field)?.get(at)? {
            Some(raw) => raw.typed(self.primitive)?,
            // Whatever the column is in files that lack it: here it is NULL.
            None if self.default => ScalarValue::try_from(&self.primitive.arrow()).ok()?,
            None => return None,
        };
        Some((self.source, (Arc::clone(&self.column), value)))
    }
}

#[async_trait]
impl PortSnapshot for IcebergSnapshot {
    fn state(&self) -> &TableState {
        &self.state
    }

    async fn files(&self, keep: &dyn Pruner) -> Result<Vec<LakeFile>, Error> {
        let read = self.read(keep).await?;
        let mut deletes = DeleteIndex::default();
        for one in &read {
            deletes.add(&one.manifest, (one.id, &one.spec, &one.kinds), &self.table.place)?;
        }
        let deletes = deletes.ready();
        let parts = read.iter().map(|one| Part { spec: &one.spec, files: &one.manifest.data }).collect();
        let shown = Files { columns: &self.columns, parts };
        let count = shown.parts.iter().map(|part| part.files.records.len()).sum::<usize>();
        if count > self.lake.files_max {
            let location = Arc::clone(&self.table.place.at.spelled);
            return Err(Error::Limit { location, what: "files", limit: self.lake.files_max });
        }
        let mut kept = keep.keep(&shown)?.into_iter();
        let asked: Vec<_> = keep.columns().iter().map(|name| self.columns.plain(name)).collect();
        let mut files = Vec::new();
        for (one, part) in read.iter().zip(&shown.parts) {
            for (at, wanted) in (0..part.files.records.len()).zip(&mut kept) {
                if wanted {
                    files.push(self.file(one, *part, at, &deletes, &asked)?);
                }
                if at % TURN == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
        files.sort_by(|one, other| one.meta.location.cmp(&other.meta.location));
        self.without_empty(files).await
    }
}

/// The columns that any specification makes partitions of, or that hold such.
fn grouped_by(metadata: &Metadata, columns: &Columns) -> Vec<Arc<str>> {
    let sources: HashSet<i32> = metadata.specs.values().flat_map(|spec| &spec.fields).map(|field| field.source).collect();
    fn holds(field: &StructField, sources: &HashSet<i32>) -> bool {
        sources.contains(&field.id) || field.parts().into_iter().any(|part| holds(part, sources))
    }
    columns.fields.iter().filter(|field| holds(field, &sources)).map(|field| Arc::clone(&field.name)).collect()
}

impl IcebergSnapshot {
    pub(crate) fn new(table: Arc<Table>, state: State, lake: Arc<Lake>) -> Self {
        let State { version, columns, manifests } = state;
        let deletes = manifests.iter().any(|manifest| manifest.deletes);
        let rows = manifests.iter().try_fold(0_u64, |sum, manifest| sum.checked_add(manifest.rows?));
        let state = TableState {
            version: version.to_string(),
            schema: Arc::clone(&columns.schema),
            field_ids: columns.fields.iter().map(|field| (Arc::clone(&field.name), field.id)).collect(),
            partition_columns: Vec::new(),
            grouped_by: grouped_by(&table.metadata, &columns),
            unread: columns.unread.clone(),
            rows: rows.filter(|_| !deletes),
            held: size_of::<Self>() + manifests.iter().map(ManifestFile::held).sum::<usize>(),
        };
        Self { state, table, lake, columns, manifests }
    }

    /// The manifests whose files may hold rows that are wanted, and those of deletes.
    async fn read(&self, keep: &dyn Pruner) -> Result<Vec<Read>, Error> {
        let specs = &self.table.metadata.specs;
        let listed = Manifests { columns: &self.columns, specs, files: self.manifests.iter().collect() };
        let kept = keep.keep(&listed)?;
        let wanted = self.manifests.iter().zip(kept).filter_map(|(manifest, kept)| kept.then_some(manifest));
        let read: Vec<_> = wanted.map(|file| self.one(file).boxed()).collect();
        stream::iter(read).buffered(READ_AT_ONCE).try_collect().await
    }

    async fn one(&self, file: &ManifestFile) -> Result<Read, Error> {
        let manifest = self.table.manifest(file, &self.lake.kept).await?;
        let known = match file.spec {
            // A manifest that stands in no list says itself how its files are partitioned.
            NO_SPEC => manifest.spec.as_ref(),
            id => self.table.metadata.specs.get(&id),
        };
        let spec = known.cloned().ok_or_else(|| {
            let cause = format!("it has no partition specification with id {}", file.spec);
            refused(&self.table.place.at, cause)
        })?;
        let constants = spec.fields.iter().filter(|field| field.transform == Transform::Identity).filter_map(|field| {
            let column = self.columns.fields.iter().find(|column| column.id == field.source)?;
            let Type::Primitive(primitive) = column.data_type else { return None };
            let default = column.initial_default.is_some();
            Some(Constant { field: field.id, source: field.source, column: Arc::clone(&column.name), primitive, default })
        });
        let constants = constants.collect();
        let kinds = spec.fields.iter().map(|field| {
            let metadata = &self.table.metadata;
            let column = metadata.columns().iter().chain(metadata.fields()).find(|column| column.id == field.source)?;
            let Type::Primitive(primitive) = column.data_type else { return None };
            field.transform.result(primitive)
        });
        Ok(Read { id: file.spec, kinds: kinds.collect(), constants, spec, manifest })
    }

    fn file(&self, of: &Read, part: Part<'_>, at: usize, deletes: &DeleteIndex, wanted: &[Option<(i32, Primitive)>]) -> Result<LakeFile, Error> {
        let files = part.files;
        let address = if at < files.paths.len() { files.paths.value(at) } else { "" };
        let location = self.table.path(address)?;
        if let Some(format) = files.foreign.get(&at) {
            let cause = format!("its data is in {}, and data in Parquet is read", format.to_ascii_uppercase());
            return Err(refused(&self.table.place.at, cause));
        }
        let number = |numbers: &[i64]| numbers.get(at).and_then(|number| u64::try_from(*number).ok()).unwrap_or(0);
        let (size, records) = (number(&files.sizes), number(&files.records));
        if size > FILE_BYTES_MAX {
            return Err(corrupt(&location, "it has no size that a file could have"));
        }
        let meta = ObjectMeta {
            location,
            last_modified: DateTime::default(),
            size,
            // A file of the same name in a table made anew is another.
            e_tag: self.table.metadata.uuid.clone(),
            version: None,
        };
        let sequence = files.sequences.get(at).copied().unwrap_or(0);
        let about = match deletes.is_empty() {
            true => About::default(),
            false => {
                let file = DataFile { files, at, address, path: &meta.location, sequence };
                deletes.about(&file, (of.id, &of.spec, &of.kinds), &self.table.place)
            }
        };
        let constants: HashMap<_, _> = of.constants.iter().filter_map(|one| one.of(part.files, at)).collect();
        let rows = usize::try_from(records).ok();
        let num_rows = match (rows, &about) {
            // Not every writer counts.
            (None | Some(0), _) => Precision::Absent,
            (Some(rows), about) if about.is_empty() => Precision::Exact(rows),
            // Deletes may be about rows that are not there.
            (Some(rows), _) => Precision::Inexact(rows),
        };
        let statistics = Statistics {
            num_rows,
            total_byte_size: usize::try_from(size).map_or(Precision::Absent, Precision::Inexact),
            column_statistics: wanted.iter().map(|column| part.known(at, *column)).collect(),
        };
        let deletes = self.deletes(about, &meta, sequence, &constants)?;
        Ok(LakeFile {
            meta,
            partition_values: Vec::new(),
            constants: constants.into_values().collect(),
            statistics: Some(Arc::new(statistics)),
            deletes,
            names: Some(Arc::clone(&self.columns.names)),
            footer: None,
        })
    }

    /// The files without those that have no rows and are not there, which need not be.
    async fn without_empty(&self, mut files: Vec<LakeFile>) -> Result<Vec<LakeFile>, Error> {
        let uncounted = |file: &LakeFile| file.statistics.as_ref().is_some_and(|known| known.num_rows == Precision::Absent);
        let at = &self.table.place.at;
        let looked = files.iter().filter(|file| uncounted(file)).map(|file| {
            let path = file.meta.location.clone();
            let store = Arc::clone(&at.store);
            async move { (store.head(&path).await, path) }.boxed()
        });
        let looked: Vec<_> = looked.collect();
        let mut looked = stream::iter(looked).buffered(READ_AT_ONCE);
        let mut gone = HashSet::new();
        while let Some((found, path)) = looked.next().await {
            match found {
                Ok(_) => {}
                Err(object_store::Error::NotFound { .. }) => drop(gone.insert(path)),
                Err(cause) => return Err(unread(at, &path, cause)),
            }
        }
        files.retain(|file| !gone.contains(&file.meta.location));
        Ok(files)
    }

    fn deletes(
        &self,
        about: About,
        file: &ObjectMeta,
        sequence: i64,
        constants: &HashMap<i32, (Arc<str>, ScalarValue)>,
    ) -> Result<weft_port::deletes::Deletes, Error> {
        if about.is_empty() {
            return Ok(weft_port::deletes::Deletes::None);
        }
        if about.vectors.len() > 1 {
            return Err(corrupt(&file.location, "it has more than one deletion vector"));
        }
        let vector = about.vectors.into_iter().next();
        // A vector says it all, with what files of positions said before it.
        let positions = if vector.is_some() { Vec::new() } else { about.positions };
        Ok(weft_port::deletes::Deletes::Rows(Arc::new(Deletes {
            table: Arc::clone(&self.table),
            lake: Arc::clone(&self.lake),
            file: file.clone(),
            sequence,
            constants: constants.iter().map(|(id, (_, value))| (*id, value.clone())).collect(),
            vector,
            positions,
            keys: about.keys,
        })))
    }
}
