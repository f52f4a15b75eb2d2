//! A clearance beside a row filter: its rows are clear, the others masked or NULL, in every clause and in every buffer.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, ListBuilder, MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field, Fields};
use weft_engine::caller::Caller;
use weft_testkit::contract::ProductFiles;
use weft_testkit::mesh::{MeshBuilder, TestMesh, caller};

use crate::leaks::assert_clean;

/// Id, region, phone, note and tags of a row.
type Row = (i64, Option<&'static str>, Option<&'static str>, &'static str, &'static [&'static str]);

/// Whatever is not of the EU is a canary.
const ROWS: [Row; 6] = [
    (0, Some("EU"), Some("+49 100"), "note-0", &[]),
    (1, Some("US"), Some("CANARY-phone-1"), "CANARY-note-1", &["CANARY-tag-1a", "CANARY-tag-1b"]),
    (2, Some("EU"), None, "note-2", &["tag-2a", "tag-2b", "tag-2c"]),
    (3, None, Some("CANARY-phone-3"), "CANARY-note-3", &["CANARY-tag-3"]),
    (4, Some("EU"), Some("+49 400"), "note-4", &[]),
    (5, Some("US"), Some("CANARY-phone-5"), "CANARY-note-5", &[]),
];

fn care() -> RecordBatch {
    let texts =
        |of: fn(&Row) -> Option<&'static str>| Arc::new(ROWS.iter().map(of).collect::<StringArray>()) as ArrayRef;
    let mut tags = ListBuilder::new(StringBuilder::new());
    let mut marks = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for (id, _, _, _, row) in &ROWS {
        for (number, tag) in row.iter().enumerate() {
            tags.values().append_value(tag);
            marks.keys().append_value(format!("{id}-{number}"));
            marks.values().append_value(tag);
        }
        tags.append(true);
        marks.append(true).unwrap();
    }
    let fields: Fields = ["kind", "value"].map(|name| Field::new(name, DataType::Utf8, true)).into_iter().collect();
    let kinds = Arc::new(ROWS.iter().map(|_| Some("mobile")).collect::<StringArray>()) as ArrayRef;
    let contact = StructArray::new(fields, vec![kinds, texts(|row| row.2)], None);
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from_iter_values(ROWS.iter().map(|row| row.0))) as ArrayRef),
        // In the files, `region` and `place` are called by each other's names.
        ("place", texts(|row| row.1)),
        ("region", texts(|_| Some("here"))),
        ("phone", texts(|row| row.2)),
        ("note", texts(|row| Some(row.3))),
        ("file", texts(|row| Some(row.3))),
        ("secret", texts(|row| Some(row.3))),
        ("tags", Arc::new(tags.finish()) as ArrayRef),
        ("marks", Arc::new(marks.finish()) as ArrayRef),
        ("contact", Arc::new(contact) as ArrayRef),
    ])
    .unwrap()
}

const MASK: &str = "customProperties: [{property: mask, value: {action: partial, keep_first: 1}, vendor: weft}]";

pub(crate) async fn mesh() -> TestMesh {
    let text = ("string", "string");
    let part = |name: &str, class: &str, more: &str| {
        format!("{name}: {{logicalType: string, physicalType: string, classification: {class}{more}}}")
    };
    let masked = format!(", {MASK}");
    let product = ProductFiles::new("hr", "care", "data/care/")
        .column("id", ("integer", "bigint"), "internal", "")
        .column("region", text, "internal", "physicalName: place")
        .column("place", text, "internal", "physicalName: region")
        .column("phone", text, "confidential", "")
        .column("note", text, "confidential", MASK)
        .column("file", text, "confidential", "tags: [closed]")
        .column("secret", text, "restricted", "")
        .column("tags", ("array", "array<string>"), "internal", &part("items", "confidential", &masked))
        .column(
            "marks",
            ("map", "map<string,string>"),
            "internal",
            &format!("map: {{{}, {}}}", part("key", "internal", ""), part("value", "confidential", &masked)),
        )
        .column(
            "contact",
            ("object", "struct<kind:string,value:string>"),
            "internal",
            &format!(
                "properties: [{{name: kind, logicalType: string, physicalType: string, classification: internal}}, \
                 {{name: value, logicalType: string, physicalType: string, classification: confidential, {MASK}}}]"
            ),
        )
        .role("viewer", "")
        .role(
            "carer",
            "customProperties: [{property: clearance, value: confidential, vendor: weft}, \
             {property: rowFilter, value: \"region = 'EU'\", vendor: weft}]",
        );
    MeshBuilder::new()
        .board("  - {id: stewards, match: {product: \"hr.*\"}, to: {groups: [stewards]}, clear: true}")
        .policy(
            "hr",
            "  - {id: closed, match: {tag: closed}, hide: true}
  - {id: stewards, match: {product: \"hr.*\"}, to: {groups: [stewards]}, allow: read}
  - {id: stewards-clear, match: {product: \"hr.*\"}, to: {groups: [stewards]}, clear: true}",
        )
        .product(&product)
        .parquet("data/care/part-0.parquet", &care(), 6)
        .build()
        .await
}

async fn rows(mesh: &TestMesh, who: &Caller, sql: &str) -> Vec<String> {
    mesh.rows(who, sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause}"))
}

fn personas() -> [Caller; 4] {
    [
        caller("vera", &["viewer"]),
        caller("carl", &["carer"]),
        caller("both", &["viewer", "carer"]),
        caller("stef", &["stewards"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clearance_shows_its_rows_and_no_others() {
    let mesh = mesh().await;
    let [viewer, carer, both, steward] = personas();
    let sql = "select id, phone, note from hr.care order by id";
    let masked = ["0 | NULL | n*****", "1 | NULL | C************", "2 | NULL | n*****", "3 | NULL | C************"];
    assert_eq!(rows(&mesh, &viewer, sql).await[..4], masked);
    assert_eq!(rows(&mesh, &carer, sql).await, ["0 | +49 100 | note-0", "2 | NULL | note-2", "4 | +49 400 | note-4"]);
    // Clear on the rows of the clearance; elsewhere as without it. A row whose region is NULL is elsewhere.
    assert_eq!(
        rows(&mesh, &both, sql).await,
        [
            "0 | +49 100 | note-0",
            "1 | NULL | C************",
            "2 | NULL | note-2",
            "3 | NULL | C************",
            "4 | +49 400 | note-4",
            "5 | NULL | C************",
        ]
    );
    let seen = rows(&mesh, &steward, "select phone, note, file, secret from hr.care where id = 1").await;
    assert_eq!(seen, ["CANARY-phone-1 | CANARY-note-1 | CANARY-note-1 | CANARY-note-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_hidden_elsewhere_is_null_elsewhere() {
    let mesh = mesh().await;
    let [viewer, _, both, _] = personas();
    let absent = mesh.rows(&viewer, "select file from hr.care").await.unwrap_err();
    assert!(absent.to_string().contains("file"), "{absent}");
    let seen = rows(&mesh, &both, "select file from hr.care order by id").await;
    assert_eq!(seen, ["note-0", "NULL", "note-2", "NULL", "note-4", "NULL"]);
    // Above the delegation's reach nothing is cleared.
    assert!(mesh.rows(&both, "select secret from hr.care").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clearance_reaches_into_lists_maps_and_structs_row_by_row() {
    let mesh = mesh().await;
    let [viewer, _, both, steward] = personas();
    // Six rows and six elements: an element's place in the list of all elements is no row's number.
    let sql = "select tags from hr.care order by id";
    let seen = rows(&mesh, &both, sql).await;
    assert_eq!(
        seen,
        ["[]", "[C************, C************]", "[tag-2a, tag-2b, tag-2c]", "[C***********]", "[]", "[]"]
    );
    assert_eq!(rows(&mesh, &viewer, sql).await[2], "[t*****, t*****, t*****]");
    assert_eq!(rows(&mesh, &steward, sql).await[3], "[CANARY-tag-3]");
    let sql = "select map_extract(marks, '1-0')[1], map_extract(marks, '2-2')[1], contact['value'], contact['kind'] from hr.care order by id";
    assert_eq!(
        rows(&mesh, &both, sql).await,
        [
            "NULL | NULL | +49 100 | mobile",
            "C************ | NULL | C************* | mobile",
            "NULL | tag-2c | NULL | mobile",
            "NULL | NULL | C************* | mobile",
            "NULL | NULL | +49 400 | mobile",
            "NULL | NULL | C************* | mobile",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clearance_by_rows_has_view_semantics_in_every_clause() {
    let mesh = mesh().await;
    let [_, _, both, steward] = personas();
    for (sql, seen, clear) in [
        ("select count(*) from hr.care where note like 'CANARY%'", "0", "3"),
        ("select count(*) from hr.care where note = 'note-2'", "1", "1"),
        ("select count(*) from hr.care where phone is null", "4", "1"),
        (
            "select count(distinct note), min(note), max(note) from hr.care",
            "4 | C************ | note-4",
            "6 | CANARY-note-1 | note-4",
        ),
        ("select count(*) from hr.care a join hr.care b on a.note = b.note", "12", "6"),
        ("select count(*) from (values ('CANARY-note-3')) v(n) join hr.care a on a.note = v.n", "0", "1"),
        ("select count(*) from (select note from hr.care group by note having count(*) = 3)", "1", "0"),
        ("select count(*) from hr.care where cardinality(tags) = 2 and tags[1] like 'CANARY%'", "0", "1"),
    ] {
        assert_eq!(rows(&mesh, &both, sql).await, [seen], "{sql}");
        assert_eq!(rows(&mesh, &steward, sql).await, [clear], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_buffer_holds_what_a_clearance_does_not_reach() {
    let mesh = mesh().await;
    let [viewer, carer, both, steward] = personas();
    for sql in [
        "select * from hr.care",
        "select * from hr.care limit 3",
        "select * from hr.care where id in (1, 2, 5)",
        "select note, phone from hr.care order by id",
        "select arrow_cast(note, 'Dictionary(Int32, Utf8)'), tags, marks, contact from hr.care",
    ] {
        for who in [&viewer, &carer, &both] {
            assert_clean(&mesh.query(who, sql).await.unwrap(), sql);
        }
        let all = mesh.query(&steward, sql).await.unwrap();
        assert!(all.iter().any(crate::leaks::holds), "{sql}");
    }
}
