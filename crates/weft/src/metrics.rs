//! What an operator sees of the whole server, in the OpenMetrics text format.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use weft_catalog::catalog::ProductCatalog;
use weft_catalog::file::FileCatalog;
use weft_engine::engine::Engine;
use weft_engine::receipt::{AuditSink, Receipt};
use weft_flight::metrics::FlightMetrics;

/// How a statement ended: `done`, `cancelled`, or one of our own error codes, so their number is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: String,
}

/// Counts statements from their receipts, then hands the receipts on.
#[derive(Clone, Debug)]
pub struct StatementMetrics {
    next: Arc<dyn AuditSink>,
    ended: Family<Ended, Counter>,
    seconds: Histogram,
    rows: Counter,
    storage_bytes: Counter,
    storage_requests: Counter,
}

impl StatementMetrics {
    /// Counts what goes to `next`.
    #[must_use]
    pub fn new(next: Arc<dyn AuditSink>) -> Self {
        Self {
            next,
            ended: Family::default(),
            // From five milliseconds to about eleven minutes.
            seconds: Histogram::new(exponential_buckets(0.005, 2.0, 18)),
            rows: Counter::default(),
            storage_bytes: Counter::default(),
            storage_requests: Counter::default(),
        }
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("weft_statements", "Statements that ended, by outcome", self.ended.clone());
        registry.register("weft_statement_seconds", "From planning to the end of a statement", self.seconds.clone());
        registry.register("weft_rows_returned", "Rows returned to clients", self.rows.clone());
        registry.register("weft_storage_read_bytes", "Bytes read from storage", self.storage_bytes.clone());
        registry.register("weft_storage_requests", "Requests to storage", self.storage_requests.clone());
    }
}

impl AuditSink for StatementMetrics {
    fn record(&self, receipt: Receipt) {
        self.ended.get_or_create(&Ended { outcome: receipt.outcome.clone() }).inc();
        self.seconds.observe(std::time::Duration::from_millis(receipt.milliseconds).as_secs_f64());
        self.rows.inc_by(receipt.rows_returned);
        self.storage_bytes.inc_by(receipt.bytes_read);
        self.storage_requests.inc_by(receipt.requests);
        self.next.record(receipt);
    }
}

/// What is read off engine and catalog when somebody looks.
struct State {
    engine: Engine,
    catalog: Arc<FileCatalog>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State")
    }
}

impl Collector for State {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let encoder = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(encoder)
        };
        let whole = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let admission = self.engine.admission();
        gauge("weft_statements_running", "Statements that run now", whole(admission.running()))?;
        gauge("weft_statements_waiting", "Statements that wait for a place", whole(admission.waiting()))?;
        gauge("weft_memory_reserved_bytes", "Memory that statements hold", whole(self.engine.memory_reserved()))?;
        gauge("weft_spill_bytes", "Spill files that statements hold", self.engine.spilled())?;
        let footers = self.engine.ports().footers();
        gauge("weft_cache_footers_bytes", "Parquet footers in memory", footers.held())?;
        gauge("weft_cache_snapshots_bytes", "Opened tables in memory", self.engine.ports().held())?;
        let tables = self.engine.ports().kept();
        let catalogs = self.engine.ports().catalogs();
        gauge("weft_cache_catalogs_bytes", "What catalogs said of tables in memory", catalogs.bytes)?;
        gauge("weft_cache_tables_bytes", "Metadata of tables in memory", tables.bytes)?;
        if let Some(changes) = self.catalog.changes() {
            let snapshot = Arc::clone(&changes.borrow());
            gauge("weft_catalog_epoch", "How often the catalog changed since the start", snapshot.epoch())?;
            gauge("weft_catalog_products", "Products that are served", whole(snapshot.products().len()))?;
            gauge("weft_catalog_products_broken", "Products that cannot be served", whole(snapshot.broken().len()))?;
            gauge("weft_catalog_problems", "Findings in contracts and policy", whole(snapshot.problems().len()))?;
        }
        let mut counter = |name: &str, help: &str, value: u64| {
            let counter = ConstCounter::new(value);
            let encoder = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(encoder)
        };
        counter("weft_cache_footers_asked", "Parquet footers asked for", footers.asked())?;
        counter("weft_cache_footers_read", "Parquet footers read from storage", footers.read())?;
        counter("weft_cache_tables_asked", "Tables whose metadata was asked for", tables.asked)?;
        counter("weft_cache_tables_read", "Tables whose metadata was read, whole or what is new of it", tables.read)?;
        counter("weft_cache_catalogs_asked", "Tables that catalogs were asked for", catalogs.asked)?;
        counter("weft_cache_catalogs_read", "Tables of which catalogs said something new", catalogs.read)?;
        counter("weft_cache_snapshots_asked", "Tables asked for", self.engine.ports().asked())?;
        counter("weft_cache_snapshots_opened", "Tables opened anew", self.engine.ports().opened())
    }
}

/// Every metric of a server.
#[must_use]
pub fn registry(
    engine: &Engine,
    catalog: &Arc<FileCatalog>,
    statements: &StatementMetrics,
    flight: &FlightMetrics,
) -> Registry {
    let mut registry = Registry::default();
    statements.register(&mut registry);
    flight.register(&mut registry);
    registry.register_collector(Box::new(State { engine: engine.clone(), catalog: Arc::clone(catalog) }));
    registry
}
