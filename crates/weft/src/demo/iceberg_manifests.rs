//! Manifests and lists of manifests, as Avro files that are the same every time: "Manifests" of the Iceberg specification,
//! version 2, without partitions.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A file that a manifest lists.
#[derive(Clone, Debug, Default)]
pub struct DataFile {
    /// Where it lies.
    pub address: String,
    /// Its bytes.
    pub size: i64,
    /// Its rows.
    pub rows: usize,
    /// How many values are NULL, by field id.
    pub nulls: Vec<(i32, i64)>,
    /// The least values, by field id.
    pub lower: Vec<(i32, Vec<u8>)>,
    /// The greatest values.
    pub upper: Vec<(i32, Vec<u8>)>,
}

/// What the files of a manifest hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletes {
    /// Rows.
    None,
    /// Positions of rows that are gone.
    Positions,
    /// Values of the column with this id, whose rows are gone.
    Equality(i32),
}

/// A manifest, for a list.
#[derive(Clone, Debug)]
pub struct ListedManifest {
    /// Where it lies.
    pub address: String,
    /// Its bytes.
    pub length: i64,
    /// Whether it lists files of deletes.
    pub deletes: bool,
    /// The sequence number of its snapshot.
    pub number: i64,
    /// The snapshot.
    pub snapshot: i64,
    /// How many files it lists.
    pub files: usize,
    /// Their rows.
    pub rows: usize,
}

/// A manifest of files that a snapshot added.
#[must_use]
pub fn manifest(files: &[DataFile], deletes: Deletes, snapshot: i64, schema: &Value) -> Vec<u8> {
    let content = if deletes == Deletes::None { "data" } else { "deletes" };
    let header = [
        ("schema", schema.to_string()),
        ("schema-id", "1".to_owned()),
        ("partition-spec", "[]".to_owned()),
        ("partition-spec-id", "0".to_owned()),
        ("format-version", "2".to_owned()),
        ("content", content.to_owned()),
    ];
    let mut records = Vec::new();
    for file in files {
        const ADDED: i64 = 1;
        number(&mut records, ADDED);
        some(&mut records, |to| number(to, snapshot));
        // Sequence numbers are those of the manifest.
        none(&mut records);
        none(&mut records);
        number(&mut records, match deletes {
            Deletes::None => 0,
            Deletes::Positions => 1,
            Deletes::Equality(_) => 2,
        });
        text(&mut records, &file.address);
        text(&mut records, "PARQUET");
        number(&mut records, i64::try_from(file.rows).unwrap_or(i64::MAX));
        number(&mut records, file.size);
        some(&mut records, |to| pairs(to, &file.nulls, |to, count| number(to, *count)));
        some(&mut records, |to| pairs(to, &file.lower, |to, bound| bytes(to, bound)));
        some(&mut records, |to| pairs(to, &file.upper, |to, bound| bytes(to, bound)));
        match deletes {
            Deletes::Equality(id) => some(&mut records, |to| {
                number(to, 1);
                number(to, id.into());
                number(to, 0);
            }),
            _ => none(&mut records),
        }
    }
    container(&entry(), &header, files.len(), &records)
}

/// A list of manifests.
#[must_use]
pub fn list(manifests: &[ListedManifest]) -> Vec<u8> {
    let mut records = Vec::new();
    for one in manifests {
        text(&mut records, &one.address);
        for value in [one.length, 0, i64::from(one.deletes), one.number, one.number, one.snapshot] {
            number(&mut records, value);
        }
        for count in [one.files, 0, 0, one.rows, 0, 0] {
            number(&mut records, i64::try_from(count).unwrap_or(i64::MAX));
        }
        none(&mut records);
    }
    container(&listed(), &[("format-version", "2".to_owned())], manifests.len(), &records)
}

fn field(name: &str, id: i32, data_type: &Value) -> Value {
    json!({"name": name, "type": data_type, "field-id": id})
}

fn optional(name: &str, id: i32, data_type: &Value) -> Value {
    json!({"name": name, "type": ["null", data_type], "default": null, "field-id": id})
}

fn map(name: &str, id: i32, (key, value): (i32, i32), data_type: &str) -> Value {
    let pair = json!({"type": "record", "name": format!("k{key}_v{value}"), "fields": [
        field("key", key, &json!("int")), field("value", value, &json!(data_type)),
    ]});
    optional(name, id, &json!({"type": "array", "logicalType": "map", "items": pair}))
}

fn entry() -> Value {
    let (int, long, string) = (json!("int"), json!("long"), json!("string"));
    let file = json!({"type": "record", "name": "r2", "fields": [
        field("content", 134, &int), field("file_path", 100, &string), field("file_format", 101, &string),
        field("partition", 102, &json!({"type": "record", "name": "r102", "fields": []})),
        field("record_count", 103, &long), field("file_size_in_bytes", 104, &long),
        map("null_value_counts", 110, (121, 122), "long"),
        map("lower_bounds", 125, (126, 127), "bytes"), map("upper_bounds", 128, (129, 130), "bytes"),
        optional("equality_ids", 135, &json!({"type": "array", "items": "int", "element-id": 136})),
    ]});
    json!({"type": "record", "name": "manifest_entry", "fields": [
        field("status", 0, &int), optional("snapshot_id", 1, &long), optional("sequence_number", 3, &long),
        optional("file_sequence_number", 4, &long), field("data_file", 2, &file),
    ]})
}

fn listed() -> Value {
    let (int, long, string) = (json!("int"), json!("long"), json!("string"));
    let summary = json!({"type": "record", "name": "r508", "fields": [
        field("contains_null", 509, &json!("boolean")), optional("contains_nan", 518, &json!("boolean")),
        optional("lower_bound", 510, &json!("bytes")), optional("upper_bound", 511, &json!("bytes")),
    ]});
    json!({"type": "record", "name": "manifest_file", "fields": [
        field("manifest_path", 500, &string), field("manifest_length", 501, &long), field("partition_spec_id", 502, &int),
        field("content", 517, &int), field("sequence_number", 515, &long), field("min_sequence_number", 516, &long),
        field("added_snapshot_id", 503, &long),
        field("added_files_count", 504, &int), field("existing_files_count", 505, &int), field("deleted_files_count", 506, &int),
        field("added_rows_count", 512, &long), field("existing_rows_count", 513, &long), field("deleted_rows_count", 514, &long),
        optional("partitions", 507, &json!({"type": "array", "items": summary, "element-id": 508})),
    ]})
}

/// An Avro file of one block.
fn container(schema: &Value, header: &[(&str, String)], count: usize, records: &[u8]) -> Vec<u8> {
    let mut file = b"Obj\x01".to_vec();
    number(&mut file, i64::try_from(header.len() + 2).unwrap_or(0));
    text(&mut file, "avro.schema");
    text(&mut file, &schema.to_string());
    text(&mut file, "avro.codec");
    text(&mut file, "null");
    for (key, value) in header {
        text(&mut file, key);
        text(&mut file, value);
    }
    number(&mut file, 0);
    let digest = Sha256::digest(records);
    let sync = digest.get(..16).unwrap_or_default();
    file.extend(sync);
    number(&mut file, i64::try_from(count).unwrap_or(0));
    bytes(&mut file, records);
    file.extend(sync);
    file
}

/// Seven bits a byte, lowest first, the sign in the lowest of all.
fn number(to: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while left > 0x7f {
        to.push(u8::try_from(left & 0x7f).unwrap_or(0) | 0x80);
        left >>= 7;
    }
    to.push(u8::try_from(left).unwrap_or(0));
}

fn bytes(to: &mut Vec<u8>, value: &[u8]) {
    number(to, i64::try_from(value.len()).unwrap_or(0));
    to.extend(value);
}

fn text(to: &mut Vec<u8>, value: &str) {
    bytes(to, value.as_bytes());
}

fn none(to: &mut Vec<u8>) {
    number(to, 0);
}

fn some(to: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    number(to, 1);
    write(to);
}

fn pairs<V>(to: &mut Vec<u8>, pairs: &[(i32, V)], write: impl Fn(&mut Vec<u8>, &V)) {
    if !pairs.is_empty() {
        number(to, i64::try_from(pairs.len()).unwrap_or(0));
        for (key, value) in pairs {
            number(to, i64::from(*key));
            write(to, value);
        }
    }
    number(to, 0);
}
