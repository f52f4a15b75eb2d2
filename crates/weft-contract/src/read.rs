//! A checked document in, the words of the model out.
//!
//! Readers pass over what the check already complained about and report only what is Weft's own business.

pub mod reader;
pub mod text;

pub mod product;
pub mod contract;
pub mod server;
pub mod role;
pub mod object;
pub mod relation;
pub mod column;
pub mod data_type;
