//! What statements, connections and caches may use: `limits` and `cache`.

use std::time::Duration;

use serde::Deserialize;
use weft_engine::limits::Limits;
use weft_flight::limits::{FlightLimits, MESSAGE_BYTES_MAX};

use weft_model::quantity::{Bytes, Memory, Period};
use crate::config::{Config, machine};

/// `limits`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Memory of all statements together.
    pub memory: Option<Memory>,
    /// Memory of one statement.
    pub statement_memory: Option<Memory>,
    /// Statements that run at the same time.
    pub statements: Option<usize>,
    /// Statements that wait.
    pub queue: Option<usize>,
    /// How long one waits.
    pub queue_wait: Option<Period>,
    /// How long one runs.
    pub statement_time: Option<Period>,
    /// How long planning takes.
    pub planning_time: Option<Period>,
    /// How long an answer is left unread.
    pub unread_time: Option<Period>,
    /// Statements that are planned at the same time.
    pub planning: Option<usize>,
    /// The longest SQL text.
    pub sql_bytes: Option<Bytes>,
    /// Tables in a statement.
    pub tables: Option<usize>,
    /// Rows of bound parameters.
    pub parameter_rows: Option<usize>,
    /// Bytes of bound parameters.
    pub parameter_bytes: Option<Bytes>,
    /// Values of a mapping for one principal.
    pub mapping_values: Option<usize>,
    /// Open answers.
    pub streams: Option<usize>,
    /// Sessions whose options are kept.
    pub sessions: Option<u64>,
    /// How long the options of an idle session are kept.
    pub session_life: Option<Period>,
    /// The most rows returned.
    pub rows: Option<u64>,
    /// The most bytes returned.
    pub bytes: Option<Bytes>,
    /// The size at which a message is sent.
    pub message_bytes: Option<Bytes>,
    /// Parallelism of one statement.
    pub partitions: Option<usize>,
    /// Rows of one batch.
    pub batch_rows: Option<usize>,
}

/// `cache`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    /// Parquet footers.
    pub footers: Bytes,
    /// Encoded schemas of tables.
    pub schemas: Bytes,
    /// Opened tables: their files, and what is known of them.
    pub snapshots: Bytes,
    /// What the metadata of tables says: their newest files, with statistics.
    pub tables: Bytes,
    /// What Iceberg's metadata says: manifests, with statistics, and files of deletes.
    pub manifests: Bytes,
    /// What catalogs say of tables.
    pub catalogs: Bytes,
    /// How long an opened table is used before it is looked at again.
    pub snapshot_time: Period,
    /// The most that the contract of a table may say instead.
    pub snapshot_time_max: Period,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            footers: Bytes(256 << 20),
            schemas: Bytes(128 << 20),
            snapshots: Bytes(64 << 20),
            tables: Bytes(128 << 20),
            manifests: Bytes(128 << 20),
            catalogs: Bytes(64 << 20),
            snapshot_time: Period(Duration::from_secs(2)),
            snapshot_time_max: Period(Duration::from_secs(3600)),
        }
    }
}

impl LimitSettings {
    /// Holds every bound to what it can mean: with nothing of anything no statement runs, and the engine expects some.
    ///
    /// # Errors
    /// What is out of range, by its name.
    pub(crate) fn within(&self) -> Result<(), String> {
        let count = |value: Option<usize>| value.map(|value| u64::try_from(value).unwrap_or(u64::MAX));
        let time = |value: Option<Period>| value.map(|period| u64::try_from(period.0.as_millis()).unwrap_or(u64::MAX));
        let bytes = |value: Option<Bytes>| value.map(|bytes| bytes.0);
        let memory = |value: Option<Memory>| match value? {
            Memory::Bytes(bytes) => Some(bytes),
            Memory::Percent(_) => None,
        };
        let most = u64::MAX;
        for (name, value, least, most, unit) in [
            ("memory", memory(self.memory), MEMORY_BYTES_MIN, most, "bytes"),
            ("statement_memory", memory(self.statement_memory), MEMORY_BYTES_MIN, most, "bytes"),
            ("statements", count(self.statements), 1, 100_000, "statements"),
            ("planning", count(self.planning), 1, 10_000, "statements"),
            ("queue", count(self.queue), 0, 1_000_000, "statements"),
            ("statement_time", time(self.statement_time), 1, most, "milliseconds"),
            ("planning_time", time(self.planning_time), 1, most, "milliseconds"),
            ("unread_time", time(self.unread_time), 1, most, "milliseconds"),
            ("session_life", time(self.session_life), 1, most, "milliseconds"),
            ("sql_bytes", bytes(self.sql_bytes), 1, 4 << 20, "bytes"),
            ("tables", count(self.tables), 1, 10_000, "tables"),
            ("parameter_rows", count(self.parameter_rows), 1, 1_000_000, "rows"),
            ("parameter_bytes", bytes(self.parameter_bytes), 1, 4 << 20, "bytes"),
            ("mapping_values", count(self.mapping_values), 1, 100_000_000, "values"),
            ("streams", count(self.streams), 1, 1_000_000, "answers"),
            ("sessions", self.sessions, 1, 100_000_000, "sessions"),
            ("rows", self.rows, 1, most, "rows"),
            ("bytes", bytes(self.bytes), 1, most, "bytes"),
            ("message_bytes", bytes(self.message_bytes), 64 << 10, whole(MESSAGE_BYTES_MAX), "bytes"),
            ("partitions", count(self.partitions), 1, 1_024, "partitions"),
            ("batch_rows", count(self.batch_rows), 1, 1 << 20, "rows"),
        ] {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                let to = if most == u64::MAX { " or more".to_owned() } else { format!(" to {most}") };
                return Err(format!("`limits.{name}` has to be {least}{to} {unit}"));
            }
        }
        Ok(())
    }
}

fn whole(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// The least memory a statement is given: with less, not one batch fits.
const MEMORY_BYTES_MIN: u64 = 1 << 20;

impl Config {
    /// The bounds of statements.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let set = &self.limits;
        let mut limits = Limits::default();
        let memory = |asked, share| self.memory(asked, share);
        // Caches count: what is left of the process's memory is for statements.
        limits.memory = size(memory(set.memory, MEMORY_PERCENT).saturating_sub(self.caches().total()));
        limits.statement_memory = size(memory(set.statement_memory, STATEMENT_MEMORY_PERCENT)).min(limits.memory);
        let whole = |to: &mut usize, from: Option<usize>| *to = from.unwrap_or(*to);
        whole(&mut limits.statements, set.statements);
        whole(&mut limits.planning, set.planning);
        whole(&mut limits.queue, set.queue);
        whole(&mut limits.tables, set.tables);
        whole(&mut limits.parameter_rows, set.parameter_rows);
        whole(&mut limits.mapping_values, set.mapping_values);
        whole(&mut limits.sql_bytes, set.sql_bytes.map(|bytes| size(bytes.0)));
        whole(&mut limits.target_partitions, set.partitions);
        whole(&mut limits.batch_rows, set.batch_rows);
        let time = |to: &mut Duration, from: Option<Period>| *to = from.map_or(*to, |period| period.0);
        time(&mut limits.queue_wait, set.queue_wait);
        time(&mut limits.statement_time, set.statement_time);
        time(&mut limits.planning_time, set.planning_time);
        limits.rows = set.rows;
        limits.bytes = set.bytes.map(|bytes| bytes.0);
        limits.spill_bytes = self.spill.max.map_or(limits.spill_bytes, |bytes| bytes.0);
        limits.snapshot_time = self.cache.snapshot_time.0;
        limits.snapshot_time_max = self.cache.snapshot_time_max.0;
        limits.snapshots = self.caches().snapshots;
        limits
    }

    /// Bytes of each cache: what the configuration says, unless that leaves statements with little. In a small place
    /// each cache has a quarter of what statements and caches have together, opened tables half as much.
    #[must_use]
    pub fn caches(&self) -> Caches {
        let quarter = self.memory(self.limits.memory, MEMORY_PERCENT) / 4;
        // Where there are catalogs, what they say shares the place of what metadata says.
        let (manifests, catalogs) = if self.storage.catalogs.is_empty() { (quarter / 2, 0) } else { (quarter / 4, quarter / 4) };
        Caches {
            footers: self.cache.footers.0.min(quarter),
            schemas: self.cache.schemas.0.min(quarter),
            snapshots: self.cache.snapshots.0.min(quarter / 2),
            tables: self.cache.tables.0.min(quarter / 2),
            manifests: self.cache.manifests.0.min(manifests),
            catalogs: self.cache.catalogs.0.min(catalogs),
        }
    }

    fn memory(&self, asked: Option<Memory>, share: u64) -> u64 {
        match asked.unwrap_or(Memory::Percent(share)) {
            Memory::Bytes(bytes) => bytes,
            Memory::Percent(share) => machine::memory_bytes() / 100 * share,
        }
    }

    /// The bounds of the protocol.
    #[must_use]
    pub fn flight_limits(&self) -> FlightLimits {
        let set = &self.limits;
        let mut limits = FlightLimits::default();
        limits.message_bytes = set.message_bytes.map_or(limits.message_bytes, |bytes| size(bytes.0));
        limits.sql_bytes = set.sql_bytes.map_or(limits.sql_bytes, |bytes| size(bytes.0));
        limits.parameter_bytes = set.parameter_bytes.map_or(limits.parameter_bytes, |bytes| size(bytes.0));
        limits.parameter_rows = set.parameter_rows.unwrap_or(limits.parameter_rows);
        limits.schema_bytes = self.caches().schemas;
        limits.streams = set.streams.unwrap_or(limits.streams);
        limits.sessions = set.sessions.unwrap_or(limits.sessions);
        limits.session_life = set.session_life.map_or(limits.session_life, |period| period.0);
        limits.unread_time = set.unread_time.map_or(limits.unread_time, |period| period.0);
        limits
    }
}

/// Bytes of caches.
#[derive(Clone, Copy, Debug)]
pub struct Caches {
    /// `cache.footers`.
    pub footers: u64,
    /// `cache.schemas`.
    pub schemas: u64,
    /// `cache.snapshots`.
    pub snapshots: u64,
    /// `cache.tables`.
    pub tables: u64,
    /// `cache.manifests`.
    pub manifests: u64,
    /// `cache.catalogs`.
    pub catalogs: u64,
}

impl Caches {
    /// Of all of them.
    #[must_use]
    pub fn total(self) -> u64 {
        let all = [self.footers, self.schemas, self.snapshots, self.tables, self.manifests, self.catalogs];
        all.into_iter().fold(0, u64::saturating_add)
    }
}

/// The share of the memory that caches and statements use together.
const MEMORY_PERCENT: u64 = 60;

/// The share of the memory that one statement may use.
const STATEMENT_MEMORY_PERCENT: u64 = 40;

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
