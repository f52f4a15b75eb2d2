//! Keys to a table's files, as catalogs write them: `storage-credentials` and `config` of what they say of a table.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use weft_storage::catalog::{Keys, Vended};

/// The most prefixes that a catalog lends keys to.
const PREFIXES_MAX: usize = 1_000;

/// The longest prefix, key or token.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// Settings of a table's files, by name.
pub(crate) type Settings = BTreeMap<String, String>;

/// How many bytes keys hold, about.
pub(crate) fn held(keys: &[Vended]) -> usize {
    let text = |keys: &Keys| match keys {
        Keys::S3 { access_key_id, secret_access_key, session_token } => {
            access_key_id.len() + secret_access_key.len() + session_token.as_ref().map_or(0, String::len)
        }
        Keys::Gcs { token } => token.len(),
        Keys::Azure { sas } => sas.len(),
    };
    keys.iter().map(|one| size_of::<Vended>() + one.prefix.len() + text(&one.keys)).sum()
}

/// Settings for what lies below a prefix.
#[derive(Deserialize)]
pub(crate) struct StorageCredential {
    prefix: String,
    config: Settings,
}

/// The keys that are lent. Those to prefixes stand before those to everything: the longest prefix that fits is used.
///
/// # Errors
/// When there are too many.
pub(crate) fn lent(credentials: &[StorageCredential], config: &Settings) -> Result<Arc<[Vended]>, String> {
    if credentials.len() > PREFIXES_MAX {
        return Err(format!("it lends keys to more than {PREFIXES_MAX} prefixes"));
    }
    let long = |text: &String| text.len() > TEXT_BYTES_MAX;
    let own = |name: &str| ["s3.", "gcs.", "adls."].iter().any(|store| name.starts_with(store));
    let too_long = |config: &Settings| config.iter().any(|(name, value)| own(name) && long(value));
    if credentials.iter().any(|one| long(&one.prefix) || too_long(&one.config)) || too_long(config) {
        return Err(format!("it lends keys of more than {TEXT_BYTES_MAX} bytes"));
    }
    let all = credentials.iter().map(|one| (one.prefix.as_str(), &one.config)).chain([("", config)]);
    Ok(all.filter_map(|(prefix, config)| keys(prefix, config)).collect())
}

/// The keys among the settings, if there are any.
fn keys(prefix: &str, config: &Settings) -> Option<Vended> {
    let (keys, until) = s3(config).or_else(|| gcs(config)).or_else(|| azure(config))?;
    Some(Vended { prefix: Arc::from(prefix), keys, until: until.and_then(|millis| moment(millis)) })
}

fn s3(config: &Settings) -> Option<(Keys, Option<&String>)> {
    let keys = Keys::S3 {
        access_key_id: config.get("s3.access-key-id")?.clone(),
        secret_access_key: config.get("s3.secret-access-key")?.clone(),
        session_token: config.get("s3.session-token").cloned(),
    };
    Some((keys, config.get("s3.session-token-expires-at-ms")))
}

fn gcs(config: &Settings) -> Option<(Keys, Option<&String>)> {
    let token = config.get("gcs.oauth2.token")?.clone();
    Some((Keys::Gcs { token }, config.get("gcs.oauth2.token-expires-at")))
}

/// The signature stands under the account's name; where there are several, which of them is meant is not known.
fn azure(config: &Settings) -> Option<(Keys, Option<&String>)> {
    let mut accounts = config.iter().filter_map(|(name, sas)| Some((name.strip_prefix("adls.sas-token.")?, sas)));
    let (account, sas) = accounts.next().filter(|_| accounts.next().is_none())?;
    Some((Keys::Azure { sas: sas.clone() }, config.get(&format!("adls.sas-token-expires-at-ms.{account}"))))
}

/// A time as milliseconds since 1970-01-01T00:00:00Z.
fn moment(millis: &str) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_of_every_store_are_read() {
        let at = |millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis));
        let credentials = [StorageCredential {
            prefix: "s3://lake/t".to_owned(),
            config: settings(&[("s3.access-key-id", "A"), ("s3.secret-access-key", "B"), ("s3.session-token", "C"), ("s3.session-token-expires-at-ms", "1500")]),
        }];
        let found = lent(&credentials, &settings(&[("gcs.oauth2.token", "T"), ("gcs.oauth2.token-expires-at", "x")])).expect("keys");
        let s3 = Keys::S3 { access_key_id: "A".into(), secret_access_key: "B".into(), session_token: Some("C".into()) };
        assert!(found[0] == Vended { prefix: "s3://lake/t".into(), keys: s3, until: at(1500) });
        assert!(found[1] == Vended { prefix: "".into(), keys: Keys::Gcs { token: "T".into() }, until: None });
        let azure = settings(&[("adls.sas-token.acme.dfs.core.windows.net", "sig=1"), ("adls.sas-token-expires-at-ms.acme.dfs.core.windows.net", "7")]);
        let found = lent(&[], &azure).expect("keys");
        assert!(found[0] == Vended { prefix: "".into(), keys: Keys::Azure { sas: "sig=1".into() }, until: at(7) });
    }

    #[test]
    fn half_a_key_is_none() {
        for pairs in [&[][..], &[("s3.access-key-id", "A")], &[("adls.sas-token.a", "1"), ("adls.sas-token.b", "2")]] {
            assert!(lent(&[], &settings(pairs)).expect("keys").is_empty(), "{pairs:?}");
        }
    }
}
