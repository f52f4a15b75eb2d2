//! Files that are no catalogs, and files of those who mean harm.

use super::*;

/// What the only catalog says of both questions has to be the same complaint.
async fn refused(lake: &Lake, complaint: &str) {
    assert_eq!(lake.orders().await, Err(unusable(complaint)), "{complaint}");
    assert_eq!(lake.catalog(None).tables(&[], 9).await, Err(unusable(complaint)), "{complaint}");
}

/// Takes the catalog's file away and puts something else there.
fn replaced(bytes: &[u8]) -> Lake {
    let lake = Lake { dir: TempDir::new().expect("temp dir") };
    fs::write(lake.dir.path().join("catalog.db"), bytes).expect("file");
    lake
}

#[tokio::test]
async fn what_is_no_database_is_told() {
    let lake = replaced(b"");
    refused(&lake, "its file has no table `iceberg_tables`").await;
    refused(&replaced(b"SQLite format 3\0"), "its file is not one of SQLite").await;
    refused(&replaced(&[b'x'; 4096]), "its file is not one of SQLite").await;
    fs::remove_file(lake.dir.path().join("catalog.db")).expect("removed");
    assert_eq!(lake.orders().await, Err(unreachable("its file is not there")));
    assert!(!lake.dir.path().join("catalog.db").exists());
    fs::create_dir(lake.dir.path().join("catalog.db")).expect("folder");
    refused(&lake, "its file is not a plain file").await;
}

#[tokio::test]
async fn what_is_no_plain_table_is_not_read() {
    let columns = "catalog_name, table_namespace, table_name, metadata_location";
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    refused(&Lake::new("CREATE TABLE others(a)"), "its file has no table `iceberg_tables`").await;
    let view = format!("CREATE VIEW iceberg_tables({columns}) AS SELECT 'c', 'shop', 'orders', ({endless})");
    refused(&Lake::new(&view), "`iceberg_tables` of its file is not a plain table").await;
    let virtual_one = format!("CREATE VIRTUAL TABLE iceberg_tables USING fts5({columns})");
    refused(&Lake::new(&virtual_one), "`iceberg_tables` of its file is not a plain table").await;
    for computed in ["VIRTUAL", "STORED"] {
        let sql = format!("CREATE TABLE iceberg_tables({columns}, iceberg_type AS (hex(zeroblob(100))) {computed})");
        refused(&Lake::new(&sql), "`iceberg_tables` of its file has columns that are computed").await;
    }
    let sql = "CREATE TABLE iceberg_tables(catalog_name, table_name, metadata_location)";
    refused(&Lake::new(sql), "`iceberg_tables` of its file has no column `table_namespace`").await;
}

#[tokio::test]
async fn a_view_that_says_it_is_a_table_is_not_read() {
    let lake = Lake::new(
        "CREATE TABLE hidden(catalog_name, table_namespace, table_name, metadata_location);
        INSERT INTO hidden VALUES ('c', 'shop', 'orders', '/lake/t/metadata/x');
        CREATE VIEW iceberg_tables AS SELECT * FROM hidden;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET type = 'table', rootpage = 2 WHERE name = 'iceberg_tables';",
    );
    let said = lake.orders().await;
    assert!(matches!(said, Err(CatalogFault::Unusable(_))), "{said:?}");
}

#[tokio::test]
async fn names_are_compared_as_they_stand() {
    let lake = Lake::new(
        "CREATE TABLE ICEBERG_TABLES(CATALOG_NAME TEXT COLLATE NOCASE, TABLE_NAMESPACE TEXT COLLATE RTRIM, TABLE_NAME TEXT COLLATE NOCASE, METADATA_LOCATION TEXT);
        CREATE INDEX by_name ON iceberg_tables(table_name);",
    );
    lake.put(&[("c", "shop", "orders", None)]);
    assert_eq!(lake.orders().await.as_deref(), Ok("file:///lake/c/shop/orders"));
    for name in ["shop.ORDERS", "shop .orders"] {
        assert_eq!(located(&lake.catalog(None), name).await, Err(CatalogFault::Missing), "{name}");
    }
    assert_eq!(located(&lake.catalog(Some("C")), "shop.orders").await, Err(CatalogFault::Missing));
    lake.put(&[("C", "shop", "orders", None)]);
    assert!(matches!(lake.orders().await, Err(CatalogFault::Unusable(text)) if text.contains("`warehouse`")));
    lake.put(&[("c", "shop", "orders", None)]);
    assert_eq!(located(&lake.catalog(Some("c")), "shop.orders").await, Err(unusable("its file has the table twice")));
}

#[tokio::test]
async fn a_file_of_wide_characters_is_read() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let lake = Lake::new(&format!("PRAGMA encoding = '{encoding}'; {V1}"));
        lake.put(&[("c", "shop", "orders", None), ("c", "shop.é😀", "t", Some("TABLE")), ("c", "zzz", "t", None)]);
        assert_eq!(lake.orders().await.as_deref(), Ok("file:///lake/c/shop/orders"));
        assert_eq!(listed(&lake.catalog(None), &["shop"]).await, ["shop.orders", "shop.é😀.t"]);
    }
}

#[tokio::test]
async fn values_of_other_types_are_refused() {
    let odd = "a row of `iceberg_tables` holds something other than text";
    let broken = "a row of `iceberg_tables` holds a text that is not UTF-8";
    for (column, value, says) in [
        ("metadata_location", "1", odd),
        ("metadata_location", "1.5", odd),
        ("metadata_location", "x'2f6c'", odd),
        ("metadata_location", "CAST(x'2fff' AS TEXT)", broken),
        ("metadata_location", "printf('%05000d', 1)", "a row of `iceberg_tables` holds a text of more than 4096 bytes"),
        ("metadata_location", "zeroblob(2000000)", "its file holds a row of more than 1048576 bytes"),
        ("iceberg_type", "x'00'", odd),
        ("iceberg_type", "printf('%05000d', 1)", "a row of `iceberg_tables` holds a text of more than 1024 bytes"),
    ] {
        let lake = Lake::new(
            "CREATE TABLE iceberg_tables(catalog_name, table_namespace, table_name, metadata_location, iceberg_type)",
        );
        lake.put(&[("c", "shop", "orders", None)]);
        lake.writer().execute(&format!("UPDATE iceberg_tables SET {column} = {value}"), []).expect(value);
        assert_eq!(lake.orders().await, Err(unusable(says)), "{column} = {value}");
    }
    for (column, value, says) in [
        ("catalog_name", "7", odd),
        ("catalog_name", "NULL", "its file holds a catalog without a name"),
        ("catalog_name", "x'63'", odd),
        ("catalog_name", "CAST(x'ff' AS TEXT)", broken),
        ("catalog_name", "printf('%05000d', 1)", "a row of `iceberg_tables` holds a text of more than 1024 bytes"),
        ("catalog_name", "zeroblob(2000000)", "its file holds a row of more than 1048576 bytes"),
    ] {
        let lake =
            Lake::new("CREATE TABLE iceberg_tables(metadata_location, catalog_name, table_namespace, table_name)");
        lake.put(&[("c", "shop", "orders", None)]);
        lake.writer().execute(&format!("UPDATE iceberg_tables SET {column} = {value}"), []).expect(value);
        refused(&lake, says).await;
    }
    for (column, value, says) in [
        ("table_name", "7", odd),
        ("table_namespace", "x'ff'", odd),
        ("table_namespace", "CAST(x'ff' AS TEXT)", broken),
    ] {
        let lake =
            Lake::new("CREATE TABLE iceberg_tables(catalog_name, table_namespace, table_name, metadata_location)");
        lake.put(&[("c", "shop", "orders", None)]);
        lake.writer().execute(&format!("UPDATE iceberg_tables SET {column} = {value}"), []).expect(value);
        assert_eq!(lake.orders().await, Err(CatalogFault::Missing), "{column} = {value}");
        assert_eq!(lake.catalog(None).tables(&[], 9).await, Err(unusable(says)), "{column} = {value}");
    }
}

#[tokio::test]
async fn an_answer_takes_no_longer_than_it_may() {
    let lake = Lake::new(V1);
    let fill = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) \
        INSERT INTO iceberg_tables SELECT 'c', 'other', 't' || x, '', '', NULL FROM n";
    lake.writer().execute(fill, []).expect("rows");
    let catalog = lake.catalog(None).patient(Patience { answer: Duration::ZERO, ..Patience::default() });
    assert_eq!(catalog.tables(&["shop".into()], 9).await, Err(unreachable("it took too long to answer")));
    assert_eq!(lake.catalog(None).tables(&["shop".into()], 9).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_read() {
    let lake = Lake::new(V1);
    for number in 0..60 {
        lake.put(&[("c", "shop", &format!("t{number}"), Some("TABLE"))]);
    }
    lake.put(&[("c", "shop", "orders", None)]);
    let file = lake.dir.path().join("catalog.db");
    let whole = fs::read(&file).expect("file");
    // A generator of its own, so that what fails can be seen again.
    let mut state = 20_260_601_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).expect("number") % below
    };
    for round in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..=next(8) {
            // The first pages say how the rest is to be read.
            let below = if round % 2 == 0 { 600 } else { bytes.len() };
            bytes[next(below)] = u8::try_from(next(256)).expect("byte");
        }
        bytes.truncate(if round % 5 == 0 { next(bytes.len()) } else { bytes.len() });
        fs::write(&file, bytes).expect("file");
        let catalog = lake.catalog(None);
        for said in [located(&catalog, "shop.orders").await.map(|_| ()), catalog.tables(&[], 100).await.map(|_| ())] {
            assert_ne!(said, Err(unreachable("the question was broken off")), "round {round}");
        }
    }
}
