//! The fixture of most tests: `hr.people`, where every hidden value is a canary.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, StringDictionaryBuilder};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh};

/// Rows of the table; every third is of region US.
pub(crate) const ROWS: i64 = 6_000;

/// What a raw value that nobody may see begins with.
pub(crate) const CANARY: &str = "CANARY";

/// `id, region, name, email, salary, born, boss, badge`: rows of region US carry canaries in every string, and so do
/// names and e-mail addresses everywhere.
pub(crate) fn people() -> RecordBatch {
    let ids: Vec<i64> = (0..ROWS).collect();
    let us = |id: i64| id % 3 == 0;
    let region: StringArray = ids.iter().map(|id| Some(if us(*id) { "US" } else { "EU" })).collect();
    let name: StringArray = ids.iter().map(|id| Some(format!("{CANARY}-name-{id:06}-ß"))).collect();
    let email: StringArray =
        ids.iter().map(|id| (id % 10 != 7).then(|| format!("{CANARY}.mail.{id}@host{}.example", id % 5))).collect();
    let salary: Int64Array = ids.iter().map(|id| Some(1_000_000 + id * 7)).collect();
    let born: Date32Array = ids.iter().map(|id| Some(i32::try_from(id % 20_000).unwrap())).collect();
    let boss: Int64Array = ids.iter().map(|id| (*id > 0).then_some(id / 2)).collect();
    let mut badge = StringDictionaryBuilder::<Int32Type>::new();
    for id in &ids {
        if us(*id) {
            badge.append_value(format!("{CANARY}-badge-{}", id % 11));
        } else {
            badge.append_value(format!("badge-{}", id % 7));
        }
    }
    let badge: ArrayRef = Arc::new(badge.finish());
    let fields = vec![
        Field::new("id", DataType::Int64, false),
        Field::new("region", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("email", DataType::Utf8, true),
        Field::new("salary", DataType::Int64, true),
        Field::new("born", DataType::Date32, true),
        Field::new("boss", DataType::Int64, true),
        Field::new("badge", badge.data_type().clone(), true),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids)),
        Arc::new(region),
        Arc::new(name),
        Arc::new(email),
        Arc::new(salary),
        Arc::new(born),
        Arc::new(boss),
        badge,
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

const TEXT: (&str, &str) = ("string", "string");
const LONG: (&str, &str) = ("integer", "bigint");

/// The product's files.
pub(crate) fn product() -> ProductFiles {
    ProductFiles::new("hr", "people", "data/people/")
        .column("id", LONG, "internal", "required: true, unique: true, primaryKey: true, primaryKeyPosition: 1")
        .column("region", TEXT, "internal", "")
        .column("name", TEXT, "restricted", "tags: [\"pii:name\"]")
        .column("email", TEXT, "restricted", "tags: [\"pii:email\"]")
        .column("salary", LONG, "restricted", "")
        .column("born", ("date", "date"), "restricted", "tags: [\"pii:birthdate\"]")
        .column("boss", LONG, "internal", "")
        .column("badge", TEXT, "internal", "")
}

/// Rules: `eu` sees EU rows with masks; `all` sees every row with masks; `clear` sees everything; others see nothing.
pub(crate) const BOARD_RULES: &str =
    "  - {id: names, match: {tag: \"pii:name\"}, mask: {action: constant, value: \"***\"}}
  - {id: emails, match: {tag: \"pii:email\"}, mask: {action: email_domain}}
  - {id: births, match: {tag: \"pii:birthdate\"}, mask: {action: truncate, unit: year}}
  - {id: clear, match: {product: \"hr.*\"}, to: {groups: [clear]}, clear: true}";

/// The domain's grants.
pub(crate) const DOMAIN_RULES: &str =
    "  - {id: eu, match: {product: \"hr.people\"}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}
  - {id: all, match: {product: \"hr.*\"}, to: {groups: [all, clear]}, allow: read}
  - {id: bonus, match: {product: \"hr.bonus\"}, to: {groups: [eu]}, allow: read}";

/// The mesh with `hr.people` in two files and `hr.bonus`, a small clear table of ids.
pub(crate) async fn mesh() -> TestMesh {
    let people = people();
    let half = usize::try_from(ROWS / 2).unwrap();
    let bonus_ids = Int64Array::from(vec![1_i64, 4, 3, 3000, 5999]);
    let bonus = RecordBatch::try_from_iter([("id", Arc::new(bonus_ids) as ArrayRef)]).unwrap();
    let bonus_files = ProductFiles::new("hr", "bonus", "data/bonus/").column("id", LONG, "internal", "");
    MeshBuilder::new()
        .board(BOARD_RULES)
        .policy("hr", DOMAIN_RULES)
        .product(&product())
        .product(&bonus_files)
        .parquet("data/people/part-0.parquet", &people.slice(0, half), 500)
        .parquet("data/people/part-1.parquet", &people.slice(half, half), 500)
        .parquet("data/bonus/part-0.parquet", &bonus, 10)
        .build()
        .await
}
