//! `weft policy`: asking the decision point.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::who::WhoArgs;

/// `weft policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to ask.
    #[command(subcommand)]
    pub command: PolicyCommand,
    /// The folder of the mesh, instead of the configuration's.
    #[arg(long, global = true, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

/// The questions.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Tell what somebody may read of a product, which rule decided it, and what would change it.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Look for rules that are void, shadowed, in conflict or without effect.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Hold the policy against tables of who is to see what.
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Compare two meshes: who gains and who loses what.
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
}

const EXPLAIN_EXAMPLES: &str = "\
Whoever can read the mesh's files may ask: nothing is hidden from you, and no data is touched.

Examples:
  weft policy explain --as analyst orders.orders
  weft policy explain --as fraud --purpose fraud customers.profiles
  weft policy explain --user me --groups eu-analysts --attributes region=EU orders.orders_v1
  weft policy explain --as analyst --on 2027-04-01 --output json customers.profiles";

const CHECK_EXAMPLES: &str = "\
Complaints of compiling the rules are listed too. `weft validate` judges the files; this judges what they mean together.

Examples:
  weft policy check
  weft policy check --catalog catalogs/retail --strict

Exit codes: 0 no errors, 1 errors (with --strict also warnings), 2 could not run.";

const TEST_EXAMPLES: &str = "\
A suite is a Markdown file; every table in it with the headings `persona`, `product` and `expect` is run, and everything
else is prose. Further headings: `column` (a path such as address.zip), `purpose`, `on` (a day).

  | persona  | product            | column | expect                 |
  |----------|--------------------|--------|------------------------|
  | analyst  | orders.orders      |        | rows region = 'EU'     |
  | analyst  | customers.profiles | email  | masked as email_domain |
  | outsider | hr.salaries        |        | nothing                |

Of a product: `nothing`, `readable`, `all rows`, `rows PREDICATE`, `columns a, b, c`. Of a column: `clear`, `hidden`,
`masked`, `masked as FUNCTION`, or the whole text that `weft policy explain` shows. `anonymous` is nobody.

Without FILE every *.policy.md below the mesh is run.

Exit codes: 0 everything as expected, 1 something is not, 2 could not run.";

const DIFF_EXAMPLES: &str = "\
OLD and NEW are folders of meshes, or folders with a weft.yaml that names one. Every user of either is asked about, with
each purpose they may have; --as or --user asks about one.

Examples:
  git worktree add /tmp/before main && weft policy diff /tmp/before/catalogs/retail catalogs/retail
  weft policy diff --as analyst --output json before after

Exit codes: 0 compared, whatever came out; 1 with --no-gains when somebody may gain; 2 could not run.";

/// `weft policy explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The product as SQL names it: DOMAIN.PRODUCT.
    pub product: String,
    /// Who asks.
    #[command(flatten)]
    pub who: WhoArgs,
    /// The day of the question, as YYYY-MM-DD in UTC; now when absent.
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `weft policy check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Let warnings fail too.
    #[arg(long)]
    pub strict: bool,
}

/// `weft policy test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Markdown files; without any, every *.policy.md below the mesh.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `weft policy diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The mesh as it was.
    pub old: PathBuf,
    /// The mesh as it is to be.
    pub new: PathBuf,
    /// Who is asked about; without it, every user.
    #[command(flatten)]
    pub who: WhoArgs,
    /// Fail when somebody gains anything, or may gain it: a change that is neither more nor less counts too.
    #[arg(long)]
    pub no_gains: bool,
}
