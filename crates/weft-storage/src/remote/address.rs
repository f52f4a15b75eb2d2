//! Addresses in object stores, as contracts and bindings spell them.

use std::path::{Path, PathBuf};

use crate::fault::{Fault, LOCATION_BYTES_MAX};
use crate::glob::Glob;
use crate::location::DOMAIN;
use crate::segment;

/// Where addresses stand among local paths, for bindings to compare: no file can be called so.
const OUTSIDE: &str = "/\0remote";

/// The service that an address is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// S3, or what speaks like it.
    S3,
    /// Azure Blob Storage or Data Lake Storage.
    Azure,
    /// Google Cloud Storage.
    Gcs,
    /// Plain HTTP.
    Http,
}

impl Service {
    fn of(scheme: &str) -> Option<Self> {
        Some(match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" | "s3n" => Self::S3,
            "abfs" | "abfss" | "wasb" | "wasbs" | "az" | "azure" => Self::Azure,
            "gs" | "gcs" => Self::Gcs,
            "http" | "https" => Self::Http,
            _ => return None,
        })
    }

    fn folder(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Azure => "azure",
            Self::Gcs => "gcs",
            Self::Http => "http",
        }
    }
}

/// An address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The service.
    pub service: Service,
    /// The bucket; for Azure the account, `/` and the container; for HTTP scheme and host.
    pub bucket: String,
    /// The names below it, before the first wildcard.
    pub segments: Vec<String>,
    /// The rest, when it holds a wildcard.
    pub glob: Option<Glob>,
}

impl Address {
    /// True when a text is an address and no local path.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.trim().split_once("://").is_some_and(|(scheme, _)| Service::of(scheme).is_some())
    }

    /// Reads an address. Names are keys as they stand: nothing is decoded.
    ///
    /// # Errors
    /// When it is not written as it must be.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Self::read(text, None)
    }

    /// Reads the prefix of a binding, which may hold `{domain}`.
    pub(crate) fn parse_prefix(text: &str) -> Result<Self, Fault> {
        let address = Self::read(text, Some(DOMAIN))?;
        if address.glob.is_some() { Err(Fault::Wildcard) } else { Ok(address) }
    }

    fn read(text: &str, placeholder: Option<&str>) -> Result<Self, Fault> {
        if text.len() > LOCATION_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let (scheme, rest) = text.trim().split_once("://").ok_or(Fault::Scheme)?;
        let service = Service::of(scheme).ok_or(Fault::Scheme)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut names: Vec<&str> = Vec::new();
        for name in path.split('/') {
            match name {
                "" | "." => {}
                // A key may not climb, and what would be taken back is not known to be a folder.
                ".." => return Err(Fault::Climbs),
                name => {
                    segment::check(name)?;
                    let bare = placeholder.map(|placeholder| name.replacen(placeholder, "", 1));
                    if bare.as_deref().unwrap_or(name).contains(['{', '}']) {
                        return Err(Fault::Placeholder);
                    }
                    names.push(name);
                }
            }
        }
        if service == Service::Http && path.contains(['?', '#']) {
            return Err(Fault::Character);
        }
        let bucket = match service {
            Service::S3 | Service::Gcs => bucket(authority)?,
            Service::Http => format!("{}://{}", scheme.to_ascii_lowercase(), host(authority)?),
            Service::Azure => container(authority, &mut names)?,
        };
        let wild_from = names.iter().position(|name| Glob::wild(name)).unwrap_or(names.len());
        let (fixed, pattern) = names.split_at_checked(wild_from).unwrap_or_default();
        let glob = if pattern.is_empty() { None } else { Some(Glob::parse(pattern)?) };
        Ok(Self { service, bucket, segments: fixed.iter().map(|name| (*name).to_owned()).collect(), glob })
    }

    /// Where the address stands, for bindings to compare.
    pub(crate) fn place(&self) -> PathBuf {
        let mut place = Path::new(OUTSIDE).join(self.service.folder()).join(self.bucket.replace('/', "\0"));
        place.extend(&self.segments);
        place
    }

    /// The bucket alone, where it stands.
    pub(crate) fn bucket_place(&self) -> PathBuf {
        Path::new(OUTSIDE).join(self.service.folder()).join(self.bucket.replace('/', "\0"))
    }
}

fn bucket(authority: &str) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if authority.is_empty() || !authority.chars().all(plain) || authority.starts_with('.') {
        return Err(Fault::Bucket);
    }
    Ok(authority.to_owned())
}

fn host(authority: &str) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    if authority.is_empty() || !authority.chars().all(plain) {
        return Err(Fault::Bucket);
    }
    Ok(authority.to_ascii_lowercase())
}

/// Account and container, from `container@account.…` or from `account.…/container`.
fn container(authority: &str, names: &mut Vec<&str>) -> Result<String, Fault> {
    let (container, account) = match authority.split_once('@') {
        Some((container, host)) => (container, host),
        None if authority.contains('.') => {
            if names.is_empty() {
                return Err(Fault::Bucket);
            }
            (names.remove(0), authority)
        }
        // Without its account a container could be anybody's.
        None => return Err(Fault::Account),
    };
    let account = account.split('.').next().unwrap_or_default().to_ascii_lowercase();
    Ok(format!("{}/{}", bucket(&account)?, bucket(container)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Service, String, String) {
        let address = Address::parse(text).expect(text);
        (address.service, address.bucket, address.segments.join("/"))
    }

    #[test]
    fn spellings_of_one_place_come_out_alike() {
        let owned = |service, bucket: &str, path: &str| (service, bucket.to_owned(), path.to_owned());
        assert_eq!(read("s3://lake/a//b/./c/"), owned(Service::S3, "lake", "a/b/c"));
        assert_eq!(read("S3A://lake/a"), owned(Service::S3, "lake", "a"));
        assert_eq!(read("gs://lake/k=a%20b"), owned(Service::Gcs, "lake", "k=a%20b"));
        let azure = owned(Service::Azure, "acme/orders", "v2/t");
        for text in [
            "abfss://orders@acme.dfs.core.windows.net/v2/t",
            "abfss://acme.dfs.core.windows.net/orders/v2/t",
            "az://acme.blob.core.windows.net/orders/v2/t",
            "wasbs://orders@ACME.blob.core.windows.net/v2/t",
        ] {
            assert_eq!(read(text), azure, "{text}");
        }
        assert_eq!(read("https://Data.example:8443/x/y.parquet"), owned(Service::Http, "https://data.example:8443", "x/y.parquet"));
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("s3://", Fault::Bucket),
            ("s3:///a", Fault::Bucket),
            ("s3://user:pass@lake/a", Fault::Bucket),
            ("s3://lake/a/../b", Fault::Climbs),
            ("s3://lake/%2e%2e/b", Fault::Disguised),
            ("s3://lake/a\\b", Fault::Character),
            ("s3://lake/{modle}", Fault::Placeholder),
            ("az://orders/v2", Fault::Account),
            ("abfss://acme.dfs.core.windows.net/", Fault::Bucket),
            ("http://h/a?x=1", Fault::Character),
            ("http://user@h/a", Fault::Bucket),
            ("ftp://h/a", Fault::Scheme),
        ] {
            assert_eq!(Address::parse(text), Err(fault), "{text}");
        }
    }
}
