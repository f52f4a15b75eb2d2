//! `weft validate`: what is wrong with contracts, policies, users and domain files, and where.

mod bind;
mod kind;
mod loose;
mod mesh;
mod place;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::{Output, ValidateArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::findings::{Findings, count};

use self::kind::{Kind, kind};
use self::loose::Loose;
use self::place::{Place, mesh_above};

/// What was looked at, for the last line.
#[derive(Debug, Default)]
struct Tally {
    meshes: usize,
    products: usize,
    broken: usize,
    tables: usize,
    files: usize,
}

/// One mesh and the parts of it that are asked about; no parts means all of it.
struct Asked {
    config: Config,
    /// The folder as the user spelled it, where they did.
    spelled: PathBuf,
    parts: Vec<Place>,
}

/// Judges the paths, or the configured mesh; `named` says that a configuration was named.
///
/// # Errors
/// [`Failure::Found`] when something is wrong, others when nothing can be judged.
pub async fn validate(config: &Config, args: &ValidateArgs, named: bool, output: Output) -> Result<(), Failure> {
    let mut meshes: BTreeMap<PathBuf, Asked> = BTreeMap::new();
    let mut loose = Loose::default();
    if args.paths.is_empty() {
        let spelled = crate::mesh::spelled(&config.catalog()?);
        let root = real(&spelled)?;
        meshes.insert(root, Asked { config: config.clone(), spelled, parts: Vec::new() });
    }
    for path in &args.paths {
        sort(path, config, named, &mut meshes, &mut loose)?;
    }
    if args.bind && (meshes.is_empty() || !loose.is_empty()) {
        return Err(Failure::Setup(
            "--bind opens the tables of a mesh; name a folder of one, which has `_governance` in it or above it"
                .to_owned(),
        ));
    }
    let mut findings = Findings::default();
    let mut tally = Tally::default();
    for (root, asked) in &meshes {
        if args.bind {
            crate::mesh::remark_passed(&asked.config, &["storage"]);
        }
        mesh::judge(root, asked, args.bind, &mut findings, &mut tally).await?;
    }
    loose.judge(&config.mesh.variables, &mut findings, &mut tally)?;
    findings.print(output, args.strict, &tally.text(args.bind))
}

/// Finds out what a path is part of.
fn sort(
    path: &Path,
    config: &Config,
    named: bool,
    meshes: &mut BTreeMap<PathBuf, Asked>,
    loose: &mut Loose,
) -> Result<(), Failure> {
    let found = real(path)?;
    if found.is_dir() {
        let (own, spelled) = crate::mesh::at(config, path, named)?;
        let own_file = !named && path.join("weft.yaml").is_file();
        if spelled != *path || own_file {
            meshes.insert(real(&spelled)?, Asked { config: own, spelled, parts: Vec::new() });
            return Ok(());
        }
    }
    let above = mesh_above(&found);
    if found.is_dir() {
        return match above {
            Some(root) => {
                part(config, root, path, found, meshes);
                Ok(())
            }
            None => loose.folder(path),
        };
    }
    match (kind(path)?, above) {
        (Kind::Users | Kind::Config, _) | (_, None) => loose.file(path),
        (_, Some(root)) => {
            part(config, root, path, found, meshes);
            Ok(())
        }
    }
}

/// Adds a path to what is asked about its mesh.
fn part(config: &Config, root: PathBuf, spelled: &Path, real: PathBuf, meshes: &mut BTreeMap<PathBuf, Asked>) {
    let whole = real == root;
    let shown = if whole { spelled.to_owned() } else { root.clone() };
    let place = Place { spelled: spelled.to_owned(), real };
    match meshes.get_mut(&root) {
        // The whole mesh is asked about already, or from now on.
        Some(asked) if asked.parts.is_empty() => {}
        Some(asked) if whole => {
            asked.parts.clear();
            asked.spelled = shown;
        }
        Some(asked) => asked.parts.push(place),
        None => {
            let parts = if whole { Vec::new() } else { vec![place] };
            meshes.insert(root, Asked { config: config.clone(), spelled: shown, parts });
        }
    }
}

/// A path without links.
fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|cause| Failure::File { what: "looking at", path: path.to_owned(), cause })
}

impl Tally {
    fn text(&self, bound: bool) -> String {
        let mut parts = Vec::new();
        if self.meshes > 0 {
            parts.push(count(self.products, "product"));
            if self.broken > 0 {
                parts.push(format!("{} broken", self.broken));
            }
        }
        if bound {
            parts.push(format!("{} opened", count(self.tables, "table")));
        }
        if self.files > 0 {
            parts.push(count(self.files, "file"));
        }
        parts.join(", ")
    }
}
