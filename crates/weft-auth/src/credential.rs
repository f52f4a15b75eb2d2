//! What a client presents.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::Error;
use crate::limits::HEADER_BYTES_MAX;
use crate::secret::Secret;

/// What a client presents.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user name with a password; a personal access token works as the password.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A token.
    Bearer(Secret),
    /// Nothing.
    None,
}

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Credential {
    /// Reads the value of an `authorization` header, if there is one.
    ///
    /// # Errors
    /// When the value is neither a Basic nor a Bearer credential.
    pub fn parse(header: Option<&str>) -> Result<Self, Error> {
        let Some(header) = header else { return Ok(Self::None) };
        if header.len() > HEADER_BYTES_MAX {
            return Err(Error::CredentialMalformed);
        }
        let (scheme, rest) = header.trim().split_once(' ').ok_or(Error::CredentialMalformed)?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
            return Ok(Self::Bearer(Secret::new(rest)));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(Error::CredentialMalformed);
        }
        let decoded = BASE64.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match decoded.as_deref().and_then(|text| text.split_once(':')) {
            Some((user, password)) => Ok(Self::Basic { user: user.to_owned(), password: Secret::new(password) }),
            None => Err(Error::CredentialMalformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(header: &str) -> (String, String) {
        match Credential::parse(Some(header)) {
            Ok(Credential::Basic { user, password }) => (user, password.expose().to_owned()),
            other => panic!("{header}: {other:?}"),
        }
    }

    #[test]
    fn basic_is_read_with_and_without_padding() {
        for header in ["Basic YW5hOnBhOnNz", "basic YW5hOnBhOnNz", "BASIC  YW5hOnBhOnNz "] {
            assert_eq!(basic(header), ("ana".to_owned(), "pa:ss".to_owned()));
        }
        for header in ["Basic YW5hOnB3ZA==", "Basic YW5hOnB3ZA", "Basic YW5hOnB3ZA="] {
            assert_eq!(basic(header), ("ana".to_owned(), "pwd".to_owned()), "{header}");
        }
        assert_eq!(basic("Basic w6Q6w7w"), ("ä".to_owned(), "ü".to_owned()));
        assert_eq!(basic("Basic Og=="), (String::new(), String::new()));
    }

    #[test]
    fn bearer_is_read() {
        for header in ["Bearer abc", "bearer abc", "Bearer   abc "] {
            assert!(
                matches!(Credential::parse(Some(header)), Ok(Credential::Bearer(token)) if token.expose() == "abc")
            );
        }
        assert!(matches!(Credential::parse(None), Ok(Credential::None)));
    }

    #[test]
    fn everything_else_is_malformed() {
        let long = format!("Bearer {}", "x".repeat(HEADER_BYTES_MAX));
        for header in ["", "Basic", "Bearer ", "Bearer", "Digest x", "Basic ***", "Basic YW5h", "Basic /////zo", &long]
        {
            assert_eq!(Credential::parse(Some(header)).err(), Some(Error::CredentialMalformed), "{header}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", Credential::parse(Some("Basic YW5hOnNlY3JldA")));
        assert_eq!(shown, r#"Ok(Basic { user: "ana", password: [redacted] })"#);
        assert_eq!(format!("{:?}", Credential::parse(Some("Bearer s3"))), "Ok(Bearer([redacted]))");
    }
}
