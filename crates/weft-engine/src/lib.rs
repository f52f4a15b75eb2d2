//! The life of one statement: gate, resolve, decide, open, govern, plan, admit, execute, record.
//!
//! Floor 5: weft-flight and the binary call [`Engine`](engine::Engine); this is the only crate that uses the DataFusion
//! facade, and [`session`] the only file of it that fills a session.
//!
//! Read in this order: [`caller`] and [`statement`] (what is asked), [`engine`] (the steps), [`gate`] (what may be
//! asked at all), [`resolve`] (names become governed tables), [`session`] and [`tables`] (what DataFusion sees),
//! [`admission`], [`memory`], [`rows`] and `interrupt` (running within bounds), [`directory`] (what a caller may see),
//! [`receipt`] (what is recorded), [`error`].

pub mod caller;
pub mod statement;

pub mod engine;
pub mod gate;
pub mod as_of;
pub mod chain;
pub mod expansion;
pub mod plan_size;
mod show;
pub mod resolve;
mod statement_tables;
mod revoked;
pub mod ports;
mod told_apart;
mod unknown;
pub mod session;
pub mod tables;
pub mod closed;

pub mod admission;
pub mod turn;
pub mod memory;
pub mod rows;
mod mappings;
mod abandoned;
mod interrupt;
pub mod watched;
mod run;
mod parameters;
mod map_access;
pub mod growing_function;
mod string_concat;

pub mod directory;
mod listed;
mod foreign_keys;
mod own_tables;
pub mod explain;
#[cfg(feature = "inspect")]
pub mod inspect;
pub mod receipt;

pub mod limits;
pub mod error;
