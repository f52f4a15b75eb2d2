//! The differential oracle: a query over the governed table answers as the same query over a table that holds only
//! what the caller may see.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Date32Array, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Date32Type, Field, Schema};
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::people;

/// What `eu` may see, made by hand: US rows gone, masks applied, `salary` gone.
fn materialised() -> RecordBatch {
    let raw = people::people();
    let region = raw.column(1).as_string::<i32>();
    let keep: BooleanArray = region.iter().map(|region| Some(region == Some("EU"))).collect();
    let kept = filter_record_batch(&raw, &keep).unwrap();
    let name: StringArray = (0..kept.num_rows()).map(|_| Some("***")).collect();
    let email: StringArray = kept
        .column(3)
        .as_string::<i32>()
        .iter()
        .map(|email| email.map(|email| format!("***@{}", email.rsplit_once('@').unwrap().1)))
        .collect();
    let born: Date32Array = kept.column(5).as_primitive::<Date32Type>().iter().map(|day| day.map(year_start)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::clone(kept.column(0)),
        Arc::clone(kept.column(1)),
        Arc::new(name),
        Arc::new(email),
        Arc::new(born),
        Arc::clone(kept.column(6)),
        arrow::compute::cast(kept.column(7), &arrow::datatypes::DataType::Utf8).unwrap(),
    ];
    let names = ["id", "region", "name", "email", "born", "boss", "badge"];
    let fields: Vec<Field> =
        names.iter().zip(&columns).map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// The first day of a day's year, by counting years from 1970.
fn year_start(day: i32) -> i32 {
    let mut start = 0;
    for year in 1970.. {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let next = start + if leap { 366 } else { 365 };
        if day < next {
            return start;
        }
        start = next;
    }
    start
}

async fn plain_mesh() -> TestMesh {
    let (text, long) = (("string", "string"), ("integer", "bigint"));
    let product = ["region", "name", "email"]
        .iter()
        .fold(ProductFiles::new("hr", "people", "data/people/").column("id", long, "public", ""), |files, name| {
            files.column(name, text, "public", "")
        })
        .column("born", ("date", "date"), "public", "")
        .column("boss", long, "public", "")
        .column("badge", text, "public", "");
    MeshBuilder::new()
        .board("")
        .policy("hr", "  - {id: all, match: {product: \"hr.*\"}, to: {groups: [eu]}, allow: read}")
        .product(&product)
        .parquet("data/people/part-0.parquet", &materialised(), 700)
        .build()
        .await
}

/// Queries whose answers are compared as multisets, and whose failures are compared as failures.
const QUERIES: [&str; 30] = [
    "select * from hr.people",
    "select count(*), count(email), count(distinct email), min(born), max(born) from hr.people",
    "select region, count(*) from hr.people group by region",
    "select * from hr.people where id between 100 and 200",
    "select * from hr.people where region = 'US'",
    "select * from hr.people where badge in ('badge-1', 'badge-2') and boss > 17",
    "select * from hr.people where email like '%host3%' and name = '***'",
    "select * from hr.people where name like 'CANARY%' or id < 10",
    "select email, born, count(*) n from hr.people group by email, born having count(*) > 3",
    "select distinct name from hr.people",
    "select a.id, b.email from hr.people a join hr.people b on a.boss = b.id where a.id < 500",
    "select a.id from hr.people a left join hr.people b on a.boss = b.id where b.id is null",
    "select id from hr.people where id in (select boss from hr.people)",
    "select id from hr.people p where exists (select 1 from hr.people q where q.boss = p.id)",
    "select count(*) from hr.people where boss is null",
    "select badge, sum(id), avg(id) from hr.people group by badge",
    "select id, row_number() over (partition by badge order by id) from hr.people",
    "select id from hr.people order by born desc, id limit 20",
    "select id from hr.people order by email nulls first, id desc limit 7 offset 3",
    "select sum(100 / (id % 3)) from hr.people",
    "select sum(100 / (id % 5)) from hr.people",
    "select cast(badge as int) from hr.people",
    "select count(cast(substr(badge, 7) as int)) from hr.people",
    "select id from hr.people where 100 / (id - 3) > 2",
    "select id from hr.people where 100 / (id - 4) > 2",
    "select born, born + interval '1 month' from hr.people where id < 50",
    "select max(name), min(badge) from hr.people where id % 2 = 0",
    "(select id from hr.people where id < 5) union all (select boss from hr.people where id < 5)",
    "select x.id from (select id, email from hr.people where id > 5990) x",
    "select coalesce(email, name), length(name), upper(badge) from hr.people where id <= 30",
];

#[tokio::test(flavor = "multi_thread")]
async fn governed_answers_equal_materialised_ones() {
    let (governed, plain) = (people::mesh().await, plain_mesh().await);
    let eu = caller("ana", &["eu"]);
    for sql in QUERIES {
        let (one, other) = (governed.rows(&eu, sql).await, plain.rows(&eu, sql).await);
        match (one, other) {
            (Ok(mut one), Ok(mut other)) => {
                one.sort();
                other.sort();
                assert_eq!(one, other, "{sql}");
            }
            (Err(one), Err(other)) => {
                use weft_model::report::Report;
                assert_eq!(one.code(), other.code(), "{sql}: {one} / {other}");
            }
            (one, other) => panic!("{sql}: {one:?} against {other:?}"),
        }
    }
}
