//! Files of users, tokens, keys and receipts: whether they can be used, and who else can reach them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use weft_auth::token_file;

use super::report::Report;
use crate::config::{Config, SecretSource};
use crate::findings::count;
use crate::mesh::spelled;
use crate::wiring;

/// The rights of everybody but the owner to write.
const WRITTEN_BY_OTHERS: u32 = 0o022;

/// Any right of anybody but the owner.
const REACHED_BY_OTHERS: u32 = 0o077;

/// The users.
pub(super) fn users(config: &Config, root: &Path, report: &mut Report) {
    let users = match wiring::users(config, root) {
        Ok(users) => users,
        Err(failure) => return report.fail("users", failure.to_string(), "`weft validate` judges the users file too."),
    };
    let path = spelled(&wiring::users_path(config, root));
    let mode = mode(&path).unwrap_or_default();
    let name = path.display();
    if mode & WRITTEN_BY_OTHERS != 0 {
        let says = format!("`{name}` may be written by others, who could become anybody");
        return report.fail("users", says, &format!("Take that right away: `chmod go-w {name}`."));
    }
    let number = users.iter().count();
    if number == 0 && !config.auth.anonymous {
        let hint = "List users in users.yaml, or set `auth.anonymous`.";
        return report.warn("users", "there are none, so that nobody may come in".to_owned(), hint);
    }
    if mode & REACHED_BY_OTHERS != 0 && users.iter().any(|user| user.password.is_some()) {
        let says = format!("`{name}` holds hashes of passwords and may be read by others, who could guess at them");
        return report.warn("users", says, &format!("Keep it to yourself: `chmod 600 {name}`."));
    }
    match users.warnings() {
        [] => report.ok("users", format!("`{name}` with {}", count(number, "user"))),
        [first, ..] => report.warn("users", first.message.clone(), first.hint.as_deref().unwrap_or_default()),
    }
}

/// The personal access tokens.
pub(super) fn tokens(config: &Config, report: &mut Report) {
    let Some(path) = config.auth.tokens.as_ref().map(|path| spelled(&config.path(path))) else {
        return report.ok("tokens", "no file is named, so that there are none".to_owned());
    };
    let name = path.display();
    match token_file::load(&path) {
        Err(error) => {
            use weft_model::report::Report as _;
            let hint = error.hint().unwrap_or_else(|| format!("Mend `{name}`, or put a copy in its place."));
            report.fail("tokens", format!("`{name}`: {error}"), &hint);
        }
        Ok(store) => {
            let now = wiring::now();
            let working = store.list().iter().filter(|token| token.works(now)).count();
            if mode(&path).is_some_and(|mode| mode & REACHED_BY_OTHERS != 0) {
                let says = format!("`{name}` may be read by others");
                return report.warn("tokens", says, &format!("Keep it to yourself: `chmod 600 {name}`."));
            }
            report.ok("tokens", format!("`{name}` with {}", count(working, "working token")));
        }
    }
}

/// The keys.
pub(super) fn keys(config: &Config, report: &mut Report) {
    match &config.keys.ticket {
        None => report.warn(
            "keys.ticket",
            "none is named, so that tickets and sessions end when the server does".to_owned(),
            "Put 64 random hexadecimal digits into a file and name it under `keys.ticket`.",
        ),
        Some(source) => key(config, "keys.ticket", source, report),
    }
    if let Some(source) = &config.keys.token {
        key(config, "keys.token", source, report);
    }
}

fn key(config: &Config, name: &'static str, source: &SecretSource, report: &mut Report) {
    if let Err(failure) = source.key(&config.folder) {
        let hint = "A key is 64 hexadecimal digits in a file ({file: PATH}) or in the environment ({env: NAME}).";
        return report.fail(name, failure.to_string(), hint);
    }
    match source.file.as_ref().map(|file| spelled(&config.path(file))) {
        Some(path) if mode(&path).is_some_and(|mode| mode & REACHED_BY_OTHERS != 0) => {
            let says = format!("`{}` may be reached by others", path.display());
            report.warn(name, says, &format!("Keep it to yourself: `chmod 600 {}`.", path.display()));
        }
        Some(path) => report.ok(name, format!("`{}`", path.display())),
        None => report.ok(name, "from the environment".to_owned()),
    }
}

/// The file of receipts.
pub(super) fn audit(config: &Config, report: &mut Report) {
    let Some(audit) = &config.audit else {
        let says = "no file is named, so that nobody can say later who asked what".to_owned();
        return report.warn("audit", says, "Name one under `audit.file`.");
    };
    let path = spelled(&config.path(&audit.file));
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    match tempfile::NamedTempFile::new_in(&folder) {
        Ok(_) => report.ok("audit", format!("`{}`", path.display())),
        Err(cause) => {
            let says = format!("`{}` cannot be written: {cause}", folder.display());
            report.fail(
                "audit",
                says,
                "Let the user that runs the server write into the folder, or name another file.",
            );
        }
    }
}

/// The rights on a file.
fn mode(path: &Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.permissions().mode())
}
