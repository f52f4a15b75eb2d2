//! Arrow Flight and Flight SQL over tonic.
mod error;
mod limits;
mod status;
mod wire;
