//! ODPS and ODCS files in, data products out, with a place for every complaint.
//!
//! Floor 2: `weft-catalog` and the binary call it; it calls `weft-model` only and touches no disk, clock or network.
//!
//! Read in this order: [`source`] (a file), [`parse`] (a file becomes a document), [`assemble`] (documents become
//! products), [`codes`] (every complaint there is); then [`yaml`] (text to tree), [`standard`] (the standards as
//! tables, and the walk along them), [`variables`], [`mask`], [`types`] and [`read`] (tree to model).

pub mod source;
pub mod parse;
pub mod assemble;
pub mod product;

pub mod codes;
pub mod complaints;

pub mod yaml;
pub mod standard;
pub mod variables;
pub mod mask;
pub mod types;
pub mod read;
