//! Logs: to standard error, as text or JSON.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Log, LogFormat};

/// Starts logging. A command that answers on the terminal says only what went wrong.
pub fn start(log: &Log, quiet: bool) {
    let level = if quiet { "error" } else { log.level.as_str() };
    // The engine's own crates only: what libraries log may hold plans and paths.
    let filter = EnvFilter::new(format!(
        "error,weft={level},weft_engine={level},weft_flight={level},weft_govern={level},weft_catalog={level},weft_auth={level},weft_storage={level},weft_scan={level}"
    ));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
