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
use weft_port::location::{Keep, Metadata, PortLocation};
use weft_port::reader::{AsOf, Kept, PortReader};
use weft_scan::footer::FooterCache;
use weft_scan::open_port::OpenPort;
use weft_storage::catalog::TableMetadata;
use weft_storage::known::Catalogued;
use weft_storage::opened::Opened;
use weft_storage::storage::Storage;

use crate::limits::Limits;
use crate::turn::Turn;

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
    let metadata = server.metadata_location.clone().map(Metadata::File);
    Ok(PortLocation { metadata, restrictions: None, ..found(place, server, object) })
}

/// Where a catalog says that the table of a server lies, for Weft itself.
///
/// # Errors
/// When storage refuses the name, the catalog does not say what the table is, or withholds something of it.
pub async fn located_by_catalog(
    storage: &Storage,
    domain: &DomainName,
    server: &Server,
    object: &SchemaObject,
) -> Result<PortLocation, weft_storage::error::Error> {
    match storage.catalogued(domain, server, object, None)? {
        Some(table) => by_catalog(storage, domain, &table, server, object).await,
        None => located(storage, domain, server, object),
    }
}

async fn by_catalog(
    storage: &Storage,
    domain: &DomainName,
    table: &Catalogued,
    server: &Server,
    object: &SchemaObject,
) -> Result<PortLocation, weft_storage::error::Error> {
    let opened = storage.open_catalogued(domain, table).await?;
    Ok(PortLocation { spelled: Arc::from(table.spelled()), ..found(opened, server, object) })
}

/// A place that storage opened, as readers want it.
fn found(mut place: Opened, server: &Server, object: &SchemaObject) -> PortLocation {
    let below = place.prefix.clone();
    // Without the metadata: what is kept of a table finds its files by this.
    let metadata = place.metadata.take();
    let granted = place.clone();
    let keep = place.glob.map(|glob| Arc::new(move |file: &Path| glob.matches(&below, file)) as Arc<Keep>);
    PortLocation {
        store: place.store,
        binding: place.binding,
        path: place.prefix,
        metadata: metadata.map(|metadata| match metadata {
            TableMetadata::File(file) => Metadata::File(file),
            TableMetadata::Text { text, tag } => Metadata::Text { text, tag },
        }),
        keep,
        inside: Arc::new(move |address| granted.inside(address)),
        hive: server.hive_partitioning,
        coalesce: place.coalesce,
        restrictions: place.restrictions,
        spelled: Arc::from(server.location_of(object)),
    }
}

/// Stands for the binding of tables that a catalog finds; no binding is called so.
const CATALOG: &str = "catalog:";

/// Where a table is to be found.
enum Whereabouts {
    /// In files.
    Files(PortLocation),
    /// Where a catalog says, when it is asked.
    Catalog(Catalogued),
}

/// Who reads a table, where it is to be found, and what its contract says of that.
struct Located<'a> {
    reader: &'a Arc<dyn PortReader>,
    at: Whereabouts,
    server: &'a Server,
}

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

/// Tells opened tables apart: nothing about the caller is in it, since nothing below the seal depends on one, but for tables of
/// a catalog that withholds something from one and not from another.
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
    /// Whoever asks lost their turn while a catalog was waited for.
    #[error("{0}")]
    Turn(String),
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
            Self::Turn(_) => return true,
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

    /// What clients of catalogs keep, all together.
    #[must_use]
    pub fn catalogs(&self) -> weft_storage::catalog::Kept {
        self.storage.kept()
    }

    /// The footer cache, for metrics.
    #[must_use]
    pub fn footers(&self) -> &Arc<FooterCache> {
        &self.footers
    }

    /// Opens a table as it is, as it was, or as it was pinned; callers that ask at the same time share one opening. A pin
    /// holds where the newest is asked for, or that of a time, and the format keeps older versions. `caller` is who asks, for
    /// catalogs that have to know; `turn` is given to others for as long as a catalog is waited for.
    ///
    /// # Errors
    /// [`Unopened`]; failures are not kept.
    pub async fn open(
        &self,
        target: &Target,
        as_of: &AsOf,
        pin: Option<&str>,
        caller: Option<&str>,
        turn: &Turn,
    ) -> Result<Arc<OpenPort>, Arc<Unopened>> {
        let port = self.open_as_of(target, as_of, caller, turn).await?;
        let moves = matches!(as_of, AsOf::Latest | AsOf::Timestamp(_));
        match pin.filter(|pin| moves && *pin != port.version()).map(str::parse) {
            Some(Ok(version)) if port.keeps_history() => self.open_as_of(target, &AsOf::Version(version), caller, turn).await,
            _ => Ok(port),
        }
    }

    async fn open_as_of(
        &self,
        target: &Target,
        as_of: &AsOf,
        caller: Option<&str>,
        turn: &Turn,
    ) -> Result<Arc<OpenPort>, Arc<Unopened>> {
        let located = self.locate(target, caller)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let theirs = located.server.max_staleness;
        let theirs = theirs.map(|seconds| Duration::from_secs(seconds.into()).min(self.snapshot_time_max));
        let time = theirs.unwrap_or(self.snapshot_time);
        let (binding, location, time, asks) = match &located.at {
            Whereabouts::Files(at) => (Arc::clone(&at.binding), Arc::from(at.path.as_ref()), time, false),
            // What a catalog says to one caller is for no other: its key tells them apart. And what it withholds is no
            // contract's to put off.
            Whereabouts::Catalog(table) => {
                (Arc::from(CATALOG), Arc::from(table.key()), time.min(self.snapshot_time), true)
            }
        };
        let key = PortKey {
            binding,
            location,
            format: located.reader.format(),
            object: Arc::as_ptr(&target.object).addr(),
            as_of: as_of.clone(),
            time,
        };
        let opened = self.opened.try_get_with(key, self.read(target, located, as_of));
        if !asks {
            return opened.await;
        }
        turn.aside(opened).await.map_err(|cause| Arc::new(Unopened::Turn(cause.to_string())))?
    }

    /// Opens a table as it is now, whatever was opened before, for Weft itself.
    ///
    /// # Errors
    /// [`Unopened`].
    pub async fn open_newest(&self, target: &Target) -> Result<Arc<OpenPort>, Unopened> {
        self.read(target, self.locate(target, None)?, &AsOf::Latest).await
    }

    /// Who reads a table, and where it is to be found; no catalog is asked.
    fn locate<'a>(&'a self, target: &'a Target, caller: Option<&str>) -> Result<Located<'a>, Unopened> {
        let server = self.server(target).ok_or(Unopened::NoServer)?;
        let reader = self.readers.get(server.format.as_str()).ok_or(Unopened::NoServer)?;
        let (domain, object) = (&target.product.name.domain, &target.object);
        let refused = |e| Unopened::Storage(Arc::new(e));
        let at = match self.storage.catalogued(domain, server, object, caller).map_err(refused)? {
            Some(table) => Whereabouts::Catalog(table),
            None => Whereabouts::Files(located(&self.storage, domain, server, object).map_err(refused)?),
        };
        Ok(Located { reader, at, server })
    }

    async fn read(&self, target: &Target, located: Located<'_>, as_of: &AsOf) -> Result<Arc<OpenPort>, Unopened> {
        let Located { reader, at, server } = located;
        self.read.fetch_add(1, Ordering::Relaxed);
        let at = match at {
            Whereabouts::Files(at) => at,
            Whereabouts::Catalog(table) => {
                let domain = &target.product.name.domain;
                let at = by_catalog(&self.storage, domain, &table, server, &target.object).await;
                at.map_err(|e| Unopened::Storage(Arc::new(e)))?
            }
        };
        OpenPort::open(reader.as_ref(), at, as_of, Arc::clone(&target.object), Arc::clone(&self.footers))
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
