//! Who speaks in a file.

use weft_model::name::DomainName;

use crate::decision::Authority;
use crate::ladder::Ladder;

/// What a rule needs to know of the file it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker<'a> {
    pub(crate) authority: Authority,
    /// The domain that owns the file; absent for the board.
    pub(crate) domain: Option<&'a DomainName>,
    pub(crate) ladder: &'a Ladder,
}
