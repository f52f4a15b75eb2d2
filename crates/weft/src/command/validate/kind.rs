//! What a single file is: its name says so, or its content.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use weft_catalog::file::FILE_BYTES_MAX;
use weft_contract::parse::{Document, parse};
use weft_contract::source::SourceFile;
use weft_model::name::{DomainName, slug};

use crate::error::Failure;

/// What a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A product or contract, in a file that is named so or only says so.
    Document,
    /// The board's policy.
    Board,
    /// A domain's policy.
    Policy(DomainName),
    /// What a domain says about itself.
    Domain,
    /// The users of a server.
    Users,
    /// The configuration of a server.
    Config,
    /// The query of a derived product; only its mesh can tell whether it is there.
    Query,
}

/// What a file is.
///
/// # Errors
/// When it cannot be read, or is nothing that can be judged.
pub(super) fn kind(path: &Path) -> Result<Kind, Failure> {
    if let Some(kind) = by_name(path) {
        return Ok(kind);
    }
    let text = read(path)?;
    let file = SourceFile::new(path.display().to_string(), text.as_str());
    let says = |line: &str| text.lines().any(|own| own.trim_end() == line);
    match parse(&file, &std::collections::BTreeMap::new()).document {
        Some(Document::Other) if says("kind: Policy") => Ok(Kind::Board),
        Some(Document::Other) => Err(Failure::Setup(format!(
            "`{}` is nothing that can be judged; files are named *.odps.yaml, *.odcs.yaml, policy.yaml, *.policy.yaml, \
             domain.yaml, users.yaml or weft.yaml, or say what they are with `kind`",
            path.display()
        ))),
        _ => Ok(Kind::Document),
    }
}

/// What a file is by its name.
pub(super) fn by_name(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    if name.ends_with(".sql") {
        return Some(Kind::Query);
    }
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))?;
    match stem {
        "policy" => Some(domain(path).map_or(Kind::Board, Kind::Policy)),
        "domain" => Some(Kind::Domain),
        "users" => Some(Kind::Users),
        "weft" => Some(Kind::Config),
        _ if stem.ends_with(".odps") || stem.ends_with(".odcs") => Some(Kind::Document),
        _ if stem.ends_with(".policy") => Some(Kind::Board),
        _ => None,
    }
}

/// The domain whose folder a file lies in.
fn domain(path: &Path) -> Option<DomainName> {
    let folder = std::path::absolute(path).ok()?.parent()?.file_name()?.to_str()?.to_owned();
    slug(&folder).map(DomainName::new)
}

/// A file's text, up to the bound that a mesh has.
///
/// # Errors
/// When it cannot be read or is larger.
pub(super) fn read(path: &Path) -> Result<Arc<String>, Failure> {
    let failed = |cause| Failure::File { what: "reading", path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(Failure::Setup(format!("`{}` is larger than {FILE_BYTES_MAX} bytes", path.display())));
    }
    Ok(Arc::new(String::from_utf8_lossy(&bytes).into_owned()))
}
