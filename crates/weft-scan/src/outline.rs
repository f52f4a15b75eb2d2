//! What a file says of its own shape, walked before it is decoded.
//!
//! The decoder follows a file's numbers: it nests as deep as the schema claims to, and reserves what a list claims to
//! hold. Whoever writes the file would choose what becomes of the process. So footers, page indexes and page headers are
//! walked first, without recursion and without keeping anything, and what the decoder might not survive is refused.
//! Fields are those of `parquet.thrift` in the Parquet format's own description.

mod flaw;
mod footer;
mod layout;
mod number;
mod page_index;
mod pages;
mod thrift;

pub(crate) use flaw::Flaw;
pub(crate) use footer::footer;
pub(crate) use page_index::{column_index, offset_index};
pub(crate) use number::{number, zigzag};
pub(crate) use pages::{BATCH_ROWS, Pages, pages};

#[cfg(test)]
mod tests;
