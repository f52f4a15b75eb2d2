//! The server: what it is put together from.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use weft_auth::authenticator::Authenticator;
use weft_auth::seal::Sealer;
use weft_engine::engine::Engine;
use weft_proto::flight::flight_service_server::FlightServiceServer;

use crate::limits::{FlightLimits, MESSAGE_BYTES_ACCEPTED};
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
        let state = State {
            sessions: Sessions::new(&limits),
            running: Arc::new(Running::new(&limits)),
            streams: Arc::new(Semaphore::new(limits.streams.min(Semaphore::MAX_PERMITS))),
            metrics: FlightMetrics::default(),
            engine,
            auth,
            sealer,
            limits,
            cpu,
        };
        Self { state: Arc::new(state) }
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
