//! Behaviour through the engine's public door, over real files. See `tests/README.md` for the list of fixtures.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "these are tests, and what helps them fails them"
)]

mod people;

mod access;
mod both_paths;
mod canaries;
mod clearance;
mod deletes;
mod doors;
mod folders;
mod generated;
mod leaks;
mod limits;
mod mappings;
mod listing;
mod oracle;
mod planner;
mod plans;
#[cfg(debug_assertions)]
mod sabotage;
mod seal;
mod tightening;
mod tpch;
mod withheld;
