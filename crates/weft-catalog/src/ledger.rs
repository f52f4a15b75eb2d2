//! What each file says now, and what it last said that could be used.

use std::collections::BTreeMap;
use std::sync::Arc;

use weft_contract::parse::{Document, Parsed};
use weft_contract::product::ProductDocument;
use weft_model::finding::Finding;
use weft_model::name::DomainName;
use weft_model::place::Place;
use weft_policy::set::{PolicySource, SourceAuthority};

use crate::domain::DomainInfo;
use crate::intake::{Content, ContentHash, Intake};
use crate::source::Role;

/// Every file that has a role, by path.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) documents: BTreeMap<Arc<str>, DocumentFile>,
    pub(crate) policies: BTreeMap<Arc<str>, PolicyFile>,
    pub(crate) domains: BTreeMap<Arc<str>, DomainFile>,
    pub(crate) queries: BTreeMap<Arc<str>, QueryFile>,
    /// Files in places where they mean nothing.
    pub(crate) misplaced: BTreeMap<Arc<str>, Finding>,
    /// Complaints about paths that the reader did not follow: hidden files, links out of the mesh.
    pub(crate) ignored: Vec<Finding>,
}

/// A product or contract file.
#[derive(Debug)]
pub(crate) struct DocumentFile {
    /// What the file holds now; absent while it cannot even be read.
    pub(crate) now: Option<(ContentHash, Arc<Parsed>)>,
    /// The last content that gave a document, if the present one does not.
    pub(crate) good: Option<(ContentHash, Arc<Parsed>)>,
    /// Why it cannot be read.
    pub(crate) unusable: Option<Finding>,
}

/// A policy file.
#[derive(Debug)]
pub(crate) struct PolicyFile {
    pub(crate) authority: SourceAuthority,
    /// The last content that could be read.
    pub(crate) text: Option<(ContentHash, Arc<str>)>,
    /// Why the file itself no longer gives this content: vanished or unreadable.
    pub(crate) complaint: Option<Finding>,
}

/// A domain file.
#[derive(Debug)]
pub(crate) struct DomainFile {
    pub(crate) domain: DomainName,
    pub(crate) hash: Option<ContentHash>,
    /// The last content that was right.
    pub(crate) info: Option<DomainInfo>,
    pub(crate) complaint: Option<Finding>,
}

/// The query of a derived product.
#[derive(Debug)]
pub(crate) struct QueryFile {
    pub(crate) text: Option<(ContentHash, Arc<str>)>,
    pub(crate) complaint: Option<Finding>,
}

impl DocumentFile {
    /// The content that counts: the present one, or the last good one in its place.
    pub(crate) fn effective(&self) -> Option<&(ContentHash, Arc<Parsed>)> {
        self.good.as_ref().or(self.now.as_ref())
    }
}

impl PolicyFile {
    /// True when two files hold the same rules.
    fn same_text(&self, other: &Self) -> bool {
        let hash = |file: &Self| file.text.as_ref().map(|(hash, _)| *hash);
        hash(self).is_some() && hash(self) == hash(other)
    }
}

impl Ledger {
    /// Enters what became of a file. True when that may change the catalog.
    pub(crate) fn enter(&mut self, intake: Intake) -> bool {
        let Intake { path, content } = intake;
        match content {
            Content::Document { hash, parsed } => self.document(path, hash, parsed),
            Content::Policy { authority, hash, text } => self.policy(path, authority, hash, text),
            Content::Domain { domain, hash, info } => self.domain(path, domain, hash, info),
            Content::Query { hash, text } => {
                let before = self.queries.insert(path, QueryFile { text: Some((hash, text)), complaint: None });
                before.is_none_or(|file| file.text.is_none_or(|(old, _)| old != hash) || file.complaint.is_some())
            }
            Content::Unusable { role, finding } => self.unusable(path, role, finding),
            Content::Misplaced(finding) => self.misplaced.insert(path, finding).is_none(),
            Content::Gone => self.gone(&path),
            Content::Foreign => false,
        }
    }

    /// Replaces the complaints about paths that were not followed.
    pub(crate) fn ignore(&mut self, ignored: Vec<Finding>) -> bool {
        let changed = self.ignored != ignored;
        self.ignored = ignored;
        changed
    }

    /// The product file that counts at a path.
    pub(crate) fn product(&self, path: &Arc<str>) -> Option<&Arc<ProductDocument>> {
        match &self.documents.get(path)?.effective()?.1.document {
            Some(Document::Product(document)) => Some(document),
            _ => None,
        }
    }

    /// The rules in force, in the order of their files.
    pub(crate) fn policy_sources(&self) -> Vec<PolicySource> {
        let readable = self.policies.iter().filter_map(|(path, file)| {
            let (_, text) = file.text.as_ref()?;
            Some(PolicySource { authority: file.authority.clone(), file: Arc::clone(path), text: Arc::clone(text) })
        });
        readable.collect()
    }

    fn document(&mut self, path: Arc<str>, hash: ContentHash, parsed: Arc<Parsed>) -> bool {
        let before = self.documents.remove(&path);
        if let Some(before) = &before
            && before.unusable.is_none()
            && before.now.as_ref().is_some_and(|(old, _)| *old == hash)
        {
            let same = before.now.clone();
            let good = before.good.clone();
            self.documents.insert(path, DocumentFile { now: same, good, unusable: None });
            return false;
        }
        let good = if parsed.document.is_some() { None } else { before.and_then(DocumentFile::last_good) };
        self.documents.insert(path, DocumentFile { now: Some((hash, parsed)), good, unusable: None });
        true
    }

    fn policy(&mut self, path: Arc<str>, authority: SourceAuthority, hash: ContentHash, text: Arc<str>) -> bool {
        // The same rules under another name: the file was moved, so the vanished one does not linger.
        self.policies.retain(|_, file| {
            file.complaint.is_none()
                || file.authority != authority
                || file.text.as_ref().is_none_or(|(old, _)| *old != hash)
        });
        let before = self.policies.insert(path, PolicyFile { authority, text: Some((hash, text)), complaint: None });
        before.is_none_or(|file| file.complaint.is_some() || file.text.is_none_or(|(old, _)| old != hash))
    }

    fn domain(
        &mut self,
        path: Arc<str>,
        domain: DomainName,
        hash: ContentHash,
        info: Result<DomainInfo, Finding>,
    ) -> bool {
        let before = self.domains.remove(&path);
        let changed = before.as_ref().is_none_or(|file| file.hash != Some(hash));
        let file = match info {
            Ok(info) => DomainFile { domain, hash: Some(hash), info: Some(info), complaint: None },
            Err(finding) => DomainFile {
                domain,
                hash: Some(hash),
                info: before.and_then(|file| file.info),
                complaint: Some(finding),
            },
        };
        self.domains.insert(path, file);
        changed
    }

    fn unusable(&mut self, path: Arc<str>, role: Role, finding: Finding) -> bool {
        match role {
            Role::Document => {
                let before = self.documents.remove(&path);
                let changed = before.as_ref().is_none_or(|file| file.unusable.as_ref() != Some(&finding));
                let good = before.and_then(DocumentFile::last_good);
                self.documents.insert(path, DocumentFile { now: None, good, unusable: Some(finding) });
                changed
            }
            Role::Policy(authority) => {
                let file = self.policies.entry(path).or_insert(PolicyFile { authority, text: None, complaint: None });
                let changed = file.complaint.as_ref() != Some(&finding);
                file.complaint = Some(finding);
                changed
            }
            Role::Domain(domain) => {
                let file =
                    self.domains.entry(path).or_insert(DomainFile { domain, hash: None, info: None, complaint: None });
                let changed = file.complaint.as_ref() != Some(&finding);
                file.hash = None;
                file.complaint = Some(finding);
                changed
            }
            Role::Query => {
                let file = self.queries.entry(path).or_insert(QueryFile { text: None, complaint: None });
                let changed = file.complaint.as_ref() != Some(&finding);
                file.complaint = Some(finding);
                changed
            }
        }
    }

    /// A file is no longer there. Everything but policy goes with its file.
    fn gone(&mut self, path: &Arc<str>) -> bool {
        let moved = self.policies.get(path).is_some_and(|file| {
            self.policies.iter().any(|(other, twin)| {
                other != path && twin.complaint.is_none() && twin.authority == file.authority && twin.same_text(file)
            })
        });
        if let Some(file) = self.policies.get_mut(path) {
            if moved || file.text.is_none() {
                self.policies.remove(path);
                return true;
            }
            let finding = vanished(path);
            let changed = file.complaint.as_ref() != Some(&finding);
            file.complaint = Some(finding);
            return changed;
        }
        self.documents.remove(path).is_some()
            || self.domains.remove(path).is_some()
            || self.queries.remove(path).is_some()
            || self.misplaced.remove(path).is_some()
    }
}

impl DocumentFile {
    /// The last content that gave a document.
    fn last_good(self) -> Option<(ContentHash, Arc<Parsed>)> {
        self.good.or_else(|| self.now.filter(|(_, parsed)| parsed.document.is_some()))
    }
}

/// The complaint about a policy file that is no longer there.
fn vanished(path: &Arc<str>) -> Finding {
    Finding::error("CAT-008", Place::file(Arc::clone(path)), "the policy file vanished; its last rules stay in force").hint(
        "Put the file back. To end its rules, keep the file with an empty list of rules, or start the server again.",
    )
}
