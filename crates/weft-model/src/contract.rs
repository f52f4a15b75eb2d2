//! Data contracts: what one version of an output port promises, where its data lies, and who may read it.

use std::sync::{Arc, OnceLock};

use arrow_schema::{Schema, SchemaRef};

use crate::column::Column;
use crate::place::Place;
use crate::version::{Lifecycle, Version};

/// One version of a data contract.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The identifier by which ports refer to it.
    pub id: Arc<str>,
    /// The contract's own name.
    pub name: Option<Arc<str>>,
    /// Its version.
    pub version: Version,
    /// Where it stands in its life.
    pub status: Lifecycle,
    /// What the data is for, one text.
    pub description: Option<Arc<str>>,
    /// Tags of the contract as a whole; columns inherit them for policy.
    pub tags: Vec<Arc<str>>,
    /// The places where the data lies, in file order.
    pub servers: Vec<Server>,
    /// The tables it describes, in file order.
    pub objects: Vec<Arc<SchemaObject>>,
    /// Who may read, by role.
    pub roles: Vec<Role>,
    /// Where the contract file begins.
    pub place: Place,
}

/// One place where a contract's data lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// The server's name in the contract.
    pub name: Arc<str>,
    /// What kind of place it is.
    pub kind: ServerKind,
    /// The environment it belongs to; absent matches every environment.
    pub environment: Option<Arc<str>>,
    /// Location or path with variables filled in and `{model}` still in place.
    pub location: Arc<str>,
    /// How the data is written there.
    pub format: Format,
    /// The endpoint the contract names; it has to equal the binding's.
    pub endpoint: Option<Arc<str>>,
    /// The storage binding the contract asks for, by name; of a table of a catalog, the catalog.
    pub binding: Option<Arc<str>>,
    /// What the catalog calls the warehouse.
    pub warehouse: Option<Arc<str>>,
    /// The table's metadata file, relative to the location.
    pub metadata_location: Option<Arc<str>>,
    /// Whether directories are named `column=value`; absent means: look at the contract's partitioned columns.
    pub hive_partitioning: Option<bool>,
    /// How old what is known of the data may be before it is looked at again, in seconds; absent means: as operators say.
    pub max_staleness: Option<u32>,
    /// Where the server is declared.
    pub place: Place,
}

/// What kind of place a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerKind {
    /// A file or folder below the mesh root.
    Local,
    /// S3 or an S3-compatible store.
    S3,
    /// Azure Blob Storage or Data Lake Storage.
    Azure,
    /// Google Cloud Storage.
    Gcs,
    /// A plain HTTP server.
    Http,
    /// An Iceberg REST catalog.
    IcebergCatalog,
    /// A query over other products, kept in a file beside the contract.
    WeftSql,
    /// A kind Weft does not read; its name is kept for messages.
    Other(Arc<str>),
}

/// How data is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Parquet files.
    Parquet,
    /// A Delta table.
    Delta,
    /// An Iceberg table.
    Iceberg,
    /// A format Weft does not read; its name is kept for messages.
    Other(Arc<str>),
}

/// One table of a contract.
#[derive(Debug)]
pub struct SchemaObject {
    /// The contract's own name for it in references, if it has one.
    pub id: Option<Arc<str>>,
    /// The object's name as the contract spells it.
    pub name: Arc<str>,
    /// The object's SQL spelling.
    pub sql_name: Arc<str>,
    /// The name in storage: what `{model}` becomes is [`SchemaObject::name`], what a catalog looks up is this.
    pub physical_name: Arc<str>,
    /// What one row is.
    pub description: Option<Arc<str>>,
    /// Tags of the table; columns inherit them for policy.
    pub tags: Vec<Arc<str>>,
    /// The columns in contract order.
    pub columns: Vec<Column>,
    /// References to other tables' columns.
    pub references: Vec<Reference>,
    /// The file that holds the query of a derived product.
    pub sql_file: Option<Arc<str>>,
    /// Where the object is declared.
    pub place: Place,
    /// The served schema, made on first use.
    schema: OnceLock<SchemaRef>,
}

/// A reference from columns of one table to columns of another, as the contract claims it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Columns of this table.
    pub from: Vec<Arc<str>>,
    /// The target as the contract writes it: `object.column` or a path into another contract file.
    pub to: Vec<Arc<str>>,
}

/// One entry of a contract's `roles`.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The role or group a principal must have.
    pub role: Arc<str>,
    /// False when the entry's `access` is something else than `read`, `readwrite` or absent.
    pub reads: bool,
    /// `clearance`: the domain clears columns up to this classification for the role.
    pub clearance: Option<Arc<str>>,
    /// `unmask`: the domain clears columns with tags like these for the role.
    pub unmask: Vec<Arc<str>>,
    /// `rowFilter`: the grant's rows, as the predicate's text.
    pub row_filter: Option<Arc<str>>,
    /// Where the role is declared.
    pub place: Place,
}

impl SchemaObject {
    /// Puts a table together; the served schema is made when first asked for.
    #[must_use]
    pub fn new(name: Arc<str>, sql_name: Arc<str>, columns: Vec<Column>, place: Place) -> Self {
        Self {
            id: None,
            physical_name: Arc::clone(&name),
            name,
            sql_name,
            description: None,
            tags: Vec::new(),
            columns,
            references: Vec::new(),
            sql_file: None,
            place,
            schema: OnceLock::new(),
        }
    }

    /// The schema every client is shown before policy: contract order, strings as `Utf8View`, every field nullable,
    /// no metadata.
    pub fn served_schema(&self) -> &SchemaRef {
        self.schema.get_or_init(|| Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>())))
    }

    /// The column with this name, if the contract declares it.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| &*column.name == name)
    }
}

impl Server {
    /// The location of one table: `{model}` replaced by the object's name.
    #[must_use]
    pub fn location_of(&self, object: &SchemaObject) -> String {
        self.location.replace("{model}", &object.name)
    }
}

impl Format {
    /// Reads the `format` of a server.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "parquet" => Self::Parquet,
            "delta" => Self::Delta,
            "iceberg" => Self::Iceberg,
            _ => Self::Other(Arc::from(text)),
        }
    }

    /// The name used in messages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Parquet => "parquet",
            Self::Delta => "delta",
            Self::Iceberg => "iceberg",
            Self::Other(name) => name,
        }
    }
}
