//! The decision point: who may read which rows and columns of a product, and how the rest is disguised.
//!
//! Floor 2: weft-catalog compiles a [`PolicySet`](set::PolicySet), weft-engine asks [`decide`](decide::decide),
//! weft-govern enforces the [`Decision`](decision::Decision). Pure: no I/O, no clock, no async, no DataFusion;
//! the same request gives the same decision.
//!
//! Read in this order: [`rule`] (what a file may say), [`set`] (compiling files), [`request`], [`decide`],
//! [`decision`] (the answer), [`predicate`] (row rules as a typed tree).

pub mod decision;
pub mod predicate;
pub mod request;
