//! The `storage` section of `weft.yaml`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use weft_model::quantity::{Bytes, Period};

use crate::catalog_credentials::CatalogCredentials;
use crate::credentials::{Credentials, SecretRef};

/// Which files the server may touch, and which domain may use which of them.
///
/// `local_roots` says where on disk Weft may read at all; the mesh root always counts as one.
/// `bindings` divide these roots among domains, and are the only way to an object store. Without any binding every
/// domain may use everything below the roots, so one domain's contract can name another domain's files. A mesh with
/// more than one team therefore wants at least
///
/// ```yaml
/// storage:
///   bindings:
///     - {name: lake, prefix: "./data/{domain}/", domains: ["*"]}
/// ```
///
/// which gives every domain the folder that carries its name. As soon as one binding exists, a location under no
/// binding is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// Absolute folders below which local files may lie, beside the mesh root.
    pub local_roots: Vec<PathBuf>,
    /// Which domains may use which prefix.
    pub bindings: Vec<BindingConfig>,
    /// The catalogs that say where tables lie.
    pub catalogs: Vec<CatalogConfig>,
    /// How object stores are asked.
    pub remote: RemoteConfig,
}

/// `storage.remote`: how object stores are asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteConfig {
    /// How often a request that failed for a passing reason is sent again.
    pub retries: usize,
    /// How long, from its first attempt, a request may be tried again.
    pub retry_time: Period,
    /// How long one request may take, its answer included.
    pub request_time: Period,
    /// How long connecting may take.
    pub connect_time: Period,
    /// Ranges of one file that lie no further apart than this are read in one request.
    pub coalesce: Bytes,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        Self {
            retries: 10,
            retry_time: Period(Duration::from_secs(60)),
            request_time: Period(Duration::from_secs(30)),
            connect_time: Period(Duration::from_secs(5)),
            coalesce: Bytes(8 * 1024 * 1024),
        }
    }
}

/// One prefix and the domains that may use it.
///
/// The longest prefix that covers a location decides alone (at the same length, one without `{domain}`): a domain that
/// may use `./data/` but not `./data/hr/` cannot reach a file below the second one through the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingConfig {
    /// The name contracts may ask for.
    pub name: String,
    /// A folder, absolute or relative to the mesh root, or an address in an object store. `{domain}` stands for the name
    /// of the domain that asks.
    pub prefix: String,
    /// The domains that may use it, by SQL name, or `*` for all; none means nobody.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The address of the service, where it is not the cloud's own; a contract's `endpointUrl` has to equal it.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The region of an S3 bucket.
    #[serde(default)]
    pub region: Option<String>,
    /// Where an S3 bucket stands in addresses.
    #[serde(default)]
    pub style: Style,
    /// Where an instance asks for its credentials, where it is not the cloud's own address.
    #[serde(default)]
    pub metadata_endpoint: Option<String>,
    /// How Weft shows who it is.
    #[serde(default)]
    pub credentials: Credentials,
    /// The catalog whose tables lie here: what does is opened by its name there, never by its path.
    #[serde(default)]
    pub catalog: Option<String>,
    /// The configuration that has the binding, when nobody named it: the binding decides, and opens nothing.
    #[serde(skip)]
    pub withheld: Option<String>,
}

impl BindingConfig {
    /// Makes the paths of token files relative to a folder.
    pub fn place_files(&mut self, folder: &std::path::Path) {
        if let Credentials::WebIdentity { token_file, .. } | Credentials::WorkloadIdentity { token_file, .. } =
            &mut self.credentials
        {
            *token_file = folder.join(&*token_file);
        }
    }
}

/// Where an S3 bucket stands in addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// In the host for the cloud's own service, in the path for an endpoint of one's own.
    #[default]
    Auto,
    /// In the path.
    Path,
    /// In the host.
    Virtual,
}

/// One entry of `storage.catalogs`: a catalog that says where tables lie.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogConfig {
    /// The name that bindings use.
    pub name: String,
    /// What it is asked by.
    #[serde(default, rename = "type")]
    pub kind: CatalogKind,
    /// Where it answers, without `/v1`; a contract's `catalogUrl` has to equal it.
    pub uri: String,
    /// What it calls the warehouse; a contract's `warehouse`, where it has one, has to equal it.
    #[serde(default)]
    pub warehouse: Option<String>,
    /// The domains that may ask it, by SQL name, or `*` for all; none means nobody.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The namespaces that they may name, and all below those. `{domain}` stands for the name of the domain that asks.
    #[serde(default = "own_namespace")]
    pub namespaces: Vec<String>,
    /// How Weft shows who it is.
    #[serde(default)]
    pub credentials: CatalogCredentials,
    /// For whom what the catalog withholds is meant.
    #[serde(default)]
    pub restrictions: RestrictionsFor,
    /// The callers' own tokens, by their names, where [`RestrictionsFor::Caller`] needs them.
    #[serde(default)]
    pub callers: BTreeMap<String, SecretRef>,
    /// The configuration that has the catalog, when nobody named it: the catalog is not asked.
    #[serde(skip)]
    pub withheld: Option<String>,
}

/// The namespace of the domain that asks.
fn own_namespace() -> Vec<String> {
    vec!["{domain}".to_owned()]
}

/// What a catalog is asked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatalogKind {
    /// The Iceberg REST catalog API.
    #[default]
    Rest,
    /// A table in a file of SQLite, as the JDBC and SQL catalogs of Iceberg's own libraries keep it.
    Sql,
}

/// For whom the `read-restrictions` of a catalog are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RestrictionsFor {
    /// Nobody knows: a table with any is not read.
    #[default]
    Refuse,
    /// Weft's own identity, and so for whoever reads through it.
    Service,
    /// The caller, with whose own token the catalog is asked.
    Caller,
}
