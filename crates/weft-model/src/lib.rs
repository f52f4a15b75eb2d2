//! The words of the mesh as types, and [`Report`](report::Report) for errors.
//!
//! Floor 1: every other crate may use it and it uses none of them.
//! It holds nouns only: no parsing of files, no decisions, no I/O.
//!
//! Read in this order: [`name`] (what a product is called), [`product`] and [`contract`] (what a domain publishes),
//! [`column`] and [`mask`] (what a column is and how it may be disguised), [`restriction`] (what a
//! catalog withholds), [`type_name`] (how its type is called), [`principal`] (who asks),
//! [`place`] and [`finding`] (complaints about files), [`report`] (errors that reach a client).

pub mod name;
pub mod version;

pub mod product;
pub mod contract;
pub mod column;
pub mod type_name;
pub mod mask;
pub mod restriction;

pub mod principal;

pub mod place;
pub mod finding;
pub mod quantity;
pub mod report;
