//! Putting the house together: the only file that names more than one implementation of a seam.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use weft_auth::local::LocalAuthenticator;
use weft_auth::seal::Sealer;
use weft_auth::users::UsersFile;
use weft_catalog::file::FileCatalog;
use weft_delta::reader::{DeltaPortReader, FILES_MAX};
use weft_engine::engine::{Clock, Engine, EngineParts, KeysHandle};
use weft_engine::limits::Limits;
use weft_engine::ports::Ports;
use weft_engine::receipt::{AuditSink, NoAudit};
use weft_govern::mask::keys::{KeyProvider, MasterKeys, NoKeys};
use weft_iceberg::reader::IcebergPortReader;
use weft_iceberg_rest::rest_catalog::RestCatalog;
use weft_iceberg_sql::sql_catalog::SqlCatalog;
use weft_port::reader::PortReader;
use weft_scan::footer::FooterCache;
use weft_scan::parquet_port::{ParquetLimits, ParquetPortReader};
use weft_scan::port_files::PortFiles;
use weft_storage::catalog::TableCatalog;
use weft_storage::config::{BindingConfig, CatalogConfig, CatalogKind};
use weft_storage::credentials::Credentials;
use weft_storage::known::Catalogs;
use weft_storage::remote::client::Secrets;
use weft_storage::storage::Storage;

use crate::audit::AuditFile;
use crate::config::{Config, SecretSource};
use crate::error::{Failure, setup};
use crate::mesh;
use crate::metrics::StatementMetrics;

/// Everything that runs.
#[derive(Debug)]
pub struct House {
    /// The engine.
    pub engine: Engine,
    /// The catalog, for reloads.
    pub catalog: Arc<FileCatalog>,
    /// Counts statements.
    pub statements: StatementMetrics,
    /// Seals tickets, handles and session tokens.
    pub sealer: Arc<Sealer>,
    /// Where planning and execution run.
    pub cpu: Cpu,
}

/// The stack of a thread that plans: trees as deep as `weft_engine::chain::SQL_CHAIN_MAX` are walked and dropped on it.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// The runtime on which statements are planned and run. Dropping it does not wait for them: it may be dropped where
/// waiting is not allowed.
#[derive(Debug)]
pub struct Cpu(Option<Runtime>);

impl Cpu {
    fn start(workers: usize) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name("weft-cpu")
            .thread_stack_size(STACK_BYTES)
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

/// Where the users of the mesh are: `auth.users`, or users.yaml in the mesh.
#[must_use]
pub fn users_path(config: &Config, root: &Path) -> PathBuf {
    match &config.auth.users {
        Some(path) => config.path(path),
        None => root.join("users.yaml"),
    }
}

/// The users in a file; `None` when it is not there.
///
/// # Errors
/// When it cannot be read or is not a users file.
pub fn read_users(path: &Path) -> Result<Option<UsersFile>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Failure::File { what: "reading the users in", path: path.to_owned(), cause }),
    };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    UsersFile::parse(&name, &text).map(Some).map_err(|findings| {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        Failure::Setup(format!("the users file is not usable\n{}", lines.join("\n")))
    })
}

/// The users of the mesh; none when the mesh has no users file and the configuration names none.
///
/// # Errors
/// When the file that is named is not there, or is not a users file.
pub fn users(config: &Config, root: &Path) -> Result<UsersFile, Failure> {
    let path = users_path(config, root);
    match read_users(&path)? {
        Some(users) => Ok(users),
        None if config.auth.users.is_none() => Ok(UsersFile::default()),
        None => Err(Failure::Setup(format!("the users file `{}` does not exist", path.display()))),
    }
}

/// The authenticator over users and tokens.
///
/// # Errors
/// When a file cannot be read.
pub fn authenticator(
    config: &Config,
    root: &Path,
    tokens: Option<&Path>,
    sealer: &Arc<Sealer>,
) -> Result<LocalAuthenticator, Failure> {
    let tokens = match tokens {
        Some(path) => weft_auth::token_file::load(path).map_err(|cause| setup("reading the tokens")(&cause))?,
        None => weft_auth::token::TokenStore::default(),
    };
    LocalAuthenticator::new(users(config, root)?, tokens, config.auth.anonymous, Arc::clone(sealer), Arc::new(now))
        .map_err(|cause| setup("starting authentication")(&cause))
}

/// Builds storage over a mesh root, with the secrets that its bindings name.
///
/// # Errors
/// When a root or binding is not usable.
pub fn storage(config: &Config, root: &Path) -> Result<Storage, Failure> {
    let secrets = |secret: &weft_storage::credentials::SecretRef| {
        let source = SecretSource { file: secret.file.clone(), env: secret.env.clone() };
        let read = source.read(&config.folder).map_err(|failure| format!("lacks a secret: {failure}"))?;
        Ok(read.expose().to_owned())
    };
    let mut settings = config.storage.clone();
    for binding in &mut settings.bindings {
        binding.place_files(&config.folder);
    }
    let catalogs = catalogs(config, &secrets)?;
    Storage::with_secrets(settings, root, &secrets, catalogs).map_err(Failure::unmet("opening storage"))
}

/// The clients of the catalogs that say where tables lie. None of them is asked yet.
fn catalogs(config: &Config, secrets: Secrets<'_>) -> Result<Catalogs, Failure> {
    let storage = &config.storage;
    let bytes_max = config.caches().catalogs / u64::try_from(storage.catalogs.len().max(1)).unwrap_or(1);
    let asked = storage.catalogs.iter().filter(|catalog| catalog.withheld.is_none());
    let client = |catalog: &CatalogConfig| {
        let lends = |binding: &BindingConfig| binding.credentials == Credentials::Vended;
        let borrows = storage.bindings.iter().any(|binding| binding.catalog.as_ref() == Some(&catalog.name) && lends(binding));
        let made: Result<Arc<dyn TableCatalog>, String> = match catalog.kind {
            CatalogKind::Rest => RestCatalog::new(catalog, &storage.remote, borrows, bytes_max, secrets).map(|client| Arc::new(client) as _),
            CatalogKind::Sql => SqlCatalog::new(catalog, &config.folder).map(|client| Arc::new(client) as _),
        };
        let failed = |cause| Failure::Setup(format!("catalog `{}` of `storage.catalogs` {cause}", catalog.name.escape_debug()));
        Ok((catalog.name.clone(), made.map_err(failed)?))
    };
    asked.map(client).collect()
}

/// Builds storage and the readers of every format.
///
/// # Errors
/// When a root or binding of storage is not usable.
pub fn ports(config: &Config, root: &Path, limits: &Limits) -> Result<Ports, Failure> {
    let storage = storage(config, root)?;
    if storage.undivided() {
        tracing::warn!(
            "`storage.bindings` is empty: a contract of any domain can name every file below the mesh root and \
             `storage.local_roots`; bind prefixes to domains before teams share this server"
        );
    }
    for binding in config.storage.bindings.iter().filter(|binding| shared(binding)) {
        let (catalog, binding) = (binding.catalog.as_deref().unwrap_or_default(), &binding.name);
        tracing::warn!(
            %binding, %catalog,
            "several domains share the locations of a catalog: a team that may make tables there can make one over another \
             team's files; write `{{domain}}` in the binding's `prefix`"
        );
    }
    let footers = Arc::new(FooterCache::new(config.caches().footers));
    let parquet: Arc<dyn PortReader> = Arc::new(ParquetPortReader::new(Arc::clone(&footers), ParquetLimits::default()));
    let delta: Arc<dyn PortReader> = Arc::new(delta(&footers, config.caches().tables));
    let iceberg: Arc<dyn PortReader> = Arc::new(iceberg(&footers, config.caches().manifests));
    Ok(Ports::new(Arc::new(storage), vec![parquet, delta, iceberg], config.mesh.environments.clone(), footers, limits))
}

/// True for a binding of a catalog's tables that does not keep domains apart.
fn shared(binding: &BindingConfig) -> bool {
    let several = binding.domains.len() > 1 || binding.domains.iter().any(|domain| domain == "*");
    binding.catalog.is_some() && several && !binding.prefix.contains("{domain}")
}

/// Who reads Delta tables, and keeps so many bytes of what is known of them.
#[must_use]
pub fn delta(footers: &Arc<FooterCache>, bytes_max: u64) -> DeltaPortReader {
    let files = Arc::new(PortFiles::new(Arc::clone(footers)));
    DeltaPortReader::new(files, FILES_MAX, bytes_max)
}

/// Who reads Iceberg tables, and keeps so many bytes of what is known of them.
#[must_use]
pub fn iceberg(footers: &Arc<FooterCache>, bytes_max: u64) -> IcebergPortReader {
    let files = Arc::new(PortFiles::new(Arc::clone(footers)));
    IcebergPortReader::new(files, weft_iceberg::reader::FILES_MAX, bytes_max)
}

/// Builds catalog, storage, readers and engine.
///
/// # Errors
/// When the mesh cannot be loaded or a setting cannot be met.
pub async fn house(config: &Config, root: &Path) -> Result<House, Failure> {
    let limits = config.limits();
    let cpu = Cpu::start(limits.target_partitions.max(1))?;
    let catalog = Arc::new(mesh::open(config, root).map_err(Failure::unmet("loading the mesh"))?);
    let ports = ports(config, root, &limits)?;
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
            let file = AuditFile::open(&path, audit.max.0, audit.keep);
            Arc::new(file.map_err(|cause| Failure::File { what: "opening the audit file", path, cause })?)
        }
        None => Arc::new(NoAudit),
    };
    let statements = StatementMetrics::new(audit);
    let parts = EngineParts {
        catalog: Arc::clone(&catalog) as _,
        ports: Arc::new(ports),
        keys: KeysHandle(keys),
        audit: Arc::new(statements.clone()),
        clock: Clock(Arc::new(now)),
        fingerprint_key: sealer.keyed_digest("weft/fingerprint", b"decisions"),
        limits,
        spill: config.spill.dir.as_ref().map(|dir| config.path(dir)),
        cpu: cpu.handle(),
    };
    let engine = Engine::new(parts).await?;
    Ok(House { engine, catalog, statements, sealer: Arc::new(sealer), cpu })
}
