//! Delta tables as ports: a location in, a table snapshot and its files out.
//!
//! Floor 3. The Delta protocol is `delta_kernel`'s to know; what it reads, it reads through [`engine`], which goes through
//! the port's own jailed store and, for checkpoints, through the same checked Parquet reader as data. See the protocol at
//! <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>.
//!
//! Read in this order: [`reader`] (keeps the newest snapshot), `opening` (which snapshot, and what changed), [`snapshot`],
//! `file_table` and `segment` (its files, column by column), `bounds` (what is believed of the log's statistics), `listing`
//! (files out of the log), `deletion_vector`, `engine` (how all of it is read).

pub mod reader;
mod opening;
pub mod snapshot;
mod table;
mod served;
mod column_names;
mod file_table;
mod segment;
mod bounds;
mod partition_value;
mod listing;
mod deletion_vector;
mod place;
mod engine;
mod failure;
