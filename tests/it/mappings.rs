//! Rows chosen by a mapping product: read with policy's own authority, at its newest version, when execution starts.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people;

const ASSIGNMENTS: &str = "data/assignments/part-0.parquet";

const RULES: &str = "  - {id: assigned, match: {product: hr.people}, to: {groups: [assigned]}, allow: read, \
rows_in: {column: region, product: hr.assignments, select: region, where: {person: session.user}}}
  - {id: elsewhere, match: {product: hr.people}, to: {groups: [elsewhere]}, allow: read, \
rows_not_in: {column: region, product: hr.assignments, select: region, where: {person: session.user}}}";

const COUNT: &str = "select region, count(*) from hr.people group by region order by region";

fn assignments(rows: &[(&str, Option<&str>)]) -> RecordBatch {
    let person: StringArray = rows.iter().map(|(person, _)| Some(*person)).collect();
    let region: StringArray = rows.iter().map(|(_, region)| *region).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("person", Arc::new(person) as ArrayRef, true),
        ("region", Arc::new(region) as ArrayRef, true),
    ])
    .unwrap()
}

async fn mesh() -> TestMesh {
    let text = ("string", "string");
    let product = ProductFiles::new("hr", "assignments", "data/assignments/")
        .column("person", text, "restricted", "")
        .column("region", text, "restricted", "");
    MeshBuilder::new()
        .board(people::BOARD_RULES)
        .policy("hr", RULES)
        .product(&people::product())
        .product(&product)
        .parquet("data/people/part-0.parquet", &people::people(), 500)
        .parquet(
            ASSIGNMENTS,
            &assignments(&[("ana", Some("EU")), ("bo", Some("US")), ("bo", Some("EU")), ("nil", None)]),
            10,
        )
        .build()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_sees_the_rows_assigned_to_them() {
    let mesh = mesh().await;
    let rows = async |name: &str| mesh.rows(&caller(name, &["assigned"]), COUNT).await.unwrap();
    assert_eq!(rows("ana").await, ["EU | 4000"]);
    assert_eq!(rows("bo").await, ["EU | 4000", "US | 2000"]);
    assert!(rows("kim").await.is_empty(), "nobody assigned anything to kim");
    assert!(rows("nil").await.is_empty(), "NULL is no region");
    // The mapping itself shows to nobody.
    let hidden = mesh.rows(&caller("ana", &["assigned"]), "select * from hr.assignments").await.unwrap_err();
    assert_eq!(hidden.to_string(), "table `hr.assignments` does not exist");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_negated_mapping_closes_when_it_is_empty_or_holds_null() {
    let mesh = mesh().await;
    let rows = async |name: &str| mesh.rows(&caller(name, &["elsewhere"]), COUNT).await.unwrap();
    assert_eq!(rows("ana").await, ["US | 2000"]);
    assert!(rows("bo").await.is_empty());
    assert!(rows("kim").await.is_empty(), "an empty mapping says nothing of anybody");
    assert!(rows("nil").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_version_counts_and_a_broken_one_closes() {
    let mesh = mesh().await;
    let ana = caller("ana", &["assigned"]);
    let planned = async || {
        let request = weft_engine::statement::StatementRequest { sql: COUNT.into(), parameters: None };
        mesh.engine.prepare(&ana, request).await.unwrap()
    };
    let before = planned().await;
    let path = mesh.root().join(ASSIGNMENTS);
    mesh.replace_parquet(ASSIGNMENTS, &assignments(&[("ana", Some("US"))]));
    // It was planned before and starts after.
    let batches: Vec<RecordBatch> =
        futures::TryStreamExt::try_collect(mesh.engine.execute(&ana, before).await.unwrap()).await.unwrap();
    assert_eq!(weft_testkit::mesh::lines(&batches), ["US | 2000"]);
    std::fs::write(&path, "no Parquet file").unwrap();
    assert!(mesh.rows(&ana, COUNT).await.unwrap().is_empty());
    std::fs::remove_file(&path).unwrap();
    assert!(mesh.rows(&ana, COUNT).await.unwrap().is_empty());
}
