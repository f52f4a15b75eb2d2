//! Files and folders outside of any mesh.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weft_auth::users::UsersFile;
use weft_catalog::domain::DomainInfo;
use weft_catalog::file::FILES_MAX;
use weft_contract::assemble::assemble;
use weft_contract::parse::{Parsed, parse};
use weft_contract::source::SourceFile;
use weft_model::finding::Finding;
use weft_model::place::Place;
use weft_policy::set::{PolicySet, PolicySource, SourceAuthority};

use super::Tally;
use super::kind::{Kind, by_name, kind, read};
use crate::config::Config;
use crate::error::Failure;
use crate::findings::Findings;

/// How deep folders are looked into.
const DEPTH_MAX: usize = 16;

/// A configuration that is none.
const CONFIGURATION: &str = "CONF-001";

/// The ladder by which a domain's policy is read where no board is near; its own findings are nobody's.
const STAND_IN: &str = "apiVersion: weft/v1\nkind: Policy\nclassifications: [public, internal, confidential, restricted]\n\
    defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}\n\
    delegate: restricted\nrules: []\n";

/// What was named outside of any mesh.
#[derive(Debug, Default)]
pub(super) struct Loose {
    files: Vec<PathBuf>,
    folders: Vec<Vec<PathBuf>>,
}

impl Loose {
    /// True when nothing was named.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Adds a file, which is judged alone.
    pub(super) fn file(&mut self, path: &Path) -> Result<(), Failure> {
        if kind(path)? == Kind::Query {
            return Err(Failure::Setup(format!("`{}` is a query; only its mesh can be judged", path.display())));
        }
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Adds a folder, whose contracts are joined to its products.
    pub(super) fn folder(&mut self, path: &Path) -> Result<(), Failure> {
        let mut files = Vec::new();
        gather(path, 0, &mut files)?;
        if files.is_empty() {
            return Err(Failure::Setup(format!(
                "`{}` holds nothing that can be judged; files are named *.odps.yaml, *.odcs.yaml, policy.yaml, \
                 *.policy.yaml, domain.yaml, users.yaml or weft.yaml",
                path.display()
            )));
        }
        files.sort();
        self.folders.push(files);
        Ok(())
    }

    /// Judges everything that was named.
    pub(super) fn judge(
        &self,
        variables: &BTreeMap<String, String>,
        findings: &mut Findings,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut add = |finding| findings.add(finding, str::to_owned);
        for path in &self.files {
            tally.files += 1;
            if let Some(parsed) = judge(path, &kind(path)?, variables, &mut add)? {
                parsed.findings.into_iter().for_each(&mut add);
            }
        }
        for folder in &self.folders {
            let mut documents = Vec::new();
            for path in folder {
                tally.files += 1;
                documents.extend(judge(path, &kind(path)?, variables, &mut add)?.map(Arc::new));
            }
            let found = documents.iter().flat_map(|parsed| parsed.findings.iter().cloned());
            found.chain(assemble(&documents).findings).for_each(&mut add);
        }
        Ok(())
    }
}

/// Judges one file; documents are given back.
fn judge(
    path: &Path,
    kind: &Kind,
    variables: &BTreeMap<String, String>,
    add: &mut impl FnMut(Finding),
) -> Result<Option<Parsed>, Failure> {
    let name: Arc<str> = Arc::from(path.display().to_string());
    let text = read(path)?;
    match kind {
        Kind::Document => {
            let file = SourceFile { path: name, text: Arc::from(text.as_str()) };
            return Ok(Some(parse(&file, variables)));
        }
        Kind::Board => policy(SourceAuthority::Board, &name, &text, add),
        Kind::Policy(domain) => policy(SourceAuthority::Domain(domain.clone()), &name, &text, add),
        Kind::Domain => {
            if let Err(finding) = DomainInfo::parse(&name, &text) {
                add(finding);
            }
        }
        Kind::Users => users(&name, &text, add),
        Kind::Config => {
            if let Err(finding) = configuration(path, &name, &text) {
                add(finding);
            }
        }
        Kind::Query => {}
    }
    Ok(None)
}

/// Judges a policy file without products: what it says, not whom it meets.
fn policy(authority: SourceAuthority, name: &Arc<str>, text: &str, add: &mut impl FnMut(Finding)) {
    let mut sources =
        vec![PolicySource { authority: authority.clone(), file: Arc::clone(name), text: Arc::from(text) }];
    if authority != SourceAuthority::Board {
        let stand_in = PolicySource {
            authority: SourceAuthority::Board,
            file: Arc::from("board.policy.yaml"),
            text: Arc::from(STAND_IN),
        };
        sources.insert(0, stand_in);
    }
    let compiled = PolicySet::compile(&sources, &[]);
    compiled.findings.into_iter().filter(|finding| finding.place.file == *name).for_each(add);
}

/// Judges a users file.
pub(super) fn users(name: &str, text: &str, add: &mut impl FnMut(Finding)) {
    match UsersFile::parse(name, text) {
        Ok(users) => users.warnings().iter().cloned().for_each(add),
        Err(findings) => findings.into_iter().for_each(add),
    }
}

/// Judges a configuration.
fn configuration(path: &Path, name: &Arc<str>, text: &str) -> Result<(), Finding> {
    if let Err(error) = serde_saphyr::from_str::<Config>(text) {
        let number = |number: u64| u32::try_from(number).unwrap_or(0);
        let at = error.location().map_or((0, 0), |at| (number(at.line()), number(at.column())));
        let said = error.without_snippet().to_string();
        let said = said.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
        let hint = "`weft init` writes a configuration with every setting and its default.";
        return Err(Finding::error(CONFIGURATION, Place::new(Arc::clone(name), at.0, at.1), said).hint(hint));
    }
    match Config::load(Some(path)) {
        Ok(_) => Ok(()),
        Err(failure) => Err(Finding::error(CONFIGURATION, Place::file(Arc::clone(name)), failure.to_string())),
    }
}

/// Every file below a folder that can be judged; links are not followed.
fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |cause| Failure::File { what: "listing", path: folder.to_owned(), cause };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && !hidden {
            if depth >= DEPTH_MAX {
                return Err(Failure::Setup(format!("`{}` lies more than {DEPTH_MAX} folders deep", path.display())));
            }
            gather(&path, depth + 1, files)?;
        } else if kind.is_file() && by_name(&path).is_some_and(|kind| kind != Kind::Query) {
            if files.len() >= FILES_MAX {
                return Err(Failure::Setup(format!("there are more than {FILES_MAX} files to judge")));
            }
            files.push(path);
        }
    }
    Ok(())
}
