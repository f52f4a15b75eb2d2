//! Facts of the build for `weft --version`: commit, target, profile, and the versions of DataFusion and Arrow.
//!
//! Nothing here fails: what is not known is called so. Files are watched only where they exist, since Cargo takes a
//! watched file that is missing for changed at every build.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What stands for a fact that is not known.
const UNKNOWN: &str = "unknown";

fn main() {
    let root = Path::new(&fact("CARGO_MANIFEST_DIR")).join("../..");
    let mut watched = vec![PathBuf::from("build.rs")];
    let commit = commit(&root, &mut watched);
    let lock = root.join("Cargo.lock");
    let locked = fs::read_to_string(&lock).unwrap_or_default();
    watched.push(lock);

    let mut out = std::io::stdout().lock();
    for (name, value) in [
        ("WEFT_COMMIT", commit.as_deref().unwrap_or(UNKNOWN)),
        ("WEFT_TARGET", &fact("TARGET")),
        ("WEFT_PROFILE", &fact("PROFILE")),
        ("WEFT_DATAFUSION", version(&locked, "datafusion").unwrap_or(UNKNOWN)),
        ("WEFT_ARROW", version(&locked, "arrow").unwrap_or(UNKNOWN)),
    ] {
        let _ = writeln!(out, "cargo::rustc-env={name}={value}");
    }
    for path in watched.iter().filter(|path| path.exists()) {
        let _ = writeln!(out, "cargo::rerun-if-changed={}", path.display());
    }
}

#[expect(clippy::disallowed_methods, reason = "Cargo hands a build script its facts in the environment")]
fn fact(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| UNKNOWN.to_owned())
}

/// The commit that is checked out, if there is a checkout.
fn commit(root: &Path, watched: &mut Vec<PathBuf>) -> Option<String> {
    let git = git_folder(root)?;
    // A worktree keeps its own HEAD and shares everything else.
    let shared = match fs::read_to_string(git.join("commondir")) {
        Ok(path) => git.join(path.trim()),
        Err(_) => git.clone(),
    };
    watched.extend([git.join("HEAD"), git.join("logs/HEAD")]);
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    let loose = shared.join(reference);
    if let Ok(commit) = fs::read_to_string(&loose) {
        watched.push(loose);
        return Some(commit.trim().to_owned());
    }
    let packed = shared.join("packed-refs");
    let text = fs::read_to_string(&packed).ok()?;
    watched.push(packed);
    let line = text.lines().find(|line| line.ends_with(&format!(" {reference}")))?;
    Some(line.split_once(' ')?.0.to_owned())
}

/// The folder in which git keeps this checkout: `.git`, or where that file points.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(git).ok()?;
    Some(root.join(text.trim().strip_prefix("gitdir: ")?))
}

/// The version of a package in a lock file.
fn version<'a>(locked: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = locked.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}
