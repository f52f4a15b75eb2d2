//! The seam of catalogs of tables: a name in; where the table lies, and what it is, out.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use weft_model::report::{Code, Kind, Report};
use weft_model::restriction::Restrictions;

/// What a catalog calls a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName {
    /// The levels of its namespace, the outermost first; never empty, and no level is.
    pub namespace: Vec<Arc<str>>,
    /// Its name there.
    pub table: Arc<str>,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.namespace.iter().try_for_each(|level| write!(f, "{}.", level.escape_debug()))?;
        write!(f, "{}", self.table.escape_debug())
    }
}

/// What a catalog says of a table, to one caller.
#[derive(Clone, Debug)]
pub struct TableEntry {
    /// Where it lies: an address, or an absolute path.
    pub location: Arc<str>,
    /// What it is.
    pub metadata: TableMetadata,
    /// What the caller may not read of it; whoever reads the table enforces it.
    pub restrictions: Arc<Restrictions>,
    /// The keys to its files that the catalog lends, where it lends any.
    pub vending: Option<Arc<dyn Vending>>,
}

/// A table's metadata, as "Table Metadata" of the Iceberg specification has it.
#[derive(Clone, Debug)]
pub enum TableMetadata {
    /// The file that holds it: an address, or an absolute path.
    File(Arc<str>),
    /// The catalog's own words.
    Text {
        /// JSON.
        text: Arc<[u8]>,
        /// Another for other words.
        tag: Arc<str>,
    },
}

/// Knows tables by name.
///
/// Nothing that it says may be older than the question, and nothing that it says to one caller may be given to another.
#[async_trait]
pub trait TableCatalog: Send + Sync + fmt::Debug {
    /// What it says of a table to a caller, by name; [`None`] asks for Weft itself.
    ///
    /// # Errors
    /// [`CatalogFault`].
    async fn table(&self, name: &TableName, caller: Option<&str>) -> Result<TableEntry, CatalogFault>;

    /// Every table below a namespace, the namespaces within it included, in the catalog's order; at most `most`.
    ///
    /// # Errors
    /// [`CatalogFault`], also when there are more.
    async fn tables(&self, namespace: &[Arc<str>], most: usize) -> Result<Vec<TableName>, CatalogFault>;

    /// How often it was asked for a table, how often it had to be told, and how many bytes are kept of that.
    fn kept(&self) -> Kept {
        Kept::default()
    }
}

/// What a catalog's client keeps, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How often a table was asked for.
    pub asked: u64,
    /// How often the catalog had something new to say.
    pub read: u64,
    /// Bytes that are kept.
    pub bytes: u64,
}

/// Keys that a catalog lends, and lends anew before they end.
#[async_trait]
pub trait Vending: Send + Sync + fmt::Debug {
    /// The keys that hold now.
    ///
    /// # Errors
    /// [`CatalogFault`], when the ones at hand have ended and there are no others.
    async fn keys(&self) -> Result<Arc<[Vended]>, CatalogFault>;
}

/// Keys to what lies below a prefix.
#[derive(Clone, PartialEq, Eq)]
pub struct Vended {
    /// How the addresses begin that they are for; empty for all.
    pub prefix: Arc<str>,
    /// The keys.
    pub keys: Keys,
    /// When they end, if that was said.
    pub until: Option<SystemTime>,
}

/// Keys to a store.
#[derive(Clone, PartialEq, Eq)]
pub enum Keys {
    /// An access key of S3.
    S3 {
        /// Its name.
        access_key_id: String,
        /// The key.
        secret_access_key: String,
        /// The token of a temporary key.
        session_token: Option<String>,
    },
    /// A token of Google's storage.
    Gcs {
        /// The token.
        token: String,
    },
    /// A shared access signature of an Azure account, as a query.
    Azure {
        /// The signature.
        sas: String,
    },
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 { .. } => "S3",
            Self::Gcs { .. } => "Gcs",
            Self::Azure { .. } => "Azure",
        })
    }
}

impl fmt::Debug for Vended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vended").field("prefix", &self.prefix).field("until", &self.until).finish_non_exhaustive()
    }
}

/// Why a catalog does not say what a table is. Texts hold no secrets, and nothing of what the catalog said beyond names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogFault {
    /// A catalog could not be asked, which may be otherwise the next time.
    #[error("the catalog could not be asked: {0}")]
    Unreachable(String),
    /// A catalog does not tell whoever asks.
    #[error("the catalog refuses: {0}")]
    Refused(String),
    /// A catalog knows no such table.
    #[error("the catalog has no such table")]
    Missing,
    /// A catalog's answer is not what the standard says, or is not read.
    #[error("the catalog's answer is not usable: {0}")]
    Unusable(String),
    /// A catalog withholds something in a way that cannot be enforced here, so that nothing is read.
    #[error("the catalog restricts reads in a way that is not enforced: {0}")]
    Restricted(String),
}

const UNREACHABLE: Code = Code::new("WEFT-S012", Kind::Unavailable, "58030");
const REFUSED: Code = Code::new("WEFT-S013", Kind::FailedPrecondition, "42501");
const MISSING: Code = Code::new("WEFT-S014", Kind::FailedPrecondition, "58P01");
const UNUSABLE: Code = Code::new("WEFT-S015", Kind::FailedPrecondition, "55000");
const RESTRICTED: Code = Code::new("WEFT-S016", Kind::FailedPrecondition, "42501");

impl Report for CatalogFault {
    fn code(&self) -> Code {
        match self {
            Self::Unreachable(_) => UNREACHABLE,
            Self::Refused(_) => REFUSED,
            Self::Missing => MISSING,
            Self::Unusable(_) => UNUSABLE,
            Self::Restricted(_) => RESTRICTED,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unreachable(_) => "Try again; the server's log says more.",
            Self::Refused(_) => "Check the `credentials` of the catalog's entry in `storage.catalogs`, and what they may read there.",
            Self::Missing => "Check `namespace` and `physicalName`; the catalog's names are as it spells them.",
            Self::Unusable(_) => "Check the catalog's entry in `storage.catalogs`; the rest is for whoever runs the catalog.",
            Self::Restricted(_) => "Ask the operator: `restrictions` of the catalog's entry in `storage.catalogs` says for whom they are meant.",
        };
        Some(hint.to_owned())
    }
}
