//! Records into a Delta table: columns that files call otherwise, and rows that stand in files and are deleted.
//!
//! The log is written by hand, since it has to be the same every time: version 0 adds the files, version 1 says which of
//! their rows are deleted.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use chrono::{DateTime, SecondsFormat};
use delta_kernel::actions::deletion_vector_writer::{KernelDeletionVector, StreamingDeletionVectorWriter};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::parquet_files::{Target, Written, write_file};

/// When every file was written, in milliseconds: 2026-07-01T00:00:00Z.
const WRITTEN_MS: i64 = 1_782_864_000_000;

/// Writes a table below the mesh root. Rows for which `deleted` is true stand in the files and are no rows of the table.
pub fn write<T>(
    root: &Path,
    target: Target,
    rows: &[T],
    deleted: impl Fn(&T) -> bool,
    columns: impl Fn(&[T]) -> Result<RecordBatch>,
) -> Result<Written> {
    let schema = columns(rows.get(..0).unwrap_or_default())?.schema();
    let stored = Stored::of(target.table, &schema);
    let share = rows.len().div_ceil(target.files.max(1)).max(1);
    let (mut added, mut left, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
    let mut files = Vec::new();
    for (number, part) in rows.chunks(share).enumerate() {
        let name = format!("part-{number:05}.parquet");
        let path = PathBuf::from(target.path).join(&name);
        let bytes = write_file(&root.join(&path), target.row_group, part, &|rows| stored.batch(columns(rows)?))?;
        files.push((path, bytes));
        let add = stored.add(&name, bytes, &columns(part)?);
        let gone: Vec<u64> = (0..).zip(part).filter(|(_, row)| deleted(row)).map(|(at, _)| at).collect();
        if gone.is_empty() {
            added.push(json!({"add": add}));
            continue;
        }
        added.push(json!({"add": add}));
        left.push((name, add));
        vectors.push(gone);
    }
    let folder = root.join(target.path);
    let mut commits = vec![[vec![protocol(), stored.metadata(target.table, &schema)], added].concat()];
    if !vectors.is_empty() {
        let id = uuid(target.table);
        let path = PathBuf::from(target.path).join(format!("deletion_vector_{}.bin", id.hyphenated()));
        let descriptors = vectors_into(&root.join(&path), &id, &vectors)?;
        files.push((path.clone(), size(&root.join(&path))?));
        commits.push(left.into_iter().zip(descriptors).flat_map(|((name, add), vector)| replaced(&name, add, vector)).collect());
    }
    let log = folder.join("_delta_log");
    fs::create_dir_all(&log).map_err(Error::file("create", &log))?;
    for (version, actions) in commits.iter().enumerate() {
        let name = format!("{version:020}.json");
        let text: String = actions.iter().map(|action| format!("{action}\n")).collect();
        fs::write(log.join(&name), &text).map_err(Error::file("write", &log.join(&name)))?;
        let path = PathBuf::from(target.path).join("_delta_log").join(name);
        files.push((path, u64::try_from(text.len()).unwrap_or(u64::MAX)));
    }
    let rows = rows.iter().filter(|row| !deleted(row)).count();
    Ok(Written { table: target.table, rows, files })
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).map_err(Error::file("read", path))?.len())
}

/// Sixteen bytes that are the same every time.
fn uuid(of: &str) -> uuid::Uuid {
    let digest = Sha256::digest(of.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn protocol() -> Value {
    let features = ["columnMapping", "deletionVectors"];
    json!({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}})
}

/// A file with another deletion vector is removed and added.
fn replaced(name: &str, mut add: Map<String, Value>, vector: Value) -> [Value; 2] {
    let size = add.get("size").cloned();
    add.insert("deletionVector".to_owned(), vector);
    let remove = json!({
        "path": name, "deletionTimestamp": WRITTEN_MS + 1, "dataChange": true, "extendedFileMetadata": true,
        "partitionValues": {}, "size": size,
    });
    [json!({"remove": remove}), json!({"add": add})]
}

/// Writes deletion vectors into one file; where each of them is.
fn vectors_into(path: &Path, id: &uuid::Uuid, vectors: &[Vec<u64>]) -> Result<Vec<Value>> {
    let mut file = File::create(path).map_err(Error::file("create", path))?;
    let mut writer = StreamingDeletionVectorWriter::new(&mut file);
    let mut descriptors = Vec::with_capacity(vectors.len());
    for rows in vectors {
        let mut vector = KernelDeletionVector::new();
        vector.add_deleted_row_indexes(rows);
        let written = writer.write_deletion_vector(vector)?;
        descriptors.push(json!({
            "storageType": "u", "pathOrInlineDv": z85::encode(id.as_bytes()), "offset": written.offset,
            "sizeInBytes": written.size_in_bytes, "cardinality": written.cardinality,
        }));
    }
    writer.finalize()?;
    Ok(descriptors)
}

/// What files call the columns of a table.
struct Stored {
    names: HashMap<String, (String, usize)>,
}

impl Stored {
    fn of(table: &str, schema: &Schema) -> Self {
        let name = |(at, field): (usize, &Arc<Field>)| {
            let id = uuid(&format!("{table}.{}", field.name())).simple().to_string();
            (field.name().clone(), (format!("col-{}", id.get(..8).unwrap_or_default()), at + 1))
        };
        Self { names: schema.fields().iter().enumerate().map(name).collect() }
    }

    fn physical(&self, name: &str) -> (&str, usize) {
        self.names.get(name).map_or(("", 0), |(physical, id)| (physical, *id))
    }

    /// Columns as files have them.
    fn batch(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let field = |field: &Arc<Field>| {
            let (physical, id) = self.physical(field.name());
            let metadata = HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())]);
            field.as_ref().clone().with_name(physical).with_metadata(metadata)
        };
        let schema = Schema::new(batch.schema_ref().fields().iter().map(field).collect::<Vec<_>>());
        Ok(RecordBatch::try_new(Arc::new(schema), batch.columns().to_vec())?)
    }

    fn metadata(&self, table: &str, schema: &Schema) -> Value {
        let field = |field: &Arc<Field>| {
            let (physical, id) = self.physical(field.name());
            let metadata = json!({"delta.columnMapping.id": id, "delta.columnMapping.physicalName": physical});
            json!({"name": field.name(), "type": spelled(field.data_type()), "nullable": field.is_nullable(), "metadata": metadata})
        };
        let fields: Vec<Value> = schema.fields().iter().map(field).collect();
        let text = json!({"type": "struct", "fields": fields}).to_string();
        let configuration = json!({
            "delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": schema.fields().len().to_string(),
            "delta.enableDeletionVectors": "true",
        });
        json!({"metaData": {
            "id": uuid(table).hyphenated().to_string(), "format": {"provider": "parquet", "options": {}},
            "schemaString": text, "partitionColumns": [], "configuration": configuration, "createdTime": WRITTEN_MS,
        }})
    }

    fn add(&self, name: &str, bytes: u64, rows: &RecordBatch) -> Map<String, Value> {
        let (mut least, mut greatest, mut nulls) = (Map::new(), Map::new(), Map::new());
        for (field, column) in rows.schema_ref().fields().iter().zip(rows.columns()) {
            let (physical, _) = self.physical(field.name());
            nulls.insert(physical.to_owned(), json!(column.null_count()));
            if let Some((from, to)) = bounds(column) {
                least.insert(physical.to_owned(), from);
                greatest.insert(physical.to_owned(), to);
            }
        }
        let statistics = json!({
            "numRecords": rows.num_rows(), "minValues": least, "maxValues": greatest, "nullCount": nulls, "tightBounds": false,
        });
        let add = json!({
            "path": name, "partitionValues": {}, "size": bytes, "modificationTime": WRITTEN_MS, "dataChange": true,
            "stats": statistics.to_string(),
        });
        match add {
            Value::Object(add) => add,
            _ => Map::new(),
        }
    }
}

/// A type as the Delta protocol spells it.
fn spelled(data_type: &DataType) -> Value {
    match data_type {
        DataType::Int64 => json!("long"),
        DataType::Int32 => json!("integer"),
        DataType::Float64 => json!("double"),
        DataType::Decimal128(precision, scale) => json!(format!("decimal({precision},{scale})")),
        DataType::Timestamp(_, _) => json!("timestamp"),
        DataType::Map(_, _) => json!({"type": "map", "keyType": "string", "valueType": "string", "valueContainsNull": true}),
        _ => json!("string"),
    }
}

/// The least and the greatest of numbers and times, as logs spell them.
fn bounds(column: &ArrayRef) -> Option<(Value, Value)> {
    match column.data_type() {
        DataType::Int64 => {
            let numbers = column.as_primitive::<Int64Type>();
            Some((json!(min(numbers)?), json!(max(numbers)?)))
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let times = column.as_primitive::<TimestampMicrosecondType>();
            let spelled = |micros| {
                Some(json!(DateTime::from_timestamp_micros(micros)?.to_rfc3339_opts(SecondsFormat::Millis, true)))
            };
            Some((spelled(min(times)?)?, spelled(max(times)?)?))
        }
        _ => None,
    }
}
