//! Under which conditions times were taken.

use serde::Serialize;
use weft_engine::limits::Limits;

/// What a reader of the times must know.
#[derive(Clone, Debug, Serialize)]
pub struct Conditions {
    /// Weft's version.
    pub weft: &'static str,
    /// DataFusion's version, on both sides.
    pub datafusion: &'static str,
    /// `release` or `debug`.
    pub profile: &'static str,
    /// Cores.
    pub cores: usize,
    /// The processor, as it names itself.
    pub processor: String,
    /// Processes that wanted a core in the last minute, before the first measurement.
    pub load_before: String,
    /// The benchmark's scale factor.
    pub scale: f64,
    /// Pairs of each question.
    pub pairs: usize,
    /// Partitions of each plan.
    pub partitions: usize,
    /// Rows of a batch.
    pub batch_rows: usize,
    /// Bytes a statement may hold.
    pub statement_memory: usize,
}

impl Conditions {
    /// The conditions here and now.
    #[must_use]
    pub fn now(scale: f64, pairs: usize, limits: &Limits) -> Self {
        Self {
            weft: env!("CARGO_PKG_VERSION"),
            datafusion: datafusion::DATAFUSION_VERSION,
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            processor: processor(),
            load_before: load(),
            scale,
            pairs,
            partitions: limits.target_partitions,
            batch_rows: limits.batch_rows,
            statement_memory: limits.statement_memory,
        }
    }
}

/// Processes that want a core: the averages of the last one, five and fifteen minutes.
#[must_use]
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = text.lines().find_map(|line| line.strip_prefix("model name"));
    named.map_or_else(|| "unknown".to_owned(), |name| name.trim_start_matches([' ', '\t', ':']).to_owned())
}
