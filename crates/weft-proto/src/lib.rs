//! Arrow Flight, Flight SQL and Weft's own messages, generated from `proto/`.
//!
//! Stands on the lowest floor and knows no other crate of Weft. The generated files are committed; `proto/README.md` says
//! how to write them anew. `weft-flight` serves what stands here, tests call it.
//!
//! Read in this order: [`flight`] (the service), [`sql`] (what travels inside its opaque fields), [`sealed`] (what Weft
//! puts into tickets), [`rpc`] (error details).

/// Arrow Flight: the service, its messages, a client for tests.
#[expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    reason = "generated: messages carry the comments of proto/, the service its own attributes"
)]
pub mod flight {
    include!("generated/arrow.flight.protocol.rs");
}

/// Flight SQL: commands and actions, each of which travels inside [`any::Any`].
#[expect(missing_docs, clippy::too_many_lines, reason = "generated: comments are those of proto/")]
pub mod sql {
    include!("generated/arrow.flight.protocol.sql.rs");
}

/// What Weft seals into tickets and handles.
pub mod sealed {
    include!("generated/weft.v1.rs");
}

/// Error details beside a gRPC status.
pub mod rpc {
    include!("generated/google.rpc.rs");
}

pub mod any;
