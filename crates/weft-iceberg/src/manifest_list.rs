//! Which manifests make up a snapshot: "Manifest Lists" of the Iceberg specification.

use std::collections::HashSet;

use crate::avro::Flaw;
use crate::avro::container::Container;
use crate::avro::schema::Want;
use crate::avro::value::Value;

/// The most manifests of a snapshot.
const MANIFESTS_MAX: usize = 100_000;
/// The most bytes that is held of a list.
const HELD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The most fields of a partition.
const SUMMARIES_MAX: usize = 256;
/// The most bytes of an address.
const ADDRESS_BYTES_MAX: usize = 16 * 1024;

/// Stands for the specification of manifests of which none is said.
pub(crate) const NO_SPEC: i64 = -1;

/// The ids of fields.
mod id {
    pub(super) const PATH: i32 = 500;
    pub(super) const LENGTH: i32 = 501;
    pub(super) const SPEC: i32 = 502;
    pub(super) const ADDED_FILES: i32 = 504;
    pub(super) const EXISTING_FILES: i32 = 505;
    pub(super) const PARTITIONS: i32 = 507;
    pub(super) const CONTAINS_NULL: i32 = 509;
    pub(super) const LOWER: i32 = 510;
    pub(super) const UPPER: i32 = 511;
    pub(super) const ADDED_ROWS: i32 = 512;
    pub(super) const EXISTING_ROWS: i32 = 513;
    pub(super) const SEQUENCE: i32 = 515;
    pub(super) const CONTENT: i32 = 517;
    pub(super) const KEY: i32 = 519;
    pub(super) const WANTED: [i32; 11] = [
        PATH, LENGTH, SPEC, ADDED_FILES, EXISTING_FILES, PARTITIONS, ADDED_ROWS, EXISTING_ROWS, SEQUENCE, CONTENT, KEY,
    ];
}

/// A manifest, as its list describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManifestFile {
    pub(crate) path: String,
    /// Its bytes, where that is said.
    pub(crate) length: Option<u64>,
    pub(crate) spec: i64,
    /// Whether it lists files of deletes, and not of data.
    pub(crate) deletes: bool,
    pub(crate) sequence: i64,
    /// Rows in files that are live, where that is said.
    pub(crate) rows: Option<u64>,
    /// What partitions its files are in, for each field of its specification.
    pub(crate) summaries: Vec<Summary>,
}

/// What one field of the partitions of a manifest's files is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) nulls: bool,
    pub(crate) lower: Option<Box<[u8]>>,
    pub(crate) upper: Option<Box<[u8]>>,
}

impl ManifestFile {
    /// One of which nothing but its place is known: version 1 may list manifests by themselves.
    pub(crate) fn bare(path: String) -> Self {
        Self { path, length: None, spec: NO_SPEC, deletes: false, sequence: 0, rows: None, summaries: Vec::new() }
    }

    /// About how many bytes it holds.
    pub(crate) fn held(&self) -> usize {
        let bytes = |bound: &Option<Box<[u8]>>| bound.as_ref().map_or(0, |bytes| bytes.len());
        let summaries = self.summaries.iter().map(|one| size_of::<Summary>() + bytes(&one.lower) + bytes(&one.upper));
        size_of::<Self>() + self.path.len() + summaries.sum::<usize>()
    }
}

/// The manifests of a list that list anything, each once.
pub(crate) fn read(file: &[u8]) -> Result<Vec<ManifestFile>, Flaw> {
    let (mut found, mut known, mut held) = (Vec::new(), HashSet::new(), 0);
    Container::open(file)?.each(&|one| if id::WANTED.contains(&one) { Want::All } else { Want::Nothing }, |value| {
        if found.len() >= MANIFESTS_MAX {
            return Err(Flaw::TooMuch { what: "the number of manifests", limit: MANIFESTS_MAX });
        }
        if value.field(id::KEY).is_some() {
            return Err(Flaw::Value("a manifest is encrypted, which is not read"));
        }
        let number = |id: i32| value.field(id).and_then(Value::number);
        let count = |id: i32| number(id).and_then(|count| u64::try_from(count).ok());
        if (number(id::ADDED_FILES), number(id::EXISTING_FILES)) == (Some(0), Some(0)) {
            return Ok(());
        }
        let path = value.field(id::PATH).map(Value::text).transpose()?.flatten();
        let deletes = match number(id::CONTENT) {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(Flaw::Value("a manifest lists neither data nor deletes")),
        };
        let path = path.ok_or(Flaw::Value("a manifest has no path"))?;
        if path.len() > ADDRESS_BYTES_MAX {
            return Err(Flaw::TooMuch { what: "the number of bytes of an address", limit: ADDRESS_BYTES_MAX });
        }
        let summaries = value.field(id::PARTITIONS).map_or(&[][..], Value::list);
        if summaries.len() > SUMMARIES_MAX {
            return Err(Flaw::TooMuch { what: "the number of fields of a partition", limit: SUMMARIES_MAX });
        }
        if !known.insert(path.to_owned()) {
            return Ok(());
        }
        let file = ManifestFile {
            path: path.to_owned(),
            length: count(id::LENGTH),
            spec: number(id::SPEC).unwrap_or(0),
            deletes,
            sequence: number(id::SEQUENCE).unwrap_or(0),
            rows: count(id::ADDED_ROWS).and_then(|added| added.checked_add(count(id::EXISTING_ROWS)?)),
            summaries: summaries.iter().map(summary).collect(),
        };
        held += 2 * file.held();
        if held > HELD_BYTES_MAX {
            return Err(Flaw::TooMuch { what: "what is held of it", limit: HELD_BYTES_MAX });
        }
        found.push(file);
        Ok(())
    })?;
    Ok(found)
}

fn summary(value: &Value<'_>) -> Summary {
    let bound = |id: i32| value.field(id).and_then(Value::bytes).map(Box::from);
    // What does not say that it has none may have some.
    let nulls = !matches!(value.field(id::CONTAINS_NULL), Some(Value::Boolean(false)));
    Summary { nulls, lower: bound(id::LOWER), upper: bound(id::UPPER) }
}
