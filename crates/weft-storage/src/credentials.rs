//! How a binding shows who it is.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
    /// What the catalog lends for each table: `vended`.
    Vended,
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
enum Written {
    Word(String),
    Settings(Box<Settings>),
}

impl<'de> Deserialize<'de> for Written {
    // By hand, so that a setting that does not exist is named.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`anonymous`, `instance`, `vended` or settings of one kind")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Written, E> {
        Ok(Written::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        Settings::deserialize(MapAccessDeserializer::new(map)).map(|settings| Written::Settings(Box::new(settings)))
    }
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

/// The settings of one kind of credentials.
struct Kind {
    needed: &'static [&'static str],
    optional: &'static [&'static str],
    made: fn(Settings) -> Option<Credentials>,
}

const KINDS: [Kind; 7] = [
    Kind {
        needed: &["access_key_id", "secret_access_key"],
        optional: &["session_token"],
        made: |settings| {
            let (access_key_id, secret_access_key) = (settings.access_key_id?, settings.secret_access_key?);
            Some(Credentials::Keys { access_key_id, secret_access_key, session_token: settings.session_token })
        },
    },
    Kind {
        needed: &["role", "token_file"],
        optional: &["sts_endpoint"],
        made: |settings| {
            let (role, token_file) = (settings.role?, settings.token_file?);
            Some(Credentials::WebIdentity { role, token_file, sts_endpoint: settings.sts_endpoint })
        },
    },
    Kind {
        needed: &["account_key"],
        optional: &[],
        made: |settings| settings.account_key.map(Credentials::AccountKey),
    },
    Kind { needed: &["sas"], optional: &[], made: |settings| settings.sas.map(Credentials::Sas) },
    Kind {
        needed: &["tenant_id", "client_id", "client_secret"],
        optional: &[],
        made: |settings| {
            let (tenant_id, client_id, client_secret) =
                (settings.tenant_id?, settings.client_id?, settings.client_secret?);
            Some(Credentials::Client { tenant_id, client_id, client_secret })
        },
    },
    Kind {
        needed: &["tenant_id", "client_id", "token_file"],
        optional: &[],
        made: |settings| {
            let (tenant_id, client_id, token_file) = (settings.tenant_id?, settings.client_id?, settings.token_file?);
            Some(Credentials::WorkloadIdentity { tenant_id, client_id, token_file })
        },
    },
    Kind {
        needed: &["service_account"],
        optional: &[],
        made: |settings| settings.service_account.map(Credentials::ServiceAccount),
    },
];

impl Settings {
    /// The names of what is set.
    fn names(&self) -> Vec<&'static str> {
        let all = [
            ("access_key_id", self.access_key_id.is_some()),
            ("secret_access_key", self.secret_access_key.is_some()),
            ("session_token", self.session_token.is_some()),
            ("role", self.role.is_some()),
            ("token_file", self.token_file.is_some()),
            ("sts_endpoint", self.sts_endpoint.is_some()),
            ("account_key", self.account_key.is_some()),
            ("sas", self.sas.is_some()),
            ("tenant_id", self.tenant_id.is_some()),
            ("client_id", self.client_id.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("service_account", self.service_account.is_some()),
        ];
        all.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }
}

/// The kind that settings come closest to: most of what it needs is there, and least is missing.
fn closest(names: &[&str]) -> Option<&'static Kind> {
    let there = |kind: &Kind| kind.needed.iter().filter(|name| names.contains(name)).count();
    let known = |kind: &Kind| there(kind) + kind.optional.iter().filter(|name| names.contains(name)).count();
    let closeness = |kind: &&'static Kind| (there(kind) == kind.needed.len(), known(kind), KINDS.len() - kind.needed.len());
    // The first of equals.
    KINDS.iter().rev().max_by_key(closeness).filter(|kind| known(kind) > 0)
}

impl TryFrom<Written> for Credentials {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let settings = match written {
            Written::Word(word) if word == "anonymous" => return Ok(Self::Anonymous),
            Written::Word(word) if word == "instance" => return Ok(Self::Instance),
            Written::Word(word) if word == "vended" => return Ok(Self::Vended),
            Written::Word(_) => return Err("credentials are `anonymous`, `instance`, `vended` or settings of one kind".to_owned()),
            Written::Settings(settings) => *settings,
        };
        let names = settings.names();
        let Some(kind) = closest(&names) else { return Err("credentials are empty; leave them out or fill them in".to_owned()) };
        let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
        if let Some(missing) = kind.needed.iter().find(|name| !names.contains(name)) {
            let there: Vec<&str> = names.iter().copied().filter(|name| kind.needed.contains(name) || kind.optional.contains(name)).collect();
            return Err(format!("credentials with {} lack `{missing}`", quoted(&there)));
        }
        if let Some(more) = names.iter().find(|name| !kind.needed.contains(name) && !kind.optional.contains(name)) {
            return Err(format!("credentials with {} have no use for `{more}`", quoted(kind.needed)));
        }
        (kind.made)(settings).ok_or_else(|| "these settings are no credentials of one kind".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Credentials, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_does_not_belong_together_is_named() {
        for (settings, says) in [
            (r#"{"account_key": {"env": "A"}, "sas": {"env": "B"}}"#, "credentials with `account_key` have no use for `sas`"),
            (r#"{"access_key_id": {"env": "A"}}"#, "credentials with `access_key_id` lack `secret_access_key`"),
            (r#"{"session_token": {"env": "A"}}"#, "credentials with `session_token` lack `access_key_id`"),
            (
                r#"{"role": "r", "token_file": "t", "session_token": {"env": "A"}}"#,
                "credentials with `role` and `token_file` have no use for `session_token`",
            ),
            (
                r#"{"role": "r", "token_file": "t", "client_id": "c"}"#,
                "credentials with `role` and `token_file` have no use for `client_id`",
            ),
            (
                r#"{"tenant_id": "t", "client_id": "c", "client_secret": {"env": "A"}, "token_file": "t"}"#,
                "credentials with `tenant_id` and `client_id` and `client_secret` have no use for `token_file`",
            ),
            (
                r#"{"tenant_id": "t", "client_id": "c", "token_file": "t", "role": "r"}"#,
                "credentials with `tenant_id` and `client_id` and `token_file` have no use for `role`",
            ),
            (r#"{"tenant_id": "t", "client_id": "c"}"#, "credentials with `tenant_id` and `client_id` lack `client_secret`"),
            (r#"{"service_account": {"env": "A"}, "role": "r"}"#, "credentials with `service_account` have no use for `role`"),
            (
                r#"{"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}, "sts_endpoint": "https://s"}"#,
                "credentials with `access_key_id` and `secret_access_key` have no use for `sts_endpoint`",
            ),
            ("{}", "credentials are empty; leave them out or fill them in"),
            (r#""ambient""#, "credentials are `anonymous`, `instance`, `vended` or settings of one kind"),
        ] {
            assert_eq!(read(settings), Err(says.to_owned()), "{settings}");
        }
    }

    #[test]
    fn every_kind_is_read() {
        let env = |name: &str| SecretRef { file: None, env: Some(name.to_owned()) };
        for (settings, is) in [
            (r#""anonymous""#, Credentials::Anonymous),
            (r#""instance""#, Credentials::Instance),
            (r#""vended""#, Credentials::Vended),
            (
                r#"{"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}}"#,
                Credentials::Keys { access_key_id: env("A"), secret_access_key: env("B"), session_token: None },
            ),
            (
                r#"{"role": "r", "token_file": "t"}"#,
                Credentials::WebIdentity { role: "r".to_owned(), token_file: "t".into(), sts_endpoint: None },
            ),
            (r#"{"sas": {"env": "A"}}"#, Credentials::Sas(env("A"))),
            (r#"{"account_key": {"env": "A"}}"#, Credentials::AccountKey(env("A"))),
            (r#"{"service_account": {"env": "A"}}"#, Credentials::ServiceAccount(env("A"))),
        ] {
            assert_eq!(read(settings), Ok(is), "{settings}");
        }
    }
}
