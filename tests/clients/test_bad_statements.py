"""Statements that cannot be answered: what is wrong, and where; and statements made to hurt the server, which goes on."""

import pathlib
import re
import time

import pytest

from meshes import Mesh
from refusals import missing_table, refused
from servers import serving

CHAIN = (
    "a chain of more than 5000 tokens without a comma is not supported at PLACE [WEFT-Q002]\n"
    "Hint: Use IN (…) for many alternatives, or join with VALUES."
)
NESTING = (
    "nesting casts, arrays, negations and the like more than 12 deep is not supported at PLACE [WEFT-Q002]\n"
    "Hint: Name intermediate results in a WITH query."
)
LESS = "\nHint: Ask for less at once, in several statements."
PARTS = "a plan of more than 400 tables, subqueries and copies of WITH queries is not supported at PLACE [WEFT-Q002]" + LESS
SETS = "a GROUP BY of more than 1024 grouping sets is not supported at PLACE [WEFT-Q002]" + LESS
SYNTAX = "the SQL text does not parse: "
QUERIES = (
    "\nHint: This server answers queries, EXPLAIN of queries, SHOW and DESCRIBE; a session's purpose, schema, time zone and "
    "`as_of` are set by the client as session options or headers."
)
DEEP = SYNTAX + "recursion limit exceeded [WEFT-Q001]"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    mesh = Mesh(tmp_path_factory.mktemp("mesh"))
    mesh.product("shop", "good")
    mesh.data("data/shop/good.parquet")
    return mesh


@pytest.fixture(scope="module")
def server(mesh, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("server"), mesh.root, ["reader", "stranger"]) as server:
        yield server


def alike(server, sql):
    """How a statement is refused: the same for who may read and who may not, since it gets as far as neither's tables."""
    found = refused(server.rows, "reader", sql)
    assert found == refused(server.rows, "stranger", sql)
    return found


# --- what is wrong, and where -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("selec 1", "Expected: an SQL statement, found: selec at Line: 1, Column: 1"),
        ("select * form shop.good", "Expected: end of statement, found: form at Line: 1, Column: 10"),
        ("select id,, label from shop.good", "Expected: an expression, found: , at Line: 1, Column: 11"),
        ("select 1)", "Expected: end of statement, found: ) at Line: 1, Column: 9"),
        ("select count( from shop.good", "Expected: ), found: shop at Line: 1, Column: 20"),
        ("with a as (select 1 select 2", "Expected: ), found: select at Line: 1, Column: 21"),
        ("select * from shop..good", "Expected: identifier, found: . at Line: 1, Column: 20"),
        ("select\n  id\nfrom\n  shop.good g where g.id = = 2", "Expected: an expression, found: = at Line: 4, Column: 28"),
        ("select 'Łódź' from shop.good whre id = 1", "Expected: end of statement, found: id at Line: 1, Column: 35"),
        ("select 'abc", "Unterminated string literal at Line: 1, Column: 8"),
        ('select "abc', "Expected close delimiter '\"' before EOF. at Line: 1, Column: 8"),
        ("select /* x", "Unexpected EOF while in a multi-line comment at Line: 1, Column: 12"),
        ("select (1", "Expected: ), found: EOF"),
        ("select * from", "Expected: identifier, found: EOF"),
        ("explain select", "Expected: an expression, found: EOF"),
    ],
)
def test_text_that_does_not_parse(server, sql, says):
    found = alike(server, sql)
    assert (found.grpc, found.text) == ("InvalidArgument", f"{SYNTAX}{says} [WEFT-Q001]")


@pytest.mark.parametrize("sql", ["   ", "-- nothing", ";", "/* nothing */"])
def test_text_without_a_statement(server, sql):
    assert alike(server, sql).text == "the SQL text holds no statement [WEFT-Q001]"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select 1; select 2", "more than one statement in a request is not supported [WEFT-Q002]\nHint: Send one statement at a time."),
        ("insert into shop.good values (1)", "INSERT as a statement is not supported at line 1, column 1 [WEFT-Q002]" + QUERIES),
        ("update shop.good set id = 1", "UPDATE as a statement is not supported at line 1, column 1 [WEFT-Q002]" + QUERIES),
        ("delete from shop.good", "DELETE as a statement is not supported at line 1, column 1 [WEFT-Q002]" + QUERIES),
        ("drop table shop.good", "DROP as a statement is not supported [WEFT-Q002]" + QUERIES),
        ("set x = 1", "SET as a statement is not supported [WEFT-Q002]" + QUERIES),
        ("copy shop.good to '/tmp/x'", "this statement is not supported [WEFT-Q002]" + QUERIES),
        ("select * into t from shop.good", "SELECT … INTO is not supported at line 1, column 1 [WEFT-Q002]" + QUERIES),
        ("select * from a.b.c.d", "unsupported compound identifier 'a.b.c.d'. Expected 1, 2 or 3 parts, got 4 [WEFT-Q005]"),
        ("select * from good", "table `good` lacks its domain [WEFT-Q004]\nHint: Name the domain, as in `domain.good`."),
        ("select nothing(1)", "invalid function 'nothing' [WEFT-Q005]"),
        ("select 1 where 'a'", "cannot create filter with non-boolean predicate 'Utf8(\"a\")' returning Utf8 [WEFT-Q005]"),
        ("select 1 / 0", "divide by zero error [WEFT-Q006]"),
        ("select cast('a' as int)", "cast error: Cannot cast string 'a' to value of Int32 type [WEFT-Q006]"),
    ],
)
def test_statements_that_make_no_sense_here(server, sql, says):
    found = alike(server, sql)
    assert (found.grpc, found.text) == ("InvalidArgument", says)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select price from shop.good", "no field named price [WEFT-Q005]"),
        ("select g.price from shop.good g", "no field named g.price [WEFT-Q005]"),
        ("select id + label from shop.good", "cannot coerce arithmetic expression Int64 + Utf8View to valid types [WEFT-Q005]"),
        ("select (select id from shop.good)", "scalar subquery returned more than one row [WEFT-Q006]"),
        ("select * from shop.good, lateral (select 1) for update", None),
    ],
)
def test_statements_over_a_table(server, sql, says):
    """Who may read hears what is wrong; for the others the table comes first, and does not exist."""
    found = refused(server.rows, "reader", sql)
    if says is None:
        assert found.text.startswith("FOR UPDATE and FOR SHARE is not supported at line 1, column ")
        assert found == refused(server.rows, "stranger", sql)
        return
    assert (found.grpc, found.text) == ("InvalidArgument", says)
    hidden = refused(server.rows, "stranger", sql)
    assert (hidden.grpc, hidden.text) == ("NotFound", missing_table("shop.good"))
    assert hidden.named("shop.good") == refused(server.rows, "stranger", sql.replace("shop.good", "shop.none")).named("shop.none")


def test_mistakes_are_not_internal_errors(server):
    """What the planner itself calls an internal error is the statement's fault, and says so."""
    found = alike(server, "select true between 0 and 1")
    assert (found.grpc, found.text) == ("InvalidArgument", "failed to coerce types Boolean and Int64 in BETWEEN expression [WEFT-Q005]")
    ((now,),) = server.rows("reader", "select now() at time zone 'UTC' at time zone 'UTC'")
    assert abs(now.timestamp() - time.time()) < 60


# --- statements that are too much -------------------------------------------------------------------------------------
MIB = 1024 * 1024


def test_a_megabyte_of_text(server):
    """A text of exactly the limit is answered; one byte more is refused, in any form, before it is read."""
    text = "select length('{}')"
    fits = text.format("x" * (MIB - len(text) + 2))
    assert len(fits) == MIB
    assert server.rows("reader", fits) == [(MIB - len(text) + 2,)]
    for longer in (fits + " ", "(" * (MIB + 1), "x" * (2 * MIB)):
        found = alike(server, longer)
        assert (found.grpc, found.text) == ("InvalidArgument", "the SQL text exceeds limits.sql_bytes = 1048576 [WEFT-F006]")
    wide = "select id from shop.good where id in ({}) order by id".format(",".join(str(number) for number in range(100_000)))
    assert server.rows("reader", wide) == [(1,), (2,), (3,)]
    assert refused(server.rows, "stranger", wide).text == missing_table("shop.good")


def placed(text):
    """A refusal with its place taken out; that there is one is asserted."""
    place = re.search(r" at line (\d+), column (\d+)", text)
    assert place and int(place[1]) >= 1 and int(place[2]) >= 1, text
    return text.replace(place[0], " at PLACE")


@pytest.mark.parametrize("depth", [100, 1_000, 10_000, 400_000])
def test_nested_parentheses(server, depth):
    for sql in (f"select {'(' * depth}1{')' * depth}", f"select {'(' * depth}"):
        found = alike(server, sql)
        assert found.grpc == "InvalidArgument"
        assert found.text == DEEP or placed(found.text) == CHAIN
    assert server.rows("reader", "select " + "(" * 20 + "1" + ")" * 20) == [(1,)]


NESTED = {
    "functions": lambda depth: f"select {'abs(' * depth}1{')' * depth}",
    "signs": lambda depth: f"select {'- ' * depth}1",
    "subqueries": lambda depth: f"select id from {'(select id from ' * depth}shop.good{') x' * depth}",
    "exists": lambda depth: f"select 1 where {'exists (select 1 where ' * depth}true{')' * depth}",
    "joins": lambda depth: f"select 1 from {'(' * depth}shop.good{')' * depth}",
    "names": lambda depth: f"select {'x.' * depth}y",
    "cases": lambda depth: f"select {'case when true then ' * depth}1{' end' * depth}",
    "negations": lambda depth: f"select {'not ' * depth}true",
}


@pytest.mark.parametrize("shape", NESTED)
def test_other_things_that_nest(server, shape):
    for depth in (200, 2_000, 10_000):
        found = alike(server, NESTED[shape](depth))
        assert found.grpc == "InvalidArgument"
        assert found.text.startswith(SYNTAX) or placed(found.text) in (CHAIN, NESTING), found.text
    assert server.rows("reader", "select 1") == [(1,)]


CHAINS = {
    "sums": lambda links: "select " + "+".join(["1"] * links),
    "texts": lambda links: "select " + "||".join(["'a'"] * links),
    "or": lambda links: "select 1 where " + " or ".join(["true"] * links),
    "and": lambda links: "select id from shop.good where " + " and ".join(f"id <> {link}" for link in range(5, links + 5)),
    "casts": lambda links: "select 1" + "::int" * links,
    "nulls": lambda links: "select 1" + " is null" * links,
    "elements": lambda links: "select a" + "[1]" * links + " from (select make_array(1) a)",
    "unions": lambda links: " union all ".join(["select 1"] * links),
    "joins": lambda links: "select 1 from shop.good g0" + "".join(f" join shop.good g{link} on true" for link in range(1, links)),
}


@pytest.mark.parametrize("shape", CHAINS)
def test_chains(server, shape):
    """Trees as deep as the text is long, without one parenthesis."""
    for links in (6_000, 30_000):
        sql = CHAINS[shape](links)
        found = alike(server, sql)
        assert (found.grpc, placed(found.text)) == ("InvalidArgument", CHAIN)
    assert server.rows("reader", "select count(*) from shop.good") == [(3,)]


def resident(server):
    """Bytes of memory that the process holds."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def doubling(levels):
    """A kilobyte of text whose plan has 2 to the power of `levels` parts."""
    parts = [f"a{level} as (select * from a{level - 1} union all select * from a{level - 1})" for level in range(1, levels + 1)]
    return f"with a0 as (select 1 x), {', '.join(parts)} select count(*) from a{levels}"


def counted(count, part):
    return ", ".join(part.format(at=at, before=at - 1) for at in range(1, count))


LARGE = {
    "doubling": (doubling(18), PARTS),
    "a chain of CTEs": (f"with a0 as (select 1 x), {counted(10_000, 'a{at} as (select x from a{before})')} select x from a9999", PARTS),
    "a product of tables": (f"select 1 from {counted(10_000, '(select 1) g{at}')}", PARTS),
    "cube": (f"select count(*) from shop.good group by cube ({counted(18, 'id + {at}')})", SETS),
}


@pytest.fixture
def hurried(mesh, tmp_path):
    """A server of its own, for what may hurt one; its clients do not wait for ever."""
    limits = {"planning_time": 2, "statement_time": 3}
    announced = ["statements did not end within `server.drain`"]
    with serving(tmp_path, mesh.root, ["reader"], announced=announced, limits=limits, server={"drain": 1}) as server:
        timeouts = {f"adbc.flight.sql.rpc.timeout_seconds.{call}": "10" for call in ("query", "fetch", "update")}
        with server.connect("reader", **timeouts) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from shop.good")
            assert cursor.fetchall() == [(3,)]
            yield server, cursor


@pytest.mark.parametrize("shape", LARGE)
def test_small_texts_of_large_plans(hurried, shape):
    server, cursor = hurried
    sql, says = LARGE[shape]
    before = resident(server)
    found = refused(cursor.execute, sql)
    assert (found.grpc, placed(found.text)) == ("InvalidArgument", says)
    assert resident(server) - before < 300 * MIB


@pytest.mark.parametrize(
    ("sql", "function"),
    [
        ("select repeat('x', 1000000000)", "repeat"),
        ("select lpad('x', 2000000000)", "lpad"),
        ("select rpad('x', 2000000000, 'ab')", "rpad"),
        ("select array_repeat(1, 1000000000)", "array_repeat"),
        ("select range(1, 1000000000)", "range"),
        ("select count(*) from unnest(generate_series(1, 1000000000))", "generate_series"),
        ("select sum(length(repeat(label, 1000000))) from shop.good, generate_series(1, 1000)", "repeat"),
    ],
)
def test_functions_that_make_much_of_little(hurried, sql, function):
    server, cursor = hurried
    before = resident(server)
    found = refused(fetch, cursor, sql)
    assert (found.grpc, found.text) == (
        "ResourceExhausted",
        f"what `{function}` makes of one batch exceeds 67108864 bytes [WEFT-Q011]\n"
        "Hint: Ask for fewer rows or columns, or filter and aggregate before sorting and joining.",
    )
    assert resident(server) - before < 500 * MIB


def fetch(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchall()


def test_text_that_takes_for_ever_to_parse(hurried):
    server, cursor = hurried
    for _ in range(10):
        found = refused(cursor.execute, f"select {'array[' * 120}{']' * 120}")
        assert (found.grpc, placed(found.text)) == ("InvalidArgument", NESTING)
    assert fetch(cursor, "select 1") == [(1,)]


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="a product of large series keeps its thread past limit and cancellation")
def test_a_product_that_takes_for_ever_to_compute(hurried):
    server, cursor = hurried
    for _ in range(4):
        found = refused(fetch, cursor, "select count(*) from generate_series(1, 100000000) a, generate_series(1, 100000000) b")
        assert (found.grpc, found.text) == (
            "DeadlineExceeded",
            "the statement took longer than limits.statement_time = 3 s [WEFT-Q012]\n"
            "Hint: Ask for less at once, or ask the operators for more time.",
        )
    assert fetch(cursor, "select 1") == [(1,)]
