//! What the planner is told of a table: facts of the files where nothing is withheld, nothing of hidden rows elsewhere.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::physical_plan::displayable;
use weft_engine::caller::Caller;
use weft_engine::inspect;
use weft_engine::statement::StatementRequest;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

const LONG: (&str, &str) = ("integer", "bigint");
const TEXT: (&str, &str) = ("string", "string");

/// `id, region, value`; the value is NULL where it is negative, and its field says whether it may be.
fn sales(region: &[&str], values: &[i64], nullable: bool) -> RecordBatch {
    let ids: Int64Array = (0..).zip(values).map(|(id, _)| Some(id)).collect();
    let values: Int64Array = values.iter().map(|value| (*value >= 0).then_some(*value)).collect();
    let fields = vec![
        Field::new("id", DataType::Int64, false),
        Field::new("region", DataType::Utf8, true),
        Field::new("value", DataType::Int64, nullable),
    ];
    let columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(StringArray::from(region.to_vec())), Arc::new(values)];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

async fn mesh(files: &[RecordBatch]) -> TestMesh {
    let product = ProductFiles::new("shop", "sales", "data/sales/")
        .column("id", LONG, "internal", "required: true, unique: true, primaryKey: true, primaryKeyPosition: 1")
        .column("region", TEXT, "internal", "")
        .column("value", LONG, "internal", "required: true");
    let rules =
        "  - {id: europe, match: {product: shop.sales}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: everything, match: {product: shop.sales}, to: {groups: [all]}, allow: read}";
    let mesh = MeshBuilder::new().board("").policy("shop", rules).product(&product);
    let numbered = files.iter().enumerate();
    let mesh = numbered.fold(mesh, |mesh, (at, file)| mesh.parquet(&format!("data/sales/part-{at}.parquet"), file, 4));
    mesh.build().await
}

async fn plan(mesh: &TestMesh, caller: &Caller, sql: &str) -> String {
    let request = StatementRequest { sql: sql.to_owned(), parameters: None };
    let planned = mesh.engine.prepare(caller, request).await.unwrap();
    let plan = inspect::physical_plan(&mesh.engine, &planned).await.unwrap();
    displayable(plan.as_ref()).set_show_statistics(true).set_show_schema(true).indent(true).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_of_no_nulls_counts_only_where_every_file_keeps_it() {
    let regions = ["EU", "US", "EU", "US"];
    let (kept, broken) = (sales(&regions, &[5, 6, 7, 8], false), sales(&regions, &[5, -1, -1, 8], true));
    let keeps = mesh(&[kept.clone(), kept.clone()]).await;
    let breaks = mesh(&[kept, broken]).await;
    let sql = "select count(*) from shop.sales where value is null";
    for (group, nulls) in [("all", "2"), ("eu", "1")] {
        let who = caller("x", &[group]);
        assert_eq!(breaks.rows(&who, sql).await.unwrap(), [nulls], "{group}");
        assert_eq!(keeps.rows(&who, sql).await.unwrap(), ["0"], "{group}");
        // Where no file can hold one, nobody looks for it.
        assert!(plan(&breaks, &who, sql).await.contains("GovernedScanExec"), "{group}");
        assert!(!plan(&keeps, &who, sql).await.contains("GovernedScanExec"), "{group}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_of_a_filtered_table_are_the_same_whatever_the_hidden_rows_hold() {
    let regions = ["EU", "US", "EU", "US", "US"];
    let narrow = mesh(&[sales(&regions, &[5, 6, 7, 8, 8], false)]).await;
    let wide = mesh(&[sales(&regions, &[5, 900_000, 7, 0, 1], false)]).await;
    let sql = "select a.value, count(*) from shop.sales a join shop.sales b on a.value = b.id
               where a.value > 3 and b.region <> 'x' group by a.value order by 1 limit 3";
    let (eu, all) = (caller("x", &["eu"]), caller("x", &["all"]));
    assert_eq!(plan(&narrow, &eu, sql).await, plan(&wide, &eu, sql).await);
    assert_ne!(plan(&narrow, &all, sql).await, plan(&wide, &all, sql).await, "who sees all rows may know their bounds");
}
