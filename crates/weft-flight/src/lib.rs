//! Arrow Flight and Flight SQL over tonic.
//!
//! Floor 6: the binary puts a [`server::FlightServer`] together from an engine and an authenticator, and serves it. This
//! crate translates: headers into a caller, descriptors and tickets into statements, batches into messages, reports into
//! statuses. It decides nothing about what a caller may see.
//!
//! The binary owns the transport. What drivers need of it: a header list of at least 64 KiB
//! (`http2_max_header_list_size`; tokens with many groups are long), `http2_keepalive_interval` below a minute,
//! `tcp_nodelay`, windows of 4 MiB or adaptive, and no message size below [`limits::MESSAGE_BYTES_ACCEPTED`].
//!
//! Headers that clients may send, as a driver's connection properties or as plain gRPC metadata: `authorization`;
//! `purpose`, `schema`, `time_zone` and `as_of`, which outweigh the session options of those names;
//! `x-weft-types: native` for the engine's own types; `x-weft-compression: lz4` or `zstd`; `x-weft-receipt: 0` for streams
//! that do not end with the statement's receipt.
//!
//! Read in this order: [`server`] and `service` (the RPCs), `call` (who asks), `command` (what is asked), `statement` and
//! `ticket` (planning and executing), `stream` and `wire` (how results travel), `prepared`, `put` and `bind`, `metadata`
//! and `sql_info` (the catalog), `action`, `cancel`, `running`, `session` and `options`, `handshake`, `list`, [`limits`],
//! [`metrics`], [`error`], `status`.

pub mod server;
mod service;

mod call;
mod command;
mod statement;
mod ticket;
mod stream;
mod wire;

mod bind;
mod prepared;
mod put;

mod metadata;
mod sql_info;

mod action;
mod cancel;
mod handshake;
mod list;
mod options;
mod running;
mod session;

pub mod error;
pub mod limits;
pub mod metrics;
mod status;
