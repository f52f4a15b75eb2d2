//! The clear and the sealed path answer alike, and optimizers still reach them.

use futures::StreamExt;
use weft_engine::statement::StatementRequest;
use weft_testkit::mesh::caller;

use crate::people;

async fn explain(mesh: &weft_testkit::mesh::TestMesh, who: &weft_engine::caller::Caller, sql: &str) -> String {
    mesh.rows(who, &format!("explain {sql}")).await.unwrap().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_masks_hold_for_three_personas() {
    let mesh = people::mesh().await;
    let sql = "select count(*), min(name), max(name), count(distinct name), min(id) from hr.people";
    let eu = mesh.rows(&caller("ana", &["eu"]), sql).await.unwrap();
    assert_eq!(eu, ["4000 | *** | *** | 1 | 1"]);
    let all = mesh.rows(&caller("bo", &["all"]), sql).await.unwrap();
    assert_eq!(all, ["6000 | *** | *** | 1 | 0"]);
    let clear = mesh.rows(&caller("kim", &["clear"]), sql).await.unwrap();
    assert_eq!(clear, ["6000 | CANARY-name-000000-ß | CANARY-name-005999-ß | 6000 | 0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_value_is_masked_in_every_clause() {
    let mesh = people::mesh().await;
    let all = caller("bo", &["all"]);
    for sql in [
        "select count(*) from hr.people where email = 'CANARY.mail.1@host1.example'",
        "select count(*) from hr.people where email like 'CANARY%'",
        "select count(*) from hr.people a join (values ('CANARY.mail.1@host1.example')) v(e) on a.email = v.e",
        "select count(*) from hr.people where name > '***'",
        "select count(*) from (select name from hr.people group by name having count(*) = 1)",
    ] {
        assert_eq!(mesh.rows(&all, sql).await.unwrap(), ["0"], "{sql}");
    }
    let sql = "select email, count(*) from hr.people group by email order by email nulls last";
    let grouped = mesh.rows(&all, sql).await.unwrap();
    assert_eq!(grouped[0], "***@host0.example | 1200");
    assert_eq!(grouped.len(), 6);
    assert_eq!(mesh.rows(&all, "select max(born) from hr.people where id = 400").await.unwrap(), ["1971-01-01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_fills_the_dynamic_filter_of_a_sealed_scan() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    let all = "select count(name), count(id) from hr.people";
    mesh.rows(&eu, all).await.unwrap();
    let whole: u64 = mesh.receipts.all().last().unwrap().bytes_read;
    // A condition beside the keys takes nothing from it.
    for more in ["", " and length(p.name) + b.id > 0"] {
        let sql = format!("select p.id, p.name from hr.bonus b join hr.people p on p.id = b.id{more} order by p.id");
        assert_eq!(mesh.rows(&eu, &sql).await.unwrap(), ["1 | ***", "4 | ***", "5999 | ***"]);
        let read: u64 = mesh.receipts.all().last().unwrap().bytes_read;
        assert!(read < whole, "the join read {read} bytes, everything is {whole}");
        // What is read of each product is counted apart.
        let receipt = mesh.receipts.all().pop().unwrap();
        let products: Vec<&str> = receipt.products.iter().map(|read| read.product.as_str()).collect();
        assert_eq!(products, ["hr.bonus", "hr.people"]);
        assert!(receipt.products.iter().all(|read| read.bytes_read > 0 && read.requests > 0));
        assert_eq!(receipt.products.iter().map(|read| read.bytes_read).sum::<u64>(), receipt.bytes_read);
        assert_eq!(receipt.products.iter().map(|read| read.requests).sum::<u64>(), receipt.requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recursive_query_reads_a_sealed_scan_in_every_round() {
    let mesh = people::mesh().await;
    let sql = "with recursive chain(id, depth) as (
                 select id, 1 from hr.people where id = 4000
                 union all
                 select p.boss, c.depth + 1 from hr.people p join chain c on p.id = c.id where p.boss is not null
               ) select id, depth from chain order by depth";
    // 4000 → 2000 → 1000 → 500 → 250 → 125 → 62 → 31 → 15: 15 is a US row, so its boss is not seen.
    let eu = mesh.rows(&caller("ana", &["eu"]), sql).await.unwrap();
    let expected = ["4000 | 1", "2000 | 2", "1000 | 3", "500 | 4", "250 | 5", "125 | 6", "62 | 7", "31 | 8", "15 | 9"];
    assert_eq!(eu, expected);
    let clear = mesh.rows(&caller("kim", &["clear"]), sql).await.unwrap();
    assert_eq!(clear.len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_counts_visible_rows() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    for limit in [0, 1, 7, 2_500, 4_000, 10_000] {
        let rows = mesh.rows(&eu, &format!("select region from hr.people limit {limit}")).await.unwrap();
        assert_eq!(rows.len(), limit.min(4_000));
        assert!(rows.iter().all(|row| row == "EU"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_rows_frees_everything() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    let sql = "select a.id, b.name from hr.people a, hr.people b order by a.id, b.id, b.name";
    let planned = mesh.engine.prepare(&eu, StatementRequest { sql: sql.into(), parameters: None }).await.unwrap();
    let mut rows = mesh.engine.execute(&eu, planned).await.unwrap();
    assert_eq!(mesh.engine.admission().running(), 1);
    let _ = tokio::time::timeout(std::time::Duration::from_millis(300), rows.next()).await;
    drop(rows);
    let freed = async {
        while mesh.engine.memory_reserved() > 0 || mesh.engine.admission().running() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), freed).await.expect("memory and place come back");
    assert_eq!(mesh.receipts.all().last().unwrap().outcome, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_tells_of_products_and_never_of_files_or_rules() {
    let mesh = people::mesh().await;
    let sql = "select name, count(*) from hr.people where badge = 'badge-1' group by name";
    for group in ["eu", "all", "clear"] {
        let text = explain(&mesh, &caller("x", &[group]), sql).await;
        assert!(text.contains("GovernedScanExec: product=hr.people"), "{text}");
        for secret in ["parquet", "part-", "/data", "region", "'EU'", "***"] {
            assert!(!text.contains(secret), "{group}: {secret} in {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_the_schema_that_was_announced() {
    let mesh = people::mesh().await;
    // The optimizer turns the distinct count into two aggregations and sums the sums, in a wider decimal.
    let sql = "select region, count(distinct id), sum(cast(boss as decimal(12, 2))) from hr.people group by region";
    for group in ["eu", "clear"] {
        let who = caller("x", &[group]);
        let described = mesh.engine.describe(&who, sql).await.unwrap();
        for batch in mesh.query(&who, sql).await.unwrap() {
            assert_eq!(batch.schema(), described.schema);
        }
    }
}
