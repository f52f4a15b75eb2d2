//! What an operator sees of the protocol.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tonic::{Code, Status};

use crate::status::code;

/// One kind of call with one kind of outcome. Neither comes from a client, so their number is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    code: &'static str,
}

/// One of our own error codes, so their number is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    code: String,
}

/// Counters of calls, streams and bytes; cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct FlightMetrics {
    calls: Family<CallLabels, Counter>,
    errors: Family<ErrorLabels, Counter>,
    streams: Gauge,
    bytes: Counter,
    messages: Counter,
    schemas_asked: Counter,
    schemas_encoded: Counter,
}

impl FlightMetrics {
    /// Adds the counters to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("weft_flight_calls", "Calls by method and gRPC status", self.calls.clone());
        registry.register("weft_errors", "Errors sent to clients, by code", self.errors.clone());
        registry.register("weft_flight_streams_open", "Data streams open now", self.streams.clone());
        registry.register("weft_flight_sent_bytes", "Bytes of data messages sent", self.bytes.clone());
        registry.register("weft_cache_schemas_asked", "Schemas of tables asked for", self.schemas_asked.clone());
        registry.register("weft_cache_schemas_encoded", "Schemas of tables encoded", self.schemas_encoded.clone());
        registry.register("weft_flight_sent_messages", "Data messages sent", self.messages.clone());
    }

    /// Counts a call that ended; for streams, that began.
    pub(crate) fn call(&self, method: &'static str, code: Code) {
        self.calls.get_or_create(&CallLabels { method, code: name(code) }).inc();
    }

    /// Counts an error that is handed to the connection, by the code in its details.
    pub(crate) fn failed(&self, status: &Status) {
        let code = code(status).unwrap_or_else(|| name(status.code()).to_owned());
        self.errors.get_or_create(&ErrorLabels { code }).inc();
    }

    /// Counts the schema of a table that was asked for; `kept` says that it was not encoded anew.
    pub(crate) fn schema(&self, kept: bool) {
        self.schemas_asked.inc();
        self.schemas_encoded.inc_by(u64::from(!kept));
    }

    /// Counts a message that is handed to the connection.
    pub(crate) fn sent(&self, bytes: usize) {
        self.messages.inc();
        self.bytes.inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Counts a stream for as long as the guard lives.
    pub(crate) fn stream(&self) -> StreamGuard {
        self.streams.inc();
        StreamGuard { streams: self.streams.clone() }
    }
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct StreamGuard {
    streams: Gauge,
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.streams.dec();
    }
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_registry() {
        let (metrics, mut registry) = (FlightMetrics::default(), Registry::default());
        metrics.register(&mut registry);
        metrics.call("DoGet", Code::NotFound);
        metrics.failed(&Status::from(crate::error::Error::RowTooLarge));
        metrics.failed(&Status::cancelled("the connection's own"));
        metrics.sent(7);
        let stream = metrics.stream();
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains(r#"weft_flight_calls_total{method="DoGet",code="NOT_FOUND"} 1"#), "{text}");
        assert!(text.contains(r#"weft_errors_total{code="WEFT-F008"} 1"#), "{text}");
        assert!(text.contains(r#"weft_errors_total{code="CANCELLED"} 1"#), "{text}");
        assert!(text.contains("weft_flight_streams_open 1"), "{text}");
        assert!(text.contains("weft_flight_sent_bytes_total 7"), "{text}");
        drop(stream);
        text.clear();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        assert!(text.contains("weft_flight_streams_open 0"), "{text}");
    }
}
