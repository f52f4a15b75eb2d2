//! Which deletes are about which data files: "Scan Planning" of the Iceberg specification.

use std::collections::HashMap;
use std::sync::Arc;

use object_store::path::Path;
use weft_port::error::Error;

use crate::failure::corrupt;
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
}

/// A specification, and the values of its fields.
type Partition = (i64, Vec<u8>);

#[derive(Debug, Default)]
struct Scoped {
    positions: Vec<Arc<DeleteFile>>,
    equality: Vec<Arc<DeleteFile>>,
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
    pub(crate) equality: Vec<Arc<DeleteFile>>,
}

impl About {
    pub(crate) fn is_empty(&self) -> bool {
        self.vectors.is_empty() && self.positions.is_empty() && self.equality.is_empty()
    }
}

impl DeleteIndex {
    /// Adds the deletes of a manifest.
    ///
    /// # Errors
    /// When one is about a file that is none of the table.
    pub(crate) fn add(&mut self, manifest: &Manifest, (id, spec): (i64, &Spec), place: &Place) -> Result<(), Error> {
        for at in 0..manifest.deletes.len() {
            let Some(file) = manifest.deletes.get(at).cloned() else { continue };
            let of = |id: i32| file.partition.get(&id).and_then(Option::as_ref);
            let partition = || (id, spelled(spec, of));
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

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.partitions.is_empty() && self.everywhere.is_empty()
    }

    /// What is about a data file.
    pub(crate) fn about(&self, file: &DataFile<'_>, (id, spec): (i64, &Spec), place: &Place) -> About {
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
        let scoped = if self.partitions.is_empty() { None } else { self.partitions.get(&(id, spelled(spec, of))) };
        if let Some(scoped) = scoped {
            // One address, whole or cut short, stands for all that begin like it.
            let here = |delete: &&Arc<DeleteFile>| delete.only.as_ref().is_none_or(|only| place.may_begin(file.address, only));
            about.positions.extend(scoped.positions.iter().filter(later).filter(here).cloned());
        }
        // Equality deletes are about rows that were there before.
        let equality = scoped.into_iter().flat_map(|scoped| &scoped.equality).chain(&self.everywhere);
        about.equality.extend(equality.cloned());
        if about.equality.iter().all(|file| file.sequence <= sequence) {
            about.equality.clear();
        }
        about
    }
}

/// Equal bytes for equal partitions of a specification.
fn spelled<'a>(spec: &Spec, of: impl Fn(i32) -> Option<&'a Raw>) -> Vec<u8> {
    let mut key = Vec::new();
    for field in &spec.fields {
        Raw::spell(of(field.id), &mut key);
    }
    key
}
