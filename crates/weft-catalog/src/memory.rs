//! A catalog in memory: the twin of the file catalog, for tests and embedding.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::build::Loader;
use crate::catalog::{MeshSettings, ProductCatalog};
use crate::error::Error;
use crate::intake::{Content, Intake, concerns, take};
use crate::snapshot::CatalogSnapshot;

/// A catalog made of texts that are named like files.
#[derive(Debug)]
pub struct MemoryCatalog {
    state: Mutex<State>,
    newest: watch::Sender<Arc<CatalogSnapshot>>,
}

/// What a reload starts from.
#[derive(Debug)]
struct State {
    loader: Loader,
    files: BTreeMap<Arc<str>, Arc<str>>,
}

impl MemoryCatalog {
    /// A catalog of these files: path relative to the root of the mesh, and text.
    ///
    /// # Errors
    /// [`Error::Board`] when the board's policy is missing or not valid.
    pub fn new<P: AsRef<str>, T: AsRef<str>>(
        mesh: &str,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Self, Error> {
        Self::with(MeshSettings { name: mesh.to_owned(), ..MeshSettings::default() }, files)
    }

    /// The same, with everything a mesh can be told.
    ///
    /// # Errors
    /// [`Error::Board`] when the board's policy is missing or not valid.
    pub fn with<P: AsRef<str>, T: AsRef<str>>(
        mesh: MeshSettings,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Self, Error> {
        let mut state = State { loader: Loader::new(mesh), files: BTreeMap::new() };
        let first = state.replace(files)?;
        Ok(Self { state: Mutex::new(state), newest: watch::Sender::new(first) })
    }

    /// Replaces all files at once, as if the folder had changed; what fails to load keeps its last good state.
    ///
    /// # Errors
    /// None today: what is wrong is a problem of the new snapshot.
    pub fn replace<P: AsRef<str>, T: AsRef<str>>(
        &self,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Arc<CatalogSnapshot>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = state.replace(files)?;
        if !Arc::ptr_eq(&snapshot, &self.newest.borrow()) {
            self.newest.send_replace(Arc::clone(&snapshot));
        }
        Ok(snapshot)
    }
}

impl State {
    /// Hands the loader every file that is new, changed or gone.
    fn replace<P: AsRef<str>, T: AsRef<str>>(
        &mut self,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Result<Arc<CatalogSnapshot>, Error> {
        let files: BTreeMap<Arc<str>, Arc<str>> = files
            .into_iter()
            .map(|(path, text)| (Arc::from(path.as_ref()), Arc::from(text.as_ref())))
            .filter(|(path, _)| concerns(path))
            .collect();
        let gone = self.files.keys().filter(|path| !files.contains_key(*path));
        let mut intakes =
            gone.map(|path| Intake { path: Arc::clone(path), content: Content::Gone }).collect::<Vec<_>>();
        let changed = files.iter().filter(|(path, text)| self.files.get(*path) != Some(text));
        intakes.extend(changed.map(|(path, text)| take(path, self.loader.variables(), || Ok(Arc::clone(text)))));
        self.files = files;
        self.loader.load(intakes, None)
    }
}

#[async_trait]
impl ProductCatalog for MemoryCatalog {
    async fn snapshot(&self) -> Result<Arc<CatalogSnapshot>, Error> {
        Ok(Arc::clone(&self.newest.borrow()))
    }

    fn changes(&self) -> Option<watch::Receiver<Arc<CatalogSnapshot>>> {
        Some(self.newest.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::mesh::Files;
    use crate::conformance::{Subject, conforms};

    impl Subject for MemoryCatalog {
        fn open(files: &Files) -> Result<Self, Error> {
            Self::new("weft", files)
        }

        fn catalog(&self) -> &dyn ProductCatalog {
            self
        }

        fn replace(&self, files: &Files) -> Result<Arc<CatalogSnapshot>, Error> {
            Self::replace(self, files)
        }
    }

    #[tokio::test]
    async fn it_does_what_every_catalog_does() {
        conforms::<MemoryCatalog>().await.unwrap();
    }
}
