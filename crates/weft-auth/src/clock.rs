//! What time it is.

use std::sync::Arc;

/// Seconds since 1970-01-01, from whoever wires the server together; tests turn it by hand.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
