//! What the catalog of a table withholds from a caller, beside what policy does.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use weft::demo::iceberg_files::{self, By, History};
use weft::demo::parquet_files::Target;
use weft_model::mask::Mask;
use weft_model::report::Report;
use weft_model::restriction::{Filter, FilterOp, Literal, Restrictions};
use weft_storage::config::{BindingConfig, CatalogConfig, RestrictionsFor, StorageConfig};
use weft_storage::known::Catalogs;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};
use weft_testkit::told_catalog::ToldCatalog;

const ROWS: u64 = 6;
const STAFF: Target = Target { table: "hr.staff", path: "lake/staff", files: 1, row_group: 300 };
const URL: &str = "http://told.example";
/// Numbers of the columns `region` and `name`.
const REGION: i32 = 2;
const NAME: i32 = 3;

fn people(rows: &[u64]) -> RecordBatch {
    let texts = |of: fn(u64) -> String| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| of(*row)))) as ArrayRef;
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::try_from(*row).unwrap())))),
        ("region", texts(|row| format!("R{}", row % 3))),
        ("name", texts(|row| format!("n{row}"))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn columns(product: ProductFiles) -> ProductFiles {
    product
        .column("id", ("integer", "bigint"), "public", "")
        .column("region", ("string", "string"), "public", "")
        .column("name", ("string", "string"), "public", "")
}

/// `hr.staff` as the catalog says, `hr.around` the same table by its path.
async fn mesh() -> (TestMesh, Arc<ToldCatalog>) {
    let builder = MeshBuilder::new()
        .board("  - {id: all, match: {product: \"hr.*\"}, to: {groups: [all]}, allow: read, rows: \"id > 0\"}")
        .product(&columns(ProductFiles::catalogued("hr", "staff", URL, "hr")))
        .product(&columns(ProductFiles::new("hr", "around", "./lake/staff")).format("iceberg"));
    let rows: Vec<u64> = (0..ROWS).collect();
    let history = History { by: By::Position, renamed: ("title", "name") };
    iceberg_files::write(builder.root(), STAFF, &rows, history, |row| (*row == 1).then_some(7), |rows| Ok(people(rows))).unwrap();
    let told = ToldCatalog::new(builder.root().canonicalize().unwrap().join("lake"));
    let all = vec!["*".to_owned()];
    let binding = BindingConfig { name: "lake".into(), prefix: "./lake/".into(), domains: all.clone(), catalog: Some("told".into()), ..BindingConfig::default() };
    let catalog = CatalogConfig {
        name: "told".into(),
        kind: Default::default(),
        uri: URL.into(),
        warehouse: None,
        domains: all,
        namespaces: vec!["hr".into()],
        credentials: Default::default(),
        restrictions: RestrictionsFor::Caller,
        callers: BTreeMap::new(),
        withheld: None,
    };
    let storage = StorageConfig { bindings: vec![binding], catalogs: vec![catalog], ..StorageConfig::default() };
    let clients: Catalogs = [("told".to_owned(), Arc::clone(&told) as _)].into();
    (builder.storage(storage, clients).build().await, told)
}

fn some() -> Restrictions {
    let rows = Filter::Compare { column: REGION, op: FilterOp::NotEqual, literal: Literal::Text("R1".to_owned()) };
    Restrictions { rows: Some(rows), columns: vec![(NAME, Mask::ReplaceWithNull {})] }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_catalog_withholds_from_one_is_withheld_from_that_one() {
    let (mesh, told) = mesh().await;
    told.withholds(Some("ana"), some());
    told.withholds(Some("ben"), Restrictions::default());
    let (ana, ben) = (caller("ana", &["all"]), caller("ben", &["all"]));
    let sql = "select id, name from hr.staff order by id";
    assert_eq!(mesh.rows(&ben, sql).await.unwrap(), ["1 | n1", "2 | n2", "3 | n3", "4 | n4", "5 | n5"]);
    assert_eq!(mesh.rows(&ana, sql).await.unwrap(), ["2 | NULL", "3 | NULL", "5 | NULL"]);
    assert_eq!(mesh.rows(&ana, "select count(*) from hr.staff where name is not null").await.unwrap(), ["0"]);
    // Nobody told the catalog of her, and of those whom policy lets in nobody is let in by it.
    let eve = mesh.rows(&caller("eve", &["all"]), sql).await.unwrap_err();
    assert_eq!(eve.code().id, "WEFT-Q007", "{eve}");
    let stranger = mesh.rows(&caller("eve", &["none"]), sql).await.unwrap_err();
    assert!(stranger.to_string().contains("does not exist"), "{stranger}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_walks_around_a_catalog_by_a_path() {
    let (mesh, told) = mesh().await;
    told.withholds(Some("ben"), Restrictions::default());
    let ben = caller("ben", &["all"]);
    assert_eq!(mesh.rows(&ben, "select count(*) from hr.staff").await.unwrap(), ["5"]);
    let around = mesh.rows(&ben, "select count(*) from hr.around").await.unwrap_err();
    assert_eq!(around.code().id, "WEFT-Q007", "{around}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_withheld_closes_the_table() {
    let ben = caller("ben", &["all"]);
    for (withheld, open) in [
        (Restrictions { rows: Some(Filter::IsNull(99)), columns: Vec::new() }, false),
        (Restrictions { rows: None, columns: vec![(REGION, Mask::TruncateToYear {})] }, false),
        (Restrictions { rows: Some(Filter::Constant(true)), columns: Vec::new() }, true),
    ] {
        let (mesh, told) = mesh().await;
        told.withholds(Some("ben"), withheld.clone());
        let said = mesh.rows(&ben, "select count(*) from hr.staff").await;
        assert_eq!(said.is_ok(), open, "{withheld:?}: {said:?}");
    }
}
