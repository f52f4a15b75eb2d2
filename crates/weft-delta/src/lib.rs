//! Delta tables as ports: a location in, a table snapshot and its files out.
//!
//! Floor 3. The Delta protocol is `delta_kernel`'s to know; what it reads, it reads through [`engine`], which goes through
//! the port's own jailed store and, for checkpoints, through the same checked Parquet reader as data. See the protocol at
//! <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>.
//!
//! Read in this order: [`reader`], [`snapshot`], `listing`, `engine`.

pub mod reader;
pub mod snapshot;
mod listing;
mod listed;
mod column_names;
mod deletion_vector;
mod place;
mod engine;
mod failure;
