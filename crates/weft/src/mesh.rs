//! The files of a mesh, read without a server.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use weft_catalog::catalog::ProductCatalog;
use weft_catalog::error::Error;
use weft_catalog::file::{FileCatalog, FileCatalogConfig};
use weft_catalog::snapshot::CatalogSnapshot;

use crate::config::Config;
use crate::error::Failure;

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
/// `named`; else the folder itself.
///
/// # Errors
/// When that configuration is none.
pub fn at(config: &Config, folder: &Path, named: bool) -> Result<(Config, PathBuf), Failure> {
    let own = folder.join("weft.yaml");
    if !named && own.is_file() {
        let config = Config::load(Some(&own))?;
        if config.mesh.catalog.is_some() {
            let root = config.catalog()?;
            return Ok((config, root));
        }
    }
    let mut config = config.clone();
    config.place_mesh(folder)?;
    Ok((config, folder.to_owned()))
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
