//! `weft.yaml`: every setting with its default. Unknown keys are errors; relative paths are relative to the file; any
//! scalar can be set from the environment, `WEFT__SERVER__LISTEN` for `server.listen`.

pub mod environment;
pub mod machine;
pub mod quantity;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use weft_auth::secret::Secret;
use weft_engine::limits::Limits;
use weft_flight::limits::FlightLimits;

use crate::config::quantity::{Bytes, Memory, Period};
use crate::error::{Failure, setup};

/// The largest configuration file.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The version of this format: 1.
    pub version: Option<u32>,
    /// The mesh.
    pub mesh: Mesh,
    /// The Flight SQL listener.
    pub server: Server,
    /// Health and metrics.
    pub admin: Admin,
    /// Who may come in.
    pub auth: Auth,
    /// Keys.
    pub keys: Keys,
    /// Where data may lie.
    pub storage: weft_storage::config::StorageConfig,
    /// Bounds.
    pub limits: LimitSettings,
    /// Caches.
    pub cache: CacheSettings,
    /// Spill files.
    pub spill: Spill,
    /// Receipts.
    pub audit: Option<Audit>,
    /// Logs.
    pub log: Log,
    /// The folder of the configuration file: what relative paths are relative to.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `mesh`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mesh {
    /// The catalog's name in SQL.
    pub name: String,
    /// The folder of the mesh.
    pub catalog: Option<PathBuf>,
    /// Environments in the order in which servers are chosen.
    pub environments: Vec<String>,
    /// Variables that contracts may use inside `servers`.
    pub variables: std::collections::BTreeMap<String, String>,
    /// Whether the folder is watched.
    pub reload: Reload,
}

/// `mesh.reload`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reload {
    /// Changed files are read at once.
    #[default]
    Watch,
    /// Files are read when the process starts and on SIGHUP.
    Manual,
}

/// `server`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address; loopback only, since this version has no TLS.
    pub listen: SocketAddr,
    /// How long running statements may take to end when the server is asked to stop.
    pub drain: Period,
}

/// `admin`: /livez, /readyz and /metrics over plain HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// The address, loopback only; null for none.
    pub listen: Option<SocketAddr>,
}

/// `auth`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Lets in callers without a credential, as nobody in particular.
    pub anonymous: bool,
    /// The users file; the mesh's users.yaml when absent.
    pub users: Option<PathBuf>,
    /// The file of personal access tokens.
    pub tokens: Option<PathBuf>,
}

/// `keys`: 32 bytes each, as 64 hexadecimal digits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Seals tickets, handles and session tokens; random for this process when absent.
    pub ticket: Option<SecretSource>,
    /// The master key of token masks; without it those columns are NULL.
    pub token: Option<SecretSource>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSource {
    /// A file that holds it.
    pub file: Option<PathBuf>,
    /// An environment variable that holds it.
    pub env: Option<String>,
}

/// `limits`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Memory of all statements together.
    pub memory: Option<Memory>,
    /// Memory of one statement.
    pub statement_memory: Option<Memory>,
    /// Statements that run at the same time.
    pub statements: Option<usize>,
    /// Statements that wait.
    pub queue: Option<usize>,
    /// How long one waits.
    pub queue_wait: Option<Period>,
    /// How long one runs.
    pub statement_time: Option<Period>,
    /// How long planning takes.
    pub planning_time: Option<Period>,
    /// How long an answer is left unread.
    pub unread_time: Option<Period>,
    /// Statements that are planned at the same time.
    pub planning: Option<usize>,
    /// The longest SQL text.
    pub sql_bytes: Option<Bytes>,
    /// Tables in a statement.
    pub tables: Option<usize>,
    /// Rows of bound parameters.
    pub parameter_rows: Option<usize>,
    /// Bytes of bound parameters.
    pub parameter_bytes: Option<Bytes>,
    /// Values of a mapping for one principal.
    pub mapping_values: Option<usize>,
    /// Open answers.
    pub streams: Option<usize>,
    /// Sessions whose options are kept.
    pub sessions: Option<u64>,
    /// How long the options of an idle session are kept.
    pub session_life: Option<Period>,
    /// The most rows returned.
    pub rows: Option<u64>,
    /// The most bytes returned.
    pub bytes: Option<Bytes>,
    /// The size at which a message is sent.
    pub message_bytes: Option<Bytes>,
    /// Parallelism of one statement.
    pub partitions: Option<usize>,
    /// Rows of one batch.
    pub batch_rows: Option<usize>,
}

/// `cache`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// Parquet footers.
    pub footers: Bytes,
    /// How long an opened table is used before it is looked at again.
    pub snapshot_time: Period,
}

/// `spill`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spill {
    /// Where spill files go; the system's temporary folder when absent.
    pub dir: Option<PathBuf>,
    /// Bytes of spill files at the same time.
    pub max: Option<Bytes>,
}

/// `audit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The file; one JSON object a line.
    pub file: PathBuf,
    /// The size at which it is rotated.
    #[serde(default = "audit_max")]
    pub max: Bytes,
    /// How many rotated files are kept.
    #[serde(default = "audit_keep")]
    pub keep: usize,
}

/// `log`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Text for people or JSON for machines.
    pub format: LogFormat,
    /// What is written: `error`, `warn`, `info`, `debug`, `trace`.
    pub level: String,
}

/// `log.format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

impl Default for Mesh {
    fn default() -> Self {
        Self {
            name: "weft".to_owned(),
            catalog: None,
            environments: Vec::new(),
            variables: std::collections::BTreeMap::new(),
            reload: Reload::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 50051)), drain: Period(Duration::from_secs(30)) }
    }
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: Some(SocketAddr::from(([127, 0, 0, 1], 9090))) }
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { footers: Bytes(256 * 1024 * 1024), snapshot_time: Period(Duration::from_secs(2)) }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".to_owned() }
    }
}

fn audit_max() -> Bytes {
    Bytes(100 * 1024 * 1024)
}

fn audit_keep() -> usize {
    10
}

impl Config {
    /// Reads the file that was named, or ./weft.yaml when there is one, or takes every default.
    ///
    /// # Errors
    /// When the file cannot be read or says something that is no setting.
    pub fn load(named: Option<&Path>) -> Result<Self, Failure> {
        let here = PathBuf::from("weft.yaml");
        let path = match named {
            Some(path) => Some(path.to_owned()),
            None => here.exists().then_some(here),
        };
        let text = path.as_deref().map(text).transpose()?;
        let mut config = match (&path, &text) {
            (Some(path), Some(text)) => parse(path, text)?,
            _ => Self { version: Some(1), ..Self::default() },
        };
        let set = environment::overrides(variables());
        if !set.is_empty() {
            config = overridden(text.as_deref(), &set)?;
        }
        config.folder = match path.as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        for root in &mut config.storage.local_roots {
            *root = std::path::absolute(config.folder.join(&root))
                .map_err(|cause| Failure::Setup(format!("finding `storage.local_roots`: {cause}")))?;
        }
        Ok(config)
    }

    /// A path as the configuration means it.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The folder of the mesh.
    ///
    /// # Errors
    /// When nothing says where it is.
    pub fn catalog(&self) -> Result<PathBuf, Failure> {
        match &self.mesh.catalog {
            Some(folder) => Ok(self.path(folder)),
            None => Err(Failure::Setup(
                "no mesh is named; use --catalog DIR, or `mesh.catalog` in weft.yaml".to_owned(),
            )),
        }
    }

    /// Puts another folder in the place of the configured mesh; it is relative to where the command runs.
    ///
    /// # Errors
    /// When nobody knows where that is.
    pub fn place_mesh(&mut self, folder: &Path) -> Result<(), Failure> {
        let folder = std::path::absolute(folder).map_err(|cause| setup("finding the mesh")(&cause))?;
        self.mesh.catalog = Some(folder);
        Ok(())
    }

    /// The bounds of statements.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let set = &self.limits;
        let mut limits = Limits::default();
        let machine = machine::memory_bytes();
        let memory = |asked: Option<Memory>, share| match asked.unwrap_or(Memory::Percent(share)) {
            Memory::Bytes(bytes) => bytes,
            Memory::Percent(share) => machine / 100 * share,
        };
        // Caches count: what is left of the process's memory is for statements.
        limits.memory = size(memory(set.memory, MEMORY_PERCENT).saturating_sub(self.cache.footers.0));
        limits.statement_memory = size(memory(set.statement_memory, STATEMENT_MEMORY_PERCENT)).min(limits.memory);
        let whole = |to: &mut usize, from: Option<usize>| *to = from.unwrap_or(*to);
        whole(&mut limits.statements, set.statements);
        whole(&mut limits.planning, set.planning);
        whole(&mut limits.queue, set.queue);
        whole(&mut limits.tables, set.tables);
        whole(&mut limits.parameter_rows, set.parameter_rows);
        whole(&mut limits.mapping_values, set.mapping_values);
        whole(&mut limits.sql_bytes, set.sql_bytes.map(|bytes| size(bytes.0)));
        whole(&mut limits.target_partitions, set.partitions);
        whole(&mut limits.batch_rows, set.batch_rows);
        let time = |to: &mut Duration, from: Option<Period>| *to = from.map_or(*to, |period| period.0);
        time(&mut limits.queue_wait, set.queue_wait);
        time(&mut limits.statement_time, set.statement_time);
        time(&mut limits.planning_time, set.planning_time);
        limits.rows = set.rows;
        limits.bytes = set.bytes.map(|bytes| bytes.0);
        limits.spill_bytes = self.spill.max.map_or(limits.spill_bytes, |bytes| bytes.0);
        limits.snapshot_time = self.cache.snapshot_time.0;
        limits
    }

    /// The bounds of the protocol.
    #[must_use]
    pub fn flight_limits(&self) -> FlightLimits {
        let set = &self.limits;
        let mut limits = FlightLimits::default();
        limits.message_bytes = set.message_bytes.map_or(limits.message_bytes, |bytes| size(bytes.0));
        limits.sql_bytes = set.sql_bytes.map_or(limits.sql_bytes, |bytes| size(bytes.0));
        limits.parameter_bytes = set.parameter_bytes.map_or(limits.parameter_bytes, |bytes| size(bytes.0));
        limits.parameter_rows = set.parameter_rows.unwrap_or(limits.parameter_rows);
        limits.streams = set.streams.unwrap_or(limits.streams);
        limits.sessions = set.sessions.unwrap_or(limits.sessions);
        limits.session_life = set.session_life.map_or(limits.session_life, |period| period.0);
        limits.unread_time = set.unread_time.map_or(limits.unread_time, |period| period.0);
        limits
    }
}

/// The share of the memory that caches and statements use together.
const MEMORY_PERCENT: u64 = 60;

/// The share of the memory that one statement may use.
const STATEMENT_MEMORY_PERCENT: u64 = 40;

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[expect(clippy::disallowed_methods, reason = "settings may come from the environment, by names that begin alike")]
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

fn text(path: &Path) -> Result<String, Failure> {
    let failed = |cause| Failure::File { what: "reading the configuration", path: path.to_owned(), cause };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > CONFIG_BYTES_MAX {
        return Err(Failure::Setup(format!("`{}` is larger than {CONFIG_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(failed)
}

fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
    let config: Config = serde_saphyr::from_str(text)
        .map_err(|cause| Failure::Setup(format!("`{}` is not a configuration: {cause}", path.display())))?;
    match config.version {
        Some(1) => Ok(config),
        Some(other) => Err(Failure::Setup(format!(
            "`{}` has `version: {other}`; this server reads version 1",
            path.display()
        ))),
        None => Err(Failure::Setup(format!("`{}` lacks `version: 1`", path.display()))),
    }
}

/// The configuration of a file, or of none, with settings from the environment on top.
fn overridden(text: Option<&str>, set: &[environment::Override]) -> Result<Config, Failure> {
    let mut value = match text {
        Some(text) => serde_saphyr::from_str(text)
            .map_err(|cause| Failure::Setup(format!("reading the configuration: {cause}")))?,
        None => serde_json::json!({"version": 1}),
    };
    for one in set {
        environment::apply(&mut value, one)?;
    }
    let names: Vec<&str> = set.iter().map(|one| one.name.as_str()).collect();
    serde_json::from_value(value).map_err(|cause| {
        Failure::Setup(format!("the settings of the environment ({}) are not usable: {cause}", names.join(", ")))
    })
}

impl SecretSource {
    /// Reads the secret. Errors name the source, never the secret.
    ///
    /// # Errors
    /// When there is none, or two places name one.
    #[expect(clippy::disallowed_methods, reason = "secrets may come from the environment, where the configuration says so")]
    pub fn read(&self, folder: &Path) -> Result<Secret, Failure> {
        match (&self.file, &self.env) {
            (Some(file), None) => {
                let path = folder.join(file);
                let text = std::fs::read_to_string(&path)
                    .map_err(|cause| Failure::File { what: "reading the secret in", path, cause })?;
                Ok(Secret::new(text.trim()))
            }
            (None, Some(name)) => std::env::var(name)
                .map(Secret::new)
                .map_err(|_| Failure::Setup(format!("the environment variable `{name}` is not set"))),
            _ => Err(Failure::Setup("a secret has either `file` or `env`".to_owned())),
        }
    }

    /// Reads a key of 32 bytes.
    ///
    /// # Errors
    /// As [`SecretSource::read`], or when it is not 64 hexadecimal digits.
    pub fn key(&self, folder: &Path) -> Result<[u8; 32], Failure> {
        let secret = self.read(folder)?;
        let digits = secret.expose().as_bytes();
        let bad = || Failure::Setup("a key is 64 hexadecimal digits".to_owned());
        if digits.len() != 64 {
            return Err(bad());
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(key)
    }
}
