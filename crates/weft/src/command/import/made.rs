//! The two files of a product, as they are and as they are to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use weft_contract::parse::Document;
use weft_contract::yaml::build::Flaw;
use weft_model::contract::Contract;
use weft_model::finding::Severity;

use crate::error::Failure;
use crate::findings::count;

use super::carry::{self, Carried, Terms};
use super::contract::{self, Draft};
use super::emit;
use super::kept::{Kept, apart, judged};
use super::tree::Tree;
use super::writing;

/// A file that an import makes.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    /// Where it stands below the folder of the mesh.
    pub(super) below: PathBuf,
    pub(super) text: String,
    /// What it says now; `None` when it is not there.
    pub(super) before: Option<String>,
}

/// What becomes of a product.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) files: Vec<File>,
    /// True when some role may read it.
    pub(super) granted: bool,
    /// True when every column has a classification.
    pub(super) classified: bool,
    /// What was left as it is, for whoever asked for something else.
    pub(super) notes: Vec<String>,
    /// What its owner said of things that the data has no longer, with places.
    pub(super) lost: Vec<String>,
}

/// The files of a draft, with all that stands in those that are there.
///
/// # Errors
/// When one that is there cannot be kept, or what they would become is no contract.
pub(super) fn made(root: &Path, draft: &Draft<'_>, variables: &BTreeMap<String, String>) -> Result<Made, Failure> {
    let folder = Path::new(draft.domain).join(draft.product);
    let below = folder.join(format!("{}-v1.odcs.yaml", draft.product));
    writing::unlinked(root, &below)?;
    let path = root.join(&below);
    let proposed = contract::contract(draft);
    let fresh = contract_of(&path, &proposed, None, variables)?;
    let kept = Kept::of(&path, "DataContract", variables)?;
    let mut carried = Carried::default();
    let (text, read) = match &kept {
        None => (proposed, fresh),
        Some(kept) => {
            let terms = Terms {
                classification: draft.args.classification.as_deref(),
                readers: &draft.args.readers,
                alike: kept.alike(&fresh),
                leads: kept.leads(&fresh),
            };
            let mut tree = kept.tree.clone();
            let new = tree_of(&path, &proposed)?;
            carried = carry::contract(&mut tree, &new, &terms).map_err(|cause| apart(&path, &cause))?;
            let text = written(&path, kept, &tree)?;
            let read = contract_of(&path, &text, Some(kept), variables)?;
            (text, read)
        }
    };
    let mut files = vec![product(root, &folder, draft, &read, variables)?];
    let notes = notes(draft, &carried);
    let lost = carried.lost.iter().map(|lost| {
        format!("`{}` ({}:{}:{})", lost.path.escape_debug(), path.display(), lost.mark.line, lost.mark.column)
    });
    let lost = lost.collect();
    let before = kept.map(|kept| kept.text);
    files.push(File { path, below, text, before });
    Ok(Made {
        files,
        granted: read.roles.iter().any(|role| role.reads),
        classified: read.objects.iter().flat_map(|object| &object.columns).all(|column| column.classification.is_some()),
        notes,
        lost,
    })
}

fn product(
    root: &Path,
    folder: &Path,
    draft: &Draft<'_>,
    contract: &Contract,
    variables: &BTreeMap<String, String>,
) -> Result<File, Failure> {
    let below = folder.join(format!("{}.odps.yaml", draft.product));
    writing::unlinked(root, &below)?;
    let path = root.join(&below);
    let proposed = contract::product(draft, contract);
    let kept = Kept::of(&path, "DataProduct", variables)?;
    let text = match &kept {
        None => proposed,
        Some(kept) => {
            let mut tree = kept.tree.clone();
            carry::product(&mut tree, &tree_of(&path, &proposed)?, &contract.id);
            written(&path, kept, &tree)?
        }
    };
    sound(&path, &text, kept.as_ref(), variables)?;
    Ok(File { path, below, text, before: kept.map(|kept| kept.text) })
}

fn tree_of(path: &Path, text: &str) -> Result<Tree, Failure> {
    Tree::read(text).map_err(|flaw| unwritable(path, &flaw))
}

fn unwritable(path: &Path, flaw: &Flaw) -> Failure {
    Failure::Setup(format!("`{}` cannot be written: {}", path.display(), flaw.message))
        .hinted("Write the contract by hand.")
}

/// The tree as text; what is there as it stands when it says the same.
fn written(path: &Path, kept: &Kept, tree: &Tree) -> Result<String, Failure> {
    if tree.says(&kept.tree) {
        return Ok(kept.text.clone());
    }
    let text = emit::document(tree);
    if tree_of(path, &text)?.says(tree) {
        return Ok(text);
    }
    Err(Failure::Setup(format!("`{}` holds YAML that cannot be written again as it is meant", path.display()))
        .hinted("Change the contract by hand, as the contract of an import under another --product shows."))
}

/// What a text says, as whoever serves it will judge it.
fn sound(
    path: &Path,
    text: &str,
    kept: Option<&Kept>,
    variables: &BTreeMap<String, String>,
) -> Result<Option<Document>, Failure> {
    let judged = judged(path, text, variables);
    let Some(finding) = judged.findings.iter().find(|finding| finding.severity == Severity::Error) else {
        return Ok(judged.document);
    };
    let message = &finding.message;
    Err(match kept {
        None => Failure::Setup(format!("the data cannot be described by a contract: {message}"))
            .hinted("Rename what is named, or write the contract by hand."),
        Some(_) => {
            let shown = path.display();
            Failure::Setup(format!("`{shown}` cannot be carried over, since with what the data says {message}"))
                .hinted("Change what is named in the file, and import again.")
        }
    })
}

pub(super) fn contract_of(
    path: &Path,
    text: &str,
    kept: Option<&Kept>,
    variables: &BTreeMap<String, String>,
) -> Result<std::sync::Arc<Contract>, Failure> {
    match sound(path, text, kept, variables)? {
        Some(Document::Contract(contract)) => Ok(contract),
        _ => Err(Failure::Setup(format!("`{}` would be no contract", path.display())).hinted("Write it by hand.")),
    }
}

fn notes(draft: &Draft<'_>, carried: &Carried) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(given) = &draft.args.classification
        && !carried.classified.is_empty()
    {
        notes.push(format!(
            "{} kept another classification than `{}`: {}",
            count(carried.classified.len(), "column"),
            given.escape_debug(),
            carried.classified.iter().map(|path| path.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
        ));
    }
    for role in &carried.barred {
        notes.push(format!("role `{}` stands in the contract and may not read; it was left so", role.escape_debug()));
    }
    if !draft.args.drop_columns {
        for lost in &carried.lost {
            notes.push(format!(
                "`{}` is gone from the data, and line {} says something of it; --write wants --drop-columns",
                lost.path.escape_debug(),
                lost.mark.line
            ));
        }
    }
    notes
}
