//! Passwords as argon2id PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use crate::error::Error;
use crate::limits::{
    ARGON2_KIB_ADVISED, ARGON2_KIB_MAX, ARGON2_LANES_MAX, ARGON2_ROUNDS_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN,
};
use crate::random;
use crate::secret::{Secret, TOKEN_PREFIX};

/// A stored password: what users.yaml keeps instead of the password.
#[derive(Clone, Debug)]
pub struct StoredPassword(Secret);

/// Why a text is no stored password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no argon2id PHC string; most likely a plain password.
    Plain,
    /// Checking it would cost more than the server gives.
    TooCostly,
}

impl StoredPassword {
    /// Reads a PHC string.
    ///
    /// # Errors
    /// Why the text is no stored password.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let hash = PasswordHash::new(text).map_err(|_| Unfit::Plain)?;
        let complete = hash.salt.is_some() && hash.hash.is_some() && hash.version == Some(0x13);
        let cost = |name: &str| hash.params.get_decimal(name);
        match (cost("m"), cost("t"), cost("p")) {
            (Some(m), Some(t), Some(p)) if hash.algorithm.as_str() == "argon2id" && complete => {
                if m > ARGON2_KIB_MAX || t > ARGON2_ROUNDS_MAX || p > ARGON2_LANES_MAX {
                    return Err(Unfit::TooCostly);
                }
            }
            _ => return Err(Unfit::Plain),
        }
        Ok(Self(Secret::new(text)))
    }

    /// True when guessing the password from a stolen file is cheaper than advised.
    #[must_use]
    pub fn weak(&self) -> bool {
        let memory = PasswordHash::new(self.0.expose()).ok().and_then(|hash| hash.params.get_decimal("m"));
        memory.is_none_or(|kib| kib < ARGON2_KIB_ADVISED)
    }

    /// A stored password that no password fits, as costly to check as this one.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn dummy(like: Option<&Self>) -> Result<Self, Error> {
        let salt = base64_digits(&random::bytes::<16>()?);
        let hash = base64_digits(&random::bytes::<32>()?);
        let like = like.and_then(|like| PasswordHash::new(like.0.expose()).ok());
        let default = argon2::Params::default();
        let cost = |name: &str, otherwise: u32| {
            like.as_ref().and_then(|like| like.params.get_decimal(name)).unwrap_or(otherwise)
        };
        let (m, t, p) = (cost("m", default.m_cost()), cost("t", default.t_cost()), cost("p", default.p_cost()));
        Ok(Self(Secret::new(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}"))))
    }

    /// Whether a password fits. Takes tens of milliseconds and some 20 MiB of memory: run it on a blocking thread.
    #[must_use]
    pub fn verify(&self, password: &Secret) -> bool {
        let Ok(hash) = PasswordHash::new(self.0.expose()) else { return false };
        Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
    }

    /// The PHC string.
    #[must_use]
    pub fn phc(&self) -> &str {
        self.0.expose()
    }
}

/// Makes the PHC string for `users.yaml`. As costly as [`StoredPassword::verify`].
///
/// # Errors
/// When the password is too short, too long or looks like a token.
pub fn hash(password: &Secret) -> Result<String, Error> {
    let text = password.expose();
    let fault = if text.chars().count() < PASSWORD_CHARS_MIN {
        Some("is shorter than 8 characters")
    } else if text.len() > PASSWORD_BYTES_MAX {
        Some("is longer than 1024 bytes")
    } else if text.starts_with(TOKEN_PREFIX) {
        Some("looks like a personal access token")
    } else {
        None
    };
    if let Some(fault) = fault {
        return Err(Error::PasswordUnusable { fault });
    }
    let salt: [u8; 16] = random::bytes()?;
    let hash = Argon2::default().hash_password_with_salt(text.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|_| Error::PasswordUnusable { fault: "could not be hashed" })
}

/// PHC strings use the standard alphabet without padding.
fn base64_digits(bytes: &[u8]) -> String {
    use base64::Engine;

    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: &str = "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ$/gCHQXeWuH7mvGMkWSyTGg";

    #[test]
    fn a_hashed_password_fits_and_no_other_does() {
        let stored = StoredPassword::parse(&hash(&Secret::new("correct horse")).expect("hash")).expect("stored");
        assert!(stored.verify(&Secret::new("correct horse")));
        assert!(!stored.verify(&Secret::new("correct horse ")));
        assert!(!stored.weak());
        assert!(stored.phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(format!("{stored:?}"), "StoredPassword([redacted])");
    }

    #[test]
    fn what_is_no_argon2id_string_is_plain() {
        for text in [
            "hunter2",
            "",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2i$v=19$m=16,t=1,p=1$c29tZXNhbHQ$/gCHQXeWuH7mvGMkWSyTGg",
            "$argon2id$v=16$m=16,t=1,p=1$c29tZXNhbHQ$/gCHQXeWuH7mvGMkWSyTGg",
            "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$$c29tZXNhbHQ$/gCHQXeWuH7mvGMkWSyTGg",
        ] {
            assert_eq!(StoredPassword::parse(text).err(), Some(Unfit::Plain), "{text}");
        }
        let costly = CHEAP.replace("m=16", "m=4294967295");
        assert_eq!(StoredPassword::parse(&costly).err(), Some(Unfit::TooCostly));
        assert!(StoredPassword::parse(CHEAP).expect("cheap").weak());
    }

    #[test]
    fn the_dummy_costs_as_much_and_fits_nothing() {
        let cheap = StoredPassword::parse(CHEAP).expect("cheap");
        let dummy = StoredPassword::dummy(Some(&cheap)).expect("dummy");
        assert!(dummy.phc().starts_with("$argon2id$v=19$m=16,t=1,p=1$"));
        assert!(StoredPassword::parse(dummy.phc()).is_ok());
        assert!(!dummy.verify(&Secret::new("")));
        let standard = StoredPassword::dummy(None).expect("dummy");
        assert!(standard.phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn unusable_passwords_are_not_hashed() {
        for (password, message) in [
            ("short", "the password is shorter than 8 characters"),
            (&*"x".repeat(1025), "the password is longer than 1024 bytes"),
            ("weft_pat_12345678", "the password looks like a personal access token"),
        ] {
            assert_eq!(hash(&Secret::new(password)).expect_err(password).to_string(), message);
        }
    }
}
