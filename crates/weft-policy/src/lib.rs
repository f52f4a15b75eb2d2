//! The decision point: who may read which rows and columns of a product, and how the rest is disguised.
//!
//! Floor 2: weft-catalog compiles a [`PolicySet`](set::PolicySet), weft-engine asks [`decide`](decide::decide),
//! weft-govern enforces the [`Decision`](decision::Decision). Pure: no I/O, no clock, no async, no DataFusion;
//! the same request gives the same decision.
//!
//! Read in this order: `read` (files to rules), `rule` (what a rule is), [`set`] (compiling rules for products),
//! [`request`], [`decide`], [`decision`] (the answer), [`predicate`] (row rules as a typed tree), [`restricted`] (what
//! the table's catalog withholds beside it), [`explain`] and [`check`] (for people).

pub mod set;
pub mod request;
pub mod decide;
pub mod decision;
pub mod predicate;
pub mod restricted;
pub mod explain;
pub mod check;

mod yaml;
mod complaint;
mod glob;
mod ladder;
mod matcher;
mod who;

mod condition;
mod sql;
mod literal;
mod typing;
mod template;
mod mapping;

mod rule;
mod lowered;
mod read;
mod source;
mod files;

mod fit;
mod meet;
mod leaf;
mod label;
mod twin;
mod memory;
mod physical;
mod shared;

mod unenforceable;
mod numbered;
mod row_filter;

mod compile;
mod compiled;
mod assemble;
mod columns;
mod fingerprint;
mod text;

#[cfg(test)]
mod tests;
