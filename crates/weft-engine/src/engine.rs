//! The steps of a statement: gate, resolve, decide, open, govern, plan, admit, execute, record.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow_schema::{Field, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::resolve::resolve_table_references;
use futures::FutureExt;
use hmac::{Hmac, KeyInit, Mac};
use moka::future::Cache;
use sha2::Sha256;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use weft_catalog::catalog::ProductCatalog;
use weft_catalog::snapshot::SnapshotId;
use weft_govern::governed_table::StatementContext;
use weft_govern::mask::keys::KeyProvider;
use weft_govern::mask::salt::QuerySalt;
use weft_scan::meter::Meter;

use crate::abandoned::Abandoned;
use crate::admission::Admission;
use crate::caller::Caller;
use crate::directory::Directory;
use crate::error::Error;
use crate::explain;
use crate::gate::gate;
use crate::limits::Limits;
use crate::limits::seconds;
use crate::mappings::CatalogMappings;
use crate::parameters::{parameters, typed};
use crate::plan_size;
use crate::ports::Ports;
use crate::receipt::AuditSink;
use crate::resolve::{ResolvedTable, Scene};
use crate::rows::Rows;
use crate::run;
use crate::session::{Sessions, policy_options};
use crate::show::Show;
use crate::statement::{Described, Planned, QueryId, StatementRequest, StatementSpec};
use crate::statement_tables::Wanted;
use crate::tables::StatementTables;
use crate::turn::Turn;
use crate::unknown;

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    /// Where products are found.
    pub catalog: Arc<dyn ProductCatalog>,
    /// Where tables are opened.
    pub ports: Arc<Ports>,
    /// Keys of token domains.
    pub keys: KeysHandle,
    /// Where receipts go.
    pub audit: Arc<dyn AuditSink>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub clock: Clock,
    /// Keys fingerprints before they leave the server.
    pub fingerprint_key: [u8; 32],
    /// Every bound.
    pub limits: Limits,
    /// Where spill files go; the system's temporary folder when absent.
    pub spill: Option<PathBuf>,
    /// Where planning and execution run.
    pub cpu: Handle,
}

/// A clock, so that tests can turn it.
#[derive(Clone)]
pub struct Clock(pub Arc<dyn Fn() -> i64 + Send + Sync>);

/// Token keys, without showing them.
#[derive(Clone)]
pub struct KeysHandle(pub Arc<dyn KeyProvider>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl fmt::Debug for KeysHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysHandle")
    }
}

/// Answers statements. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

/// The engine itself.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) parts: EngineParts,
    pub(crate) sessions: Sessions,
    pub(crate) admission: Admission,
    /// Places to plan. One is held until the work has ended, which is later than its caller's patience: a thread that
    /// computes cannot be stopped.
    planning: Arc<Admission>,
    planned: Cache<QueryId, Arc<Planned>>,
    directories: Cache<DirectoryKey, Arc<Directory>>,
    mesh: Arc<str>,
}

/// What a directory depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct DirectoryKey {
    snapshot: SnapshotId,
    principal: Arc<weft_model::principal::Principal>,
    purpose: Option<Arc<str>>,
    /// Decisions may change with time; a directory is remade every minute.
    minute: i64,
}

/// How many callers' directories are kept.
const DIRECTORIES_MAX: u64 = 256;

impl Engine {
    /// Puts an engine together.
    ///
    /// # Errors
    /// When the catalog has no snapshot, or the spill folder cannot be used.
    pub async fn new(parts: EngineParts) -> Result<Self, Error> {
        let limits = &parts.limits;
        let admission = Admission::new(limits.statements, limits.queue, limits.queue_wait);
        let planning = Arc::new(Admission::new(limits.planning, limits.queue, limits.queue_wait));
        let planned = Cache::builder()
            // A long text makes a large plan: it counts for several.
            .weigher(|_, planned: &Arc<Planned>| {
                u32::try_from(1 + planned.request.sql.len() / 1024).unwrap_or(u32::MAX)
            })
            .max_capacity(limits.planned)
            .time_to_live(limits.planned_time)
            .build();
        let directories = Cache::builder().max_capacity(DIRECTORIES_MAX).build();
        let mesh = Arc::clone(parts.catalog.snapshot().await.map_err(|cause| Error::internal(&cause))?.mesh());
        let sessions = Sessions::new(Arc::clone(&mesh), limits, parts.spill.as_deref())
            .map_err(|cause| Error::from_datafusion(&cause, limits))?;
        Ok(Self { inner: Arc::new(Inner { parts, sessions, admission, planning, planned, directories, mesh }) })
    }

    /// The name of the mesh: the catalog in SQL.
    #[must_use]
    pub fn mesh(&self) -> &str {
        &self.inner.mesh
    }

    /// Who waits and who runs, for metrics.
    #[must_use]
    pub fn admission(&self) -> &Admission {
        &self.inner.admission
    }

    /// Bytes of memory that statements hold.
    #[must_use]
    pub fn memory_reserved(&self) -> usize {
        self.inner.sessions.memory_reserved()
    }

    /// Bytes of spill files that statements hold.
    #[must_use]
    pub fn spilled(&self) -> u64 {
        self.inner.sessions.spilled()
    }

    /// Where tables are opened, for metrics.
    #[must_use]
    pub fn ports(&self) -> &Arc<Ports> {
        &self.inner.parts.ports
    }

    /// Describes a statement without running it.
    ///
    /// # Errors
    /// As [`Engine::prepare`].
    pub async fn describe(&self, caller: &Caller, sql: &str) -> Result<Described, Error> {
        let request = StatementRequest { sql: sql.to_owned(), parameters: None };
        let planned = self.plan(caller, request, QueryId::next(), &[]).await?;
        Ok(Described { schema: Arc::clone(&planned.schema), parameters: Arc::clone(&planned.parameters) })
    }

    /// Plans, authorises and pins a statement. It stays planned for `cache.plan_time`.
    ///
    /// # Errors
    /// What is wrong with the statement, or with what it reads.
    pub async fn prepare(&self, caller: &Caller, request: StatementRequest) -> Result<Arc<Planned>, Error> {
        let planned = Arc::new(self.plan(caller, request, QueryId::next(), &[]).await?);
        self.inner.planned.insert(planned.id.clone(), Arc::clone(&planned)).await;
        Ok(planned)
    }

    /// Finds or remakes the statement a ticket remembers. Everything is decided again, now, for the caller who
    /// presents it; if the answer would be another, the ticket is refused.
    ///
    /// # Errors
    /// [`Error::Ticket`].
    pub async fn resume(&self, caller: &Caller, spec: &StatementSpec) -> Result<Arc<Planned>, Error> {
        if spec.principal != caller.principal.name {
            return Err(Error::Ticket);
        }
        let caller = Caller { principal: Arc::clone(&caller.principal), settings: spec.settings.clone() };
        let request = spec.request().ok_or(Error::Ticket)?;
        let kept = self.inner.planned.remove(&spec.id).await;
        if let Some(planned) = kept
            && self.still_holds(&caller, &planned, spec).await?
        {
            return Ok(planned);
        }
        let planned = self.plan(&caller, request, spec.id.clone(), &spec.pins).await.map_err(|cause| {
            tracing::info!(query = %spec.id, %cause, "a ticket could not be planned again");
            Error::Ticket
        })?;
        if planned.keyed == spec.keyed && planned.pins() == spec.pins {
            Ok(Arc::new(planned))
        } else {
            Err(Error::Ticket)
        }
    }

    /// True when the decisions of a planned statement are made again with the same outcome.
    async fn still_holds(&self, caller: &Caller, planned: &Planned, spec: &StatementSpec) -> Result<bool, Error> {
        // What a catalog withholds is the catalog's to say again.
        if planned.keyed != spec.keyed || planned.tables.iter().any(|table| table.governed.port().restrictions().is_some()) {
            return Ok(false);
        }
        let (snapshot, purpose) = (self.snapshot().await?, purpose(caller)?);
        // Time may have passed too: a decision that was good then need not be good now.
        let scene = Scene { snapshot: &snapshot, caller, purpose: purpose.as_deref(), now: self.now() };
        Ok(scene.upholds(&planned.tables))
    }

    /// Waits for a place and starts a statement. Dropping the rows cancels it.
    ///
    /// # Errors
    /// When there is no place, or the statement cannot start.
    pub async fn execute(&self, caller: &Caller, planned: Arc<Planned>) -> Result<Rows, Error> {
        if planned.principal != caller.principal.name {
            return Err(Error::Ticket);
        }
        let permit = self.inner.admission.admit(&caller.principal.name).await?;
        let engine = self.clone();
        let caller = caller.clone();
        self.on_cpu(async move { run::start(&engine, caller, planned, permit).await }).await
    }

    /// What a caller may see.
    ///
    /// # Errors
    /// When the purpose is not permitted, or the catalog has no snapshot.
    pub async fn directory(&self, caller: &Caller) -> Result<Arc<Directory>, Error> {
        let snapshot = self.snapshot().await?;
        let purpose = purpose(caller)?;
        let now = self.now();
        let key = DirectoryKey {
            snapshot: snapshot.id(),
            principal: Arc::clone(&caller.principal),
            purpose: purpose.clone(),
            minute: now.div_euclid(60),
        };
        let caller = caller.clone();
        let make = async move {
            let scene = Scene { snapshot: &snapshot, caller: &caller, purpose: purpose.as_deref(), now };
            Ok(Arc::new(Directory::of(&scene)))
        };
        let engine = self.clone();
        self.inner
            .directories
            .try_get_with(key, async move { engine.on_cpu(make).await })
            .await
            .map_err(|cause: Arc<Error>| cause.as_ref().clone())
    }

    pub(crate) fn now(&self) -> i64 {
        (self.inner.parts.clock.0)()
    }

    async fn snapshot(&self) -> Result<Arc<weft_catalog::snapshot::CatalogSnapshot>, Error> {
        self.inner.parts.catalog.snapshot().await.map_err(|cause| Error::internal(&cause))
    }

    /// Runs work where it cannot hold up the network; dropping the caller's future stops it.
    async fn on_cpu<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        match AbortOnDropHandle::new(self.inner.parts.cpu.spawn(work)).await {
            Ok(answer) => answer,
            Err(failed) if failed.is_panic() => Err(Error::internal(&"planning panicked")),
            Err(_) => Err(Error::Cancelled),
        }
    }

    /// Plans a statement over the newest versions of its tables, or those that a ticket promised.
    async fn plan(
        &self,
        caller: &Caller,
        request: StatementRequest,
        id: QueryId,
        pins: &[(String, String)],
    ) -> Result<Planned, Error> {
        let limit = self.inner.parts.limits.planning_time;
        let (engine, caller, pins) = (self.clone(), caller.clone(), pins.to_vec());
        let turn = Turn::taken(&self.inner.planning, &caller.principal.name).await?;
        let abandoned = Abandoned::default();
        let waited_for = abandoned.unless_kept();
        let work = self.on_cpu(async move {
            let planned = engine.plan_here(&caller, request, id, &pins, &abandoned, &turn).await;
            drop(turn);
            planned
        });
        match tokio::time::timeout(limit, work).await {
            Ok(planned) => {
                waited_for.keep();
                planned
            }
            Err(_) => Err(Error::Time { limit: seconds("limits.planning_time", limit) }),
        }
    }

    async fn plan_here(
        &self,
        caller: &Caller,
        request: StatementRequest,
        id: QueryId,
        pins: &[(String, String)],
        abandoned: &Abandoned,
        turn: &Turn,
    ) -> Result<Planned, Error> {
        let parts = &self.inner.parts;
        let limits = &parts.limits;
        let begun = Instant::now();
        let mut gated = gate(&request.sql, limits)?;
        let snapshot = self.snapshot().await?;
        let purpose = purpose(caller)?;
        let now = self.now();
        let scene = Scene { snapshot: &snapshot, caller, purpose: purpose.as_deref(), now };
        let meter = Arc::new(Meter::default());
        let statement = self.context(&scene, &meter)?;
        if let Some(show) = &gated.show {
            gated.statement = self.shown(show, &scene).await?;
        }
        let (references, _) =
            resolve_table_references(&gated.statement, true).map_err(|cause| Error::from_datafusion(&cause, limits))?;
        let wanted = Wanted {
            references: &references,
            pinned: &gated.pinned,
            pins,
            statement: &statement,
            ports: &parts.ports,
            turn,
            tables_max: limits.tables,
            directory: &|| self.directory(caller).boxed(),
        };
        let (tables, own) = wanted.tables(&scene).await?;
        let governed = tables.iter().map(|table| {
            let provider: Arc<dyn datafusion::catalog::TableProvider> = Arc::clone(&table.governed) as _;
            (Arc::clone(&table.domain), Arc::clone(&table.table), provider)
        });
        let tables_of = StatementTables::new(Arc::clone(&self.inner.mesh), governed.chain(own));
        let settings = &caller.settings;
        let state = self
            .inner
            .sessions
            .session(tables_of, settings.schema.as_deref(), settings.time_zone.as_deref(), abandoned)
            .map_err(|cause| Error::from_datafusion(&cause, limits))?;
        let plan = state.statement_to_plan(gated.statement).await.and_then(typed);
        let plan = plan.map_err(|cause| Error::from_planning(&cause, limits))?;
        queries_only(&plan)?;
        unknown::known(&plan)?;
        let parameters = parameters(&plan).map_err(|cause| Error::from_datafusion(&cause, limits))?;
        let schema = gated.explain.map_or_else(|| nullable(plan.schema().as_arrow()), |_| explain::schema());
        let plan = if parameters.fields().is_empty() {
            state.optimize(&plan).map_err(|cause| Error::from_planning(&cause, limits))?
        } else {
            plan
        };
        plan_size::bounded(&plan, limits.batch_rows)?;
        let keyed = self.keyed(&tables, purpose.as_deref())?;
        Ok(Planned {
            id,
            request,
            settings: caller.settings.clone(),
            purpose,
            principal: Arc::clone(&caller.principal.name),
            schema,
            parameters,
            state,
            plan,
            explain: gated.explain,
            tables,
            snapshot: snapshot.id(),
            keyed,
            meter,
            now,
            begun,
        })
    }

    /// What the governed tables of one statement share.
    fn context(&self, scene: &Scene<'_>, meter: &Arc<Meter>) -> Result<StatementContext, Error> {
        let parts = &self.inner.parts;
        Ok(StatementContext {
            keys: Arc::clone(&parts.keys.0),
            salt: Arc::new(salt()?),
            order: Arc::new(self.order(&scene.caller.principal.name)?),
            mappings: Arc::new(CatalogMappings::new(self, scene.snapshot, scene.now, meter)),
            config: Arc::new(policy_options(&parts.limits)),
            meter: Arc::clone(meter),
        })
    }

    /// The query that answers a question about names. A table that the caller may not see is one that does not exist.
    async fn shown(&self, show: &Show, scene: &Scene<'_>) -> Result<DfStatement, Error> {
        let table = match show {
            Show::Columns { table, .. } => {
                let (domain, name) = scene.name(table)?;
                let directory = self.directory(scene.caller).await?;
                if !directory.has(&domain, &name) {
                    return Err(Error::NoTable { name: format!("{domain}.{name}") });
                }
                Some((domain, name))
            }
            _ => None,
        };
        let table = table.as_ref().map(|(domain, name)| (&**domain, &**name));
        show.query(table, &scene.caller.principal.name, &scene.caller.settings, scene.purpose)
    }

    /// A salt that is the principal's for as long as the key is.
    fn order(&self, principal: &str) -> Result<QuerySalt, Error> {
        let mac = self.mac()?.chain_update(b"order\0").chain_update(principal.as_bytes());
        Ok(QuerySalt::new(mac.finalize().into_bytes().into()))
    }

    /// A digest over the decisions that only this mesh can make.
    fn keyed(&self, tables: &[ResolvedTable], purpose: Option<&str>) -> Result<String, Error> {
        let mut mac = self.mac()?;
        mac.update(purpose.unwrap_or_default().as_bytes());
        for table in tables {
            mac.update(&[0]);
            mac.update(table.governed.decision().fingerprint().as_bytes());
        }
        Ok(hex(&mac.finalize().into_bytes()))
    }

    /// A digest of any bytes that only this mesh can make.
    pub(crate) fn digest(&self, bytes: &[u8]) -> Result<String, Error> {
        let mut mac = self.mac()?;
        mac.update(bytes);
        Ok(hex(&mac.finalize().into_bytes()))
    }

    fn mac(&self) -> Result<Hmac<Sha256>, Error> {
        Hmac::<Sha256>::new_from_slice(&self.inner.parts.fingerprint_key).map_err(|cause| Error::internal(&cause))
    }
}

/// Sixteen bytes of a digest are plenty to tell decisions apart.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn purpose(caller: &Caller) -> Result<Option<Arc<str>>, Error> {
    caller.principal.purpose(caller.settings.purpose.as_deref()).map_err(|asked| Error::Purpose { asked })
}

pub(crate) fn salt() -> Result<QuerySalt, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|cause| Error::internal(&cause))?;
    Ok(QuerySalt::new(bytes))
}

/// The gate has let queries through only; this is the same rule said of the plan.
fn queries_only(plan: &LogicalPlan) -> Result<(), Error> {
    match plan {
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_) => {
            Err(Error::Refused { what: "this statement".to_owned(), position: String::new(), hint: None })
        }
        _ => Ok(()),
    }
}

/// The schema of a result: every field nullable, no metadata.
fn nullable(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| Field::new(field.name(), field.data_type().clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
