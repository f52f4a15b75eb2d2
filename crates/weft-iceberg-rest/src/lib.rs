//! Iceberg REST catalogs: a table's name in; where it lies, what it is, and what may not be read of it, out.
//!
//! Floor 3: implements the seam [`TableCatalog`](weft_storage::catalog::TableCatalog) over HTTP, as "Iceberg REST Catalog API"
//! of the Apache Iceberg project has it. Addresses and credentials are the operator's alone: nothing that a catalog says
//! makes Weft ask another machine.
//!
//! Read in this order: [`rest_catalog`] (the seam), `session` (what is asked as one identity), `listing` (names, page by page), `identity` and
//! `tokens` (who asks), `asking` (one request), `loaded` (what is said of a table), `member`, `lent` (keys), `restrictions`, `path`.

pub mod rest_catalog;

mod asking;
mod identity;
mod lending;
mod lent;
mod listing;
mod loaded;
mod member;
mod path;
mod restrictions;
mod secret;
mod session;
mod strict;
mod tokens;
