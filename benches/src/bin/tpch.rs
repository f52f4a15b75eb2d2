//! TPC-H through the engine and through plain DataFusion, in interleaved pairs.
//!
//! `clear`: everything is visible; DataFusion reads the same files. `sealed`: one table is filtered and one is masked;
//! DataFusion reads views that say the same. Planning is part of every time, on both sides.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a benchmark that cannot run stops")]

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use datafusion::physical_plan::displayable;
use serde_json::json;
use weft_benches::answers::disagreement;
use weft_benches::conditions::{Conditions, load};
use weft_benches::pairs::{Pairs, pairs, total};
use weft_engine::caller::Caller;
use weft_engine::inspect::{physical_plan, with_native_leaves};
use weft_engine::limits::Limits;
use weft_engine::statement::StatementRequest;
use weft_testkit::mesh::{TestMesh, lines};
use weft_testkit::tpch::data::{Scale, lay};
use weft_testkit::tpch::mesh::{clear, mesh, sealed};
use weft_testkit::tpch::plain::{Plain, Tables};
use weft_testkit::tpch::{QUERIES, Query};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times TPC-H through Weft and through plain DataFusion.
#[derive(Debug, Parser)]
struct Arguments {
    /// The scale factor.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Measured pairs of each query.
    #[arg(long, default_value_t = 15)]
    pairs: usize,
    /// Which path; both by default.
    #[arg(long)]
    path: Option<Path>,
    /// Only these queries (`q01,q18`).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Compare plain DataFusion with itself, to see how far times scatter.
    #[arg(long)]
    noise: bool,
    /// Print the plans of both sides instead of times; a sealed leaf shows none of what it holds.
    #[arg(long)]
    plans: bool,
    /// Run one side only, as often as there are pairs, and take no times: for profilers.
    #[arg(long)]
    alone: Option<Side>,
    /// Where the tables lie or are to be made; by default in the user's cache folder.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Make the tables and stop.
    #[arg(long)]
    lay: bool,
    /// How the report is printed.
    #[arg(long, default_value = "table")]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Path {
    Clear,
    Sealed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Side {
    Weft,
    Datafusion,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let limits = Limits::default();
    let root = arguments.dir.clone().unwrap_or_else(|| cache().join(format!("tpch-{}", arguments.scale)));
    lay(&root, Scale { factor: arguments.scale, group_rows: 128 * 1024 });
    if arguments.lay {
        return;
    }
    let root = root.canonicalize().unwrap();
    let mesh = mesh(&root, limits.clone()).await;
    let conditions = Conditions::now(arguments.scale, arguments.pairs, &limits);
    let mut report = serde_json::Map::new();
    report.insert("conditions".to_owned(), json!(conditions));
    if arguments.output == Output::Table {
        println!("{}\n", serde_json::to_string_pretty(&conditions).unwrap());
    }
    for (path, name) in [(Path::Clear, "clear"), (Path::Sealed, "sealed")] {
        if arguments.path.is_some_and(|only| only != path) {
            continue;
        }
        let (caller, plain) = match path {
            Path::Clear => (clear(), Plain::clear(&Tables::local(&root), &limits).await),
            Path::Sealed => (sealed(), Plain::sealed(&Tables::local(&root), &limits).await),
        };
        let sides = Sides { name, path, mesh: &mesh, caller, plain };
        if let Some(measured) = sides.all(&arguments).await {
            report.insert(name.to_owned(), measured);
        }
    }
    report.insert("load_after".to_owned(), json!(load()));
    match arguments.output {
        Output::Table => println!("load after: {}", load()),
        Output::Json => println!("{}", serde_json::to_string_pretty(&report).unwrap()),
    }
}

/// What is compared.
struct Sides<'a> {
    name: &'static str,
    path: Path,
    mesh: &'a TestMesh,
    caller: Caller,
    plain: Plain,
}

impl Sides<'_> {
    /// Every query, or what was asked instead of times.
    async fn all(&self, arguments: &Arguments) -> Option<serde_json::Value> {
        let mut all = Vec::new();
        for query in QUERIES {
            if !arguments.only.is_empty() && !arguments.only.iter().any(|only| only == query.name) {
                continue;
            }
            if arguments.plans {
                self.plans(query).await;
            } else if let Some(side) = arguments.alone {
                self.alone(query, side, arguments.pairs).await;
            } else {
                let scale_1 = (arguments.scale - 1.0).abs() < f64::EPSILON;
                self.compare(query, self.path == Path::Clear && scale_1).await;
                let measured = self.measure(query, arguments).await;
                if arguments.output == Output::Table {
                    row(self.name, &measured);
                }
                all.push(measured);
            }
        }
        let worst = all.iter().max_by(|left, right| left.ratio.total_cmp(&right.ratio))?.name;
        let total = total(&all);
        if arguments.output == Output::Table {
            println!(
                "{:6} total {:9.1} {:9.1}  {:.3}  (of the fastest {:.3}, of processor time {:.3}; worst {worst})\n",
                self.name,
                total.ours_ms,
                total.theirs_ms,
                total.ratio,
                total.ratio_of_fastest,
                total.ratio_of_processor
            );
        }
        Some(json!({ "queries": all, "total": total, "worst": worst }))
    }

    /// Equal rows first: a fast wrong answer is none.
    async fn compare(&self, query: Query, published: bool) {
        let ours = self.mesh.rows(&self.caller, query.sql).await;
        let mut ours = ours.unwrap_or_else(|cause| panic!("{}: {cause}", query.name));
        let mut theirs = lines(&self.plain.query(query.sql).await.unwrap());
        ours.sort();
        theirs.sort();
        assert!(ours == theirs, "{}: the rows differ", query.name);
        if published && let Some(disagreement) = disagreement(query.name, &ours) {
            panic!("{}: {disagreement}", query.name);
        }
    }

    async fn measure(&self, query: Query, arguments: &Arguments) -> Pairs {
        let theirs = async || drop(self.plain.query(query.sql).await.unwrap());
        if arguments.noise {
            return pairs(query.name, arguments.pairs, theirs, theirs).await;
        }
        let ours = async || drop(self.mesh.query(&self.caller, query.sql).await.unwrap());
        pairs(query.name, arguments.pairs, ours, theirs).await
    }

    async fn plans(&self, query: Query) {
        let request = StatementRequest { sql: query.sql.to_owned(), parameters: None };
        let planned = self.mesh.engine.prepare(&self.caller, request).await.unwrap();
        let ours = physical_plan(&self.mesh.engine, &planned).await.and_then(with_native_leaves).unwrap();
        let theirs = self.plain.physical(query.sql).await.unwrap();
        for (side, plan) in [("Weft", ours), ("DataFusion", theirs)] {
            let plan = displayable(plan.as_ref()).set_show_statistics(true).indent(true).to_string();
            println!("-- {} {}, {side}\n{plan}", query.name, self.name);
        }
    }

    async fn alone(&self, query: Query, side: Side, times: usize) {
        for _ in 0..times {
            match side {
                Side::Weft => drop(self.mesh.query(&self.caller, query.sql).await.unwrap()),
                Side::Datafusion => drop(self.plain.query(query.sql).await.unwrap()),
            }
        }
    }
}

fn row(path: &str, pairs: &Pairs) {
    println!(
        "{path:6} {}   {:9.1} {:9.1}  {:.3}  (median of ratios {:.3}, processor {:.3})",
        pairs.name,
        pairs.ours_ms,
        pairs.theirs_ms,
        pairs.ratio,
        pairs.median_of_ratios,
        pairs.our_processor_ms / pairs.their_processor_ms
    );
}

fn cache() -> PathBuf {
    let home = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    home.unwrap_or_else(std::env::temp_dir).join("weft")
}
