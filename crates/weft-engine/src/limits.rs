//! Every bound a statement meets, by the name it has in the configuration (`limits`, `spill`, `cache`).

use std::time::Duration;

/// Bounds of statements.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `limits.memory`: bytes for everything that runs.
    pub memory: usize,
    /// `limits.statement_memory`: bytes for one statement.
    pub statement_memory: usize,
    /// `limits.statements`: how many run at the same time.
    pub statements: usize,
    /// `limits.planning`: how many are planned at the same time.
    pub planning: usize,
    /// `limits.queue`: how many wait for a place, to plan and to run.
    pub queue: usize,
    /// `limits.queue_wait`: how long one waits at most.
    pub queue_wait: Duration,
    /// `limits.statement_time`: how long one runs at most.
    pub statement_time: Duration,
    /// `limits.planning_time`: how long planning takes at most.
    pub planning_time: Duration,
    /// `limits.sql_bytes`: the longest SQL text.
    pub sql_bytes: usize,
    /// `limits.parameter_rows`: the most rows of bound parameters.
    pub parameter_rows: usize,
    /// `limits.tables`: the most tables one statement names.
    pub tables: usize,
    /// `limits.mapping_values`: the most values a mapping product holds for one principal; with more the rule closes.
    pub mapping_values: usize,
    /// `limits.rows`: the most rows one statement returns.
    pub rows: Option<u64>,
    /// `limits.bytes`: the most bytes one statement returns, in memory.
    pub bytes: Option<u64>,
    /// `spill.max`: bytes of spill files at the same time.
    pub spill_bytes: u64,
    /// `cache.plans`: how many planned statements wait for their execution; each KiB of text counts as one more.
    pub planned: u64,
    /// `cache.plan_time`: how long a planned statement waits.
    pub planned_time: Duration,
    /// `cache.snapshot_time`: how old an opened table may be before it is looked at again.
    pub snapshot_time: Duration,
    /// `cache.snapshot_time_max`: the most that a contract may say instead.
    pub snapshot_time_max: Duration,
    /// `cache.snapshots`: bytes of opened tables that are kept.
    pub snapshots: u64,
    /// `limits.partitions`: parallelism of one statement.
    pub target_partitions: usize,
    /// `limits.batch_rows`: rows of one batch.
    pub batch_rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            memory: 2048 * MIB,
            statement_memory: 1024 * MIB,
            statements: 8,
            planning: cores.max(2),
            queue: 64,
            queue_wait: Duration::from_secs(30),
            statement_time: Duration::from_secs(600),
            planning_time: Duration::from_secs(30),
            sql_bytes: MIB,
            parameter_rows: 1_000,
            tables: 256,
            mapping_values: 100_000,
            rows: None,
            bytes: None,
            spill_bytes: 20 * 1024 * 1024 * 1024,
            planned: 1_000,
            planned_time: Duration::from_secs(60),
            snapshot_time: Duration::from_secs(2),
            snapshot_time_max: Duration::from_secs(3600),
            snapshots: 64 * 1024 * 1024,
            target_partitions: cores * 2,
            batch_rows: 16_384,
        }
    }
}

/// A bound in time as messages call it.
pub(crate) fn seconds(name: &str, limit: Duration) -> String {
    format!("{name} = {} s", limit.as_secs())
}
