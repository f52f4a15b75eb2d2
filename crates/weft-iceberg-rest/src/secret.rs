//! Secrets as requests carry them.

use reqwest::header::HeaderValue;

/// The longest secret.
const SECRET_BYTES_MAX: usize = 16 * 1024;
/// What is told of one that is none, and never what it is.
const ODD: &str = "has a secret with characters that no secret of its kind has, such as a line break";

/// The header of a token.
///
/// # Errors
/// When it cannot be sent.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, String> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", sendable(token)?)).map_err(|_| ODD.to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

/// A secret that can be sent in the head of a request.
///
/// # Errors
/// When it cannot.
pub(crate) fn sendable(secret: &str) -> Result<&str, String> {
    match secret.is_empty() || secret.len() > SECRET_BYTES_MAX || secret.chars().any(|c| !c.is_ascii_graphic()) {
        true => Err(ODD.to_owned()),
        false => Ok(secret),
    }
}

/// A secret that stands on one line: another file that is named by mistake, or on purpose, is none.
///
/// # Errors
/// When it does not.
pub(crate) fn line(secret: &str) -> Result<&str, String> {
    match secret.is_empty() || secret.len() > SECRET_BYTES_MAX || secret.chars().any(char::is_control) {
        true => Err(ODD.to_owned()),
        false => Ok(secret),
    }
}
