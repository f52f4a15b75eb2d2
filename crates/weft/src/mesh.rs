//! The files of a mesh, read without a server.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use weft_catalog::catalog::ProductCatalog;
use weft_catalog::error::Error;
use weft_catalog::file::{FileCatalog, FileCatalogConfig};
use weft_catalog::snapshot::CatalogSnapshot;

use crate::config::Config;
use crate::error::Failure;
use crate::terminal;

/// Reads the mesh in a folder, as the configuration's environments and variables say.
///
/// # Errors
/// When the folder cannot be read, or the board's policy is not valid.
pub fn open(config: &Config, root: &Path) -> Result<FileCatalog, Error> {
    FileCatalog::open(FileCatalogConfig {
        environments: config.mesh.environments.clone(),
        variables: config.mesh.variables.clone(),
        mesh: config.mesh.name.clone(),
        ..FileCatalogConfig::new(root)
    })
}

/// The products and the policy of the mesh in a folder.
///
/// # Errors
/// [`Failure::Unmet`] when there are none to speak of.
pub async fn snapshot(config: &Config, root: &Path) -> Result<Arc<CatalogSnapshot>, Failure> {
    let catalog = open(config, root).map_err(Failure::unmet("loading the mesh"))?;
    catalog.snapshot().await.map_err(Failure::unmet("loading the mesh"))
}

/// The mesh that a folder means: the one its own weft.yaml names, as `weft init` makes it, unless a configuration was
/// `named`; else the folder itself. Of a file that nobody named only what is harmless counts.
///
/// # Errors
/// When that configuration is none, or its mesh lies elsewhere.
pub fn at(config: &Config, folder: &Path, named: bool) -> Result<(Config, PathBuf), Failure> {
    let own = folder.join("weft.yaml");
    let mut config = match !named && own.is_file() {
        // Commands that are run beside it obey it anyway.
        true if same(&own, Path::new("weft.yaml")) => config.clone(),
        true => Config::unnamed(&own)?,
        false => {
            let mut config = config.clone();
            config.place_mesh(folder)?;
            return Ok((config, folder.to_owned()));
        }
    };
    match config.mesh.catalog {
        Some(_) => {
            let root = config.catalog()?;
            Ok((config, root))
        }
        None => {
            config.place_mesh(folder)?;
            Ok((config, folder.to_owned()))
        }
    }
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Says which settings of a file that nobody named were passed over, of those that the command has a use for.
pub fn remark_passed(config: &Config, wanted: &[&str]) {
    let Some(passed) = &config.passed else { return };
    let wanted = |name: &&String| wanted.iter().any(|wanted| name.starts_with(wanted));
    let names: Vec<&str> = passed.names.iter().filter(wanted).map(String::as_str).collect();
    if !names.is_empty() {
        let path = passed.path.display();
        terminal::remark(&format!(
            "note: nobody named `{path}`, so it is not obeyed in {}; --config {path} obeys it, if you trust it",
            names.join(", ")
        ));
    }
}

/// What to do about data that only a binding of a file leads to which nobody named.
#[must_use]
pub fn withheld(config: &Config) -> Option<String> {
    let file = config.storage.bindings.iter().find_map(|binding| binding.withheld.as_ref())?;
    Some(format!("Storage bindings may be missing: say --config {file} if you trust that file with your credentials and your network."))
}

/// A path as a person would spell it from here.
#[must_use]
pub fn spelled(path: &Path) -> PathBuf {
    // From the root of all folders, a relative path would be no shorter.
    let here = std::env::current_dir().ok().filter(|here| here.parent().is_some());
    let inside = here.and_then(|here| Some(path.strip_prefix(here).ok()?.to_owned()));
    let parts = inside.as_deref().unwrap_or(path).components();
    let short: PathBuf = parts.filter(|part| *part != Component::CurDir).collect();
    if short.as_os_str().is_empty() { PathBuf::from(".") } else { short }
}

/// Today, as days since 1970-01-01.
#[must_use]
pub fn today(now: i64) -> i32 {
    i32::try_from(now.div_euclid(86_400)).unwrap_or(i32::MAX)
}
