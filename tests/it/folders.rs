//! Columns whose values stand in the names of folders: every row of a file shares one of them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

/// The folders, in the order of their names; rows of the n-th have ids from `n * 100_000` on.
const BANDS: [&str; 3] = ["1-HIGH", "2-LOW", "3-MID"];

/// `hr.pay` with the restricted column `band` in folders of so many files of so many rows, and in the files if `inside`.
async fn pay(files: i64, rows: i64, inside: bool) -> TestMesh {
    let long = ("integer", "bigint");
    let partitioned = if inside { "" } else { ", partitioned: true, partitionKeyPosition: 1" };
    let tags = format!("tags: [\"pay:band\"]{partitioned}");
    let mut mesh = MeshBuilder::new()
        .board(
            "  - {id: bands, match: {tag: \"pay:band\"}, to: {groups: [masked]}, mask: {action: constant, value: \"***\"}}
  - {id: clear, match: {product: \"hr.*\"}, to: {groups: [clear]}, clear: true}",
        )
        .policy("hr", "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [plain, masked, clear]}, allow: read}")
        .product(
            &ProductFiles::new("hr", "pay", "data/pay/").column("id", long, "internal", "").column(
                "band",
                ("string", "string"),
                "restricted",
                &tags,
            ),
        );
    for (at, band) in BANDS.iter().enumerate() {
        for file in 0..files {
            let from = i64::try_from(at).unwrap() * 100_000 + file * rows;
            let ids = Arc::new(Int64Array::from_iter_values(from..from + rows)) as ArrayRef;
            let bands = Arc::new(StringArray::from_iter_values((0..rows).map(|_| *band))) as ArrayRef;
            let columns = [("id", ids), ("band", bands)];
            let batch = RecordBatch::try_from_iter(columns.into_iter().take(if inside { 2 } else { 1 })).unwrap();
            mesh = mesh.parquet(&format!("data/pay/band={band}/part-{file:03}.parquet"), &batch, 5_000);
        }
    }
    mesh.build().await
}

async fn ids(mesh: &TestMesh, group: &str, sql: &str) -> Vec<i64> {
    let rows = mesh.rows(&caller("bo", &[group]), sql).await.unwrap();
    rows.iter().map(|row| row.split(" | ").next().unwrap().parse().unwrap()).collect()
}

/// How many of a thousand rows are followed by one of the same folder. Three alike and mixed: about 333.
fn together(ids: &[i64]) -> usize {
    let alike = ids.windows(2).filter(|pair| pair[0] / 100_000 == pair[1] / 100_000).count();
    alike * 1_000 / ids.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_do_not_show_which_folder_they_are_from() {
    // Few large files, which are read in pieces, and many small ones, which are batches of their own.
    // The files may hold the column too.
    for (files, rows, inside) in [(1, 20_000, false), (40, 25, false), (40, 25, true)] {
        let mesh = pay(files, rows, inside).await;
        let all = 3 * usize::try_from(files * rows).unwrap();
        // Hidden, masked, and masked beside what is clear; the column need not be asked for.
        for (group, sql) in [
            ("plain", "select id from hr.pay"),
            ("masked", "select id from hr.pay"),
            ("masked", "select id, band from hr.pay"),
            ("plain", "select id from hr.pay where id >= 0"),
        ] {
            let found = ids(&mesh, group, sql).await;
            assert_eq!(found.iter().collect::<HashSet<_>>().len(), all, "{sql}");
            let together = together(&found);
            assert!((250..450).contains(&together), "rows of a folder stand together, {together} of 1000: {sql}");
        }
        // Which rows a limit takes says nothing either.
        let mut taken: HashSet<i64> = HashSet::new();
        for _ in 0..5 {
            taken.extend(ids(&mesh, "plain", "select id from hr.pay limit 8").await.iter().map(|id| id / 100_000));
        }
        assert_eq!(taken.len(), 3);
        // Whoever sees the column has rows as they lie.
        assert!(together(&ids(&mesh, "clear", "select id from hr.pay").await) > 900);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_folder_answers_as_if_it_were_not_there() {
    let mesh = pay(2, 1_000, false).await;
    for sql in ["select band from hr.pay", "select id from hr.pay where band = '1-HIGH'", "select count(*) from hr.pay group by band"] {
        let refused = mesh.rows(&caller("bo", &["plain"]), sql).await.unwrap_err().to_string();
        assert!(refused.contains("band"), "{refused}");
        assert!(mesh.rows(&caller("kim", &["clear"]), sql).await.is_ok());
    }
    let grouped = "select band, count(*) from hr.pay group by band order by band";
    assert_eq!(mesh.rows(&caller("bo", &["masked"]), grouped).await.unwrap(), ["*** | 6000"]);
    let clear = mesh.rows(&caller("kim", &["clear"]), grouped).await.unwrap();
    assert_eq!(clear, ["1-HIGH | 2000", "2-LOW | 2000", "3-MID | 2000"]);
    // What is clear is filtered and counted as ever.
    for group in ["plain", "masked", "clear"] {
        let sql = "select count(*), min(id), max(id) from hr.pay where id >= 100000";
        assert_eq!(mesh.rows(&caller("bo", &[group]), sql).await.unwrap(), ["4000 | 100000 | 201999"]);
    }
}
