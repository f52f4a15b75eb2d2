//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Governed SQL over domain data products, served as Arrow Flight SQL.
#[derive(Debug, Parser)]
#[command(name = "weft", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How results and reports are printed.
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// The configuration; without it ./weft.yaml, if there is one.
    #[arg(long, global = true, env = "WEFT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How results and reports are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table people can read.
    Table,
    /// JSON: one document, or one object per row.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate a retail mesh, serve it, and print what to paste.
    Demo(DemoArgs),
    /// Serve a mesh over Arrow Flight SQL.
    Serve(ServeArgs),
    /// Run one SQL statement, in this process or on a server.
    Sql(SqlArgs),
}

/// `weft demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the mesh and its data are put; by default a folder in your cache, used again when nothing has changed.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The port to listen on, on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 50051)]
    pub port: u16,
}

/// `weft serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The folder of the mesh, instead of the configuration's.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// The address to listen on, instead of the configuration's.
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
}

/// `weft sql`.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The statement.
    #[arg(short = 'c', value_name = "SQL", conflicts_with = "file", required_unless_present = "file")]
    pub sql: Option<String>,
    /// A file that holds the statement.
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write the answer to a file; its ending (.parquet, .arrow, .csv, .json) says how.
    #[arg(short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The folder of the mesh, instead of the configuration's.
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub catalog: Option<PathBuf>,
    /// A user of users.yaml to run as.
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["user", "groups", "roles", "url"])]
    pub as_user: Option<String>,
    /// The name of a user made up for this statement.
    #[arg(long, value_name = "NAME", conflicts_with = "url")]
    pub user: Option<String>,
    /// The groups of that user, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "GROUPS", conflicts_with = "url")]
    pub groups: Vec<String>,
    /// The roles of that user, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "ROLES", conflicts_with = "url")]
    pub roles: Vec<String>,
    /// The purpose of the statement.
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// A server to run on, as grpc://HOST:PORT.
    #[arg(long, value_name = "URL", env = "WEFT_URL")]
    pub url: Option<String>,
    /// A file that holds the token for that server; otherwise WEFT_TOKEN does.
    #[arg(long = "token-file", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}
