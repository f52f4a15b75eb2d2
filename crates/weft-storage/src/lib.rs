//! A location in, a jailed `ObjectStore` out.
//!
//! Floor 2: weft-scan, the format crates and the binary ask it for stores; it knows only weft-model.
//! Contracts are written by people we do not trust with each other's data, so a store reaches the files its
//! [binding](config::BindingConfig) grants and nothing else, whatever a path, a link or a table's metadata says.
//!
//! Read in this order: [`config`] (who may use which prefix), [`storage`] (a server of a contract becomes a store), [`catalog`]
//! (the seam of catalogs that say where tables lie), [`known`] and `catalogued` (a table of theirs becomes a store),
//! `location` and [`glob`] (what a contract may write), `binding` (which prefix a location falls under), `jail`,
//! [`jailed`] and `walk` (every access is resolved and checked), [`remote`] (object stores), [`metered`] and [`closed`] (wrappers), [`error`] and [`fault`].

pub mod config;
pub mod credentials;
pub mod catalog_credentials;
pub mod catalog;
pub mod known;
pub mod opened;
mod roots;
pub mod storage;
mod catalogued;

mod binding;
pub mod fault;
pub mod glob;
mod location;
mod segment;

mod blocking;
mod jail;
pub mod jailed;
mod meta;
mod readonly;
mod walk;

pub mod remote;

pub mod closed;
pub mod metered;

pub mod error;
