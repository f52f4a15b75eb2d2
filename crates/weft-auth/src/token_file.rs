//! The file in which tokens are kept.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::limits::TOKEN_FILE_BYTES_MAX;
use crate::random;
use crate::token::TokenStore;

/// Reads the token file; one that does not exist holds no tokens.
///
/// # Errors
/// When it cannot be read, is malformed, or may be written by others than its owner.
pub fn load(path: &Path) -> Result<TokenStore, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(TokenStore::default()),
        Err(error) => return Err(failed("read", &error)),
    };
    check_mode(&file)?;
    let mut text = String::new();
    file.take(TOKEN_FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed("read", &error))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > TOKEN_FILE_BYTES_MAX {
        return Err(Error::TokenFile { verb: "read", reason: "it is too large".to_owned() });
    }
    serde_json::from_str(&text).map_err(|error| failed("read", &error))
}

/// Changes the token file: reads it, lets `change` work on it, and puts the result in its place in one step. Other
/// processes that change it wait; readers see the old or the new file, never half of one.
///
/// # Errors
/// When the file cannot be read or written, or whatever `change` answers; the file then stays as it was.
pub fn update<T>(path: &Path, change: impl FnOnce(&mut TokenStore) -> Result<T, Error>) -> Result<T, Error> {
    let lock = private(&beside(path, ".lock"), false).map_err(|error| failed("written", &error))?;
    lock.lock().map_err(|error| failed("written", &error))?;
    let mut store = load(path)?;
    let answer = change(&mut store)?;
    save(path, &store)?;
    Ok(answer)
}

fn save(path: &Path, store: &TokenStore) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(store).map_err(|error| failed("written", &error))?;
    let fresh = beside(path, &format!(".{}.new", random::hex(&random::bytes::<8>()?)));
    let written = private(&fresh, true).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    written.map_err(|error| {
        // What is left over holds nothing that the old file does not protect; it is only in the way.
        let _ = fs::remove_file(&fresh);
        failed("written", &error)
    })
}

/// A file next to another, its name made longer.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Opens a file for writing that nobody but the owner can read.
fn private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(!new).create_new(new).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn check_mode(file: &File) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = file.metadata().map_err(|error| failed("read", &error))?;
    if metadata.permissions().mode() & 0o022 == 0 { Ok(()) } else { Err(Error::TokenFileOpen) }
}

#[cfg(not(unix))]
fn check_mode(_: &File) -> Result<(), Error> {
    Ok(())
}

fn failed(verb: &'static str, error: &dyn std::error::Error) -> Error {
    Error::TokenFile { verb, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::token::TokenRequest;
    use crate::users::UsersFile;

    fn create(path: &Path) -> Result<String, Error> {
        let users = UsersFile::parse("users.yaml", "users: [{name: ana}]").expect("users");
        let user = users.user("ana").expect("ana");
        update(path, |store| Ok(store.create(user, TokenRequest::default(), 1)?.0.id.to_string()))
    }

    #[test]
    fn tokens_are_kept_in_a_private_file() {
        let dir = tempfile::TempDir::new().expect("temp dir");
        let path = dir.path().join("tokens.json");
        assert!(load(&path).expect("empty").list().is_empty());
        let first = create(&path).expect("created");
        let second = create(&path).expect("created");
        let ids: Vec<_> = load(&path).expect("loaded").list().iter().map(|token| token.id.to_string()).collect();
        assert_eq!(ids, [first, second]);
        assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
        let mut names: Vec<_> = fs::read_dir(&dir).expect("dir").map(|e| e.expect("entry").file_name()).collect();
        names.sort();
        assert_eq!(names, ["tokens.json", "tokens.json.lock"]);
    }

    #[test]
    fn a_change_that_fails_leaves_the_file_alone() {
        let dir = tempfile::TempDir::new().expect("temp dir");
        let path = dir.path().join("tokens.json");
        create(&path).expect("created");
        let before = fs::read_to_string(&path).expect("text");
        let failed = update(&path, |store| store.revoke("none", 1).map(|_| ()));
        assert_eq!(failed, Err(Error::TokenMissing { id: "none".to_owned() }));
        assert_eq!(fs::read_to_string(&path).expect("text"), before);
    }

    #[test]
    fn a_file_that_others_may_write_or_that_is_broken_is_refused() {
        let dir = tempfile::TempDir::new().expect("temp dir");
        let path = dir.path().join("tokens.json");
        fs::write(&path, "{}").expect("written");
        let message = load(&path).expect_err("broken").to_string();
        assert_eq!(message, "the token file could not be read: missing field `version` at line 1 column 2");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).expect("mode");
        assert_eq!(load(&path), Err(Error::TokenFileOpen));
        let nowhere = create(&dir.path().join("none/tokens.json")).expect_err("no folder").to_string();
        assert_eq!(nowhere, "the token file could not be written: No such file or directory (os error 2)");
    }

    #[test]
    fn writers_wait_for_each_other() {
        let dir = tempfile::TempDir::new().expect("temp dir");
        let path = dir.path().join("tokens.json");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5).for_each(|_| create(&path).map(|_| ()).expect("created")));
            }
        });
        assert_eq!(load(&path).expect("loaded").list().len(), 20);
    }
}
