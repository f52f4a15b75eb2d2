//! What a command can end in.

use std::path::PathBuf;

use weft_model::report::Report;

/// How a command failed, and with which exit code it therefore ends.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The statement failed.
    #[error("{0}")]
    Statement(Box<dyn Report + Send + Sync>),
    /// The statement failed on a server.
    #[error("{0}")]
    Remote(String),
    /// A check found something; what it found has been printed.
    #[error("the check failed")]
    Found,
    /// A failure, and what its user in particular may do next.
    #[error("{failure}")]
    Hinted {
        /// The failure.
        failure: Box<Failure>,
        /// What to do.
        hint: String,
    },
    /// The command could not begin.
    #[error("{0}")]
    Setup(String),
    /// Something the command needs reported an error with a code.
    #[error("{what}: {error}")]
    Unmet {
        /// What was attempted.
        what: &'static str,
        /// Why it failed.
        error: Box<dyn Report + Send + Sync>,
    },
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
            Self::Statement(_) | Self::Remote(_) | Self::Found => 1,
            Self::Hinted { failure, .. } => failure.exit_code(),
            Self::Setup(_) | Self::Unmet { .. } | Self::File { .. } => 2,
        }
    }

    /// The whole text for people; nothing when everything has been said.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Statement(error) | Self::Unmet { error, .. } => {
                let mut text = format!("error[{}]: {self}", error.code());
                for line in error.detail().iter().flat_map(|detail| detail.lines()) {
                    text.push_str(&format!("\n  {line}"));
                }
                if let Some(hint) = self.hint() {
                    text.push_str(&format!("\n  hint: {hint}"));
                }
                Some(text)
            }
            Self::Found => None,
            Self::Hinted { failure, hint } => Some(format!("{}\n  hint: {hint}", failure.text()?)),
            other => Some(format!("error: {other}")),
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hinted(self, hint: impl Into<String>) -> Self {
        Self::Hinted { failure: Box::new(self), hint: hint.into() }
    }

    /// What to do next, where the failure knows.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Statement(error) | Self::Unmet { error, .. } => error.hint(),
            Self::Hinted { hint, .. } => Some(hint.clone()),
            _ => None,
        }
    }

    /// Wraps a reported error that kept the command from beginning.
    pub fn unmet<E: Report + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Unmet { what, error: Box::new(error) }
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
