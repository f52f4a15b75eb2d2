//! From one server of a contract to a store that reaches its files and no others.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use weft_model::contract::{SchemaObject, Server, ServerKind};
use weft_model::name::DomainName;

use crate::binding::{Binding, Pattern};
use crate::known::{Catalogs, Known};
use crate::config::{BindingConfig, StorageConfig};
use crate::error::Error;
use crate::fault::Fault;
use crate::glob::Glob;
use crate::jail::{Jail, Refusal};
use crate::jailed::JailedStore;
use crate::location::{self, Location};
use crate::metered::{Meter, metered};
use crate::remote::address::{Address, Service};
use crate::remote::bucket::Bucket;
use crate::remote::client::Secrets;
use crate::remote::lent::Lent;
use crate::opened::Opened;
use crate::remote::store::RemoteStore;
use crate::roots::{Root, place, store_path};
use crate::segment;

/// Everything the server may read, divided among domains.
#[derive(Debug)]
pub struct Storage {
    /// The mesh root, then `storage.local_roots` in order.
    roots: Arc<[Root]>,
    bindings: Vec<Binding>,
    /// The clients of bindings in object stores, in their order.
    remotes: Vec<Option<Remote>>,
    /// The catalogs that say where tables lie.
    pub(crate) catalogs: Vec<Arc<Known>>,
    coalesce: u64,
    meter: Arc<Meter>,
}

/// A bucket, and what contracts may call its service.
struct Remote {
    bucket: Bucket,
    endpoint: Option<String>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The folder a location falls under.
struct Grant {
    /// The folder, links not resolved.
    prefix: PathBuf,
    key: Arc<str>,
    closed: Vec<Pattern>,
    /// The binding, by position.
    binding: Option<usize>,
    /// The catalog whose tables lie there.
    catalog: Option<Arc<str>>,
}

impl Storage {
    /// Reads the configuration; `mesh_root` is the folder that holds the mesh. No binding may need a secret.
    ///
    /// # Errors
    /// As [`Storage::with_secrets`].
    pub fn new(config: StorageConfig, mesh_root: &Path) -> Result<Self, Error> {
        Self::with_secrets(config, mesh_root, &|_| Err("secrets are not read here".to_owned()), Catalogs::default())
    }

    /// Reads the configuration, and through `secrets` what its credentials name; `catalogs` are the clients of its catalogs,
    /// by name. Asks no object store and no catalog.
    ///
    /// # Errors
    /// When a root is missing, or a binding is malformed, lies below no root, or has settings that are of no use.
    pub fn with_secrets(
        config: StorageConfig,
        mesh_root: &Path,
        secrets: Secrets<'_>,
        catalogs: Catalogs,
    ) -> Result<Self, Error> {
        let mut roots = vec![Root::new(mesh_root, "mesh".to_owned(), || "the mesh root".to_owned())?];
        for (at, root) in config.local_roots.iter().enumerate() {
            let position = at + 1;
            if !root.is_absolute() {
                return Err(Error::RootRelative { position });
            }
            let what = || format!("entry {position} of `storage.local_roots`");
            roots.push(Root::new(root, format!("root-{position}"), what)?);
        }
        let mut bindings: Vec<Binding> = Vec::with_capacity(config.bindings.len());
        let mut remotes = Vec::with_capacity(config.bindings.len());
        for binding in &config.bindings {
            if bindings.iter().any(|earlier| *earlier.name == *binding.name) {
                return Err(Error::BindingTwice { binding: binding.name.clone() });
            }
            let read = Binding::new(binding, |location| place(&roots, location).map(|(_, path)| path))?;
            let unusable = |cause| Error::BindingUnusable { binding: binding.name.clone(), cause };
            if let Some(catalog) = &binding.catalog
                && !config.catalogs.iter().any(|known| known.name == *catalog)
            {
                return Err(unusable(format!("is of catalog `{catalog}`, which `storage.catalogs` does not have")));
            }
            remotes.push(match &read.address {
                _ if read.withheld.is_some() => None,
                Some(address) => {
                    let bucket = Bucket::new(address, binding, &config.remote, secrets).map_err(unusable)?;
                    Some(Remote { bucket, endpoint: binding.endpoint.clone() })
                }
                None if local_only(binding) => None,
                None => return Err(unusable("has settings of an object store, and a folder as its prefix".to_owned())),
            });
            bindings.push(read);
        }
        let catalogs = Known::all(config.catalogs, catalogs)?;
        let coalesce = config.remote.coalesce.0;
        Ok(Self { roots: roots.into(), bindings, remotes, catalogs, coalesce, meter: Arc::default() })
    }

    /// Requests and bytes of every store opened here.
    #[must_use]
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// True when no binding divides the roots, so that every domain may name every file below them.
    #[must_use]
    pub fn undivided(&self) -> bool {
        self.bindings.is_empty()
    }

    /// The jailed store and the path (file, folder or pattern) inside it for one table of one server of a domain's
    /// contract. Asks the disk a few times, to resolve links; reads no file.
    ///
    /// # Errors
    /// When the server is of a kind this version does not read, the location is malformed, lies outside of what the
    /// domain may use, or does not exist.
    pub fn open(&self, domain: &DomainName, server: &Server, object: &SchemaObject) -> Result<Opened, Error> {
        let service = service(server)?;
        let spelled = server.location_of(object);
        let asked = Asked { domain, spelled: &spelled };
        segment::check(domain.as_str()).map_err(|_| asked.malformed(Fault::DomainName))?;
        if let Some(service) = service {
            return self.open_remote(&asked, server, service);
        }
        let location = Location::parse(&spelled).map_err(|fault| asked.malformed(fault))?;
        self.check_spelling(&location).map_err(|fault| asked.malformed(fault))?;
        let (root, target) = place(&self.roots, &location).ok_or_else(|| asked.outside())?;
        let grant = if self.bindings.is_empty() {
            if let Some(binding) = &server.binding {
                return Err(asked.unavailable(binding));
            }
            let (prefix, key) = (root.real.clone(), Arc::clone(&root.key));
            Grant { prefix, key, closed: Vec::new(), binding: None, catalog: None }
        } else {
            self.grant(&asked, server.binding.as_ref(), &target, None)?
        };
        self.open_local(&asked, grant, &target, location.glob)
    }

    /// The store over a granted folder of this machine.
    fn open_local(&self, asked: &Asked<'_>, grant: Grant, target: &Path, glob: Option<Glob>) -> Result<Opened, Error> {
        let real = grant.prefix.canonicalize().map_err(|error| asked.refused(&Refusal::from(error)))?;
        self.check_granted_folder(asked, &real, grant.catalog.as_deref())?;
        let prefix = store_path(&grant.prefix, target).ok_or_else(|| asked.outside())?;
        let jail = Arc::new(Jail::new(real.clone(), grant.closed, Arc::clone(&grant.key)));
        jail.resolve(&prefix).map_err(|refusal| asked.refused(&refusal))?;
        let store = metered(Arc::new(JailedStore::new(jail, Arc::clone(&grant.key))), Arc::clone(&self.meter));
        Ok(self.opened(store, grant.key, prefix, glob, 0, [grant.prefix, real]))
    }

    fn opened(
        &self,
        store: Arc<dyn ObjectStore>,
        binding: Arc<str>,
        prefix: StorePath,
        glob: Option<Glob>,
        coalesce: u64,
        granted: [PathBuf; 2],
    ) -> Opened {
        let (metadata, restrictions, roots) = (None, None, Arc::clone(&self.roots));
        Opened { store, binding, prefix, glob, coalesce, metadata, restrictions, granted, roots }
    }

    /// The store of a location in an object store: only a binding leads there.
    fn open_remote(&self, asked: &Asked<'_>, server: &Server, service: Service) -> Result<Opened, Error> {
        let address = Address::parse(asked.spelled).map_err(|fault| asked.malformed(fault))?;
        if address.service != service {
            return Err(asked.malformed(Fault::Scheme));
        }
        let grant = self.grant(asked, server.binding.as_ref(), &address.place(), None)?;
        let (binding, remote) = self.remote(asked, &grant)?;
        if server.endpoint.as_deref().is_some_and(|named| !same_endpoint(named, remote.endpoint.as_deref(), service)) {
            return Err(Error::Endpoint { server: Arc::clone(&server.name), binding: Arc::clone(&binding.name) });
        }
        let bucket = remote.bucket.own().ok_or_else(|| asked.outside())?;
        self.open_bucket(asked, grant, &address, bucket)
    }

    /// The binding that a grant is of, and the client of its bucket.
    fn remote(&self, asked: &Asked<'_>, grant: &Grant) -> Result<(&Binding, &Remote), Error> {
        let binding = grant.binding.and_then(|at| self.bindings.get(at)).ok_or_else(|| asked.outside())?;
        if let Some(file) = &binding.withheld {
            return Err(Error::BindingWithheld { binding: Arc::clone(&binding.name), file: Arc::clone(file) });
        }
        let remote = grant.binding.and_then(|at| self.remotes.get(at)).and_then(Option::as_ref);
        Ok((binding, remote.ok_or_else(|| asked.outside())?))
    }

    /// The store over a granted prefix of a bucket.
    fn open_bucket(
        &self,
        asked: &Asked<'_>,
        grant: Grant,
        address: &Address,
        bucket: Arc<dyn ObjectStore>,
    ) -> Result<Opened, Error> {
        let prefix = store_path(&grant.prefix, &address.place()).ok_or_else(|| asked.outside())?;
        let name = Arc::clone(&grant.key);
        let store = RemoteStore::new(bucket, address.bucket_place(), &grant.prefix, grant.closed, name)
            .ok_or_else(|| asked.outside())?;
        let store = metered(Arc::new(store), Arc::clone(&self.meter));
        let granted = [grant.prefix.clone(), grant.prefix];
        Ok(self.opened(store, grant.key, prefix, address.glob.clone(), self.coalesce, granted))
    }

    /// A place has one spelling: weft-policy joins the labels of columns that lie in one place, and knows it by its
    /// spelling.
    fn check_spelling(&self, location: &Location) -> Result<(), Fault> {
        if !location.absolute {
            return if location.segments.is_empty() { Err(Fault::WholeMesh) } else { Ok(()) };
        }
        let path = Path::new("/").join(location.segments.iter().collect::<PathBuf>());
        let within = |root: &Root| path.starts_with(&root.spelled) || path.starts_with(&root.real);
        if self.roots.first().is_some_and(within) {
            return Err(Fault::InsideMesh);
        }
        let otherwise = |root: &Root| path.starts_with(&root.real) && !path.starts_with(&root.spelled);
        if self.roots.iter().any(otherwise) { Err(Fault::RootSpelling) } else { Ok(()) }
    }

    /// The binding with the longest prefix that covers a path decides alone. `manager` is the catalog that says where the
    /// table lies: what lies where a catalog's tables do is opened by that catalog and by nobody else.
    fn grant(
        &self,
        asked: &Asked<'_>,
        named: Option<&Arc<str>>,
        target: &Path,
        manager: Option<&str>,
    ) -> Result<Grant, Error> {
        let domain = asked.domain.as_str();
        if let Some(wanted) = named
            && !self.bindings.iter().any(|binding| binding.name == *wanted && binding.grants(domain, None))
        {
            return Err(asked.unavailable(wanted));
        }
        let covering: Vec<_> =
            self.bindings.iter().filter_map(|binding| Some((binding, binding.pattern.covers(target)?))).collect();
        let closest = covering.iter().map(|(binding, _)| binding.pattern.rank()).max();
        let closest: Vec<_> =
            covering.into_iter().filter(|(binding, _)| Some(binding.pattern.rank()) == closest).collect();
        let chosen = closest
            .iter()
            .filter(|(binding, captured)| binding.grants(domain, *captured))
            .find(|(binding, _)| named.is_none_or(|wanted| binding.name == *wanted))
            .map(|(binding, _)| *binding)
            .ok_or_else(|| asked.outside())?;
        if let Some((other, _)) = closest.iter().find(|(binding, _)| binding.catalog.as_deref() != manager) {
            return Err(match (&other.catalog, manager) {
                (Some(catalog), None) => {
                    Error::Managed { location: asked.spelled.to_owned(), catalog: Arc::clone(catalog) }
                }
                _ => asked.outside(),
            });
        }
        Ok(Grant {
            prefix: chosen.pattern.prefix(domain),
            key: Arc::from(format!("{}@{}", chosen.name, chosen.spelled.replace(location::DOMAIN, domain))),
            closed: self.bindings.iter().map(|binding| binding.pattern.resolved()).collect(),
            binding: self.bindings.iter().position(|binding| std::ptr::eq(binding, chosen)),
            catalog: chosen.catalog.clone(),
        })
    }

    /// The granted folder may itself be reached through links: where it really lies has to be below a root, and
    /// under bindings that grant it to this domain, of the same catalog.
    fn check_granted_folder(&self, asked: &Asked<'_>, real: &Path, manager: Option<&str>) -> Result<(), Error> {
        if !self.roots.iter().any(|root| real.starts_with(&root.real)) {
            return Err(asked.outside());
        }
        if self.bindings.is_empty() {
            return Ok(());
        }
        let resolved: Vec<_> = self.bindings.iter().map(|binding| (binding, binding.pattern.resolved())).collect();
        let closest =
            resolved.iter().filter(|(_, pattern)| pattern.covers(real).is_some()).map(|(_, p)| p.rank()).max();
        let mut covering = resolved
            .iter()
            .filter(|(_, pattern)| Some(pattern.rank()) == closest)
            .filter_map(|(binding, pattern)| Some((binding, pattern.covers(real)?)));
        let alike = covering.clone().all(|(binding, _)| binding.catalog.as_deref() == manager);
        let granted = covering.any(|(binding, captured)| binding.grants(asked.domain.as_str(), captured));
        if granted && alike { Ok(()) } else { Err(asked.outside()) }
    }

    /// What makes clients of lent keys for what lies at an address, if a binding of the catalog says so.
    pub(crate) fn lending(&self, domain: &DomainName, address: &Address, manager: &str) -> Option<&Lent> {
        let asked = Asked { domain, spelled: "" };
        let grant = self.grant(&asked, None, &address.place(), Some(manager)).ok()?;
        match &self.remote(&asked, &grant).ok()?.1.bucket {
            Bucket::Lent(lent) => Some(lent),
            Bucket::Own(_) => None,
        }
    }

    /// The store of a table that a catalog says lies at `location`; `lent` is the client of its bucket, where the binding has
    /// it made of keys that are lent.
    pub(crate) fn open_managed(
        &self,
        domain: &DomainName,
        location: &str,
        manager: &str,
        lent: Option<Arc<dyn ObjectStore>>,
    ) -> Result<Opened, Error> {
        let asked = Asked { domain, spelled: location };
        segment::check(domain.as_str()).map_err(|_| asked.malformed(Fault::DomainName))?;
        if Address::is_one(location) {
            let address = Address::parse(location).map_err(|fault| asked.malformed(fault))?;
            if address.glob.is_some() {
                return Err(asked.malformed(Fault::Wildcard));
            }
            let grant = self.grant(&asked, None, &address.place(), Some(manager))?;
            let (_, remote) = self.remote(&asked, &grant)?;
            let bucket = remote.bucket.own().or(lent).ok_or_else(|| asked.outside())?;
            return self.open_bucket(&asked, grant, &address, bucket);
        }
        let names = location::absolute_names(location).ok_or_else(|| asked.malformed(Fault::Scheme))?;
        let segments = names.into_iter().map(str::to_owned).collect();
        let place = place(&self.roots, &Location { absolute: true, segments, glob: None });
        let (_, target) = place.ok_or_else(|| asked.outside())?;
        let grant = self.grant(&asked, None, &target, Some(manager))?;
        self.open_local(&asked, grant, &target, None)
    }
}

/// What a contract asks for, for errors about it.
pub(crate) struct Asked<'a> {
    pub(crate) domain: &'a DomainName,
    pub(crate) spelled: &'a str,
}

impl Asked<'_> {
    fn malformed(&self, fault: Fault) -> Error {
        Error::LocationMalformed { location: self.spelled.to_owned(), fault }
    }

    fn outside(&self) -> Error {
        Error::LocationOutside { location: self.spelled.to_owned(), domain: self.domain.to_string() }
    }

    fn unavailable(&self, binding: &Arc<str>) -> Error {
        Error::BindingUnavailable { binding: Arc::clone(binding), domain: self.domain.to_string() }
    }

    fn refused(&self, refusal: &Refusal) -> Error {
        let location = self.spelled.to_owned();
        match refusal {
            Refusal::Missing | Refusal::Kind => Error::LocationMissing { location },
            Refusal::Outside => self.outside(),
            Refusal::Disk(error) => {
                tracing::warn!(%location, %error, "a location could not be looked at");
                Error::LocationUnreadable { location }
            }
        }
    }
}

/// The service that a server is on; `None` for local files.
fn service(server: &Server) -> Result<Option<Service>, Error> {
    let kind: Arc<str> = match &server.kind {
        ServerKind::Local => return Ok(None),
        ServerKind::S3 => return Ok(Some(Service::S3)),
        ServerKind::Azure => return Ok(Some(Service::Azure)),
        ServerKind::Gcs => return Ok(Some(Service::Gcs)),
        ServerKind::Http => return Ok(Some(Service::Http)),
        ServerKind::WeftSql => return Err(Error::NoFiles { server: Arc::clone(&server.name) }),
        ServerKind::IcebergCatalog => Arc::from("iceberg catalog"),
        ServerKind::Other(kind) => Arc::clone(kind),
    };
    Err(Error::KindUnavailable { server: Arc::clone(&server.name), kind })
}

/// True when a binding of a folder has no settings that only object stores have.
fn local_only(binding: &BindingConfig) -> bool {
    let plain = BindingConfig {
        name: binding.name.clone(),
        prefix: binding.prefix.clone(),
        domains: binding.domains.clone(),
        catalog: binding.catalog.clone(),
        ..BindingConfig::default()
    };
    *binding == plain
}

/// Whether a contract means the endpoint that the operator set. Without one, the cloud's own name for it will do.
fn same_endpoint(named: &str, set: Option<&str>, service: Service) -> bool {
    let plain = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    let named = plain(named);
    match set {
        Some(set) => plain(set) == named,
        None => {
            let host = named.strip_prefix("https://").unwrap_or_default();
            match service {
                Service::S3 => host.starts_with("s3.") && host.ends_with(".amazonaws.com"),
                Service::Gcs => host == "storage.googleapis.com",
                Service::Azure => host.ends_with(".core.windows.net"),
                Service::Http => false,
            }
        }
    }
}

#[cfg(test)]
mod tests;
