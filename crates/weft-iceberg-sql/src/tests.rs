use std::fs;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use weft_storage::catalog::{CatalogFault, TableCatalog, TableMetadata, TableName};
use weft_storage::catalog_credentials::CatalogCredentials;
use weft_storage::config::{CatalogConfig, CatalogKind, RestrictionsFor};
use weft_storage::credentials::SecretRef;

use crate::file::Patience;
use crate::sql_catalog::SqlCatalog;

mod hostile;
mod shared;

/// As it was made before there were views.
const V0: &str = "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, \
    table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), \
    PRIMARY KEY (catalog_name, table_namespace, table_name));";

/// As it is made now.
const V1: &str = "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, \
    table_name VARCHAR(255) NOT NULL, metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), \
    iceberg_type VARCHAR(5), PRIMARY KEY (catalog_name, table_namespace, table_name));";

/// A folder with a catalog.
struct Lake {
    dir: TempDir,
}

impl Lake {
    fn new(sql: &str) -> Self {
        let lake = Self { dir: TempDir::new().expect("temp dir") };
        lake.writer().execute_batch(sql).expect(sql);
        lake
    }

    /// A connection that may write.
    fn writer(&self) -> Connection {
        Connection::open(self.dir.path().join("catalog.db")).expect("writer")
    }

    /// Puts tables into it: what the catalog is called, namespace, name, type.
    fn put(&self, rows: &[(&str, &str, &str, Option<&str>)]) -> &Self {
        let writer = self.writer();
        for (catalog, namespace, name, kind) in rows {
            let location = format!("file:///lake/{catalog}/{namespace}/{name}/metadata/00001-a.metadata.json");
            let sql = "INSERT INTO iceberg_tables(catalog_name, table_namespace, table_name, metadata_location) VALUES (?1, ?2, ?3, ?4)";
            writer.execute(sql, (catalog, namespace, name, location)).expect("row");
            if let Some(kind) = kind {
                let sql = "UPDATE iceberg_tables SET iceberg_type = ?1 WHERE table_name = ?2";
                writer.execute(sql, (kind, name)).expect("type");
            }
        }
        self
    }

    fn catalog(&self, warehouse: Option<&str>) -> SqlCatalog {
        let config = CatalogConfig { warehouse: warehouse.map(str::to_owned), ..config("sqlite:catalog.db") };
        SqlCatalog::new(&config, self.dir.path()).expect("catalog")
    }

    /// What the only catalog of the file says of `shop.orders`.
    async fn orders(&self) -> Result<String, CatalogFault> {
        located(&self.catalog(None), "shop.orders").await
    }
}

fn config(uri: &str) -> CatalogConfig {
    CatalogConfig {
        name: "local".to_owned(),
        kind: CatalogKind::Sql,
        uri: uri.to_owned(),
        warehouse: None,
        domains: Vec::new(),
        namespaces: Vec::new(),
        credentials: Default::default(),
        restrictions: Default::default(),
        callers: Default::default(),
        withheld: None,
    }
}

/// A name with a dot before each of its levels but the first.
fn named(spelled: &str) -> TableName {
    let (namespace, table) = spelled.rsplit_once('.').expect(spelled);
    TableName { namespace: namespace.split('.').map(Into::into).collect(), table: table.into() }
}

async fn located(catalog: &SqlCatalog, name: &str) -> Result<String, CatalogFault> {
    catalog.table(&named(name), None).await.map(|entry| entry.location.to_string())
}

async fn listed(catalog: &SqlCatalog, namespace: &[&str]) -> Vec<String> {
    let namespace: Vec<_> = namespace.iter().map(|level| (*level).into()).collect();
    let tables = catalog.tables(&namespace, 100).await.expect("tables");
    tables.iter().map(ToString::to_string).collect()
}

fn unusable(what: &str) -> CatalogFault {
    CatalogFault::Unusable(what.to_owned())
}

fn unreachable(what: &str) -> CatalogFault {
    CatalogFault::Unreachable(what.to_owned())
}

#[tokio::test]
async fn a_table_is_found_in_both_layouts() {
    for layout in [V0, V1] {
        let lake = Lake::new(layout);
        lake.put(&[("c", "shop", "orders", None), ("c", "shop.deep", "a b/é.x", None)]);
        let catalog = lake.catalog(None);
        for caller in [None, Some("alice")] {
            let entry = catalog.table(&named("shop.orders"), caller).await.expect("table");
            assert_eq!(&*entry.location, "file:///lake/c/shop/orders");
            assert!(
                matches!(entry.metadata, TableMetadata::File(file) if &*file == "file:///lake/c/shop/orders/metadata/00001-a.metadata.json")
            );
            assert!(entry.restrictions.is_empty() && entry.vending.is_none());
        }
        let deep = TableName { namespace: vec!["shop".into(), "deep".into()], table: "a b/é.x".into() };
        assert_eq!(&*catalog.table(&deep, None).await.expect("table").location, "file:///lake/c/shop.deep/a b/é.x");
        assert_eq!(catalog.kept().asked, 3);
    }
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let lake = Lake::new(V1);
    lake.put(&[("c", "shop", "orders", None), ("c", "shop.deep", "t", None)]);
    let catalog = lake.catalog(None);
    for name in [
        "shop.Orders",
        "Shop.orders",
        "shop.order_",
        "shop.%",
        "sho.orders",
        "shop.orders ",
        "shop.deep",
        "shop.deep.u",
        "x.shop.orders",
        "shop.orders' OR '1'='1",
    ] {
        assert_eq!(located(&catalog, name).await, Err(CatalogFault::Missing), "{name}");
    }
    let long = "n".repeat(2000);
    for (namespace, table) in [
        (vec!["shop.deep"], "t"),
        (vec![], "orders"),
        (vec![""], "orders"),
        (vec!["shop"], ""),
        (vec!["shop"], &long),
        (vec![&long], "t"),
    ] {
        let name =
            TableName { namespace: namespace.iter().map(|level| (*level).into()).collect(), table: table.into() };
        assert_eq!(catalog.table(&name, None).await.expect_err(table), CatalogFault::Missing, "{name}");
    }
    assert_eq!(catalog.tables(&["shop.deep".into()], 9).await, Err(CatalogFault::Missing));
}

#[tokio::test]
async fn views_are_no_tables() {
    let lake = Lake::new(V1);
    lake.put(&[
        ("c", "shop", "orders", Some("TABLE")),
        ("c", "shop", "seen", Some("VIEW")),
        ("c", "shop", "other", Some("table")),
        ("c", "shop", "old", None),
    ]);
    let catalog = lake.catalog(None);
    assert!(located(&catalog, "shop.orders").await.is_ok() && located(&catalog, "shop.old").await.is_ok());
    for name in ["shop.seen", "shop.other"] {
        assert_eq!(located(&catalog, name).await, Err(CatalogFault::Missing), "{name}");
    }
    assert_eq!(listed(&catalog, &["shop"]).await, ["shop.old", "shop.orders"]);
}

#[tokio::test]
async fn one_file_holds_several_catalogs() {
    let lake = Lake::new(V1);
    assert_eq!(lake.orders().await, Err(CatalogFault::Missing));
    assert_eq!(listed(&lake.catalog(None), &[]).await, [""; 0]);
    lake.put(&[("a", "shop", "orders", None)]);
    assert_eq!(lake.orders().await.as_deref(), Ok("file:///lake/a/shop/orders"));
    lake.put(&[("b", "shop", "orders", None)]);
    let which = unusable("its file holds more than one catalog, so that `warehouse` is needed, which names one");
    assert_eq!(lake.orders().await, Err(which.clone()));
    assert_eq!(lake.catalog(None).tables(&[], 9).await, Err(which));
    for name in ["a", "b"] {
        let catalog = lake.catalog(Some(name));
        assert_eq!(located(&catalog, "shop.orders").await, Ok(format!("file:///lake/{name}/shop/orders")));
        assert_eq!(listed(&catalog, &["shop"]).await, ["shop.orders"]);
    }
    for name in ["A", "c"] {
        assert_eq!(located(&lake.catalog(Some(name)), "shop.orders").await, Err(CatalogFault::Missing), "{name}");
    }
}

#[tokio::test]
async fn tables_are_listed_below_a_namespace() {
    let lake = Lake::new(V1);
    for (namespace, name) in [
        ("shop", "b"),
        ("shop", "a"),
        ("shop.deep", "t"),
        ("shop.deep.er", "t"),
        ("shop_", "t"),
        ("shopx", "t"),
        ("Shop", "t"),
        ("shop-", "t"),
        ("s%p", "t"),
        ("shop..x", "t"),
        ("", "t"),
        ("shop", ""),
    ] {
        lake.put(&[("c", namespace, name, None)]);
    }
    let catalog = lake.catalog(None);
    assert_eq!(listed(&catalog, &["shop"]).await, ["shop.a", "shop.b", "shop.deep.t", "shop.deep.er.t"]);
    assert_eq!(listed(&catalog, &["shop", "deep"]).await, ["shop.deep.t", "shop.deep.er.t"]);
    assert_eq!(listed(&catalog, &["s%p"]).await, ["s%p.t"]);
    assert_eq!(listed(&catalog, &["shop_"]).await, ["shop_.t"]);
    assert_eq!(listed(&catalog, &["none"]).await, [""; 0]);
    assert_eq!(listed(&catalog, &[]).await.len(), 9);
    assert_eq!(catalog.tables(&["shop".into()], 4).await.expect("four").len(), 4);
    let more = unusable("more than 3 tables are below the namespace");
    assert_eq!(catalog.tables(&["shop".into()], 3).await, Err(more));
}

#[tokio::test]
async fn a_table_that_keeps_its_metadata_elsewhere_is_refused() {
    let lake = Lake::new(V1);
    lake.put(&[("c", "shop", "orders", None)]);
    for (location, says) in [
        (
            Some("file:///lake/orders/meta/00001-a.metadata.json"),
            "the table's metadata is not a file of a folder `metadata`, so that where the table lies is not known",
        ),
        (
            Some("lake/orders/metadata/00001-a.metadata.json"),
            "the table's metadata is at a relative path: relative to what, nobody knows",
        ),
        (None, "the table has no metadata file"),
    ] {
        lake.writer().execute("UPDATE iceberg_tables SET metadata_location = ?1", [location]).expect("update");
        assert_eq!(lake.orders().await, Err(unusable(says)), "{location:?}");
    }
}

#[test]
fn a_configuration_of_something_else_is_refused() {
    let refused = |config: CatalogConfig| SqlCatalog::new(&config, "/mesh".as_ref()).expect_err("refused");
    let no_file = "has in `uri` no file such as `sqlite:catalog.db` or `sqlite:////folder/catalog.db`";
    assert_eq!(refused(config("https://host/catalog")), no_file);
    let warehouse = |name: String| CatalogConfig { warehouse: Some(name), ..config("sqlite:c.db") };
    for name in [String::new(), "n".repeat(1025)] {
        assert_eq!(refused(warehouse(name)), "has in `warehouse` no name of at most 1024 bytes");
    }
    let secret = || SecretRef { file: None, env: Some("TOKEN".to_owned()) };
    let credentials = CatalogCredentials::Token(secret());
    let callers = [("alice".to_owned(), secret())].into();
    for (config, setting) in [
        (CatalogConfig { credentials, ..config("sqlite:c.db") }, "credentials"),
        (CatalogConfig { restrictions: RestrictionsFor::Service, ..config("sqlite:c.db") }, "restrictions"),
        (CatalogConfig { callers, ..config("sqlite:c.db") }, "callers"),
    ] {
        assert_eq!(refused(config), format!("has no use for `{setting}`: a file says the same to all"));
    }
    SqlCatalog::new(&config("sqlite:///not/there.db"), "/mesh".as_ref()).expect("nothing is touched");
}
