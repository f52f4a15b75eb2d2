//! `weft.yaml`: every setting with its default. Unknown keys are errors; relative paths are relative to the file; any
//! scalar can be set from the environment, `WEFT__SERVER__LISTEN` for `server.listen`.

pub mod environment;
pub mod limits;
pub mod machine;
pub mod unnamed;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use weft_auth::secret::Secret;

use crate::config::limits::{CacheSettings, LimitSettings};
use weft_model::quantity::{Bytes, Period};
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
    /// Settings that the file has and that were passed over, since nobody named it.
    #[serde(skip)]
    pub passed: Option<Passed>,
}

/// Settings that were passed over.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The file.
    pub path: PathBuf,
    /// What they are called.
    pub names: Vec<String>,
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
    /// Namespaces of catalogs whose tables are products, where no contract says otherwise.
    pub discover: Vec<Discover>,
}

/// One entry of `mesh.discover`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discover {
    /// The name of an entry of `storage.catalogs`.
    pub catalog: String,
    /// The namespace, with `.` between its levels; what lies below it belongs to it.
    pub namespace: String,
    /// The domain whose products the tables are.
    pub domain: String,
    /// How often the catalog is asked what there is.
    #[serde(default = "discovered_every")]
    pub every: Period,
}

fn discovered_every() -> Period {
    Period(std::time::Duration::from_secs(300))
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
            discover: Vec::new(),
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
            let value = match path.as_deref().zip(text.as_deref()) {
                Some((path, text)) => serde_saphyr::from_str(text).map_err(|cause| unreadable(path, &cause))?,
                None => serde_json::json!({"version": 1}),
            };
            config = overridden(value, &set)?;
        }
        config.stand(path.as_deref())?;
        Ok(config)
    }

    /// Reads the file of a folder that a command was given, when nobody named the file: what could do harm is passed over.
    ///
    /// # Errors
    /// As [`Config::load`], or when its mesh lies elsewhere.
    pub fn unnamed(path: &Path) -> Result<Self, Failure> {
        let text = text(path)?;
        parse(path, &text)?;
        let mut value = serde_saphyr::from_str(&text).map_err(|cause| unreadable(path, &cause))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut names = unnamed::strip(&mut value, folder);
        let mut config = overridden(value, &environment::overrides(variables()))?;
        config.stand(Some(path))?;
        names.extend(unnamed::withhold(&mut config, path, folder)?);
        config.passed = (!names.is_empty()).then(|| Passed { path: path.to_owned(), names });
        Ok(config)
    }

    /// Says where the configuration stands, and makes paths that depend on it absolute.
    fn stand(&mut self, path: Option<&Path>) -> Result<(), Failure> {
        self.folder = match path.and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        for root in &mut self.storage.local_roots {
            *root = std::path::absolute(self.folder.join(&root))
                .map_err(|cause| Failure::Setup(format!("finding `storage.local_roots`: {cause}")))?;
        }
        Ok(())
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
            None => {
                Err(Failure::Setup("no mesh is named; use --catalog DIR, or `mesh.catalog` in weft.yaml".to_owned()))
            }
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
    let config: Config = serde_saphyr::from_str(text).map_err(|cause| unreadable(path, &cause))?;
    config.limits.within().map_err(|fault| Failure::Setup(format!("`{}`: {fault}", path.display())))?;
    match config.version {
        Some(1) => Ok(config),
        Some(other) => {
            Err(Failure::Setup(format!("`{}` has `version: {other}`; this server reads version 1", path.display())))
        }
        None => Err(Failure::Setup(format!("`{}` lacks `version: 1`", path.display()))),
    }
}

/// The configuration of a file's settings, or of none, with those of the environment on top.
fn overridden(mut value: serde_json::Value, set: &[environment::Override]) -> Result<Config, Failure> {
    for one in set {
        environment::apply(&mut value, one)?;
    }
    let names: Vec<&str> = set.iter().map(|one| one.name.as_str()).collect();
    let unusable = |fault: &dyn std::fmt::Display| {
        Failure::Setup(format!("the settings of the environment ({}) are not usable: {fault}", names.join(", ")))
    };
    let config: Config = serde_json::from_value(value).map_err(|cause| unusable(&cause))?;
    config.limits.within().map_err(|fault| unusable(&fault))?;
    Ok(config)
}

/// What is wrong with the file, and where; never its lines, which may be another file's secrets.
fn unreadable(path: &Path, cause: &serde_saphyr::Error) -> Failure {
    let cause = cause.without_snippet();
    let said = cause.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    let first = said.lines().next().unwrap_or_default();
    let end = [" at line ", " (line "].iter().filter_map(|mark| first.find(mark)).min();
    let clause = end.and_then(|end| first.get(..end)).unwrap_or(first).trim_end_matches('.');
    let place = cause.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
    Failure::Setup(format!("`{}{place}` is not a configuration: {clause}", path.display()))
        .hinted("docs/configuration.md and what `weft init` writes show every setting.")
}

impl SecretSource {
    /// Reads the secret. Errors name the source, never the secret.
    ///
    /// # Errors
    /// When there is none, or two places name one.
    #[expect(
        clippy::disallowed_methods,
        reason = "secrets may come from the environment, where the configuration says so"
    )]
    pub fn read(&self, folder: &Path) -> Result<Secret, Failure> {
        match (&self.file, &self.env) {
            (Some(file), None) => {
                let path = folder.join(file);
                let text = std::fs::read_to_string(&path).map_err(|cause| Failure::File {
                    what: "reading the secret in",
                    path,
                    cause,
                })?;
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
