//! The server: what it is put together from.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use weft_auth::authenticator::Authenticator;
use weft_auth::clock::Clock;
use weft_auth::seal::Sealer;
use weft_engine::engine::Engine;
use weft_proto::flight::flight_service_server::FlightServiceServer;

use crate::limits::{FlightLimits, MESSAGE_BYTES_ACCEPTED};
use crate::metadata::schemas::SchemaCache;
use crate::metrics::FlightMetrics;
use crate::running::Running;
use crate::session::Sessions;

/// Serves Arrow Flight and Flight SQL.
#[derive(Clone)]
pub struct FlightServer {
    pub(crate) state: Arc<State>,
}

/// What every call shares.
pub(crate) struct State {
    pub(crate) engine: Engine,
    pub(crate) auth: Arc<dyn Authenticator>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) limits: FlightLimits,
    /// Where batches are cast and encoded; the runtime of the connections stays free.
    pub(crate) cpu: Handle,
    pub(crate) sessions: Sessions,
    pub(crate) running: Arc<Running>,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) metrics: FlightMetrics,
    pub(crate) schemas: SchemaCache,
    clock: Clock,
}

impl State {
    /// Seconds since 1970-01-01.
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }
}

impl FlightServer {
    /// Puts a server together; `cpu` is the runtime where results are encoded.
    #[must_use]
    pub fn new(
        engine: Engine,
        auth: Arc<dyn Authenticator>,
        sealer: Arc<Sealer>,
        limits: FlightLimits,
        cpu: Handle,
    ) -> Self {
        let metrics = FlightMetrics::default();
        let state = State {
            schemas: SchemaCache::new(limits.schema_bytes, metrics.clone()),
            sessions: Sessions::new(&limits),
            running: Arc::new(Running::new(&limits)),
            streams: Arc::new(Semaphore::new(limits.streams.min(Semaphore::MAX_PERMITS))),
            metrics,
            engine,
            auth,
            sealer,
            limits,
            cpu,
            clock: Arc::new(system_time),
        };
        Self { state: Arc::new(state) }
    }

    /// Takes another clock than the system's; only before the server is cloned or served.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        if let Some(state) = Arc::get_mut(&mut self.state) {
            state.clock = clock;
        }
        self
    }

    /// The counters of this server, for the binary to register.
    #[must_use]
    pub fn metrics(&self) -> FlightMetrics {
        self.state.metrics.clone()
    }

    /// The service, for a tonic router.
    #[must_use]
    pub fn into_service(self) -> FlightServiceServer<Self> {
        FlightServiceServer::new(self).max_decoding_message_size(MESSAGE_BYTES_ACCEPTED)
    }
}

impl fmt::Debug for FlightServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightServer").field("limits", &self.state.limits).finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of servers that were given no other")]
fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // With a clock that cannot be read, everything has expired.
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(i64::MAX)
}
