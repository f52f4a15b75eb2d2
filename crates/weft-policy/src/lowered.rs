//! The board's list of labels that may be lower than they were.

use std::sync::Arc;

use crate::glob::Glob;
use crate::ladder::Class;
use crate::matcher::PathGlob;

/// One entry of `lowered`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lowered {
    pub(crate) domain: Glob,
    pub(crate) product: Glob,
    pub(crate) path: PathGlob,
    /// The column's path as written.
    pub(crate) column: Arc<str>,
    /// The lowest classification that is accepted.
    pub(crate) to: Class,
    /// The first second in which the old label is back.
    pub(crate) until: Option<i64>,
}
