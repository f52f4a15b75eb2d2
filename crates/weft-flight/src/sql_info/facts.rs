//! The facts themselves, in the order of their numbers.

use weft_proto::sql::{
    SqlInfo as Info, SqlNullOrdering, SqlSupportedCaseSensitivity as Case, SqlSupportedGroupBy as GroupBy,
    SqlSupportedResultSetConcurrency as Concurrency, SqlSupportedResultSetType as ResultSet,
    SqlSupportedSubqueries as Subqueries, SqlSupportedTransaction, SqlSupportedUnions as Unions,
    SqlSupportsConvert as Convert, SqlTransactionIsolationLevel, SupportedAnsi92SqlGrammarLevel as Ansi92,
    SupportedSqlGrammar as Grammar,
};

use crate::sql_info::Fact::{self, Bits, Flag, Long, Map, Text, Texts};

/// The Arrow format version that the `arrow` crate of this build writes.
const ARROW_VERSION: &str = "59.3";

/// No limit, or one that does not depend on the statement alone.
const UNKNOWN: Fact = Long(0);

const NO: Fact = Flag(false);
const YES: Fact = Flag(true);

/// Every fact.
pub(super) const FACTS: &[(u32, Fact)] = &[
    (id(Info::FlightSqlServerName), Text("Weft")),
    (id(Info::FlightSqlServerVersion), Text(env!("CARGO_PKG_VERSION"))),
    (id(Info::FlightSqlServerArrowVersion), Text(ARROW_VERSION)),
    (id(Info::FlightSqlServerReadOnly), YES),
    (id(Info::FlightSqlServerSql), YES),
    (id(Info::FlightSqlServerSubstrait), NO),
    (id(Info::FlightSqlServerTransaction), Bits(SqlSupportedTransaction::None as i32)),
    (id(Info::FlightSqlServerCancel), YES),
    (id(Info::FlightSqlServerBulkIngestion), NO),
    (id(Info::FlightSqlServerIngestTransactionsSupported), NO),
    (id(Info::FlightSqlServerStatementTimeout), Bits(0)),
    (id(Info::FlightSqlServerTransactionTimeout), Bits(0)),
    (id(Info::SqlDdlCatalog), NO),
    (id(Info::SqlDdlSchema), NO),
    (id(Info::SqlDdlTable), NO),
    (id(Info::SqlIdentifierCase), Long(Case::SqlCaseSensitivityLowercase as i64)),
    (id(Info::SqlIdentifierQuoteChar), Text("\"")),
    // Quoted identifiers are case sensitive; the enumeration has no word for it, and 0 is how drivers read that.
    (id(Info::SqlQuotedIdentifierCase), Long(Case::SqlCaseSensitivityUnknown as i64)),
    (id(Info::SqlAllTablesAreSelectable), YES),
    (id(Info::SqlNullOrdering), Long(SqlNullOrdering::SqlNullsSortedHigh as i64)),
    (id(Info::SqlKeywords), Texts(KEYWORDS)),
    (id(Info::SqlNumericFunctions), Texts(NUMERIC)),
    (id(Info::SqlStringFunctions), Texts(STRING)),
    (id(Info::SqlSystemFunctions), Texts(SYSTEM)),
    (id(Info::SqlDatetimeFunctions), Texts(DATETIME)),
    (id(Info::SqlSearchStringEscape), Text("\\")),
    (id(Info::SqlExtraNameCharacters), Text("")),
    (id(Info::SqlSupportsColumnAliasing), YES),
    (id(Info::SqlNullPlusNullIsNull), YES),
    (id(Info::SqlSupportsConvert), Map(CONVERSIONS)),
    (id(Info::SqlSupportsTableCorrelationNames), YES),
    (id(Info::SqlSupportsDifferentTableCorrelationNames), NO),
    (id(Info::SqlSupportsExpressionsInOrderBy), YES),
    (id(Info::SqlSupportsOrderByUnrelated), YES),
    (
        id(Info::SqlSupportedGroupBy),
        Bits(bit(GroupBy::SqlGroupByUnrelated as i32) | bit(GroupBy::SqlGroupByBeyondSelect as i32)),
    ),
    (id(Info::SqlSupportsLikeEscapeClause), YES),
    (id(Info::SqlSupportsNonNullableColumns), YES),
    (id(Info::SqlSupportedGrammar), Bits(bit(Grammar::SqlMinimumGrammar as i32) | bit(Grammar::SqlCoreGrammar as i32))),
    (id(Info::SqlAnsi92SupportedLevel), Bits(bit(Ansi92::Ansi92EntrySql as i32))),
    (id(Info::SqlSupportsIntegrityEnhancementFacility), NO),
    // Limited and full outer joins.
    (id(Info::SqlOuterJoinsSupportLevel), Bits(0b110)),
    (id(Info::SqlSchemaTerm), Text("domain")),
    (id(Info::SqlProcedureTerm), Text("procedure")),
    (id(Info::SqlCatalogTerm), Text("catalog")),
    (id(Info::SqlCatalogAtStart), YES),
    (id(Info::SqlSchemasSupportedActions), Bits(0)),
    (id(Info::SqlCatalogsSupportedActions), Bits(0)),
    (id(Info::SqlSupportedPositionedCommands), Bits(0)),
    (id(Info::SqlSelectForUpdateSupported), NO),
    (id(Info::SqlStoredProceduresSupported), NO),
    (
        id(Info::SqlSupportedSubqueries),
        Bits(
            bit(Subqueries::SqlSubqueriesInComparisons as i32)
                | bit(Subqueries::SqlSubqueriesInExists as i32)
                | bit(Subqueries::SqlSubqueriesInIns as i32),
        ),
    ),
    (id(Info::SqlCorrelatedSubqueriesSupported), YES),
    (id(Info::SqlSupportedUnions), Bits(bit(Unions::SqlUnion as i32) | bit(Unions::SqlUnionAll as i32))),
    (id(Info::SqlMaxBinaryLiteralLength), UNKNOWN),
    (id(Info::SqlMaxCharLiteralLength), UNKNOWN),
    (id(Info::SqlMaxColumnNameLength), UNKNOWN),
    (id(Info::SqlMaxColumnsInGroupBy), UNKNOWN),
    (id(Info::SqlMaxColumnsInIndex), UNKNOWN),
    (id(Info::SqlMaxColumnsInOrderBy), UNKNOWN),
    (id(Info::SqlMaxColumnsInSelect), UNKNOWN),
    (id(Info::SqlMaxColumnsInTable), UNKNOWN),
    (id(Info::SqlMaxConnections), UNKNOWN),
    (id(Info::SqlMaxCursorNameLength), UNKNOWN),
    (id(Info::SqlMaxIndexLength), UNKNOWN),
    (id(Info::SqlDbSchemaNameLength), UNKNOWN),
    (id(Info::SqlMaxProcedureNameLength), UNKNOWN),
    (id(Info::SqlMaxCatalogNameLength), UNKNOWN),
    (id(Info::SqlMaxRowSize), UNKNOWN),
    (id(Info::SqlMaxRowSizeIncludesBlobs), YES),
    (id(Info::SqlMaxStatementLength), UNKNOWN),
    (id(Info::SqlMaxStatements), UNKNOWN),
    (id(Info::SqlMaxTableNameLength), UNKNOWN),
    (id(Info::SqlMaxTablesInSelect), UNKNOWN),
    (id(Info::SqlMaxUsernameLength), UNKNOWN),
    (id(Info::SqlDefaultTransactionIsolation), Long(SqlTransactionIsolationLevel::SqlTransactionNone as i64)),
    (id(Info::SqlTransactionsSupported), NO),
    (
        id(Info::SqlSupportedTransactionsIsolationLevels),
        Bits(bit(SqlTransactionIsolationLevel::SqlTransactionNone as i32)),
    ),
    (id(Info::SqlDataDefinitionCausesTransactionCommit), NO),
    (id(Info::SqlDataDefinitionsInTransactionsIgnored), NO),
    (
        id(Info::SqlSupportedResultSetTypes),
        Bits(bit(ResultSet::SqlResultSetTypeUnspecified as i32) | bit(ResultSet::SqlResultSetTypeForwardOnly as i32)),
    ),
    (id(Info::SqlSupportedConcurrenciesForResultSetUnspecified), Bits(READ_ONLY)),
    (id(Info::SqlSupportedConcurrenciesForResultSetForwardOnly), Bits(READ_ONLY)),
    (id(Info::SqlSupportedConcurrenciesForResultSetScrollSensitive), Bits(0)),
    (id(Info::SqlSupportedConcurrenciesForResultSetScrollInsensitive), Bits(0)),
    (id(Info::SqlBatchUpdatesSupported), NO),
    (id(Info::SqlSavepointsSupported), NO),
    (id(Info::SqlNamedParametersSupported), NO),
    (id(Info::SqlLocatorsUpdateCopy), NO),
    (id(Info::SqlStoredFunctionsUsingCallSyntaxSupported), NO),
];

const READ_ONLY: i32 = bit(Concurrency::SqlResultSetConcurrencyReadOnly as i32);

const fn id(info: Info) -> u32 {
    // Numbers of facts are not negative.
    (info as i32).unsigned_abs()
}

const fn bit(ordinal: i32) -> i32 {
    1 << ordinal
}

/// Words of ours that SQL:1999 does not reserve.
const KEYWORDS: &[&str] =
    &["EXCLUDE", "EXPLAIN", "ILIKE", "LIMIT", "OFFSET", "PIVOT", "QUALIFY", "REPLACE", "SHOW", "UNNEST", "UNPIVOT"];

/// Functions in the words of the JDBC escape `{fn …}`, as far as they exist under that name.
const NUMERIC: &[&str] = &[
    "ABS", "ACOS", "ASIN", "ATAN", "ATAN2", "CEIL", "COS", "COT", "DEGREES", "EXP", "FLOOR", "LN", "LOG", "LOG10",
    "LOG2", "PI", "POWER", "RADIANS", "RANDOM", "ROUND", "SIGN", "SIN", "SQRT", "TAN", "TRUNC",
];

const STRING: &[&str] = &[
    "ASCII",
    "BTRIM",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "CHR",
    "CONCAT",
    "CONCAT_WS",
    "INITCAP",
    "LEFT",
    "LENGTH",
    "LOWER",
    "LPAD",
    "LTRIM",
    "OCTET_LENGTH",
    "POSITION",
    "REPEAT",
    "REPLACE",
    "REVERSE",
    "RIGHT",
    "RPAD",
    "RTRIM",
    "SPLIT_PART",
    "STARTS_WITH",
    "STRPOS",
    "SUBSTR",
    "SUBSTRING",
    "TRANSLATE",
    "TRIM",
    "UPPER",
];

const SYSTEM: &[&str] = &["COALESCE", "NULLIF", "NVL"];

const DATETIME: &[&str] = &[
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATE_BIN",
    "DATE_PART",
    "DATE_TRUNC",
    "EXTRACT",
    "FROM_UNIXTIME",
    "MAKE_DATE",
    "NOW",
    "TO_CHAR",
    "TO_DATE",
    "TO_TIMESTAMP",
    "TO_UNIXTIME",
];

const BIGINT: i32 = Convert::SqlConvertBigint as i32;
const BINARY: i32 = Convert::SqlConvertBinary as i32;
const BIT: i32 = Convert::SqlConvertBit as i32;
const CHAR: i32 = Convert::SqlConvertChar as i32;
const DATE: i32 = Convert::SqlConvertDate as i32;
const DECIMAL: i32 = Convert::SqlConvertDecimal as i32;
const FLOAT: i32 = Convert::SqlConvertFloat as i32;
const INTEGER: i32 = Convert::SqlConvertInteger as i32;
const LONGVARCHAR: i32 = Convert::SqlConvertLongvarchar as i32;
const NUMERIC_TYPE: i32 = Convert::SqlConvertNumeric as i32;
const REAL: i32 = Convert::SqlConvertReal as i32;
const SMALLINT: i32 = Convert::SqlConvertSmallint as i32;
const TIME: i32 = Convert::SqlConvertTime as i32;
const TIMESTAMP: i32 = Convert::SqlConvertTimestamp as i32;
const TINYINT: i32 = Convert::SqlConvertTinyint as i32;
const VARBINARY: i32 = Convert::SqlConvertVarbinary as i32;
const VARCHAR: i32 = Convert::SqlConvertVarchar as i32;

const FROM_NUMBER: &[i32] =
    &[BIGINT, BIT, CHAR, DECIMAL, FLOAT, INTEGER, LONGVARCHAR, NUMERIC_TYPE, REAL, SMALLINT, TINYINT, VARCHAR];
const FROM_TEXT: &[i32] = &[
    BIGINT,
    BIT,
    CHAR,
    DATE,
    DECIMAL,
    FLOAT,
    INTEGER,
    LONGVARCHAR,
    NUMERIC_TYPE,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TINYINT,
    VARBINARY,
    VARCHAR,
];
const FROM_DATE: &[i32] = &[CHAR, DATE, LONGVARCHAR, TIMESTAMP, VARCHAR];
const FROM_TIME: &[i32] = &[CHAR, LONGVARCHAR, TIME, VARCHAR];
const FROM_TIMESTAMP: &[i32] = &[CHAR, DATE, LONGVARCHAR, TIME, TIMESTAMP, VARCHAR];
const FROM_BINARY: &[i32] = &[BINARY, VARBINARY, VARCHAR];

/// What CAST turns into what.
const CONVERSIONS: &[(i32, &[i32])] = &[
    (BIGINT, FROM_NUMBER),
    (BINARY, FROM_BINARY),
    (BIT, FROM_NUMBER),
    (CHAR, FROM_TEXT),
    (DATE, FROM_DATE),
    (DECIMAL, FROM_NUMBER),
    (FLOAT, FROM_NUMBER),
    (INTEGER, FROM_NUMBER),
    (LONGVARCHAR, FROM_TEXT),
    (NUMERIC_TYPE, FROM_NUMBER),
    (REAL, FROM_NUMBER),
    (SMALLINT, FROM_NUMBER),
    (TIME, FROM_TIME),
    (TIMESTAMP, FROM_TIMESTAMP),
    (TINYINT, FROM_NUMBER),
    (VARBINARY, FROM_BINARY),
    (VARCHAR, FROM_TEXT),
];
