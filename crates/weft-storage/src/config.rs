//! The `storage` section of `weft.yaml`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use weft_model::quantity::{Bytes, Period};

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
            retries: 5,
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

/// A secret's place: a file or an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    /// A file that holds it.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// An environment variable that holds it.
    #[serde(default)]
    pub env: Option<String>,
}

/// How Weft shows who it is; nothing comes from the environment unless it is named here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum Credentials {
    /// Nobody in particular: `anonymous`.
    #[default]
    Anonymous,
    /// What the machine is given by its cloud: `instance`.
    Instance,
    /// S3: an access key, with a session token where it is a temporary one.
    Keys {
        /// Its name.
        access_key_id: SecretRef,
        /// The key.
        secret_access_key: SecretRef,
        /// The token of a temporary key.
        session_token: Option<SecretRef>,
    },
    /// S3: a role that is assumed with an identity token that something keeps fresh in a file.
    WebIdentity {
        /// The role's ARN.
        role: String,
        /// The file.
        token_file: PathBuf,
        /// The token service, where it is not the cloud's own.
        sts_endpoint: Option<String>,
    },
    /// Azure: an account's key.
    AccountKey(SecretRef),
    /// Azure: a shared access signature, as a query.
    Sas(SecretRef),
    /// Azure: an application with a secret.
    Client {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// Its secret.
        client_secret: SecretRef,
    },
    /// Azure: an application with an identity token that something keeps fresh in a file.
    WorkloadIdentity {
        /// The directory.
        tenant_id: String,
        /// The application.
        client_id: String,
        /// The file.
        token_file: PathBuf,
    },
    /// Google: a service account's key, as JSON.
    ServiceAccount(SecretRef),
}

/// Credentials as they are written: a word, or settings of one kind.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Settings(Box<Settings>),
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    access_key_id: Option<SecretRef>,
    secret_access_key: Option<SecretRef>,
    session_token: Option<SecretRef>,
    role: Option<String>,
    token_file: Option<PathBuf>,
    sts_endpoint: Option<String>,
    account_key: Option<SecretRef>,
    sas: Option<SecretRef>,
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretRef>,
    service_account: Option<SecretRef>,
}

impl TryFrom<Written> for Credentials {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let settings = match written {
            Written::Word(word) if word == "anonymous" => return Ok(Self::Anonymous),
            Written::Word(word) if word == "instance" => return Ok(Self::Instance),
            Written::Word(_) => return Err("credentials are `anonymous`, `instance` or settings of one kind".to_owned()),
            Written::Settings(settings) => *settings,
        };
        match settings {
            Settings {
                access_key_id: Some(access_key_id),
                secret_access_key: Some(secret_access_key),
                session_token,
                role: None,
                token_file: None,
                sts_endpoint: None,
                account_key: None,
                sas: None,
                tenant_id: None,
                client_id: None,
                client_secret: None,
                service_account: None,
            } => Ok(Self::Keys { access_key_id, secret_access_key, session_token }),
            Settings { role: Some(role), token_file: Some(token_file), sts_endpoint, access_key_id: None, .. } => {
                Ok(Self::WebIdentity { role, token_file, sts_endpoint })
            }
            Settings { account_key: Some(key), sas: None, tenant_id: None, access_key_id: None, .. } => {
                Ok(Self::AccountKey(key))
            }
            Settings { sas: Some(sas), account_key: None, tenant_id: None, access_key_id: None, .. } => Ok(Self::Sas(sas)),
            Settings {
                tenant_id: Some(tenant_id), client_id: Some(client_id), client_secret: Some(client_secret), token_file: None, ..
            } => Ok(Self::Client { tenant_id, client_id, client_secret }),
            Settings {
                tenant_id: Some(tenant_id), client_id: Some(client_id), client_secret: None, token_file: Some(token_file), ..
            } => Ok(Self::WorkloadIdentity { tenant_id, client_id, token_file }),
            Settings { service_account: Some(key), tenant_id: None, access_key_id: None, .. } => Ok(Self::ServiceAccount(key)),
            _ => Err("these settings are no credentials of one kind".to_owned()),
        }
    }
}
