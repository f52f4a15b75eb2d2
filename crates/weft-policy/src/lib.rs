//! The decision point: who may read which rows and columns of a product, and how the rest is disguised.
//!
//! Floor 2: weft-catalog compiles a [`PolicySet`](set::PolicySet), weft-engine asks [`decide`](decide::decide),
//! weft-govern enforces the [`Decision`](decision::Decision). Pure: no I/O, no clock, no async, no DataFusion;
//! the same request gives the same decision.
//!
//! Read in this order: `read` (files to rules), `rule` (what a rule is), [`set`] (compiling rules for products),
//! [`request`], [`decide`], [`decision`] (the answer), [`predicate`] (row rules as a typed tree), [`explain`] and
//! [`check`] (for people).

pub mod decision;
pub mod predicate;
pub mod request;

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
mod rule;
mod lowered;
mod read;
