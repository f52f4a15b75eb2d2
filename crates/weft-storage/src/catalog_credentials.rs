//! How Weft shows a catalog who it is.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::credentials::SecretRef;

/// How Weft shows a catalog who it is; nothing comes from the environment unless it is named here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CatalogCredentials {
    /// Nobody in particular: `anonymous`.
    #[default]
    Anonymous,
    /// A token that does not end while Weft runs.
    Token(SecretRef),
    /// A client of an OAuth2 server, whose tokens are asked for anew before they end.
    Client(ClientCredentials),
    /// An access key, with which every request is signed: Signature Version 4.
    Signed(SigningKey),
}

/// Settings of an OAuth2 client: RFC 6749, section 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    /// Its name.
    pub client_id: SecretRef,
    /// Its secret.
    pub client_secret: SecretRef,
    /// The scope that is asked for.
    #[serde(default = "catalog_scope")]
    pub scope: String,
    /// What the token is meant for, where the server asks.
    #[serde(default)]
    pub audience: Option<String>,
    /// Where tokens are asked for, where that is not the catalog itself.
    #[serde(default)]
    pub token_endpoint: Option<String>,
}

/// Settings of a key that signs requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// Its name.
    pub access_key_id: SecretRef,
    /// The key.
    pub secret_access_key: SecretRef,
    /// The token of a temporary key.
    #[serde(default)]
    pub session_token: Option<SecretRef>,
    /// The region of the service.
    pub region: String,
    /// What the service is called in signatures: `glue`, `s3tables`, `execute-api`.
    #[serde(default = "glue")]
    pub service: String,
}

fn catalog_scope() -> String {
    "catalog".to_owned()
}

fn glue() -> String {
    "glue".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    token: SecretRef,
}

impl<'de> Deserialize<'de> for CatalogCredentials {
    // By hand, so that a setting that does not exist is named.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = CatalogCredentials;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`anonymous`, or settings with `token`, `client_id` or `access_key_id`")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<CatalogCredentials, E> {
        match word {
            "anonymous" => Ok(CatalogCredentials::Anonymous),
            _ => Err(E::custom("credentials of a catalog are `anonymous`, or settings with `token`, `client_id` or `access_key_id`")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CatalogCredentials, A::Error> {
        let settings = serde_json::Map::deserialize(MapAccessDeserializer::new(map))?;
        let kind = ["token", "client_id", "access_key_id"].into_iter().find(|kind| settings.contains_key(*kind));
        let settings = serde_json::Value::Object(settings);
        let read = match kind {
            Some("token") => Token::deserialize(settings).map(|one| CatalogCredentials::Token(one.token)),
            Some("client_id") => ClientCredentials::deserialize(settings).map(CatalogCredentials::Client),
            Some(_) => SigningKey::deserialize(settings).map(CatalogCredentials::Signed),
            None => return Err(de::Error::custom("credentials of a catalog have `token`, `client_id` or `access_key_id`")),
        };
        read.map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CatalogCredentials, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_is_read() {
        let env = |name: &str| SecretRef { file: None, env: Some(name.to_owned()) };
        for (settings, is) in [
            (r#""anonymous""#, CatalogCredentials::Anonymous),
            (r#"{"token": {"env": "T"}}"#, CatalogCredentials::Token(env("T"))),
            (
                r#"{"client_id": {"env": "A"}, "client_secret": {"env": "B"}}"#,
                CatalogCredentials::Client(ClientCredentials {
                    client_id: env("A"),
                    client_secret: env("B"),
                    scope: "catalog".to_owned(),
                    audience: None,
                    token_endpoint: None,
                }),
            ),
            (
                r#"{"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}, "region": "eu-central-1"}"#,
                CatalogCredentials::Signed(SigningKey {
                    access_key_id: env("A"),
                    secret_access_key: env("B"),
                    session_token: None,
                    region: "eu-central-1".to_owned(),
                    service: "glue".to_owned(),
                }),
            ),
        ] {
            assert_eq!(read(settings), Ok(is), "{settings}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (settings, says) in [
            (r#""ambient""#, "`anonymous`, or settings with `token`, `client_id` or `access_key_id`"),
            ("{}", "credentials of a catalog have `token`, `client_id` or `access_key_id`"),
            (r#"{"token": {"env": "T"}, "scope": "x"}"#, "unknown field `scope`"),
            (r#"{"client_id": {"env": "A"}}"#, "missing field `client_secret`"),
            (r#"{"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}}"#, "missing field `region`"),
        ] {
            let said = read(settings).expect_err(settings);
            assert!(said.contains(says), "{settings}: {said}");
        }
    }
}
