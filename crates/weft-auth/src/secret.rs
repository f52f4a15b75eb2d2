//! Text that must not be shown.

use std::fmt;

/// How every personal access token begins, so that scanners find one that was published by mistake.
pub const TOKEN_PREFIX: &str = "weft_pat_";

/// How every session bearer begins.
pub const SESSION_PREFIX: &str = "weft_session_";

/// A password or token. It cannot be displayed or written out, and [`Debug`] does not show it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of sight.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for those who check it or hand it to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some([redacted])");
        assert_eq!(format!("{:#?}", Secret::new("")), "[redacted]");
    }
}
