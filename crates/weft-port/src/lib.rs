//! The seam that table-format crates implement: a location in, a table snapshot and its files out.
//!
//! Floor 2: weft-scan, weft-delta and weft-iceberg implement [`PortReader`](reader::PortReader) and
//! [`PortSnapshot`](snapshot::PortSnapshot); weft-engine opens ports through it and weft-scan plans their files.
//! Formats never see an expression: they offer statistics, a [`Pruner`](prune::Pruner) says what may stay.
//!
//! Read in this order: [`location`], [`reader`], [`snapshot`], [`file`], [`deletes`], [`field_names`], [`files`], [`prune`],
//! [`error`].

pub mod location;
pub mod reader;
pub mod snapshot;
pub mod deletes;
pub mod field_names;
pub mod file;
pub mod files;
pub mod prune;
pub mod error;
