//! Behaviour through the engine's public door, over real files. See `tests/README.md` for the list of fixtures.

mod people;

mod access;
mod both_paths;
mod leaks;
mod oracle;
mod plans;
