//! What a caller is told of names: in listings, of versions that are gone, and of products that are broken.

use weft_model::report::Report;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people;

#[tokio::test(flavor = "multi_thread")]
async fn listings_hold_what_the_caller_may_read_and_nothing_else() {
    let mesh = people::mesh().await;
    let tables = "select table_schema, table_name from information_schema.tables where table_schema <> 'information_schema' order by 1, 2";
    let columns = "select column_name, ordinal_position, masked from information_schema.columns where table_name = 'people' order by 2";
    let eu = caller("ana", &["eu"]);
    assert_eq!(mesh.rows(&eu, tables).await.unwrap(), ["hr | bonus", "hr | bonus_v1", "hr | people", "hr | people_v1"]);
    // Ordinals have no gap where `salary` would stand.
    let seen = [
        "id | 1 | false",
        "region | 2 | false",
        "name | 3 | true",
        "email | 4 | true",
        "born | 5 | true",
        "boss | 6 | false",
        "badge | 7 | false",
    ];
    assert_eq!(mesh.rows(&eu, columns).await.unwrap(), seen);
    let clear = mesh.rows(&caller("kim", &["clear"]), columns).await.unwrap();
    assert_eq!(clear[4], "salary | 5 | false");
    assert_eq!(clear.len(), 8);
    let outsider = caller("outsider", &["guests"]);
    for listing in [tables, columns, "select schema_name from information_schema.schemata where schema_name = 'hr'"] {
        assert!(mesh.rows(&outsider, listing).await.unwrap().is_empty(), "{listing}");
    }
    let directory = mesh.engine.directory(&outsider).await.unwrap();
    assert!(directory.tables.iter().all(|table| &*table.domain == "information_schema"), "{directory:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_listed_when_all_of_it_joins() {
    let mesh = people::mesh().await;
    let key = async |group: &str| {
        let directory = mesh.engine.directory(&caller("x", &[group])).await.unwrap();
        let table = directory.tables.iter().find(|table| &*table.name == "people").unwrap();
        table.primary_key.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(key("eu").await, ["id"]);
    let keyed = ProductFiles::new("hr", "people", "data/people/")
        .column(
            "id",
            ("integer", "bigint"),
            "confidential",
            "required: true, unique: true, primaryKey: true, primaryKeyPosition: 1",
        )
        .column("region", ("string", "string"), "internal", "");
    let masked = MeshBuilder::new()
        .board("")
        .policy("hr", "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [eu]}, allow: read}")
        .product(&keyed)
        .parquet("data/people/part-0.parquet", &people::people(), 1_000)
        .build()
        .await;
    let directory = masked.engine.directory(&caller("x", &["eu"])).await.unwrap();
    let table = directory.tables.iter().find(|table| &*table.name == "people").unwrap();
    assert!(table.primary_key.is_empty() && table.columns[0].masked && !table.columns[0].required, "{table:?}");
}

/// `hr.badges`: version 1 is retired, version 2 is served, to different groups; `hr.broken` says what its files do not.
async fn versions() -> TestMesh {
    let product = "apiVersion: v1.1.0\nkind: DataProduct\nid: urn:test:dp:hr:badges\nname: badges\nversion: 2.0.0\n\
                   status: active\ndomain: hr\noutputPorts:\n\
                   \x20 - {name: badges, version: 1.0.0, type: tables, contractId: \"urn:test:dc:hr:badges:v1\"}\n\
                   \x20 - {name: badges, version: 2.0.0, type: tables, contractId: \"urn:test:dc:hr:badges:v2\"}\n\
                   team: {name: hr-team}\n";
    let contract = |version: u32, status: &str, roles: &str| {
        format!(
            "apiVersion: v3.2.0\nkind: DataContract\nid: urn:test:dc:hr:badges:v{version}\nname: badges\nversion: {version}.0.0\n\
             status: {status}\ndomain: hr\nservers:\n  - {{server: local, type: local, path: data/people/, format: parquet}}\n\
             schema:\n  - name: badges\n    physicalType: table\n    logicalType: object\n    properties:\n\
             \x20     - {{name: id, logicalType: integer, physicalType: bigint, classification: internal}}\n\
             roles:\n{roles}"
        )
    };
    let (old, new) = ("  - {role: old, access: read}\n", "  - {role: new, access: read}\n");
    let broken = ProductFiles::new("hr", "broken", "data/people/")
        .column("id", ("string", "string"), "internal", "")
        .role("new", "");
    MeshBuilder::new()
        .board("")
        .file("hr/badges/badges.odps.yaml", product)
        .file(
            "hr/badges/badges-v1.odcs.yaml",
            &contract(1, "retired", &format!("{old}  - {{role: both, access: read}}\n")),
        )
        .file(
            "hr/badges/badges-v2.odcs.yaml",
            &contract(2, "active", &format!("{new}  - {{role: both, access: read}}\n")),
        )
        .product(&broken)
        .parquet("data/people/part-0.parquet", &people::people().slice(0, 10), 10)
        .build()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_gone_is_gone_for_its_readers_only() {
    let mesh = versions().await;
    let told = async |group: &str, table: &str| {
        let error = mesh.rows(&caller("x", &[group]), &format!("select id from hr.{table}")).await.unwrap_err();
        (error.to_string().replace(table, "T"), error.code().id, error.hint())
    };
    let missing = told("new", "badges_v7").await;
    assert_eq!((missing.0.as_str(), missing.1), ("table `hr.T` does not exist", "WEFT-Q003"));
    let (both, old) = (told("both", "badges_v1").await, told("old", "badges_v1").await);
    assert_eq!((both.0.as_str(), both.1), ("table `hr.T` is retired", "WEFT-Q008"));
    // The successor is named to who may read it, and to nobody else.
    assert_eq!(both.2.as_deref(), Some("Use `hr.badges` instead."));
    assert_eq!((old.0.as_str(), old.2), ("table `hr.T` is retired", None));
    // Whoever could never read it learns nothing of it.
    assert_eq!(told("new", "badges_v1").await, missing);
    assert_eq!(told("guests", "badges_v1").await, missing);
    assert_eq!(mesh.rows(&caller("x", &["new"]), "select count(*) from hr.badges").await.unwrap(), ["10"]);
    assert_eq!(told("old", "badges").await, missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_product_is_broken_for_its_readers_only() {
    let mesh = versions().await;
    let reader = mesh.rows(&caller("x", &["new"]), "select id from hr.broken").await.unwrap_err();
    let text = reader.to_string();
    assert!(text.starts_with("product `hr.broken` is broken (reference g"), "{text}");
    assert_eq!(reader.code().id, "WEFT-Q007");
    let outsider = mesh.rows(&caller("x", &["guests"]), "select id from hr.broken").await.unwrap_err();
    assert_eq!(outsider.to_string(), "table `hr.broken` does not exist");
    // Every other product works.
    assert_eq!(mesh.rows(&caller("x", &["new"]), "select count(*) from hr.badges").await.unwrap(), ["10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_function_reads_what_is_not_a_table() {
    let mesh = people::mesh().await;
    let clear = caller("kim", &["clear"]);
    for call in [
        "parquet_metadata('data/people/part-0.parquet')",
        "read_csv('/etc/passwd')",
        "read_parquet('data/people/part-0.parquet')",
        "metadata_cache()",
    ] {
        let error = mesh.rows(&clear, &format!("select * from {call}")).await.unwrap_err();
        assert!(!error.to_string().contains("PAR1"), "{call}: {error}");
        assert_eq!(error.code().kind, weft_model::report::Kind::InvalidArgument, "{call}: {error}");
    }
    assert_eq!(mesh.rows(&clear, "select sum(value) from generate_series(1, 4)").await.unwrap(), ["10"]);
    // A leaf that is not a governed scan prints its name and nothing of what it holds.
    let plan =
        mesh.rows(&clear, "explain select * from (values ('SECRET-VALUE')) v(a), generate_series(1, 31337)").await;
    let plan = plan.unwrap().join("\n");
    assert!(plan.contains("LazyMemoryExec") && !plan.contains("31337") && !plan.contains("SECRET-VALUE"), "{plan}");
}
