//! How results look on the wire: one schema and one form of batch per kind of client.

pub(crate) mod batch;
pub(crate) mod encode;
pub(crate) mod ipc;
pub(crate) mod profile;
pub(crate) mod schema;
pub(crate) mod size;
