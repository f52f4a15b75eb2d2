"""What a REST catalog withholds of a table: from nobody, from everybody who reads through Weft, or from each caller as it says."""

import concurrent.futures
import datetime
import decimal
import hashlib
import json
import re
import time

import pyarrow as pa
import pyarrow.flight
import pytest

import rest_catalogs
from catalogued import ENVIRONMENT, Catalogued, client, fields, plain, why
from commands import Flight
from iceberg_table import NO_TABLE
from meshes import USERS
from reading import plain as told
from refusals import missing_table, refused
from withheld import AMOUNT, COLUMNS, DAY, FLAG, ID, MOMENT, N, NAME, PRICE, REGION, ROWS, TAGS, WALL, asks, both, compare, no, one_of, only, ref

LOAD = r"^GET /v1/namespaces/[^/]+/tables/[^/]+$"
IDS = "select id from d.p order by id"
CLOSED = re.compile(r"WEFT-(Q007|G001|G003|G004)\]")
UNSAID = "table `shop.t` of catalog `prod`: the catalog restricts reads in a way that is not enforced: they are meant for Weft itself, and nobody said that they hold for whoever reads through it"
CANARY = "CANARY-of-a-filter"
ALL = [1, 2, 3, 4, 5, 6]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """`shop.t`, in two files, of which a row is NULL in every column but its key."""
    home = tmp_path_factory.mktemp("catalog")
    (home / "warehouse").mkdir()
    with rest_catalogs.catalog(home) as server:
        rest = client(server)
        rest.create_namespace("shop")
        table = rest.create_table("shop.t", pa.schema(list(COLUMNS.items())))
        for half in (ROWS[:3], ROWS[3:]):
            table.append(pa.Table.from_pylist(half, table.schema().as_arrow()))
        server.fields = fields(table)
        yield server


@pytest.fixture
def proxy(catalog):
    with rest_catalogs.proxied(catalog.port) as proxy:
        yield proxy


@pytest.fixture
def own(catalog, proxy, tmp_path):
    own = Catalogued(tmp_path, catalog, url=proxy.url, restrictions="service")
    own.product("t", catalog.fields)
    return own


# For Weft, and so for nobody.


def test_a_table_with_restrictions_is_not_read_unasked(own, proxy):
    """Which is so where nothing else is said, for everybody, and for the whole table."""
    own.catalog.pop("restrictions")
    for restrictions in ({"required-row-filter": compare("eq", REGION, CANARY)}, {"required-column-projections": [{"field-id": NAME, "action": "show-last-4"}]}, {"required-row-filter": False}):
        proxy.additions.clear()
        proxy.add("shop.t", restrictions=restrictions)
        for sql in (IDS, "select count(*) as n from d.p", "select n from d.p where false"):
            assert why(own.ask(sql)) == UNSAID
        assert own.ask(IDS, user="stranger") == NO_TABLE
        code, out, _ = own.judged()
        assert code == 1 and f"error[WEFT-S016]: `d.p` 1.0.0 cannot be opened: {UNSAID}\n" in out, out
    proxy.additions.clear()
    assert own.ask(IDS) == [{"id": at} for at in ALL]


NOTHING = [None, {}, {"required-row-filter": None}, {"required-row-filter": True}, {"required-column-projections": []}, {"required-row-filter": None, "required-column-projections": None}]


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("meant", ["refuse", "service"])
def test_restrictions_that_restrict_nothing(nothing, meant, own, proxy):
    own.catalog["restrictions"] = meant
    proxy.change(LOAD, lambda answer, _: {**answer, "read-restrictions": nothing})
    assert own.ask(IDS) == [{"id": at} for at in ALL]


# For Weft, and so for everybody.


FILTERS = [
    (True, ALL),
    (False, []),
    (compare("eq", REGION, "EU"), [1]),
    ({"type": "eq", "left": "EU", "right": ref(REGION)}, [1]),
    (compare("eq", REGION, {"type": "literal", "value": "EU"}), [1]),
    (compare("eq", REGION, {"type": "literal", "value": "EU", "data-type": "string"}), [1]),
    (compare("eq", REGION, "' or true --"), []),
    # Where NULL is no value that differs, it is lost; here it is not.
    (compare("not-eq", REGION, "EU"), [2, 3, 4, 5, 6]),
    (no(compare("eq", REGION, "EU")), [2, 3, 4, 5, 6]),
    (no(compare("not-eq", REGION, "EU")), [1]),
    (one_of("in", REGION, "EU", ""), [1, 5]),
    (one_of("not-in", REGION, "EU", ""), [2, 3, 4, 6]),
    (no(one_of("in", REGION, "EU", "")), [2, 3, 4, 6]),
    (no(one_of("not-in", REGION, "EU", "")), [1, 5]),
    ({"type": "in", "child": ref(N), "values": {"type": "literals", "values": [10, 20], "data-type": "int"}}, [1, 2]),
    (one_of("in", REGION), []),
    (one_of("not-in", REGION), ALL),
    (compare("starts-with", REGION, "EU"), [1, 4]),
    (compare("not-starts-with", REGION, "EU"), [2, 3, 5, 6]),
    (no(compare("starts-with", REGION, "EU")), [2, 3, 5, 6]),
    (compare("starts-with", REGION, "E%"), []),
    (compare("starts-with", REGION, "E_"), []),
    (asks("is-null", REGION), [3]),
    (asks("not-null", REGION), [1, 2, 4, 5, 6]),
    (no(asks("is-null", REGION)), [1, 2, 4, 5, 6]),
    # An order has no place for NULL, whichever way it is asked about.
    (compare("lt", N, 10), [4, 5]),
    (compare("lt-eq", N, 10), [1, 4, 5]),
    (compare("gt", N, 10), [2, 6]),
    (compare("gt-eq", N, 10), [1, 2, 6]),
    (no(compare("lt", N, 10)), [1, 2, 6]),
    (no(compare("gt-eq", N, 10)), [4, 5]),
    (no(no(compare("lt", N, 10))), [4, 5]),
    ({"type": "lt", "left": 10, "right": ref(N)}, [2, 6]),
    (both("or", compare("lt", N, 0), no(compare("lt", N, 0))), [1, 2, 4, 5, 6]),
    (both("and", compare("not-eq", REGION, "EU"), compare("gt", N, 0)), [2, 6]),
    (both("or", asks("is-null", REGION), compare("eq", REGION, "US")), [2, 3]),
    (no(both("or", asks("is-null", REGION), compare("eq", REGION, "US"))), [1, 4, 5, 6]),
    (no(both("and", compare("not-eq", REGION, "EU"), compare("not-eq", N, 20))), [1, 2]),
    (both("and", True, both("or", False, compare("eq", ID, 5))), [5]),
    (compare("eq", AMOUNT, "14.20"), [2]),
    (compare("lt", AMOUNT, "0.00"), [4]),
    (compare("lt", DAY, "1970-01-01"), [1]),
    (compare("gt-eq", DAY, {"type": "literal", "value": "2026-02-28", "data-type": "date"}), [4, 6]),
    (compare("eq", WALL, "1987-06-05T04:03:02.000000"), [2]),
    (compare("lt", WALL, "1970-01-01T00:00:00"), [1]),
    (compare("eq", MOMENT, "1987-06-05T04:03:02.000000+00:00"), [2]),
    (compare("eq", FLAG, True), [1, 4, 6]),
    (compare("not-eq", FLAG, True), [2, 3, 5]),
]


def test_rows_that_every_filter_keeps(own, proxy):
    """No clause, aggregate or join sees another row; nobody else's rows are more."""
    with own.served() as server:
        for rows, ids in FILTERS:
            only(proxy, rows)
            kept = [(at,) for at in ids]
            assert server.rows("reader", IDS) == kept, rows
            counted = "select count(*), min(id), max(id), sum(case when region = 'US' then 1 else 0 end) from d.p where region is null or n <= 10 or true"
            assert server.rows("reader", counted) == [(len(ids), min(ids, default=None), max(ids, default=None), int(2 in ids) if ids else None)], rows
            assert server.rows("reader", "select a.id from d.p a join d.p b on a.id = b.id order by 1") == kept, rows
        assert refused(server.rows, "stranger", IDS).text == missing_table("d.p")


def alphanum(text):
    return "".join("n" if one in "0123456789" else one if one in "(),.-@" else "x" for one in text)


def digest(data):
    return hashlib.sha256(data).digest()


def moved(value, **to):
    return value.replace(**to, **({"hour": 0, "minute": 0, "second": 0, "microsecond": 0} if isinstance(value, datetime.datetime) else {}))


EPOCH = datetime.datetime(1970, 1, 1)
FIXED = {"name": "XXXXXXXX", "n": 0, "id": 0, "amount": decimal.Decimal("0.00"), "day": EPOCH.date(), "wall": EPOCH, "moment": EPOCH.replace(tzinfo=datetime.UTC), "flag": False, "price": 0.0, "raw": b"", "tags": []}
ACTIONS = {
    "mask-alphanum": {"name": alphanum},
    "show-first-4": {"name": lambda value: value[:4] + alphanum(value[4:])},
    "show-last-4": {"name": lambda value: alphanum(value[:-4]) + value[-4:]},
    "replace-with-null": dict.fromkeys(COLUMNS, lambda _: None),
    "truncate-to-year": dict.fromkeys(("day", "wall", "moment"), lambda value: moved(value, month=1, day=1)),
    "truncate-to-month": dict.fromkeys(("day", "wall", "moment"), lambda value: moved(value, day=1)),
    "sha-256-global": {
        "name": lambda value: digest(value.encode()).hex(),
        "n": lambda value: int.from_bytes(digest(value.to_bytes(4, "little", signed=True))[:4], "little", signed=True),
        "id": lambda value: int.from_bytes(digest(value.to_bytes(8, "little", signed=True))[:8], "little", signed=True),
        "raw": digest,
    },
}  # fmt: skip
SHOWN = [(action, name, [None if row[name] is None else show(row[name]) for row in ROWS]) for action, columns in ACTIONS.items() for name, show in columns.items()]
SHOWN += [("mask-to-fixed-value", name, [value] * len(ROWS)) for name, value in FIXED.items()]


def spelled(values):
    """In an order that has a place for everything."""
    return sorted(repr(told(value)) for value in values)


def test_what_every_action_shows(own, proxy):
    """In the column that it is on, in each clause, and nowhere else."""
    with own.served() as server:
        for action, name, shown in SHOWN:
            only(proxy, **{name: action})
            wanted = [{**row, name: value} for row, value in zip(ROWS, shown)]
            assert spelled(server.rows("reader", "select * from d.p")) == spelled(tuple(row[one] for one in COLUMNS) for row in wanted), (action, name)
            assert server.rows("reader", f"select count(*) from d.p where {name} is not null") == [(len(shown) - shown.count(None),)], (action, name)


def test_masks_of_a_catalog_hold_in_every_clause(own, proxy):
    only(proxy, name="show-first-4", n="replace-with-null", day="truncate-to-year")
    for sql, rows in (
        ("select count(*) as c from d.p where name = 'DE0212030000'", [{"c": 0}]),
        ("select id from d.p where name = 'DE02nnnnnnnn'", [{"id": 2}]),
        ("select max(name) as m, count(distinct n) as c from d.p where id = 2", [{"m": "DE02nnnnnnnn", "c": 0}]),
        ("select id from d.p where n = 20 or n is null and id = 1", [{"id": 1}]),
        ("select a.id from d.p a join (select 'DE0212030000' as name union all select 'abc') b on a.name = b.name", [{"id": 5}]),
        ("select id from d.p where day = date '1987-01-01'", [{"id": 2}]),
        ("select id from d.p where day > date '2026-01-01' order by id", [{"id": 6}]),
        ("select id from d.p order by n, id limit 2", [{"id": 1}, {"id": 2}]),
        ("select length(name) as l, upper(name) as u from d.p where id = 1", [{"l": 6, "u": "ZOË-NN"}]),
    ):
        assert own.ask(sql) == rows, sql


def test_hashes_of_one_query(own, proxy):
    """Are equal where values are, and are those of no other query."""
    only(proxy, name="sha-256-query-local")
    with own.served() as server:
        first, second = (dict(server.rows("reader", "select id, name from d.p")) for _ in range(2))
        assert first[3] is None and all(re.fullmatch("[0-9a-f]{64}", value) for key, value in first.items() if key != 3)
        assert not set(first.values()) - {None} & set(second.values()) and digest("abc".encode()).hex() not in (first[5], second[5])
        assert server.rows("reader", "select count(*) from d.p a join d.p b on a.name = b.name") == [(5,)]
        assert len({name for (name,) in server.rows("reader", "select name from d.p union all select name from d.p")}) == 6


DEEP = compare("eq", REGION, "EU")
for _ in range(200):
    DEEP = no(DEEP)
UNKNOWN = {
    "rows by name": {"required-row-filter": {"type": "eq", "left": {"type": "reference", "name": "region"}, "right": "EU"}},
    "rows by an old term": {"required-row-filter": {"type": "eq", "term": "region", "value": "EU"}},
    "rows by a function": {"required-row-filter": {"type": "eq", "left": {"type": "apply", "function": "year", "arguments": [ref(DAY)]}, "right": 2026}},
    "an unknown condition": {"required-row-filter": {"type": "between", "child": ref(N), "values": [1, 2]}},
    "nothing known, negated": {"required-row-filter": no({"type": "sometimes"})},
    "nothing known, beside what is": {"required-row-filter": both("or", compare("eq", REGION, "EU"), {"type": "sometimes"})},
    "a comparison with null": {"required-row-filter": compare("eq", REGION, None)},
    "a column that is not there": {"required-row-filter": compare("eq", 99, "EU")},
    "two columns": {"required-row-filter": compare("eq", REGION, ref(NAME))},
    "another type": {"required-row-filter": compare("eq", N, "ten")},
    "a number that is none": {"required-row-filter": compare("eq", N, 1.5)},
    "a float": {"required-row-filter": compare("lt", PRICE, 1.5)},
    "not a number": {"required-row-filter": asks("is-nan", PRICE)},
    "a list": {"required-row-filter": compare("eq", TAGS, "t0")},
    "depth": {"required-row-filter": DEEP},
    "a text": {"required-row-filter": "region = 'EU'"},
    "more members": {"required-row-filter": {**compare("eq", REGION, "EU"), "case": "lower"}},
    "an unknown member": {"required-join": True},
    "no object": ["required-row-filter"],
    "a number": 5,
    "an unknown action": {"required-column-projections": [{"field-id": NAME, "action": "mask-upper"}]},
    "another spelling": {"required-column-projections": [{"field-id": NAME, "action": "MASK-ALPHANUM"}]},
    "an action with more": {"required-column-projections": [{"field-id": NAME, "action": "show-first-4", "expression": True}]},
    "an action on no column": {"required-column-projections": [{"field-id": 99, "action": "replace-with-null"}]},
    "an action on what a list holds": {"required-column-projections": [{"field-id": 13, "action": "replace-with-null"}]},
    "an action on another type": {"required-column-projections": [{"field-id": N, "action": "mask-alphanum"}]},
    "a year of a text": {"required-column-projections": [{"field-id": NAME, "action": "truncate-to-year"}]},
    "a column twice": {"required-column-projections": [{"field-id": NAME, "action": "show-first-4"}, {"field-id": NAME, "action": "show-first-4"}]},
    "projections that are none": {"required-column-projections": {"field-id": NAME}},
}  # fmt: skip


def test_what_is_not_understood_closes_the_table(own, proxy):
    """Also for who asks for nothing that it is on."""
    proxy.etags = None
    with own.served(announced=["catalog", "d.p", "cannot be"]) as server:
        for name, restrictions in UNKNOWN.items():
            proxy.additions.clear()
            proxy.change(LOAD, lambda answer, _, restrictions=restrictions: {**answer, "read-restrictions": restrictions})
            for sql in (IDS, "select count(*) from d.p"):
                said = refused(server.rows, "reader", sql)
                assert CLOSED.search(said.text) and "EU" not in said.text, (name, said)
            assert refused(server.rows, "stranger", IDS).text == missing_table("d.p"), name
            proxy.changes.clear()
            assert server.rows("reader", IDS) == [(at,) for at in ALL], name


def test_a_contract_without_the_column_that_is_asked_about(own, proxy, catalog):
    """Nothing is kept or shown by a column that is not read."""
    own.product("t", [one for one in catalog.fields if one["name"] in ("id", "name")])
    only(proxy, compare("eq", ID, 2), name="show-last-4")
    assert own.ask("select * from d.p") == [{"id": 2, "name": "xxnnnnnn0000"}]
    only(proxy, compare("eq", REGION, "EU"))
    assert CLOSED.search(own.ask("select * from d.p"))
    only(proxy, n="replace-with-null")
    assert own.ask("select count(*) as n from d.p") == [{"n": len(ROWS)}]


def test_policy_and_catalog_together(own, proxy):
    """Rows that both let through; columns by the stricter of both; what policy hides stays hidden."""
    rules = [
        '{id: others-read-some, match: {product: "d.*"}, to: {groups: [others]}, allow: read, rows: "n > 0 and n < 100"}',
        '{id: names, match: {product: d.p, column: name}, mask: {action: show_first_4}}',
        '{id: amounts, match: {product: d.p, column: amount}, hide: true}',
        '{id: regions, match: {product: d.p, column: region}, mask: {action: "null"}}',
        '{id: readers-see-all, match: {product: d.p, column: [name, amount, region]}, to: {groups: [readers]}, clear: true}',
    ]  # fmt: skip
    own.product("t", own.server.fields, rules=rules)
    own.mesh.write("users.yaml", USERS + "  - {name: other, groups: [others], roles: [], purposes: [], attributes: {}}\n")
    only(proxy, compare("not-eq", ID, 2), name="show-first-4", region="mask-alphanum")
    sql = "select id, name, region from d.p where id < 3 order by id"
    assert own.ask(sql) == [{"id": 1, "name": "Zoë-nn", "region": "xx"}]
    assert own.ask(IDS) == [{"id": at} for at in (1, 3, 4, 5, 6)]
    assert own.ask(sql, user="other") == [{"id": 1, "name": "Zoë-nn", "region": None}]
    assert own.ask(IDS, user="other") == [{"id": 1}]
    assert "amount" in own.ask("select amount from d.p", user="other") and own.ask("select max(amount) as m from d.p") == [{"m": decimal.Decimal("99999.99")}]
    # Two functions that have no common measure show nothing.
    only(proxy, name="show-last-4")
    assert own.ask("select name from d.p where id = 1", user="other") == [{"name": None}]
    assert own.ask("select name from d.p where id = 1") == [{"name": "xxë-42"}]
    assert own.ask(IDS, user="stranger") == NO_TABLE


def test_filters_are_over_what_is_stored(own, proxy):
    """A mask does not change which rows are kept, and no predicate over the mask tells of them."""
    only(proxy, compare("eq", NAME, "DE0212030000"), name="replace-with-null")
    assert own.ask("select id, name from d.p") == [{"id": 2, "name": None}]
    assert own.ask("select count(*) as n from d.p where name = 'DE0212030000'") == [{"n": 0}]


def test_a_change_between_planning_and_reading(own, proxy):
    """What was promised is read as it is now, or not at all."""
    only(proxy)
    with own.served(announced=["catalog", "d.p"]) as server:
        flight = Flight(server, "reader")
        for rows, columns, at_most in ((compare("eq", ID, 2), {}, {(2, "DE0212030000")}), (None, {"name": "replace-with-null"}, {(at, None) for at in ALL}), (no({"type": "sometimes"}), {}, set())):
            only(proxy)
            info = flight.client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(b"select id, name from d.p"), flight.options)
            only(proxy, rows, **columns)
            try:
                found = flight.client.do_get(info.endpoints[0].ticket, flight.options).read_all()
            except pa.lib.ArrowException as error:
                assert re.search(r"WEFT-(Q010|Q014|Q007|G003)", str(error)), error
            else:
                assert {tuple(row.values()) for row in found.to_pylist()} <= at_most, rows
            with server.connect("reader") as connection, connection.cursor() as cursor:
                only(proxy)
                cursor.adbc_prepare("select id, name from d.p")
                only(proxy, rows, **columns)
                try:
                    cursor.execute("select id, name from d.p")
                    assert set(cursor.fetchall()) <= at_most
                except Exception as error:
                    assert CLOSED.search(str(error)), error
        flight.close()


def test_what_is_withheld_is_not_told(own, proxy, tmp_path):
    """Neither by plans nor by errors; receipts tell that rows were, and under which decision."""
    audit = tmp_path / "audit.jsonl"
    with own.served(audit={"file": str(audit)}, announced=["catalog", "d.p"]) as server:
        for rows in (compare("not-eq", REGION, CANARY), compare("not-eq", NAME, f"{CANARY}-2"), None):
            only(proxy, rows, n="replace-with-null")
            for form in ("explain", "explain verbose", "explain analyze"):
                plan = str(server.rows("reader", f"{form} select * from d.p where id > 1"))
                assert CANARY not in plan, form
            assert CANARY not in refused(server.rows, "reader", "select 1 / (id - id) from d.p").text
            assert len(server.rows("reader", "select id from d.p, generate_series(1, 7)")) == 42
        only(proxy, both("or", compare("eq", REGION, CANARY), {"type": CANARY}))
        assert CANARY not in refused(server.rows, "reader", IDS).text
        read = lambda: [line for line in map(json.loads, audit.read_text().splitlines()) if line["outcome"] == "done" and line["rows_returned"] == 42]  # noqa: E731
        end = time.monotonic() + 20
        while len(read()) < 3 and time.monotonic() < end:
            time.sleep(0.1)
        products = [line["products"][0] for line in read()]
        assert [one["rows_filtered"] for one in products] == [True, True, False]
        assert len({one["decision"] for one in products}) == 3 and len({one["snapshot"] for one in products}) == 1


# For each caller, as the catalog says.


@pytest.fixture
def callers(own, proxy):
    """Ada sees rows of her own and a mask, Bob others; one ETag is on both answers. Weft itself sees all."""
    own.catalog |= {"restrictions": "caller", "credentials": {"token": {"env": "CATALOG_TOKEN"}}, "callers": {"ada": {"env": "ADA_TOKEN"}, "bob": {"env": "BOB_TOKEN"}}}
    own.people("ada", "bob", "eve")
    proxy.bearers = {ENVIRONMENT[name] for name in ("ADA_TOKEN", "BOB_TOKEN", "CATALOG_TOKEN")}
    said = {
        ENVIRONMENT["ADA_TOKEN"]: {"required-row-filter": compare("lt", ID, 3), "required-column-projections": [{"field-id": NAME, "action": "show-last-4"}]},
        ENVIRONMENT["BOB_TOKEN"]: {"required-row-filter": compare("gt-eq", ID, 3)},
    }
    proxy.change(LOAD, lambda answer, request: {**answer, "read-restrictions": said.get(bearer(request), {})})
    return said


def bearer(request):
    return request.headers.get("authorization", "").partition(" ")[2]


ADA, BOB = [(1, "xxë-42"), (2, "xxnnnnnn0000")], [(3, None), (4, "(b),7.@"), (5, "abc"), (6, "😀😀😀😀5x")]
NAMES = "select id, name from d.p order by id"
PEOPLE = ["ada", "bob", "eve", "stranger"]


@pytest.mark.parametrize("snapshot_time", ["0s", "1h"])
@pytest.mark.parametrize("etags", ["catalog", "proxy", None])
def test_what_is_said_to_one_is_for_nobody_else(etags, snapshot_time, own, proxy, callers):
    """Neither with an ETag, nor from what is kept, nor when all ask at once."""
    proxy.etags = etags
    with own.served(PEOPLE, snapshot_time=snapshot_time, announced=["catalog", "d.p"]) as server:
        for _ in range(3):
            assert server.rows("ada", NAMES) == ADA
            assert server.rows("bob", NAMES) == BOB
            assert CLOSED.search(refused(server.rows, "eve", NAMES).text)
            assert refused(server.rows, "stranger", NAMES).text == missing_table("d.p")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = pool.map(lambda at: server.rows(("ada", "bob")[at % 2], NAMES), range(24))
            assert all(rows == (ADA, BOB)[at % 2] for at, rows in enumerate(found))
    given = {}
    for request in proxy.seen(LOAD):
        # A mark is shown by nobody but whom it was given to.
        assert "if-none-match" not in request.headers or given.get(bearer(request)), request.headers
        given[bearer(request)] = True
    assert {bearer(request) for request in proxy.seen(LOAD)} <= {ENVIRONMENT["ADA_TOKEN"], ENVIRONMENT["BOB_TOKEN"]}


def test_whoever_has_no_token_gets_nothing(own, proxy, callers):
    """Not even where the catalog withholds nothing from Weft, nor where another asked before."""
    assert [tuple(row.values()) for row in own.ask(NAMES, user="ada")] == ADA
    proxy.forget()
    for sql in (NAMES, "select count(*) as n from d.p", "explain select * from d.p"):
        assert CLOSED.search(own.ask(sql, user="eve")), sql
    assert proxy.seen(LOAD) == []
    assert own.ask(NAMES, user="stranger") == NO_TABLE
    # Whoever checks contracts is nobody in particular.
    own.environment["ADA_TOKEN"] = "not-known"
    assert "the catalog refuses: " in why(own.ask(NAMES, user="ada"))
    assert [tuple(row.values()) for row in own.ask(NAMES, user="bob")] == BOB


def test_a_caller_whom_the_catalog_tells_nothing(own, proxy, callers):
    proxy.bearers.remove(ENVIRONMENT["BOB_TOKEN"])
    with own.served(PEOPLE, announced=["catalog", "d.p"]) as server:
        for _ in range(2):
            assert CLOSED.search(refused(server.rows, "bob", NAMES).text)
            assert server.rows("ada", NAMES) == ADA


def test_what_changes_for_one_caller(own, proxy, callers):
    """Is seen at the next look, and by nobody else; a ticket of one is none of the other's."""
    proxy.etags = "proxy"
    with own.served(PEOPLE, announced=["catalog", "d.p"]) as server:
        assert (server.rows("ada", NAMES), server.rows("bob", NAMES)) == (ADA, BOB)
        callers[ENVIRONMENT["ADA_TOKEN"]] = {"required-row-filter": compare("eq", ID, 1), "required-column-projections": [{"field-id": NAME, "action": "replace-with-null"}]}
        assert (server.rows("ada", NAMES), server.rows("bob", NAMES)) == ([(1, None)], BOB)
        callers[ENVIRONMENT["BOB_TOKEN"]] = {"required-row-filter": {"type": "sometimes"}}
        assert server.rows("ada", NAMES) == [(1, None)] and CLOSED.search(refused(server.rows, "bob", NAMES).text)
        ada, bob = Flight(server, "ada"), Flight(server, "bob")
        info = ada.client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(NAMES.encode()), ada.options)
        with pytest.raises(pa.lib.ArrowException, match="WEFT-Q010"):
            bob.client.do_get(info.endpoints[0].ticket, bob.options).read_all()
        ada.close()
        bob.close()


def test_tables_of_two_catalogs_for_one_caller(own, proxy, callers, catalog):
    """A token is for the catalog that it was given for."""
    with rest_catalogs.proxied(catalog.port) as second:
        own.more = [{"name": "second", "uri": second.url, "domains": ["*"], "namespaces": ["shop"]}]
        own.rest.create_table("shop.second", plain([]).schema, location=f"{own.server.warehouse}/second/t").append(plain(range(4)))
        own.bindings.append({"name": "second", "prefix": f"{own.place}/second/", "domains": ["*"], "catalog": "second"})
        own.product("second", name="q", catalog="second", catalogUrl=second.url)
        joined = "select p.id from d.p p join d.q q on p.id = q.id order by p.id"
        assert own.ask(joined, user="ada") == [{"id": 1}, {"id": 2}]
        assert own.ask(joined, user="bob") == [{"id": 3}]
        assert own.ask("select count(*) as n from d.q", user="eve") == [{"n": 4}]
        assert not [request for request in second.requests if "authorization" in request.headers]
