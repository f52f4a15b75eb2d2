//! A catalog in a folder: read at the start, read again when something changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use weft_model::finding::Finding;

use crate::build::Loader;
use crate::catalog::{MeshSettings, ProductCatalog};
use crate::error::Error;
use crate::folder::{Folder, Listing, Stamp};
use crate::intake::{Content, Intake, take};
use crate::parallel;
use crate::snapshot::CatalogSnapshot;
use crate::source::is_document;

/// How many contract, policy and query files a mesh may have, unless configured otherwise.
pub const FILES_MAX: usize = 100_000;

/// How many bytes these files may have together, unless configured otherwise.
pub const BYTES_MAX: u64 = 1 << 30;

/// How many bytes one of them may have, unless configured otherwise.
pub const FILE_BYTES_MAX: u64 = 4 << 20;

/// How often the folder is listed until two lists agree.
const STABLE_ATTEMPTS_MAX: usize = 20;

/// How long to wait between lists that do not agree.
const STABLE_PAUSE: Duration = Duration::from_millis(25);

/// Where a mesh lies, and how much of it is read.
#[derive(Clone, Debug)]
pub struct FileCatalogConfig {
    /// The folder of the mesh.
    pub root: PathBuf,
    /// The name of the mesh: the catalog in SQL.
    pub mesh: String,
    /// Which environments' servers are read, the preferred one first.
    pub environments: Vec<String>,
    /// Values for the variables that contracts may use.
    pub variables: BTreeMap<String, String>,
    /// The most files.
    pub files_max: usize,
    /// The most bytes of all files together.
    pub bytes_max: u64,
    /// The most bytes of one file.
    pub file_bytes_max: u64,
}

/// A catalog of the files in a folder.
#[derive(Debug)]
pub struct FileCatalog {
    config: FileCatalogConfig,
    state: Mutex<State>,
    newest: watch::Sender<Arc<CatalogSnapshot>>,
}

/// What came of looking again.
#[derive(Clone, Debug)]
pub struct ReloadReport {
    /// The newest snapshot.
    pub snapshot: Arc<CatalogSnapshot>,
    /// True when it is a new one.
    pub changed: bool,
    /// How many files were read.
    pub read: usize,
    /// How many files are no longer there.
    pub gone: usize,
}

/// What a reload starts from.
#[derive(Debug)]
struct State {
    loader: Loader,
    folder: Folder,
    files: Files,
    /// The paths of what was put beside the files.
    provided: BTreeSet<Arc<str>>,
}

/// The files as they were when they were last taken in.
type Files = BTreeMap<Arc<str>, Result<Stamp, Finding>>;

/// How much to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The whole folder.
    All,
    /// These paths, relative to the root, and what lies below them.
    Paths(BTreeSet<String>),
}

impl FileCatalogConfig {
    /// A mesh named `weft` in a folder, with the default bounds.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            mesh: "weft".to_owned(),
            environments: Vec::new(),
            variables: BTreeMap::new(),
            files_max: FILES_MAX,
            bytes_max: BYTES_MAX,
            file_bytes_max: FILE_BYTES_MAX,
        }
    }
}

impl FileCatalog {
    /// Reads a mesh. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be read, exceeds a bound, or the board's policy is not valid.
    pub fn open(config: FileCatalogConfig) -> Result<Self, Error> {
        let settings = MeshSettings {
            name: config.mesh.clone(),
            environments: config.environments.clone(),
            variables: config.variables.clone(),
        };
        let folder = Folder::open(&config.root, config.file_bytes_max)?;
        let loader = Loader::new(settings);
        let mut state = State { loader, folder, files: Files::new(), provided: BTreeSet::new() };
        let report = state.refresh(&config, &Scope::All)?;
        Ok(Self { config, state: Mutex::new(state), newest: watch::Sender::new(report.snapshot) })
    }

    /// Looks at every file again and reads those that changed. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be read, exceeds a bound, keeps changing, or lost all of its contracts at once; the last
    /// snapshot then stays.
    pub fn reload(&self) -> Result<ReloadReport, Error> {
        self.refresh(&Scope::All)
    }

    /// Reads again what lies at or below some paths, absolute or relative to the root. Blocks.
    ///
    /// # Errors
    /// As for [`FileCatalog::reload`].
    pub fn reload_paths<P: AsRef<Path>>(&self, changed: impl IntoIterator<Item = P>) -> Result<ReloadReport, Error> {
        let root = self.root();
        let scope =
            changed.into_iter().fold(Scope::Paths(BTreeSet::new()), |scope, path| scope.with(&root, path.as_ref()));
        self.refresh(&scope)
    }

    /// Puts products and contracts beside those in the folder, in the place of what was put there before: texts by their
    /// paths, relative to the root. What stands in the folder of a product counts alone. Blocks.
    ///
    /// # Errors
    /// When there are more than a mesh may have; what was put there before then stays.
    pub fn provide(&self, texts: &BTreeMap<Arc<str>, Arc<str>>) -> Result<ReloadReport, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let report = state.provide(&self.config, texts)?;
        if report.changed {
            self.newest.send_replace(Arc::clone(&report.snapshot));
        }
        Ok(report)
    }

    /// The folder of the mesh, without links.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).folder.root().to_owned()
    }

    /// The folder of the mesh, as it was configured.
    pub(crate) fn configured_root(&self) -> &Path {
        &self.config.root
    }

    /// Looks again and tells whoever listens.
    pub(crate) fn refresh(&self, scope: &Scope) -> Result<ReloadReport, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let report = state.refresh(&self.config, scope)?;
        if report.changed {
            self.newest.send_replace(Arc::clone(&report.snapshot));
        }
        Ok(report)
    }
}

#[async_trait]
impl ProductCatalog for FileCatalog {
    async fn snapshot(&self) -> Result<Arc<CatalogSnapshot>, Error> {
        Ok(Arc::clone(&self.newest.borrow()))
    }

    fn changes(&self) -> Option<watch::Receiver<Arc<CatalogSnapshot>>> {
        Some(self.newest.subscribe())
    }
}

impl Scope {
    /// Adds a path. One that cannot be told apart makes the scope everything.
    pub(crate) fn with(self, root: &Path, path: &Path) -> Self {
        let Self::Paths(mut paths) = self else { return Self::All };
        let relative = if path.is_absolute() { path.strip_prefix(root).ok() } else { Some(path) };
        let Some(relative) = relative.and_then(Path::to_str) else { return Self::All };
        let relative = relative.replace(std::path::MAIN_SEPARATOR, "/");
        // Folders like `..data` are how mounted volumes swap their whole content; other hidden paths mean nothing.
        if relative.is_empty() || relative.split('/').any(|part| part.starts_with("..")) {
            return Self::All;
        }
        if !relative.split('/').any(|part| part.starts_with('.')) {
            paths.insert(relative);
        }
        Self::Paths(paths)
    }
}

impl State {
    /// Takes in what is put beside the files, and what was and is no longer.
    fn provide(&mut self, config: &FileCatalogConfig, texts: &BTreeMap<Arc<str>, Arc<str>>) -> Result<ReloadReport, Error> {
        let bytes = |files: &Files| files.values().flatten().map(|stamp| stamp.size).fold(0, u64::saturating_add);
        let more = texts.values().map(|text| u64::try_from(text.len()).unwrap_or(u64::MAX)).fold(0, u64::saturating_add);
        if self.files.len() + texts.len() > config.files_max {
            return Err(Error::TooManyFiles { max: config.files_max });
        }
        if bytes(&self.files).saturating_add(more) > config.bytes_max {
            return Err(Error::TooManyBytes { max: config.bytes_max });
        }
        let folders: BTreeSet<&str> = self.files.keys().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
        let own = |path: &str| path.rsplit_once('/').is_some_and(|(folder, _)| folders.contains(folder));
        let (taken, given): (Vec<Intake>, BTreeSet<Arc<str>>) = texts
            .iter()
            .filter(|(path, _)| !own(path))
            .map(|(path, text)| (take(path, self.loader.variables(), || Ok(Arc::clone(text))), Arc::clone(path)))
            .unzip();
        // What is a file by now is the folder's to say.
        let gone = self.provided.iter().filter(|path| !given.contains(*path) && !self.files.contains_key(*path));
        let gone: Vec<Intake> = gone.map(|path| Intake { path: Arc::clone(path), content: Content::Gone }).collect();
        let (read, lost) = (taken.len(), gone.len());
        let before = self.loader.last().map(|last| last.epoch());
        let snapshot = self.loader.load(taken.into_iter().chain(gone).collect(), None)?;
        self.provided = given;
        Ok(ReloadReport { changed: before != Some(snapshot.epoch()), snapshot, read, gone: lost })
    }

    /// Lists and reads until nothing moves, then makes the next snapshot.
    fn refresh(&mut self, config: &FileCatalogConfig, scope: &Scope) -> Result<ReloadReport, Error> {
        if *scope == Scope::All {
            // The configured path may be a link that now leads elsewhere.
            self.folder = Folder::open(&config.root, config.file_bytes_max)?;
        }
        let (listing, taken) = self.settle(config, scope)?;
        let gone = self.gone(&listing, scope);
        let mut files = self.merged(&listing, &gone);
        check(&files, config)?;
        if self.files.keys().any(|path| is_document(path)) && !files.keys().any(|path| is_document(path)) {
            return Err(Error::Emptied);
        }
        for (path, (_, intake)) in &taken {
            // What could not be read is tried again every time, whether or not it looks the same.
            if let Content::Unusable { finding, .. } = &intake.content {
                files.insert(Arc::clone(path), Err(finding.clone()));
            }
        }
        let read = taken.len();
        let mut intakes = taken.into_values().map(|(_, intake)| intake).collect::<Vec<_>>();
        intakes.extend(gone.iter().map(|path| Intake { path: Arc::clone(path), content: Content::Gone }));
        let ignored = (*scope == Scope::All).then_some(listing.ignored);
        let before = self.loader.last().map(|last| last.epoch());
        let snapshot = self.loader.load(intakes, ignored)?;
        self.files = files;
        Ok(ReloadReport { changed: before != Some(snapshot.epoch()), snapshot, read, gone: gone.len() })
    }

    /// Reads what is new or changed until two lists in a row agree, so that files of one change are taken in together.
    fn settle(&self, config: &FileCatalogConfig, scope: &Scope) -> Result<(Listing, Taken), Error> {
        let mut taken = Taken::new();
        let mut listing = self.list(scope)?;
        for _ in 0..STABLE_ATTEMPTS_MAX {
            check(&listing.files, config)?;
            taken.retain(|path, _| listing.files.contains_key(path));
            let to_read = listing.files.iter().filter(|(path, stamp)| match taken.get(*path) {
                Some((seen, _)) => seen != *stamp,
                None => *scope != Scope::All || self.files.get(*path) != Some(*stamp),
            });
            let to_read = to_read.collect::<Vec<_>>();
            let read = parallel::map(&to_read, |(path, stamp)| {
                let text = || stamp.as_ref().map_err(Clone::clone).and_then(|_| self.folder.read(path));
                take(path, self.loader.variables(), text)
            })?;
            let read = to_read
                .into_iter()
                .zip(read)
                .map(|((path, stamp), intake)| (Arc::clone(path), (stamp.clone(), intake)));
            taken.extend(read.collect::<Vec<_>>());
            let again = self.list(scope)?;
            if again.files == listing.files {
                return Ok((again, taken));
            }
            listing = again;
            thread::sleep(STABLE_PAUSE);
        }
        Err(Error::Unstable)
    }

    /// Lists what a scope covers.
    fn list(&self, scope: &Scope) -> Result<Listing, Error> {
        let Scope::Paths(paths) = scope else { return self.folder.list() };
        let mut listing = Listing::default();
        for path in paths {
            listing.files.append(&mut self.folder.list_below(path)?.files);
        }
        Ok(listing)
    }

    /// The files that were there and are not any more.
    fn gone(&self, listing: &Listing, scope: &Scope) -> Vec<Arc<str>> {
        let missing = |path: &&Arc<str>| !listing.files.contains_key(*path);
        let Scope::Paths(paths) = scope else { return self.files.keys().filter(missing).cloned().collect() };
        let mut gone = BTreeSet::new();
        for path in paths {
            let own = self.files.get_key_value(path.as_str()).map(|(path, _)| path);
            let folder = format!("{path}/");
            let from = (Bound::Included(folder.as_str()), Bound::Unbounded);
            let below = self.files.range::<str, _>(from).map(|(path, _)| path);
            let below = below.take_while(|path| path.starts_with(&folder));
            gone.extend(own.into_iter().chain(below).filter(missing).cloned());
        }
        gone.into_iter().collect()
    }

    /// The files as they are now.
    fn merged(&self, listing: &Listing, gone: &[Arc<str>]) -> Files {
        let mut files = self.files.clone();
        for path in gone {
            files.remove(path);
        }
        files.extend(listing.files.iter().map(|(path, stamp)| (Arc::clone(path), stamp.clone())));
        files
    }
}

/// Files that were read, with the stamps they had.
type Taken = BTreeMap<Arc<str>, (Result<Stamp, Finding>, Intake)>;

/// Holds the bounds.
fn check(files: &Files, config: &FileCatalogConfig) -> Result<(), Error> {
    if files.len() > config.files_max {
        return Err(Error::TooManyFiles { max: config.files_max });
    }
    let bytes = files.values().flatten().fold(0_u64, |sum, stamp| sum.saturating_add(stamp.size));
    if bytes > config.bytes_max {
        return Err(Error::TooManyBytes { max: config.bytes_max });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
