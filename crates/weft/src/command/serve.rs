//! `weft serve`: a mesh over Arrow Flight SQL, until SIGTERM or SIGINT.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use weft_flight::server::FlightServer;
use weft_proto::flight::flight_service_server::FlightServiceServer;

use crate::admin::{self, Readiness};
use crate::cli::ServeArgs;
use crate::config::Config;
use crate::discovery::Discovery;
use crate::error::{Failure, setup};
use crate::metrics;
use crate::reload::Reloader;
use crate::wiring::{self, House};

/// The largest set of request headers: tokens with many groups are long.
const HEADER_BYTES_MAX: u32 = 128 * 1024;

/// How often a silent connection is asked whether it still lives.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);

/// Serves the configured mesh.
///
/// # Errors
/// When it cannot be loaded or the address cannot be listened on.
pub async fn serve(mut config: Config, args: &ServeArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.catalog {
        config.place_mesh(folder)?;
    }
    if let Some(listen) = &args.listen {
        config.server.listen = address(listen)?;
    }
    let root = config.catalog()?;
    let listener = listen(config.server.listen, "`--listen` or `server.listen`").await?;
    let house = wiring::house(&config, &root).await?;
    let tokens = config.auth.tokens.as_ref().map(|path| config.path(path));
    run(&config, &root, tokens, house, listener, stopped()).await
}

/// The address of a host and a port; of a host with several, a loopback one.
fn address(listen: &str) -> Result<SocketAddr, Failure> {
    let failed = |cause: &dyn std::fmt::Display| {
        Failure::Setup(format!("`{listen}` is not HOST:PORT: {cause}"))
            .hinted("Write `127.0.0.1:50051`, or port 0 for a free one.")
    };
    let found: Vec<SocketAddr> = listen.to_socket_addrs().map_err(|cause| failed(&cause))?.collect();
    let loopback = found.iter().find(|address| address.ip().is_loopback());
    loopback.or(found.first()).copied().ok_or_else(|| failed(&"the host has no address"))
}

/// Opens the listener. Without TLS, nothing but loopback is listened on. `setting` is what chooses the address.
///
/// # Errors
/// When the address is not loopback, or is taken.
pub async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::Setup(format!(
            "`{address}` is not a loopback address, and this version has no TLS; listen on 127.0.0.1 and put a \
             proxy that ends TLS in front"
        )));
    }
    TcpListener::bind(address).await.map_err(|cause| {
        let failure = Failure::Setup(format!("listening on {address}: {cause}"));
        match cause.kind() {
            std::io::ErrorKind::AddrInUse => {
                failure.hinted(format!("Perhaps another server runs; choose another address with {setting}."))
            }
            _ => failure,
        }
    })
}

/// Answers until `until` is done, then lets running statements end.
///
/// # Errors
/// When the server cannot run.
pub async fn run(
    config: &Config,
    root: &std::path::Path,
    tokens: Option<PathBuf>,
    house: House,
    listener: TcpListener,
    until: impl Future<Output = ()> + Send,
) -> Result<(), Failure> {
    let auth = Arc::new(wiring::authenticator(config, root, tokens.as_deref(), &house.sealer)?);
    let discovery = Discovery::begun(config, root, &house.catalog).await?;
    Reloader::new(Arc::clone(&house.catalog), Arc::clone(&auth), config, root, tokens).start(discovery)?;
    let flight = FlightServer::new(
        house.engine.clone(),
        auth,
        Arc::clone(&house.sealer),
        config.flight_limits(),
        house.cpu.handle(),
    );
    let ready = Readiness::default();
    if let Some(address) = config.admin.listen {
        let listener = listen(address, "`admin.listen`, null for none").await?;
        let registry = metrics::registry(&house.engine, &house.catalog, &house.statements, &flight.metrics());
        tokio::task::spawn(admin::serve(listener, ready.clone(), registry));
    }
    let address = listener.local_addr().map_err(|cause| setup("listening")(&cause))?;
    tracing::info!(%address, mesh = house.engine.mesh(), "serving");
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<FlightServiceServer<FlightServer>>().await;
    ready.set(true);
    let (drain, draining) = tokio::sync::oneshot::channel();
    let stop = async move {
        until.await;
        ready.set(false);
        health.set_not_serving::<FlightServiceServer<FlightServer>>().await;
        // Nobody listens when the server ended by itself.
        drain.send(()).ok();
    };
    // The builder's own option is for listeners of its own. Without it, short answers wait 40 ms for an acknowledgement.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let served = Server::builder()
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEP_ALIVE_EVERY))
        .add_service(health_service)
        .add_service(flight.into_service())
        .serve_with_incoming_shutdown(incoming, stop);
    let patience = config.server.drain.0;
    let late = async move {
        match draining.await {
            Ok(()) => tokio::time::sleep(patience).await,
            Err(_) => std::future::pending().await,
        }
    };
    let outcome = tokio::select! {
        served = served => served.map_err(|cause| setup("serving")(&cause)),
        () = late => {
            tracing::warn!(running = house.engine.admission().running(), "statements did not end within `server.drain`");
            Ok(())
        }
    };
    drop(house);
    outcome
}

/// Done when the process is asked to stop.
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping");
}
