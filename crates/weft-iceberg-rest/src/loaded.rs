//! What a catalog says of a table: "LoadTableResult" of its API.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use weft_model::restriction::Restrictions;
use weft_storage::catalog::{CatalogFault, Vended};

use crate::lent::{Settings, StorageCredential, held, lent};
use crate::strict::Strict;
use crate::member::members;
use crate::restrictions;

/// How a catalog says that it alone says which files of a table are to be read.
const PLANNING: &str = "scan-planning-mode";

/// What was said of a table.
pub(crate) struct Loaded {
    pub(crate) location: Arc<str>,
    pub(crate) metadata: Arc<[u8]>,
    /// Another for other metadata.
    pub(crate) tag: Arc<str>,
    pub(crate) restrictions: Arc<Restrictions>,
    pub(crate) keys: Arc<[Vended]>,
    pub(crate) at: Instant,
}

/// What is looked at in the metadata before its format's reader does.
#[derive(Deserialize)]
struct Place {
    location: String,
}

impl Loaded {
    /// Reads an answer; keys to files are taken from it where they are wanted.
    ///
    /// # Errors
    /// When it is not what the standard says, or withholds something in a way that is not known.
    pub(crate) fn read(answer: &[u8], borrows: bool) -> Result<Self, CatalogFault> {
        let unusable = CatalogFault::Unusable;
        let (mut metadata, mut withheld) = (None, Arc::default());
        let (mut config, mut credentials) = (Settings::default(), Vec::<StorageCredential>::new());
        for (name, text) in members(answer).map_err(unusable)? {
            match name.as_str() {
                "metadata" => metadata = Some(text),
                "config" => config = member(&name, text)?.unwrap_or_default(),
                "storage-credentials" => credentials = member(&name, text)?.unwrap_or_default(),
                // Whatever cannot be read here may withhold something.
                "read-restrictions" => {
                    let Strict(json) = serde_json::from_slice(text).map_err(|_| odd(&name))?;
                    withheld = Arc::new(restrictions::read(&json).map_err(CatalogFault::Restricted)?);
                }
                _ => {}
            }
        }
        let metadata = metadata.ok_or_else(|| unusable("it says no `metadata`".to_owned()))?;
        if config.get(PLANNING).is_some_and(|mode| mode != "client") {
            return Err(unusable(format!("its `{PLANNING}` has the catalog say which files are read, which is not asked for")));
        }
        let Place { location } = serde_json::from_slice(metadata).map_err(|_| odd("metadata"))?;
        let tag: String = Sha256::digest(metadata).iter().map(|byte| format!("{byte:02x}")).collect();
        let keys = if borrows { lent(&credentials, &config).map_err(unusable)? } else { Arc::default() };
        Ok(Self { location: location.into(), metadata: metadata.into(), tag: tag.into(), restrictions: withheld, keys, at: Instant::now() })
    }

    /// About how many bytes it holds.
    pub(crate) fn held(&self) -> usize {
        size_of::<Self>() + self.metadata.len() + self.location.len() + self.tag.len() + held(&self.keys)
    }
}

/// Keys alone: "LoadCredentialsResponse".
///
/// # Errors
/// When the answer is not what the standard says.
pub(crate) fn credentials(answer: &[u8]) -> Result<Arc<[Vended]>, CatalogFault> {
    let said = members(answer).map_err(CatalogFault::Unusable)?;
    let said = said.into_iter().find(|(name, _)| name == "storage-credentials");
    let (name, text) = said.ok_or_else(|| odd("storage-credentials"))?;
    let all: Vec<StorageCredential> = member(&name, text)?.unwrap_or_default();
    lent(&all, &Settings::default()).map_err(CatalogFault::Unusable)
}

/// A member's value, or `null`. What is wrong with it may quote it, and is not told.
fn member<T: DeserializeOwned>(name: &str, text: &[u8]) -> Result<Option<T>, CatalogFault> {
    serde_json::from_slice(text).map_err(|_| odd(name))
}

fn odd(name: &str) -> CatalogFault {
    CatalogFault::Unusable(format!("its `{name}` is not what the standard says"))
}
