//! `weft import`: contracts of data that is there already.

mod contract;
mod detect;
mod kept;
mod mesh;
mod names;
mod pii;
mod report;
mod spelling;
mod survey;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use weft_contract::parse::parse;
use weft_contract::source::SourceFile;
use weft_model::finding::Severity;

use crate::cli::Output;
use crate::cli::import::ImportArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::wiring;

use self::contract::Draft;
use self::kept::Kept;
use self::mesh::Place;
use self::report::Imported;

/// A file that an import makes.
#[derive(Debug)]
struct File {
    path: PathBuf,
    text: String,
    /// What it says now; `None` when it is not there.
    before: Option<String>,
}

/// Looks at every location and writes, or compares, a product for each; `named` says that a configuration was named.
///
/// # Errors
/// [`Failure::Found`] when a product that is there differs and `--write` is not given, others when data cannot be
/// described.
pub async fn import(config: &Config, args: &ImportArgs, named: bool, output: Output) -> Result<(), Failure> {
    if args.product.is_some() && args.locations.len() > 1 {
        return Err(Failure::Setup("--product names one product, and there are several locations".to_owned())
            .hinted("Import them one by one, or leave --product out."));
    }
    let domain = names::domain(&args.domain)?;
    let mut place = Place::of(config, args.into.as_deref(), named)?;
    let mut imported = Vec::with_capacity(args.locations.len());
    for spelled in &args.locations {
        let location = place.location(spelled)?;
        let name = names::product(args.product.as_deref(), spelled)?;
        let storage = Arc::new(wiring::storage(&place.config, &place.root)?);
        let survey = survey::survey(&storage, &domain, &name, &location, args.format).await?;
        let kept = Kept::of(&contract_path(&place.root, domain.as_str(), &name));
        let draft = Draft { domain: domain.as_str(), product: &name, location: &location, args, survey: &survey, kept };
        let files = files(&place.root, &draft)?;
        imported.push(Imported::new(spelled.clone(), &draft, files));
    }
    if let Some(twice) = imported.iter().enumerate().find_map(|(at, one)| {
        imported.iter().skip(at + 1).find(|other| other.product == one.product).map(|_| &one.product)
    }) {
        return Err(Failure::Setup(format!("two locations would become the product `{twice}`"))
            .hinted("Import them one by one, each with a --product of its own."));
    }
    let changed = imported.iter().any(Imported::differs);
    if !changed || args.write {
        for file in imported.iter().flat_map(|one| &one.files) {
            write(file)?;
        }
        place.write()?;
    }
    report::print(&imported, &place, args, output)?;
    if changed && !args.write { Err(Failure::Found) } else { Ok(()) }
}

/// The two files of a product, read once by those who will judge them.
fn files(root: &Path, draft: &Draft<'_>) -> Result<Vec<File>, Failure> {
    let contract = contract_path(root, draft.domain, draft.product);
    let product = contract.with_file_name(format!("{}.odps.yaml", draft.product));
    let texts = [(product, contract::product(draft)), (contract, contract::contract(draft))];
    texts
        .into_iter()
        .map(|(path, text)| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let judged = parse(&SourceFile::new(name, text.as_str()), &std::collections::BTreeMap::new());
            if let Some(finding) = judged.findings.iter().find(|finding| finding.severity == Severity::Error) {
                return Err(Failure::Setup(format!("the data cannot be described by a contract: {}", finding.message))
                    .hinted("Rename what is named, or write the contract by hand."));
            }
            let before = match std::fs::read_to_string(&path) {
                Ok(before) => Some(before),
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
                Err(cause) => return Err(Failure::File { what: "reading", path, cause }),
            };
            Ok(File { path, text, before })
        })
        .collect()
}

fn contract_path(root: &Path, domain: &str, product: &str) -> PathBuf {
    root.join(domain).join(product).join(format!("{product}-v1.odcs.yaml"))
}

/// Writes a file whole or not at all.
fn write(file: &File) -> Result<(), Failure> {
    if file.before.as_ref() == Some(&file.text) {
        return Ok(());
    }
    put(&file.path, &file.text)
}

/// Puts a text into a file, by way of a file beside it.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |cause| Failure::File { what: "writing", path: path.to_owned(), cause };
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut draft = tempfile::Builder::new().prefix(".weft-import-").tempfile_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut draft, text.as_bytes()).map_err(failed)?;
    draft.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(SHARED)).map_err(failed)?;
    draft.persist(path).map_err(|cause| failed(cause.error))?;
    Ok(())
}

/// The mode of what is written: contracts hold no secrets.
const SHARED: u32 = 0o644;
