//! A limit has a name: whoever meets one is told which, what it is set to, and what to do; and the next statement works.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use futures::StreamExt;
use weft_engine::limits::Limits;
use weft_engine::statement::StatementRequest;
use weft_model::report::{Kind, Report};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people;

async fn mesh(limits: impl Fn(&mut Limits)) -> TestMesh {
    let mut bounds = Limits { target_partitions: 4, batch_rows: 1024, ..Limits::default() };
    limits(&mut bounds);
    let bonus = ProductFiles::new("hr", "bonus", "data/bonus/").column("id", ("integer", "bigint"), "internal", "");
    MeshBuilder::new()
        .limits(bounds)
        .board(people::BOARD_RULES)
        .policy("hr", people::DOMAIN_RULES)
        .product(&people::product())
        .product(&bonus)
        .parquet("data/people/part-0.parquet", &people::people(), 500)
        .parquet("data/bonus/part-0.parquet", &people::people().project(&[0]).unwrap(), 500)
        .build()
        .await
}

/// The statement fails with this message, kind and hint, and the next one works.
async fn met(mesh: &TestMesh, sql: &str, message: &str, kind: Kind, hint: &str) {
    let who = caller("ana", &["eu"]);
    let error = mesh.rows(&who, sql).await.unwrap_err();
    assert_eq!(error.to_string(), message, "{sql}");
    assert_eq!(error.code().kind, kind, "{sql}");
    assert_eq!(error.hint().as_deref(), Some(hint), "{sql}");
    assert_eq!(mesh.rows(&who, "select 1").await.unwrap(), ["1"]);
    assert_eq!(mesh.engine.admission().running(), 0);
}

const LESS: &str = "Ask for fewer rows or columns, or filter and aggregate before sorting and joining.";

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_bytes_of_an_answer() {
    let rows = mesh(|limits| limits.rows = Some(3_999)).await;
    let all = "select id from hr.people";
    met(&rows, all, "the number of rows exceeds limits.rows = 3999", Kind::ResourceExhausted, LESS).await;
    let receipts = rows.receipts.all();
    assert!(receipts.iter().any(|receipt| receipt.outcome == "WEFT-Q011"), "{receipts:?}");
    // Rows that are hidden or cut off do not count.
    let who = caller("ana", &["eu"]);
    assert_eq!(rows.rows(&who, "select id from hr.people where id > 1").await.unwrap().len(), 3_999);
    let enough = mesh(|limits| limits.rows = Some(4_000)).await;
    assert_eq!(enough.rows(&who, all).await.unwrap().len(), 4_000);
    let bytes = mesh(|limits| limits.bytes = Some(20_000)).await;
    met(&bytes, all, "the answer exceeds limits.bytes = 20000", Kind::ResourceExhausted, LESS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_of_a_statement() {
    let mesh = mesh(|limits| limits.statement_time = Duration::from_secs(1)).await;
    met(
        &mesh,
        "select sum(value % 7) from generate_series(1, 1000000000000)",
        "the statement took longer than limits.statement_time = 1 s",
        Kind::DeadlineExceeded,
        "Ask for less at once, or ask the operators for more time.",
    )
    .await;
}

/// Joins that compare and compare and find nothing: they give no thread back by themselves.
const FRUITLESS: [&str; 2] = [
    "select count(*) from hr.people a, hr.people b, hr.people c where a.id + b.id + c.id < 0",
    "select count(*) from hr.people a join hr.people b on a.region = b.region join hr.people c on b.region = c.region \
     where a.id + b.id + c.id < 0",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_of_a_join_that_finds_nothing() {
    let mesh = mesh(|limits| limits.statement_time = Duration::from_secs(1)).await;
    for sql in FRUITLESS {
        met(
            &mesh,
            sql,
            "the statement took longer than limits.statement_time = 1 s",
            Kind::DeadlineExceeded,
            "Ask for less at once, or ask the operators for more time.",
        )
        .await;
    }
}

#[test]
fn a_join_that_finds_nothing_ends_when_nobody_waits() {
    // One thread computes, another waits for rows and leaves.
    let runtime =
        |threads| tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap();
    let (cpu, io) = (runtime(1), runtime(1));
    let mesh = cpu.block_on(async { cpu.spawn(mesh(|_| {})).await.unwrap() });
    for sql in FRUITLESS {
        io.block_on(async {
            let who = caller("ana", &["eu"]);
            let request = StatementRequest { sql: sql.to_owned(), parameters: None };
            let planned = mesh.engine.prepare(&who, request).await.unwrap();
            let mut rows = mesh.engine.execute(&who, planned).await.unwrap();
            assert!(tokio::time::timeout(Duration::from_millis(300), rows.next()).await.is_err(), "{sql} is too quick");
            drop(rows);
            // The one thread that computes is free again: it plans and answers.
            let next = tokio::time::timeout(Duration::from_secs(5), mesh.rows(&who, "select count(*) from hr.bonus"));
            assert_eq!(next.await.expect("the thread is free").unwrap(), ["6000"], "{sql}");
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_disk_of_a_statement() {
    let sort = "select a.id, b.email, b.badge from hr.people a, hr.people b order by b.badge, a.id, b.email";
    let memory = mesh(|limits| {
        limits.statement_memory = 8 * 1024 * 1024;
        limits.spill_bytes = 1024 * 1024;
    })
    .await;
    let who = caller("ana", &["eu"]);
    let error = memory.rows(&who, sort).await.unwrap_err();
    let named = [
        "the statement's spill exceeds spill.max = 1048576 bytes",
        "the statement's memory exceeds limits.statement_memory = 8388608 bytes",
    ];
    assert!(named.contains(&error.to_string().as_str()), "{error}");
    assert_eq!(error.code().kind, Kind::ResourceExhausted);
    let freed = async {
        while memory.engine.memory_reserved() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("memory comes back");
    assert_eq!(memory.rows(&who, "select count(*) from hr.people").await.unwrap(), ["4000"]);
    let hash = mesh(|limits| limits.statement_memory = 256 * 1024).await;
    met(
        &hash,
        "select a.id from hr.people a join hr.people b on a.badge || a.id = b.badge || b.id",
        "the statement's memory exceeds limits.statement_memory = 262144 bytes",
        Kind::ResourceExhausted,
        LESS,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn size_of_a_statement() {
    let mesh = mesh(|limits| {
        limits.sql_bytes = 400;
        limits.tables = 1;
        limits.parameter_rows = 2;
    })
    .await;
    let long = format!("select id from hr.people where id in ({})", "1, ".repeat(150) + "1");
    let message = "the length of the SQL text exceeds limits.sql_bytes = 400 bytes";
    met(&mesh, &long, message, Kind::ResourceExhausted, LESS).await;
    let message = "the number of tables exceeds limits.tables = 1";
    met(&mesh, "select * from hr.people, hr.bonus", message, Kind::ResourceExhausted, LESS).await;
    let who = caller("ana", &["eu"]);
    let rows = Arc::new(Int64Array::from(vec![1_i64, 2, 4])) as ArrayRef;
    let parameters = Some(RecordBatch::try_from_iter([("$1", rows)]).unwrap());
    let request = StatementRequest { sql: "select id from hr.people where id = $1".to_owned(), parameters };
    let planned = mesh.engine.prepare(&who, request).await.unwrap();
    let error = mesh.engine.execute(&who, planned).await.unwrap_err();
    assert_eq!(error.to_string(), "the number of bound rows exceeds limits.parameter_rows = 2");
    // Depth is bounded before anything looks at the text.
    let nested = |depth: usize| format!("select {}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(mesh.rows(&who, &nested(20)).await.unwrap(), ["1"]);
    let error = mesh.rows(&who, &nested(150)).await.unwrap_err();
    assert_eq!((error.code().id, error.code().kind), ("WEFT-Q001", Kind::InvalidArgument), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn places_and_the_queue_for_them() {
    let mesh = mesh(|limits| {
        limits.statements = 1;
        limits.queue = 1;
        limits.queue_wait = Duration::from_secs(1);
    })
    .await;
    let who = caller("ana", &["eu"]);
    let plan = async |sql: &str| {
        mesh.engine.prepare(&who, StatementRequest { sql: sql.to_owned(), parameters: None }).await.unwrap()
    };
    let mut running = mesh.engine.execute(&who, plan("select id from hr.people").await).await.unwrap();
    assert!(running.next().await.unwrap().is_ok());
    let (first, second) = (plan("select 1").await, plan("select 2").await);
    // One waits until its time is over; the other finds the queue full.
    let (waited, full) = tokio::join!(mesh.engine.execute(&who, first), async {
        while mesh.engine.admission().waiting() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        mesh.engine.execute(&who, second).await
    });
    for (answer, message) in [
        (waited, "the wait for a place to run exceeds limits.queue_wait = 1 s"),
        (full, "the number of waiting statements exceeds limits.queue = 1"),
    ] {
        let error = answer.unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!((error.retryable(), error.hint().as_deref()), (true, Some("Try again later.")));
    }
    drop(running);
    assert_eq!(mesh.rows(&who, "select 3").await.unwrap(), ["3"]);
}
