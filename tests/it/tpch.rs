//! TPC-H: the clear path plans as plain DataFusion does, the sealed path answers as hand-written views do.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use datafusion::physical_plan::{ExecutionPlan, displayable};
use weft_engine::caller::Caller;
use weft_engine::inspect;
use weft_engine::limits::Limits;
use weft_engine::statement::StatementRequest;
use weft_testkit::mesh::{TestMesh, lines};
use weft_testkit::tpch::QUERIES;
use weft_testkit::tpch::data::{Scale, lay};
use weft_testkit::tpch::mesh::{clear, mesh, sealed};
use weft_testkit::tpch::plain::{Plain, Tables};

/// The tables, made once and kept for later runs.
fn root() -> &'static Path {
    static ROOT: OnceLock<std::path::PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tpch-0.01-a");
        lay(&root, Scale::TEST);
        root.canonicalize().unwrap()
    })
}

fn limits() -> Limits {
    Limits { target_partitions: 4, ..Limits::default() }
}

async fn physical(mesh: &TestMesh, caller: &Caller, sql: &str) -> Arc<dyn ExecutionPlan> {
    let request = StatementRequest { sql: sql.to_owned(), parameters: None };
    let planned = mesh.engine.prepare(caller, request).await.unwrap();
    inspect::physical_plan(&mesh.engine, &planned).await.unwrap()
}

/// A plan without what differs from one machine or file size to another: folders and byte ranges.
fn rendered(plan: &Arc<dyn ExecutionPlan>, statistics: bool) -> String {
    let plan = displayable(plan.as_ref()).set_show_statistics(statistics).indent(true).to_string();
    let root = root().to_str().unwrap().trim_start_matches('/');
    let plan = plan.replace(&format!("{root}/data/"), "").replace("data/", "");
    let mut out = String::new();
    let mut rest = plan.as_str();
    while let Some(at) = rest.find(".parquet:") {
        let after = at + ".parquet".len();
        out.push_str(&rest[..after]);
        rest = rest[after + 1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        out.push_str(":range");
    }
    out + rest
}

fn differences(left: &str, right: &str) -> String {
    let pairs = left.lines().zip(right.lines()).filter(|(left, right)| left != right);
    pairs.map(|(left, right)| format!("- {left}\n+ {right}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_clear_path_every_plan_is_plain_datafusions_with_the_leaf_replaced() {
    let mesh = mesh(root(), limits()).await;
    let plain = Plain::clear(&Tables::local(root()), &limits()).await;
    let mut wrong = String::new();
    for query in QUERIES {
        let theirs = plain.physical(query.sql).await.unwrap();
        let ours = physical(&mesh, &clear(), query.sql).await;
        let leaves = displayable(ours.as_ref()).indent(true).to_string();
        assert!(leaves.contains("GovernedScanExec") && !leaves.contains("DataSourceExec"), "{leaves}");
        let ours = inspect::with_native_leaves(ours).unwrap();
        let (ours, theirs) = (rendered(&ours, true), rendered(&theirs, true));
        if ours != theirs {
            wrong.push_str(&format!("{}\n{}\n", query.name, differences(&theirs, &ours)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The committed plans; `WEFT_BLESS=1` writes them anew.
#[tokio::test(flavor = "multi_thread")]
async fn plans_of_both_paths_are_the_committed_ones() {
    let mesh = mesh(root(), limits()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/tpch");
    let bless = std::env::var_os("WEFT_BLESS").is_some();
    let mut wrong = String::new();
    for query in QUERIES {
        for (path, caller) in [("clear", clear()), ("sealed", sealed())] {
            let plan = inspect::with_native_leaves(physical(&mesh, &caller, query.sql).await).unwrap();
            let file = folder.join(format!("{}-{path}.txt", query.name));
            let plan = rendered(&plan, false);
            if bless {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&file, &plan).unwrap();
            }
            let known = std::fs::read_to_string(&file).unwrap_or_default();
            if known != plan {
                wrong.push_str(&format!("{} {path}\n{}\n", query.name, differences(&known, &plan)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_paths_answer_as_plain_datafusion_does() {
    let mesh = mesh(root(), limits()).await;
    let views = Plain::sealed(&Tables::local(root()), &limits()).await;
    let plain = Plain::clear(&Tables::local(root()), &limits()).await;
    let (mut answered, mut hidden) = (0, 0);
    for query in QUERIES {
        let theirs = sorted(lines(&plain.query(query.sql).await.unwrap()));
        let ours = sorted(mesh.rows(&clear(), query.sql).await.unwrap());
        assert_eq!(ours, theirs, "{} clear", query.name);
        let seen = sorted(lines(&views.query(query.sql).await.unwrap()));
        let ours = sorted(mesh.rows(&sealed(), query.sql).await.unwrap());
        assert_eq!(ours, seen, "{} sealed", query.name);
        answered += usize::from(!seen.is_empty());
        hidden += usize::from(seen != theirs);
    }
    // The comparison is about something: most queries find rows, and the seal changes most answers.
    assert!(answered >= 20 && hidden >= 13, "{answered} queries find rows, {hidden} answers differ under the seal");
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sealed_caller_reads_masks_and_no_air_freight() {
    let mesh = mesh(root(), limits()).await;
    let customer = "select c_name, c_phone from customer where c_custkey = 1";
    let air = "select count(*) from lineitem where l_shipmode = 'AIR'";
    assert_eq!(mesh.rows(&clear(), customer).await.unwrap(), ["Customer#000000001 | 25-989-741-2988"]);
    assert_eq!(mesh.rows(&clear(), air).await.unwrap(), ["8491"]);
    let masked = mesh.rows(&sealed(), customer).await.unwrap();
    assert!(masked[0].starts_with("tok_") && masked[0].ends_with(" | 25*************"), "{masked:?}");
    assert_eq!(mesh.rows(&sealed(), air).await.unwrap(), ["0"]);
}
