//! Logs: to standard error, as text or JSON.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt as format};

use crate::config::{Log, LogFormat};
use crate::terminal::remark;

/// Starts logging. A command that answers on the terminal says only what went wrong.
pub fn start(log: &Log, quiet: bool) {
    let level = if quiet { "error" } else { log.level.as_str() };
    // The engine's own crates only: what libraries log may hold plans and paths. What the kernel cannot read is told as
    // an error, and often asked for only to see whether it is there.
    let filter = EnvFilter::new(format!(
        "error,delta_kernel=off,weft={level},weft_engine={level},weft_flight={level},weft_govern={level},weft_catalog={level},weft_auth={level},weft_storage={level},weft_scan={level},weft_delta={level},weft_iceberg={level}"
    ));
    let lines = format::layer::<Registry>().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match log.format {
        LogFormat::Text => Box::new(lines.with_ansi(false).with_filter(filter)),
        LogFormat::Json => Box::new(lines.json().with_filter(filter)),
    };
    let _ = tracing_subscriber::registry().with(lines).with(quiet.then_some(Causes)).try_init();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // What is caught is told as an error.
        if !weft_scan::panicking::expected() {
            usual(panic);
        }
    }));
}

/// Says what is behind a table that cannot be opened, or a scan that failed. A client gets a reference and the log has the cause; whoever runs a command
/// reads the files with rights of their own, and has no other log.
struct Causes;

/// Where causes are logged.
const CAUSES: [&str; 2] = [weft_govern::error::LOG, weft_engine::resolve::LOG];

impl<S: Subscriber> Layer<S> for Causes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !CAUSES.contains(&event.metadata().target()) {
            return;
        }
        let mut cause = Cause::default();
        event.record(&mut cause);
        let Cause { product, reference, file, cause } = cause;
        let file = if file.is_empty() { file } else { format!(" at `{file}`") };
        remark(&format!("`{product}` cannot be read{file}: {cause} (reference {reference})"));
    }
}

/// What is logged of a scan that failed.
#[derive(Default)]
struct Cause {
    product: String,
    reference: String,
    file: String,
    cause: String,
}

impl Visit for Cause {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = match field.name() {
            "product" => &mut self.product,
            "reference" => &mut self.reference,
            "file" => &mut self.file,
            "cause" => &mut self.cause,
            _ => return,
        };
        let _ = write!(text, "{value:?}");
    }
}
