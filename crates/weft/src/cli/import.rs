//! The arguments of `weft import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What stands under the help of `weft import`.
pub const IMPORT_EXAMPLES: &str = "\
A LOCATION is a file, a folder, a pattern or the folder of a Delta or Iceberg table: a path, an address such as
s3://bucket/orders/ that a storage binding of the configuration grants to the domain, or a table of a catalog of the configuration,
catalog:NAME/NAMESPACE/TABLE, or without TABLE all below a namespace. What is proposed stands in the contract,
for its owner to judge: tags such as pii:email come with the detector that proposed them and the share
of sampled values it matched; no value is ever shown. A product that is there already is compared with
the data, and nothing is written unless --write is given. What its owner has said stays: whatever the
files say that does not follow from the data is carried over, and --write refuses what would lose it.

Examples:
  weft import data/orders --domain sales --into mesh --reader analyst --classification internal
  weft import 'exports/*.parquet' --domain sales --product exports --into mesh
  weft import data/orders --domain sales --into mesh            a second time: shows what has changed
  weft import data/orders --domain sales --into mesh --write    and writes it
  weft import catalog:prod/sales --domain sales                 every table of a namespace

Exit codes: 0 written or unchanged, 1 something has changed and was not written, 2 could not import.";

/// `weft import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files, folders, patterns, addresses or tables of a catalog; each becomes a product.
    #[arg(value_name = "LOCATION", required = true)]
    pub locations: Vec<String>,
    /// The format, where the files do not tell.
    #[arg(long, value_enum)]
    pub format: Option<ImportFormat>,
    /// The domain that publishes the data.
    #[arg(long, value_name = "NAME", default_value = "imported")]
    pub domain: String,
    /// The product's name; by default it is made of the location's.
    #[arg(long, value_name = "NAME")]
    pub product: Option<String>,
    /// The folder of the mesh to write to, instead of the configuration's.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// A role that may read the product; without one nobody may until a policy says so.
    #[arg(long = "reader", value_name = "ROLE")]
    pub readers: Vec<String>,
    /// How sensitive every column is that has no classification yet; unclassified ones most policies hide.
    #[arg(long, value_name = "NAME")]
    pub classification: Option<String>,
    /// Write over a product that is there already.
    #[arg(long)]
    pub write: bool,
    /// With --write, give up what a contract says of columns that the data has no longer.
    #[arg(long, requires = "write")]
    pub drop_columns: bool,
}

/// A format that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// Parquet files.
    Parquet,
    /// A Delta table.
    Delta,
    /// An Iceberg table.
    Iceberg,
}
