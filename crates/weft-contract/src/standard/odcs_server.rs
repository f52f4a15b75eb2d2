//! The Open Data Contract Standard: servers, each kind with its own keys.

use crate::standard::edition::{ALWAYS, BEFORE_310, BEFORE_320, Edition, Editions, NEVER, SINCE_310, SINCE_320};
use crate::standard::extension::Home;
use crate::standard::odcs::{CUSTOM_PROPERTIES, ID, ROLE, list, text};
use crate::standard::shape::{Key, Kind, List, Object, Word};
use crate::yaml::tree::Map;

/// A place where a contract's data lies.
pub static SERVER: Object = Object::new(
    "a server",
    &[
        ID,
        text("server").required(ALWAYS),
        Key::new("type", Kind::Word(TYPES)).required(ALWAYS),
        text("description"),
        text("environment"),
        list("roles", &List::of(Kind::Object(&ROLE))),
        CUSTOM_PROPERTIES,
    ],
)
.open(BEFORE_310)
.more(more)
.home(Home::Server);

static TYPES: &[Word] = &[
    Word::new("api"),
    Word::new("athena"),
    Word::new("azure"),
    Word::new("bigquery"),
    Word::known("btrieve", SINCE_320),
    Word::new("clickhouse"),
    Word::new("databricks"),
    Word::new("denodo"),
    Word::new("dremio"),
    Word::new("duckdb"),
    Word::known("exasol", SINCE_320),
    Word::known("fastobjects", SINCE_320),
    Word::new("glue"),
    Word::known("hana", SINCE_320),
    Word::new("cloudsql"),
    Word::new("db2"),
    Word::known("hive", SINCE_310),
    Word::known("iceberg", SINCE_320),
    Word::known("impala", SINCE_310),
    Word::new("informix"),
    Word::known("ingres", SINCE_320),
    Word::new("kafka"),
    Word::new("kinesis"),
    Word::new("local"),
    Word::new("mysql"),
    Word::new("oracle"),
    Word::known("poet", SINCE_320),
    Word::new("postgresql"),
    Word::new("postgres"),
    Word::new("presto"),
    Word::new("pubsub"),
    Word::new("redshift"),
    Word::new("s3"),
    Word::new("sftp"),
    Word::new("snowflake"),
    Word::new("sqlserver"),
    Word::new("synapse"),
    Word::known("teradata", SINCE_320),
    Word::new("trino"),
    Word::known("vectorwise", SINCE_320),
    Word::known("versant", SINCE_320),
    Word::new("vertica"),
    Word::known("zen", SINCE_310),
    Word::new("custom"),
];

/// Texts that have to be there.
const fn need(name: &'static str) -> Key {
    text(name).required(ALWAYS)
}

/// A port: a number, since 3.2.0 also a text, so that it can be a variable.
const fn port(required: Editions) -> Key {
    const KIND: Kind =
        Kind::By(&[(BEFORE_320, Kind::Integer(None)), (SINCE_320, Kind::Either(&[Kind::Integer(None), Kind::Text]))]);
    Key::new("port", KIND).required(required)
}

const PORT: Key = port(NEVER);
const NEED_PORT: Key = port(ALWAYS);
const ENCODING: Key = text("encoding").known(SINCE_320);

/// A file format: four of them before 3.1.0, any since.
const FORMAT: Key = Key::new("format", FILE_FORMAT);
const FILE_FORMAT: Kind = Kind::By(&[
    (BEFORE_310, Kind::Word(&[Word::new("parquet"), Word::new("delta"), Word::new("json"), Word::new("csv")])),
    (SINCE_310, Kind::Text),
]);

const DELIMITER: Key = Key::new(
    "delimiter",
    Kind::By(&[(BEFORE_310, Kind::Word(&[Word::new("new_line"), Word::new("array")])), (SINCE_310, Kind::Text)]),
);

static API: &[Key] = &[need("location")];
static ATHENA: &[Key] = &[
    text("stagingDir").required(BEFORE_320),
    need("schema"),
    text("catalog"),
    text("regionName"),
    text("workgroup").known(SINCE_320),
];
static AZURE: &[Key] = &[need("location"), Key::new("format", FILE_FORMAT).required(ALWAYS), ENCODING, DELIMITER];
static BIGQUERY: &[Key] = &[need("project"), need("dataset")];
static HOST_PORT_DATABASE: &[Key] = &[need("host"), NEED_PORT, need("database")];
static DATABRICKS: &[Key] = &[text("host"), need("catalog"), need("schema")];
static DENODO: &[Key] = &[need("host"), NEED_PORT, text("database")];
static DREMIO: &[Key] = &[need("host"), NEED_PORT, text("schema")];
static DUCKDB: &[Key] =
    &[need("database"), Key::new("schema", Kind::By(&[(BEFORE_310, Kind::Integer(None)), (SINCE_310, Kind::Text)]))];
static EXASOL: &[Key] = &[need("host"), PORT, text("schema")];
static GLUE: &[Key] = &[need("account"), need("database"), text("location"), text("format"), ENCODING];
static HANA: &[Key] = &[need("host"), PORT, text("database"), text("schema")];
static HOST_PORT_DATABASE_SCHEMA: &[Key] = &[need("host"), NEED_PORT, need("database"), need("schema")];
static DB2: &[Key] = &[need("host"), NEED_PORT, need("database"), text("schema")];
static HOST_DATABASE: &[Key] = &[need("host"), PORT, need("database")];
static ICEBERG: &[Key] = &[need("catalog"), need("catalogUrl"), text("namespace"), text("warehouse")];
static KAFKA: &[Key] = &[need("host"), text("format"), ENCODING];
static KINESIS: &[Key] = &[text("region"), text("format"), ENCODING];
static LOCAL: &[Key] = &[need("path"), need("format"), ENCODING];
static ORACLE: &[Key] = &[need("host"), NEED_PORT, need("serviceName")];
static DATABASE: &[Key] = &[need("database"), text("host"), PORT];
static PRESTO: &[Key] = &[need("host"), text("catalog"), text("schema")];
static PUBSUB: &[Key] = &[need("project")];
static REDSHIFT: &[Key] = &[text("host"), need("database"), need("schema"), text("region"), text("account")];
static S3: &[Key] = &[need("location"), text("endpointUrl"), FORMAT, ENCODING, DELIMITER];
static SFTP: &[Key] = &[Key::new("location", Kind::Prefixed("sftp://")).required(ALWAYS), FORMAT, ENCODING, DELIMITER];
static SNOWFLAKE: &[Key] = &[text("host"), PORT, need("account"), need("database"), need("schema"), text("warehouse")];
static SQLSERVER: &[Key] = &[need("host"), PORT, need("database"), need("schema")];
static TERADATA: &[Key] = &[need("host"), PORT, text("database")];
static TRINO: &[Key] = &[need("host"), NEED_PORT, need("catalog"), need("schema")];
static CUSTOM: &[Key] = &[
    text("account"),
    text("catalog"),
    text("database"),
    text("dataset"),
    text("delimiter"),
    text("endpointUrl"),
    text("format"),
    ENCODING,
    text("host"),
    text("location"),
    text("path"),
    PORT,
    text("project"),
    text("region"),
    text("regionName"),
    text("schema"),
    text("serviceName"),
    text("stagingDir"),
    text("warehouse"),
    text("stream").known(SINCE_310),
];

/// True for the kinds of server an edition lists.
#[must_use]
pub fn listed(kind: &str, edition: Edition) -> bool {
    TYPES.iter().any(|word| word.text == kind && word.known.has(edition))
}

fn more(server: &Map, edition: Edition) -> Vec<&'static [Key]> {
    let kind = server.text("type").map_or("", |text| &**text);
    if !listed(kind, edition) {
        return Vec::new();
    }
    let keys = match kind {
        "api" => API,
        "athena" => ATHENA,
        "azure" => AZURE,
        "bigquery" => BIGQUERY,
        "clickhouse" | "mysql" | "synapse" => HOST_PORT_DATABASE,
        "databricks" => DATABRICKS,
        "denodo" => DENODO,
        "dremio" => DREMIO,
        "duckdb" => DUCKDB,
        "exasol" => EXASOL,
        "glue" => GLUE,
        "hana" => HANA,
        "cloudsql" | "postgresql" | "postgres" | "vertica" => HOST_PORT_DATABASE_SCHEMA,
        "db2" => DB2,
        "hive" | "impala" | "informix" | "ingres" | "vectorwise" | "zen" | "btrieve" => HOST_DATABASE,
        "iceberg" => ICEBERG,
        "kafka" => KAFKA,
        "kinesis" => KINESIS,
        "local" => LOCAL,
        "oracle" => ORACLE,
        "fastobjects" | "poet" | "versant" => DATABASE,
        "presto" => PRESTO,
        "pubsub" => PUBSUB,
        "redshift" => REDSHIFT,
        "s3" => S3,
        "sftp" => SFTP,
        "snowflake" => SNOWFLAKE,
        "sqlserver" => SQLSERVER,
        "teradata" => TERADATA,
        "trino" => TRINO,
        "custom" => CUSTOM,
        _ => return Vec::new(),
    };
    vec![keys]
}
