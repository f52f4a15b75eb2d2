//! From one server of a contract to a store that reaches its files and no others.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use weft_model::contract::{SchemaObject, Server, ServerKind};
use weft_model::name::DomainName;

use crate::binding::{Binding, Pattern};
use crate::config::{BindingConfig, StorageConfig};
use crate::error::Error;
use crate::fault::Fault;
use crate::glob::Glob;
use crate::jail::{Jail, Refusal};
use crate::jailed::JailedStore;
use crate::location::{self, Location};
use crate::metered::{Meter, metered};
use crate::remote::address::{Address, Service};
use crate::remote::client::{Secrets, client};
use crate::remote::store::RemoteStore;
use crate::segment;

/// Everything the server may read, divided among domains.
#[derive(Debug)]
pub struct Storage {
    /// The mesh root, then `storage.local_roots` in order.
    roots: Arc<[Root]>,
    bindings: Vec<Binding>,
    /// The clients of bindings in object stores, in their order.
    remotes: Vec<Option<Remote>>,
    coalesce: u64,
    meter: Arc<Meter>,
}

/// A bucket, and what contracts may call its service.
struct Remote {
    bucket: Arc<dyn ObjectStore>,
    endpoint: Option<String>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A folder below which files may lie.
#[derive(Debug)]
struct Root {
    spelled: PathBuf,
    real: PathBuf,
    key: Arc<str>,
}

/// The store of one table, and where in it the table lies.
#[derive(Clone)]
pub struct Opened {
    /// Reads below the granted folder only; counts into the meter of [`Storage`].
    pub store: Arc<dyn ObjectStore>,
    /// Names the granted folder; two stores with one key hold the same files under the same paths.
    pub binding: Arc<str>,
    /// The file or folder inside the store.
    pub prefix: StorePath,
    /// Which files below `prefix` belong to the table, when the contract gives a pattern.
    pub glob: Option<Glob>,
    /// Ranges that lie no further apart than this many bytes are better read in one request.
    pub coalesce: u64,
    /// The granted folder before and after links are resolved.
    granted: [PathBuf; 2],
    roots: Arc<[Root]>,
}

/// The folder a location falls under.
struct Grant {
    /// The folder, links not resolved.
    prefix: PathBuf,
    key: Arc<str>,
    closed: Vec<Pattern>,
    /// The binding, by position.
    binding: Option<usize>,
}

impl Storage {
    /// Reads the configuration; `mesh_root` is the folder that holds the mesh. No binding may need a secret.
    ///
    /// # Errors
    /// As [`Storage::with_secrets`].
    pub fn new(config: StorageConfig, mesh_root: &Path) -> Result<Self, Error> {
        Self::with_secrets(config, mesh_root, &|_| Err("secrets are not read here".to_owned()))
    }

    /// Reads the configuration, and through `secrets` what its credentials name. Asks no object store.
    ///
    /// # Errors
    /// When a root is missing, or a binding is malformed, lies below no root, or has settings that are of no use.
    pub fn with_secrets(config: StorageConfig, mesh_root: &Path, secrets: Secrets<'_>) -> Result<Self, Error> {
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
            remotes.push(match &read.address {
                _ if read.withheld.is_some() => None,
                Some(address) => {
                    let bucket = client(address, binding, &config.remote, secrets).map_err(unusable)?;
                    Some(Remote { bucket, endpoint: binding.endpoint.clone() })
                }
                None if local_only(binding) => None,
                None => return Err(unusable("has settings of an object store, and a folder as its prefix".to_owned())),
            });
            bindings.push(read);
        }
        Ok(Self { roots: roots.into(), bindings, remotes, coalesce: config.remote.coalesce.0, meter: Arc::default() })
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
            Grant { prefix: root.real.clone(), key: Arc::clone(&root.key), closed: Vec::new(), binding: None }
        } else {
            self.grant(&asked, server, &target)?
        };
        let real = grant.prefix.canonicalize().map_err(|error| asked.refused(&Refusal::from(error)))?;
        self.check_granted_folder(&asked, &real)?;
        let prefix = store_path(&grant.prefix, &target).ok_or_else(|| asked.outside())?;
        let jail = Arc::new(Jail::new(real.clone(), grant.closed, Arc::clone(&grant.key)));
        jail.resolve(&prefix).map_err(|refusal| asked.refused(&refusal))?;
        let store = metered(Arc::new(JailedStore::new(jail, Arc::clone(&grant.key))), Arc::clone(&self.meter));
        let granted = [grant.prefix, real];
        Ok(Opened { store, binding: grant.key, prefix, glob: location.glob, coalesce: 0, granted, roots: Arc::clone(&self.roots) })
    }

    /// The store of a location in an object store: only a binding leads there.
    fn open_remote(&self, asked: &Asked<'_>, server: &Server, service: Service) -> Result<Opened, Error> {
        let address = Address::parse(asked.spelled).map_err(|fault| asked.malformed(fault))?;
        if address.service != service {
            return Err(asked.malformed(Fault::Scheme));
        }
        let target = address.place();
        let grant = self.grant(asked, server, &target)?;
        let binding = grant.binding.and_then(|at| self.bindings.get(at));
        if let Some((binding, file)) = binding.and_then(|binding| Some((binding, binding.withheld.as_ref()?))) {
            return Err(Error::BindingWithheld { binding: Arc::clone(&binding.name), file: Arc::clone(file) });
        }
        let remote = grant.binding.and_then(|at| self.remotes.get(at)).and_then(Option::as_ref);
        let (Some(binding), Some(remote)) = (binding, remote) else { return Err(asked.outside()) };
        if server.endpoint.as_deref().is_some_and(|named| !same_endpoint(named, remote.endpoint.as_deref(), service)) {
            return Err(Error::Endpoint { server: Arc::clone(&server.name), binding: Arc::clone(&binding.name) });
        }
        let prefix = store_path(&grant.prefix, &target).ok_or_else(|| asked.outside())?;
        let bucket = Arc::clone(&remote.bucket);
        let name = Arc::clone(&grant.key);
        let store = RemoteStore::new(bucket, address.bucket_place(), &grant.prefix, grant.closed, name)
            .ok_or_else(|| asked.outside())?;
        Ok(Opened {
            store: metered(Arc::new(store), Arc::clone(&self.meter)),
            binding: grant.key,
            prefix,
            glob: address.glob,
            coalesce: self.coalesce,
            granted: [grant.prefix.clone(), grant.prefix],
            roots: Arc::clone(&self.roots),
        })
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

    /// The binding with the longest prefix that covers a path decides alone.
    fn grant(&self, asked: &Asked<'_>, server: &Server, target: &Path) -> Result<Grant, Error> {
        let domain = asked.domain.as_str();
        if let Some(wanted) = &server.binding
            && !self.bindings.iter().any(|binding| binding.name == *wanted && binding.grants(domain, None))
        {
            return Err(asked.unavailable(wanted));
        }
        let covering: Vec<_> =
            self.bindings.iter().filter_map(|binding| Some((binding, binding.pattern.covers(target)?))).collect();
        let closest = covering.iter().map(|(binding, _)| binding.pattern.rank()).max();
        let chosen = covering
            .into_iter()
            .filter(|(binding, _)| Some(binding.pattern.rank()) == closest)
            .filter(|(binding, captured)| binding.grants(domain, *captured))
            .find(|(binding, _)| server.binding.as_ref().is_none_or(|wanted| binding.name == *wanted))
            .map(|(binding, _)| binding)
            .ok_or_else(|| asked.outside())?;
        Ok(Grant {
            prefix: chosen.pattern.prefix(domain),
            key: Arc::from(format!("{}@{}", chosen.name, chosen.spelled.replace(location::DOMAIN, domain))),
            closed: self.bindings.iter().map(|binding| binding.pattern.resolved()).collect(),
            binding: self.bindings.iter().position(|binding| std::ptr::eq(binding, chosen)),
        })
    }

    /// The granted folder may itself be reached through links: where it really lies has to be below a root, and
    /// under bindings that grant it to this domain.
    fn check_granted_folder(&self, asked: &Asked<'_>, real: &Path) -> Result<(), Error> {
        if !self.roots.iter().any(|root| real.starts_with(&root.real)) {
            return Err(asked.outside());
        }
        if self.bindings.is_empty() {
            return Ok(());
        }
        let resolved: Vec<_> = self.bindings.iter().map(|binding| (binding, binding.pattern.resolved())).collect();
        let closest =
            resolved.iter().filter(|(_, pattern)| pattern.covers(real).is_some()).map(|(_, p)| p.rank()).max();
        let granted =
            resolved.iter().filter(|(_, pattern)| Some(pattern.rank()) == closest).any(|(binding, pattern)| {
                pattern.covers(real).is_some_and(|captured| binding.grants(asked.domain.as_str(), captured))
            });
        if granted { Ok(()) } else { Err(asked.outside()) }
    }
}

impl Root {
    fn new(spelled: &Path, key: String, what: impl Fn() -> String) -> Result<Self, Error> {
        match spelled.canonicalize() {
            Ok(real) if real.is_dir() => Ok(Self { spelled: spelled.to_owned(), real, key: Arc::from(key) }),
            _ => Err(Error::RootMissing { what: what() }),
        }
    }
}

impl Opened {
    /// The path inside the store of a file that table metadata names by an absolute path or an address, taken as it
    /// stands. `None` when it lies outside of the granted folder; that such a path exists says nothing yet, the store
    /// checks it when it is read.
    #[must_use]
    pub fn inside(&self, address: &str) -> Option<StorePath> {
        if Address::is_one(address) {
            // Places of object stores are no paths of this machine: what is granted here is one or the other.
            let address = Address::parse(address).ok().filter(|address| address.glob.is_none())?;
            return self.granted.iter().find_map(|granted| store_path(granted, &address.place()));
        }
        let names = location::absolute_names(address)?;
        let path = Path::new("/").join(names.join("/"));
        let rerooted =
            self.roots.iter().filter_map(|root| Some(root.real.join(path.strip_prefix(&root.spelled).ok()?)));
        std::iter::once(path.clone())
            .chain(rerooted)
            .find_map(|path| self.granted.iter().find_map(|granted| store_path(granted, &path)))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("binding", &self.binding)
            .field("prefix", &self.prefix)
            .field("glob", &self.glob)
            .finish_non_exhaustive()
    }
}

/// What a contract asks for, for errors about it.
struct Asked<'a> {
    domain: &'a DomainName,
    spelled: &'a str,
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

/// The root a location lies below and its path there; `None` when it lies below none.
fn place<'r>(roots: &'r [Root], location: &Location) -> Option<(&'r Root, PathBuf)> {
    let names: PathBuf = location.segments.iter().collect();
    if !location.absolute {
        let mesh = roots.first()?;
        return Some((mesh, mesh.real.join(names)));
    }
    let path = Path::new("/").join(names);
    let below = |root: &'r Root| {
        let rest = path.strip_prefix(&root.spelled).or_else(|_| path.strip_prefix(&root.real)).ok()?;
        Some((root, root.real.join(rest)))
    };
    roots.iter().filter_map(below).max_by_key(|(root, _)| root.real.components().count())
}

/// The path of a file inside a store over a folder; `None` when it lies elsewhere.
fn store_path(folder: &Path, path: &Path) -> Option<StorePath> {
    let rest = path.strip_prefix(folder).ok()?;
    StorePath::parse(rest.to_str()?).ok()
}

#[cfg(test)]
mod tests;
