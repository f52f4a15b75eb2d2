//! A folder with the mesh in it, made once and used again while nothing has changed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::catalog::{FILES, unpack};
use super::error::{Error, Result};
use super::generate::{Scale, generate};

/// The folder below the one the user names that holds the mesh; it is replaced as a whole.
pub const MESH: &str = "retail";

/// What the folder of a finished mesh says about itself.
const MARKER: &str = ".generated.json";

/// The generator's own text: a change to it is a change to the data.
const GENERATOR: &[&str] = &[
    include_str!("columns.rs"),
    include_str!("country.rs"),
    include_str!("customer360.rs"),
    include_str!("customers.rs"),
    include_str!("delta_files.rs"),
    include_str!("generate.rs"),
    include_str!("goods.rs"),
    include_str!("iban.rs"),
    include_str!("iceberg_files.rs"),
    include_str!("iceberg_manifests.rs"),
    include_str!("marketing.rs"),
    include_str!("orders.rs"),
    include_str!("parquet_files.rs"),
    include_str!("payments.rs"),
    include_str!("plain.rs"),
    include_str!("random.rs"),
    include_str!("salaries.rs"),
];

/// A mesh that can be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The mesh root: `users.yaml`, the domains and their data.
    pub root: PathBuf,
    /// True when the folder was there already.
    pub reused: bool,
    /// Rows in all tables.
    pub rows: usize,
    /// Bytes of all data files.
    pub bytes: u64,
}

/// The marker's content.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Marker {
    /// Over catalog, generator and scale.
    digest: String,
    rows: usize,
    /// Every data file with its size.
    files: BTreeMap<PathBuf, u64>,
}

/// Puts catalog and data into `dir/retail`, unless they are there already.
///
/// Contracts and policies in that folder may be edited, to see what a reload does: they stay as long as this binary
/// would make the same mesh, and are replaced together with the data by a binary that would make another one.
/// The folder appears whole or not at all.
pub fn prepare(dir: &Path, progress: &mut dyn FnMut(&str)) -> Result<Prepared> {
    prepare_scaled(dir, Scale::FULL, progress)
}

/// The same at another scale.
pub fn prepare_scaled(dir: &Path, scale: Scale, progress: &mut dyn FnMut(&str)) -> Result<Prepared> {
    let root = dir.join(MESH);
    let digest = digest(scale);
    if let Some(found) = finished(&root, &digest) {
        progress("the mesh is there already");
        return Ok(prepared(root, true, &found));
    }
    fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    let draft = dir.join(format!(".{MESH}-{}", std::process::id()));
    let outcome = fill(&draft, digest.clone(), scale, progress)
        .and_then(|marker| put_in_place(&draft, &root, &digest).map(|()| marker));
    if outcome.is_err() {
        // What went wrong is more telling than that the draft could not be removed either.
        let _ = remove(&draft);
    }
    Ok(prepared(root, false, &outcome?))
}

fn fill(draft: &Path, digest: String, scale: Scale, progress: &mut dyn FnMut(&str)) -> Result<Marker> {
    remove(draft)?;
    unpack(draft)?;
    let summary = generate(draft, scale, progress)?;
    let rows = summary.rows();
    let marker = Marker { digest, rows, files: summary.tables.into_iter().flat_map(|table| table.files).collect() };
    let path = draft.join(MARKER);
    fs::write(&path, serde_json::to_vec_pretty(&marker)?).map_err(Error::file("write", &path))?;
    Ok(marker)
}

/// Moves the draft to where it is served from. Another process may have been faster with the same mesh.
fn put_in_place(draft: &Path, root: &Path, digest: &str) -> Result<()> {
    let old = draft.with_extension("old");
    remove(&old)?;
    match fs::rename(root, &old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::file("replace", root)(error)),
        _ => {}
    }
    if let Err(error) = fs::rename(draft, root) {
        if finished(root, digest).is_none() {
            return Err(Error::file("create", root)(error));
        }
        remove(draft)?;
    }
    remove(&old)
}

/// The marker of a finished mesh with this digest whose data files are all there in full length.
fn finished(root: &Path, digest: &str) -> Option<Marker> {
    let text = fs::read(root.join(MARKER)).ok()?;
    let marker: Marker = serde_json::from_slice(&text).ok()?;
    let whole = |(path, bytes): (&PathBuf, &u64)| fs::metadata(root.join(path)).is_ok_and(|file| file.len() == *bytes);
    (marker.digest == digest && marker.files.iter().all(whole)).then_some(marker)
}

fn digest(scale: Scale) -> String {
    let mut hash = Sha256::new();
    let texts = FILES.iter().flat_map(|(path, text)| [*path, *text]).chain(GENERATOR.iter().copied());
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.update(format!("{scale:?}"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn prepared(root: PathBuf, reused: bool, marker: &Marker) -> Prepared {
    Prepared { root, reused, rows: marker.rows, bytes: marker.files.values().sum() }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file("remove", folder)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn made_once_then_reused_then_repaired() {
        let dir = tempfile::tempdir().unwrap();
        let made = prepare_scaled(dir.path(), Scale::SMALL, &mut |_| {}).unwrap();
        assert!(!made.reused);
        assert_eq!(names(dir.path()), [MESH]);

        // An edited policy stays.
        let policy = made.root.join("hr/policy.yaml");
        fs::write(&policy, "rules: []").unwrap();
        let again = prepare_scaled(dir.path(), Scale::SMALL, &mut |_| {}).unwrap();
        assert_eq!(again, Prepared { reused: true, ..made.clone() });
        assert_eq!(fs::read_to_string(&policy).unwrap(), "rules: []");

        // A truncated data file makes the mesh anew.
        fs::write(made.root.join("data/hr/salaries.parquet"), "PAR1").unwrap();
        let repaired = prepare_scaled(dir.path(), Scale::SMALL, &mut |_| {}).unwrap();
        assert_eq!(repaired, made);
        assert_ne!(fs::read_to_string(&policy).unwrap(), "rules: []");
        assert_eq!(names(dir.path()), [MESH]);
    }

    #[test]
    fn another_scale_is_another_mesh() {
        let dir = tempfile::tempdir().unwrap();
        let small = prepare_scaled(dir.path(), Scale::SMALL, &mut |_| {}).unwrap();
        let tiny = Scale { orders: 100, ..Scale::SMALL };
        let other = prepare_scaled(dir.path(), tiny, &mut |_| {}).unwrap();
        assert!(!other.reused);
        assert!(other.rows < small.rows);
    }

    #[test]
    fn a_folder_that_cannot_be_made_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = prepare_scaled(file.path(), Scale::SMALL, &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot create `{}`", file.path().display()));
    }
}
