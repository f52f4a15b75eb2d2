//! Records into an Iceberg table: a column that was renamed since, and rows that were corrected.
//!
//! Metadata is written by hand, since it has to be the same every time. The first snapshot holds rows as they were at first,
//! with the column's older name; the second deletes those that were wrong, by position or by key, and adds the right ones. The
//! location is no place of any machine: whoever reads the table takes what lies below it to lie below the table's folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::{max, min};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::iceberg_manifests::{DataFile, Deletes, ListedManifest, list, manifest};
use super::parquet_files::{Target, Written, write_file};

/// When the first snapshot was made, in milliseconds: 2026-07-01T00:00:00Z. The second came a day later.
const FIRST_MS: i64 = 1_782_864_000_000;
const DAY_MS: i64 = 86_400_000;
/// Numbers of snapshots. Those of the format may be any; these can be remembered.
const SNAPSHOTS: [i64; 2] = [1001, 1002];
/// The columns of files of position deletes, by their reserved ids.
const FILE_PATH: (&str, i32) = ("file_path", 2_147_483_546);
const POSITION: (&str, i32) = ("pos", 2_147_483_545);

/// How a table tells which rows are gone.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// The file, and the position in it.
    Position,
    /// The value of this column.
    Key(&'static str),
}

/// How a table came about.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// How rows were deleted.
    pub by: By,
    /// What a column was called at first: older name, name of now.
    pub renamed: (&'static str, &'static str),
}

/// Writes a table below the mesh root. A row for which `earlier` answers stood there as that at first.
pub fn write<T: Clone>(
    root: &Path,
    target: Target,
    rows: &[T],
    history: History,
    earlier: impl Fn(&T) -> Option<T>,
    columns: impl Fn(&[T]) -> Result<RecordBatch>,
) -> Result<Written> {
    let schema = columns(rows.get(..0).unwrap_or_default())?.schema();
    let mut table = Table { root, target, schema, history, files: Vec::new() };
    let first: Vec<T> = rows.iter().map(|row| earlier(row).unwrap_or_else(|| row.clone())).collect();
    let wrong: Vec<bool> = rows.iter().map(|row| earlier(row).is_some()).collect();
    let right: Vec<T> = rows.iter().filter(|row| earlier(row).is_some()).cloned().collect();

    let share = rows.len().div_ceil(target.files.max(1)).max(1);
    let (mut data, mut positions, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (part, wrong)) in first.chunks(share).zip(wrong.chunks(share)).enumerate() {
        let file = table.data(&format!("data/part-{number:05}.parquet"), part, &columns, true)?;
        let gone = (0_i64..).zip(wrong).filter(|(_, wrong)| **wrong).map(|(at, _)| at);
        positions.extend(gone.map(|at| (file.address.clone(), at)));
        keys.extend(part.iter().zip(wrong).filter(|(_, wrong)| **wrong).map(|(row, _)| row.clone()));
        data.push(file);
    }
    let deletes = match history.by {
        By::Position => table.positions("data/deletes-00000.parquet", &positions)?,
        By::Key(key) => table.keys("data/deletes-00000.parquet", &columns(&keys)?, key)?,
    };
    let added = table.data("data/corrected-00000.parquet", &right, &columns, false)?;

    let first = table.manifest("metadata/manifest-1.avro", &data, Deletes::None, 1)?;
    let second = [
        table.manifest("metadata/manifest-2.avro", &[added], Deletes::None, 2)?,
        table.manifest("metadata/manifest-3.avro", &[deletes], table.deletes(), 2)?,
    ];
    table.file("metadata/snap-1001.avro", &list(&[first.clone()]))?;
    table.file("metadata/snap-1002.avro", &list(&[&[first], &second[..]].concat()))?;
    table.file("metadata/v2.metadata.json", table.metadata().to_string().as_bytes())?;
    table.file("metadata/version-hint.text", b"2")?;
    Ok(Written { table: target.table, rows: rows.len(), files: table.files })
}

struct Table<'a> {
    root: &'a Path,
    target: Target,
    schema: Arc<Schema>,
    history: History,
    files: Vec<(PathBuf, u64)>,
}

impl Table<'_> {
    fn address(&self, name: &str) -> String {
        format!("file:///{}/{name}", self.target.path)
    }

    /// Notes a file that lies there.
    fn wrote(&mut self, name: &str) -> Result<i64> {
        let path = PathBuf::from(self.target.path).join(name);
        let bytes = fs::metadata(self.root.join(&path)).map_err(Error::file("read", &path))?.len();
        self.files.push((path, bytes));
        Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<i64> {
        let path = self.root.join(self.target.path).join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        fs::write(&path, bytes).map_err(Error::file("write", &path))?;
        self.wrote(name)
    }

    fn parquet(&mut self, name: &str, batch: &RecordBatch) -> Result<i64> {
        let path = self.root.join(self.target.path).join(name);
        let rows: Vec<usize> = (0..batch.num_rows()).collect();
        let part = |rows: &[usize]| Ok(batch.slice(rows.first().copied().unwrap_or(0), rows.len()));
        write_file(&path, self.target.row_group, &rows, &part)?;
        self.wrote(name)
    }

    /// A file of rows, with field ids; under the older name at first.
    fn data<T>(&mut self, name: &str, rows: &[T], columns: &impl Fn(&[T]) -> Result<RecordBatch>, old: bool) -> Result<DataFile> {
        let all = columns(rows)?;
        let (before, now) = self.history.renamed;
        let field = |(id, field): (i32, &Arc<Field>)| {
            let name = if old && field.name() == now { before } else { field.name() };
            numbered(field, name, id)
        };
        let fields: Vec<Field> = (1..).zip(self.schema.fields()).map(field).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), all.columns().to_vec())?;
        let size = self.parquet(name, &batch)?;
        let mut file = DataFile { address: self.address(name), size, rows: batch.num_rows(), ..DataFile::default() };
        for (id, column) in (1..).zip(batch.columns()) {
            file.nulls.push((id, i64::try_from(column.null_count()).unwrap_or(0)));
            if let Some((least, greatest)) = bounds(column) {
                file.lower.push((id, least));
                file.upper.push((id, greatest));
            }
        }
        Ok(file)
    }

    fn positions(&mut self, name: &str, gone: &[(String, i64)]) -> Result<DataFile> {
        let fields = [(FILE_PATH, DataType::Utf8), (POSITION, DataType::Int64)];
        let fields = fields.map(|((name, id), data_type)| numbered(&Field::new(name, data_type, false), name, id));
        let paths: ArrayRef = Arc::new(StringArray::from_iter_values(gone.iter().map(|(path, _)| path)));
        let places: ArrayRef = Arc::new(Int64Array::from_iter_values(gone.iter().map(|(_, at)| *at)));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), vec![paths, places])?;
        let size = self.parquet(name, &batch)?;
        Ok(DataFile { address: self.address(name), size, rows: gone.len(), ..DataFile::default() })
    }

    fn keys(&mut self, name: &str, rows: &RecordBatch, key: &str) -> Result<DataFile> {
        let at = rows.schema().index_of(key)?;
        let field = numbered(rows.schema().field(at), key, i32::try_from(at + 1).unwrap_or(0));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::clone(rows.column(at))])?;
        let size = self.parquet(name, &batch)?;
        Ok(DataFile { address: self.address(name), size, rows: batch.num_rows(), ..DataFile::default() })
    }

    fn deletes(&self) -> Deletes {
        match self.history.by {
            By::Position => Deletes::Positions,
            By::Key(key) => Deletes::Equality(self.schema.index_of(key).ok().and_then(|at| i32::try_from(at + 1).ok()).unwrap_or(0)),
        }
    }

    fn manifest(&mut self, name: &str, files: &[DataFile], deletes: Deletes, number: i64) -> Result<ListedManifest> {
        let snapshot = *SNAPSHOTS.get(usize::try_from(number - 1).unwrap_or(0)).unwrap_or(&0);
        let length = self.file(name, &manifest(files, deletes, snapshot, &self.schema_of(true)))?;
        let rows = files.iter().map(|file| file.rows).sum();
        Ok(ListedManifest { address: self.address(name), length, deletes: deletes != Deletes::None, number, snapshot, files: files.len(), rows })
    }

    fn schema_of(&self, now: bool) -> Value {
        let (before, after) = self.history.renamed;
        let field = |(id, field): (i32, &Arc<Field>)| {
            let name = if !now && field.name() == after { before } else { field.name() };
            json!({"id": id, "name": name, "required": !field.is_nullable(), "type": spelled(field.data_type())})
        };
        let fields: Vec<Value> = (1..).zip(self.schema.fields()).map(field).collect();
        json!({"type": "struct", "schema-id": i32::from(now), "fields": fields})
    }

    fn metadata(&self) -> Value {
        let snapshot = |at: usize| {
            let id = SNAPSHOTS.get(at).copied().unwrap_or(0);
            let number = i64::try_from(at).unwrap_or(0);
            let mut snapshot = json!({
                "snapshot-id": id, "sequence-number": number + 1, "timestamp-ms": FIRST_MS + number * DAY_MS, "schema-id": number,
                "summary": {"operation": if at == 0 { "append" } else { "overwrite" }},
                "manifest-list": self.address(&format!("metadata/snap-{id}.avro")),
            });
            if let (1, Some(snapshot)) = (at, snapshot.as_object_mut()) {
                snapshot.insert("parent-snapshot-id".to_owned(), json!(SNAPSHOTS.first()));
            }
            snapshot
        };
        let log: Vec<Value> = (0..).zip(SNAPSHOTS).map(|(at, id)| json!({"snapshot-id": id, "timestamp-ms": FIRST_MS + at * DAY_MS})).collect();
        json!({
            "format-version": 2, "table-uuid": uuid(self.target.table), "location": format!("file:///{}", self.target.path),
            "last-sequence-number": 2, "last-updated-ms": FIRST_MS + DAY_MS, "last-column-id": self.schema.fields().len(),
            "current-schema-id": 1, "schemas": [self.schema_of(false), self.schema_of(true)],
            "default-spec-id": 0, "partition-specs": [{"spec-id": 0, "fields": []}], "last-partition-id": 999,
            "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}], "properties": {},
            "current-snapshot-id": SNAPSHOTS.last(), "snapshots": [snapshot(0), snapshot(1)], "snapshot-log": log, "metadata-log": [],
            "refs": {
                "main": {"snapshot-id": SNAPSHOTS.last(), "type": "branch"},
                "before-corrections": {"snapshot-id": SNAPSHOTS.first(), "type": "tag"},
            },
        })
    }
}

fn numbered(field: &Field, name: &str, id: i32) -> Field {
    let metadata = HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())]);
    field.clone().with_name(name).with_metadata(metadata)
}

/// What is the same every time, as a UUID is spelled.
fn uuid(of: &str) -> String {
    let digest = Sha256::digest(of.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// A type as the specification spells it.
fn spelled(data_type: &DataType) -> String {
    match data_type {
        DataType::Int64 => "long".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Timestamp(_, Some(_)) => "timestamptz".to_owned(),
        _ => "string".to_owned(),
    }
}

/// The least and the greatest of whole numbers and times, as manifests have them.
fn bounds(column: &ArrayRef) -> Option<(Vec<u8>, Vec<u8>)> {
    let long = |least: i64, greatest: i64| (least.to_le_bytes().to_vec(), greatest.to_le_bytes().to_vec());
    match column.data_type() {
        DataType::Int32 => {
            let numbers = column.as_primitive::<Int32Type>();
            Some((min(numbers)?.to_le_bytes().to_vec(), max(numbers)?.to_le_bytes().to_vec()))
        }
        DataType::Int64 => {
            let numbers = column.as_primitive::<Int64Type>();
            Some(long(min(numbers)?, max(numbers)?))
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            Some(long(min(times)?, max(times)?))
        }
        _ => None,
    }
}
