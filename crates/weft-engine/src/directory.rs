//! What a caller may see, for catalogs, metadata commands and information_schema: made from contracts and decisions,
//! never from storage.

use std::sync::Arc;

use arrow_schema::DataType;

/// Domains and tables of one caller, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The domains in which anything is visible, and the server's own.
    pub domains: Vec<DirectoryDomain>,
    /// The tables.
    pub tables: Vec<DirectoryTable>,
}

/// A domain.
#[derive(Clone, Debug)]
pub struct DirectoryDomain {
    /// Its SQL name.
    pub name: Arc<str>,
}

/// What kind of table it is, in the words drivers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// A product as its domain owns it.
    Table,
    /// A product made of other products.
    View,
    /// A table of the server itself.
    SystemTable,
}

/// A table.
#[derive(Clone, Debug)]
pub struct DirectoryTable {
    /// Its domain.
    pub domain: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: TableKind,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// The visible columns, in contract order; names of one table share them.
    pub columns: Arc<[DirectoryColumn]>,
    /// The primary key, if every column of it is clear or a token.
    pub primary_key: Vec<Arc<str>>,
    /// References to other tables, if both ends are visible.
    pub foreign_keys: Vec<DirectoryKey>,
}

/// A column as it is served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DirectoryColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its served type.
    pub data_type: DataType,
    /// The type as the contract names it.
    pub type_name: Arc<str>,
    /// What it holds.
    pub description: Option<Arc<str>>,
    /// True when the producer promises a value in every row, and the caller sees it in clear.
    pub required: bool,
    /// True when what is served is not the value itself.
    pub masked: bool,
    /// Its classification.
    pub classification: Option<Arc<str>>,
}

/// A reference from one table to another.
#[derive(Clone, Debug)]
pub struct DirectoryKey {
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// Columns of this table.
    pub columns: Vec<Arc<str>>,
    /// The domain referred to.
    pub target_domain: Arc<str>,
    /// The table referred to.
    pub target_table: Arc<str>,
    /// The columns referred to.
    pub target_columns: Vec<Arc<str>>,
}

impl Directory {
    /// True when the caller may see a table of this name.
    #[must_use]
    pub fn has(&self, domain: &str, name: &str) -> bool {
        self.tables.binary_search_by(|table| (&*table.domain, &*table.name).cmp(&(domain, name))).is_ok()
    }
}
