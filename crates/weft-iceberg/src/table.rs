//! A table, and the snapshot of it that is meant.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use object_store::ObjectMeta;
use object_store::path::Path;
use weft_port::error::Error;
use weft_port::location::PortLocation;
use weft_port::reader::AsOf;

use crate::columns::Columns;
use crate::data_type::{StructField, Type};
use crate::failure::{ICEBERG, corrupt, flawed, refused, unusable};
use crate::kept::{Kept, Key, Part};
use crate::manifest::Manifest;
use crate::manifest_list::{self, ManifestFile};
use crate::metadata::{MAIN, Metadata, Snapshot};
use crate::place::Place;

/// The most bytes of a metadata file, a list or a manifest, packed.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What metadata is called that a catalog says.
const SAID: &str = "the catalog's metadata";
/// The version of a table without snapshots.
const NO_SNAPSHOT: i64 = -1;
/// How many snapshots are told of.
const TOLD_MAX: usize = 10;

/// A table.
pub(crate) struct Table {
    pub(crate) place: Place,
    pub(crate) metadata: Arc<Metadata>,
    /// The columns without parts, of any schema: what is said of others is of no use.
    plain: Arc<HashSet<i32>>,
}

/// One state of it.
pub(crate) struct State {
    /// Its number, as answers and pins name it.
    pub(crate) version: i64,
    pub(crate) columns: Columns,
    pub(crate) manifests: Arc<Vec<ManifestFile>>,
}

impl Table {
    /// Reads the metadata in a file.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub(crate) async fn open(at: &PortLocation, file: &ObjectMeta, kept: &Kept) -> Result<Self, Error> {
        let tag = file.e_tag.clone().unwrap_or_else(|| file.last_modified.to_rfc3339());
        let part = Part::Metadata(format!("{} {tag}", file.size));
        let key = Key { binding: Arc::clone(&at.binding), path: file.location.clone(), part };
        let (own, path) = (at.clone(), file.location.clone());
        let metadata = kept.get(key, async {
            let read = move |bytes: &[u8]| Metadata::parse(bytes).map_err(|cause| unusable(&own, &path, cause));
            let metadata = kept.decoded(at, &file.location, FILE_BYTES_MAX, read).await?;
            let held = metadata.held;
            Ok((metadata, held))
        });
        Ok(Self::new(at, metadata.await?))
    }

    /// Reads the metadata that a catalog says; `tag` is another for other metadata.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) async fn said(at: &PortLocation, text: &Arc<[u8]>, tag: &str, kept: &Kept) -> Result<Self, Error> {
        let key = Key { binding: Arc::clone(&at.binding), path: at.path.clone(), part: Part::Metadata(tag.to_owned()) };
        let (own, text, path) = (at.clone(), Arc::clone(text), at.path.clone().join(SAID));
        let metadata = kept.get(key, async {
            let read = move || Metadata::parse(&text).map_err(|cause| unusable(&own, &path, cause));
            let metadata = kept.worked(at, read).await?;
            let held = metadata.held;
            Ok((metadata, held))
        });
        Ok(Self::new(at, metadata.await?))
    }

    fn new(at: &PortLocation, metadata: Arc<Metadata>) -> Self {
        let plain = metadata.fields().filter(|field| matches!(field.data_type, Type::Primitive(_))).map(|field| field.id);
        let plain = Arc::new(plain.collect());
        Self { place: Place::new(at.clone(), &metadata.location), plain, metadata }
    }

    /// The state that is meant.
    ///
    /// # Errors
    /// When there is none such, or what it says cannot be read.
    pub(crate) async fn state(&self, as_of: &AsOf, kept: &Kept) -> Result<State, Error> {
        let metadata = &self.metadata;
        let snapshot = self.snapshot(as_of)?;
        // A branch goes on, and has the columns of now; so has the table itself. All else was at some time.
        let was = match as_of {
            AsOf::Latest => None,
            AsOf::Reference(name) if metadata.refs.get(&**name).is_none_or(|one| one.kind != "tag") => None,
            AsOf::Version(_) | AsOf::Timestamp(_) | AsOf::Reference(_) => snapshot.and_then(|one| one.schema_id),
        };
        let was = was.map(|id| metadata.schema(id).ok_or_else(|| refused(&self.place.at, format!("it has no schema with id {id}"))));
        let columns = match was.transpose()? {
            None => Columns::of(metadata.columns(), metadata.name_mapping.as_ref()),
            Some(was) => {
                // Of a column that is gone the catalog no longer says whether it is withheld.
                let gone = self.place.at.restrictions.is_none();
                let (fields, others) = beside(was, metadata.columns(), gone);
                Columns::of(&fields, metadata.name_mapping.as_ref()).map(|mut columns| {
                    columns.unread.extend(others);
                    columns
                })
            }
        };
        let columns = columns.map_err(|cause| refused(&self.place.at, cause))?;
        let manifests = match snapshot {
            None => Arc::default(),
            Some(snapshot) => self.manifests(snapshot, kept).await?,
        };
        Ok(State { version: snapshot.map_or(NO_SNAPSHOT, |one| one.snapshot_id), columns, manifests })
    }

    /// The snapshot that is meant; [`None`] for a table that has none yet.
    fn snapshot(&self, as_of: &AsOf) -> Result<Option<&Snapshot>, Error> {
        let metadata = &self.metadata;
        let current = metadata.current_snapshot;
        let id = match as_of {
            AsOf::Latest => current,
            AsOf::Version(NO_SNAPSHOT) => None,
            AsOf::Version(id) => Some(*id),
            AsOf::Timestamp(micros) => {
                let millis = micros.div_euclid(1_000);
                let was = metadata.log.iter().filter(|entry| entry.timestamp_ms <= millis).max_by_key(|entry| entry.timestamp_ms);
                Some(was.ok_or_else(|| self.missing(as_of))?.snapshot_id)
            }
            AsOf::Reference(name) => match metadata.refs.get(&**name) {
                Some(reference) => Some(reference.snapshot_id),
                None if **name == *MAIN => current,
                None => return Err(self.missing(as_of)),
            },
        };
        id.map(|id| metadata.snapshot(id).ok_or_else(|| self.missing(as_of))).transpose()
    }

    /// What is told of a snapshot that is not to be had.
    fn missing(&self, as_of: &AsOf) -> Error {
        let metadata = &self.metadata;
        let mut all: Vec<&Snapshot> = metadata.snapshots.iter().collect();
        all.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.timestamp_ms));
        let more = if all.len() > TOLD_MAX { format!(" and {} more", all.len() - TOLD_MAX) } else { String::new() };
        let told: Vec<String> = all.iter().take(TOLD_MAX).map(|snapshot| snapshot.snapshot_id.to_string()).collect();
        let mut names: Vec<&str> = metadata.refs.keys().map(String::as_str).filter(|name| *name != MAIN).take(TOLD_MAX).collect();
        names.sort_unstable();
        let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
        let remain = match (told.is_empty(), as_of) {
            (true, _) => "it has no snapshots yet".to_owned(),
            (_, AsOf::Timestamp(_)) => {
                let first = metadata.log.iter().map(|entry| entry.timestamp_ms).min();
                let first = first.and_then(chrono::DateTime::from_timestamp_millis).map(|at| at.to_rfc3339());
                first.map_or_else(|| "it keeps no times".to_owned(), |first| format!("it is known from {first} on"))
            }
            (_, AsOf::Reference(_)) if names.is_empty() => "it has no branches and no tags".to_owned(),
            (_, AsOf::Reference(_)) => format!("it has {}", names.join(", ")),
            _ => format!("snapshots {}{more} remain", told.join(", ")),
        };
        Error::NoSnapshot { format: ICEBERG, asked: as_of.to_string(), remain }
    }

    async fn manifests(&self, snapshot: &Snapshot, kept: &Kept) -> Result<Arc<Vec<ManifestFile>>, Error> {
        let at = &self.place.at;
        if snapshot.key_id.is_some() {
            return Err(refused(at, "it is encrypted, which is not read"));
        }
        let Some(list) = &snapshot.manifest_list else {
            let Some(manifests) = &snapshot.manifests else {
                let cause = format!("its snapshot {} names no manifests", snapshot.snapshot_id);
                return Err(corrupt(&at.path, cause));
            };
            return Ok(Arc::new(manifests.iter().cloned().map(ManifestFile::bare).collect()));
        };
        let path = self.place.path(list)?;
        let key = Key { binding: Arc::clone(&at.binding), path: path.clone(), part: Part::List };
        let (own, file) = (at.clone(), path.clone());
        kept.get(key, async {
            let read = move |bytes: &[u8]| manifest_list::read(bytes).map_err(|flaw| flawed(&own, &file, &flaw));
            let manifests = kept.decoded(at, &path, FILE_BYTES_MAX, read).await?;
            let held = manifests.iter().map(ManifestFile::held).sum();
            Ok((manifests, held))
        })
        .await
    }

    /// What a manifest lists.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub(crate) async fn manifest(&self, of: &ManifestFile, kept: &Kept) -> Result<Arc<Manifest>, Error> {
        let at = &self.place.at;
        let path = self.place.path(&of.path)?;
        let key = Key { binding: Arc::clone(&at.binding), path: path.clone(), part: Part::Manifest };
        let (own, file, plain) = (at.clone(), path.clone(), Arc::clone(&self.plain));
        let (sequence, deletes) = (of.sequence, of.deletes);
        kept.get(key, async {
            let read = move |bytes: &[u8]| Manifest::read(bytes, sequence, deletes, &plain).map_err(|flaw| flawed(&own, &file, &flaw));
            let manifest = kept.decoded(at, &path, FILE_BYTES_MAX, read).await?;
            let held = manifest.held();
            Ok((manifest, held))
        })
        .await
    }

    /// The path of a file that the table names.
    pub(crate) fn path(&self, address: &str) -> Result<Path, Error> {
        self.place.path(address)
    }
}

/// The columns of a table as it was, under the names of now: labels are those of the columns that are. A column that came
/// since is NULL, or its initial default; one whose name is another's now is left out, and said to be. Those that are gone are
/// read where `gone` says so.
fn beside(was: &[StructField], is: &[StructField], gone: bool) -> (Vec<StructField>, Vec<(Arc<str>, String)>) {
    let mut fields = Vec::with_capacity(is.len());
    let mut others = Vec::new();
    let old: HashMap<i32, &StructField> = was.iter().map(|field| (field.id, field)).collect();
    let old_names: HashSet<&str> = was.iter().map(|field| &*field.name).collect();
    let ids: HashSet<i32> = is.iter().map(|field| field.id).collect();
    let names: HashSet<&str> = is.iter().map(|field| &*field.name).collect();
    for field in is {
        match old.get(&field.id) {
            Some(old) if old.data_type.becomes(&field.data_type) => fields.push(field.clone()),
            Some(_) => others.push((Arc::clone(&field.name), "was of another type in this version".to_owned())),
            None if old_names.contains(&*field.name) => {
                let why = "was another column in this version: the one of that name now was made since".to_owned();
                others.push((Arc::clone(&field.name), why));
            }
            None => fields.push(field.clone()),
        }
    }
    fields.extend(was.iter().filter(|old| gone && !ids.contains(&old.id) && !names.contains(&*old.name)).cloned());
    (fields, others)
}
