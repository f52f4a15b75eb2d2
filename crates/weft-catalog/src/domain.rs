//! What a domain says about itself.

use std::sync::Arc;

use serde::Deserialize;
use weft_model::finding::Finding;
use weft_model::place::Place;
use weft_model::product::Alignment;

/// A domain's `domain.yaml`. Every part is optional, and so is the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainInfo {
    /// The domain's name for people.
    pub title: Option<Arc<str>>,
    /// The team that owns it.
    pub owner: Option<Arc<str>>,
    /// What the domain is about.
    pub description: Option<Arc<str>>,
    /// How the domain relates to its data.
    pub kind: Option<Alignment>,
}

/// The file's form. Unknown keys are errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainFile {
    title: Option<Arc<str>>,
    owner: Option<Arc<str>>,
    description: Option<Arc<str>>,
    kind: Option<Kind>,
}

/// The spellings of a domain's kind.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    SourceAligned,
    Aggregate,
    ConsumerAligned,
}

impl DomainInfo {
    /// Reads a `domain.yaml`.
    ///
    /// # Errors
    /// A finding with the place where the file goes wrong.
    pub fn parse(path: &Arc<str>, text: &str) -> Result<Self, Finding> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: DomainFile = serde_saphyr::from_str(text).map_err(|error| complaint(path, &error))?;
        Ok(Self {
            title: file.title,
            owner: file.owner,
            description: file.description,
            kind: file.kind.map(|kind| match kind {
                Kind::SourceAligned => Alignment::Source,
                Kind::Aggregate => Alignment::Aggregate,
                Kind::ConsumerAligned => Alignment::Consumer,
            }),
        })
    }
}

/// The parser's complaint as a finding: its first line, at its place.
fn complaint(path: &Arc<str>, error: &serde_saphyr::Error) -> Finding {
    let (line, column) = error
        .location()
        .map_or((0, 0), |at| (u32::try_from(at.line()).unwrap_or(0), u32::try_from(at.column()).unwrap_or(0)));
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    Finding::error("CAT-009", Place::new(Arc::clone(path), line, column), first)
        .hint("A domain file has the keys `title`, `owner`, `description` and `kind`.")
}
