//! Which files make up a snapshot: "Manifests" of the Iceberg specification.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayBuilder, BinaryArray, BinaryBuilder, Int64Array, Int64Builder, StringArray, StringBuilder};

use chrono::DateTime;
use object_store::ObjectMeta;
use object_store::path::Path;
use weft_port::error::Error;

use crate::avro::Flaw;
use crate::avro::container::Container;
use crate::avro::schema::Want;
use crate::avro::value::Value;
use crate::failure::corrupt;
use crate::partition::Spec;
use crate::single_value::Raw;

/// The most bytes that is held of one manifest.
const HELD_BYTES_MAX: usize = 512 * 1024 * 1024;
/// The most fields of a partition.
const PARTITION_FIELDS_MAX: usize = 256;
/// What is held of a column and a file, beside the bytes of bounds.
const CELL: usize = 2 * size_of::<i64>() + 2 * size_of::<i32>();
/// The most bytes of an address, or of the name of a format.
const ADDRESS_BYTES_MAX: usize = 16 * 1024;
/// The most columns of which bounds are held.
const METRICS_MAX: usize = 2_000;

/// The ids of fields.
mod id {
    pub(super) const STATUS: i32 = 0;
    pub(super) const DATA_FILE: i32 = 2;
    pub(super) const SEQUENCE: i32 = 3;
    pub(super) const PATH: i32 = 100;
    pub(super) const FORMAT: i32 = 101;
    pub(super) const PARTITION: i32 = 102;
    pub(super) const RECORDS: i32 = 103;
    pub(super) const SIZE: i32 = 104;
    pub(super) const NULLS: (i32, i32, i32) = (110, 121, 122);
    pub(super) const LOWER: (i32, i32, i32) = (125, 126, 127);
    pub(super) const UPPER: (i32, i32, i32) = (128, 129, 130);
    pub(super) const KEY: i32 = 131;
    pub(super) const CONTENT: i32 = 134;
    pub(super) const EQUALITY: i32 = 135;
    pub(super) const NANS: (i32, i32, i32) = (137, 138, 139);
    pub(super) const REFERENCED: i32 = 143;
    pub(super) const OFFSET: i32 = 144;
    pub(super) const CONTENT_SIZE: i32 = 145;
    pub(super) const WANTED: [i32; 17] = [
        STATUS, SEQUENCE, PATH, FORMAT, PARTITION, RECORDS, SIZE, NULLS.0, LOWER.0, UPPER.0, KEY, CONTENT, EQUALITY, NANS.0,
        REFERENCED, OFFSET, CONTENT_SIZE,
    ];
}

/// The column of delete files that holds the paths of data files.
pub(crate) const DELETE_FILE_PATH: i32 = i32::MAX - 101;
/// The column of delete files that holds positions of rows.
pub(crate) const DELETE_POSITION: i32 = i32::MAX - 102;

fn want(id: i32) -> Want {
    match id {
        id::DATA_FILE => Want::Parts,
        id if id::WANTED.contains(&id) => Want::All,
        _ => Want::Nothing,
    }
}

/// A manifest that was read.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// How its files are partitioned, where it says so itself.
    pub(crate) spec: Option<Spec>,
    pub(crate) data: DataFiles,
    pub(crate) deletes: Vec<Arc<DeleteFile>>,
}

/// Data files, column by column.
#[derive(Debug)]
pub(crate) struct DataFiles {
    pub(crate) paths: StringArray,
    pub(crate) records: Vec<i64>,
    pub(crate) sizes: Vec<i64>,
    pub(crate) sequences: Vec<i64>,
    /// For each field of the specification, the value of each file.
    pub(crate) partitions: HashMap<i32, Vec<Option<Raw>>>,
    pub(crate) metrics: HashMap<i32, Metrics>,
    /// Files that are not in Parquet, with their formats.
    pub(crate) foreign: HashMap<usize, String>,
}

/// What is said of a column, file by file.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) lower: BinaryArray,
    pub(crate) upper: BinaryArray,
    pub(crate) nulls: Int64Array,
    pub(crate) nans: Int64Array,
}

/// A file of deletes.
#[derive(Debug)]
pub(crate) struct DeleteFile {
    pub(crate) kind: DeleteKind,
    pub(crate) path: String,
    pub(crate) format: String,
    pub(crate) size: i64,
    pub(crate) records: i64,
    pub(crate) sequence: i64,
    pub(crate) partition: HashMap<i32, Option<Raw>>,
    /// The only data file that it is about, where that is said.
    pub(crate) referenced: Option<String>,
    /// What the paths of the data files it is about begin with, where all do.
    pub(crate) only: Option<String>,
}

/// How deletes are written down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeleteKind {
    /// Paths of data files and positions in them.
    Positions,
    /// A deletion vector: so many bytes of the file from there.
    Vector { offset: i64, size: i64 },
    /// Values of columns with these ids.
    Equality(Vec<i32>),
}

impl Manifest {
    /// The files of a manifest that are live.
    ///
    /// `sequence` is that of the manifest, which lists files of deletes or of data, and `columns` are those of which bounds are of use.
    pub(crate) fn read(file: &[u8], sequence: i64, of_deletes: bool, columns: &HashSet<i32>) -> Result<Self, Flaw> {
        let container = Container::open(file)?;
        let fields = container.said("partition-spec").and_then(|text| serde_json::from_slice(text).ok());
        let spec = fields.map(|fields| Spec::parse(&fields)).transpose().map_err(Flaw::Schema)?;
        let mut data = Building::new(columns);
        let mut deletes = Vec::new();
        let mut held = 0;
        container.each(&want, |entry| {
            const DELETED: i64 = 2;
            if entry.field(id::STATUS).and_then(Value::number) == Some(DELETED) {
                return Ok(());
            }
            let file = entry.field(id::DATA_FILE).ok_or(Flaw::Value("an entry has no file"))?;
            if file.field(id::KEY).is_some() {
                return Err(Flaw::Value("a file is encrypted, which is not read"));
            }
            let sequence = sequence_of(entry, sequence)?;
            match file.field(id::CONTENT).and_then(Value::number) {
                None | Some(0) if !of_deletes => data.push(file, sequence)?,
                Some(content @ (1 | 2)) if of_deletes => {
                    let file = delete(file, content == 2, sequence)?;
                    held += file.held();
                    deletes.push(Arc::new(file));
                }
                _ => return Err(Flaw::Value("a file holds something else than its manifest lists")),
            }
            if held.saturating_add(data.held()) > HELD_BYTES_MAX {
                return Err(Flaw::TooMuch { what: "what is held of it", limit: HELD_BYTES_MAX });
            }
            Ok(())
        })?;
        Ok(Self { spec, data: data.finish(), deletes })
    }

    /// About how many bytes it holds.
    pub(crate) fn held(&self) -> usize {
        let metrics = self.data.metrics.values().map(|one| {
            one.lower.get_array_memory_size()
                + one.upper.get_array_memory_size()
                + one.nulls.get_array_memory_size()
                + one.nans.get_array_memory_size()
        });
        let partitions = self.data.partitions.values().flatten();
        let partitions = partitions.map(|one| size_of::<Option<Raw>>() + one.as_ref().map_or(0, Raw::held));
        let rows = self.data.records.len() * 3 * size_of::<i64>();
        let deletes = self.deletes.iter().map(|file| file.held()).sum::<usize>();
        size_of::<Self>()
            + self.data.paths.get_array_memory_size()
            + metrics.sum::<usize>()
            + partitions.sum::<usize>()
            + rows
            + deletes
    }
}

impl DeleteFile {
    /// The file, as the store has it.
    ///
    /// # Errors
    /// For one that is not in Parquet.
    pub(crate) fn meta(&self, path: &Path) -> Result<ObjectMeta, Error> {
        if !self.format.eq_ignore_ascii_case("parquet") {
            return Err(corrupt(path, format!("deletes in {} are not read", self.format.to_ascii_uppercase())));
        }
        let size = u64::try_from(self.size).unwrap_or(0);
        Ok(ObjectMeta { location: path.clone(), last_modified: DateTime::default(), size, e_tag: None, version: None })
    }

    fn held(&self) -> usize {
        let texts = self.path.len() + self.referenced.as_ref().map_or(0, String::len) + self.only.as_ref().map_or(0, String::len);
        let partition = self.partition.values().map(|one| 2 * size_of::<Option<Raw>>() + one.as_ref().map_or(0, Raw::held));
        let ids = if let DeleteKind::Equality(ids) = &self.kind { ids.len() * size_of::<i32>() } else { 0 };
        size_of::<Self>() + texts + self.format.len() + ids + partition.sum::<usize>()
    }
}

/// The sequence number of an entry: its own, or that of the manifest it was added with.
fn sequence_of(entry: &Value<'_>, manifest: i64) -> Result<i64, Flaw> {
    const ADDED: i64 = 1;
    let added = entry.field(id::STATUS).and_then(Value::number) == Some(ADDED);
    match entry.field(id::SEQUENCE).and_then(Value::number) {
        Some(own) => Ok(own),
        // Manifests of version 1 know no such numbers: theirs are zero.
        None if added || manifest == 0 => Ok(manifest),
        None => Err(Flaw::Value("a file that was there before has no sequence number")),
    }
}

/// What every file has: path, format, rows and bytes.
fn common<'a>(file: &Value<'a>) -> Result<(&'a str, &'a str, i64, i64), Flaw> {
    let text = |id: i32| file.field(id).map(Value::text).transpose().map(Option::flatten);
    let path = text(id::PATH)?.ok_or(Flaw::Value("a file has no path"))?;
    let number = |id: i32| file.field(id).and_then(Value::number).filter(|number| *number >= 0);
    let records = number(id::RECORDS).ok_or(Flaw::Value("a file has no number of rows"))?;
    let size = number(id::SIZE).ok_or(Flaw::Value("a file has no size"))?;
    let format = text(id::FORMAT)?.unwrap_or("PARQUET");
    match path.len().max(format.len()) > ADDRESS_BYTES_MAX {
        true => Err(Flaw::TooMuch { what: "the number of bytes of an address", limit: ADDRESS_BYTES_MAX }),
        false => Ok((path, format, records, size)),
    }
}

/// The pairs of a map from field ids.
fn pairs<'v, 'a>(file: &'v Value<'a>, (map, key, value): (i32, i32, i32)) -> impl Iterator<Item = (i32, &'v Value<'a>)> {
    let list = file.field(map).map_or(&[][..], Value::list);
    list.iter().filter_map(move |pair| {
        let id = pair.field(key).and_then(Value::number).and_then(|id| i32::try_from(id).ok())?;
        Some((id, pair.field(value)?))
    })
}

fn partition(file: &Value<'_>) -> impl Iterator<Item = (i32, Option<Raw>)> {
    let Some(Value::Record(fields)) = file.field(id::PARTITION) else { return Vec::new().into_iter() };
    fields.iter().map(|(id, value)| (*id, Raw::of(value))).collect::<Vec<_>>().into_iter()
}

fn delete(file: &Value<'_>, equality: bool, sequence: i64) -> Result<DeleteFile, Flaw> {
    let (path, format, records, size) = common(file)?;
    let number = |id: i32| file.field(id).and_then(Value::number);
    let kind = match (equality, format.eq_ignore_ascii_case("puffin")) {
        (true, _) => {
            let ids = file.field(id::EQUALITY).map_or(&[][..], Value::list).iter();
            let ids: Option<Vec<i32>> = ids.map(|id| id.number().and_then(|id| i32::try_from(id).ok())).collect();
            let mut ids = ids.filter(|ids| !ids.is_empty()).ok_or(Flaw::Value("deletes by equality have no columns"))?;
            ids.sort_unstable();
            ids.dedup();
            DeleteKind::Equality(ids)
        }
        (false, true) => {
            let missing = Flaw::Value("a deletion vector does not say where it lies");
            let (offset, size) = number(id::OFFSET).zip(number(id::CONTENT_SIZE)).ok_or(missing)?;
            DeleteKind::Vector { offset, size }
        }
        (false, false) => DeleteKind::Positions,
    };
    let bound = |map: (i32, i32, i32)| pairs(file, map).find(|(id, _)| *id == DELETE_FILE_PATH)?.1.bytes();
    let only = bound(id::LOWER).filter(|lower| bound(id::UPPER) == Some(*lower));
    let referenced = file.field(id::REFERENCED).map(Value::text).transpose()?.flatten();
    Ok(DeleteFile {
        kind,
        path: path.to_owned(),
        format: format.to_owned(),
        size,
        records,
        sequence,
        partition: partition(file).collect(),
        referenced: referenced.map(str::to_owned),
        only: only.and_then(|path| std::str::from_utf8(path).ok()).map(str::to_owned),
    })
}

/// Data files, while they are read.
struct Building<'a> {
    columns: &'a HashSet<i32>,
    paths: StringBuilder,
    records: Vec<i64>,
    sizes: Vec<i64>,
    sequences: Vec<i64>,
    partitions: HashMap<i32, Vec<Option<Raw>>>,
    metrics: HashMap<i32, BuildingMetrics>,
    foreign: HashMap<usize, String>,
    bytes: usize,
}

struct BuildingMetrics {
    lower: BinaryBuilder,
    upper: BinaryBuilder,
    nulls: Int64Builder,
    nans: Int64Builder,
}

/// With no room for what may not come: most manifests are small.
impl Default for BuildingMetrics {
    fn default() -> Self {
        Self {
            lower: BinaryBuilder::with_capacity(0, 0),
            upper: BinaryBuilder::with_capacity(0, 0),
            nulls: Int64Builder::with_capacity(0),
            nans: Int64Builder::with_capacity(0),
        }
    }
}

impl<'a> Building<'a> {
    fn new(columns: &'a HashSet<i32>) -> Self {
        Self {
            columns,
            paths: StringBuilder::with_capacity(0, 0),
            records: Vec::new(),
            sizes: Vec::new(),
            sequences: Vec::new(),
            partitions: HashMap::new(),
            metrics: HashMap::new(),
            foreign: HashMap::new(),
            bytes: 0,
        }
    }

    fn push(&mut self, file: &Value<'_>, sequence: i64) -> Result<(), Flaw> {
        let (path, format, records, size) = common(file)?;
        let row = self.records.len();
        self.room(file)?;
        self.paths.append_value(path);
        self.records.push(records);
        self.sizes.push(size);
        self.sequences.push(sequence);
        self.bytes += path.len();
        if !format.eq_ignore_ascii_case("parquet") {
            self.foreign.insert(row, format.to_owned());
            self.bytes += format.len() + size_of::<(usize, String)>();
        }
        for (id, raw) in partition(file) {
            self.bytes += raw.as_ref().map_or(0, Raw::held);
            let column = self.partitions.entry(id).or_default();
            // What is said twice counts once.
            if column.len() <= row {
                column.resize(row, None);
                column.push(raw);
            }
        }
        for (id, bytes) in pairs(file, id::LOWER) {
            if let Some((metrics, bytes)) = self.metrics(id).zip(bytes.bytes()) {
                append(&mut metrics.lower, row, bytes);
                self.bytes += bytes.len();
            }
        }
        for (id, bytes) in pairs(file, id::UPPER) {
            if let Some((metrics, bytes)) = self.metrics(id).zip(bytes.bytes()) {
                append(&mut metrics.upper, row, bytes);
                self.bytes += bytes.len();
            }
        }
        for (id, count) in pairs(file, id::NULLS) {
            if let Some((metrics, count)) = self.metrics(id).zip(count.number()) {
                append_number(&mut metrics.nulls, row, count);
            }
        }
        for (id, count) in pairs(file, id::NANS) {
            if let Some((metrics, count)) = self.metrics(id).zip(count.number()) {
                append_number(&mut metrics.nans, row, count);
            }
        }
        Ok(())
    }

    /// Refuses what would take too much before it is taken: what is said of one file for the first time is filled in for all
    /// before it.
    fn room(&self, file: &Value<'_>) -> Result<(), Flaw> {
        let new = [id::LOWER, id::UPPER, id::NULLS, id::NANS].into_iter().flat_map(|map| pairs(file, map)).map(|(id, _)| id);
        let new: HashSet<i32> = new.filter(|id| self.columns.contains(id) && !self.metrics.contains_key(id)).collect();
        let metrics = new.len().min(METRICS_MAX.saturating_sub(self.metrics.len()));
        let partitions = match file.field(id::PARTITION) {
            Some(Value::Record(fields)) => fields.iter().filter(|(id, _)| !self.partitions.contains_key(id)).count(),
            _ => 0,
        };
        if self.partitions.len() + partitions > PARTITION_FIELDS_MAX {
            return Err(Flaw::TooMuch { what: "the number of fields of a partition", limit: PARTITION_FIELDS_MAX });
        }
        let cells = metrics * CELL + partitions * size_of::<Option<Raw>>();
        match self.held().saturating_add(self.records.len().saturating_mul(cells)) > HELD_BYTES_MAX {
            true => Err(Flaw::TooMuch { what: "what is held of it", limit: HELD_BYTES_MAX }),
            false => Ok(()),
        }
    }

    fn metrics(&mut self, id: i32) -> Option<&mut BuildingMetrics> {
        let room = self.metrics.len() < METRICS_MAX || self.metrics.contains_key(&id);
        (room && self.columns.contains(&id)).then(|| self.metrics.entry(id).or_default())
    }

    /// About how many bytes are held, when what is not said of some files has been filled in.
    fn held(&self) -> usize {
        let cells = self.metrics.len() * CELL + self.partitions.len() * size_of::<Option<Raw>>();
        self.bytes.saturating_add(self.records.len().saturating_mul(cells + 4 * size_of::<i64>()))
    }

    fn finish(mut self) -> DataFiles {
        let rows = self.records.len();
        self.partitions.values_mut().for_each(|column| column.resize(rows, None));
        let metrics = self.metrics.into_iter().map(|(id, mut building)| {
            fill(&mut building.lower, rows);
            fill(&mut building.upper, rows);
            fill_numbers(&mut building.nulls, rows);
            fill_numbers(&mut building.nans, rows);
            let metrics = Metrics {
                lower: building.lower.finish(),
                upper: building.upper.finish(),
                nulls: building.nulls.finish(),
                nans: building.nans.finish(),
            };
            (id, metrics)
        });
        DataFiles {
            paths: self.paths.finish(),
            records: self.records,
            sizes: self.sizes,
            sequences: self.sequences,
            partitions: self.partitions,
            metrics: metrics.collect(),
            foreign: self.foreign,
        }
    }
}

/// Says something of a row, and nothing of those before it of which nothing was said. What is said twice counts once.
fn append(builder: &mut BinaryBuilder, row: usize, bytes: &[u8]) {
    fill(builder, row);
    if builder.len() == row {
        builder.append_value(bytes);
    }
}

fn append_number(builder: &mut Int64Builder, row: usize, number: i64) {
    fill_numbers(builder, row);
    if builder.len() == row {
        builder.append_value(number);
    }
}

fn fill(builder: &mut BinaryBuilder, rows: usize) {
    while builder.len() < rows {
        builder.append_null();
    }
}

fn fill_numbers(builder: &mut Int64Builder, rows: usize) {
    while builder.len() < rows {
        builder.append_null();
    }
}
