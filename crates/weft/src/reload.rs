//! Reading mesh, users and tokens again while the server runs. What cannot be read leaves the last state in place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{SignalKind, signal};
use weft_auth::local::LocalAuthenticator;
use weft_catalog::catalog::ProductCatalog;
use weft_catalog::file::FileCatalog;
use weft_model::report::Report;

use crate::config::{Config, Reload};
use crate::discovery::Discovery;
use crate::error::{Failure, setup};
use crate::problems;
use crate::wiring;

/// How often the files of users and tokens are looked at.
const CREDENTIALS_EVERY: Duration = Duration::from_secs(1);

/// What a running server reads again.
#[derive(Clone, Debug)]
pub struct Reloader {
    catalog: Arc<FileCatalog>,
    auth: Arc<LocalAuthenticator>,
    config: Arc<Config>,
    users: PathBuf,
    tokens: Option<PathBuf>,
}

/// What tells that a file was changed; `None` when it is not there.
type Stamp = Option<(SystemTime, u64)>;

impl Reloader {
    /// Reloads this mesh and these credentials.
    #[must_use]
    pub fn new(
        catalog: Arc<FileCatalog>,
        auth: Arc<LocalAuthenticator>,
        config: &Config,
        root: &Path,
        tokens: Option<PathBuf>,
    ) -> Self {
        let users = wiring::users_path(config, root);
        Self { catalog, auth, config: Arc::new(config.clone()), users, tokens }
    }

    /// Begins to follow SIGHUP, what is to be discovered and, unless `mesh.reload` is `manual`, the files themselves. Reading a changed mesh takes
    /// time that calls cannot wait for, so it happens on a thread of its own, which ends with the process.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(self, discovery: Option<Discovery>) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| setup("watching the mesh")(&cause))?;
        std::thread::Builder::new()
            .name("weft-reload".to_owned())
            .spawn(move || runtime.block_on(self.follow(discovery)))
            .map(drop)
            .map_err(|cause| setup("watching the mesh")(&cause))
    }

    async fn follow(self, discovery: Option<Discovery>) {
        let (asked, problems) = (self.when_asked(), problems::follow(self.catalog.changes()));
        let found = async {
            match discovery {
                Some(discovery) => discovery.follow().await,
                None => {}
            }
        };
        if self.config.mesh.reload == Reload::Manual {
            tokio::join!(asked, problems, found);
        } else {
            tokio::join!(asked, problems, found, self.catalog.watch(), self.when_credentials_change());
        }
    }

    async fn when_asked(&self) {
        let Ok(mut hangup) = signal(SignalKind::hangup()) else {
            tracing::warn!("SIGHUP cannot be received; nothing is reloaded on it");
            return std::future::pending().await;
        };
        while hangup.recv().await.is_some() {
            tracing::info!("reloading on SIGHUP");
            if let Err(error) = self.catalog.reload() {
                tracing::warn!(code = %error.code(), detail = error.detail(), "{error}; the last snapshot stays");
            }
            self.users();
            self.tokens();
        }
    }

    async fn when_credentials_change(&self) {
        let (mut users, mut tokens) = (stamp(&self.users), self.tokens.as_deref().and_then(stamp));
        // Whatever changed between reading them and now.
        self.users();
        self.tokens();
        loop {
            tokio::time::sleep(CREDENTIALS_EVERY).await;
            if changed(&mut users, stamp(&self.users)) {
                self.users();
            }
            if changed(&mut tokens, self.tokens.as_deref().and_then(stamp)) {
                self.tokens();
            }
        }
    }

    fn users(&self) {
        match wiring::read_users(&self.users) {
            Ok(Some(users)) => match self.auth.replace_users(users) {
                Ok(()) => tracing::debug!("users read"),
                Err(error) => tracing::warn!(%error, "the users stay as they were"),
            },
            Ok(None) if self.auth.users().iter().next().is_none() => {}
            Ok(None) => tracing::warn!("the users file is gone; the users stay as they were"),
            Err(failure) => tracing::warn!(cause = failure.text(), "the users stay as they were"),
        }
    }

    fn tokens(&self) {
        let Some(path) = &self.tokens else { return };
        // A file that is gone holds no tokens: whoever removes it takes them all back.
        match weft_auth::token_file::load(path) {
            Ok(tokens) => {
                self.auth.replace_tokens(tokens);
                tracing::debug!("tokens read");
            }
            Err(error) => tracing::warn!(%error, "the tokens stay as they were"),
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn changed(last: &mut Stamp, now: Stamp) -> bool {
    let changed = *last != now;
    *last = now;
    changed
}
