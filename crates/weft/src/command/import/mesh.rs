//! The mesh that an import writes to, and how its contracts spell a location.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::{Failure, setup};

/// The first line of a configuration that imports keep.
const OWN: &str = "# Kept by `weft import`: further imports add the folders they read. Without this line it is yours.";

/// The policy of a mesh that begins with an import: what is unclassified stays hidden, and nobody is granted anything.
const BOARD: &str = "\
# The floor of this mesh: what classifications mean, and what holds for every domain.
apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: internal
rules: []
";

/// The mesh, and its configuration.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) config: Config,
    /// The folder of the mesh.
    pub(super) root: PathBuf,
    /// The configuration's text, when imports keep it.
    own: Option<Own>,
}

/// A configuration that imports keep.
#[derive(Debug)]
struct Own {
    path: PathBuf,
    roots: Vec<PathBuf>,
    changed: bool,
}

impl Place {
    /// The mesh in `into`, or the configured one. A folder that has no configuration gets one, so that what lies
    /// outside of it can be read.
    pub(super) fn of(config: &Config, into: Option<&Path>, named: bool) -> Result<Self, Failure> {
        let Some(folder) = into else {
            let root = config.catalog().map_err(|failure| failure.hinted("Name the folder of a mesh with --into DIR."))?;
            return Ok(Self { config: config.clone(), root: real(&root)?, own: None });
        };
        std::fs::create_dir_all(folder)
            .map_err(|cause| Failure::File { what: "making the folder", path: folder.to_owned(), cause })?;
        let configured = named || config.mesh.catalog.is_some();
        let (config, root) = crate::mesh::at(config, folder, named)?;
        let path = folder.join("weft.yaml");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let kept = text.lines().next() == Some(OWN) || (!configured && !path.exists());
        let own = kept.then(|| Own { path, roots: config.storage.local_roots.clone(), changed: !text.starts_with(OWN) });
        Ok(Self { config, root: real(&root)?, own })
    }

    /// The location as the contract spells it: relative inside of the mesh, absolute elsewhere, an address as it is.
    pub(super) fn location(&mut self, spelled: &str) -> Result<String, Failure> {
        if let Some((scheme, _)) = spelled.split_once("://")
            && !scheme.eq_ignore_ascii_case("file")
        {
            return Ok(spelled.to_owned());
        }
        let path = spelled.strip_prefix("file://").unwrap_or(spelled);
        let fixed: PathBuf =
            Path::new(path).components().take_while(|part| !wild(&part.as_os_str().to_string_lossy())).collect();
        let rest: PathBuf = Path::new(path).components().skip(fixed.components().count()).collect();
        let fixed = if fixed.as_os_str().is_empty() { PathBuf::from(".") } else { fixed };
        let found = fixed.canonicalize().map_err(|cause| Failure::File {
            what: "looking for",
            path: PathBuf::from(spelled),
            cause,
        })?;
        let whole = if rest.as_os_str().is_empty() { found.clone() } else { found.join(&rest) };
        let text = |path: &Path| {
            path.to_str().map(str::to_owned).ok_or_else(|| Failure::Setup(format!("`{spelled}` is no plain text")))
        };
        if let Ok(inside) = whole.strip_prefix(&self.root) {
            return Ok(format!("./{}", text(inside)?));
        }
        let folder = if found.is_dir() { found.as_path() } else { found.parent().unwrap_or(Path::new("/")) };
        let roots = &mut self.config.storage.local_roots;
        let covered = roots.iter().any(|root| {
            root.canonicalize().is_ok_and(|root| whole.starts_with(root)) || whole.starts_with(root)
        });
        if !covered {
            let Some(own) = &mut self.own else {
                let folder = folder.display();
                return Err(Failure::Setup(format!("`{folder}` lies in no folder that this mesh may read"))
                    .hinted(format!("Add it to weft.yaml: `storage: {{local_roots: [{folder}]}}`.")));
            };
            // What lies beside is often imported next.
            roots.retain(|root| !root.starts_with(folder));
            roots.push(folder.to_owned());
            own.roots.clone_from(roots);
            own.changed = true;
        }
        text(&whole)
    }

    /// Writes the configuration, if imports keep it and it has changed, and a policy to begin with where there is none.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let Some(own) = self.own.as_ref().filter(|own| own.changed) else { return Ok(()) };
        let mut text = format!("{OWN}\nversion: 1\nmesh:\n  catalog: .\n");
        if !own.roots.is_empty() {
            text.push_str("storage:\n  local_roots:\n");
            for root in &own.roots {
                text.push_str(&format!("    - {}\n", super::contract::quoted(&root.to_string_lossy())));
            }
        }
        super::put(&own.path, &text)?;
        let board = self.root.join("_governance");
        if board.exists() { Ok(()) } else { super::put(&board.join("board.policy.yaml"), BOARD) }
    }

    /// The configuration that is written, if one is.
    pub(super) fn configuration(&self) -> Option<&Path> {
        self.own.as_ref().filter(|own| own.changed).map(|own| own.path.as_path())
    }
}

fn real(folder: &Path) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|cause| setup(&format!("finding the mesh `{}`", folder.display()))(&cause))
}

fn wild(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

