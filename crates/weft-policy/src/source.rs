//! Policy files as they are handed in.

use std::sync::Arc;

use weft_model::name::DomainName;

/// One policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// Who wrote it.
    pub authority: SourceAuthority,
    /// The file, relative to the root of the mesh.
    pub file: Arc<str>,
    /// What it holds.
    pub text: Arc<str>,
}

/// Who a file speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceAuthority {
    /// The governance board.
    Board,
    /// A domain, of its own products only.
    Domain(DomainName),
}
