//! What a table is: "Table Metadata" of the Iceberg specification, versions 1 to 3.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::data_type::{StructField, fields};
use crate::partition::Spec;

/// The newest version of the format that is read.
const FORMAT_VERSION_MAX: i64 = 3;
/// The most bytes of a metadata file, unpacked.
const METADATA_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most values of a metadata file, at every depth.
const PARTS_MAX: usize = 4_000_000;
/// How GZIP files begin.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What a value holds, about.
const PART_BYTES: usize = 48;
/// The branch that a table is at.
pub(crate) const MAIN: &str = "main";
/// What the format calls no snapshot.
const NO_SNAPSHOT: i64 = -1;
/// Where a table keeps what files without field ids call its columns.
const NAME_MAPPING: &str = "schema.name-mapping.default";

/// Why metadata is not usable.
#[derive(Clone, Debug)]
pub(crate) enum Unusable {
    /// It is not what it should be.
    Damaged(String),
    /// It is, and is not read.
    Unread(String),
}

/// A table's metadata.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) uuid: Option<String>,
    pub(crate) location: String,
    schemas: BTreeMap<i64, Vec<StructField>>,
    current_schema: i64,
    pub(crate) specs: HashMap<i64, Spec>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) current_snapshot: Option<i64>,
    /// About how many bytes it holds.
    pub(crate) held: usize,
    pub(crate) log: Vec<LogEntry>,
    pub(crate) refs: HashMap<String, Reference>,
    pub(crate) name_mapping: Option<Json>,
}

/// A state of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Snapshot {
    pub(crate) snapshot_id: i64,
    #[serde(default)]
    pub(crate) timestamp_ms: i64,
    pub(crate) manifest_list: Option<String>,
    /// The manifests, in version 1.
    pub(crate) manifests: Option<Vec<String>>,
    pub(crate) schema_id: Option<i64>,
    pub(crate) key_id: Option<String>,
}

/// When a snapshot became the current one.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct LogEntry {
    pub(crate) snapshot_id: i64,
    pub(crate) timestamp_ms: i64,
}

/// A branch or a tag.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Reference {
    pub(crate) snapshot_id: i64,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// The file as it stands.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    table_uuid: Option<String>,
    location: Option<String>,
    schema: Option<Json>,
    schemas: Option<Vec<Json>>,
    current_schema_id: Option<i64>,
    partition_spec: Option<Json>,
    partition_specs: Option<Vec<Json>>,
    #[serde(default)]
    properties: Option<HashMap<String, Json>>,
    current_snapshot_id: Option<i64>,
    snapshots: Option<Vec<Snapshot>>,
    snapshot_log: Option<Vec<LogEntry>>,
    refs: Option<HashMap<String, Reference>>,
}

/// What is asked of a file before anything else.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Version {
    format_version: Option<Json>,
}

impl Metadata {
    /// Reads a metadata file, packed with GZIP or not.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, Unusable> {
        let text = unpacked(file)?;
        let text = text.as_deref().unwrap_or(file);
        // A value takes many times what it is written in.
        let parts = text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        if parts > PARTS_MAX {
            return Err(Unusable::Unread(format!("it has more than {PARTS_MAX} parts")));
        }
        let damaged = |cause: serde_json::Error| Unusable::Damaged(cause.to_string());
        let Version { format_version } = serde_json::from_slice(text).map_err(damaged)?;
        match format_version.as_ref().and_then(Json::as_i64) {
            Some(1..=FORMAT_VERSION_MAX) => {}
            Some(version) => {
                return Err(Unusable::Unread(format!("it is of version {version} of the format; versions 1 to {FORMAT_VERSION_MAX} are read")));
            }
            None => return Err(Unusable::Damaged("it says no version of the format".to_owned())),
        }
        let raw: Raw = serde_json::from_slice(text).map_err(damaged)?;
        let missing = |what: &str| Unusable::Damaged(format!("it has no `{what}`"));
        let id = |json: &Json, key: &str| json.get(key).and_then(Json::as_i64);
        let list = match (raw.schemas, raw.schema) {
            (Some(schemas), _) if !schemas.is_empty() => schemas,
            (_, Some(schema)) => vec![schema],
            _ => return Err(missing("schemas")),
        };
        let mut schemas = BTreeMap::new();
        for json in &list {
            schemas.insert(id(json, "schema-id").unwrap_or(0), fields(json).map_err(Unusable::Damaged)?);
        }
        let current_schema = match raw.current_schema_id {
            Some(current) => current,
            None => list.first().and_then(|json| id(json, "schema-id")).unwrap_or(0),
        };
        if !schemas.contains_key(&current_schema) {
            return Err(Unusable::Damaged(format!("its schema is the one with id {current_schema}, and it has none such")));
        }
        let mut specs = HashMap::new();
        for json in raw.partition_specs.iter().flatten() {
            specs.insert(id(json, "spec-id").unwrap_or(0), Spec::parse(json.get("fields").unwrap_or(&Json::Null)).map_err(Unusable::Damaged)?);
        }
        if specs.is_empty() {
            specs.insert(0, Spec::parse(raw.partition_spec.as_ref().unwrap_or(&Json::Null)).map_err(Unusable::Damaged)?);
        }
        let mapping = raw.properties.as_ref().and_then(|all| all.get(NAME_MAPPING)).and_then(Json::as_str);
        let name_mapping = mapping.map(serde_json::from_str).transpose();
        // Where the one does not say it, the other does.
        let main = || raw.refs.as_ref().and_then(|refs| refs.get(MAIN)).map(|main| main.snapshot_id);
        let current_snapshot = raw.current_snapshot_id.filter(|id| *id != NO_SNAPSHOT).or_else(main);
        let found = Self {
            uuid: raw.table_uuid,
            location: raw.location.ok_or_else(|| missing("location"))?,
            schemas,
            current_schema,
            specs,
            snapshots: raw.snapshots.unwrap_or_default(),
            current_snapshot,
            held: text.len().saturating_mul(2).saturating_add(parts.saturating_mul(PART_BYTES)),
            log: raw.snapshot_log.unwrap_or_default(),
            refs: raw.refs.unwrap_or_default(),
            name_mapping: name_mapping.map_err(|cause| Unusable::Damaged(format!("`{NAME_MAPPING}`: {cause}")))?,
        };
        match current_snapshot {
            Some(id) if found.snapshot(id).is_none() => {
                Err(Unusable::Damaged(format!("its snapshot is {id}, and it has none such")))
            }
            _ => Ok(found),
        }
    }

    /// The columns as they are now.
    pub(crate) fn columns(&self) -> &[StructField] {
        self.schema(self.current_schema).unwrap_or_default()
    }

    /// The columns of a schema that was.
    pub(crate) fn schema(&self, id: i64) -> Option<&[StructField]> {
        self.schemas.get(&id).map(Vec::as_slice)
    }

    /// The columns of all schemas, the latest first: types only ever became wider.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &StructField> {
        self.schemas.values().rev().flatten()
    }

    pub(crate) fn snapshot(&self, id: i64) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.snapshot_id == id)
    }
}

/// What a packed file holds; [`None`] for one that is not packed.
fn unpacked(file: &[u8]) -> Result<Option<Vec<u8>>, Unusable> {
    let limit = || Unusable::Unread(format!("it has more than {METADATA_BYTES_MAX} bytes"));
    if !file.starts_with(&GZIP_MAGIC) {
        return if file.len() > METADATA_BYTES_MAX { Err(limit()) } else { Ok(None) };
    }
    let mut text = Vec::new();
    let most = u64::try_from(METADATA_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = GzDecoder::new(file).take(most).read_to_end(&mut text);
    read.map_err(|cause| Unusable::Damaged(format!("it does not unpack: {cause}")))?;
    if text.len() > METADATA_BYTES_MAX { Err(limit()) } else { Ok(Some(text)) }
}
