//! Where a path lies: which mesh is around it, and how files below it are called.

use std::path::{Path, PathBuf};

/// The folder of the governance board, by which a mesh is known.
const GOVERNANCE: &str = "_governance";

/// A path as the user spelled it, and without links.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) spelled: PathBuf,
    pub(super) real: PathBuf,
}

/// The mesh a path lies in: the nearest folder, itself or above, that holds the board's.
pub(super) fn mesh_above(real: &Path) -> Option<PathBuf> {
    real.ancestors().find(|folder| folder.join(GOVERNANCE).is_dir()).map(Path::to_owned)
}

impl Place {
    /// How a file is called from here; `None` when it lies elsewhere.
    pub(super) fn name(&self, file: &Path) -> Option<String> {
        let rest = file.strip_prefix(&self.real).ok()?;
        let name = if rest.as_os_str().is_empty() { self.spelled.clone() } else { self.spelled.join(rest) };
        Some(name.display().to_string())
    }
}
