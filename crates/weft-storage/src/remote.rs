//! Data in object stores: addresses, clients, and the jail around what a binding grants.

pub mod address;
pub mod client;
pub mod connector;
pub(crate) mod instance;
pub(crate) mod lent;
pub(crate) mod routed;
pub(crate) mod store;
