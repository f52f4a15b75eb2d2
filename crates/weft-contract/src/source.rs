//! A file as a catalog finds it.

use std::sync::Arc;

/// One YAML file of a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path relative to the root of the mesh, separated by `/`.
    pub path: Arc<str>,
    /// What the file holds.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A file and what it holds.
    #[must_use]
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The last segment of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
