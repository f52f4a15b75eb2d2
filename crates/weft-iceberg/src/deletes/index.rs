//! Which deletes are about which data files: "Scan Planning" of the Iceberg specification.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use object_store::path::Path;
use weft_port::error::Error;

use crate::data_type::Primitive;
use crate::failure::corrupt;
use crate::kept::{Digest, digest};
use crate::manifest::{DataFiles, DeleteFile, DeleteKind, Manifest};
use crate::partition::Spec;
use crate::place::Place;
use crate::single_value::Raw;

/// All deletes of a snapshot, by what they are about.
#[derive(Debug, Default)]
pub(crate) struct DeleteIndex {
    /// About one data file.
    files: HashMap<Path, Vec<Arc<DeleteFile>>>,
    /// About one partition.
    partitions: HashMap<Partition, Scoped>,
    /// About all files, whatever their partition.
    everywhere: Vec<Arc<DeleteFile>>,
    /// The same, once all are there.
    keys_everywhere: Keyed,
}

/// Files of equality deletes that compare the same columns.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) ids: Vec<i32>,
    pub(crate) files: Vec<Arc<DeleteFile>>,
    /// The latest sequence number of theirs.
    pub(crate) latest: i64,
    /// Tells them from others.
    pub(crate) which: Digest,
}

/// All that could be about a partition, whatever their sequence numbers: keys are shared between data files.
pub(crate) type Keyed = Arc<[Keys]>;

/// A specification, and the values of its fields.
type Partition = (i64, Vec<u8>);

#[derive(Debug, Default)]
struct Scoped {
    positions: Vec<Arc<DeleteFile>>,
    equality: Vec<Arc<DeleteFile>>,
    keys: Keyed,
}

/// A data file among those of its manifest.
pub(crate) struct DataFile<'a> {
    pub(crate) files: &'a DataFiles,
    pub(crate) at: usize,
    /// Where it lies, as the table says.
    pub(crate) address: &'a str,
    /// Where it does.
    pub(crate) path: &'a Path,
    pub(crate) sequence: i64,
}

/// What is about one data file.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) vectors: Vec<Arc<DeleteFile>>,
    pub(crate) positions: Vec<Arc<DeleteFile>>,
    pub(crate) keys: Keyed,
}

impl About {
    pub(crate) fn is_empty(&self) -> bool {
        self.vectors.is_empty() && self.positions.is_empty() && self.keys.is_empty()
    }
}

/// Groups files by the columns that they compare.
fn keyed<'a>(files: impl Iterator<Item = &'a Arc<DeleteFile>>) -> Keyed {
    let mut groups: BTreeMap<&[i32], Vec<&Arc<DeleteFile>>> = BTreeMap::new();
    for file in files {
        if let DeleteKind::Equality(ids) = &file.kind {
            groups.entry(ids).or_default().push(file);
        }
    }
    let group = |(ids, files): (&[i32], Vec<&Arc<DeleteFile>>)| {
        let mut paths: Vec<&str> = files.iter().map(|file| &*file.path).collect();
        paths.sort_unstable();
        Keys {
            ids: ids.to_vec(),
            latest: files.iter().map(|file| file.sequence).max().unwrap_or(i64::MIN),
            which: digest(&(ids, paths)),
            files: files.into_iter().cloned().collect(),
        }
    };
    groups.into_iter().map(group).collect()
}

impl DeleteIndex {
    /// Adds the deletes of a manifest.
    ///
    /// # Errors
    /// When one is about a file that is none of the table.
    pub(crate) fn add(&mut self, manifest: &Manifest, (id, spec, kinds): Scope<'_>, place: &Place) -> Result<(), Error> {
        for at in 0..manifest.deletes.len() {
            let Some(file) = manifest.deletes.get(at).cloned() else { continue };
            let of = |id: i32| file.partition.get(&id).and_then(Option::as_ref);
            let partition = || (id, spelled(spec, kinds, of));
            match (&file.kind, &file.referenced) {
                (DeleteKind::Vector { .. } | DeleteKind::Positions, Some(referenced)) => {
                    self.files.entry(place.path(referenced)?).or_default().push(file);
                }
                (DeleteKind::Vector { .. }, None) => {
                    return Err(corrupt(&place.path(&file.path)?, "a deletion vector does not say which file it is about"));
                }
                (DeleteKind::Positions, None) => self.partitions.entry(partition()).or_default().positions.push(file),
                (DeleteKind::Equality(_), _) if spec.unpartitioned() => self.everywhere.push(file),
                (DeleteKind::Equality(_), _) => self.partitions.entry(partition()).or_default().equality.push(file),
            }
        }
        Ok(())
    }

    /// Makes ready to be asked, once all are there.
    #[expect(clippy::iter_over_hash_type, reason = "each is made ready by itself")]
    pub(crate) fn ready(mut self) -> Self {
        self.keys_everywhere = keyed(self.everywhere.iter());
        for scoped in self.partitions.values_mut() {
            scoped.keys = match scoped.equality.is_empty() {
                true => Arc::clone(&self.keys_everywhere),
                false => keyed(scoped.equality.iter().chain(&self.everywhere)),
            };
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.partitions.is_empty() && self.everywhere.is_empty()
    }

    /// What is about a data file.
    pub(crate) fn about(&self, file: &DataFile<'_>, (id, spec, kinds): Scope<'_>, place: &Place) -> About {
        let sequence = file.sequence;
        let mut about = About::default();
        // Position deletes are about rows that were there before, or came with them.
        let later = |file: &&Arc<DeleteFile>| file.sequence >= sequence;
        for file in self.files.get(file.path).into_iter().flatten().filter(later) {
            match file.kind {
                DeleteKind::Vector { .. } => about.vectors.push(Arc::clone(file)),
                _ => about.positions.push(Arc::clone(file)),
            }
        }
        let of = |id: i32| file.files.partitions.get(&id).and_then(|values| values.get(file.at)).and_then(Option::as_ref);
        let scoped = if self.partitions.is_empty() { None } else { self.partitions.get(&(id, spelled(spec, kinds, of))) };
        if let Some(scoped) = scoped {
            // One address, whole or cut short, stands for all that begin like it.
            let here = |delete: &&Arc<DeleteFile>| delete.only.as_ref().is_none_or(|only| place.may_begin(file.address, only));
            about.positions.extend(scoped.positions.iter().filter(later).filter(here).cloned());
        }
        // Equality deletes are about rows that were there before.
        let keys = scoped.map_or(&self.keys_everywhere, |scoped| &scoped.keys);
        if keys.iter().any(|keys| keys.latest > sequence) {
            about.keys = Arc::clone(keys);
        }
        about
    }
}

/// A specification by its number, and what each of its fields is of.
pub(crate) type Scope<'a> = (i64, &'a Spec, &'a [Option<Primitive>]);

/// Equal bytes for equal partitions of a specification.
fn spelled<'a>(spec: &Spec, kinds: &[Option<Primitive>], of: impl Fn(i32) -> Option<&'a Raw>) -> Vec<u8> {
    let mut key = Vec::new();
    for (field, kind) in spec.fields.iter().zip(kinds) {
        Raw::spell(of(field.id), *kind, &mut key);
    }
    key
}
