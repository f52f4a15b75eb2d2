//! The life of one statement.
