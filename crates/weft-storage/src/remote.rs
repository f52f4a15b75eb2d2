//! Data in object stores: addresses, clients, and the jail around what a binding grants.

pub mod address;
pub(crate) mod bucket;
pub mod client;
pub mod connector;
pub(crate) mod instance;
pub(crate) mod lent;
pub(crate) mod routed;
pub(crate) mod store;
