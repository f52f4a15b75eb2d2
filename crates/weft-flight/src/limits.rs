//! The bounds of the protocol: every size, count and lifetime that a client can push against.

use std::time::Duration;

/// Bounds that the configuration may set.
#[derive(Clone, Debug)]
pub struct FlightLimits {
    /// What an encoded message of a data stream aims at; capped at [`MESSAGE_BYTES_MAX`].
    pub message_bytes: usize,
    /// The longest SQL text.
    pub sql_bytes: usize,
    /// The most bytes of bound parameters.
    pub parameter_bytes: usize,
    /// The most rows of bound parameters.
    pub parameter_rows: usize,
    /// How long a ticket can be redeemed.
    pub ticket_life: Duration,
    /// How long a prepared statement can be used after it was made or last bound.
    pub prepared_life: Duration,
    /// How long session options outlive their last use.
    pub session_life: Duration,
    /// The most sessions whose options are kept; the least recently used go first.
    pub sessions: u64,
    /// The most data streams open at once.
    pub streams: usize,
    /// How long a client may leave an answer unread; `limits.unread_time`.
    pub unread_time: Duration,
    /// Bytes of encoded schemas that are kept; `cache.schemas`.
    pub schema_bytes: u64,
    /// The silence after which a data stream sends an empty batch.
    pub keep_alive: Duration,
}

impl Default for FlightLimits {
    fn default() -> Self {
        Self {
            message_bytes: 2 << 20,
            sql_bytes: 1 << 20,
            parameter_bytes: 1 << 20,
            parameter_rows: 1_000,
            ticket_life: Duration::from_secs(10 * 60),
            prepared_life: Duration::from_secs(12 * 60 * 60),
            session_life: Duration::from_secs(12 * 60 * 60),
            sessions: 10_000,
            streams: 1_024,
            unread_time: Duration::from_secs(5 * 60),
            schema_bytes: 128 << 20,
            keep_alive: Duration::from_secs(10),
        }
    }
}

/// No message of a data stream is longer: several clients refuse messages from 4 MiB on.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024 - 16 * 1024;

/// What the server accepts in one message: SQL and parameters at their limits, sealed and encoded.
pub const MESSAGE_BYTES_ACCEPTED: usize = 8 * 1024 * 1024;

/// Messages that wait between the task that encodes and the connection that sends.
pub const MESSAGES_AHEAD: usize = 2;

/// The longest value of a session option or of a header that sets one.
pub const OPTION_BYTES_MAX: usize = 256;

/// The most session options in one request.
pub const OPTIONS_MAX: usize = 32;

/// Statements cancelled by an action whose tickets are remembered as dead.
pub const CANCELLED_MAX: u64 = 100_000;

/// How long a handshake waits for a client that sends its credential in the stream.
pub const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);

/// The longest payload of a handshake.
pub const HANDSHAKE_BYTES_MAX: usize = 64 * 1024;

/// The longest text of an error; header budgets of clients start at 8 KiB, and the text travels twice.
pub const ERROR_BYTES_MAX: usize = 1_500;

/// Rows of one batch of a metadata answer, before it is cut by size.
pub const METADATA_ROWS: usize = 1_024;
