//! One file, taken in: hashed and, if it is a document, parsed. Pure, so that many files can be taken in at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use weft_contract::parse::{Parsed, parse};
use weft_contract::source::SourceFile;
use weft_model::finding::Finding;
use weft_model::name::DomainName;
use weft_policy::set::SourceAuthority;

use crate::domain::DomainInfo;
use crate::source::{Role, role};

/// A SHA-256 over a file's bytes.
pub(crate) type ContentHash = [u8; 32];

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Intake {
    /// The path, relative to the root of the mesh, with `/` between folders.
    pub(crate) path: Arc<str>,
    /// Its content.
    pub(crate) content: Content,
}

/// A file's content, by its role.
#[derive(Debug)]
pub(crate) enum Content {
    /// A product or contract file, parsed; what is wrong with it stands in its findings.
    Document { hash: ContentHash, parsed: Arc<Parsed> },
    /// A policy file.
    Policy { authority: SourceAuthority, hash: ContentHash, text: Arc<str> },
    /// A domain file, or what is wrong with it.
    Domain { domain: DomainName, hash: ContentHash, info: Result<DomainInfo, Finding> },
    /// The query of a derived product.
    Query { hash: ContentHash, text: Arc<str> },
    /// A file of ours that cannot be read: too large, not text, no permission.
    Unusable { role: Role, finding: Finding },
    /// A file in a place where it means nothing, and may not pass in silence.
    Misplaced(Finding),
    /// A file that is no longer there.
    Gone,
    /// A file that is none of ours.
    Foreign,
}

/// True when a file of this path has a role, or has to be complained about.
pub(crate) fn concerns(path: &Arc<str>) -> bool {
    !matches!(role(path), Ok(None))
}

/// Takes a file in; `read` is called only when the file has a role.
pub(crate) fn take(
    path: &Arc<str>,
    variables: &BTreeMap<String, String>,
    read: impl FnOnce() -> Result<Arc<str>, Finding>,
) -> Intake {
    let content = match role(path) {
        Err(finding) => Content::Misplaced(finding),
        Ok(None) => Content::Foreign,
        Ok(Some(role)) => match read() {
            Err(finding) => Content::Unusable { role, finding },
            Ok(text) => sort(role, path, text, variables),
        },
    };
    Intake { path: Arc::clone(path), content }
}

/// A readable file, by its role.
fn sort(role: Role, path: &Arc<str>, text: Arc<str>, variables: &BTreeMap<String, String>) -> Content {
    let hash = Sha256::digest(text.as_bytes()).into();
    match role {
        Role::Document => {
            let file = SourceFile { path: Arc::clone(path), text };
            Content::Document { hash, parsed: Arc::new(parse(&file, variables)) }
        }
        Role::Policy(authority) => Content::Policy { authority, hash, text },
        Role::Domain(domain) => Content::Domain { domain, hash, info: DomainInfo::parse(path, &text) },
        Role::Query => Content::Query { hash, text },
    }
}
