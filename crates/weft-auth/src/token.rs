//! Personal access tokens: `weft_pat_<id>_<secret>`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::limits::TOKENS_PER_USER_MAX;
use crate::random;
use crate::secret::{Secret, TOKEN_PREFIX};
use crate::users::User;

/// What is kept of a token: everything but its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRecord {
    /// The part of the token that names it.
    pub id: Arc<str>,
    /// Whose token it is; groups, roles and purposes are looked up at every use.
    pub user: Arc<str>,
    /// What the user calls it.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal digits. The secret has 256 random bits, so nothing slower is needed.
    pub sha256: String,
    /// The purposes it is limited to; absent means all of the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purposes: Option<BTreeSet<Arc<str>>>,
    /// When it was made, in seconds since 1970-01-01.
    pub created: i64,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<i64>,
}

/// What a new token shall be.
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    /// What the user calls it.
    pub name: String,
    /// The purposes it is limited to; absent means all of the user's.
    pub purposes: Option<BTreeSet<Arc<str>>>,
    /// When it ends, in seconds since 1970-01-01.
    pub expires: Option<i64>,
}

/// Every token of this server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FileForm", into = "FileForm")]
pub struct TokenStore {
    /// Oldest first.
    tokens: Vec<TokenRecord>,
    /// Where the token with an id stands.
    places: HashMap<Arc<str>, usize>,
}

/// The tokens as the file holds them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    version: FormatVersion,
    tokens: Vec<TokenRecord>,
}

impl TryFrom<FileForm> for TokenStore {
    type Error = String;

    fn try_from(form: FileForm) -> Result<Self, Self::Error> {
        let mut store = Self::default();
        for token in form.tokens {
            if store.places.contains_key(&token.id) {
                return Err(format!("two tokens have the id `{}`", token.id));
            }
            store.push(token);
        }
        Ok(store)
    }
}

impl From<TokenStore> for FileForm {
    fn from(store: TokenStore) -> Self {
        Self { version: FormatVersion, tokens: store.tokens }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct FormatVersion;

impl TryFrom<u32> for FormatVersion {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        if version == 1 { Ok(Self) } else { Err("the version of the format is not 1") }
    }
}

impl From<FormatVersion> for u32 {
    fn from(_: FormatVersion) -> Self {
        1
    }
}

impl TokenRecord {
    /// True while it has not ended and was not revoked.
    #[must_use]
    pub fn works(&self, now: i64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

impl TokenStore {
    /// Makes a token; its text is shown this one time.
    ///
    /// # Errors
    /// When the user is disabled or has too many tokens, a purpose is not the user's, or the expiry is past.
    pub fn create(&mut self, user: &User, request: TokenRequest, now: i64) -> Result<(TokenRecord, Secret), Error> {
        let name = || user.principal.name.to_string();
        if user.disabled {
            return Err(Error::UserMissing { user: name() });
        }
        let mut asked = request.purposes.iter().flatten();
        if let Some(purpose) = asked.find(|purpose| !user.principal.purposes.contains(*purpose)) {
            return Err(Error::PurposeMissing { purpose: purpose.to_string(), user: name() });
        }
        if request.expires.is_some_and(|expires| expires <= now) {
            return Err(Error::ExpiryPast);
        }
        let working = self.tokens.iter().filter(|token| token.user == user.principal.name && token.works(now));
        if working.count() >= TOKENS_PER_USER_MAX {
            return Err(Error::TokensFull { user: name() });
        }
        let id = random::hex(&random::bytes::<8>()?);
        let secret = random::hex(&random::bytes::<32>()?);
        let record = TokenRecord {
            id: Arc::from(id.as_str()),
            user: Arc::clone(&user.principal.name),
            name: request.name,
            sha256: digest(&secret),
            purposes: request.purposes,
            created: now,
            expires: request.expires,
            revoked: None,
        };
        self.push(record.clone());
        Ok((record, Secret::new(format!("{TOKEN_PREFIX}{id}_{secret}"))))
    }

    /// Every token, oldest first, those that no longer work among them.
    #[must_use]
    pub fn list(&self) -> &[TokenRecord] {
        &self.tokens
    }

    /// Ends a token now; one that was revoked earlier stays so.
    ///
    /// # Errors
    /// When no token has this id.
    pub fn revoke(&mut self, id: &str, now: i64) -> Result<&TokenRecord, Error> {
        let place = self.places.get(id).copied();
        let token = place.and_then(|place| self.tokens.get_mut(place));
        let token = token.ok_or_else(|| Error::TokenMissing { id: id.to_owned() })?;
        token.revoked.get_or_insert(now);
        Ok(token)
    }

    /// The working token with this id.
    #[must_use]
    pub fn working(&self, id: &str, now: i64) -> Option<&TokenRecord> {
        self.tokens.get(*self.places.get(id)?).filter(|token| token.works(now))
    }

    fn push(&mut self, token: TokenRecord) {
        self.places.insert(Arc::clone(&token.id), self.tokens.len());
        self.tokens.push(token);
    }

    /// The working token with this text.
    #[must_use]
    pub fn find(&self, text: &Secret, now: i64) -> Option<&TokenRecord> {
        let (id, secret) = text.expose().strip_prefix(TOKEN_PREFIX)?.split_once('_')?;
        // Computed and compared in any case, so that time does not tell which ids exist.
        let presented = digest(secret);
        let token = self.working(id, now);
        let kept = token.map_or("", |token| token.sha256.as_str());
        let fits = bool::from(kept.as_bytes().ct_eq(presented.as_bytes()));
        token.filter(|_| fits)
    }
}

fn digest(secret: &str) -> String {
    random::hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::UsersFile;

    fn user() -> User {
        let text = "users: [{name: ana, purposes: [fraud, care]}]";
        let users = UsersFile::parse("users.yaml", text).expect("users");
        User::clone(users.user("ana").expect("ana"))
    }

    fn request() -> TokenRequest {
        TokenRequest { name: "laptop".to_owned(), purposes: None, expires: Some(200) }
    }

    #[test]
    fn a_token_is_found_by_its_text_until_it_ends() {
        let mut store = TokenStore::default();
        let (record, text) = store.create(&user(), request(), 100).expect("token");
        assert_eq!(text.expose().len(), TOKEN_PREFIX.len() + 16 + 1 + 64);
        assert!(text.expose().starts_with(&format!("{TOKEN_PREFIX}{}_", record.id)));
        assert_eq!(store.find(&text, 199), Some(&record));
        assert_eq!(store.find(&text, 200), None);
        store.revoke(&record.id, 150).expect("revoked");
        store.revoke(&record.id, 160).expect("again");
        assert_eq!(store.find(&text, 151), None);
        assert_eq!(store.list()[0].revoked, Some(150));
        let missing = store.revoke("0", 1).expect_err("missing");
        assert_eq!(missing.to_string(), "no token has the id `0`");
    }

    #[test]
    fn no_other_text_finds_a_token() {
        let mut store = TokenStore::default();
        let (record, text) = store.create(&user(), request(), 100).expect("token");
        let (_, other) = store.create(&user(), request(), 100).expect("token");
        let mixed = format!("{TOKEN_PREFIX}{}_{}", record.id, other.expose().rsplit('_').next().expect("secret"));
        let by_digest = format!("{TOKEN_PREFIX}{}_{}", record.id, record.sha256);
        let id_only = format!("{TOKEN_PREFIX}{}_", record.id);
        let upper = text.expose().to_uppercase();
        let cut = text.expose().strip_suffix(char::is_alphanumeric).expect("digit");
        for wrong in ["", TOKEN_PREFIX, "weft_pat__", &mixed, &by_digest, &id_only, &upper, cut] {
            assert_eq!(store.find(&Secret::new(wrong), 100), None, "{wrong}");
        }
    }

    #[test]
    fn the_file_holds_no_secret() {
        let mut store = TokenStore::default();
        let (_, text) = store.create(&user(), request(), 100).expect("token");
        let secret = text.expose().rsplit('_').next().expect("secret");
        let json = serde_json::to_string(&store).expect("json");
        assert!(!json.contains(secret) && !format!("{store:?}").contains(secret));
        assert_eq!(serde_json::from_str::<TokenStore>(&json).expect("read"), store);
        assert!(json.starts_with(r#"{"version":1,"tokens":[{"id":""#), "{json}");
        assert!(serde_json::from_str::<TokenStore>(r#"{"version":2,"tokens":[]}"#).is_err());
        let (head, record) = json.split_once('[').expect("list");
        let twice = format!("{head}[{},{record}", record.trim_end_matches("]}"));
        let error = serde_json::from_str::<TokenStore>(&twice).expect_err("twice").to_string();
        assert_eq!(error, format!("two tokens have the id `{}`", store.list()[0].id));
    }

    #[test]
    fn requests_are_held_to_the_user() {
        let mut store = TokenStore::default();
        let mut create = |user: &User, request| store.create(user, request, 100).map(|(record, _)| record);
        let narrowed = TokenRequest { purposes: Some([Arc::from("care")].into()), ..request() };
        assert!(create(&user(), narrowed).is_ok());
        let widened = TokenRequest { purposes: Some([Arc::from("ads")].into()), ..request() };
        let message = "purpose `ads` is not among those of user `ana`";
        assert_eq!(create(&user(), widened).expect_err("refused").to_string(), message);
        let past = TokenRequest { expires: Some(100), ..request() };
        assert_eq!(create(&user(), past), Err(Error::ExpiryPast));
        let disabled = User { disabled: true, ..user() };
        assert_eq!(create(&disabled, request()), Err(Error::UserMissing { user: "ana".to_owned() }));
        for _ in 1..TOKENS_PER_USER_MAX {
            create(&user(), request()).expect("token");
        }
        let full = create(&user(), request()).expect_err("full");
        assert_eq!(full.to_string(), "user `ana` has 100 tokens already");
    }
}
