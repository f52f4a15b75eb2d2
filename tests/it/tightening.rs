//! What happens to statements that run while policy changes.

use std::time::Duration;

use futures::StreamExt;
use weft_engine::limits::Limits;
use weft_engine::rows::Rows;
use weft_engine::statement::StatementRequest;
use weft_model::report::Report;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people::{self, BOARD_RULES, DOMAIN_RULES};

/// A statement that has given its first batch and has many more to give.
async fn running(mesh: &TestMesh, group: &str) -> Rows {
    let who = caller(group, &[group]);
    let sql = "select a.id, b.badge from hr.people a, hr.people b";
    let planned = mesh.engine.prepare(&who, StatementRequest { sql: sql.into(), parameters: None }).await.unwrap();
    let mut rows = mesh.engine.execute(&who, planned).await.unwrap();
    assert!(rows.next().await.unwrap().unwrap().num_rows() > 0);
    rows
}

fn write(mesh: &TestMesh, file: &str, head: &str, rules: &str) {
    std::fs::write(mesh.root().join(file), format!("{head}rules:\n{rules}\n")).unwrap();
    mesh.catalog.reload().unwrap();
}

fn domain(mesh: &TestMesh, rules: &str) {
    write(mesh, "hr/policy.yaml", "apiVersion: weft/v1\nkind: Policy\n", rules);
}

/// How the statement ends within some batches: an error, or not at all.
async fn ends(rows: &mut Rows) -> Option<(String, &'static str)> {
    for _ in 0..200 {
        match rows.next().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                assert!(rows.next().await.is_none(), "nothing comes after the end");
                return Some((error.to_string(), error.code().id));
            }
            None => panic!("the statement is too short for this test"),
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tightened_policy_ends_the_statements_it_is_about() {
    let mesh = people::mesh().await;
    let (mut eu, mut all, mut clear) =
        (running(&mesh, "eu").await, running(&mesh, "all").await, running(&mesh, "clear").await);
    // Another row rule for `eu`; nothing for the others.
    domain(&mesh, &DOMAIN_RULES.replace("region = 'EU'", "region = 'EU' and id > 100"));
    let revoked = Some(("what may be read changed while the statement ran".to_owned(), "WEFT-Q014"));
    assert_eq!(ends(&mut eu).await, revoked);
    assert_eq!(ends(&mut all).await, None);
    assert_eq!(ends(&mut clear).await, None);
    // A mask for everyone whom nobody exempts.
    let hidden = BOARD_RULES.to_owned() + "\n  - {id: badges, match: {column: badge}, hide: true}";
    write(&mesh, "_governance/board.policy.yaml", weft_testkit::mesh::BOARD, &hidden);
    assert_eq!(ends(&mut all).await, revoked);
    assert_eq!(ends(&mut clear).await, None);
    // No grant at all.
    domain(&mesh, "  - {id: bonus, match: {product: \"hr.bonus\"}, to: {groups: [eu]}, allow: read}");
    assert_eq!(ends(&mut clear).await, revoked);
    let outcomes: Vec<String> = mesh.receipts.all().into_iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, ["WEFT-Q014", "WEFT-Q014", "WEFT-Q014"]);
    drop((eu, all, clear));
    assert_eq!(mesh.engine.admission().running(), 0);
    let gone = mesh.rows(&caller("clear", &["clear"]), "select 1 from hr.people").await.unwrap_err();
    assert_eq!(gone.to_string(), "table `hr.people` does not exist");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_does_not_outlive_the_policy_it_was_given_under() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    let request = || StatementRequest { sql: "select id from hr.people".into(), parameters: None };
    let spec = mesh.engine.prepare(&eu, request()).await.unwrap().spec();
    domain(&mesh, &DOMAIN_RULES.replace("region = 'EU'", "region = 'EU' and id > 100"));
    let refused = mesh.engine.resume(&eu, &spec).await.unwrap_err();
    assert_eq!(refused.to_string(), "the ticket is not valid");
    // Changed back, the same decision is made again, and a new plan serves the old ticket.
    domain(&mesh, DOMAIN_RULES);
    assert!(mesh.engine.resume(&eu, &spec).await.is_ok());
    // What the server no longer remembers is planned and decided anew, with the same answer.
    let spec = mesh.engine.prepare(&eu, request()).await.unwrap().spec();
    assert!(mesh.engine.resume(&eu, &spec).await.is_ok());
    assert!(mesh.engine.resume(&eu, &spec).await.is_ok());
    domain(&mesh, "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [all]}, allow: read}");
    assert_eq!(mesh.engine.resume(&eu, &spec).await.unwrap_err().to_string(), "the ticket is not valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_reads_the_data_it_was_given_for() {
    let limits = Limits { snapshot_time: Duration::ZERO, ..Limits::default() };
    let ids = ProductFiles::new("hr", "ids", "data/ids/").column("id", ("integer", "bigint"), "internal", "");
    let batch = people::people().project(&[0]).unwrap();
    let mesh = MeshBuilder::new()
        .limits(limits)
        .board("")
        .policy("hr", "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [all]}, allow: read}")
        .product(&ids)
        .parquet("data/ids/part-0.parquet", &batch.slice(0, 10), 10)
        .parquet("spare/part-1.parquet", &batch.slice(10, 10), 10)
        .build()
        .await;
    let who = caller("bo", &["all"]);
    let request = StatementRequest { sql: "select id from hr.ids".into(), parameters: None };
    let spec = mesh.engine.prepare(&who, request).await.unwrap().spec();
    let count = async || {
        let planned = mesh.engine.resume(&who, &spec).await?;
        let batches: Vec<_> = mesh.engine.execute(&who, planned).await?.collect().await;
        Ok::<usize, weft_engine::error::Error>(batches.into_iter().map(|batch| batch.unwrap().num_rows()).sum())
    };
    // The first time the plan is still there, the second time it is made again.
    assert_eq!((count().await.unwrap(), count().await.unwrap()), (10, 10));
    std::fs::rename(mesh.root().join("spare/part-1.parquet"), mesh.root().join("data/ids/part-1.parquet")).unwrap();
    assert_eq!(count().await.unwrap_err().to_string(), "the ticket is not valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_executed_for_its_principal_only() {
    let mesh = people::mesh().await;
    let request = StatementRequest { sql: "select name from hr.people".into(), parameters: None };
    let planned = mesh.engine.prepare(&caller("kim", &["clear"]), request).await.unwrap();
    let foreign = mesh.engine.execute(&caller("ana", &["eu"]), planned).await.unwrap_err();
    assert_eq!(foreign.to_string(), "the ticket is not valid");
}
