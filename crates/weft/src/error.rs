//! What a command can end in.

use std::path::PathBuf;

use weft_model::report::Report;

/// How a command failed. [`Failure::Statement`] ends with exit code 1, the others with 2.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The statement failed.
    #[error("{0}")]
    Statement(Box<dyn Report + Send + Sync>),
    /// The statement failed on a server.
    #[error("{0}")]
    Remote(String),
    /// The command could not begin.
    #[error("{0}")]
    Setup(String),
    /// A file could not be read or written.
    #[error("{what} `{}`: {cause}", path.display())]
    File {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        cause: std::io::Error,
    },
}

impl Failure {
    /// The exit code: 1 the statement or check failed, 2 the command could not run.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Statement(_) | Self::Remote(_) => 1,
            Self::Setup(_) | Self::File { .. } => 2,
        }
    }

    /// The whole text for people.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Statement(error) => {
                let mut text = format!("error[{}]: {error}", error.code());
                if let Some(detail) = error.detail() {
                    text.push_str(&format!("\n  {detail}"));
                }
                if let Some(hint) = error.hint() {
                    text.push_str(&format!("\n  hint: {hint}"));
                }
                text
            }
            other => format!("error: {other}"),
        }
    }
}

impl From<weft_engine::error::Error> for Failure {
    fn from(error: weft_engine::error::Error) -> Self {
        Self::Statement(Box::new(error))
    }
}

/// Wraps the cause of something that kept the command from beginning.
pub fn setup(what: &str) -> impl FnOnce(&dyn std::fmt::Display) -> Failure + '_ {
    move |cause| Failure::Setup(format!("{what}: {cause}"))
}
