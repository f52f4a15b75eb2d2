//! What the seal keeps from the planner, from storage and from whoever reads its errors.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use weft_model::report::Report;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people;

#[tokio::test(flavor = "multi_thread")]
async fn a_join_on_a_masked_column_meets_masks() {
    let mesh = people::mesh().await;
    let all = caller("bo", &["all"]);
    // The values' side is built first and its bounds go down as a dynamic filter: over raw names it would keep nothing.
    let names = "select count(*) from (values ('***')) v(n) join hr.people p on p.name = v.n";
    assert_eq!(mesh.rows(&all, names).await.unwrap(), ["6000"]);
    let mails = "select count(*) from (values ('***@host0.example')) v(e) join hr.people p on p.email = v.e";
    assert_eq!(mesh.rows(&all, mails).await.unwrap(), ["1200"]);
    let clear = caller("kim", &["clear"]);
    assert_eq!(mesh.rows(&clear, names).await.unwrap(), ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_answers_for_visible_rows_only() {
    let mesh = people::mesh().await;
    // Aggregates that metadata could answer: raw statistics would tell of row 0, which is a US row.
    for (aggregate, eu, clear) in [
        ("min(id)", "1", "0"),
        ("max(id)", "5999", "5999"),
        ("count(*)", "4000", "6000"),
        ("count(boss)", "4000", "5999"),
        ("count(*), min(id), max(badge)", "4000 | 1 | badge-6", "6000 | 0 | badge-6"),
    ] {
        let sql = format!("select {aggregate} from hr.people");
        assert_eq!(mesh.rows(&caller("ana", &["eu"]), &sql).await.unwrap(), [eu], "{sql}");
        assert_eq!(mesh.rows(&caller("kim", &["clear"]), &sql).await.unwrap(), [clear], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_of_a_masked_column_are_bounds_of_masks() {
    let mesh = people::mesh().await;
    // Raw bounds would answer with canaries.
    for column in ["name", "email"] {
        let sql = format!("select min({column}), max({column}) from hr.people");
        let rows = mesh.rows(&caller("bo", &["all"]), &sql).await.unwrap();
        assert!(!rows[0].contains(people::CANARY), "bounds of {column}: {rows:?}");
    }
}

/// `hr.people` as many files as asked for.
async fn in_files(files: usize) -> TestMesh {
    let people = people::people();
    let rows = people.num_rows() / files;
    let mesh =
        MeshBuilder::new().board(people::BOARD_RULES).policy("hr", people::DOMAIN_RULES).product(&people::product());
    let bonus = ProductFiles::new("hr", "bonus", "data/bonus/").column("id", ("integer", "bigint"), "internal", "");
    (0..files)
        .fold(mesh.product(&bonus), |mesh, file| {
            mesh.parquet(&format!("data/people/part-{file}.parquet"), &people.slice(file * rows, rows), 500)
        })
        .build()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_does_not_tell_how_many_files_there_are() {
    let (one, three) = (in_files(1).await, in_files(3).await);
    let sql = "explain select badge, count(*) from hr.people group by badge order by badge";
    let eu = caller("ana", &["eu"]);
    let (few, many) = (one.rows(&eu, sql).await.unwrap(), three.rows(&eu, sql).await.unwrap());
    assert_eq!(few, many);
    // Whoever sees every row may know.
    let clear = caller("kim", &["clear"]);
    assert_ne!(one.rows(&clear, sql).await.unwrap(), three.rows(&clear, sql).await.unwrap());
}

/// `hr.far` with a thousand EU rows and so many US rows, whose ids begin at `hidden`; `hr.near` with 390 ids.
async fn far(hidden: i64, rows: i64) -> TestMesh {
    let ids: Int64Array = (0..1_000).chain(hidden..hidden + rows).collect();
    let regions: StringArray = (0..1_000 + rows).map(|row| Some(if row < 1_000 { "EU" } else { "US" })).collect();
    let far =
        RecordBatch::try_from_iter([("id", Arc::new(ids) as ArrayRef), ("region", Arc::new(regions) as ArrayRef)]);
    let near = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from_iter_values(0..390)) as ArrayRef)]);
    let id = ("integer", "bigint");
    MeshBuilder::new()
        .board("")
        .policy(
            "hr",
            "  - {id: eu, match: {product: \"hr.far\"}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: far, match: {product: \"hr.far\"}, to: {groups: [all]}, allow: read}
  - {id: near, match: {product: \"hr.near\"}, to: {groups: [eu, all]}, allow: read}",
        )
        .product(&ProductFiles::new("hr", "far", "data/far/").column("id", id, "internal", "").column(
            "region",
            ("string", "string"),
            "internal",
            "",
        ))
        .product(&ProductFiles::new("hr", "near", "data/near/").column("id", id, "internal", ""))
        .parquet("data/far/part-0.parquet", &far.unwrap(), 2_000)
        .parquet("data/near/part-0.parquet", &near.unwrap(), 390)
        .build()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_does_not_tell_what_hidden_rows_hold() {
    // A fifth of 2,000 rows is more than 390, a fifth of 1,900 is less; between powers of two nobody can tell.
    let (few, many) = (far(2_000, 1_000).await, far(9_000_000, 900).await);
    // How many rows have such an id decides, in whoever's estimate knows the bounds, which side of the join is built.
    let sql = "explain select f.id from hr.far f join hr.near n on f.id = n.id where f.id + 0 > 5000";
    let eu = caller("ana", &["eu"]);
    let (one, other) = (few.rows(&eu, sql).await.unwrap(), many.rows(&eu, sql).await.unwrap());
    assert_eq!(one, other, "hidden rows show in the plan");
    let all = caller("bo", &["all"]);
    assert_ne!(few.rows(&all, sql).await.unwrap(), many.rows(&all, sql).await.unwrap());
}

/// What a search for a code reads; it finds nothing in EU rows.
async fn bytes_read(mesh: &TestMesh, group: &str, code: &str) -> u64 {
    let sql = format!("select count(*) from hr.codes where code = '{code}' and region = 'EU'");
    assert_eq!(mesh.rows(&caller("x", &[group]), &sql).await.unwrap(), ["0"], "{sql}");
    mesh.receipts.all().last().unwrap().bytes_read
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_a_hidden_row_costs_what_a_value_of_no_row_costs() {
    // Codes are even; every other row is a US row.
    let codes: StringArray = (0..4_000).map(|row| Some(format!("code-{:06}", row * 2))).collect();
    let regions: StringArray = (0..4_000).map(|row| Some(if row % 2 == 0 { "US" } else { "EU" })).collect();
    let batch =
        RecordBatch::try_from_iter([("code", Arc::new(codes) as ArrayRef), ("region", Arc::new(regions) as ArrayRef)]);
    let mesh = MeshBuilder::new()
        .board("")
        .policy(
            "hr",
            "  - {id: eu, match: {product: \"hr.codes\"}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: all, match: {product: \"hr.codes\"}, to: {groups: [all]}, allow: read}",
        )
        .product(
            &ProductFiles::new("hr", "codes", "data/codes/")
                .column("code", ("string", "string"), "internal", "")
                .column("region", ("string", "string"), "internal", ""),
        )
        .parquet("data/codes/part-0.parquet", &batch.unwrap(), 1_000)
        .build()
        .await;
    // Within the bounds of one row group: a code of a US row, and nobody's.
    let (hidden, nobodys) = ("code-000400", "code-000401");
    assert_eq!(bytes_read(&mesh, "eu", hidden).await, bytes_read(&mesh, "eu", nobodys).await);
    // For who sees all rows, bloom filters and page indexes answer as they always do.
    let (present, absent) = (bytes_read(&mesh, "all", hidden).await, bytes_read(&mesh, "all", nobodys).await);
    assert!(present > absent, "{present} against {absent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_below_the_seal_is_a_code_and_a_reference() {
    let mesh = people::mesh().await;
    // The footer stays, so that the table opens; what it points to is garbage.
    for part in ["data/people/part-0.parquet", "data/people/part-1.parquet"] {
        let path = mesh.root().join(part);
        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len() / 2;
        bytes[4..end].fill(0xA5);
        std::fs::write(&path, bytes).unwrap();
    }
    for group in ["eu", "all", "clear"] {
        let error = mesh.rows(&caller("x", &[group]), "select id, name from hr.people").await.unwrap_err();
        let text = error.to_string();
        let reference = text
            .strip_prefix("reading product `hr.people` failed (reference ")
            .unwrap_or_else(|| panic!("not replaced: {text}"));
        let reference = reference.strip_suffix(')').unwrap();
        assert_eq!(error.code().id, "WEFT-G001");
        assert_eq!(error.hint().unwrap(), format!("Ask the owners of `hr.people` and name the reference {reference}."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_query_itself_is_told_on_both_paths() {
    let mesh = people::mesh().await;
    for (group, sql, message) in [
        ("clear", "select 1 / (id - 7) from hr.people", "divide by zero error"),
        ("all", "select 1 / (id - 7) from hr.people", "divide by zero error"),
        ("eu", "select 1 / (id - 7) from hr.people", "divide by zero error"),
        ("clear", "select to_timestamp(badge) from hr.people where id = 1", "error parsing timestamp from 'badge-1'"),
        ("eu", "select to_timestamp(badge) from hr.people where id = 1", "error parsing timestamp from 'badge-1'"),
        (
            "clear",
            "select cast(badge as int) from hr.people where id = 1",
            "cannot cast string 'badge-1' to value of Int32 type",
        ),
        (
            "eu",
            "select cast(badge as int) from hr.people where id = 1",
            "cannot cast string 'badge-1' to value of Int32 type",
        ),
    ] {
        let error = mesh.rows(&caller("x", &[group]), sql).await.unwrap_err();
        assert!(error.to_string().to_lowercase().contains(&message.to_lowercase()), "{group}: {sql}: {error}");
        assert_eq!(error.code().id, "WEFT-Q006", "{group}: {sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_rule_alone_seals_a_table_of_clear_columns() {
    let region: StringArray = [Some("EU"), Some("US"), None, Some("EU")].into_iter().collect();
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1_i64, 2, 3, 4])) as ArrayRef),
        ("region", Arc::new(region) as ArrayRef),
    ])
    .unwrap();
    let product = ProductFiles::new("hr", "sites", "data/sites/")
        .column("id", ("integer", "bigint"), "internal", "")
        .column("region", ("string", "string"), "internal", "");
    let mesh = MeshBuilder::new()
        .board("")
        .policy(
            "hr",
            "  - {id: eu, match: {product: \"hr.sites\"}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: not-us, match: {product: \"hr.sites\"}, to: {groups: [abroad]}, allow: read, rows: \"not region = 'US'\"}
  - {id: all, match: {product: \"hr.sites\"}, to: {groups: [all]}, allow: read}",
        )
        .product(&product)
        .parquet("data/sites/part-0.parquet", &batch, 2)
        .build()
        .await;
    for (group, count, least, sum) in [("eu", 2, 1, 5), ("abroad", 2, 1, 5), ("all", 4, 1, 10)] {
        let who = caller("x", &[group]);
        let rows = mesh.rows(&who, "select count(*), min(id), sum(id) from hr.sites").await.unwrap();
        assert_eq!(rows, [format!("{count} | {least} | {sum}")], "{group}");
        let rows = mesh.rows(&who, "select id from hr.sites where id < 4 order by id limit 2").await.unwrap();
        let expected: &[&str] = if group == "all" { &["1", "2"] } else { &["1"] };
        assert_eq!(rows, expected, "{group}");
    }
}

/// The n-th mask of a file in file order is the mask of the n-th key.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_masked_rows_tells_nothing() {
    let mesh = people::mesh().await;
    let ids = async |name: &str, group: &str, sql: &str| -> Vec<i64> {
        let rows = mesh.rows(&caller(name, &[group]), sql).await.unwrap();
        rows.iter().map(|row| row.split(" | ").next().unwrap().parse().unwrap()).collect()
    };
    let in_order = |ids: &[i64]| ids.windows(2).filter(|pair| pair[0] + 1 == pair[1]).count();
    let masked = ids("bo", "all", "select id, email from hr.people").await;
    assert_eq!(masked.len(), 6_000);
    assert!(in_order(&masked) < 60, "{} neighbours are in the order of the file", in_order(&masked));
    // Which rows a limit takes is another choice each time.
    let first = async || ids("bo", "all", "select id, email from hr.people limit 5").await;
    let mut taken: HashSet<i64> = HashSet::new();
    for _ in 0..5 {
        taken.extend(first().await);
    }
    assert!(taken.len() > 15, "in the order of the file: {taken:?}");
    // Nothing is masked: nothing is moved.
    let clear = ids("kim", "clear", "select id, email from hr.people").await;
    assert!(in_order(&clear) > 5_900);
}
