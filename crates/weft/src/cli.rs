//! The command line.

pub mod import;
pub mod policy;
pub mod token;
pub mod who;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use weft_engine::as_of;

use crate::cli::import::{ImportArgs, IMPORT_EXAMPLES};
use crate::cli::policy::PolicyArgs;
use crate::cli::token::TokenArgs;
use crate::cli::who::WhoArgs;
use crate::version;

/// Governed SQL over domain data products, served as Arrow Flight SQL.
#[derive(Debug, Parser)]
#[command(name = "weft", version, long_version = version::LONG, propagate_version = true, max_term_width = 100)]
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
    /// Write a folder that serves: configuration, users, policy, and a product with data.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Serve a mesh over Arrow Flight SQL.
    Serve(ServeArgs),
    /// Run one SQL statement, in this process or on a server.
    #[command(after_help = SQL_EXAMPLES)]
    Sql(SqlArgs),
    /// Judge contracts, policies, users and domain files, with file, line and column for every complaint.
    #[command(after_help = VALIDATE_EXAMPLES)]
    Validate(ValidateArgs),
    /// Write the contract of data that is there: a lint-clean product for every location.
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArgs),
    /// Ask what the policy means: explain a decision, check rules, run suites, compare meshes.
    Policy(PolicyArgs),
    /// Make, list and revoke personal access tokens; hash passwords.
    Token(TokenArgs),
    /// Tell whether a server would start here, and what it would lack.
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// Print the completion script of a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
}

const INIT_EXAMPLES: &str = "\
Nothing is overwritten. Without --password-file the password is asked for, or made up and printed once.

Examples:
  weft init shop && cd shop && weft serve
  weft init --user analyst --password-file secret.txt .

Exit codes: 0 written, 2 not.";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  weft doctor
  weft doctor --config /etc/weft/weft.yaml --output json

Exit codes: 0 a server would start, 1 something would keep it from starting, 2 could not look.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  weft completions bash > ~/.local/share/bash-completion/completions/weft
  weft completions zsh > \"${fpath[1]}/_weft\"
  weft completions fish > ~/.config/fish/completions/weft.fish";

const SQL_EXAMPLES: &str = "\
A table shows at most 10,000 rows and counts the rest; --output csv, --output json and -o FILE have
them all. A file takes its name when it is complete: a statement that fails or is interrupted leaves
what was there.

Examples:
  weft sql --catalog catalogs/retail --as analyst -c 'select * from information_schema.tables'
  weft sql --user me --groups eu-analysts -f report.sql -o report.parquet
  WEFT_TOKEN=… weft sql --url grpc://127.0.0.1:50051 --output csv -c 'select 1'

Exit codes: 0 answered, 1 the statement failed, 2 it could not run.";

const VALIDATE_EXAMPLES: &str = "\
Without PATH the configured mesh is judged, with its users and policies. A PATH inside a mesh (a folder above it has
`_governance`) is judged as part of that mesh and only its own findings are listed; any other folder is judged by
itself, its contracts joined to its products; any other file alone.

Examples:
  weft validate                                   the mesh of ./weft.yaml
  weft validate catalogs/retail --bind            and open every table, to compare it with its contract
  weft validate orders/orders.odps.yaml orders/orders-v1.odcs.yaml
  weft validate --output json | jq '.findings[] | select(.severity == \"error\")'

Exit codes: 0 no errors, 1 errors (with --strict also warnings), 2 could not run.";

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
    /// A file that holds the statement; `-` is standard input.
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write the answer to a file; its ending (.parquet, .arrow, .csv, .json) says how.
    #[arg(short = 'o', value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The folder of the mesh, instead of the configuration's.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Who it runs as.
    #[command(flatten)]
    pub who: WhoArgs,
    /// The time as of which tables are read that the statement names without a version, as 2026-01-31T12:00:00Z (UTC
    /// without a zone); needs the right `history`, and tables that keep versions.
    #[arg(long = "as-of", value_name = "TIME", value_parser = time)]
    pub as_of: Option<String>,
    /// A server to run on, as grpc://HOST:PORT; WEFT_URL names one for statements that name no mesh and no user here.
    #[arg(long, value_name = "URL",
        conflicts_with_all = ["catalog", "as_user", "user", "groups", "roles", "attributes"])]
    pub url: Option<String>,
    /// A file that holds the token for that server; otherwise WEFT_TOKEN does.
    #[arg(long = "token-file", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// A time, in UTC unless it says otherwise.
fn time(text: &str) -> Result<String, String> {
    match as_of::time(text, None) {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("this is no time; {}", as_of::FORMS)),
    }
}

/// `weft validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Folders or files; without any, the configured mesh.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Also open every table the way a query would, and compare it with its contract.
    #[arg(long)]
    pub bind: bool,
    /// Let warnings fail too.
    #[arg(long)]
    pub strict: bool,
}

/// `weft completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `weft init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder; it is made when it is not there.
    pub dir: PathBuf,
    /// The name of the first user.
    #[arg(long, value_name = "NAME", default_value = "analyst")]
    pub user: String,
    /// A file that holds the user's password; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// `weft doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The folder of the mesh, instead of the configuration's.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}
