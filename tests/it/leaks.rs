//! No hidden byte leaves: every buffer of every batch is searched for canaries.

use arrow::array::{Array, ArrayData, RecordBatch};
use arrow::ipc::writer::StreamWriter;
use weft_testkit::mesh::caller;

use crate::people::{self, CANARY};

pub(crate) fn holds_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

fn buffers_hold_canary(data: &ArrayData) -> bool {
    data.buffers().iter().any(|buffer| holds_canary(buffer.as_slice()))
        || data.child_data().iter().any(buffers_hold_canary)
}

/// True when a buffer of the batch holds a canary.
pub(crate) fn holds(batch: &RecordBatch) -> bool {
    batch.columns().iter().any(|column| buffers_hold_canary(&column.to_data()))
}

/// Fails when a buffer of a batch, or the bytes it is sent as, holds a canary.
pub(crate) fn assert_clean(batches: &[RecordBatch], what: &str) {
    for batch in batches {
        for (column, field) in batch.columns().iter().zip(batch.schema().fields()) {
            assert!(!buffers_hold_canary(&column.to_data()), "{what}: column {} holds a canary", field.name());
        }
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, batch.schema_ref()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        assert!(!holds_canary(&bytes), "{what}: the IPC bytes hold a canary");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_buffer_holds_a_hidden_or_masked_value() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    for sql in [
        "select * from hr.people",
        "select badge from hr.people",
        "select arrow_cast(badge, 'Dictionary(Int32, Utf8)') from hr.people",
        "select name, email from hr.people order by id",
        "select badge, count(*) from hr.people group by badge",
        "select a.badge, b.email from hr.people a join hr.people b on a.id = b.boss",
        "select array_agg(badge), region from hr.people group by region",
        "select first_value(email), last_value(name), max(badge) from hr.people",
        "select badge, lag(email) over (order by id) from hr.people",
    ] {
        let batches = mesh.query(&eu, sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
        assert!(batches.iter().any(|batch| batch.num_rows() > 0), "{sql}");
        assert_clean(&batches, sql);
    }
    // The canaries are there for whoever may see them.
    let clear = mesh.query(&caller("kim", &["clear"]), "select badge from hr.people").await.unwrap();
    assert!(clear.iter().any(|batch| buffers_hold_canary(&batch.column(0).to_data())));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_shows_a_hidden_value_or_that_there_is_one() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    // Each of these fails on US rows alone; for this caller there are none.
    for sql in [
        "select count(*) from hr.people where case when badge like 'CANARY%' then 1/0 else 1 end = 1",
        "select count(*) from hr.people where 1 / (id % 3) >= 0",
        "select sum(1 / (id % 3)) from hr.people",
        "select count(*) from hr.people where 10 / (id % 3) > 0 and region = 'EU'",
        "select count(*) from hr.people where cast(substr(badge, 7) as int) >= 0",
        "select max(cast(substr(badge, 7) as int)) from hr.people",
    ] {
        mesh.rows(&eu, sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
    }
    // What fails on visible rows shows masked values only.
    for sql in ["select cast(name as int) from hr.people", "select cast(email as date) from hr.people"] {
        let error = mesh.rows(&eu, sql).await.unwrap_err().to_string();
        assert!(!error.contains(CANARY), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_tell_of_files_do_not_exist() {
    let mesh = people::mesh().await;
    for group in ["eu", "clear"] {
        for function in ["input_file_name()", "file_row_index()", "arrow_metadata(id)", "version()"] {
            let error =
                mesh.rows(&caller("x", &[group]), &format!("select {function} from hr.people")).await.unwrap_err();
            assert!(error.to_string().to_lowercase().contains("invalid function"), "{function}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_that_are_no_queries_are_refused() {
    let mesh = people::mesh().await;
    let clear = caller("kim", &["clear"]);
    for sql in [
        "create table t as select 1",
        "insert into hr.people select * from hr.people",
        "copy (select 1) to '/tmp/x.parquet'",
        "create external table t stored as parquet location '/etc/'",
        "set datafusion.optimizer.max_passes = 0",
        "prepare p as select 1",
        "drop table hr.people",
        "select 1; select 2",
        "select * from hr.people for update",
        "select * from hr.people tablesample (10 rows)",
        "select id from hr.people prewhere id = 1",
        "select id from hr.people connect by prior id = boss",
        "select region, count(*) from hr.people group by region with rollup",
        "select region, count(*) from hr.people group by all with cube",
        "explain explain select 1",
        "",
    ] {
        let Err(error) = mesh.rows(&clear, sql).await else { panic!("{sql}: unwrap_err() of rows") };
        let code = weft_model::report::Report::code(&error);
        assert_eq!(code.kind, weft_model::report::Kind::InvalidArgument, "{sql}: {error}");
    }
    let error = mesh.rows(&clear, "select * from '/etc/passwd'").await.unwrap_err();
    assert_eq!(error.to_string(), "table `/etc/passwd` lacks its domain");
}
