//! The `weft` command: command line, configuration, wiring, and the demo mesh.
//!
//! Floor 7: the composition root. [`wiring`] is the only file of the house that names more than one implementation of a
//! seam. Everything a subcommand does stands in its own file under [`command`].
//!
//! Read in this order: [`cli`], [`config`], [`mesh`], [`wiring`], [`command`], [`demo`]; then what commands share:
//! [`principal`], [`password`] and [`moment`] (who asks, and when), [`findings`], [`listing`], [`output`] and
//! [`terminal`] (what is said), [`version`].

pub mod cli;
pub mod config;
pub mod mesh;
pub mod wiring;
pub mod command;
pub mod principal;
pub mod password;
pub mod moment;
pub mod findings;
pub mod listing;
pub mod output;
pub mod terminal;
pub mod version;
pub mod audit;
pub mod metrics;
pub mod admin;
pub mod problems;
pub mod discovery;
pub mod reload;
pub mod demo;
pub mod error;
