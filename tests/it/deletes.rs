//! Rows that stand in files and are deleted: no query returns them, and no rule of the planner brings them back.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::take_record_batch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use weft::demo::delta_files;
use weft::demo::iceberg_files::{self, By, History};
use weft::demo::parquet_files::Target;
use weft_engine::inspect::{physical_plan, with_native_leaves};
use weft_engine::statement::StatementRequest;
use weft_model::report::Report;
use weft_scan::lake_source::left_out;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

/// Rows of the files; every seventh is deleted, and what it holds shows where it comes from.
const ROWS: u64 = 4_000;
const GONE: &str = "GONE";
const PLACED: Target = Target { table: "hr.placed", path: "data/placed", files: 3, row_group: 300 };
const KEYED: Target = Target { table: "hr.keyed", path: "data/keyed", files: 3, row_group: 300 };
const STAFF: Target = Target { table: "hr.staff", path: "data/staff", files: 3, row_group: 300 };

fn gone(row: u64) -> bool {
    row % 7 == 3
}

fn staff() -> RecordBatch {
    people(&(0..ROWS).map(|row| (row, gone(row))).collect::<Vec<_>>())
}

/// Rows, each with whether it is one that is gone.
fn people(rows: &[(u64, bool)]) -> RecordBatch {
    let texts = |of: fn(u64) -> String| {
        let mark = |(row, gone): &(u64, bool)| if *gone { format!("{GONE}-{}", of(*row)) } else { of(*row) };
        Arc::new(StringArray::from_iter_values(rows.iter().map(mark))) as ArrayRef
    };
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|(row, _)| i64::try_from(*row).unwrap())))),
        ("region", texts(|row| format!("R{}", row % 3))),
        ("name", texts(|row| format!("n{}", row % 50))),
        ("pay", Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, gone)| if *gone { -1 } else { 1_000 })))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn product(name: &str, path: &str) -> ProductFiles {
    ProductFiles::new("hr", name, path)
        .column("id", ("integer", "bigint"), "public", "")
        .column("region", ("string", "string"), "public", "")
        .column("name", ("string", "string"), "confidential", "")
        .column("pay", ("integer", "bigint"), "public", "")
}

/// `hr.staff` with deleted rows, and `hr.twin` of the rows that are left.
async fn mesh() -> TestMesh {
    let all = staff();
    let builder = MeshBuilder::new()
        .board(
            "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [all]}, allow: read}\n  \
             - {id: clear, match: {product: \"hr.*\"}, to: {groups: [all]}, clear: true, reason: test}\n  \
             - {id: some, match: {product: \"hr.*\"}, to: {groups: [some]}, allow: read, rows: \"region <> 'R1'\"}\n  \
             - {id: before, match: {product: \"hr.*\"}, to: {groups: [before]}, allow: history}",
        )
        .product(&product("staff", "./data/staff").format("delta"))
        .product(&product("twin", "./data/twin.parquet"))
        .product(&product("placed", "./data/placed").format("iceberg"))
        .product(&product("keyed", "./data/keyed").format("iceberg"))
        .product(&product("whole", "./data/whole.parquet"));
    let rows: Vec<u64> = (0..ROWS).collect();
    let taken = |rows: &[u64]| Ok(take_record_batch(&all, &UInt64Array::from(rows.to_vec())).unwrap());
    delta_files::write(builder.root(), STAFF, &rows, |row| gone(*row), taken).unwrap();
    let left: Vec<u64> = rows.into_iter().filter(|row| !gone(*row)).collect();
    // The same rows, corrected: what was there at first is gone, and the right ones came.
    let right: Vec<(u64, bool)> = (0..ROWS).map(|row| (row, false)).collect();
    for (target, by) in [(PLACED, By::Position), (KEYED, By::Key("id"))] {
        let history = History { by, renamed: ("wage", "pay") };
        let earlier = |(row, _): &(u64, bool)| gone(*row).then_some((*row, true));
        iceberg_files::write(builder.root(), target, &right, history, earlier, |rows| Ok(people(rows))).unwrap();
    }
    let builder = builder.parquet("data/whole.parquet", &people(&right), 500);
    builder.parquet("data/twin.parquet", &taken(&left).unwrap(), 500).build().await
}

const QUERIES: &[&str] = &[
    "select id, region, name, pay from {t} order by id",
    "select count(*), min(pay), max(region), sum(id) from {t}",
    "select count(*) from {t} where pay < 0",
    "select count(*) from {t} where id % 7 = 3",
    "select region, count(*), min(name) from {t} group by region order by region",
    "select distinct region from {t} order by region",
    "select id from {t} where id between 1000 and 1010 order by id",
    "select id from {t} where region = 'R0' order by id desc limit 7",
    "select name from {t} order by name, id limit 5",
    "select count(*) from (select id from {t} limit 3000)",
    "select count(*) from {t} a join {t} b on a.id = b.id where b.pay > 0",
    "select count(*) from {t} where id in (select max(id) from {t} group by region)",
    "select id, row_number() over (order by id) n from {t} order by id limit 9",
    "select count(*) from (select id from {t} union all select pay from {t})",
    "select a.id from {t} a where not exists (select 1 from {t} b where b.id = a.id + 1) order by a.id limit 20",
    "with recursive r(n) as (select 0 union all select min(id) from {t}, r where id > n and n < 50 having min(id) is not null) \
     select * from r order by n",
];

#[tokio::test(flavor = "multi_thread")]
async fn deleted_rows_are_no_rows() {
    let mesh = mesh().await;
    for group in ["all", "some"] {
        let who = caller("ana", &[group]);
        for query in QUERIES {
            let staff = mesh.rows(&who, &query.replace("{t}", "hr.staff")).await.unwrap();
            let twin = mesh.rows(&who, &query.replace("{t}", "hr.twin")).await.unwrap();
            assert_eq!(staff, twin, "{group}: {query}");
            assert!(!staff.join("\n").contains(GONE), "{group}: {query}");
        }
        let some = mesh.rows(&who, "select id from hr.staff limit 10").await.unwrap();
        assert!(some.len() == 10 && some.iter().all(|id| !gone(id.parse().unwrap())), "{group}: {some:?}");
    }
    let stranger = mesh.rows(&caller("eve", &["none"]), "select count(*) from hr.staff").await.unwrap_err();
    assert!(stranger.to_string().contains("does not exist"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_rows_are_as_they_are_now() {
    let mesh = mesh().await;
    for table in ["hr.placed", "hr.keyed"] {
        for group in ["all", "some"] {
            let who = caller("ana", &[group]);
            for query in QUERIES {
                let found = mesh.rows(&who, &query.replace("{t}", table)).await.unwrap();
                let wanted = mesh.rows(&who, &query.replace("{t}", "hr.whole")).await.unwrap();
                assert_eq!(found, wanted, "{table}: {group}: {query}");
            }
            let some = mesh.rows(&who, &format!("select region from {table} limit 3900")).await.unwrap();
            assert!(some.iter().all(|region| !region.contains(GONE)), "{table}: {group}");
        }
        let was = format!("select count(*) from {table} version as of 1001 where name like '{GONE}%'");
        let gone = (0..ROWS).filter(|row| gone(*row)).count().to_string();
        assert_eq!(mesh.rows(&caller("ana", &["all", "before"]), &was).await.unwrap(), [gone], "{table}");
        assert_eq!(mesh.rows(&caller("ana", &["all"]), &was).await.unwrap_err().code().id, "WEFT-Q016");
        let stranger = mesh.rows(&caller("eve", &["none"]), &format!("select count(*) from {table}")).await.unwrap_err();
        assert!(stranger.to_string().contains("does not exist"), "{stranger}");
    }
}

/// Every leaf of a plan over the table, and how many rows it leaves out.
fn leaves(plan: &Arc<dyn ExecutionPlan>) -> Vec<Option<u64>> {
    let mut found = Vec::new();
    plan.apply(|node| {
        if node.children().is_empty() {
            found.push(left_out(node));
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_carries_what_is_deleted_through_every_rule() {
    let mesh = mesh().await;
    let who = caller("ana", &["all"]);
    let deleted = u64::try_from((0..ROWS).filter(|row| gone(*row)).count()).unwrap();
    let mut options = ConfigOptions::default();
    options.execution.target_partitions = 8;
    options.optimizer.repartition_file_min_size = 1;
    options.execution.parquet.pushdown_filters = true;
    for query in QUERIES.iter().filter(|query| !query.contains("recursive")) {
        let request = StatementRequest { sql: query.replace("{t}", "hr.staff"), parameters: None };
        let planned = mesh.engine.prepare(&who, request).await.unwrap();
        let plan = physical_plan(&mesh.engine, &planned).await.unwrap();
        let mut plan = with_native_leaves(plan).unwrap();
        // What metadata alone answers has no leaf of files, and what no row of a file can match is not read.
        let seen: Vec<u64> = leaves(&plan).into_iter().flatten().collect();
        assert!(seen.iter().all(|one| (1..=deleted).contains(one)), "{query}: {seen:?}");
        // The planner ran every rule already; joins refuse to be turned around a second time.
        let joins = ["join", "select max", "exists"].iter().any(|word| query.contains(word));
        for rule in PhysicalOptimizer::new().rules.into_iter().filter(|_| !joins) {
            plan = rule.optimize(plan, &options).unwrap();
            let found: Vec<u64> = leaves(&plan).into_iter().flatten().collect();
            assert!(found.iter().all(|one| seen.contains(one)), "{query}: {}: {found:?}", rule.name());
        }
        for fresh in [Arc::clone(&plan).reset_state().unwrap(), plan] {
            assert!(leaves(&fresh).iter().flatten().all(|one| seen.contains(one)), "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_need_a_right() {
    let mesh = mesh().await;
    let count = |groups: &[&str]| {
        let who = caller("ana", groups);
        let mesh = &mesh;
        async move { mesh.rows(&who, "select count(*) from hr.staff version as of 0").await }
    };
    for groups in [&["all"][..], &["some"], &["some", "all"]] {
        let refused = count(groups).await.unwrap_err();
        assert_eq!(refused.to_string(), "older versions of table `hr.staff` need the right `history`");
        assert_eq!(refused.code().id, "WEFT-Q016");
    }
    // Who may read all rows sees those that were deleted; a row rule holds for what was as it does for what is.
    assert_eq!(count(&["all", "before"]).await.unwrap(), [ROWS.to_string()]);
    let some = (0..ROWS).filter(|row| gone(*row) || row % 3 != 1).count();
    assert_eq!(count(&["some", "before"]).await.unwrap(), [some.to_string()]);
    // The right to what was is none to what is.
    let stranger = count(&["before"]).await.unwrap_err();
    assert_eq!(stranger.code().id, "WEFT-Q003");
}
