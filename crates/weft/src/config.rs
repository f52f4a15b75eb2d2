//! `weft.yaml`: every setting with its default. Unknown keys are errors; relative paths are relative to the file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use weft_auth::secret::Secret;
use weft_engine::limits::Limits;

use crate::error::Failure;

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

/// `limits`; durations in seconds, sizes in bytes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Memory of all statements together.
    pub memory: Option<usize>,
    /// Memory of one statement.
    pub statement_memory: Option<usize>,
    /// Statements that run at the same time.
    pub statements: Option<usize>,
    /// Statements that wait.
    pub queue: Option<usize>,
    /// How long one waits, in seconds.
    pub queue_wait: Option<u64>,
    /// How long one runs, in seconds.
    pub statement_time: Option<u64>,
    /// How long planning takes, in seconds.
    pub planning_time: Option<u64>,
    /// The longest SQL text.
    pub sql_bytes: Option<usize>,
    /// The most rows returned.
    pub rows: Option<u64>,
    /// The most bytes returned.
    pub bytes: Option<u64>,
    /// The size at which a message is sent.
    pub message_bytes: Option<usize>,
    /// Parallelism of one statement.
    pub partitions: Option<usize>,
    /// Rows of one batch.
    pub batch_rows: Option<usize>,
}

/// `cache`; sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// Parquet footers.
    pub footers: u64,
    /// How long an opened table is used before it is looked at again, in seconds.
    pub snapshot_time: u64,
}

/// `spill`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spill {
    /// Where spill files go; the system's temporary folder when absent.
    pub dir: Option<PathBuf>,
    /// Bytes of spill files at the same time.
    pub max: Option<u64>,
}

/// `audit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The file; one JSON object a line.
    pub file: PathBuf,
    /// The size at which it is rotated.
    #[serde(default = "audit_max")]
    pub max: u64,
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
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 50051)) }
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { footers: 256 * 1024 * 1024, snapshot_time: 2 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".to_owned() }
    }
}

fn audit_max() -> u64 {
    100 * 1024 * 1024
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
            Some(path) => path.to_owned(),
            None if here.exists() => here,
            None => return Ok(Self { folder: PathBuf::from("."), ..Self::default() }),
        };
        let file = |what| {
            let path = path.clone();
            move |cause| Failure::File { what, path, cause }
        };
        let size = std::fs::metadata(&path).map_err(file("reading the configuration"))?.len();
        if size > CONFIG_BYTES_MAX {
            return Err(Failure::Setup(format!("`{}` is larger than {CONFIG_BYTES_MAX} bytes", path.display())));
        }
        let text = std::fs::read_to_string(&path).map_err(file("reading the configuration"))?;
        let mut config: Self = serde_saphyr::from_str(&text)
            .map_err(|cause| Failure::Setup(format!("`{}` is not a configuration: {cause}", path.display())))?;
        if config.version != Some(1) {
            return Err(Failure::Setup(format!("`{}` lacks `version: 1`", path.display())));
        }
        config.folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
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

    /// The bounds of statements.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let set = &self.limits;
        let mut limits = Limits::default();
        let whole = |to: &mut usize, from: Option<usize>| *to = from.unwrap_or(*to);
        whole(&mut limits.memory, set.memory);
        whole(&mut limits.statement_memory, set.statement_memory);
        whole(&mut limits.statements, set.statements);
        whole(&mut limits.queue, set.queue);
        whole(&mut limits.sql_bytes, set.sql_bytes);
        whole(&mut limits.target_partitions, set.partitions);
        whole(&mut limits.batch_rows, set.batch_rows);
        let time = |to: &mut Duration, from: Option<u64>| *to = from.map_or(*to, Duration::from_secs);
        time(&mut limits.queue_wait, set.queue_wait);
        time(&mut limits.statement_time, set.statement_time);
        time(&mut limits.planning_time, set.planning_time);
        limits.rows = set.rows;
        limits.bytes = set.bytes;
        limits.spill_bytes = self.spill.max.unwrap_or(limits.spill_bytes);
        limits.snapshot_time = Duration::from_secs(self.cache.snapshot_time);
        limits
    }
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
