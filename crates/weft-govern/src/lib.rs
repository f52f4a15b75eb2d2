//! The enforcement point: governed tables, the governed scan, masks and the plan verifier.
//!
//! Floor 4: weft-engine puts [`GovernedTable`](governed_table::GovernedTable)s, and nothing else, into a session.
//! Whatever a query is made of, rows reach it only through a [`GovernedScanExec`](governed_scan::GovernedScanExec):
//! *clear* where the decision withholds nothing from the columns in use, *sealed* everywhere else.
//!
//! Read in this order: [`guard`] (what is guarded), [`governed_table`] (what a query sees), [`leak_proof`] (which
//! filters may go below the seal), [`governed_scan`] (the leaf), [`sealed`], [`sealed_stream`] and `sieve` (rows inside it), `shuffle` and `mixed` (their order),
//! [`shape`] and [`mask`] (columns inside it), [`rebuild`] (no hidden byte leaves), [`verify`] (no other leaf runs).

pub mod guard;
pub mod error;

pub mod governed_table;
pub mod leak_proof;

pub mod governed_scan;
pub mod sealed;
pub mod sealed_stream;
mod sieve;
pub mod row_rule;
pub mod mapping;
mod dice;
mod shuffle;
mod mixed;
pub mod shape;

pub mod mask;
pub mod rebuild;

pub mod verify;
