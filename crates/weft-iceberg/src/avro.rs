//! Avro files, as far as Iceberg keeps its metadata in them.
//!
//! Files are written by whoever publishes a table, and no length in one is believed before the bytes are there: nothing is
//! reserved for what is only claimed, blocks unpack to no more than a bound, and schemas nest and grow no further than one.
//! Fields are found by their Iceberg field ids; what is not asked for is passed over without a copy.
//!
//! Follows the Apache Avro 1.12 specification ("Object Container Files", "Binary Encoding") and the Iceberg specification's
//! "Appendix A: Avro".

pub(crate) mod container;
pub(crate) mod cursor;
pub(crate) mod schema;
pub(crate) mod value;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Flaw {
    /// It ends too early.
    #[error("it ends in the middle of a value")]
    Ends,
    /// It does not begin as Avro files do.
    #[error("it is no Avro file")]
    NotAvro,
    /// Its header lacks something.
    #[error("its header has no `{0}`")]
    Header(&'static str),
    /// Blocks are packed in a way that is not read.
    #[error("its blocks are packed with `{0}`, which is not read")]
    Codec(String),
    /// A block does not unpack.
    #[error("a block does not unpack: {0}")]
    Packed(String),
    /// A block is followed by other bytes than all others are.
    #[error("a block does not end where it says")]
    Sync,
    /// The schema is not one.
    #[error("its schema is not sound: {0}")]
    Schema(String),
    /// A value is none of its type.
    #[error("a value is none of its type: {0}")]
    Value(&'static str),
    /// Something is larger than the bound.
    #[error("{what} is more than {limit}")]
    TooMuch { what: &'static str, limit: usize },
}
