"""The Flight SQL JDBC driver: who comes in and how, what is listed, what is read, what parameters may be."""

import datetime

import argon2
import duckdb
import pytest

from delta_plain import laid
from java import Failure, Java
from refusals import missing_table
from servers import serving

PERSONAS = ("analyst", "steward", "fraud", "marketer", "outsider")
REFUSED = (
    "the credential was not accepted [WEFT-A001]\n"
    "Hint: Check the user name and the password or token; tokens expire."
)


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    with open(tmp_path_factory.mktemp("java") / "java.log", "wb") as log:
        java = Java(log)
        yield java
        java.end()


@pytest.fixture(scope="module")
def jdbc(java, demo):
    """A connection per persona, its token as password, called by the persona's name."""
    for persona in PERSONAS:
        assert java.connect(persona, demo.url, user=persona, password=demo.passwords[persona]) == {"valid": True, "readOnly": True}
    yield java
    for persona in PERSONAS:
        java.ask("close", persona)


@pytest.fixture(scope="module")
def files(demo, tmp_path_factory):
    """The generated files themselves, read without Weft."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        orders = str(laid(demo.mesh / "data" / "orders" / "orders-v2", tmp_path_factory.mktemp("plain")))
        yield lambda sql: database.execute(sql.replace("MESH/orders-v2.parquet", orders).replace("MESH", str(demo.mesh / "data"))).fetchall()


def said(java, *words):
    """What the server says to what must fail."""
    with pytest.raises(Failure) as caught:
        java.ask(*words)
    return caught.value.said


PROFILES_FILE, ORDERS_FILE = "'MESH/customers/profiles.parquet'", "'MESH/orders-v2.parquet'"


# --- who comes in -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def passwords(demo, tmp_path_factory):
    """The retail mesh behind users with passwords, hashed by argon2's own reference implementation."""
    folder = tmp_path_factory.mktemp("passwords")
    hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash("correct horse battery")
    people = {"ana": "groups: [staff, eu-analysts], purposes: [reporting]", "stu": "groups: [staff, data-stewards]"}
    lines = [f"  - {{name: {name}, password: '{hashed}', {more}}}" for name, more in people.items()]
    (folder / "users.yaml").write_text("\n".join(["users:", *lines, "  - {name: tom, groups: [partners]}", ""]))
    with serving(folder, demo.mesh, ["ana", "tom"], auth={"users": "users.yaml", "tokens": "tokens.json"}) as server:
        yield server


@pytest.mark.parametrize(("user", "regions"), [("ana", [("EU",)]), ("stu", [("APAC",), ("EU",), ("US",)])])
def test_a_user_comes_in_with_a_password(java, passwords, user, regions):
    java.connect("own", passwords.url, user=user, password="correct horse battery")
    assert java.ask("query", "own", "select distinct region from orders.orders order by 1").rows == regions
    java.ask("close", "own")


def test_a_token_is_a_bearer_and_a_password(java, passwords):
    token = passwords.passwords["ana"]
    for properties in ({"token": token}, {"user": "ana", "password": token}, {"user": "token", "password": token}):
        java.connect("own", passwords.url, **properties)
        assert java.ask("query", "own", "select distinct region from orders.orders").rows == [("EU",)], properties.keys()
        java.ask("close", "own")


def test_a_credential_that_is_not_right_does_not_come_in(java, passwords):
    token = passwords.passwords["ana"]
    for properties in (
        {"user": "ana", "password": "correct horse batter"},
        {"user": "nobody", "password": "correct horse battery"},
        {"user": "tom", "password": "correct horse battery"},
        {"user": "stu", "password": token},
        {"token": token[:-1] + ("0" if token[-1] != "0" else "1")},
        {"token": "correct horse battery"},
    ):
        with pytest.raises(Failure) as refused:
            java.connect("own", passwords.url, **properties)
        assert refused.value.said == REFUSED, properties.keys()
    java.connect("own", passwords.url)
    missing = "no credential was given [WEFT-A003]\nHint: Send a user name with a password or token, or a token as Bearer."
    assert said(java, "query", "own", "select 1") == missing
    java.ask("close", "own")


def test_a_purpose_is_a_property_of_the_connection(java, demo, files):
    ((greatest,),) = files("select max(full_name) from 'MESH/customers/profiles.parquet'")
    sql = "select max(full_name) from customers.profiles"
    for purpose, clear in (("fraud", True), ("reporting", False)):
        java.connect("own", demo.url, user="fraud", password=demo.passwords["fraud"], purpose=purpose)
        ((seen,),) = java.ask("query", "own", sql).rows
        assert (seen == greatest) is clear and ("*" in seen) is not clear
        java.ask("close", "own")
    java.connect("own", demo.url, user="fraud", password=demo.passwords["fraud"], purpose="marketing")
    refusal = "purpose `marketing` is not permitted [WEFT-Q009]\nHint: Ask for a purpose that your credential lists."
    assert said(java, "query", "own", "select 1") == refusal
    java.ask("close", "own")


# --- what is listed ---------------------------------------------------------------------------------------------------
OWN = [("information_schema", name) for name in ("columns", "schemata", "tables")]
TABLES = {
    "outsider": [("inventory", "products"), ("inventory", "products_v1")],
    "marketer": [
        ("customer360", "customers"), ("customer360", "customers_v1"), ("customers", "profiles"), ("customers", "profiles_v1"),
        ("inventory", "products"), ("inventory", "products_v1"), ("inventory", "stock"), ("inventory", "stock_v1"),
        ("marketing", "campaigns"), ("marketing", "campaigns_v1"), ("marketing", "touches"), ("marketing", "touches_v1"),
        ("orders", "order_items"), ("orders", "order_items_v1"), ("orders", "orders"), ("orders", "orders_v1"),
        ("orders", "orders_v2"),
    ],
}


@pytest.mark.parametrize("persona", TABLES)
def test_domains_and_products_are_those_of_the_persona(jdbc, persona):
    tables = sorted(TABLES[persona] + OWN)
    domains = sorted({domain for domain, _ in tables})
    assert jdbc.ask("metadata", persona, "getCatalogs").rows == [("weft",)]
    assert jdbc.ask("metadata", persona, "getSchemas").rows == [(domain, "weft") for domain in domains]
    seen = jdbc.ask("metadata", persona, "getTables", None, None, "%", None)
    assert seen.pick("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME") == [("weft", *table) for table in tables]
    kinds = dict(seen.pick("TABLE_SCHEM", "TABLE_TYPE"))
    assert kinds.pop("information_schema") == "SYSTEM TABLE" and set(kinds.values()) == {"TABLE"}


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("weft", "orders", "ord%", "TABLE"), ["order_items", "order_items_v1", "orders", "orders_v1", "orders_v2"]),
        ((None, "orders", "order_", None), ["orders"]),
        ((None, "orders", "order\\_%", None), ["order_items", "order_items_v1"]),
        ((None, "%s", "profiles", None), ["profiles"]),
        ((None, None, "%", "SYSTEM TABLE"), ["columns", "schemata", "tables"]),
        ((None, "orders", "%", "VIEW"), []),
        ((None, "hr", "%", None), []),
        (("other", None, "%", None), []),
    ],
)
def test_products_are_found_by_patterns_and_kinds(jdbc, arguments, names):
    seen = jdbc.ask("metadata", "steward", "getTables", *arguments)
    assert [name for (name,) in (seen.pick("TABLE_NAME") if seen.rows else [])] == names


def test_domains_and_kinds_are_listed(jdbc):
    assert jdbc.ask("metadata", "analyst", "getSchemas", None, "ord%").rows == [("orders", "weft")]
    assert jdbc.ask("metadata", "analyst", "getSchemas", "weft", "h%").rows == []
    assert jdbc.ask("metadata", "analyst", "getTableTypes").rows == [("SYSTEM TABLE",), ("TABLE",), ("VIEW",)]


def columns(jdbc, persona, domain, table):
    seen = jdbc.ask("metadata", persona, "getColumns", None, domain, table, "%")
    return seen.pick("ORDINAL_POSITION", "COLUMN_NAME", "TYPE_NAME", "DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS", "IS_NULLABLE")


def test_columns_of_a_product(jdbc):
    """JDBC's numbers: 12 VARCHAR, 91 DATE, 2000 JAVA_OBJECT, 3 DECIMAL, -5 BIGINT."""
    text = ("VARCHAR", 12, 65536, None)
    seen = columns(jdbc, "steward", "customers", "profiles")
    address = "STRUCT<street VARCHAR, city VARCHAR, zip VARCHAR, country VARCHAR>"
    assert seen[:9] == [
        (1, "customer_id", *text, "NO"), (2, "full_name", *text, "YES"), (3, "email", *text, "YES"),
        (4, "phone", *text, "YES"), (5, "birth_date", "DATE", 91, 10, 0, "YES"),
        (6, "address", address, 2000, None, None, "YES"), (7, "region", *text, "NO"),
        (8, "loyalty_tier", *text, "YES"), (9, "credit_limit", "DECIMAL(12,2)", 3, 12, 2, "YES"),
    ]
    assert (seen[9][:3], seen[9][-1]) == ((10, "updated_at", "TIMESTAMP WITH TIME ZONE"), "NO")
    orders = columns(jdbc, "steward", "orders", "orders")
    assert orders[0] == (1, "order_id", "BIGINT", -5, 19, 0, "NO")
    assert orders[7] == (8, "metadata", "MAP<VARCHAR, VARCHAR>", 2000, None, None, "YES")
    remarks = jdbc.ask("metadata", "steward", "getColumns", None, "orders", "orders", "order_id").pick("COLUMN_NAME", "REMARKS")
    assert remarks == [("order_id", "Number of the order, ascending in time.")]


def test_columns_are_those_of_the_persona(jdbc):
    """A masked column promises no value; a hidden column is nowhere, and leaves no gap."""
    seen = {name: rest for _, name, *rest in columns(jdbc, "analyst", "customers", "profiles")}
    assert seen["customer_id"][-1] == "YES" and seen["region"][-1] == "NO"
    names = {persona: columns(jdbc, persona, "inventory", "products") for persona in ("outsider", "steward")}
    listed = {persona: [name for _, name, *_ in found] for persona, found in names.items()}
    assert [name for name in listed["steward"] if name != "unit_cost"] == listed["outsider"] != listed["steward"]
    assert [at for at, *_ in names["outsider"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert jdbc.ask("metadata", "outsider", "getColumns", None, "inventory", "products", "unit%").rows == []


def test_a_hidden_field_is_not_in_the_name_of_the_type(jdbc):
    seen = {name: rest for _, name, *rest in columns(jdbc, "analyst", "customers", "profiles")}
    assert seen["address"][0] == "STRUCT<city VARCHAR, zip VARCHAR, country VARCHAR>"


def test_primary_keys(jdbc):
    def key(persona, domain, table):
        return jdbc.ask("metadata", persona, "getPrimaryKeys", None, domain, table).rows

    profiles = [("weft", "customers", "profiles", "customer_id", 1, "profiles_pk")]
    assert key("steward", "customers", "profiles") == key("marketer", "customers", "profiles") == profiles
    assert key("outsider", "customers", "profiles") == key("outsider", "customers", "nothing") == []
    assert key("steward", "hr", "salaries") == key("steward", "hr", "nothing") == []


KEY = ("weft", "customers", "profiles", "customer_id", "weft", "orders", "orders", "customer_id", 1)


@pytest.mark.parametrize(
    "asked",
    [
        ("getImportedKeys", None, "orders", "orders"),
        ("getExportedKeys", None, "customers", "profiles"),
        ("getCrossReference", None, "customers", "profiles", None, "orders", "orders"),
    ],
)
def test_foreign_keys(jdbc, asked):
    seen = jdbc.ask("metadata", "steward", *asked)
    assert KEY in [row[:9] for row in seen.rows]


def test_foreign_keys_of_what_is_hidden(jdbc):
    for asked in (("getImportedKeys", None, "orders", "orders"), ("getExportedKeys", None, "customers", "profiles")):
        assert jdbc.ask("metadata", "outsider", *asked).rows == []


def test_facts_about_the_database(jdbc):
    facts = jdbc.ask("facts", "analyst")
    expected = {
        "getDatabaseProductName": "Weft",
        "getDriverVersion": "18.3.0",
        "getUserName": "analyst",
        "getSchemaTerm": "domain",
        "getCatalogTerm": "catalog",
        "getIdentifierQuoteString": '"',
        "getSearchStringEscape": "\\",
        "isReadOnly": True,
        "allTablesAreSelectable": True,
        "isCatalogAtStart": True,
        "supportsTransactions": False,
        "supportsBatchUpdates": False,
        "supportsSelectForUpdate": False,
        "supportsStoredProcedures": False,
        "supportsGroupBy": True,
        "supportsOuterJoins": True,
        "supportsFullOuterJoins": True,
        "supportsCorrelatedSubqueries": True,
        "supportsUnionAll": True,
        "supportsLikeEscapeClause": True,
        "supportsMinimumSQLGrammar": True,
        "supportsConvert": True,
        "supportsMixedCaseQuotedIdentifiers": True,
        "getDefaultTransactionIsolation": 0,
    }
    assert {name: facts[name] for name in expected} == expected
    assert "LIMIT" in facts["getSQLKeywords"].split(", ") and "SUBSTRING" in facts["getStringFunctions"].split(", ")
    assert [name for name, fact in facts.items() if isinstance(fact, dict)] == [], "a fact that throws"
    assert jdbc.ask("metadata", "analyst", "supportsConvert", 4, 12) is True
    assert jdbc.ask("metadata", "analyst", "supportsResultSetType", 1003) is True


# --- what is read -----------------------------------------------------------------------------------------------------
PROFILES = [
    ("customer_id", "VARCHAR", "java.lang.String"), ("full_name", "VARCHAR", "java.lang.String"),
    ("email", "VARCHAR", "java.lang.String"), ("phone", "VARCHAR", "java.lang.String"),
    ("birth_date", "DATE", "java.sql.Date"), ("address", "JAVA_OBJECT", "JsonStringHashMap"),
    ("region", "VARCHAR", "java.lang.String"), ("loyalty_tier", "VARCHAR", "java.lang.String"),
    ("credit_limit", "DECIMAL", "java.math.BigDecimal"),
    ("updated_at", "TIMESTAMP", "java.sql.Timestamp"),
]
ORDERS = [
    ("order_id", "BIGINT", "java.lang.Long"), ("customer_id", "VARCHAR", "java.lang.String"),
    ("region", "VARCHAR", "java.lang.String"), ("status", "VARCHAR", "java.lang.String"),
    ("total_amount", "DECIMAL", "java.math.BigDecimal"), ("currency", "VARCHAR", "java.lang.String"),
    ("created_at", "TIMESTAMP", "java.sql.Timestamp"),
    ("metadata", "JAVA_OBJECT", "JsonStringHashMap"),
]


def as_json(value):
    """A value of a file as Asker.java writes it."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.UTC) if value.tzinfo else value
        return value.strftime("%Y-%m-%dT%H:%M:%S") + (f".{value.microsecond:06}" if value.microsecond else "") + "Z"
    return value if value is None or isinstance(value, (int, dict)) else str(value)


@pytest.mark.parametrize(("column", "type_name", "class_name"), PROFILES)
def test_profiles_through_get_object(jdbc, files, column, type_name, class_name):
    read(jdbc, files, "customers.profiles", "customers/profiles.parquet", "customer_id", column, type_name, class_name)


@pytest.mark.parametrize(("column", "type_name", "class_name"), ORDERS)
def test_orders_through_get_object(jdbc, files, column, type_name, class_name):
    read(jdbc, files, "orders.orders", "orders-v2.parquet", "order_id", column, type_name, class_name)


def read(jdbc, files, table, path, key, column, type_name, class_name):
    """Two hundred values of a column, the first of them not NULL, are those of the file, of the right Java class."""
    where = f"where {key} >= (select min({key}) from {{}} where {column} is not null) order by {key} limit 200"
    expected = files(f"select {column} from 'MESH/{path}' " + where.format(f"'MESH/{path}'"))
    seen = jdbc.ask("query", "steward", f"select {column} from {table} " + where.format(table))
    assert seen.columns[0]["typeName"] == type_name and seen.classes[0].endswith(class_name)
    assert seen.rows == [(as_json(value),) for (value,) in expected]
    text = jdbc.ask("query", "steward", f"select {column} from {table} " + where.format(table), "text")
    assert [value is None for (value,) in text.rows] == [value is None for (value,) in expected]


def test_every_column_by_its_label(jdbc, files):
    """The way that works for timestamps with the driver as it is."""
    for table, path, key in (
        ("customers.profiles", "customers/profiles.parquet", "customer_id"),
        ("orders.orders", "orders-v2.parquet", "order_id"),
    ):
        expected = files(f"select * from 'MESH/{path}' order by {key} limit 100")
        seen = jdbc.ask("query", "steward", f"select * from {table} order by {key} limit 100", "label")
        assert seen.rows == [tuple(as_json(value) for value in row) for row in expected]


def test_a_masked_row_next_to_the_clear_one(jdbc, files):
    """The same hundred customers as the steward and as the analyst."""
    some = "from {} where region = 'EU' and email is not null order by updated_at"
    sql = f"select email, full_name, phone, birth_date, address {some.format('customers.profiles')} limit 100"
    clear, masked = (jdbc.ask("query", persona, sql).rows for persona in ("steward", "analyst"))
    first = f"select updated_at {some.format(PROFILES_FILE)} limit 101"
    assert files(f"select count(*) - count(distinct updated_at) from ({first})") == [(0,)], "the order must be total"
    assert len(clear) == 100
    for (email, name, phone, birth, address), row in zip(clear, masked, strict=True):
        hidden = len(name) - 1
        zip_code = address["zip"] if address else None
        assert row == (
            "***@" + email.split("@")[1],
            name[0] + "*" * hidden if hidden >= 4 else "*" * len(name),
            None if phone is None else "*" * (len(phone) - 2) + phone[-2:],
            None if birth is None else birth[:4] + "-01-01",
            None if address is None else {
                "city": address["city"],
                "zip": zip_code[:2] + "*" * (len(zip_code) - 2) if len(zip_code) >= 4 else "*" * len(zip_code),
                "country": address["country"],
            },
        )


def test_other_types_through_get_object(jdbc):
    values = {
        "true": "java.lang.Boolean", "cast(1 as tinyint)": "java.lang.Byte", "cast(2 as smallint)": "java.lang.Short",
        "cast(3 as int)": "java.lang.Integer", "4": "java.lang.Long", "cast(1.5 as float)": "java.lang.Double",
        "cast(2.5 as double)": "java.lang.Double", "x'0aff'": "[B", "make_array(1, null, 3)": "ArrowFlightJdbcArray",
        "cast('12:34:56' as time)": "ArrowFlightJdbcTime", "timestamp '2026-06-01 12:00:00.123456'": "java.sql.Timestamp",
    }
    seen = jdbc.ask("query", "outsider", "select " + ", ".join(f"{sql} as c{at}" for at, sql in enumerate(values)))
    assert [found.endswith(wanted) for found, wanted in zip(seen.classes, values.values(), strict=True)] == [True] * len(values)
    assert seen.rows == [(True, "1", "2", 3, 4, "1.5", "2.5", "0aff", [1, None, 3], "12:34:56", "2026-06-01T12:00:00.123456Z")]


def test_a_large_answer_may_be_left_early(jdbc):
    some = jdbc.ask("some", "steward", "select i.* from orders.order_items i, generate_series(1, 1000)", 10)
    assert len(some.rows) == 10
    assert jdbc.ask("query", "steward", "select count(*) from orders.order_items").rows == [(500_000,)]


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "kinds", "values", "condition"),
    [
        ("region = ?", ["Utf8"], ["string:EU"], "region = 'EU'"),
        ("region = ?", ["Utf8"], ["string:US"], "region = 'US'"),
        ("order_id < ?", ["Int(64, true)"], ["long:1050000"], "order_id < 1050000"),
        ("order_id < ?", ["Int(64, true)"], ["int:1050000"], "order_id < 1050000"),
        ("total_amount > ?", ["Decimal(12, 2, 128)"], ["decimal:100.00"], "total_amount > 100"),
        ("created_at >= ?", ["Timestamp(MILLISECOND, UTC)"], ["timestamp:2026-01-01 00:00:00"], "created_at >= timestamptz '2026-01-01 00:00:00+00'"),
        ("status = ?", ["Utf8"], ["null:12"], "false"),
        ("coalesce(status = ?, region = ?)", ["Utf8", "Utf8"], ["null:12", "string:EU"], "region = 'EU'"),
        ("region = $2 and order_id > $1", ["Int(64, true)", "Utf8"], ["long:1050000", "string:EU"], "region = 'EU' and order_id > 1050000"),
        (
            "status in (?, ?) and total_amount between ? and ?",
            ["Utf8", "Utf8", "Decimal(12, 2, 128)", "Decimal(12, 2, 128)"],
            ["string:SHIPPED", "string:DELIVERED", "decimal:10.00", "decimal:500.00"],
            "status in ('SHIPPED', 'DELIVERED') and total_amount between 10 and 500",
        ),
    ],
)
def test_parameters_as_two_personas(jdbc, files, where, kinds, values, condition):
    sql = f"select count(*), sum(total_amount) from orders.orders where {where}"
    for persona, seen in (("steward", "true"), ("analyst", "region = 'EU'")):
        found, answers = jdbc.prepared(persona, sql, values)
        expected = files(f"select count(*), sum(total_amount)::varchar from {ORDERS_FILE} where ({condition}) and {seen}")
        assert (found, answers) == (kinds, [expected])


def test_a_date_as_a_parameter_meets_the_masked_date(jdbc, files):
    sql = "select count(*) from customers.profiles where birth_date = ?"
    inside = "birth_date <> date_trunc('year', birth_date)"
    ((birth,),) = files(f"select birth_date from {PROFILES_FILE} where region = 'EU' and {inside} order by customer_id limit 1")
    first = f"date:{birth.year}-01-01"
    ((exact,),) = files(f"select count(*) from {PROFILES_FILE} where birth_date = '{birth}'")
    ((year,),) = files(f"select count(*) from {PROFILES_FILE} where region = 'EU' and year(birth_date) = {birth.year}")
    assert jdbc.prepared("steward", sql, [f"date:{birth}"]) == (["Date(DAY)"], [[(exact,)]])
    assert jdbc.prepared("analyst", sql, [f"date:{birth}"], [first]) == (["Date(DAY)"], [[(0,)], [(year,)]])


def test_a_statement_is_run_again_with_other_values(jdbc):
    sets = [[f"string:{region}"] for region in ("EU", "US", "XX", "APAC")]
    _, answers = jdbc.prepared("steward", "select distinct region from orders.orders where region = ?", *sets)
    assert answers == [[("EU",)], [("US",)], [], [("APAC",)]]


def test_a_parameter_as_a_column(jdbc):
    assert jdbc.prepared("outsider", "select ? as a, ? as b", ["string:x", "null:12"]) == (["Utf8", "Utf8"], [[("x", None)]])


@pytest.mark.parametrize(
    ("sql", "value", "row"),
    [("select cast(? as double) * 2", "double:1.25", "2.5"), ("select 1 limit ?", "long:5", 1), ("select coalesce(?, true)", "boolean:false", False)],
)
def test_a_parameter_has_the_type_its_place_asks_for(jdbc, sql, value, row):
    _, answers = jdbc.prepared("outsider", sql, [value])
    assert answers == [[(row,)]]


# --- what is refused --------------------------------------------------------------------------------------------------
def test_hidden_reads_as_missing(jdbc):
    for name in ("hr.salaries", "hr.nothing", "customers.profiles", "nowhere.nothing"):
        assert said(jdbc, "query", "outsider", f"select * from {name}") == missing_table(name)
        assert said(jdbc, "prepare", "outsider", f"select * from {name} where a = ?", "string:x") == missing_table(name)
        domain, table = name.split(".")
        assert jdbc.ask("metadata", "outsider", "getTables", None, domain, table, None).rows == []
        assert jdbc.ask("metadata", "outsider", "getColumns", None, domain, table, "%").rows == []
        assert jdbc.ask("metadata", "outsider", "getSchemas", None, domain).rows == []
    # What the outsider may see is there by the same calls.
    assert jdbc.ask("metadata", "outsider", "getTables", None, "inventory", "products", None).pick("TABLE_NAME") == [("products",)]


@pytest.mark.parametrize(
    ("verb", "sql", "text"),
    [
        ("query", "selec 1", "the SQL text does not parse: Expected: an SQL statement, found: selec at Line: 1, Column: 1 [WEFT-Q001]"),
        (
            "update", "delete from orders.orders",
            "DELETE as a statement is not supported at line 1, column 1 [WEFT-Q002]\n"
            "Hint: This server answers queries, EXPLAIN of queries, SHOW and DESCRIBE; a session's purpose, schema, time zone and "
            "`as_of` are set by the client as session options or headers.",
        ),
        ("query", "select nope from orders.orders", "no field named nope [WEFT-Q005]"),
        ("query", "select 1 / 0", "divide by zero error [WEFT-Q006]"),
    ],
)
def test_a_failure_says_what_the_server_says(jdbc, verb, sql, text):
    with pytest.raises(Failure) as caught:
        jdbc.ask(verb, "steward", sql)
    assert caught.value.said == text
    assert str(caught.value).startswith(f'Error while executing SQL "{sql}": {text}')
