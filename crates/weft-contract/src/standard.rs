//! The two standards as data, and the walk that holds a file against them.

pub mod edition;
pub mod extension;
pub mod shape;

pub mod odcs;
pub mod odcs_quality;
pub mod odcs_schema;
pub mod odcs_server;
pub mod odps;

pub mod check;
pub mod own;
pub mod pattern;
pub mod suggest;
