//! Opened tables, kept for as long as they may be stale.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use object_store::path::Path;
use weft_catalog::target::Target;
use weft_model::contract::{Format, SchemaObject, Server};
use weft_model::name::DomainName;
use weft_model::report::{Kind, Report};
use weft_port::error::Error;
use weft_port::location::PortLocation;
use weft_port::reader::{AsOf, Kept, PortReader};
use weft_scan::footer::FooterCache;
use weft_scan::open_port::OpenPort;
use weft_storage::storage::Storage;

use crate::limits::Limits;

/// Where the data of one table of one server of a domain's contract lies.
///
/// # Errors
/// When storage refuses the location.
pub fn located(
    storage: &Storage,
    domain: &DomainName,
    server: &Server,
    object: &SchemaObject,
) -> Result<PortLocation, weft_storage::error::Error> {
    let place = storage.open(domain, server, object)?;
    let below = place.prefix.clone();
    let granted = place.clone();
    let keep = place.glob.map(|glob| Arc::new(move |file: &Path| glob.matches(&below, file)) as Arc<Keep>);
    Ok(PortLocation {
        store: place.store,
        binding: place.binding,
        path: place.prefix,
        metadata: server.metadata_location.clone(),
        keep,
        inside: Arc::new(move |address| granted.inside(address)),
        hive: server.hive_partitioning,
        coalesce: place.coalesce,
        spelled: Arc::from(server.location_of(object)),
    })
}

/// Chooses files by path.
type Keep = dyn Fn(&Path) -> bool + Send + Sync;

/// Opens tables: storage says where, the format's reader says what.
pub struct Ports {
    storage: Arc<Storage>,
    readers: HashMap<&'static str, Arc<dyn PortReader>>,
    environments: Vec<String>,
    formats: Vec<Format>,
    footers: Arc<FooterCache>,
    opened: Cache<PortKey, Arc<OpenPort>>,
    snapshot_time: Duration,
    snapshot_time_max: Duration,
    asked: AtomicU64,
    read: AtomicU64,
}

/// Tells opened tables apart: nothing about the caller is in it, since nothing below the seal depends on one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PortKey {
    binding: Arc<str>,
    location: Arc<str>,
    format: &'static str,
    /// The contract's table, by address: a reloaded contract is another.
    object: usize,
    as_of: AsOf,
    /// How long it is used before it is looked at again.
    time: Duration,
}

/// Each opened table has its own time.
struct Staleness;

impl Expiry<PortKey, Arc<OpenPort>> for Staleness {
    fn expire_after_create(&self, key: &PortKey, _: &Arc<OpenPort>, _: Instant) -> Option<Duration> {
        Some(key.time)
    }
}

/// Why a table could not be opened. For the log and for owners; a client gets a reference.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unopened {
    /// No server of the contract can be read here.
    #[error("no server of the contract is readable in this environment")]
    NoServer,
    /// Storage refused the location.
    #[error(transparent)]
    Storage(Arc<weft_storage::error::Error>),
    /// The data cannot be read, or does not fit its contract.
    #[error(transparent)]
    Port(Arc<Error>),
}

impl Unopened {
    /// True when the storage did not give what it has, which may be otherwise the next time.
    #[must_use]
    pub fn passing(&self) -> bool {
        let kind = match self {
            Self::NoServer => return false,
            Self::Storage(cause) => cause.code().kind,
            Self::Port(cause) => cause.code().kind,
        };
        kind == Kind::Unavailable
    }
}

impl Ports {
    /// Puts storage and readers together.
    #[must_use]
    pub fn new(
        storage: Arc<Storage>,
        readers: Vec<Arc<dyn PortReader>>,
        environments: Vec<String>,
        footers: Arc<FooterCache>,
        limits: &Limits,
    ) -> Self {
        let opened = Cache::builder()
            .weigher(|key: &PortKey, port: &Arc<OpenPort>| {
                u32::try_from(key.location.len() + port.held()).unwrap_or(u32::MAX)
            })
            .max_capacity(limits.snapshots)
            .expire_after(Staleness)
            .build();
        let formats = readers.iter().map(|reader| Format::parse(reader.format())).collect();
        let readers = readers.into_iter().map(|reader| (reader.format(), reader)).collect();
        let (asked, read) = (AtomicU64::new(0), AtomicU64::new(0));
        let Limits { snapshot_time, snapshot_time_max, .. } = *limits;
        Self { storage, readers, environments, formats, footers, opened, snapshot_time, snapshot_time_max, asked, read }
    }

    /// How often a table was asked for.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// How often one was opened anew.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes of opened tables.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.opened.weighted_size()
    }

    /// What readers keep of the metadata of tables, all formats together.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.readers.values().map(|reader| reader.kept()).fold(Kept::default(), Kept::and)
    }

    /// The footer cache, for metrics.
    #[must_use]
    pub fn footers(&self) -> &Arc<FooterCache> {
        &self.footers
    }

    /// Opens a table as it is, as it was, or as it was pinned; callers that ask at the same time share one opening. A pin
    /// holds where the newest is asked for, or that of a time, and the format keeps older versions.
    ///
    /// # Errors
    /// [`Unopened`]; failures are not kept.
    pub async fn open(&self, target: &Target, as_of: &AsOf, pin: Option<&str>) -> Result<Arc<OpenPort>, Arc<Unopened>> {
        let port = self.open_as_of(target, as_of).await?;
        let moves = matches!(as_of, AsOf::Latest | AsOf::Timestamp(_));
        match pin.filter(|pin| moves && *pin != port.version()).map(str::parse) {
            Some(Ok(version)) if port.keeps_history() => self.open_as_of(target, &AsOf::Version(version)).await,
            _ => Ok(port),
        }
    }

    async fn open_as_of(&self, target: &Target, as_of: &AsOf) -> Result<Arc<OpenPort>, Arc<Unopened>> {
        let (reader, at, server) = self.locate(target)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let theirs = server.max_staleness.map(|seconds| Duration::from_secs(seconds.into()).min(self.snapshot_time_max));
        let key = PortKey {
            binding: Arc::clone(&at.binding),
            location: Arc::from(at.path.as_ref()),
            format: reader.format(),
            object: Arc::as_ptr(&target.object).addr(),
            as_of: as_of.clone(),
            time: theirs.unwrap_or(self.snapshot_time),
        };
        self.opened.try_get_with(key, self.read(target, reader.as_ref(), at, as_of)).await
    }

    /// Opens a table as it is now, whatever was opened before.
    ///
    /// # Errors
    /// [`Unopened`].
    pub async fn open_newest(&self, target: &Target) -> Result<Arc<OpenPort>, Unopened> {
        let (reader, at, _) = self.locate(target)?;
        self.read(target, reader.as_ref(), at, &AsOf::Latest).await
    }

    /// Who reads a table, where it lies, and what its contract says of that.
    fn locate<'a>(&self, target: &'a Target) -> Result<(&Arc<dyn PortReader>, PortLocation, &'a Server), Unopened> {
        let server = self.server(target).ok_or(Unopened::NoServer)?;
        let reader = self.readers.get(server.format.as_str()).ok_or(Unopened::NoServer)?;
        let domain = &target.product.name.domain;
        let at = located(&self.storage, domain, server, &target.object).map_err(|e| Unopened::Storage(Arc::new(e)))?;
        Ok((reader, at, server))
    }

    async fn read(
        &self,
        target: &Target,
        reader: &dyn PortReader,
        at: PortLocation,
        as_of: &AsOf,
    ) -> Result<Arc<OpenPort>, Unopened> {
        self.read.fetch_add(1, Ordering::Relaxed);
        OpenPort::open(reader, at, as_of, Arc::clone(&target.object), Arc::clone(&self.footers))
            .await
            .map(Arc::new)
            .map_err(|e| Unopened::Port(Arc::new(e)))
    }

    /// The server to read: environments in their order, then a format that can be read, then the contract's order.
    fn server<'a>(&self, target: &'a Target) -> Option<&'a Server> {
        weft_catalog::server::choose_server(&target.port.contract, &self.environments, &self.formats)
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").field("environments", &self.environments).finish_non_exhaustive()
    }
}
