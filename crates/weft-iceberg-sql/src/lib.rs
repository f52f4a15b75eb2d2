//! A table's name in a SQL catalog of Iceberg in; where it lies out.
//!
//! Floor 3, beside the format crates: implements weft-storage's seam of catalogs over a file of SQLite, as the JDBC and SQL
//! catalogs of Iceberg's own libraries keep it. Whoever may write that file is not trusted: it is opened to be read only,
//! nothing that it defines is run, and what it says is bounded before it is held.
//!
//! Read in this order: [`sql_catalog`] (the seam), `address` (which file is meant), `file` (how it is opened), `question` (what
//! is asked of it), `place` (where a table lies whose metadata file is known), `failure` (what may go wrong).

pub mod sql_catalog;

mod address;
mod file;
mod question;
mod place;
mod failure;

#[cfg(test)]
mod tests;
