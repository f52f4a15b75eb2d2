//! The types contracts speak of, as Arrow types.

pub mod physical;
pub mod logical;
