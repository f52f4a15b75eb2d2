"""Tables that a REST catalog names: what other engines write through it, and what of it a mesh may name."""

import datetime
import decimal
import re
import shutil
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType, BooleanType, DateType, DecimalType, DoubleType, FixedType, FloatType, IntegerType, ListType, LongType, MapType, NestedField, StringType, StructType, TimestampType, TimestamptzType,
    TimeType, UUIDType,
)  # fmt: skip

import iceberg_plain
import rest_catalogs
from catalogued import CLIENT, FIELDS, PAST, Catalogued, client, plain, why
from iceberg_table import NO_TABLE, field, part
from reading import rows
from refusals import missing_table, refused

COUNT = "select count(*) as n, sum(id) as s from d.p"
NO_SUCH = "the catalog has no such table"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A catalog whose tables lie in a folder."""
    home = tmp_path_factory.mktemp("catalog")
    (home / "warehouse").mkdir()
    with rest_catalogs.catalog(home) as server:
        client(server).create_namespace("shop")
        yield server, None


@pytest.fixture(scope="module")
def bucket(s3, tmp_path_factory):
    """One whose tables lie in a bucket."""
    with rest_catalogs.catalog(tmp_path_factory.mktemp("catalog"), s3) as server:
        client(server, s3).create_namespace("shop")
        yield server, s3


@pytest.fixture
def own(folder, tmp_path):
    return Catalogued(tmp_path, *folder)


@pytest.fixture(params=["folder", "bucket"])
def either(request, tmp_path):
    return Catalogued(tmp_path, *request.getfixturevalue(request.param))


def counted(numbers):
    numbers = list(numbers)
    return [{"n": len(numbers), "s": sum(numbers)}]


def test_a_table_that_another_engine_writes(either):
    """Appended to, deleted from and overwritten in part, with one more question after each."""
    table = either.table()
    either.product(table)
    assert either.ask() == [{"n": 0}]
    for at in range(3):
        table.append(plain(range(at * 100, at * 100 + 100)))
    either.agrees(table)
    table.delete("id >= 50 and id < 120")
    either.agrees(table)
    table.overwrite(plain(range(1000, 1010)), "name == 'n3'")
    either.agrees(table)
    left = sorted(table.scan().to_arrow()["id"].to_pylist())
    assert either.ask(COUNT) == counted(left)
    assert either.ask("select id from d.p where id > 45 and id < 125 order by id") == [{"id": at} for at in left if 45 < at < 125]
    assert either.ask("select * from d.p", user="stranger") == NO_TABLE
    assert either.judged() == (0, "1 product, 1 table opened: 0 errors, 0 warnings\n", "")


TYPES = {
    "b": BooleanType(), "i": IntegerType(), "l": LongType(), "f": FloatType(), "d": DoubleType(), "m": DecimalType(20, 3), "day": DateType(), "at": TimeType(), "wall": TimestampType(), "moment": TimestamptzType(),
    "s": StringType(), "u": UUIDType(), "x": FixedType(3), "y": BinaryType(),
}  # fmt: skip
VALUES = {
    "b": [True, False], "i": [-(2**31), 2**31 - 1], "l": [-(2**63), 2**63 - 1], "f": [-1.5, float("nan")], "d": [float("inf"), -0.0], "m": [decimal.Decimal("-99999999999999999.999"), decimal.Decimal("0.001")],
    "day": [datetime.date(1583, 1, 1), datetime.date(9999, 12, 31)], "at": [datetime.time(0), datetime.time(23, 59, 59, 999999)],
    "wall": [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.datetime(2026, 2, 28, 13, 7)], "moment": [datetime.datetime(1969, 12, 31, tzinfo=datetime.UTC), datetime.datetime(2026, 3, 29, 1, tzinfo=datetime.UTC)],
    "s": ["", "zażółć 😀"], "u": [uuid.UUID(int=0).bytes, uuid.UUID(int=2**128 - 1).bytes], "x": [b"\0\0\0", b"abc"], "y": [b"", b"\xff\0"],
}  # fmt: skip


def test_every_type(either):
    """Its least and its greatest, NULL, and what holds others."""
    columns = [NestedField(number, name, kind, required=False) for number, (name, kind) in enumerate(TYPES.items(), 1)]
    inner = StructType(NestedField(102, "a", LongType(), required=False), NestedField(103, "l", ListType(104, StringType(), element_required=False), required=False))
    columns += [
        NestedField(100, "many", ListType(101, inner, element_required=False), required=False),
        NestedField(110, "pairs", MapType(111, StringType(), 112, DecimalType(9, 2), value_required=False), required=False),
    ]
    table = either.table(Schema(*columns))
    nested = {"many": [{"a": 1, "l": ["x", None]}, None], "pairs": [("k", decimal.Decimal("1.50")), ("n", None)]}
    values = [{**{name: both[at] for name, both in VALUES.items()}, **(nested if at else {})} for at in (0, 1)]
    table.append(pa.Table.from_pylist([*values, {}], table.schema().as_arrow()))
    either.product(table)
    either.agrees(table)
    assert either.ask("select count(b) as b, max(s) as s from d.p where i is not null") == [{"b": 2, "s": "zażółć 😀"}]


def test_columns_that_another_engine_changes(either):
    """Added, renamed, promoted, moved and dropped. A contract of before holds for as long as its columns are there."""
    table = either.table(pa.schema([("id", pa.int32()), ("name", pa.string()), ("gone", pa.string()), ("s", pa.struct([("a", pa.int32())]))]))
    table.append(pa.Table.from_pylist([{"id": 1, "name": "a", "gone": "g", "s": {"a": 1}}], table.schema().as_arrow()))
    either.product(table)
    either.agrees(table)
    with table.update_schema() as update:
        update.add_column("extra", LongType())
        update.add_column(("s", "b"), StringType())
        update.move_first("name")
    before = "select id, name, gone from d.p"
    assert either.ask(before) == [{"id": 1, "name": "a", "gone": "g"}]
    with table.update_schema() as update:
        update.rename_column("name", "title")
        update.update_column("id", LongType())
        update.delete_column("gone")
    # A contract that names what is there no longer is broken, and its owner is told which column it is.
    assert re.search("column `(id|name|gone)`", why(either.ask(before)))
    table.append(pa.Table.from_pylist([{"id": 2**40, "title": "b", "s": {"a": 2, "b": "x"}, "extra": 5}], table.schema().as_arrow()))
    either.product(table)
    either.agrees(table)
    assert either.ask("select id, title, extra from d.p order by id") == [{"id": 1, "title": "a", "extra": None}, {"id": 2**40, "title": "b", "extra": 5}]


def test_partitions(either):
    """By the values of a column, and by others later on."""
    table = either.table()
    with table.update_spec() as spec:
        spec.add_identity("name")
    either.product(table)
    table.append(plain(range(40)))
    with table.update_spec() as spec:
        spec.remove_field("name")
        spec.add_identity("id")
    table.append(plain(range(100, 104)))
    either.agrees(table)
    kept = [at for at in [*range(40), *range(100, 104)] if at % 5 == 2]
    assert either.ask(f"{COUNT} where name = 'n2'") == counted(kept)
    assert either.ask(f"{COUNT} where id in (7, 101, 999)") == counted([7, 101])


def test_partitions_of_every_transform(own):
    """Files of other partitions need not be there."""
    days = [datetime.date(1969, 12, 31), datetime.date(2026, 2, 28)]
    own.catalog["namespaces"] = ["shop"]
    for number, transform in enumerate(["month", "year", "day"]):
        table = own.laid([*FIELDS, field(3, "day", "date")], [part(3, transform)])
        spelled = {"month": [-1, 673], "year": [-1, 56], "day": [-1, 20512]}[transform]
        files = [table.file([{"id": at, "name": "n", "day": day}], partition={"part": value}) for at, (day, value) in enumerate(zip(days, spelled))]
        table.commit(*files)
        own.register(table)
        own.product(table.folder.name, table.fields, name=f"p{number}")
        (table.folder / files[0]["file_path"].removeprefix(f"{table.location}/")).unlink()
        assert own.ask(f"select id from d.p{number} where day = date '2026-02-28'") == [{"id": 1}], transform
        assert "nothing is found there" in why(own.ask(f"select id from d.p{number}"), "G004", f"d.p{number}"), transform


def test_rows_that_are_deleted(own):
    """By position and by key, beside a reader of its own making; another engine reads positions too."""
    table = own.laid()
    one, other = (table.file([{"id": at, "name": f"n{at % 5}"} for at in range(first, first + 50)]) for first in (0, 100))
    table.commit(one, other)
    table.commit(deletes=[table.positions([(one, at) for at in (0, 7, 49)])])
    name = own.register(table, f"{table.folder.name}_positions")
    own.product(name, FIELDS)
    own.agrees(own.rest.load_table(("shop", name)))
    table.commit(deletes=[table.equality(["id"], [{"id": at} for at in (1, 100, 149, 7000)])])
    own.product(own.register(table), FIELDS)
    (table.folder / "metadata" / "version-hint.text").write_text(str(table.number))
    left = iceberg_plain.read(table.folder)
    assert left.num_rows == 100 - 3 - 3 and rows(own.read()) == rows(left)
    assert own.ask("select count(*) as n from d.p version as of 1") == [{"n": 100}]
    assert own.ask("select count(*) as n from d.p version as of 2") == [{"n": 97}]


def test_rows_that_a_vector_deletes(own):
    """Version 3 of the format, through the catalog's own reading of it."""
    table = own.laid(version=3)
    one = table.file([{"id": at, "name": "n"} for at in range(100)])
    table.commit(one).commit(deletes=[table.vector(one, [0, 50, 99])])
    own.product(own.register(table), FIELDS)
    assert own.ask(COUNT) == counted(at for at in range(100) if at not in (0, 50, 99))
    assert own.ask("select id from d.p where id in (0, 1, 50)") == [{"id": 1}]


def test_versions_branches_and_tags(either):
    table = either.table()
    table.append(plain(range(3)))
    first = table.current_snapshot().snapshot_id
    table.manage_snapshots().create_tag(first, "three").create_branch(first, "side").commit()
    table.append(plain(range(3, 5)))
    table.append(plain([9]), branch="side")
    either.product(table)
    for clause, count in (("", 5), (f"version as of {first}", 3), ("version as of 'three'", 3), ("version as of 'side'", 4), ("version as of 'main'", 5), ("timestamp as of '2200-01-01'", 5)):
        assert either.ask(f"select count(*) as n from d.p {clause}") == [{"n": count}], clause
        assert either.ask(f"select count(*) as n from d.p {clause}", user="stranger") == NO_TABLE
    assert either.ask("select * from d.p version as of 'nope'") == "error[WEFT-Q015]: table `d.p` has no version `nope`: it has `side`, `three`\n"


@pytest.mark.parametrize("namespace", [("shop", "deep"), ("shop", "deep", "er"), ("shop", "a b"), ("shop", "é+")])
def test_namespaces_of_several_levels(namespace, own):
    """Each of which the mesh may name, as it may name the one above them."""
    name = own.name()
    table = own.table(name=name, namespace=namespace, location=f"{own.server.warehouse}/nested/{name}")
    table.append(plain(range(4)))
    own.product(table, namespace=".".join(namespace))
    assert own.ask() == [{"n": 4}]
    own.product(table)
    assert NO_SUCH in why(own.ask())


@pytest.mark.parametrize("name", ["a b é", "x+y", "dot.ted", "semi;colon", "UPPER", "(round)", "a&b=c", "tilde~"])
def test_names_of_odd_characters(name, own):
    place = own.name()
    table = own.table(name=name, location=f"{own.server.warehouse}/odd/{place}")
    table.append(plain(range(6)))
    own.product(table)
    assert own.ask() == [{"n": 6}]
    own.product(name + "x", FIELDS)
    assert NO_SUCH in why(own.ask())


@pytest.mark.parametrize("place", ["a b", "é", "x+y", "per%20cent"])
def test_places_of_odd_characters(place, either):
    """They are taken as they stand: nothing in them is undone."""
    table = either.table(location=f"{either.server.warehouse}/places/{either.name()}/{place}")
    table.append(plain(range(6)))
    either.product(table)
    either.agrees(table)


def test_a_table_that_is_called_otherwise(own):
    """By a name that another table takes over."""
    one, other = own.table(), own.table()
    one.append(plain(range(3)))
    other.append(plain(range(5)))
    own.product(one)
    with own.served(announced=[NO_SUCH]) as server:
        assert server.rows("reader", "select count(*) from d.p") == [(3,)]
        own.rest.rename_table(one.name(), ("shop", f"{one.name()[-1]}_was"))
        said = refused(server.rows, "reader", "select count(*) from d.p")
        assert (said.grpc, "[WEFT-Q007]" in said.text) == ("FailedPrecondition", True), said
        own.rest.rename_table(other.name(), one.name())
        assert server.rows("reader", "select count(*) from d.p") == [(5,)]


def test_a_table_that_is_dropped_and_made_anew(either):
    """Of the same name, at the same place, with other columns' numbers: nothing that was known of it counts."""
    table = either.table()
    table.append(plain(range(3)))
    either.product(table)
    with either.served(announced=[NO_SUCH]) as server:
        assert server.rows("reader", "select count(*), max(name) from d.p") == [(3, "n2")]
        either.rest.drop_table(table.name())
        assert "[WEFT-Q007]" in refused(server.rows, "reader", "select count(*) from d.p").text
        again = either.table(pa.schema([("name", pa.string()), ("more", pa.int64()), ("id", pa.int64())]), table.name()[-1])
        again.append(pa.Table.from_pylist([{"id": 70, "name": "new", "more": 1}], again.schema().as_arrow()))
        assert server.rows("reader", "select id, name from d.p") == [(70, "new")]
        assert refused(server.rows, "stranger", "select id from d.p").text == missing_table("d.p")


def test_a_commit_between_two_statements(either):
    """Is seen by the next one, and what a statement began with is what it ends with."""
    table = either.table()
    table.append(plain(range(3)))
    either.product(table)
    with either.served() as server:
        ask = lambda: server.rows("reader", "select (select count(*) from d.p) as a, (select count(*) from d.p) as b")  # noqa: E731
        assert ask() == [(3, 3)]
        for more in range(3):
            table.append(plain([more]))
            assert ask() == [(4 + more, 4 + more)]
    with either.served(snapshot_time="1h") as server:
        assert server.rows("reader", "select count(*) from d.p") == [(6,)]
        table.append(plain([1]))
        assert server.rows("reader", "select count(*) from d.p") == [(6,)]


def test_joined_with_tables_of_other_kinds(either):
    table = either.table()
    table.append(plain(range(10)))
    either.product(table)
    columns = [{"name": name, "logicalType": logical, "physicalType": physical, "classification": "public"} for name, logical, physical in (("id", "integer", "bigint"), ("name", "string", "string"))]
    flat, delta = either.mesh.root / "data" / "d" / "flat.parquet", either.mesh.root / "data" / "d" / "delta"
    flat.parent.mkdir()
    pq.write_table(plain(range(5, 20)), flat)
    write_deltalake(delta, plain([6, 7, 30]))
    for name, path, kind in (("flat", "./data/d/flat.parquet", "parquet"), ("delta", "./data/d/delta", "delta")):
        server = {"server": "local", "type": "local", "path": path, "format": kind}
        either.mesh.product("d", name, contract={"schema": [{"name": name, "physicalName": name, "properties": columns}]}, server=server, rules=[PAST])
    assert either.ask("select p.id, f.name, d.id is not null as there from d.p p join d.flat f on f.id = p.id left join d.delta d on d.id = p.id order by p.id") == [
        {"id": at, "name": f"n{at % 5}", "there": at in (6, 7)} for at in range(5, 10)
    ]


# What a mesh may not name.


@pytest.mark.parametrize("kind", ["iceberg", "parquet"])
def test_a_table_of_a_catalog_is_not_opened_by_its_path(kind, either):
    """Neither as the table that it is, nor as the files that it has."""
    table = either.table()
    table.append(plain(range(3)))
    place = table.location().removeprefix("file://")
    either.product(table)
    where = {"type": "s3", "location": place, "endpointUrl": either.store.url} if either.store else {"type": "local", "path": place}
    either.product(table, name="q", catalog=None, catalogUrl=None, namespace=None, format=kind, **where)
    assert either.ask() == [{"n": 3}]
    said = why(either.ask("select * from d.q"), product="d.q")
    assert re.fullmatch(r"location `.*` is where tables of catalog `prod` lie, which are opened by their names there", said), said
    assert either.ask("select * from d.q", user="stranger") == NO_TABLE.replace("d.p", "d.q")
    code, out, _ = either.judged()
    assert code == 1 and "error[WEFT-S011]: `d.q` 1.0.0 cannot be opened: location " in out, out
    assert "`d.p`" not in out and out.splitlines()[-1] == "2 products, 2 tables opened: 1 error, 0 warnings"


ELSEWHERE = "table `{0}` lies where no storage binding of catalog `prod` leads for domain `d`", "S004"
OUTSIDE = "table `{0}` of catalog `prod` lies outside of what domain `d` may use", "S004"
UNKNOWN = "the catalog of server `lake` is not one of `storage.catalogs`", "S010"
REFUSED = {
    "another domain's catalog": (lambda own: own.catalog.update(domains=["other"]), OUTSIDE),
    "nobody's catalog": (lambda own: own.catalog.pop("domains"), OUTSIDE),
    "other namespaces": (lambda own: own.catalog.update(namespaces=["shop.deep", "sho", "shopping", "{domain}"]), OUTSIDE),
    "no namespace": (lambda own: own.catalog.update(namespaces=[]), OUTSIDE),
    "the domain's own namespace by default": (lambda own: own.catalog.pop("namespaces"), OUTSIDE),
    "another address": (lambda own: own.catalog.update(uri="http://127.0.0.1:1"), UNKNOWN),
    "another warehouse": (lambda own: own.catalog.update(warehouse="acme"), UNKNOWN),
    "another domain's binding": (lambda own: own.binding.update(domains=["other"]), ELSEWHERE),
    "another catalog's binding": (lambda own: own.binding.update(catalog="second"), ELSEWHERE),
    "no binding": (lambda own: own.bindings.pop(0), ELSEWHERE),
    "another place's binding": (lambda own: own.binding.update(prefix=f"{own.place}/elsewhere/"), ELSEWHERE),
    "a binding of no catalog": (lambda own: own.binding.pop("catalog"), ELSEWHERE),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_not_granted_is_refused(what, own):
    """It is told to whoever runs the engine; a caller hears of a product that is broken, and a stranger of none."""
    table = own.table()
    table.append(plain(range(3)))
    own.product(table, warehouse="other" if "warehouse" in what else None)
    change, (says, code) = REFUSED[what]
    change(own)
    if "catalog's" in what:
        own.more = [{"name": "second", "uri": "http://127.0.0.1:1"}]
    says = says.format(".".join(table.name()))
    for sql in ("select * from d.p", "select count(*) as n from d.p", "select 1 as n from d.p where false"):
        assert why(own.ask(sql)) == says, sql
    assert own.ask("select * from d.p", user="stranger") == NO_TABLE
    status, out, _ = own.judged()
    assert status == 1 and f"error[WEFT-{code}]: `d.p` 1.0.0 cannot be opened: {says}\n" in out, out
    assert out.splitlines()[-1] == "1 product, 1 table opened: 1 error, 0 warnings"


def test_what_was_granted_is_not(own):
    """The same settings, and the one that differs is right."""
    table = own.table()
    table.append(plain(range(3)))
    own.catalog |= {"domains": ["d"], "namespaces": ["shop"], "warehouse": "acme", "type": "rest"}
    own.binding["domains"] = ["d"]
    own.product(table, warehouse="acme")
    assert own.ask() == [{"n": 3}]
    mine = own.table(namespace=("d",))
    mine.append(plain(range(4)))
    deeper = own.table(namespace=("d", "deep"))
    deeper.append(plain(range(5)))
    own.catalog.pop("namespaces")
    own.product(mine, namespace="d")
    assert own.ask() == [{"n": 4}]
    own.product(deeper, namespace="d.deep")
    assert own.ask() == [{"n": 5}]


def test_tables_and_namespaces_that_are_not_there(own):
    own.product("nothing")
    assert NO_SUCH in why(own.ask())
    code, out, _ = own.judged()
    assert code == 1 and f"error[WEFT-S014]: `d.p` 1.0.0 cannot be opened: table `shop.nothing` of catalog `prod`: {NO_SUCH}\n" in out, out
    own.product("nothing", namespace="shop.nowhere")
    assert NO_SUCH in why(own.ask())
    # What a path would lead elsewhere by, what is more than a name somewhere, and what looks like another name.
    for name in ("../tables/nothing", "nothing/credentials", "%2e%2e", "..", ".", "nothing.", "nothing@main", "nothing#1", "`nothing`", "x\\y", "nothi\u0301ng", "noth\u200bing"):
        own.product(name)
        assert why(own.ask()) == f"`shop.{name}` is no name of a table in a catalog"
    for namespace in ("", "shop..deep", ".shop", "shop.", ".", "shop. ", None):
        own.product("nothing", namespace=namespace)
        assert why(own.ask()) == f"`{namespace or ''}.nothing` is no name of a table in a catalog"


@pytest.mark.parametrize("place", ["{warehouse}/../elsewhere/t", "file://{home}/elsewhere/t", "file://{mesh}/data/d/t", "s3://lake/warehouse/shop/t", "file:///etc"])
def test_a_table_outside_of_the_catalogs_bindings(place, folder, own, tmp_path):
    """Wherever the catalog says that it lies, and whatever else the mesh may read there."""
    with rest_catalogs.proxied(own.server.port) as proxy:
        own.catalog["uri"] = proxy.url
        table = own.table()
        table.append(plain(range(3)))
        own.product(table)
        assert own.ask() == [{"n": 3}]
        home = own.place.rpartition("/")[0]
        place = place.format(warehouse=own.server.warehouse, home=home, mesh=own.mesh.root)
        target = place.removeprefix("file://")
        if target.startswith(("/tmp", home, str(tmp_path))):
            shutil.copytree(table.location().removeprefix("file://"), target, dirs_exist_ok=True)
        moved = lambda text: text.replace(table.location(), place)  # noqa: E731

        def elsewhere(said, _):
            metadata = {**said["metadata"], "location": place}
            metadata["snapshots"] = [{**one, "manifest-list": moved(one["manifest-list"])} for one in metadata["snapshots"]]
            return {**said, "metadata": metadata, "metadata-location": moved(said["metadata-location"])}

        proxy.change("GET .*/tables/", elsewhere)
        says = ELSEWHERE[0].format(".".join(table.name()))
        assert ".." in place or why(own.ask()) == says
        assert why(own.ask("select * from d.p"))
        assert own.ask(user="stranger") == NO_TABLE


def test_a_file_outside_of_the_catalogs_bindings(own):
    """Metadata that lies inside leads nowhere else."""
    table = own.laid()
    inside = table.file([{"id": 1, "name": "in"}])
    outside = own.mesh.root / "data" / "d" / "out.parquet"
    outside.parent.mkdir()
    pq.write_table(pq.read_table(inside["file_path"].removeprefix("file://")), outside)
    table.commit(inside, {**inside, "file_path": f"file://{outside}"})
    own.product(own.register(table), FIELDS)
    said = own.ask("select * from d.p")
    assert isinstance(said, str) and re.search(r"error\[WEFT-(Q007|G001|G004)\]", said), said
    assert str(outside) not in said.splitlines()[-2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda own: own.catalog.update(uri="ftp://127.0.0.1"), "`prod`"),
        (lambda own: own.catalog.update(uri="http://me:secret@127.0.0.1"), "`prod`"),
        (lambda own: own.catalog.update(uri="https://127.0.0.1", credentials={**CLIENT, "token_endpoint": "http://10.0.0.1/token"}), "has a `token_endpoint` without https, which would show the client's secret"),
        (lambda own: own.catalog.update(restrictions="caller"), "needs `callers` with `restrictions: caller`, and has no use for them otherwise"),
        (lambda own: own.catalog.update(callers={"ada": {"env": "ADA_TOKEN"}}), "needs `callers` with `restrictions: caller`, and has no use for them otherwise"),
        (lambda own: own.more.append({**own.catalog, "namespaces": ["other"]}), "two catalogs of storage are named `prod`"),
        (lambda own: own.catalog.update(name=""), "catalog"),
        (lambda own: own.catalog.update(credentials={"token": {"env": "NOT_SET"}}), "`NOT_SET`"),
        (lambda own: own.catalog.update(restrictions="never"), "unknown variant `never`"),
        (lambda own: own.catalog.update(type="hive"), "unknown variant `hive`"),
        (lambda own: own.catalog.update(url="x"), "unknown field `url`"),
        (lambda own: own.binding.update(catalog="nothing"), "storage binding `warehouse` is of catalog `nothing`, which `storage.catalogs` does not have"),
        (lambda own: own.binding.update(credentials="vended"), "`warehouse`"),
    ],
)
def test_settings_that_do_not_fit_are_named(change, says, own):
    """Before anything is asked."""
    own.product("nothing")
    change(own)
    code, out, err = own.run("sql", "--as", "reader", "-c", "select 1")
    assert (code, out) == (2, "") and says in err and "me:secret" not in err, err
