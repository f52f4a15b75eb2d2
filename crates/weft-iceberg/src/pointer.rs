//! Which metadata file a table is at: the one that is named, the one that the hint leads to, or the newest.

use futures::StreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use weft_port::error::Error;
use weft_port::location::{Metadata, PortLocation};

use crate::failure::{ICEBERG, refused, unread};

/// The folder of metadata, below the table's.
pub const METADATA_FOLDER: &str = "metadata";
/// What says which version is the newest, where tables are kept in folders alone.
const HINT: &str = "version-hint.text";
/// The most bytes of a hint.
const HINT_BYTES_MAX: u64 = 4096;
/// How many versions after the one that a hint names are looked for.
const AHEAD_MAX: u64 = 10_000;
/// How many files of the folder are looked at.
const LISTED_MAX: usize = 1_000_000;
/// How metadata files end.
const ENDING: &str = ".metadata.json";

/// True for the name of a metadata file.
#[must_use]
pub fn is_metadata(name: &str) -> bool {
    number(name).is_some()
}

/// Finds the metadata file.
///
/// # Errors
/// When there is none, when two may be it, or when the store does not answer.
pub(crate) async fn find(at: &PortLocation) -> Result<ObjectMeta, Error> {
    if let Some(Metadata::File(named)) = &at.metadata {
        return self::named(at, named).await;
    }
    match hinted(at).await? {
        Some(found) => Ok(found),
        None => newest(at).await,
    }
}

/// The file that the contract names: by its address, or below the table's folder.
async fn named(at: &PortLocation, named: &str) -> Result<ObjectMeta, Error> {
    let address = named.contains(':') || named.starts_with('/');
    let path = match address {
        true => (at.inside)(named).filter(|path| path.prefix_match(&at.path).is_some()),
        false => Path::parse(format!("{}/{named}", at.path)).ok(),
    };
    let path = path.ok_or_else(|| {
        let named = named.escape_debug();
        refused(at, format!("its `metadataLocation`, `{named}`, lies outside of the table's own folder"))
    })?;
    at.store.head(&path).await.map_err(|cause| unread(at, &path, cause))
}

/// The file that the hint leads to, or one after it; [`None`] where it leads nowhere.
async fn hinted(at: &PortLocation) -> Result<Option<ObjectMeta>, Error> {
    let path = within(at, HINT);
    let hint = match at.store.get_range(&path, 0..HINT_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        // A range of a file without bytes.
        Err(_) if matches!(at.store.head(&path).await, Ok(meta) if meta.size == 0) => return Ok(None),
        Err(cause) => return Err(unread(at, &path, cause)),
    };
    let Ok(hint) = std::str::from_utf8(&hint).map(str::trim) else { return Ok(None) };
    if hint.is_empty() || hint.contains('/') {
        return Ok(None);
    }
    let Ok(first) = hint.parse::<u64>() else {
        let name = hint.strip_suffix(ENDING).unwrap_or(hint);
        return first_of(at, &[format!("{name}{ENDING}"), format!("{name}.gz{ENDING}"), format!("{name}{ENDING}.gz")]).await;
    };
    // Writers write a version first, and the hint afterwards.
    let mut found = None;
    for version in first..first.saturating_add(AHEAD_MAX) {
        match first_of(at, &[format!("v{version}{ENDING}"), format!("v{version}.gz{ENDING}"), format!("v{version}{ENDING}.gz")]).await? {
            Some(next) => found = Some(next),
            None => break,
        }
    }
    Ok(found)
}

async fn first_of(at: &PortLocation, names: &[String]) -> Result<Option<ObjectMeta>, Error> {
    for name in names {
        let path = within(at, name);
        match at.store.head(&path).await {
            Ok(meta) => return Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(cause) => return Err(unread(at, &path, cause)),
        }
    }
    Ok(None)
}

/// The file with the greatest number.
async fn newest(at: &PortLocation) -> Result<ObjectMeta, Error> {
    let folder = at.path.clone().join(METADATA_FOLDER);
    let mut listed = at.store.list(Some(&folder));
    let mut found: Vec<(u64, ObjectMeta)> = Vec::new();
    let mut seen = 0;
    while let Some(file) = listed.next().await {
        let file = match file {
            Ok(file) => file,
            Err(object_store::Error::NotFound { .. }) => break,
            Err(cause) => return Err(unread(at, &folder, cause)),
        };
        seen += 1;
        if seen > LISTED_MAX {
            let location = std::sync::Arc::clone(&at.spelled);
            return Err(Error::Limit { location, what: "files of metadata", limit: LISTED_MAX });
        }
        if file.location.parts().count() != folder.parts().count() + 1 {
            continue;
        }
        let Some(number) = file.location.filename().and_then(number) else { continue };
        match found.first() {
            Some((known, _)) if *known > number => {}
            Some((known, _)) if *known == number => found.push((number, file)),
            _ => found = vec![(number, file)],
        }
    }
    match &found[..] {
        [] => Err(Error::Empty { format: ICEBERG, location: std::sync::Arc::clone(&at.spelled) }),
        [(_, file)] => Ok(file.clone()),
        [(_, one), (_, other), ..] => {
            let (one, other) = (one.location.filename().unwrap_or_default(), other.location.filename().unwrap_or_default());
            let what = format!(
                "`{one}` and `{other}` have the same number, and only the table's catalog knows which of them counts; \
                 name it in `metadataLocation`"
            );
            Err(refused(at, what))
        }
    }
}

/// The number of a metadata file: `v3.metadata.json`, `00003-….metadata.json`, either packed.
fn number(name: &str) -> Option<u64> {
    let bare = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(ENDING)?;
    let bare = bare.strip_suffix(".gz").unwrap_or(bare);
    let number = match bare.strip_prefix('v') {
        Some(number) => number,
        None => bare.split_once('-')?.0,
    };
    number.parse().ok()
}

fn within(at: &PortLocation, name: &str) -> Path {
    at.path.clone().join(METADATA_FOLDER).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_files_are_numbered() {
        for (name, wanted) in [
            ("v3.metadata.json", Some(3)),
            ("v12.gz.metadata.json", Some(12)),
            ("v12.metadata.json.gz", Some(12)),
            ("00003-5f8c.metadata.json", Some(3)),
            ("00003-5f8c.gz.metadata.json", Some(3)),
            ("snap-1-1-a.avro", None),
            ("00003.metadata.json", None),
            ("v3.json", None),
        ] {
            assert_eq!(number(name), wanted, "{name}");
        }
    }
}
