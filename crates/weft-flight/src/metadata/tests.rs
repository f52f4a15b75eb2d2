use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, UInt8Type};
use arrow_schema::DataType;
use weft_engine::directory::{DirectoryColumn, DirectoryDomain, DirectoryKey, DirectoryTable, TableKind};
use weft_proto::sql;

use super::*;
use crate::metrics::FlightMetrics;

fn column(name: &str, data_type: DataType, required: bool, masked: bool) -> DirectoryColumn {
    DirectoryColumn {
        name: name.into(),
        data_type,
        type_name: "logical".into(),
        description: Some("what it holds".into()),
        required,
        masked,
        classification: Some("internal".into()),
    }
}

fn table(domain: &str, name: &str, kind: TableKind) -> DirectoryTable {
    DirectoryTable {
        domain: domain.into(),
        name: name.into(),
        kind,
        description: None,
        columns: [column("id", DataType::Int64, true, false), column("email", DataType::Utf8View, true, true)].into(),
        primary_key: vec!["id".into()],
        foreign_keys: Vec::new(),
    }
}

fn directory() -> Arc<Directory> {
    let key = |columns: &[&str], table: &str| DirectoryKey {
        name: None,
        columns: columns.iter().map(|column| (*column).into()).collect(),
        target_domain: "customers".into(),
        target_table: table.into(),
        target_columns: vec!["id".into()],
    };
    let orders = DirectoryTable {
        foreign_keys: vec![key(&["id"], "profiles"), key(&["id"], "unseen"), key(&["hidden"], "profiles")],
        ..table("orders", "orders", TableKind::Table)
    };
    Arc::new(Directory {
        domains: ["customers", "orders", "weft"].map(|name| DirectoryDomain { name: name.into() }).into(),
        tables: vec![
            table("customers", "profiles", TableKind::View),
            orders,
            table("weft", "problems", TableKind::SystemTable),
        ],
    })
}

fn schemas() -> SchemaCache {
    SchemaCache::new(1 << 20, FlightMetrics::default())
}

fn ask(question: Metadata) -> Vec<RecordBatch> {
    let expected = schema(&question);
    let asked =
        Asked { question, directory: directory(), mesh: "weft".into(), profile: Profile::Jdbc, schemas: schemas() };
    let batches: Vec<RecordBatch> = asked.answer().collect::<Result<_, _>>().unwrap();
    assert!(batches.iter().all(|batch| batch.schema() == expected));
    batches
}

fn names(batches: &[RecordBatch], at: usize) -> Vec<String> {
    batches
        .iter()
        .flat_map(|batch| {
            batch.column(at).as_string::<i32>().iter().map(|v| v.unwrap_or("-").to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_mesh_is_the_one_catalog() {
    assert_eq!(names(&ask(Metadata::Catalogs(sql::CommandGetCatalogs {})), 0), ["weft"]);
    let schemas = |catalog: Option<&str>, pattern: Option<&str>| {
        let asked = sql::CommandGetDbSchemas {
            catalog: catalog.map(str::to_owned),
            db_schema_filter_pattern: pattern.map(str::to_owned),
        };
        names(&ask(Metadata::Schemas(asked)), 1)
    };
    assert_eq!(schemas(None, None), ["customers", "orders", "weft"]);
    assert_eq!(schemas(Some("%"), Some("o%")), ["orders"]);
    assert_eq!(schemas(Some("other"), None), Vec::<String>::new());
}

#[test]
fn tables_are_filtered_by_name_domain_and_type() {
    let tables = |asked: sql::CommandGetTables| names(&ask(Metadata::Tables(asked)), 2);
    assert_eq!(tables(sql::CommandGetTables::default()), ["profiles", "orders", "problems"]);
    let types = ["TABLE", "'VIEW'"].map(str::to_owned).to_vec();
    assert_eq!(tables(sql::CommandGetTables { table_types: types, ..Default::default() }), ["profiles", "orders"]);
    let pattern = Some("pro%s".to_owned());
    let asked = sql::CommandGetTables { table_name_filter_pattern: pattern, ..Default::default() };
    assert_eq!(tables(asked), ["profiles", "problems"]);
    let asked = sql::CommandGetTables { db_schema_filter_pattern: Some("orders".to_owned()), ..Default::default() };
    assert_eq!(tables(asked), ["orders"]);
    let asked = sql::CommandGetTables { table_types: vec!["BASE TABLE".to_owned()], ..Default::default() };
    assert_eq!(tables(asked), Vec::<String>::new());
    assert_eq!(names(&ask(Metadata::TableTypes(sql::CommandGetTableTypes {})), 0), ["SYSTEM TABLE", "TABLE", "VIEW"]);
}

#[test]
fn a_table_schema_describes_every_column() {
    let asked = sql::CommandGetTables { include_schema: true, ..Default::default() };
    let batches = ask(Metadata::Tables(asked));
    let bytes = batches[0].column(4).as_binary::<i32>().value(0).to_vec();
    let schema = arrow_ipc::convert::try_schema_from_ipc_buffer(&bytes).unwrap();
    let (id, email) = (schema.field(0), schema.field(1));
    assert_eq!((id.data_type(), id.is_nullable()), (&DataType::Int64, false));
    assert_eq!((email.data_type(), email.is_nullable()), (&DataType::Utf8, true));
    for (key, value) in [
        ("ARROW:FLIGHT:SQL:TYPE_NAME", "logical"),
        ("ARROW:FLIGHT:SQL:REMARKS", "what it holds"),
        ("ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT", "0"),
        ("weft:masked", "true"),
    ] {
        assert_eq!(email.metadata().get(key).map(String::as_str), Some(value), "{key}");
    }
    assert_eq!(id.metadata()["ARROW:FLIGHT:SQL:PRECISION"], "19");
}

#[test]
fn many_tables_come_in_several_batches() {
    let tables = (0..2_500).map(|at| table("orders", &format!("t{at:04}"), TableKind::Table)).collect();
    let directory = Arc::new(Directory { domains: Vec::new(), tables });
    let asked = Metadata::Tables(sql::CommandGetTables { include_schema: true, ..Default::default() });
    let asked = Asked { question: asked, directory, mesh: "weft".into(), profile: Profile::Adbc, schemas: schemas() };
    let rows: Vec<usize> = asked.answer().map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!(rows, [1_024, 1_024, 452]);
}

#[test]
fn keys_show_only_with_both_ends() {
    let asked = sql::CommandGetPrimaryKeys { table: "orders".to_owned(), ..Default::default() };
    let primary = ask(Metadata::PrimaryKeys(asked));
    assert_eq!(names(&primary, 3), ["id"]);
    assert_eq!(names(&primary, 4), ["orders_pk"]);
    assert_eq!(primary[0].column(5).as_primitive::<Int32Type>().values(), &[1]);
    let imported =
        ask(Metadata::ImportedKeys(sql::CommandGetImportedKeys { table: "orders".to_owned(), ..Default::default() }));
    assert_eq!(names(&imported, 2), ["profiles"]);
    assert_eq!(names(&imported, 9), ["orders_id_fk"]);
    assert_eq!(imported[0].column(11).as_primitive::<UInt8Type>().values(), &[3]);
    let exported =
        ask(Metadata::ExportedKeys(sql::CommandGetExportedKeys { table: "profiles".to_owned(), ..Default::default() }));
    assert_eq!(names(&exported, 6), ["orders"]);
    let cross = |from: &str| {
        let asked = sql::CommandGetCrossReference {
            pk_table: "profiles".to_owned(),
            fk_table: from.to_owned(),
            ..Default::default()
        };
        names(&ask(Metadata::CrossReference(asked)), 7)
    };
    assert_eq!(cross("orders"), ["id"]);
    assert_eq!(cross("problems"), Vec::<String>::new());
}

#[test]
fn types_are_in_the_order_of_their_numbers() {
    let all = ask(Metadata::TypeInfo(sql::CommandGetXdbcTypeInfo { data_type: None }));
    let numbers = all[0].column(1).as_primitive::<Int32Type>().values().to_vec();
    assert_eq!(numbers, [-7, -6, -5, -3, 2, 3, 4, 5, 6, 7, 8, 12, 91, 92, 93]);
    let one = ask(Metadata::TypeInfo(sql::CommandGetXdbcTypeInfo { data_type: Some(93) }));
    assert_eq!(names(&one, 0), ["TIMESTAMP"]);
    assert_eq!(one[0].column(15).as_primitive::<Int32Type>().values(), &[9]);
    assert_eq!(one[0].column(5).null_count(), 1);
}
