use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use weft_model::contract::{Contract, Format, ServerKind};
use weft_model::mask::{DateUnit, Mask};
use weft_model::version::Lifecycle;

use super::*;

pub(super) const ORDERS_V2: &str =
    include_str!("../../../../tests/standards/worked-example/catalogs/orders/orders/orders-v2.odcs.yaml");
pub(super) const PROFILES: &str =
    include_str!("../../../../tests/standards/worked-example/catalogs/customers/profiles/profiles-v1.odcs.yaml");
pub(super) const ORDERS_ODPS: &str =
    include_str!("../../../../tests/standards/worked-example/catalogs/orders/orders/orders.odps.yaml");

#[test]
fn the_worked_example_reads_as_written() {
    let contract = contract_of(ORDERS_V2);
    assert_eq!(&*contract.id, "urn:acme:dc:orders:orders:v2");
    assert_eq!((contract.version.to_string().as_str(), contract.status), ("2.1.0", Lifecycle::Active));
    assert_eq!(contract.tags, [Arc::from("order"), Arc::from("ecommerce")]);
    let kinds: Vec<_> = contract.servers.iter().map(|server| (&server.kind, &server.format)).collect();
    assert_eq!(
        kinds,
        [
            (&ServerKind::S3, &Format::Delta),
            (&ServerKind::Azure, &Format::Delta),
            (&ServerKind::Gcs, &Format::Parquet),
            (&ServerKind::IcebergCatalog, &Format::Iceberg),
            (&ServerKind::Local, &Format::Parquet),
        ]
    );
    let s3 = &contract.servers[0];
    assert_eq!(s3.binding.as_deref(), Some("orders-reader"));
    assert_eq!(s3.endpoint.as_deref(), Some("https://s3.eu-central-1.amazonaws.com"));
    let orders = &contract.objects[0];
    assert_eq!(orders.tags, [Arc::from("fact")]);
    let customer = orders.column("customer_id").unwrap();
    assert_eq!((customer.mask.as_ref(), customer.token_domain.as_deref()), (Some(&Mask::Token {}), Some("customer")));
    assert_eq!(customer.place.to_string(), "test.odcs.yaml:77:9");
    assert_eq!(orders.column("customer_email").unwrap().encrypted_name.as_deref(), Some("customer_email_enc"));
    assert_eq!(orders.column("total_amount").unwrap().data_type, DataType::Decimal128(10, 2));
    assert_eq!(orders.column("order_id").unwrap().primary_key, Some(1));
    assert_eq!(orders.column("order_date").unwrap().partition_key, Some(1));
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(orders.column("created_at").unwrap().data_type, utc);
    assert_eq!(orders.references[0].from, [Arc::from("customer_id")]);
    assert_eq!(contract.objects[1].references[0].from, [Arc::from("order_id")]);
    assert_eq!(contract.objects[1].columns[1].primary_key, Some(2));
    let support = &contract.roles[2];
    assert_eq!(support.clearance.as_deref(), Some("confidential"));
    assert_eq!(support.unmask, [Arc::from("pii:email")]);
    assert_eq!(support.row_filter.as_deref(), Some("currency = 'EUR'"));
}

#[test]
fn nested_columns_inherit_classification_and_tags() {
    let contract = contract_of(PROFILES);
    let address = contract.objects[0].column("address").unwrap();
    let fields =
        Fields::from(vec![Field::new("street", DataType::Utf8View, true), Field::new("zip", DataType::Utf8View, true)]);
    assert_eq!(address.data_type, DataType::Struct(fields));
    assert_eq!(&*address.type_name, "STRUCT<street VARCHAR, zip VARCHAR>");
    assert_eq!(address.children[1].classification.as_deref(), Some("confidential"));
    assert_eq!(address.children[1].tags, [Arc::from("pii:address")]);
    let birth_date = contract.objects[0].column("birth_date").unwrap();
    assert_eq!(birth_date.mask, Some(Mask::Truncate { unit: DateUnit::Year }));
    let nested = contract_of(&column(
        "logicalType: object, classification: secret, properties: [{name: a, logicalType: string}]",
    ));
    assert_eq!(nested.objects[0].columns[0].children[0].classification.as_deref(), Some("secret"));
}

#[test]
fn types_follow_the_physical_type_first() {
    let list = |item| DataType::List(Arc::new(Field::new("item", item, true)));
    let entries =
        Fields::from(vec![Field::new("key", DataType::Utf8View, false), Field::new("value", DataType::Int32, true)]);
    let map = DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false);
    let micros = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Arc::from));
    for (property, expected) in [
        ("logicalType: integer", DataType::Int64),
        ("logicalType: integer, logicalTypeOptions: {format: u16}", DataType::UInt16),
        ("logicalType: integer, physicalType: int", DataType::Int32),
        ("logicalType: number, logicalTypeOptions: {format: f32}", DataType::Float32),
        ("logicalType: number, physicalType: 'decimal(40,2)'", DataType::Decimal256(40, 2)),
        ("logicalType: string, logicalTypeOptions: {format: binary}", DataType::Binary),
        ("physicalType: bigint", DataType::Int64),
        ("logicalType: timestamp", micros(None)),
        ("logicalType: timestamp, logicalTypeOptions: {timezone: true}", micros(Some("UTC"))),
        ("logicalType: timestamp, physicalType: timestamp_ntz, logicalTypeOptions: {timezone: true}", micros(None)),
        ("logicalType: timestamp, physicalType: timestamptz", micros(Some("UTC"))),
        ("logicalType: array, items: {logicalType: string}", list(DataType::Utf8View)),
        ("logicalType: array, physicalType: 'array<array<string>>'", list(list(DataType::Utf8View))),
        ("logicalType: object, physicalType: json, properties: [{name: a, logicalType: string}]", DataType::Utf8View),
        ("logicalType: map, map: {key: {logicalType: string}, value: {physicalType: int}}", map.clone()),
        (
            "logicalType: map, physicalType: 'map<string,int>', map: {key: {logicalType: string}, value: {physicalType: int}}",
            map,
        ),
        ("logicalType: vector, logicalTypeOptions: {dimensions: 9, elementType: binary}", DataType::FixedSizeBinary(2)),
        (
            "logicalType: number, physicalType: decimal, customProperties: [{property: precision, value: '12'}, {property: scale, value: 3}]",
            DataType::Decimal128(12, 3),
        ),
    ] {
        let contract = contract_of(&column(property));
        assert_eq!(contract.objects[0].columns[0].data_type, expected, "{property}");
    }
}

#[test]
fn a_plain_timestamp_of_a_delta_table_is_a_point_in_time() {
    let text = column("logicalType: timestamp, physicalType: timestamp").replace("format: parquet", "format: delta");
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(contract_of(&text).objects[0].columns[0].data_type, utc);
}

#[test]
fn every_complaint_has_its_place_and_a_way_out() {
    let text = "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0\nstatus: activ\nserverz: []\nschema:\n  - name: t\n    \
                properties:\n      - name: a\n        logicalTyp: string\n        required: yes\n        \
                quality: [{metric: rowCount, mustBe: 1, mustBeLessThan: 3}]\n        primaryKeyPosition: '1'\n";
    assert_eq!(
        lint(text),
        [
            "test.odcs.yaml:1:1: warning[W603]: the contract has no server that can be queried\n  hint: Weft reads \
             parquet, delta and iceberg from local, s3, azure, gcs and iceberg servers.",
            "test.odcs.yaml:4:10: error[ODCS-E012]: `version` is a number where a text belongs\n  hint: Quote it: \
             `version: \"1.0\"`.",
            "test.odcs.yaml:5:9: error[W121]: the status `activ` means nothing to Weft\n  hint: Did you mean `active`?",
            "test.odcs.yaml:6:1: error[ODCS-E011]: a data contract has no key `serverz`\n  hint: Did you mean `servers`?",
            "test.odcs.yaml:10:9: error[W403]: the type of column `a` cannot be told: it has neither a logical nor a \
             physical type\n  hint: Add a `logicalType`.",
            "test.odcs.yaml:11:9: error[ODCS-E011]: a property has no key `logicalTyp`\n  hint: Did you mean \
             `logicalType`?",
            "test.odcs.yaml:12:19: error[ODCS-E012]: `required` is a text where a flag belongs\n  hint: Write \
             `required: true`, without quotes.",
            "test.odcs.yaml:13:49: error[ODCS-E018]: a quality rule compares with both `mustBe` and `mustBeLessThan`\n  \
             hint: Keep one operator; write a second rule for the other.",
            "test.odcs.yaml:14:29: error[ODCS-E012]: `primaryKeyPosition` is a text where a whole number belongs\n  \
             hint: Remove the quotes: `primaryKeyPosition: 1`.",
        ]
    );
}

#[test]
fn flaws_of_the_yaml_itself_are_reported_with_the_rest() {
    assert_eq!(
        lint("id: a\nid: b\nkind: DataContract\napiVersion: v3.2.0\nversion: 1.0.0\nstatus: active\nid: c\n"),
        [
            "test.odcs.yaml:1:1: warning[W603]: the contract has no server that can be queried\n  hint: Weft reads \
             parquet, delta and iceberg from local, s3, azure, gcs and iceberg servers.",
            "test.odcs.yaml:2:1: error[ODCS-E002]: the key `id` stands here and in line 1\n  hint: Keep one of them; the first was read.",
            "test.odcs.yaml:7:1: error[ODCS-E002]: the key `id` stands here and in line 1\n  hint: Keep one of them; the first was read.",
        ]
    );
    assert_eq!(
        lint("- a\n"),
        [
            "test.odcs.yaml:1:1: error[ODCS-E003]: the file holds a list where a mapping belongs\n  hint: Begin with `apiVersion`, `kind` and `id`."
        ]
    );
    assert_eq!(
        lint(""),
        ["test.odcs.yaml:1:1: error[ODCS-E003]: the file is empty\n  hint: Begin with `apiVersion`, `kind` and `id`."]
    );
    assert_eq!(
        lint("a: 1\n---\nb: 1\n"),
        [
            "test.odcs.yaml:2:1: error[ODCS-E001]: the file holds a second document\n  hint: Correct the YAML here; what follows was not read."
        ]
    );
    assert_eq!(
        lint("a: !secret 1\n"),
        [
            "test.odcs.yaml:1:12: error[ODCS-E001]: the tag `!secret` is not read here\n  hint: Correct the YAML here; what follows was not read."
        ]
    );
    assert_eq!(
        lint(&format!("{}{}", "[".repeat(100), "]".repeat(100))),
        [
            "test.odcs.yaml:1:65: error[W101]: values are nested deeper than 64 levels\n  hint: Split the file, or spell out less in it."
        ]
    );
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n\
                c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n\
                e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n";
    assert_eq!(
        lint(bomb),
        [
            "test.odcs.yaml:5:7: error[W101]: the file holds more than 200000 values once aliases are expanded\n  hint: Split the file, or spell out less in it."
        ]
    );
    let long = format!("a: &a {}\nb: [{}*a]\n", "x".repeat(100_000), "*a, ".repeat(50));
    assert_eq!(
        lint(&long),
        [
            "test.odcs.yaml:2:165: error[W101]: aliases repeat more than 4194304 bytes of text\n  hint: Split the file, or spell out less in it."
        ]
    );
}

#[test]
fn variables_are_filled_in_inside_servers_only_and_never_shown() {
    let text = "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\ndescription: {purpose: \
                'see ${SECRET}'}\nservers:\n  - {server: '${SECRET}', type: local, path: 'a/${SECRET}/${B:-b}', format: \
                '${SECRET}'}\n  - {server: s, type: '${SECRET}', path: '${NOPE}', format: 'a${'}\nschema: [{name: t, \
                properties: [{name: a, logicalType: string, quality: [{type: sql, query: 'SELECT ${object} ${x}', mustBe: 1}]}]}]\n";
    let variables = BTreeMap::from([("SECRET".to_owned(), "hunter2".to_owned())]);
    let file = SourceFile::new("test.odcs.yaml", text);
    let parsed = parse(&file, &variables);
    let findings: Vec<String> = parsed.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "test.odcs.yaml:6:24: error[W201]: the variable `SECRET` stands outside `servers`\n  hint: Variables are \
             filled in only in the places and formats of `servers`.",
            "test.odcs.yaml:7:1: warning[W603]: the contract has no server that can be queried\n  hint: Weft reads \
             parquet, delta and iceberg from local, s3, azure, gcs and iceberg servers.",
            "test.odcs.yaml:8:14: error[W201]: the variable `SECRET` stands outside `servers`\n  hint: Variables are \
             filled in only in the places and formats of `servers`.",
            "test.odcs.yaml:8:77: warning[W601]: data in format `${SECRET}` is not read\n  hint: Queries choose among \
             the other servers of the contract.",
            "test.odcs.yaml:9:23: error[ODCS-E013]: `type` is `${SECRET}`, which the standard does not list\n  hint: It \
             lists api, athena, azure, bigquery, btrieve, clickhouse, databricks, denodo, dremio, duckdb, exasol, \
             fastobjects, glue, hana, cloudsql, db2, …",
            "test.odcs.yaml:9:42: error[W202]: the mesh lists no variable `NOPE`\n  hint: List it under \
             `mesh.variables` in `weft.yaml`; the process environment is not read.",
            "test.odcs.yaml:9:61: error[W203]: a `${` begins no variable\n  hint: Write `${NAME}` or \
             `${NAME:-default}`.",
            "test.odcs.yaml:10:93: error[W201]: the variable `x` stands outside `servers`\n  hint: Variables are \
             filled in only in the places and formats of `servers`.",
        ]
    );
    assert!(!format!("{parsed:?}").contains("hunter2"));
}

#[test]
fn a_filled_variable_reaches_the_location() {
    let text = column("logicalType: string").replace("path: p", "path: 'a/${X}/${Y:-y}/{model}'");
    let variables = BTreeMap::from([("X".to_owned(), "x".to_owned())]);
    let parsed = parse(&SourceFile::new("test.odcs.yaml", text), &variables);
    let Some(Document::Contract(contract)) = parsed.document else { panic!("{:?}", parsed.findings) };
    assert_eq!(&*contract.servers[0].location, "a/x/y/{model}");
}

#[test]
fn masks_that_hide_nothing_are_refused() {
    let own = |value: &str| {
        let text = column(&format!(
            "logicalType: string, customProperties: [{{property: mask, value: {value}, vendor: weft}}]"
        ));
        let findings = lint(&text);
        findings.first().map(|finding| finding.trim_start_matches("test.odcs.yaml:").to_owned())
    };
    let token =
        "Anyone can hash guesses and compare; add the property `tokenDomain` and write `mask: {action: token}`.";
    for (value, finding) in [
        ("{strategy: hash, salt: s}", format!("9:92: error[W303]: the mask hashes without a secret key\n  hint: {token}")),
        ("{action: sha_256_global}", format!("9:92: error[W303]: the mask hashes without a secret key\n  hint: {token}")),
        ("hash", format!("9:92: error[W303]: the mask hashes without a secret key\n  hint: {token}")),
        (
            "{strategy: redact}",
            "9:92: error[W304]: the mask names its function with `strategy`, which Weft does not read\n  hint: Write \
             `{action: constant, value: \"***\"}`."
                .to_owned(),
        ),
        (
            "email",
            "9:92: error[W304]: the mask is the word `email`, which Weft does not read\n  hint: Write `{action: \
             email_domain}`."
                .to_owned(),
        ),
        ("{action: partal}", "9:92: error[W302]: there is no mask `partal`\n  hint: Did you mean `partial`?".to_owned()),
        (
            "{action: partial, keep_frist: 1}",
            "9:92: error[W302]: the mask `partial` has no parameter `keep_frist`\n  hint: Did you mean `keep_first`?"
                .to_owned(),
        ),
        (
            "{action: token}",
            "9:92: error[W307]: the mask `token` has no token domain\n  hint: Add the property `tokenDomain`: columns \
             that share it still join when they are masked."
                .to_owned(),
        ),
        (
            "{action: round, places: 1}",
            "9:92: error[W308]: the mask `round` does not work on VARCHAR\n  hint: Choose a mask for that type; `null` \
             works on every type."
                .to_owned(),
        ),
    ] {
        assert_eq!(own(value), Some(finding), "{value}");
    }
    assert_eq!(own("{action: null}"), None);
    assert_eq!(own("{action: partial, keep_last: 2, character: '#'}"), None);
}

#[test]
fn own_properties_are_known_by_place_and_vendor() {
    let own = |entry: &str| {
        let findings = lint(&column(&format!("logicalType: string, customProperties: [{entry}]")));
        findings.first().map(|finding| finding.trim_start_matches("test.odcs.yaml:").to_owned())
    };
    for (entry, finding) in [
        (
            "{property: tokenDomian, value: x, vendor: weft}",
            "9:79: error[W301]: Weft has no property `tokenDomian` for a column\n  hint: Did you mean `tokenDomain`?",
        ),
        (
            "{property: binding, value: x, vendor: weft}",
            "9:79: error[W301]: Weft has no property `binding` for a column\n  hint: `binding` belongs to a server.",
        ),
        (
            "{property: fieldId, value: '7', vendor: weft}",
            "9:95: error[W302]: the property `fieldId` does not hold a whole number from 0 to 2147483647\n  hint: Correct the `value` of `fieldId`, or remove the entry.",
        ),
        (
            "{property: mask, value: {action: null}}",
            "9:79: error[W306]: the property `mask` restricts access only with `vendor: weft`\n  hint: Add `vendor: \
             weft` if it is meant for Weft, or the vendor it is meant for.",
        ),
        (
            "{property: mask, value: {action: null}, vendor: Weft}",
            "9:79: error[W306]: the vendor of property `mask` is spelled `weft`\n  hint: Write `vendor: weft`.",
        ),
        (
            "{property: tokenDomain, value: x, vendor: weft}, {property: tokenDomain, value: y, vendor: weft}",
            "9:128: error[W305]: the property `tokenDomain` stands here a second time\n  hint: Keep one of them.",
        ),
    ] {
        assert_eq!(own(entry).as_deref(), Some(finding), "{entry}");
    }
    assert_eq!(own("{property: mask, value: hash, vendor: acme}"), None);
    assert_eq!(own("{property: whatever, value: 1}"), None);
}

#[test]
fn editions_before_vendor_know_properties_by_name() {
    let text = column("logicalType: string, customProperties: [{property: mask, value: {action: null}}]")
        .replace("v3.2.0", "v3.1.0");
    assert_eq!(contract_of(&text).objects[0].columns[0].mask, Some(Mask::Null {}));
}

#[test]
fn types_that_cannot_be_served_are_errors() {
    for (property, finding) in [
        (
            "physicalType: money",
            "9:42: error[W403]: the type of column `a` cannot be told: its physical type is not known and it has no \
             logical type\n  hint: Add a `logicalType`.",
        ),
        (
            "logicalType: string, physicalType: money",
            "9:63: warning[W401]: the physical type `money` of column `a` is not known\n  hint: The logical type \
             `string` is served instead.",
        ),
        (
            "logicalType: number",
            "9:41: warning[W402]: the number `a` is served as a 64-bit float\n  hint: Write `physicalType: \
             decimal(p,s)` for exact numbers, or `logicalTypeOptions: {format: f64}`.",
        ),
        (
            "logicalType: number, physicalType: decimal",
            "9:63: error[W404]: the decimal column `a` has neither precision nor scale\n  hint: Write `physicalType: \
             decimal(10,2)`.",
        ),
        (
            "logicalType: string, physicalType: int",
            "9:63: warning[W405]: the column `a` is INTEGER by its physical type and string by its logical type\n  \
             hint: The physical type is served.",
        ),
        (
            "logicalType: array",
            "9:41: error[W403]: the type of column `a` cannot be told: its parts are not declared\n  hint: Declare its \
             parts under `properties`, `items`, `map` or `logicalTypeOptions`.",
        ),
        (
            "logicalType: string, encryptedName: b",
            "9:64: warning[W408]: the column `a` is encrypted as `b`, which is not declared\n  hint: Declare the encrypted column beside it to have it served to those who may not see this one.",
        ),
    ] {
        let findings = lint(&column(property));
        assert_eq!(findings, [format!("test.odcs.yaml:{finding}")], "{property}");
    }
}

#[test]
fn files_of_other_kinds_are_none_of_our_business() {
    for (path, text) in [
        ("policy.yaml", "apiVersion: weft/v1\nkind: Policy\n"),
        ("users.yaml", "- {name: ana}\n"),
        ("broken.yaml", "a: [\n"),
        ("seed.yaml", "apiVersion: datamesh/v1\nkind: DataProduct\n"),
    ] {
        let parsed = parse(&SourceFile::new(path, text), &BTreeMap::new());
        assert!(matches!(parsed.document, Some(Document::Other)), "{path}");
        assert_eq!(parsed.findings, []);
    }
    let parsed = parse(&SourceFile::new("x.yaml", "kind: DataProduct\na: [\n"), &BTreeMap::new());
    assert_eq!(parsed.findings[0].code, "ODPS-E001");
}

#[test]
fn products_say_what_sql_needs() {
    let head = "apiVersion: v1.1.0\nkind: DataProduct\nid: p\n";
    let port = "outputPorts: [{name: o, version: 1.0.0, contractId: c}]\n";
    for (rest, finding) in [
        (
            "name: a\nstatus: active\n",
            "1:1: error[W110]: the product names no domain\n  hint: Add `domain`: it is the schema that holds the product in SQL.",
        ),
        (
            "name: a\nstatus: active\ndomain: weft\n",
            "6:9: error[W111]: the domain name `weft` belongs to Weft\n  hint: Choose another domain name.",
        ),
        (
            "status: active\ndomain: d\n",
            "1:1: error[W112]: the product has no name\n  hint: Add `name`: it is what the product is called in SQL.",
        ),
        (
            "name: a_v2\nstatus: active\ndomain: d\n",
            "4:7: error[W113]: the product name `a_v2` reads as a version or a part of another product\n  hint: Names do not end in `_v` and digits or contain `__`; choose another, or set the property `sqlName`.",
        ),
        (
            "name: a\ndomain: d\n",
            "1:1: error[W120]: the product has no status\n  hint: Add `status: active`, or `draft` while it is readable by its version only.",
        ),
    ] {
        let findings = lint_as("p.odps.yaml", &format!("{head}{rest}{port}"));
        assert_eq!(findings, [format!("p.odps.yaml:{finding}")], "{rest}");
    }
    let findings = lint_as(
        "p.odps.yaml",
        &format!("{head}name: a\nstatus: active\ndomain: d\noutputPorts: [{{name: o, contractId: c}}]\n"),
    );
    assert_eq!(
        findings,
        [
            "p.odps.yaml:7:15: error[W122]: the output port has no version\n  hint: Write the version of its contract, such as `2.1.0`."
        ]
    );
}

#[test]
fn a_product_without_contracts_is_for_other_tools() {
    let text = "apiVersion: v1.1.0\nkind: DataProduct\nid: p\noutputPorts: [{name: api, type: rest}]\n";
    let parsed = parse(&SourceFile::new("p.odps.yaml", text), &BTreeMap::new());
    assert!(matches!(parsed.document, Some(Document::Other)));
    let findings: Vec<String> = parsed.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "p.odps.yaml:1:1: warning[W512]: no output port names a contract\n  hint: Add `contractId` to an output port \
          to make the product queryable."
        ]
    );
}

/// A contract with one column `a`.
fn column(property: &str) -> String {
    format!(
        "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nservers: [{{server: s, type: \
         local, path: p, format: parquet}}]\nschema:\n  - name: t\n    properties: [{{name: a, {property}}}]\n"
    )
}

fn contract_of(text: &str) -> Arc<Contract> {
    let parsed = parse(&SourceFile::new("test.odcs.yaml", text), &BTreeMap::new());
    match parsed.document {
        Some(Document::Contract(contract)) => contract,
        _ => panic!("{:?}", parsed.findings),
    }
}

fn lint(text: &str) -> Vec<String> {
    lint_as("test.odcs.yaml", text)
}

fn lint_as(path: &str, text: &str) -> Vec<String> {
    let parsed = parse(&SourceFile::new(path, text), &BTreeMap::new());
    parsed.findings.iter().map(ToString::to_string).collect()
}
