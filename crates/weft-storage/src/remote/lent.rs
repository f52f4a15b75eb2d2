//! Clients of buckets with keys that a catalog lends.

use std::sync::Arc;

use async_trait::async_trait;
use object_store::aws::AwsCredential;
use object_store::azure::AzureCredential;
use object_store::client::{CredentialProvider, HttpClient, HttpConnector};
use object_store::gcp::GcpCredential;
use object_store::{ClientOptions, ObjectStore};

use crate::catalog::{CatalogFault, Keys, Vended, Vending};
use crate::config::{BindingConfig, RemoteConfig};
use crate::remote::address::{Address, Service};
use crate::remote::client::{azure, gcs, pairs, plain, s3};
use crate::remote::connector::Connector;
use crate::remote::routed::Routed;

/// The most prefixes of one table that keys are lent to.
const PREFIXES_MAX: usize = 64;

/// What is needed to make clients of one bucket out of keys that are lent.
pub(crate) struct Lent {
    binding: BindingConfig,
    remote: RemoteConfig,
    /// One for all tables, so that they share connections.
    http: Shared,
}

impl Lent {
    /// # Errors
    /// When no client can be made.
    pub(crate) fn new(binding: &BindingConfig, remote: &RemoteConfig) -> Result<Self, String> {
        let plain = plain(binding);
        let client = Connector::new(remote, plain).client(plain).map_err(|cause| cause.to_string())?;
        Ok(Self { binding: binding.clone(), remote: remote.clone(), http: Shared(HttpClient::new(client)) })
    }

    /// The client of the bucket for a table. Keys to the longest prefix that an object's address begins with are used for
    /// it, as the catalog's standard says; those to other prefixes than the table's are not looked at.
    ///
    /// # Errors
    /// When no keys are lent to where the table lies.
    pub(crate) async fn bucket(
        &self,
        address: &Address,
        location: &str,
        vending: Arc<dyn Vending>,
    ) -> Result<Arc<dyn ObjectStore>, CatalogFault> {
        let lent = vending.keys().await?;
        let location = spelled(location);
        let bucket = bucket_of(&location, address);
        let mut routes: Vec<(String, Arc<dyn ObjectStore>)> = Vec::new();
        let own = own(&lent, &location, address.service);
        let within = lent.iter().filter(|one| spelled(&one.prefix).starts_with(&location) && of(&one.keys) == address.service);
        let within: Vec<&Vended> = within.filter(|one| own.is_none_or(|own| own.prefix != one.prefix)).collect();
        if own.is_none() && within.is_empty() {
            return Err(CatalogFault::Refused("it lends no keys to where the table lies".to_owned()));
        }
        if within.len() > PREFIXES_MAX {
            return Err(CatalogFault::Unusable(format!("it lends keys to more than {PREFIXES_MAX} prefixes of a table")));
        }
        for one in own.into_iter().chain(within) {
            // What covers the table covers every key that is asked for.
            let prefix = spelled(&one.prefix);
            let key = prefix.strip_prefix(&bucket).filter(|_| prefix.len() > location.len()).unwrap_or_default();
            let keys = Borrowed { vending: Arc::clone(&vending), prefix: Arc::clone(&one.prefix), location: location.clone() };
            routes.push((key.to_owned(), self.client(address, keys).map_err(CatalogFault::Unusable)?));
        }
        match &routes[..] {
            [(everything, bucket)] if everything.is_empty() => Ok(Arc::clone(bucket)),
            _ => Ok(Arc::new(Routed::new(routes))),
        }
    }

    fn client(&self, address: &Address, keys: Borrowed) -> Result<Arc<dyn ObjectStore>, String> {
        let (binding, remote, http) = (&self.binding, &self.remote, self.http.clone());
        let built = match address.service {
            Service::S3 => {
                let builder = s3(address, binding, remote, http).with_credentials(Arc::new(S3Keys(keys)));
                builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
            }
            Service::Gcs => {
                let builder = gcs(address, binding, remote, http).with_credentials(Arc::new(GcsKeys(keys)));
                builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
            }
            Service::Azure => {
                let builder = azure(address, binding, remote, http).with_credentials(Arc::new(AzureKeys(keys)));
                builder.build().map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
            }
            Service::Http => return Err("keys are lent to plain HTTP, which has none".to_owned()),
        };
        built.map_err(|cause| cause.to_string())
    }
}

/// Always the same client.
#[derive(Clone, Debug)]
struct Shared(HttpClient);

impl HttpConnector for Shared {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

/// The service that keys are for.
fn of(keys: &Keys) -> Service {
    match keys {
        Keys::S3 { .. } => Service::S3,
        Keys::Gcs { .. } => Service::Gcs,
        Keys::Azure { .. } => Service::Azure,
    }
}

/// The keys to the longest prefix that a location begins with.
fn own<'a>(lent: &'a [Vended], location: &str, service: Service) -> Option<&'a Vended> {
    let fits = |one: &&Vended| of(&one.keys) == service && location.starts_with(&spelled(&one.prefix));
    lent.iter().filter(fits).max_by_key(|one| one.prefix.len())
}

/// One spelling of the schemes that mean the same.
fn spelled(address: &str) -> String {
    match address.split_once("://") {
        Some(("s3a" | "s3n", rest)) => format!("s3://{rest}"),
        _ => address.to_owned(),
    }
}

/// How addresses in the bucket of a location begin.
fn bucket_of(location: &str, address: &Address) -> String {
    match (address.service, location.split_once("://")) {
        (Service::S3 | Service::Gcs, Some((scheme, _))) => format!("{scheme}://{}/", address.bucket),
        // Azure writes one place in many ways; keys to parts of a table are not told apart there.
        _ => location.to_owned(),
    }
}

/// The keys to one prefix, as a store asks for them.
#[derive(Debug)]
struct Borrowed {
    vending: Arc<dyn Vending>,
    prefix: Arc<str>,
    location: String,
}

impl Borrowed {
    async fn keys(&self) -> object_store::Result<Keys> {
        let failed = |cause: CatalogFault| object_store::Error::Generic { store: "remote", source: Box::new(cause) };
        let lent = self.vending.keys().await.map_err(failed)?;
        // Keys that are lent anew may be to another prefix.
        let same = lent.iter().find(|one| one.prefix == self.prefix);
        let service = |one: &Vended| own(std::slice::from_ref(one), &self.location, of(&one.keys)).is_some();
        let found = same.or_else(|| lent.iter().filter(|one| service(one)).max_by_key(|one| one.prefix.len()));
        let found = found.ok_or_else(|| failed(CatalogFault::Refused("it no longer lends keys to where the table lies".to_owned())))?;
        Ok(found.keys.clone())
    }
}

fn another() -> object_store::Error {
    let cause = CatalogFault::Unusable("it lends keys to another kind of store".to_owned());
    object_store::Error::Generic { store: "remote", source: Box::new(cause) }
}

/// Keys to S3.
#[derive(Debug)]
struct S3Keys(Borrowed);

#[async_trait]
impl CredentialProvider for S3Keys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        match self.0.keys().await? {
            Keys::S3 { access_key_id, secret_access_key, session_token } => {
                Ok(Arc::new(AwsCredential { key_id: access_key_id, secret_key: secret_access_key, token: session_token }))
            }
            Keys::Gcs { .. } | Keys::Azure { .. } => Err(another()),
        }
    }
}

/// Keys to Google's storage.
#[derive(Debug)]
struct GcsKeys(Borrowed);

#[async_trait]
impl CredentialProvider for GcsKeys {
    type Credential = GcpCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<GcpCredential>> {
        match self.0.keys().await? {
            Keys::Gcs { token } => Ok(Arc::new(GcpCredential { bearer: token })),
            Keys::S3 { .. } | Keys::Azure { .. } => Err(another()),
        }
    }
}

/// Keys to Azure.
#[derive(Debug)]
struct AzureKeys(Borrowed);

#[async_trait]
impl CredentialProvider for AzureKeys {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        match self.0.keys().await? {
            Keys::Azure { sas } => Ok(Arc::new(AzureCredential::SASToken(pairs(&sas)))),
            Keys::S3 { .. } | Keys::Gcs { .. } => Err(another()),
        }
    }
}
