//! A table with a column of every type, where every value of a hidden row, and every value behind a mask, spells a
//! canary: in text, and in the very bytes of numbers. No buffer, IPC byte, error, plan, receipt or log line may hold one.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, Float64Array, Int64Array, ListBuilder, MapBuilder, RecordBatch,
    StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Fields};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::leaks::{assert_clean, holds, holds_canary};
use crate::people::CANARY;

/// Rows of the table; every tenth is of region US.
const ROWS: u32 = 1_000;

fn us(row: u32) -> bool {
    row % 10 == 3
}

/// What the table says in a row: long enough not to be kept beside its length.
fn text(row: u32) -> String {
    if us(row) { format!("{CANARY}-{row:06}-of-a-hidden-row") } else { format!("visible-{row:06}-of-a-shown-row") }
}

/// Eight bytes that spell a canary in hidden rows.
fn number(row: u32) -> i64 {
    if us(row) { i64::from_le_bytes(*b"CANARY\x01\x02") } else { i64::from(row) }
}

fn vault(spelled: impl Fn(u32) -> String, counted: impl Fn(u32) -> i64) -> RecordBatch {
    let (texts, numbers): (Vec<String>, Vec<i64>) = (0..ROWS).map(|row| (spelled(row), counted(row))).unzip();
    let text = || Arc::new(StringArray::from_iter_values(&texts)) as ArrayRef;
    let number = || Arc::new(Int64Array::from(numbers.clone())) as ArrayRef;
    let decimal = numbers.iter().map(|number| i128::from(*number)).collect::<Decimal128Array>();
    let mut list = ListBuilder::new(StringBuilder::new());
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for text in &texts {
        list.append_value([Some(text), None, Some(text)]);
        map.keys().append_value(text);
        map.values().append_value(text);
        map.append(true).unwrap();
    }
    let fields = Fields::from(vec![Field::new("a", DataType::Utf8, true), Field::new("b", DataType::Int64, true)]);
    let region: StringArray = (0..ROWS).map(|row| Some(if us(row) { "US" } else { "EU" })).collect();
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from_iter_values(0..i64::from(ROWS))) as ArrayRef),
        ("region", Arc::new(region)),
        ("text", text()),
        ("number", number()),
        ("real", Arc::new(numbers.iter().map(|n| Some(f64::from_le_bytes(n.to_le_bytes()))).collect::<Float64Array>())),
        ("amount", Arc::new(decimal.with_precision_and_scale(38, 2).unwrap())),
        ("at", Arc::new(TimestampMicrosecondArray::from(numbers.clone()).with_timezone("UTC"))),
        ("bytes", Arc::new(BinaryArray::from_iter_values(&texts))),
        ("list", Arc::new(list.finish())),
        ("map", Arc::new(map.finish())),
        ("pair", Arc::new(StructArray::new(fields, vec![text(), number()], None))),
    ])
    .unwrap()
}

const COLUMNS: [(&str, (&str, &str)); 9] = [
    ("text", ("string", "string")),
    ("number", ("integer", "bigint")),
    ("real", ("number", "double")),
    ("amount", ("number", "decimal(38,2)")),
    ("at", ("timestamp", "timestamp")),
    ("bytes", ("string", "binary")),
    ("list", ("array", "array<string>")),
    ("map", ("map", "map<string,string>")),
    ("pair", ("object", "struct<a:string,b:bigint>")),
];

/// `eu` sees EU rows in clear, `masked` every row through masks, `clear` everything.
async fn mesh(batch: &RecordBatch) -> TestMesh {
    let product = COLUMNS.into_iter().fold(
        ProductFiles::new("hr", "vault", "data/vault/").column("id", ("integer", "bigint"), "internal", "").column(
            "region",
            ("string", "string"),
            "internal",
            "",
        ),
        |product, (name, types)| {
            let more = match name {
                "at" => "logicalTypeOptions: {timezone: true}",
                "map" => "map: {key: {logicalType: string}, value: {logicalType: string}}",
                _ => "",
            };
            product.column(name, types, "internal", more)
        },
    );
    let mask = |columns: &str, mask: &str| {
        let id = columns.replace(['.', '*', ',', ' ', '"'], "-");
        format!("  - {{id: {id}, match: {{column: [{columns}]}}, to: {{groups: [masked]}}, mask: {{action: {mask}}}}}")
    };
    let rules = [
        mask("text", "partial, keep_last: 3"),
        mask("number", "bucket, width: 1000000000000000000"),
        mask("real", "round, places: 0"),
        mask("amount", "constant, value: 1"),
        mask("at", "truncate_to_year"),
        mask("bytes", "sha_256_query_local"),
        mask("\"list\", \"list.*\"", "constant, value: x"),
        mask("\"map\", \"map.*\"", "\"null\""),
        mask("pair.a", "mask_alphanum"),
        mask("pair.b", "mask_to_fixed_value"),
    ];
    MeshBuilder::new()
        .board(&rules.join("\n"))
        .policy(
            "hr",
            "  - {id: eu, match: {product: \"hr.*\"}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: all, match: {product: \"hr.*\"}, to: {groups: [masked, clear]}, allow: read}",
        )
        .product(&product)
        .parquet("data/vault/part-0.parquet", batch, 400)
        .build()
        .await
}

const QUERIES: [&str; 12] = [
    "select * from hr.vault",
    "select * from hr.vault where id % 7 < 5 order by id",
    "select * from hr.vault order by text, id limit 700",
    "select text, number, real, amount, at from hr.vault where id < 300",
    "select text, count(*), array_agg(bytes) from hr.vault group by text",
    "select a.text, b.list, b.pair from hr.vault a join hr.vault b on a.text = b.text",
    "select text, lag(text) over (order by id), sum(amount) over (order by id) from hr.vault",
    "select unnest(list) from hr.vault",
    "select map_keys(map), map_values(map), pair['a'] from hr.vault",
    "select min(text), max(text), max(number), max(at) from hr.vault where region <> 'EU' or id < 10",
    "select arrow_cast(text, 'Dictionary(Int32, Utf8)') from hr.vault",
    "select text from hr.vault union select pair['a'] from hr.vault",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_buffer_of_any_type_holds_a_hidden_row() {
    let mesh = mesh(&vault(text, number)).await;
    for sql in QUERIES {
        let batches = mesh.query(&caller("ana", &["eu"]), sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
        assert!(batches.iter().any(|batch| batch.num_rows() > 0), "{sql}");
        assert_clean(&batches, sql);
    }
    // The canaries are there for whoever may see them, in every column.
    let clear = mesh.query(&caller("kim", &["clear"]), "select * from hr.vault").await.unwrap();
    for (column, _) in COLUMNS {
        let at = clear[0].schema().index_of(column).unwrap();
        assert!(clear.iter().any(|batch| holds(&batch.project(&[at]).unwrap())), "no canary in {column}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_buffer_of_any_type_holds_a_masked_value() {
    // Here every row is one that may be seen, through masks; and canaries are what the masks hide.
    let spelled = |row: u32| format!("{CANARY}-{row:06}");
    let mesh = mesh(&vault(spelled, |_| i64::from_le_bytes(*b"CANARY\x01\x02"))).await;
    for sql in QUERIES {
        let batches =
            mesh.query(&caller("mo", &["masked"]), sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
        assert_clean(&batches, sql);
    }
}

/// Every line any test of this process logs, at every level.
fn log() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || Lines(Arc::clone(&kept)))
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        lines
    })
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A canary of this one test, since other tests of the process write to the same log.
const LOGGED: &str = "CANARYLOG";

#[tokio::test(flavor = "multi_thread")]
async fn no_error_plan_receipt_or_log_line_holds_a_canary() {
    let lines = log();
    let mesh = mesh(&vault(|row| text(row).replace(CANARY, LOGGED), number)).await;
    let failing = [
        "select cast(text as int) from hr.vault",
        "select cast(text as date) from hr.vault where region = 'EU' or text like 'CANARY%'",
        "select cast(pair['a'] as decimal(5, 2)), to_timestamp(text) from hr.vault",
        "select cast(amount * 1000000000000000000 as decimal(10, 0)) from hr.vault",
        "select 1 / (number - number) from hr.vault",
        "select cast(number as smallint) from hr.vault where region <> 'EU' or id > 999999",
        "select tekst from hr.vault",
        "select text + from hr.vault",
    ];
    for group in ["eu", "masked"] {
        let who = caller("x", &[group]);
        for sql in QUERIES {
            for explain in ["explain", "explain analyze", "explain verbose"] {
                let plan = mesh.rows(&who, &format!("{explain} {sql}")).await.unwrap().join("\n");
                assert!(plan.contains("product=hr.vault") && !holds_canary(plan.as_bytes()), "{plan}");
            }
        }
        for sql in failing {
            use weft_model::report::Report;
            let said = match mesh.rows(&who, sql).await {
                Err(error) => format!("{error} {error:?} {:?} {:?} {:?}", error.hint(), error.detail(), error.code()),
                Ok(rows) => rows.join("\n"),
            };
            let said = said.replace(sql, "").replace("like 'CANARY%'", "");
            assert!(!holds_canary(said.as_bytes()), "{group}: {sql}: {said}");
        }
    }
    for receipt in mesh.receipts.all() {
        let said = format!("{receipt:?} {}", receipt.for_client());
        assert!(!holds_canary(said.as_bytes()), "{said}");
    }
    // Somebody who may see the canaries makes errors of them; the client is told, the log is not.
    let clear = caller("kim", &["clear"]);
    let told = mesh.rows(&clear, "select cast(text as int) from hr.vault where region = 'US'").await.unwrap_err();
    assert!(told.to_string().contains(LOGGED), "{told}");
    tracing::info!("the log is kept");
    let kept = String::from_utf8_lossy(&lines.lock().unwrap()).into_owned();
    assert!(kept.contains("the log is kept"));
    let leaked: Vec<&str> = kept.lines().filter(|line| line.contains(LOGGED)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}
