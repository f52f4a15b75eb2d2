//! Putting the house together: the only file that names more than one implementation of a seam.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use weft_auth::local::LocalAuthenticator;
use weft_auth::seal::Sealer;
use weft_auth::users::UsersFile;
use weft_catalog::file::{FileCatalog, FileCatalogConfig};
use weft_engine::engine::{Clock, Engine, EngineParts, KeysHandle};
use weft_engine::ports::Ports;
use weft_engine::receipt::{AuditSink, NoAudit};
use weft_govern::mask::keys::{KeyProvider, MasterKeys, NoKeys};
use weft_port::reader::PortReader;
use weft_scan::footer::FooterCache;
use weft_scan::parquet_port::{ParquetLimits, ParquetPortReader};
use weft_storage::storage::Storage;

use crate::audit::AuditFile;
use crate::config::Config;
use crate::error::{Failure, setup};

/// Everything that runs.
#[derive(Debug)]
pub struct House {
    /// The engine.
    pub engine: Engine,
    /// The catalog, for reloads.
    pub catalog: Arc<FileCatalog>,
    /// Seals tickets, handles and session tokens.
    pub sealer: Arc<Sealer>,
    /// Where planning and execution run.
    pub cpu: Cpu,
}

/// The runtime on which statements are planned and run. Dropping it does not wait for them: it may be dropped where
/// waiting is not allowed.
#[derive(Debug)]
pub struct Cpu(Option<Runtime>);

impl Cpu {
    fn start(workers: usize) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name("weft-cpu")
            .enable_all()
            .build()
            .map_err(|cause| setup("starting the runtime")(&cause))?;
        Ok(Self(Some(runtime)))
    }

    /// A handle to spawn on; the caller's own runtime once this one has ended.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.0.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Cpu {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Seconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// The users of the mesh.
///
/// # Errors
/// When the file is there and is not a users file.
pub fn users(config: &Config, root: &Path) -> Result<UsersFile, Failure> {
    let path = match &config.auth.users {
        Some(path) => config.path(path),
        None => root.join("users.yaml"),
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && config.auth.users.is_none() => {
            "users: []\n".to_owned()
        }
        Err(cause) => return Err(Failure::File { what: "reading the users in", path, cause }),
    };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    UsersFile::parse(&name, &text).map_err(|findings| {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Failure::Setup(format!("the users file is not usable\n{}", lines.join("\n")))
    })
}

/// The authenticator over users and tokens.
///
/// # Errors
/// When a file cannot be read.
pub fn authenticator(
    config: &Config,
    root: &Path,
    tokens: Option<PathBuf>,
    sealer: &Arc<Sealer>,
) -> Result<LocalAuthenticator, Failure> {
    let tokens = match tokens.or_else(|| config.auth.tokens.as_ref().map(|path| config.path(path))) {
        Some(path) => weft_auth::token_file::load(&path).map_err(|cause| setup("reading the tokens")(&cause))?,
        None => weft_auth::token::TokenStore::default(),
    };
    LocalAuthenticator::new(
        users(config, root)?,
        tokens,
        config.auth.anonymous,
        Arc::clone(sealer),
        Arc::new(now),
    )
    .map_err(|cause| setup("starting authentication")(&cause))
}

/// Builds catalog, storage, readers and engine.
///
/// # Errors
/// When the mesh cannot be loaded or a setting cannot be met.
pub async fn house(config: &Config, root: &Path) -> Result<House, Failure> {
    let limits = config.limits();
    let cpu = Cpu::start(limits.target_partitions.max(1))?;
    let catalog = FileCatalog::open(FileCatalogConfig {
        environments: config.mesh.environments.clone(),
        variables: config.mesh.variables.clone(),
        mesh: config.mesh.name.clone(),
        ..FileCatalogConfig::new(root)
    })
    .map_err(|cause| setup("loading the mesh")(&cause))?;
    let catalog = Arc::new(catalog);
    let storage = Storage::new(config.storage.clone(), root).map_err(|cause| setup("opening storage")(&cause))?;
    let footers = Arc::new(FooterCache::new(config.cache.footers));
    let parquet: Arc<dyn PortReader> =
        Arc::new(ParquetPortReader::new(Arc::clone(&footers), ParquetLimits::default()));
    let ports =
        Ports::new(Arc::new(storage), vec![parquet], config.mesh.environments.clone(), footers, &limits);
    let sealer = match &config.keys.ticket {
        Some(source) => Sealer::new(&source.key(&config.folder)?),
        None => Sealer::random().map_err(|cause| setup("making a key")(&cause))?,
    };
    let keys: Arc<dyn KeyProvider> = match &config.keys.token {
        Some(source) => Arc::new(MasterKeys::new(source.key(&config.folder)?, 1)),
        None => Arc::new(NoKeys),
    };
    let audit: Arc<dyn AuditSink> = match &config.audit {
        Some(audit) => {
            let path = config.path(&audit.file);
            let file = AuditFile::open(&path, audit.max, audit.keep);
            Arc::new(file.map_err(|cause| Failure::File { what: "opening the audit file", path, cause })?)
        }
        None => Arc::new(NoAudit),
    };
    let parts = EngineParts {
        catalog: Arc::clone(&catalog) as _,
        ports: Arc::new(ports),
        keys: KeysHandle(keys),
        audit,
        clock: Clock(Arc::new(now)),
        fingerprint_key: sealer.keyed_digest("weft/fingerprint", b"decisions"),
        limits,
        spill: config.spill.dir.as_ref().map(|dir| config.path(dir)),
        cpu: cpu.handle(),
    };
    let engine = Engine::new(parts).await?;
    Ok(House { engine, catalog, sealer: Arc::new(sealer), cpu })
}
