//! YAML with a line and a column on every value: the only YAML the rest of the crate sees.

pub mod build;
pub mod scalar;
pub mod tree;
