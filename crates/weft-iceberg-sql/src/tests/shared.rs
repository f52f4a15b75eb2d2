//! Files that others write meanwhile.

use std::thread;

use super::*;

const MODES: [&str; 2] = ["DELETE", "TRUNCATE"];

/// A lake in one of SQLite's ways to write.
fn lake(mode: &str) -> Lake {
    let lake = Lake::new(&format!("PRAGMA journal_mode = {mode}; {V1}"));
    lake.put(&[("c", "shop", "orders", Some("TABLE"))]);
    lake
}

fn moved(number: usize) -> String {
    format!("UPDATE iceberg_tables SET metadata_location = '/lake/{number}/metadata/{number}-a.metadata.json'")
}

#[tokio::test]
async fn a_commit_is_seen_by_the_next_question() {
    for mode in MODES {
        let lake = lake(mode);
        let (catalog, writer) = (lake.catalog(None), lake.writer());
        assert_eq!(located(&catalog, "shop.orders").await.as_deref(), Ok("file:///lake/c/shop/orders"), "{mode}");
        writer.execute_batch(&moved(2)).expect("commit");
        assert_eq!(located(&catalog, "shop.orders").await.as_deref(), Ok("/lake/2"), "{mode}");
        writer.execute_batch("UPDATE iceberg_tables SET table_name = 'renamed'").expect("rename");
        assert_eq!(located(&catalog, "shop.orders").await, Err(CatalogFault::Missing), "{mode}");
        assert_eq!(located(&catalog, "shop.renamed").await.as_deref(), Ok("/lake/2"), "{mode}");
        writer.execute_batch("DELETE FROM iceberg_tables").expect("drop");
        assert_eq!(located(&catalog, "shop.renamed").await, Err(CatalogFault::Missing), "{mode}");
        assert_eq!(listed(&catalog, &["shop"]).await, [""; 0], "{mode}");
    }
}

#[tokio::test]
async fn what_is_not_committed_is_not_seen() {
    for mode in MODES {
        let lake = lake(mode);
        let writer = lake.writer();
        writer.execute_batch(&format!("BEGIN IMMEDIATE; {}", moved(2))).expect("begun");
        assert_eq!(lake.orders().await.as_deref(), Ok("file:///lake/c/shop/orders"), "{mode}");
        writer.execute_batch("COMMIT").expect("commit");
        assert_eq!(lake.orders().await.as_deref(), Ok("/lake/2"), "{mode}");
    }
}

#[tokio::test]
async fn a_file_is_replaced() {
    for mode in MODES {
        let (lake, other) = (lake(mode), lake(mode));
        let catalog = lake.catalog(None);
        assert_eq!(located(&catalog, "shop.orders").await.as_deref(), Ok("file:///lake/c/shop/orders"), "{mode}");
        other.writer().execute_batch(&format!("PRAGMA journal_mode = DELETE; {}", moved(3))).expect("moved");
        let at = |lake: &Lake| lake.dir.path().join("catalog.db");
        fs::rename(at(&other), at(&lake)).expect("replaced");
        assert_eq!(located(&catalog, "shop.orders").await.as_deref(), Ok("/lake/3"), "{mode}");
    }
}

#[tokio::test]
async fn a_locked_file_is_asked_again_later() {
    let lake = lake("DELETE");
    let catalog = lake.catalog(None).patient(Patience { busy: Duration::from_millis(20), ..Patience::default() });
    let writer = lake.writer();
    writer.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let locked = unreachable("its file is locked by another process");
    assert_eq!(located(&catalog, "shop.orders").await, Err(locked.clone()));
    assert_eq!(catalog.tables(&[], 9).await, Err(locked));
    writer.execute_batch("COMMIT").expect("unlocked");
    assert!(located(&catalog, "shop.orders").await.is_ok());
    // Whoever waits long enough is answered.
    writer.execute_batch("BEGIN EXCLUSIVE").expect("locked");
    let unlock = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        writer.execute_batch("COMMIT").expect("unlocked");
    });
    assert!(lake.orders().await.is_ok());
    unlock.join().expect("writer");
}

#[tokio::test]
async fn a_writer_keeps_nobody_from_reading() {
    for mode in MODES {
        let lake = lake(mode);
        let (catalog, writer) = (lake.catalog(None), lake.writer());
        writer.execute_batch(&moved(0)).expect("commit");
        let writing = thread::spawn(move || {
            writer.busy_timeout(Duration::from_secs(5)).expect("patience");
            (1..=200).for_each(|number| writer.execute_batch(&moved(number)).expect("commit"));
        });
        let mut last = 0;
        while !writing.is_finished() {
            let place = located(&catalog, "shop.orders").await.expect(mode);
            let seen: usize = place.rsplit('/').next().and_then(|number| number.parse().ok()).expect("number");
            assert!(seen >= last, "{mode}");
            last = seen;
        }
        writing.join().expect("writer");
        assert_eq!(located(&catalog, "shop.orders").await.as_deref(), Ok("/lake/200"), "{mode}");
    }
}

#[tokio::test]
async fn reading_writes_nothing() {
    for mode in MODES {
        let lake = lake(mode);
        let file = lake.dir.path().join("catalog.db");
        let before = fs::read(&file).expect("file");
        lake.orders().await.expect("table");
        listed(&lake.catalog(None), &[]).await;
        assert_eq!(fs::read(&file).expect("file"), before, "{mode}");
        let beside = fs::read_dir(lake.dir.path()).expect("folder").count();
        assert_eq!(beside, 1, "{mode}");
    }
}

#[tokio::test]
async fn a_file_whose_readers_would_write_beside_it_is_refused() {
    let lake = lake("WAL");
    let said = located(&lake.catalog(None), "shop.orders").await.expect_err("WAL");
    assert!(said.to_string().contains("journal mode WAL"), "{said}");
    assert_eq!(fs::read_dir(lake.dir.path()).expect("folder").count(), 1);
}

#[tokio::test]
async fn what_a_writer_left_undone_is_told() {
    let lake = lake("DELETE");
    let writer = lake.writer();
    let fill = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 2000) \
        INSERT INTO iceberg_tables SELECT 'c', 'other', 't' || x, '', '', NULL FROM n";
    writer
        .execute_batch(&format!("{fill}; PRAGMA cache_size = 5; PRAGMA cache_spill = 1; BEGIN; {}", moved(2)))
        .expect("begun");
    let crashed = Lake { dir: TempDir::new().expect("temp dir") };
    for name in ["catalog.db", "catalog.db-journal"] {
        fs::copy(lake.dir.path().join(name), crashed.dir.path().join(name)).expect("copied");
    }
    assert_eq!(crashed.orders().await, Err(unreachable("a writer of its file ended before it was done")));
    // The next writer takes it back.
    let number: i64 =
        crashed.writer().query_row("SELECT count(*) FROM iceberg_tables", [], |row| row.get(0)).expect("count");
    assert_eq!(number, 2001);
    assert_eq!(crashed.orders().await.as_deref(), Ok("file:///lake/c/shop/orders"));
}

#[tokio::test]
async fn many_questions_take_turns() {
    let lake = lake("DELETE");
    let catalog = std::sync::Arc::new(lake.catalog(None));
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let catalog = std::sync::Arc::clone(&catalog);
        asking.spawn(async move { located(&catalog, "shop.orders").await });
    }
    let answers = asking.join_all().await;
    assert!(answers.len() == 100 && answers.iter().all(Result::is_ok));
}
