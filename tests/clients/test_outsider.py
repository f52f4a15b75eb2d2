"""What is hidden looks like what does not exist, through every door and down to the bytes of the error."""

import contextlib
import dataclasses
import re

import adbc_driver_manager
import pyarrow
import pyarrow.flight
import pytest

from commands import Flight, command
from refusals import missing_table, refusal, refused

# A product that nobody of the demo may read, a product others may read, one beside a product the outsider reads; and
# for each a name of the same length that does not exist.
NAMES = [
    ("hr.salaries", "hr.salariex"), ("customers.profiles", "customers.profilex"), ("inventory.stock", "inventory.stocx"),
    ("hr.salaries", "hq.salaries"),
]
PERSONAS = ("outsider", "analyst")
each_name = pytest.mark.parametrize(("hidden", "missing"), NAMES, ids=lambda name: name)


@pytest.fixture(scope="module")
def cursors(demo):
    """An ADBC cursor per persona."""
    with contextlib.ExitStack() as stack:
        yield {
            persona: stack.enter_context(stack.enter_context(demo.connect(persona)).cursor())
            for persona in (*PERSONAS, "steward", "marketer")
        }


@pytest.fixture(scope="module")
def flights(demo):
    """A plain Flight client per persona."""
    flights = {persona: Flight(demo, persona) for persona in (*PERSONAS, "steward")}
    yield flights
    for flight in flights.values():
        flight.close()


SUGGESTION = re.compile(r"\. Did you mean 'inventory\.products\.(\w+)'\?")
SEEN = {"product_id", "name", "category", "list_price", "weight_kg", "labels", "discontinued", "updated_at"}


def outcome(run, *arguments):
    """What comes back, whatever it is: rows, or how it was refused."""
    try:
        return run(*arguments)
    except adbc_driver_manager.Error as error:
        return refusal(error)


def fetched(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return cursor.fetch_arrow_table()


# --- statements -------------------------------------------------------------------------------------------------------
STATEMENTS = [
    "select * from {name}",
    "select * from weft.{name}",
    'select * from "{domain}"."{table}"',
    "select * from {name}_v1",
    "select * from {name}_v2",
    'select * from {domain}."{table}@1.0"',
    'select * from {domain}."{table}@1.0.0"',
    "select * from {name}__{table}",
    "select {column} from {name}",
    "select t.{column} from {name} t",
    "select {name}.{column} from {name}",
    "select {name}.{column} from inventory.products",
    "select count(*) from {name}",
    "select * from inventory.products where product_id in (select product_id from {name})",
    "select * from inventory.products where exists (select 1 from {name})",
    "select (select max({column}) from {name})",
    "select * from inventory.products p join {name} s on s.product_id = p.product_id",
    "select * from inventory.products natural join {name}",
    "with {table} as (select * from {name}) select * from {table}",
    "with recursive r as (select * from {name} union all select * from r where false) select * from r",
    "select * from inventory.products union all select * from {name}",
    "select * from (values (1)) v, lateral (select * from {name}) s",
    "select * from {name} limit 0",
    "select 1 where false and exists (select 1 from {name})",
    "explain select * from {name}",
    "explain analyze select * from {name}",
    "explain verbose select * from {name}",
    "describe {name}",
    "show columns from {name}",
    "show create table {name}",
    "table {name}",
    "select * from {name} for update",
    "select * from {name} tablesample (10)",
    "select * from {name} for system_time as of timestamp '2026-01-01 00:00:00'",
    "select '{name}'::regclass",
    "select * from {name} where {column} = $1",
]
COLUMNS = {"hr.salaries": "salary", "customers.profiles": "email", "inventory.stock": "on_hand"}


def spelled(template, name, column):
    domain, table = name.split(".")
    return template.format(name=name, domain=domain, table=table, column=column)


def renamed(answer, name):
    """The parts of an answer as text, with the typed name taken out."""
    domain, table = name.split(".")
    return [str(part).replace(name, "NAME").replace(table, "TABLE").replace(domain, "DOMAIN") for part in answer]


def blank(result, name):
    """The same with the typed name taken out."""
    domain, table = name.split(".")
    if isinstance(result, pyarrow.Table):
        return [renamed(row.values(), name) for row in result.to_pylist()]
    return result.named(name).named(table, "TABLE").named(domain, "DOMAIN")


@each_name
@pytest.mark.parametrize("template", STATEMENTS)
def test_a_statement(cursors, template, hidden, missing):
    column = COLUMNS[hidden]
    first = outcome(fetched, cursors["outsider"], spelled(template, hidden, column))
    second = outcome(fetched, cursors["outsider"], spelled(template, missing, column))
    assert blank(first, hidden) == blank(second, missing)


def test_a_statement_by_those_who_may_read(cursors):
    """The doors themselves are open: most of these statements are answered to who may read the table."""
    answered = [
        template for template in STATEMENTS
        if isinstance(outcome(fetched, cursors["steward"], spelled(template, "inventory.stock", "on_hand")), pyarrow.Table)
    ]
    assert len(answered) > 15 and "select * from {name}_v1" in answered and 'select * from {domain}."{table}@1.0"' in answered


@each_name
def test_the_words_are_those_for_a_missing_table(cursors, hidden, missing):
    for name in (hidden, missing):
        found = refused(fetched, cursors["outsider"], f"select * from {name}")
        assert (found.grpc, found.text) == ("NotFound", missing_table(name))


def test_salaries_do_not_exist_for_staff_either(cursors):
    """hr itself lets staff read; the board denies it, and that must not show."""
    for template in STATEMENTS:
        first = outcome(fetched, cursors["analyst"], spelled(template, "hr.salaries", "salary"))
        second = outcome(fetched, cursors["analyst"], spelled(template, "hr.salariex", "salary"))
        assert blank(first, "hr.salaries") == blank(second, "hr.salariex"), template


def test_prepared_and_described(cursors):
    for run in (
        lambda cursor, sql: cursor.adbc_prepare(sql),
        lambda cursor, sql: cursor.adbc_execute_schema(sql),
        lambda cursor, sql: cursor.adbc_execute_partitions(sql),
        lambda cursor, sql: fetched(cursor, sql + " where employee_id = ?", ("E1",)),
        lambda cursor, sql: cursor.executemany(sql + " where employee_id = ?", [("E1",), ("E2",)]),
    ):
        found = [refused(run, cursors["outsider"], f"select * from {name}").named(name) for name in ("hr.salaries", "hr.salariex")]
        assert found[0] == found[1] and found[0].text == missing_table("NAME")


# --- hidden columns ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "template",
    [
        "select {column} from inventory.products",
        "select p.{column} from inventory.products p",
        "select products.{column} from inventory.products",
        "select inventory.products.{column} from inventory.products",
        "select weft.inventory.products.{column} from inventory.products",
        "select count(*) from inventory.products where {column} > 10",
        "select count({column}) from inventory.products",
        "select name from inventory.products order by {column}",
        "select count(*) from inventory.products group by {column}",
        "select name from inventory.products group by name having max({column}) > 1",
        "select sum(list_price) over (partition by {column}) from inventory.products",
        "select a.name from inventory.products a join inventory.products b using ({column})",
        "select a.name from inventory.products a join inventory.products b on a.{column} = b.{column}",
        "select * exclude ({column}) from inventory.products",
        "select * replace (1 as {column}) from inventory.products",
        "select (select {column}) from inventory.products",
        "select name from inventory.products where exists (select 1 where {column} > 0)",
        "select p['{column}'] from inventory.products p",
        "with p (a) as (select {column} from inventory.products) select * from p",
        "explain select {column} from inventory.products",
        "select {column} from inventory.products_v1",
        "select {column} from inventory.products where name = $1",
    ],
)
def test_a_hidden_column(cursors, template):
    found = []
    for column in ("unit_cost", "unit_cosx"):
        one = outcome(fetched, cursors["outsider"], template.format(column=column))
        if isinstance(one, pyarrow.Table):
            # A list of replacements that names a column nobody has is passed over.
            assert "replace" in template and column not in one.schema.names
            found.append(one)
        else:
            # The nearest name is among those the caller sees, and differs with what was typed.
            found.append(dataclasses.replace(one.named(column), text=SUGGESTION.sub("", one.named(column).text)))
            assert set(SUGGESTION.findall(one.text)) <= SEEN
    assert found[0] == found[1]


def test_a_hidden_column_is_in_no_listing(cursors, flights):
    everything = fetched(cursors["outsider"], "select * from inventory.products limit 1").schema.names
    assert "unit_cost" not in everything and len(everything) == 8
    sql = "select column_name, ordinal_position from information_schema.columns where table_name = 'products' order by 2"
    listed = fetched(cursors["outsider"], sql)
    assert listed.to_pydict() == {"column_name": everything, "ordinal_position": list(range(1, 9))}
    plan = str(fetched(cursors["outsider"], "explain select * from inventory.products").to_pylist())
    assert "unit_cost" not in plan and "list_price" in plan
    found = flights["outsider"].rows(command("CommandGetTables", _3="products", _5=True))
    schemas = [pyarrow.ipc.read_schema(pyarrow.py_buffer(row["table_schema"])) for row in found]
    assert [schema.names for schema in schemas] == [everything]
    assert b"unit_cost" not in b"".join(row["table_schema"] for row in found)
    clear = flights["steward"].rows(command("CommandGetTables", _3="products", _5=True))
    assert b"unit_cost" in b"".join(row["table_schema"] for row in clear)


def test_a_hidden_field_of_a_struct(cursors):
    for template in (
        "select address['{field}'] from customers.profiles",
        "select address.{field} from customers.profiles",
        "select count(*) from customers.profiles where address['{field}'] = 'x'",
        "select struct_extract(address, '{field}') from customers.profiles",
    ):
        found = [outcome(fetched, cursors["analyst"], template.format(field=field)) for field in ("street", "streex")]
        assert found[0].named("street") == found[1].named("streex"), template
    address = fetched(cursors["analyst"], "select address from customers.profiles limit 5").schema.field("address").type
    assert [field.name for field in address] == ["city", "zip", "country"]
    sql = "select data_type from information_schema.columns where column_name = 'address'"
    listed = fetched(cursors["analyst"], sql).to_pylist()
    assert listed and all("street" not in row["data_type"] for row in listed)


# --- plain Flight -----------------------------------------------------------------------------------------------------
@each_name
def test_descriptors(flights, hidden, missing):
    def answers(name):
        domain, table = name.split(".")
        descriptors = [
            pyarrow.flight.FlightDescriptor.for_command(f"select * from {name}".encode()),
            pyarrow.flight.FlightDescriptor.for_command(command("CommandStatementQuery", _1=f"select * from {name}")),
            pyarrow.flight.FlightDescriptor.for_path(domain, table),
            pyarrow.flight.FlightDescriptor.for_path("weft", domain, table),
            pyarrow.flight.FlightDescriptor.for_path(domain, table + "_v1"),
            pyarrow.flight.FlightDescriptor.for_path(domain, table + "@1.0"),
            pyarrow.flight.FlightDescriptor.for_path(table, domain),
        ]
        outsider = flights["outsider"]
        return [renamed(answer, name) for one in descriptors for answer in (outsider.answer(one), outsider.schema(one))]

    found = answers(hidden)
    assert found == answers(missing)
    assert all("does not exist [WEFT-Q003]" in str(answer) for answer in found)


@each_name
def test_metadata_commands(flights, hidden, missing):
    """Questions about the table answer as if there were none: same schema, counts and rows, tickets of one length."""

    def answers(name):
        domain, table = name.split(".")
        questions = [
            command("CommandGetDbSchemas", _2=domain),
            command("CommandGetDbSchemas", _1="weft", _2=domain[:1] + "%"),
            command("CommandGetTables", _1="weft", _2=domain, _3=table),
            command("CommandGetTables", _1="weft", _2=domain, _3=table, _5=True),
            command("CommandGetTables", _2=domain, _3=table[:-1] + "_", _4=["TABLE"]),
            command("CommandGetTables", _3=table + "%", _5=True),
            command("CommandGetPrimaryKeys", _1="weft", _2=domain, _3=table),
            command("CommandGetPrimaryKeys", _3=table),
            command("CommandGetImportedKeys", _1="weft", _2=domain, _3=table),
            command("CommandGetExportedKeys", _1="weft", _2=domain, _3=table),
            command("CommandGetCrossReference", _1="weft", _2=domain, _3=table, _4="weft", _5="inventory", _6="products"),
            command("CommandGetCrossReference", _1="weft", _2="inventory", _3="products", _4="weft", _5=domain, _6=table),
        ]
        return [renamed(flights["outsider"].answer(pyarrow.flight.FlightDescriptor.for_command(one)), name) for one in questions]

    found = answers(hidden)
    assert found == answers(missing)
    if not hidden.startswith("inventory"):
        assert all(answer[-1] == "[]" for answer in found), "rows where there must be none"


def test_metadata_commands_by_those_who_may_read(flights):
    """The same questions have answers where the table may be seen."""
    steward = flights["steward"]
    assert [row["table_name"] for row in steward.rows(command("CommandGetTables", _2="customers", _3="profiles", _5=True))] == ["profiles"]
    assert [row["column_name"] for row in steward.rows(command("CommandGetPrimaryKeys", _2="customers", _3="profiles"))] == ["customer_id"]
    keys = steward.rows(command("CommandGetImportedKeys", _2="orders", _3="orders"))
    assert {(row["pk_table_name"], row["pk_column_name"], row["fk_column_name"]) for row in keys} == {("profiles", "customer_id", "customer_id")}
    exported = steward.rows(command("CommandGetExportedKeys", _2="customers", _3="profiles"))
    assert ("orders", "orders") in {(row["fk_db_schema_name"], row["fk_table_name"]) for row in exported}
    cross = steward.rows(command("CommandGetCrossReference", _2="customers", _3="profiles", _5="orders", _6="orders"))
    assert [row["fk_column_name"] for row in cross] == ["customer_id"]


def test_a_key_is_listed_when_both_its_ends_are_visible(flights):
    """The analyst reads both tables and sees tokens of one domain on both sides; nothing points at what is hidden."""
    for persona in PERSONAS:
        for name in ("orders", "order_items", "touches", "payments", "stock", "salaries"):
            rows = flights[persona].rows(command("CommandGetImportedKeys", _3=name))
            assert not {row["pk_db_schema_name"] for row in rows} & {"hr"}
            assert persona == "analyst" or rows == []


@each_name
def test_information_schema(cursors, hidden, missing):
    def answers(name):
        domain, table = name.split(".")
        return [
            outcome(fetched, cursors["outsider"], sql).to_pylist()
            for sql in (
                (
                    f"select count(*) n from information_schema.tables where table_schema = '{domain}' "
                    f"and table_name like '{table}%'"
                ),
                f"select * from information_schema.tables where table_name = '{table}'",
                f"select * from information_schema.columns where table_name like '{table}%'",
                f"select count(*) n from information_schema.schemata where schema_name = '{domain}'",
            )
        ]

    assert answers(hidden) == answers(missing)


def test_nothing_hidden_is_named_in_any_listing(cursors, flights):
    """Everything the outsider can list, in one text: no name of what is hidden in it."""
    text = ""
    for table in ("tables", "columns", "schemata"):
        text += str(fetched(cursors["outsider"], f"select * from information_schema.{table}").to_pylist())
    for one in (command("CommandGetCatalogs"), command("CommandGetDbSchemas"), command("CommandGetTables", _5=True)):
        text += str(flights["outsider"].rows(one))
    text += str([info.descriptor.path for info in flights["outsider"].client.list_flights(b"", flights["outsider"].options)])
    for word in ("salar", "hr", "profiles", "stock", "unit_cost", "customers", "orders", "marketing", "finance", "payments"):
        assert f"'{word}" not in text and f"{word}'" not in text, word
    assert "'products" in text
