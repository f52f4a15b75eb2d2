//! All files of a set, read: one ladder, the rules of everybody, and which domains are broken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weft_model::finding::{Finding, Severity};
use weft_model::name::DomainName;
use weft_model::place::Place;

use crate::complaint::{AGGREGATE, Complaints, LADDER};
use crate::decision::Authority;
use crate::ladder::Ladder;
use crate::lowered::Lowered;
use crate::mapping::Lent;
use crate::read::speaker::Speaker;
use crate::read::{Document, open};
use crate::rule::Rule;
use crate::source::{PolicySource, SourceAuthority};

/// What the files of a set say.
#[derive(Debug)]
pub(crate) struct Files {
    /// The files themselves: equal files need not be read again.
    pub(crate) sources: Vec<PolicySource>,
    /// Absent when the board's files do not compile.
    pub(crate) ladder: Option<Ladder>,
    /// The board's rules, then the domains'.
    pub(crate) rules: Vec<Rule>,
    pub(crate) lowered: Vec<Lowered>,
    pub(crate) lent: Lent,
    /// Domains with a file that is no policy.
    pub(crate) broken: BTreeSet<DomainName>,
    pub(crate) findings: Vec<Finding>,
}

/// A file that is being read.
struct Opened<'a> {
    source: &'a PolicySource,
    complaints: Complaints,
    document: Option<Document>,
}

impl Files {
    /// Reads every file.
    pub(crate) fn read(sources: &[PolicySource]) -> Self {
        let mut opened: Vec<Opened<'_>> = sources
            .iter()
            .map(|source| {
                let mut complaints = Complaints::new(&source.file);
                let document = open(&source.text, &mut complaints);
                Opened { source, complaints, document }
            })
            .collect();
        let found = board_ladder(&mut opened);
        let mut valid = found.is_some();
        let mut files = Self {
            sources: sources.to_vec(),
            ladder: None,
            rules: Vec::new(),
            lowered: Vec::new(),
            lent: BTreeMap::new(),
            broken: BTreeSet::new(),
            findings: Vec::new(),
        };
        let ladder = found.unwrap_or_default();
        // The board's rules come first, whatever the order of the files.
        opened.sort_by_key(|opened| matches!(opened.source.authority, SourceAuthority::Domain(_)));
        for file in &mut opened {
            valid &= files.take(file, &ladder);
        }
        if !opened.iter().any(|file| file.source.authority == SourceAuthority::Board) {
            let message = "the mesh has no board policy";
            let hint = "Write `_governance/board.policy.yaml` with `classifications`, `defaults` and `rules`.";
            files.findings.push(Finding::error(LADDER, Place::default(), message).hint(hint));
        }
        files.ladder = valid.then_some(ladder);
        files
    }

    /// Takes over what one file says; false when it is the board's and does not compile.
    fn take(&mut self, file: &mut Opened<'_>, ladder: &Ladder) -> bool {
        let (authority, domain) = match &file.source.authority {
            SourceAuthority::Board => (Authority::Board, None),
            SourceAuthority::Domain(domain) => (Authority::Domain, Some(domain)),
        };
        let speaker = Speaker { authority, domain, ladder };
        let contents = file.document.as_ref().and_then(|document| document.contents(speaker, &mut file.complaints));
        match (contents, domain) {
            (Some(contents), _) => {
                self.rules.extend(contents.rules);
                self.lowered.extend(contents.lowered);
                if let Some(domain) = domain {
                    self.lent.entry(domain.clone()).or_default().extend(contents.mapping_for);
                }
            }
            (None, Some(domain)) => {
                self.broken.insert(domain.clone());
            }
            (None, None) => {}
        }
        let findings = std::mem::take(&mut file.complaints.findings);
        let fatal = |finding: &Finding| finding.severity == Severity::Error && finding.code != AGGREGATE;
        let compiles = domain.is_some() || !findings.iter().any(fatal);
        self.findings.extend(findings);
        compiles
    }
}

/// The ladder of the one board file that carries it.
fn board_ladder(opened: &mut [Opened<'_>]) -> Option<Ladder> {
    let mut found: Option<(Ladder, Arc<str>)> = None;
    let mut first = None;
    for file in opened.iter_mut().filter(|file| file.source.authority == SourceAuthority::Board) {
        let Some(document) = &file.document else { continue };
        first.get_or_insert_with(|| Place::file(Arc::clone(&file.source.file)));
        let Some(ladder) = document.ladder(&mut file.complaints) else { continue };
        match &found {
            None => found = Some((ladder, Arc::clone(&file.source.file))),
            Some((_, other)) => {
                let message = format!("`{other}` has a ladder of classifications already");
                file.complaints.error_hint(
                    LADDER,
                    document.at(),
                    message,
                    "Keep ladder, defaults and delegate in one board file.",
                );
            }
        }
    }
    if found.is_none()
        && let Some(file) = opened.iter_mut().find(|file| file.source.authority == SourceAuthority::Board)
        && file.document.is_some()
    {
        let place = first.unwrap_or_default();
        let message = "no board file has a ladder of classifications";
        let hint = "Write `classifications: [public, internal, confidential, restricted]` and `defaults`.";
        file.complaints.findings.push(Finding::error(LADDER, place, message).hint(hint));
    }
    found.map(|(ladder, _)| ladder)
}
