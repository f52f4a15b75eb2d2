//! `weft serve`: a mesh over Arrow Flight SQL, until SIGTERM or SIGINT.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use weft_catalog::file::FileCatalog;
use weft_flight::limits::FlightLimits;
use weft_flight::server::FlightServer;

use crate::cli::ServeArgs;
use crate::config::{Config, Reload};
use crate::error::{Failure, setup};
use crate::wiring::{self, House};

/// The largest set of request headers: tokens with many groups are long.
const HEADER_BYTES_MAX: u32 = 128 * 1024;

/// Serves the configured mesh.
///
/// # Errors
/// When it cannot be loaded or the address cannot be listened on.
pub async fn serve(mut config: Config, args: &ServeArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.catalog {
        config.mesh.catalog = Some(std::path::absolute(folder).map_err(|cause| setup("finding the mesh")(&cause))?);
    }
    if let Some(listen) = &args.listen {
        config.server.listen = listen.parse().map_err(|_| Failure::Setup(format!("`{listen}` is not HOST:PORT")))?;
    }
    let root = config.catalog()?;
    let listener = listen(config.server.listen).await?;
    let house = wiring::house(&config, &root).await?;
    let address = listener.local_addr().map_err(|cause| setup("listening")(&cause))?;
    tracing::info!(%address, mesh = house.engine.mesh(), "serving");
    run(&config, &root, None, house, listener, stopped()).await
}

/// Opens the listener. Without TLS, nothing but loopback is listened on.
///
/// # Errors
/// When the address is not loopback, or is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::Setup(format!(
            "`{address}` is not a loopback address, and this version has no TLS; listen on 127.0.0.1 and put a \
             proxy that ends TLS in front"
        )));
    }
    TcpListener::bind(address).await.map_err(|cause| {
        let hint = if cause.kind() == std::io::ErrorKind::AddrInUse { "; choose another with --port or --listen" } else { "" };
        Failure::Setup(format!("listening on {address}: {cause}{hint}"))
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
    let auth = Arc::new(wiring::authenticator(config, root, tokens, &house.sealer)?);
    let limits = FlightLimits {
        message_bytes: config.limits.message_bytes.unwrap_or(FlightLimits::default().message_bytes),
        ..FlightLimits::default()
    };
    let flight =
        FlightServer::new(house.engine.clone(), auth, Arc::clone(&house.sealer), limits, house.cpu.handle());
    if config.mesh.reload == Reload::Watch {
        watch(Arc::clone(&house.catalog))?;
    }
    let served = Server::builder()
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(std::time::Duration::from_secs(30)))
        .add_service(flight.into_service())
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), until)
        .await;
    drop(house);
    served.map_err(|cause| setup("serving")(&cause))
}

/// Watches the mesh on a thread of its own, since reading a changed mesh takes time that calls cannot wait for. The
/// thread ends with the process.
fn watch(catalog: Arc<FileCatalog>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| setup("watching the mesh")(&cause))?;
    std::thread::Builder::new()
        .name("weft-watch".to_owned())
        .spawn(move || runtime.block_on(catalog.watch()))
        .map(drop)
        .map_err(|cause| setup("watching the mesh")(&cause))
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
