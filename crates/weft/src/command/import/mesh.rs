//! The mesh that an import writes to, and how its contracts spell a location.

use std::path::{Path, PathBuf};

use weft_storage::remote::address::Address;

use crate::config::Config;
use crate::error::{Failure, setup};

use super::emit;
use super::tree::{Body, Tree};
use super::writing;

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

/// Where the policy of the whole mesh stands.
const BOARD_FOLDER: &str = "_governance";

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
    folder: PathBuf,
    /// What it says now; `None` when it is not there.
    text: Option<String>,
    /// Folders to be read that it does not name yet.
    added: Vec<PathBuf>,
}

/// The name of a configuration.
const FILE: &str = "weft.yaml";

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
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => None,
            Err(cause) => return Err(Failure::File { what: "reading the configuration", path, cause }),
        };
        let kept = match &text {
            Some(text) => text.lines().next() == Some(OWN),
            None => !configured,
        };
        let own = kept.then(|| Own { folder: folder.to_owned(), text, added: Vec::new() });
        let root = real(&root)?;
        if own.is_some() {
            writing::unlinked(folder, Path::new(FILE))?;
            writing::unlinked(&root, Path::new(BOARD_FOLDER))?;
        }
        Ok(Self { config, root, own })
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
            let shown = folder.display();
            let Some(own) = &mut self.own else {
                return Err(Failure::Setup(format!("`{shown}` lies in no folder that this mesh may read"))
                    .hinted(format!("Add it to weft.yaml: `storage: {{local_roots: [{shown}]}}`.")));
            };
            if folder.parent().is_none() {
                return Err(Failure::Setup(format!("`{spelled}` lies in `{shown}`, and the mesh could read the whole disk"))
                    .hinted("Put the file into a folder of its own."));
            }
            roots.push(folder.to_owned());
            own.added.push(folder.to_owned());
        }
        text(&whole)
    }

    /// Writes the configuration, if imports keep it and it has changed, and a policy to begin with where there is none.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let Some(own) = self.own.as_ref().filter(|own| own.changed()) else { return Ok(()) };
        writing::put(&own.folder, Path::new(FILE), &own.written()?)?;
        if self.root.join(BOARD_FOLDER).symlink_metadata().is_ok() {
            return Ok(());
        }
        writing::put(&self.root, &Path::new(BOARD_FOLDER).join("board.policy.yaml"), BOARD)
    }

    /// The configuration that is written, if one is, and the folders that contracts may read by it from now on.
    pub(super) fn configuration(&self) -> Option<(PathBuf, &[PathBuf])> {
        let own = self.own.as_ref().filter(|own| own.changed())?;
        Some((own.folder.join(FILE), &own.added))
    }

    /// What an address in an object store lacks, when no binding leads to any.
    pub(super) fn lacks(&self, location: &str, domain: &str) -> Option<String> {
        let mut bindings = self.config.storage.bindings.iter();
        if !Address::is_one(location) || bindings.any(|binding| Address::is_one(&binding.prefix)) {
            return None;
        }
        let (scheme, rest) = location.split_once("://")?;
        let mut parts: Vec<&str> = rest.split('/').take_while(|part| !wild(part)).collect();
        // A file is found in its folder.
        if parts.len() > 1 && parts.last().is_some_and(|last| last.is_empty() || last.contains('.')) {
            parts.pop();
        }
        let prefix = super::contract::quoted(&format!("{scheme}://{}/", parts.join("/")));
        Some(format!(
            "No binding leads to an object store: add `{{name: {domain}, prefix: {prefix}, domains: [{domain}], credentials: anonymous}}` \
             to `storage.bindings` of weft.yaml; docs/configuration.md has the other credentials."
        ))
    }
}

impl Own {
    fn changed(&self) -> bool {
        self.text.is_none() || !self.added.is_empty()
    }

    /// The configuration with what is added; everything else stays as it stands.
    fn written(&self) -> Result<String, Failure> {
        let begun = || format!("{OWN}\nversion: 1\nmesh:\n  catalog: .\n");
        let text = self.text.clone().unwrap_or_else(begun);
        let path = self.folder.join(FILE);
        let refused = |why: &str| {
            Failure::Setup(format!("`{}` cannot be added to: {why}", path.display()))
                .hinted("Add the folders to `storage.local_roots` by hand, and take the first line away.")
        };
        if self.added.is_empty() {
            return Ok(text);
        }
        let mut tree = Tree::read(&text).map_err(|flaw| refused(&flaw.message))?;
        if tree.get("storage").is_none_or(|own| !matches!(own.body, Body::Map { .. })) {
            tree.set("storage", Tree::of(Body::Map { flow: false, entries: Vec::new() }));
        }
        if let Some(storage) = tree.get_mut("storage") {
            for root in &self.added {
                storage.push("local_roots", Tree::quoted(&root.to_string_lossy()));
            }
        }
        let text = emit::document(&tree);
        match serde_saphyr::from_str::<Config>(&text) {
            Ok(read) if self.added.iter().all(|root| read.storage.local_roots.contains(root)) => Ok(text),
            _ => Err(refused("it would not be read as it is meant")),
        }
    }
}

fn real(folder: &Path) -> Result<PathBuf, Failure> {
    folder.canonicalize().map_err(|cause| setup(&format!("finding the mesh `{}`", folder.display()))(&cause))
}

fn wild(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

