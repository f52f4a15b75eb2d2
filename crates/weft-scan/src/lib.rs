//! One DataFusion scan for every table format, and plain Parquet as the first of them.
//!
//! Floor 3: weft-govern plans scans here, handing over the [`Decision`](weft_policy::decision::Decision) that allows
//! them; weft-engine opens ports. What is opened here is no `TableProvider`: nothing can query it without a decision.
//!
//! Read in this order: [`parquet_port`] (a location becomes a snapshot), [`open_port`], `opened`, `bind` and [`hive`] (the snapshot
//! meets its contract), [`chosen`] (the files of a leaf), [`plan`] (files become a physical leaf), `names`, `adapt`, `settled`, [`widen`] and `convert` (a file's columns become the
//! table's, their names by `calling`), [`lake_source`] and `constants` (deleted rows stay deleted, and what a file need not hold is there), [`file_reader`] and [`footer`] (how bytes are read), `outline` (what of them is decoded at all), `trust` and
//! `file_statistics` (what of it is believed), [`cause`] (what is behind an error), [`sample`] (some rows, for publishers).

pub mod parquet_port;
mod bind;
pub mod hive;
pub mod plan;
mod names;
pub mod open_port;
mod opened;
pub mod chosen;
mod calling;
pub mod lake_source;
mod constants;
mod file_deletes;
mod left;
mod page_pruning;
mod adapt;
mod legacy_calendar;
mod settled;
pub mod widen;
mod convert;
mod defaults;
mod file_statistics;
mod chunks;
mod claims;
pub mod file_reader;
pub mod footer;
pub mod port_files;
mod outline;
mod trust;
pub mod cause;
pub mod meter;
pub mod panicking;
pub mod trail;
pub mod sample;
