//! Finds products: immutable catalog snapshots, read from a folder or from memory.
//!
//! Floor 3: stands on weft-contract (files to products) and weft-policy (rules to a policy set); weft-engine resolves
//! names in its snapshots. It reads contract and policy files and nothing else: no storage, no clock, no environment.
//!
//! Read in this order: [`snapshot`] (what a statement holds on to), [`name`] and [`target`] (how a table name becomes
//! a contract's table), [`server`] (where its data lies), [`catalog`] (the seam); then how files become a snapshot,
//! last good state included: [`domain`], `source`, `intake`, `ledger`, `audit`, `draft`, `keep`, `rules`, `problem` and
//! `build`; then `folder`, [`mod@file`] and [`memory`] (where files come from), [`watch`] (when to look again), and
//! [`conformance`] (what every catalog must do).

pub mod domain;
pub mod error;

pub mod name;
pub mod target;
pub mod server;
pub mod snapshot;

pub mod catalog;
mod source;
mod intake;
mod ledger;
mod audit;
mod draft;
mod keep;
mod rules;
mod problem;
mod build;
mod parallel;

pub mod file;
mod folder;
pub mod memory;
pub mod watch;

#[doc(hidden)]
pub mod conformance;
