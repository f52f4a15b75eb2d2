//! One DataFusion scan for every table format, and plain Parquet as the first of them.
//!
//! Floor 3: weft-govern plans scans here, handing over the [`Decision`](weft_policy::decision::Decision) that allows
//! them; weft-engine opens ports. What is opened here is no `TableProvider`: nothing can query it without a decision.
//!
//! Read in this order: [`parquet_port`] (a location becomes a snapshot), [`bind`] (the snapshot meets its contract),
//! [`plan`] (files become a physical leaf), [`file_reader`] and [`footer`] (how bytes are read).

pub mod parquet_port;
pub mod bind;
pub mod plan;
pub mod file_reader;
pub mod footer;
pub mod meter;
