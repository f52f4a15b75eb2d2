//! The answer of the decision point: a witness that the enforcement point asks for before it plans a scan.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use weft_model::mask::Mask;
use weft_model::name::ProductName;
use weft_model::place::Place;
use weft_model::version::Version;

use crate::predicate::Predicate;

/// What one principal, for one purpose, may read of one table.
///
/// The fields are private to this crate: nobody but [`decide`](crate::decide::decide) makes one, and what a catalog
/// withholds only narrows it ([`Decision::restricted`]).
#[derive(Clone, Debug)]
pub struct Decision {
    pub(crate) product: ProductName,
    pub(crate) version: Version,
    pub(crate) object: Arc<str>,
    pub(crate) readable: bool,
    pub(crate) columns: Vec<ColumnDecision>,
    pub(crate) rows: Option<Predicate>,
    pub(crate) history: bool,
    pub(crate) row_factors: Vec<Factor>,
    pub(crate) access_factors: Vec<Factor>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) valid_until: Option<i64>,
}

/// What happens to one column, or to one field inside a column.
#[derive(Clone, Debug)]
pub struct ColumnDecision {
    pub(crate) name: Arc<str>,
    pub(crate) rule: ColumnRule,
    pub(crate) factors: Vec<Factor>,
}

/// What happens to a column's values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ColumnRule {
    /// Shown as it is.
    Clear,
    /// Shown through a mask, in every clause of a query.
    Masked(MaskRule),
    /// Shown as it is in rows where the predicate is true; elsewhere through the mask.
    ClearWhere {
        /// The rows on which the clearance holds.
        rows: Predicate,
        /// What the other rows show; hidden elsewhere means the null mask here.
        otherwise: MaskRule,
    },
    /// A struct, list or map whose fields differ: one entry per child, in contract order; hidden children leave the type.
    Nested(Vec<(Arc<str>, ColumnRule)>),
    /// Absent: from schemas, `SELECT *`, metadata and suggestions.
    Hidden,
}

/// A mask with what it needs beside its parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaskRule {
    /// The function.
    pub mask: Mask,
    /// The token domain of the column, for [`Mask::Token`].
    pub token_domain: Option<Arc<str>>,
}

/// A rule, role or default that took part in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// Who wrote it.
    pub authority: Authority,
    /// The rule's id, `role:<name>`, `default:<classification>`, or `read-restrictions` of a catalog.
    pub rule: Arc<str>,
    /// What it did, for people: "masks as email_domain", "grants rows region = 'EU'".
    pub effect: String,
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
}

/// Who a rule speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// The governance board.
    Board,
    /// The domain that publishes the product.
    Domain,
    /// The catalog that the product's table stands in; it only ever withholds.
    Catalog,
}

/// A hash over everything a decision says. Equal fingerprints grant the same; it is keyed before a client sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fingerprint(pub(crate) [u8; 32]);

impl Decision {
    /// The product decided upon.
    #[must_use]
    pub fn product(&self) -> &ProductName {
        &self.product
    }

    /// The contract version decided upon.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The schema object decided upon, as the contract names it.
    #[must_use]
    pub fn object(&self) -> &str {
        &self.object
    }

    /// True when the product exists for the principal: a grant matches, no deny does, and a column is visible.
    #[must_use]
    pub fn readable(&self) -> bool {
        self.readable
    }

    /// One entry per column of the contract, in contract order, hidden ones included. Empty when not readable.
    #[must_use]
    pub fn columns(&self) -> &[ColumnDecision] {
        &self.columns
    }

    /// Which rows are visible: `None` means all of them.
    #[must_use]
    pub fn rows(&self) -> Option<&Predicate> {
        self.rows.as_ref()
    }

    /// True when the principal may read what the table was: an older version holds rows that were deleted since.
    #[must_use]
    pub fn history(&self) -> bool {
        self.history
    }

    /// Grants and restrictions behind [`Decision::rows`].
    #[must_use]
    pub fn row_factors(&self) -> &[Factor] {
        &self.row_factors
    }

    /// Grants and denials behind [`Decision::readable`].
    #[must_use]
    pub fn access_factors(&self) -> &[Factor] {
        &self.access_factors
    }

    /// A hash over everything the decision says.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The second from which the decision no longer holds, because a grant that took part in it expires.
    #[must_use]
    pub fn valid_until(&self) -> Option<i64> {
        self.valid_until
    }
}

impl ColumnDecision {
    /// The column as the contract names it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What happens to it.
    #[must_use]
    pub fn rule(&self) -> &ColumnRule {
        &self.rule
    }

    /// Why.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }
}

impl ColumnRule {
    /// True when the column is part of what the principal sees.
    #[must_use]
    pub fn visible(&self) -> bool {
        !matches!(self, Self::Hidden)
    }
}

impl Fingerprint {
    /// The bytes, to be keyed before they leave the server.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
