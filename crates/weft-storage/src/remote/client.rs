//! Clients of object stores, made of what the operator configures and of nothing else: no environment, no contract.

use std::net::Ipv6Addr;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::client::HttpConnector;
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientOptions, RetryConfig, StaticCredentialProvider};
use url::{Host, Url};

use crate::config::{BindingConfig, RemoteConfig, Style};
use crate::credentials::{Credentials, SecretRef};
use crate::remote::address::{Address, Service};
use crate::remote::connector::Connector;
use crate::remote::instance::Instance;

/// Reads secrets that the configuration names. The error says why one cannot be read, and never what it is.
pub type Secrets<'a> = &'a dyn Fn(&SecretRef) -> Result<String, String>;

/// The client of one bucket, with credentials of the configuration.
///
/// # Errors
/// In words, when settings do not fit together or a secret cannot be read.
pub(crate) fn client(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    secrets: Secrets<'_>,
) -> Result<Arc<dyn ObjectStore>, String> {
    match address.service {
        Service::S3 => own_s3(address, binding, remote, secrets),
        Service::Azure => own_azure(address, binding, remote, secrets),
        Service::Gcs => own_gcs(address, binding, remote, secrets),
        Service::Http => http(address, binding, remote),
    }
}

/// Refuses settings that the service has no use for, since somebody meant something by them.
///
/// # Errors
/// In words.
pub(crate) fn fits(service: Service, binding: &BindingConfig) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("has `{what}`, which its kind of store has no use for"));
    if binding.region.is_some() && service != Service::S3 {
        return wrong("region");
    }
    // It becomes part of a host's name.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if binding.region.as_ref().is_some_and(|region| region.is_empty() || !region.chars().all(plain)) {
        return Err("has in `region` no name such as `eu-central-1`".to_owned());
    }
    if binding.style != Style::default() && service != Service::S3 {
        return wrong("style");
    }
    if binding.endpoint.is_some() && service == Service::Http {
        return wrong("endpoint");
    }
    let known = match (&binding.credentials, service) {
        (Credentials::Anonymous, _) => true,
        (Credentials::Keys { .. } | Credentials::WebIdentity { .. }, service) => service == Service::S3,
        (Credentials::Instance | Credentials::Vended, service) => service != Service::Http,
        (Credentials::AccountKey(_) | Credentials::Sas(_) | Credentials::Client { .. }, service)
        | (Credentials::WorkloadIdentity { .. }, service) => service == Service::Azure,
        (Credentials::ServiceAccount(_), service) => service == Service::Gcs,
    };
    if !known {
        return wrong("credentials");
    }
    if binding.credentials == Credentials::Vended && binding.catalog.is_none() {
        return Err("has the credentials `vended`, and no `catalog` that lends them".to_owned());
    }
    if let Some(endpoint) = &binding.endpoint {
        address("endpoint", endpoint)?;
    }
    if let Some(endpoint) = &binding.metadata_endpoint {
        if binding.credentials != Credentials::Instance {
            return Err("has `metadata_endpoint`, which only the credentials `instance` have a use for".to_owned());
        }
        let url = address("metadata_endpoint", endpoint)?;
        if url.scheme() != "https" && !near(&url) {
            return Err("has a `metadata_endpoint` without https on another machine, where anybody could answer".to_owned());
        }
    }
    if let Credentials::WebIdentity { sts_endpoint: Some(endpoint), .. } = &binding.credentials
        && address("sts_endpoint", endpoint)?.scheme() != "https"
    {
        return Err("has an `sts_endpoint` without https, which would show the identity token".to_owned());
    }
    Ok(())
}

/// An address of a service.
fn address(what: &str, text: &str) -> Result<Url, String> {
    let bare = |url: &Url| {
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain && url.fragment().is_none()
    };
    let url = Url::parse(text).ok().filter(bare);
    url.ok_or_else(|| format!("has in `{what}` no address such as `https://host:port`"))
}

/// True for this machine and for what only it can reach: loopback and link-local addresses.
#[must_use]
pub fn near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unicast_link_local() || ip == CLOUD_V6,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Where instances of Amazon's cloud ask by IPv6.
const CLOUD_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

fn options(binding: &BindingConfig, remote: &RemoteConfig) -> ClientOptions {
    ClientOptions::new()
        .with_timeout(remote.request_time.0)
        .with_connect_timeout(remote.connect_time.0)
        .with_allow_http(plain(binding))
}

/// True when the operator's own endpoint is not encrypted.
pub(crate) fn plain(binding: &BindingConfig) -> bool {
    let begins = |text: &str| text.get(..7).is_some_and(|head| head.eq_ignore_ascii_case("http://"));
    binding.endpoint.as_deref().is_some_and(begins) || begins(&binding.prefix)
}

fn retry(remote: &RemoteConfig) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: remote.retries,
        retry_timeout: remote.retry_time.0,
    }
}

/// A secret that is sent in the head of requests.
fn header(secrets: Secrets<'_>, secret: &SecretRef) -> Result<String, String> {
    let text = secrets(secret)?;
    match text.chars().any(|c| c.is_control() || !c.is_ascii()) {
        true => Err("has a secret with characters that no secret of its kind has, such as a line break".to_owned()),
        false => Ok(text),
    }
}

/// What every client of an S3 bucket has, whatever its keys.
pub(crate) fn s3(address: &Address, binding: &BindingConfig, remote: &RemoteConfig, http: impl HttpConnector) -> AmazonS3Builder {
    let virtual_hosted = match (binding.style, &binding.endpoint) {
        (Style::Virtual, _) | (Style::Auto, None) => true,
        (Style::Path, _) | (Style::Auto, Some(_)) => false,
    };
    let builder = AmazonS3Builder::new()
        .with_bucket_name(&address.bucket)
        .with_virtual_hosted_style_request(virtual_hosted)
        .with_region(binding.region.as_deref().unwrap_or("us-east-1"))
        .with_client_options(options(binding, remote))
        .with_http_connector(http)
        .with_retry(retry(remote));
    match &binding.endpoint {
        Some(endpoint) => builder.with_endpoint(hosted(endpoint, &address.bucket, binding.style)),
        None => builder,
    }
}

fn own_s3(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    secrets: Secrets<'_>,
) -> Result<Arc<dyn ObjectStore>, String> {
    let builder = s3(address, binding, remote, Connector::new(remote, plain(binding)));
    let builder = match &binding.credentials {
        Credentials::Anonymous => builder.with_skip_signature(true),
        Credentials::Keys { access_key_id, secret_access_key, session_token } => {
            let builder = builder
                .with_access_key_id(header(secrets, access_key_id)?)
                .with_secret_access_key(header(secrets, secret_access_key)?);
            match session_token {
                Some(token) => builder.with_token(header(secrets, token)?),
                None => builder,
            }
        }
        Credentials::WebIdentity { role, token_file, sts_endpoint } => {
            let builder = builder
                .with_config(AmazonS3ConfigKey::RoleArn, role)
                .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, token_file.to_string_lossy());
            match sts_endpoint {
                Some(endpoint) => builder.with_config(AmazonS3ConfigKey::StsEndpoint, endpoint),
                None => builder,
            }
        }
        // Only an instance is left: what does not fit was refused.
        _ => match &binding.metadata_endpoint {
            Some(endpoint) => builder.with_metadata_endpoint(endpoint),
            None => builder,
        },
    };
    builder.build().map(|store| Arc::new(store) as _).map_err(|cause| cause.to_string())
}

/// The endpoint as the client wants it: with the bucket in the host where requests are to go there.
fn hosted(endpoint: &str, bucket: &str, style: Style) -> String {
    match (style, endpoint.split_once("://")) {
        (Style::Virtual, Some((scheme, host))) => format!("{scheme}://{bucket}.{host}"),
        _ => endpoint.to_owned(),
    }
}

/// What every client of an Azure container has, whatever its keys.
pub(crate) fn azure(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    http: impl HttpConnector,
) -> MicrosoftAzureBuilder {
    let (account, container) = address.bucket.split_once('/').unwrap_or((&address.bucket, ""));
    let builder = MicrosoftAzureBuilder::new()
        .with_account(account)
        .with_container_name(container)
        .with_client_options(options(binding, remote))
        .with_http_connector(http)
        .with_retry(retry(remote));
    match &binding.endpoint {
        Some(endpoint) => builder.with_endpoint(endpoint.clone()),
        None => builder,
    }
}

/// The parts of a shared access signature.
pub(crate) fn pairs(sas: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(sas.trim_start_matches('?').as_bytes()).into_owned().collect()
}

fn own_azure(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    secrets: Secrets<'_>,
) -> Result<Arc<dyn ObjectStore>, String> {
    let builder = azure(address, binding, remote, Connector::new(remote, plain(binding)));
    let builder = match &binding.credentials {
        Credentials::Anonymous => builder.with_skip_signature(true),
        Credentials::AccountKey(account_key) => builder.with_access_key(header(secrets, account_key)?),
        Credentials::Sas(sas) => builder.with_sas_authorization(pairs(&header(secrets, sas)?)),
        Credentials::Client { tenant_id, client_id, client_secret } => {
            builder.with_client_secret_authorization(client_id, header(secrets, client_secret)?, tenant_id)
        }
        Credentials::WorkloadIdentity { tenant_id, client_id, token_file } => builder
            .with_tenant_id(tenant_id)
            .with_client_id(client_id)
            .with_federated_token_file(token_file.to_string_lossy()),
        _ => builder.with_credentials(Arc::new(Instance::azure(remote, binding.metadata_endpoint.as_deref())?)),
    };
    builder.build().map(|store| Arc::new(store) as _).map_err(|cause| cause.to_string())
}

/// What every client of a bucket of Google's has, whatever its keys.
pub(crate) fn gcs(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    http: impl HttpConnector,
) -> GoogleCloudStorageBuilder {
    let builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&address.bucket)
        .with_client_options(options(binding, remote))
        .with_http_connector(http)
        .with_retry(retry(remote));
    match &binding.endpoint {
        Some(endpoint) => builder.with_base_url(endpoint),
        None => builder,
    }
}

fn own_gcs(
    address: &Address,
    binding: &BindingConfig,
    remote: &RemoteConfig,
    secrets: Secrets<'_>,
) -> Result<Arc<dyn ObjectStore>, String> {
    let builder = gcs(address, binding, remote, Connector::new(remote, plain(binding)));
    let builder = match &binding.credentials {
        // Without credentials the client would take those of whoever is logged in on this machine.
        Credentials::Anonymous => {
            let nobody = StaticCredentialProvider::new(GcpCredential { bearer: String::new() });
            builder.with_skip_signature(true).with_credentials(Arc::new(nobody))
        }
        Credentials::ServiceAccount(service_account) => builder.with_service_account_key(secrets(service_account)?),
        _ => builder.with_credentials(Arc::new(Instance::google(remote, binding.metadata_endpoint.as_deref())?)),
    };
    builder.build().map(|store| Arc::new(store) as _).map_err(|cause| match &binding.credentials {
        // What is wrong with a key is said with parts of it.
        Credentials::ServiceAccount(_) => "has in `service_account` no key of a service account, as JSON".to_owned(),
        _ => cause.to_string(),
    })
}

fn http(address: &Address, binding: &BindingConfig, remote: &RemoteConfig) -> Result<Arc<dyn ObjectStore>, String> {
    HttpBuilder::new()
        .with_url(&address.bucket)
        .with_client_options(options(binding, remote))
        .with_http_connector(Connector::new(remote, plain(binding)))
        .with_retry(retry(remote))
        .build()
        .map(|store| Arc::new(store) as _)
        .map_err(|cause| cause.to_string())
}
