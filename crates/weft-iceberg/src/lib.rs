//! Iceberg tables: a location in, table snapshots and their files out.
//!
//! Floor 3, beside weft-scan and weft-delta: implements weft-port's seam. Metadata is read here, by field ids and within
//! bounds (ADR 014); data files, and files of deletes, are read by weft-scan.
//!
//! Follows the Iceberg table specification, versions 1 to 3.
//!
//! Read in this order: [`reader`] (opens tables), [`pointer`] (which metadata file counts), `metadata`, `data_type` and `columns`
//! (what a table is), `table` (which snapshot is meant), [`snapshot`], `manifest_list` and `manifest` (which files it has),
//! `partition`, `transform`, `single_value` and `pruning` (which of them are wanted), `deletes` (which rows of them are not),
//! `avro` (how metadata is laid out), `kept` (what of it is kept), `lake` (what tables are read with), `place` (where files lie), `failure`.

pub mod reader;
pub mod pointer;
mod metadata;
mod data_type;
mod columns;
mod table;
pub mod snapshot;
mod manifest_list;
mod manifest;
mod partition;
mod transform;
mod single_value;
mod pruning;
mod deletes;
mod avro;
mod kept;
mod lake;
mod place;
mod failure;
