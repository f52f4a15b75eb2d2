//! The `weft` command: command line, configuration, wiring, and the demo mesh.
//!
//! Floor 7: the composition root. [`wiring`] is the only file of the house that names more than one implementation of a
//! seam. Everything a subcommand does stands in its own file under [`command`].
//!
//! Read in this order: [`cli`], [`config`], [`wiring`], [`command`], [`demo`].

pub mod cli;
pub mod config;
pub mod wiring;
pub mod command;
pub mod output;
pub mod audit;
pub mod demo;
pub mod error;
