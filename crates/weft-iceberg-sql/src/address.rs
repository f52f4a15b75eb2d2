//! Which file a configuration means.

use std::path::{Path, PathBuf, absolute};

/// How a path begins in the spelling of SQLAlchemy, and so of pyiceberg: a fourth slash is the path's own.
const ALCHEMY: &str = "sqlite:///";

/// How a path begins in the shorter spelling.
const PLAIN: &str = "sqlite:";

/// The file that a `uri` means; a relative path is taken from a folder.
///
/// What is wrong is said about the catalog, as in "catalog `c` has no file". The path is made absolute: SQLite would take settings from one that begins with `file:`.
pub(crate) fn file(uri: &str, folder: &Path) -> Result<PathBuf, String> {
    let path = uri.strip_prefix(ALCHEMY).or_else(|| uri.strip_prefix(PLAIN).filter(|path| !path.starts_with("//")));
    let path = path.filter(|path| !path.is_empty() && !path.starts_with(':'));
    let path = path.ok_or("has in `uri` no file such as `sqlite:catalog.db` or `sqlite:////folder/catalog.db`")?;
    if path.contains(['?', '\0']) {
        return Err("has in `uri` more than the path of a file".to_owned());
    }
    absolute(folder.join(path)).map_err(|error| format!("has in `uri` a path that leads nowhere: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        for (uri, is) in [
            ("sqlite:catalog.db", "/mesh/catalog.db"),
            ("sqlite:./lake/catalog.db", "/mesh/lake/catalog.db"),
            ("sqlite:/var/catalog.db", "/var/catalog.db"),
            ("sqlite:///catalog.db", "/mesh/catalog.db"),
            ("sqlite:////var/catalog.db", "/var/catalog.db"),
            ("sqlite:///file:catalog.db", "/mesh/file:catalog.db"),
            ("sqlite:a b#%20.db", "/mesh/a b#%20.db"),
        ] {
            assert_eq!(file(uri, Path::new("/mesh")), Ok(PathBuf::from(is)), "{uri}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for (uri, says) in [
            ("postgresql://host/catalog", "has in `uri` no file"),
            ("sqlite://host/catalog.db", "has in `uri` no file"),
            ("sqlite://", "has in `uri` no file"),
            ("catalog.db", "has in `uri` no file"),
            ("", "has in `uri` no file"),
            ("sqlite:", "has in `uri` no file"),
            ("sqlite:///", "has in `uri` no file"),
            ("sqlite::memory:", "has in `uri` no file"),
            ("sqlite:///:memory:", "has in `uri` no file"),
            ("sqlite:///catalog.db?mode=rwc", "has in `uri` more than"),
            ("sqlite:cata\0log.db", "has in `uri` more than"),
        ] {
            let said = file(uri, Path::new("/mesh")).expect_err(uri);
            assert!(said.starts_with(says), "{uri}: {said}");
        }
    }
}
