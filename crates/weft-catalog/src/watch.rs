//! When to look again: soon after the system reports a change, and from time to time in any case.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use weft_model::report::Report;

use crate::error::Error;
use crate::file::{FileCatalog, Scope};

/// How long the folder has to be quiet before changes are read.
pub const QUIET: Duration = Duration::from_millis(100);

/// How long changes wait at most for the folder to be quiet.
pub const QUIET_MAX: Duration = Duration::from_secs(2);

/// How often the whole folder is looked at, reports or not.
pub const FULL_EVERY: Duration = Duration::from_secs(60);

/// How often it is looked at when the system reports no changes.
pub const POLL_EVERY: Duration = Duration::from_secs(5);

/// More changed paths than this are not told apart: everything is looked at.
pub const PATHS_MAX: usize = 1_000;

/// Changes that were reported and not yet read.
#[derive(Debug, Default)]
struct Pending {
    scope: Mutex<Option<Scope>>,
    bell: Notify,
}

/// A running watch over a folder; it ends when dropped.
struct Watch {
    pending: Arc<Pending>,
    watcher: Option<RecommendedWatcher>,
}

impl FileCatalog {
    /// Follows changes of the folder for as long as it is polled; it never ends.
    ///
    /// Reading blocks, for milliseconds when a file changed and longer when everything did: run it where that hurts
    /// nobody, such as a thread with a runtime of its own. What goes wrong is logged; the last snapshot then stays.
    pub async fn watch(&self) {
        loop {
            let root = self.root();
            let watch = Watch::start(&root, self.configured_root());
            // Whatever changed before the watch began.
            self.look(&Scope::All);
            self.follow(&root, &watch).await;
        }
    }

    /// Follows changes until the folder moves.
    async fn follow(&self, root: &Path, watch: &Watch) {
        let every = if watch.watcher.is_some() { FULL_EVERY } else { POLL_EVERY };
        let mut next_full = Instant::now() + every;
        let mut retry = None;
        loop {
            let scope = tokio::select! {
                scope = watch.pending.quiet() => scope,
                () = sleep_until(retry.unwrap_or(next_full).min(next_full)) => Scope::All,
            };
            if scope == Scope::All {
                next_full = Instant::now() + every;
            }
            // What failed is looked at again soon: it may have been half written.
            retry = if self.look(&scope) { None } else { Some(Instant::now() + POLL_EVERY) };
            if self.root() != root {
                return;
            }
        }
    }

    /// Looks again. False when that failed.
    fn look(&self, scope: &Scope) -> bool {
        match self.refresh(scope) {
            Ok(report) if report.changed => {
                let snapshot = &report.snapshot;
                tracing::info!(
                    snapshot = %snapshot.id(),
                    products = snapshot.products().len(),
                    problems = snapshot.problems().len(),
                    read = report.read,
                    gone = report.gone,
                    "catalog reloaded"
                );
                true
            }
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(code = %error.code(), detail = error.detail(), "{error}; the last snapshot stays");
                false
            }
        }
    }
}

impl Watch {
    /// Begins to watch a folder. Without help from the system the watch reports nothing.
    fn start(root: &Path, configured: &Path) -> Self {
        let pending = Arc::new(Pending::default());
        let watcher = watcher(root, configured, &pending)
            .inspect_err(|error| {
                tracing::warn!(code = %error.code(), source = ?std::error::Error::source(error), "{error}; looking every {POLL_EVERY:?}");
            })
            .ok();
        Self { pending, watcher }
    }
}

/// A watcher that enters every change.
fn watcher(root: &Path, configured: &Path, pending: &Arc<Pending>) -> Result<RecommendedWatcher, Error> {
    let (inside, told) = (root.to_owned(), Arc::clone(pending));
    let link = configured.to_owned();
    let handle = move |event: notify::Result<Event>| match event {
        Ok(event) => told.enter(&inside, &link, &event),
        Err(_) => told.enter_all(),
    };
    let mut watcher = notify::recommended_watcher(handle).map_err(Error::Watch)?;
    watcher.watch(root, RecursiveMode::Recursive).map_err(Error::Watch)?;
    // A mesh that is reached through a link is replaced by turning the link.
    if configured.is_symlink()
        && let Some(parent) = configured.parent().filter(|parent| !parent.as_os_str().is_empty())
    {
        watcher.watch(parent, RecursiveMode::NonRecursive).map_err(Error::Watch)?;
    }
    Ok(watcher)
}

impl Pending {
    /// Enters what an event speaks of.
    fn enter(&self, root: &Path, link: &Path, event: &Event) {
        if event.need_rescan() {
            self.enter_all();
            return;
        }
        if !writes(event.kind) {
            return;
        }
        let mut scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
        for path in &event.paths {
            // The link's neighbours are none of ours.
            if !path.starts_with(root) && path != link {
                continue;
            }
            let paths = scope.take().unwrap_or(Scope::Paths(Default::default()));
            *scope = Some(match paths.with(root, path) {
                Scope::Paths(paths) if paths.len() > PATHS_MAX => Scope::All,
                other => other,
            });
        }
        let told = scope.is_some();
        drop(scope);
        if told {
            self.bell.notify_one();
        }
    }

    /// Enters that anything may have changed.
    fn enter_all(&self) {
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = Some(Scope::All);
        self.bell.notify_one();
    }

    /// Waits for a change and then for quiet; what changed meanwhile.
    async fn quiet(&self) -> Scope {
        loop {
            self.bell.notified().await;
            let latest = Instant::now() + QUIET_MAX;
            while Instant::now() < latest {
                tokio::select! {
                    () = self.bell.notified() => {}
                    () = sleep(QUIET) => break,
                }
            }
            let scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner).take();
            match scope {
                Some(Scope::Paths(paths)) if paths.is_empty() => {}
                Some(scope) => return scope,
                None => {}
            }
        }
    }
}

/// True for events after which a file may read differently.
fn writes(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => false,
        _ => true,
    }
}
