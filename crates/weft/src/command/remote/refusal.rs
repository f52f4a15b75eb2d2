//! What a server of ours says when a statement fails.

use thiserror::Error;
use tonic::Status;
use weft_model::report::{Code, Kind, Report};

/// The report of a server, read from the text that every client gets: `message [CODE]`, details, `Hint: …`.
#[derive(Debug, Error)]
#[error("{message}")]
pub(super) struct Refusal {
    message: String,
    code: Code,
    detail: Option<String>,
    hint: Option<String>,
}

impl Refusal {
    /// The report that a status carries, if a server of ours made it.
    pub(super) fn of(status: &Status) -> Option<Self> {
        let text = status.message();
        let (message, code, rest) = text.match_indices(" [WEFT-").find_map(|(at, _)| {
            let (message, rest) = text.split_at_checked(at)?;
            let (code, rest) = rest.strip_prefix(" [")?.split_once(']')?;
            (rest.is_empty() || rest.starts_with('\n')).then_some((message, code, rest))
        })?;
        let (detail, hint) = match rest.rsplit_once("\nHint: ") {
            Some((detail, hint)) => (detail, Some(hint.to_owned())),
            None => (rest, None),
        };
        let detail = detail.trim_start_matches('\n');
        Some(Self {
            message: message.to_owned(),
            // The command ends with this error, so its code may live as long. Nothing but the id is printed.
            code: Code::new(code.to_owned().leak(), Kind::FailedPrecondition, "XX000"),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
            hint,
        })
    }

    /// The same with another hint.
    pub(super) fn hinted(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

impl Report for Refusal {
    fn code(&self) -> Code {
        self.code
    }

    fn detail(&self) -> Option<String> {
        self.detail.clone()
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
