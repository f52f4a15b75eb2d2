//! What a binding of an object store leads to.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::config::{BindingConfig, RemoteConfig};
use crate::credentials::Credentials;
use crate::remote::address::Address;
use crate::remote::client::{Secrets, client, fits};
use crate::remote::lent::Lent;

/// The client of one bucket.
pub(crate) enum Bucket {
    /// With keys of Weft's own, or none.
    Own(Arc<dyn ObjectStore>),
    /// To be made for each table, of keys that a catalog lends.
    Lent(Box<Lent>),
}

impl Bucket {
    /// # Errors
    /// In words, when settings do not fit together or a secret cannot be read.
    pub(crate) fn new(
        address: &Address,
        binding: &BindingConfig,
        remote: &RemoteConfig,
        secrets: Secrets<'_>,
    ) -> Result<Self, String> {
        fits(address.service, binding)?;
        match binding.credentials {
            Credentials::Vended => Lent::new(binding, remote).map(|lent| Self::Lent(Box::new(lent))),
            _ => client(address, binding, remote, secrets).map(Self::Own),
        }
    }

    /// The client that is there for every table.
    pub(crate) fn own(&self) -> Option<Arc<dyn ObjectStore>> {
        match self {
            Self::Own(bucket) => Some(Arc::clone(bucket)),
            Self::Lent(_) => None,
        }
    }
}
