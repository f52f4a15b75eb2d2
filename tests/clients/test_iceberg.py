"""Iceberg tables: those that another engine writes, and what Weft makes of their partitions, versions and places."""

import datetime
import decimal
import gzip
import json
import shutil
import uuid

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import parse_transform
from pyiceberg.types import IcebergType, LongType, StringType

from command import weft
from iceberg_table import NO_TABLE, House, Table, broken, declared, field, house, listing, mapping, part, refused, structure
from meshes import USERS
from reading import imported, rows

FIELDS = [field(1, "id", "long"), field(2, "name", "string")]
NO_HISTORY = "error[WEFT-Q016]: older versions of table `d.p` need the right `history`\n  hint: Ask the owners of `d.p` for a rule with `allow: history`.\n"
DAYS = [datetime.date(1969, 12, 31), datetime.date(1970, 1, 1), datetime.date(1890, 7, 4), datetime.date(2026, 2, 28), None]


def fields(table):
    """The columns of another engine's table, as metadata spells them."""
    return json.loads(table.schema().model_dump_json())["fields"]


@pytest.fixture
def made(tmp_path):
    """Makes a table of another engine in the place of a product."""
    catalog = SqlCatalog("c", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/lake")
    catalog.create_namespace("n")
    yield lambda schema, **more: catalog.create_table("n.t", schema, location=f"file://{tmp_path}/mesh/data/t", **more)
    catalog.close()


def agree(own, table):
    """Weft reads what the other engine reads."""
    wanted = table.scan().to_arrow()
    found = own.table()
    assert found.column_names == wanted.column_names
    assert rows(found) == rows(wanted)


def plain(numbers):
    return pa.table({"id": pa.array(numbers, pa.int64()), "name": pa.array([None if at % 7 == 6 else f"n{at % 5}" for at in numbers], pa.string()), "day": pa.array([DAYS[at % 5] for at in numbers], pa.date32())})


def test_a_table_that_another_engine_wrote(tmp_path, made):
    """Appended to, deleted from and overwritten in part."""
    table = made(plain([]).schema)
    own = House(tmp_path, fields(table))
    for at in range(3):
        table.append(plain(range(at * 100, at * 100 + 100)))
    agree(own, table)
    table.delete("id >= 50 and id < 120")
    table.overwrite(plain(range(1000, 1010)), "name == 'n3'")
    agree(own, table)
    left = table.scan().to_arrow()
    numbers = left["id"].to_pylist()
    assert own.ask("select count(*) as n, sum(id) as s, count(name) as m from d.p") == [{"n": len(numbers), "s": sum(numbers), "m": left.num_rows - left["name"].null_count}]
    assert own.ask("select id from d.p where id > 45 and id < 125 order by id") == [{"id": at} for at in sorted(numbers) if 45 < at < 125]
    assert own.ask("select count(*) as n from d.p", user="stranger") == NO_TABLE


@pytest.mark.parametrize("by", [["day"], ["name"], ["day", "name"]])
def test_partitions_that_another_engine_made(by, tmp_path, made):
    table = made(plain([]).schema)
    with table.update_spec() as spec:
        for column in by:
            spec.add_identity(column)
    own = House(tmp_path, fields(table))
    table.append(plain(range(40)))
    table.append(plain(range(100, 110)))
    table.dynamic_partition_overwrite(plain([203]))
    agree(own, table)
    everything = table.scan().to_arrow()
    with duckdb.connect() as database:
        database.register("p", everything)
        for predicate in ("day < date '1970-01-01'", "day = date '1969-12-31'", "day is null", "day is not null and day >= date '1970-01-01'", "name = 'n1'", "name is null", "name > 'n2' or day is null", "day in (date '1890-07-04', date '2026-02-28')"):
            wanted = database.sql(f"select id from p where {predicate} order by id").fetchall()
            assert own.ask(f"select id from d.p where {predicate} order by id") == [{"id": at} for (at,) in wanted], predicate


MOMENTS = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.datetime(1970, 1, 1), datetime.datetime(2026, 2, 28, 13, 7), datetime.datetime(1680, 1, 1)]
NUMBERS = [-2147483648, -11, -10, -1, 0, 9, 10, 2147483647]
TEXTS = ["", "a", "ab", "abc", "abd", "zażółć", "😀😀😀😀"]
AMOUNTS = [decimal.Decimal(text) for text in ("-1.01", "-1.00", "0.00", "0.01", "99999.99")]
SKIPPED = [
    ("int", "bucket[4]", NUMBERS), ("long", "bucket[16]", NUMBERS), ("string", "bucket[4]", TEXTS), ("decimal(9,2)", "bucket[4]", AMOUNTS), ("date", "bucket[4]", DAYS[:4]), ("timestamp", "bucket[4]", MOMENTS),
    ("int", "truncate[10]", NUMBERS[1:]), ("string", "truncate[2]", TEXTS), ("decimal(9,2)", "truncate[50]", AMOUNTS), ("timestamp", "hour", MOMENTS), ("timestamp", "day", MOMENTS), ("timestamp", "month", MOMENTS),
    ("date", "year", DAYS[:4]), ("long", "identity", NUMBERS), ("decimal(9,2)", "identity", AMOUNTS), ("timestamp", "identity", MOMENTS), ("boolean", "identity", [True, False]), ("long", "void", NUMBERS), ("long", "zorder", NUMBERS),
]  # fmt: skip


def literal(kind, value):
    return f"{kind.split('(')[0]} '{value}'" if kind in ("date", "timestamp", "string") else f"cast({value} as {kind.replace('long', 'bigint')})"


def parted(root, kind, transform, values):
    """A table with a file for each value, and one for NULL."""
    own, table = house(root, [field(1, "id", "long"), field(2, "v", kind)], [part(2, transform)])
    known = None if transform in ("void", "zorder") else parse_transform(transform).transform(IcebergType.handle_primitive_type(kind, None))
    files = [table.file([{"id": at, "v": value}], partition={"part": known(value) if known and value is not None else None}) for at, value in enumerate([*values, None])]
    table.commit(*files[: len(files) // 2]).commit(*files[len(files) // 2 :])
    return own, files


@pytest.mark.parametrize(("kind", "transform", "values"), SKIPPED)
def test_predicates_over_partitions(kind, transform, values, tmp_path):
    """The answers are those of a table without partitions."""
    own, _ = parted(tmp_path, kind, transform, values)
    everything = own.table()
    asked, wanted = [], []
    spell = lambda value: literal(kind, value).replace("string ", "")  # noqa: E731
    predicates = [f"v {sign} {spell(value)}" for value in values[:4] for sign in ("=", "<", ">=", "<>")]
    predicates += ["v is null", "v is not null", f"v in ({spell(values[0])}, {spell(values[-1])})", f"v not in ({spell(values[0])})"]
    with duckdb.connect() as database:
        database.register("p", everything)
        for number, predicate in enumerate(predicates):
            asked.append(f"select {number} as q, id from d.p where {predicate}")
            wanted += [{"q": number, "id": at} for (at,) in database.sql(f"select id from p where {predicate}").fetchall()]
    assert everything.num_rows == len(values) + 1
    found = own.ask(" union all ".join(asked) + " order by q, id")
    assert found == sorted(wanted, key=lambda row: (row["q"], row["id"]))


@pytest.mark.parametrize(("kind", "transform", "values"), [one for one in SKIPPED if one[1] not in ("void", "zorder") and one[0] != "boolean"])
def test_files_of_other_partitions_are_not_read(kind, transform, values, tmp_path):
    """They need not be there."""
    own, files = parted(tmp_path, kind, transform, values)
    at = len(values) - 1
    for number, file in enumerate(files):
        if file["partition"] != files[at]["partition"]:
            (own.folder / file["file_path"].removeprefix(f"file://{own.folder}/")).unlink()
    assert own.ask(f"select id from d.p where v = {literal(kind, values[at]).replace('string ', '')}") == [{"id": at}]
    assert own.ask("select id from d.p where v is not null and v is null") == []


def test_bounds_in_manifests_skip_files(tmp_path):
    kinds = {"a": "int", "b": "string", "c": "decimal(9,2)", "d": "timestamp", "e": "date"}
    own, table = house(tmp_path, [field(at, name, kind) for at, (name, kind) in enumerate(kinds.items(), 1)])
    row = lambda at: {"a": at, "b": f"n{at}", "c": decimal.Decimal(at), "d": datetime.datetime(1960 + at, 1, 1), "e": datetime.date(1960 + at, 1, 1)}  # noqa: E731
    one = table.file([row(1), row(2)], bounds=kinds)
    other = table.file([row(3), {}], bounds=kinds)
    table.commit(one, other)
    (own.folder / other["file_path"].removeprefix(f"{table.location}/")).unlink()
    for predicate in ("a = 2", "b = 'n2'", "c = 2", "d = timestamp '1962-01-01'", "e <= date '1962-01-01' and e > date '1961-01-01'"):
        assert own.ask(f"select a from d.p where {predicate}") == [{"a": 2}], predicate
    assert own.ask("select a from d.p where a is null") == (
        "`d.p` cannot be read: Object at location data/t/data/0002.parquet not found: nothing is found there (reference g000001)\n"
        "error[WEFT-G004]: the storage of product `d.p` failed (reference g000001)\n  hint: Try again; if it stays so, ask the owners of `d.p` and name the reference g000001.\n"
    )


def test_columns_that_another_engine_changed(tmp_path, made):
    """Added, renamed, promoted, moved, dropped and made again, at every depth."""
    at = pa.schema([("id", pa.int32()), ("name", pa.string()), ("gone", pa.string()), ("s", pa.struct([("a", pa.int32()), ("b", pa.string())])), ("l", pa.list_(pa.struct([("x", pa.float32())]))), ("m", pa.map_(pa.string(), pa.struct([("y", pa.int64())])))])
    data = lambda schema, *values: pa.Table.from_pylist(list(values), schema)  # noqa: E731
    table = made(at)
    table.append(data(at, {"id": 1, "name": "a", "gone": "g", "s": {"a": 1, "b": "x"}, "l": [{"x": 1.5}], "m": [("k", {"y": 1})]}, {"id": 2}))
    with table.update_schema() as update:
        update.add_column("extra", LongType())
        update.rename_column("name", "title")
        update.update_column("id", LongType())
        update.delete_column("gone")
        update.rename_column("s.a", "number")
        update.add_column(("s", "more"), StringType())
        update.add_column(("l", "z"), StringType())
        update.rename_column("m.y", "why")
    with table.update_schema() as update:
        update.move_first("title")
        update.move_after("s", "id")
        update.add_column("gone", StringType())
    now = table.schema().as_arrow()
    table.append(data(now, {"id": 2**40, "title": "b", "gone": "new", "extra": 5, "s": {"number": 7, "b": "y", "more": "m"}, "l": [{"x": 2.5, "z": "z"}], "m": [("k", {"why": 2})]}))
    own = House(tmp_path, fields(table))
    agree(own, table)
    assert own.ask("select title, id, gone, s, l, m from d.p where id < 2 or gone = 'new' order by id") == [
        {"title": "a", "id": 1, "gone": None, "s": {"number": 1, "b": "x", "more": None}, "l": [{"x": 1.5, "z": None}], "m": {"k": {"why": 1}}},
        {"title": "b", "id": 2**40, "gone": "new", "s": {"number": 7, "b": "y", "more": "m"}, "l": [{"x": 2.5, "z": "z"}], "m": {"k": {"why": 2}}},
    ]


@pytest.fixture
def history(tmp_path):
    """A table of four snapshots at known times, the last of them on a branch only."""
    own, table = house(tmp_path, FIELDS)
    for number in range(3):
        table.commit(table.file([{"id": number, "name": "n"}]), when=1_767_225_600_000 + number * 86_400_000)
    was = table.metadata["snapshot-log"][:]
    table.commit(table.file([{"id": 3}]), when=1_767_225_600_000 + 3 * 86_400_000)
    table.write(**{"current-snapshot-id": 3, "snapshot-log": was, "refs": {"main": {"snapshot-id": 3, "type": "branch"}, "audit": {"snapshot-id": 4, "type": "branch"}, "first": {"snapshot-id": 1, "type": "tag"}}})
    return own


@pytest.mark.parametrize(
    ("clause", "count"),
    [
        ("", 3),
        ("version as of 1", 1),
        ("for version as of 2", 2),
        ("version as of '2'", 2),
        ("version as of 4", 4),
        ("version as of 'audit'", 4),
        ("version as of 'first'", 1),
        ("version as of 'main'", 3),
        ("timestamp as of '2026-01-02'", 2),
        ("timestamp as of '2026-01-01 23:59:59.999'", 1),
        ("for system_time as of timestamp '2030-01-01'", 3),
    ],
)
def test_a_table_as_it_was(history, clause, count):
    assert history.ask(f"select count(*) as n, max(id) as m from d.p {clause}") == [{"n": count, "m": count - 1}]
    assert history.ask(f"select count(*) as n from d.p {clause}", user="stranger") == NO_TABLE


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("version as of 9", "error[WEFT-Q015]: table `d.p` has no version 9: snapshots 4, 3, 2, 1 remain\n"),
        ("version as of 'nope'", "error[WEFT-Q015]: table `d.p` has no version `nope`: it has `audit`, `first`\n"),
        ("timestamp as of '2025-01-01'", "error[WEFT-Q015]: table `d.p` has no version of 2025-01-01T00:00:00Z: it is known from 2026-01-01T00:00:00+00:00 on\n"),
    ],
)
def test_versions_that_are_not_there(history, clause, says):
    assert history.ask(f"select * from d.p {clause}") == says


def test_versions_are_for_those_who_may_read_the_past(history):
    policy = history.root / "mesh" / "d" / "policy.yaml"
    policy.write_text("".join(line for line in policy.read_text().splitlines(True) if "history" not in line))
    assert history.ask("select count(*) as n from d.p") == [{"n": 3}]
    for clause in ("version as of 1", "version as of 'main'", "version as of 9", "timestamp as of '2026-01-02'"):
        assert history.ask(f"select count(*) as n from d.p {clause}") == NO_HISTORY, clause


def test_versions_that_another_engine_made(tmp_path, made):
    table = made(plain([]).schema)
    table.append(plain(range(3)))
    first = table.current_snapshot().snapshot_id
    table.manage_snapshots().create_tag(first, "three").create_branch(first, "side").commit()
    table.append(plain(range(3, 5)))
    table.append(plain([9]), branch="side")
    own = House(tmp_path, fields(table))
    for clause, count in (("", 5), (f"version as of {first}", 3), ("version as of 'three'", 3), ("version as of 'side'", 4)):
        assert own.ask(f"select count(*) as n from d.p {clause}") == [{"n": count}], clause


def changed(root, *served):
    """A table of three schemas: a column renamed, one dropped, one that came with a default, one that took over a name."""
    own = House(root, served)
    table = Table(own.folder, [field(1, "id", "int"), field(2, "name", "string"), field(3, "gone", "string")])
    table.commit(table.file([{"id": 1, "name": "was", "gone": "g"}]))
    table.evolve([field(1, "id", "long"), field(2, "title", "string"), field(4, "more", "string", **{"initial-default": "d"})])
    table.commit(table.file([{"id": 2, "title": "now", "more": "m"}]))
    table.evolve([*table.fields, field(5, "name", "string")])
    table.commit(table.file([{"id": 3, "title": "now", "name": "other"}]))
    return own


TITLED = [field(1, "id", "long"), field(2, "title", "string"), field(4, "more", "string")]


def test_columns_of_older_versions(tmp_path):
    """Found by their numbers, under the names of now: labels are those of now. What came since is NULL, or its default."""
    own = changed(tmp_path, *TITLED)
    assert own.ask("select * from d.p order by id") == [{"id": 1, "title": "was", "more": "d"}, {"id": 2, "title": "now", "more": "m"}, {"id": 3, "title": "now", "more": None}]
    assert own.ask("select * from d.p version as of 1") == [{"id": 1, "title": "was", "more": "d"}]
    assert own.ask("select id from d.p version as of 1 where more = 'd' and title = 'was'") == [{"id": 1}]
    assert own.ask("select * from d.p version as of 2 order by id") == [{"id": 1, "title": "was", "more": "d"}, {"id": 2, "title": "now", "more": "m"}]


def test_a_column_that_was_another(tmp_path):
    own = changed(tmp_path, *TITLED, field(5, "name", "string"))
    assert own.ask("select id, name from d.p order by id") == [{"id": 1, "name": None}, {"id": 2, "name": None}, {"id": 3, "name": "other"}]
    assert own.ask("select name from d.p version as of 2") == [{"name": None}] * 2
    assert own.ask("select id, name from d.p version as of 1") == (
        "`d.p` cannot be read: column `name` was another column in this version: the one of that name now was made since (reference g000001)\n"
        "error[WEFT-Q015]: table `d.p` has no version 1 that fits its contract: its columns were others then\n"
    )


@pytest.mark.parametrize("named", ["v7.metadata.json", "v7.gz.metadata.json", "v7.metadata.json.gz", "00007-0a.gz.metadata.json"])
def test_metadata_that_is_packed(named, tmp_path):
    own, table = house(tmp_path, FIELDS)
    table.commit(table.file([{"id": 1}]))
    (table.newest.parent / named).write_bytes(gzip.compress(table.newest.read_bytes()))
    table.newest.unlink()
    assert own.ask("select id from d.p") == [{"id": 1}]


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard"])
def test_manifests_that_are_packed(codec, tmp_path):
    own, table = house(tmp_path, FIELDS)
    file = table.file([{"id": at} for at in range(5)])
    table.commit(file, codec=codec).commit(deletes=[table.positions([(file, 0)])], codec=codec)
    assert own.ask("select count(*) as n, min(id) as m from d.p") == [{"n": 4, "m": 1}]


def pointed(root, hint, **names):
    """A table whose metadata files, of one to three rows, have other names."""
    own, table = house(root, FIELDS)
    kept = []
    for number in range(3):
        table.commit(table.file([{"id": number}]))
        kept.append(table.newest.read_bytes())
        table.newest.unlink()
    for number, name in names.items():
        (own.folder / "metadata" / name).write_bytes(kept[int(number[1]) - 1])
    if hint is not None:
        (own.folder / "metadata" / "version-hint.text").write_text(hint)
    return own


ALL = {"_1": "v1.metadata.json", "_2": "v2.metadata.json", "_3": "v3.metadata.json"}


@pytest.mark.parametrize(
    ("hint", "names", "count"),
    [
        ("3", ALL, 3),
        # Written before the hint, and after it was read.
        ("1\n", ALL, 3),
        ("1", {"_1": "v1.metadata.json", "_3": "v3.metadata.json"}, 1),
        ("v2", ALL, 2),
        ("v2.metadata.json", ALL, 2),
        ("00001-a", {"_1": "00001-a.metadata.json", "_2": "00002-b.metadata.json"}, 1),
        ("9", ALL, 3),
        ("", ALL, 3),
        ("../../u", ALL, 3),
        (None, ALL, 3),
        (None, {"_1": "v9.metadata.json", "_2": "v10.metadata.json"}, 2),
        (None, {"_1": "00009-a.metadata.json", "_2": "00010-b.metadata.json"}, 2),
    ],
)
def test_which_metadata_counts(hint, names, count, tmp_path):
    own = pointed(tmp_path, hint, **names)
    (own.folder / "metadata" / "old").mkdir()
    (own.folder / "metadata" / "old" / "00011-c.metadata.json").write_text("{}")
    assert own.ask("select count(*) as n from d.p") == [{"n": count}]


def test_two_metadata_files_of_one_number(tmp_path):
    own = pointed(tmp_path, None, _1="00002-a.metadata.json", _2="00002-b.metadata.json")
    assert own.ask("select count(*) as n from d.p") == refused("`00002-a.metadata.json` and `00002-b.metadata.json` have the same number, and only the table's catalog knows which of them counts; name it in `metadataLocation`")
    at = {"customProperties": [{"property": "metadataLocation", "value": "metadata/00002-a.metadata.json", "vendor": "weft"}]}
    own.declare(*[declared(one["name"], one["type"]) for one in FIELDS], **at)
    assert own.ask("select count(*) as n from d.p") == [{"n": 1}]
    assert own.ask("select count(*) as n from d.p", user="stranger") == NO_TABLE


@pytest.mark.parametrize(
    ("at", "count"),
    [("metadata/v2.metadata.json", 2), ("{folder}/metadata/v2.metadata.json", 2), ("file://{folder}/metadata/v1.metadata.json", 1), ("file:{folder}/metadata/v1.metadata.json", 1)],
)
def test_metadata_that_a_contract_names(at, count, tmp_path):
    own = pointed(tmp_path, "3", **ALL)
    at = {"customProperties": [{"property": "metadataLocation", "value": at.format(folder=own.folder), "vendor": "weft"}]}
    own.declare(*[declared(one["name"], one["type"]) for one in FIELDS], **at)
    assert own.ask("select count(*) as n from d.p") == [{"n": count}]


@pytest.mark.parametrize("at", ["../u/metadata/v1.metadata.json", "metadata/../../u/metadata/v1.metadata.json", "{folder}/../u/metadata/v1.metadata.json", "/etc/passwd", "file:///etc/passwd", "s3://bucket/t/metadata/v1.metadata.json", "{folder}2/metadata/v1.metadata.json"])
def test_metadata_of_another_folder(at, tmp_path):
    own = pointed(tmp_path, "3", **ALL)
    for other in ("u", "t2"):
        shutil.copytree(own.folder, own.folder.parent / other)
    at = at.format(folder=own.folder)
    own.declare(*[declared(one["name"], one["type"]) for one in FIELDS], customProperties=[{"property": "metadataLocation", "value": at, "vendor": "weft"}])
    assert own.ask("select count(*) as n from d.p") == refused(f"its `metadataLocation`, `{at}`, lies outside of the table's own folder")


def test_a_table_that_was_moved(tmp_path):
    """As a whole, deletes and all; what was left behind does not count."""
    own, table = house(tmp_path, FIELDS)
    file = table.file([{"id": at} for at in range(5)])
    table.commit(file).commit(deletes=[table.positions([(file, 0)]), table.equality(["id"], [{"id": 4}])])
    shutil.copytree(own.folder, own.folder.parent / "u")
    shutil.rmtree(own.folder)
    own.declare(*[declared(one["name"], one["type"]) for one in FIELDS], path="./data/u")
    assert own.ask("select id from d.p order by id") == [{"id": at} for at in (1, 2, 3)]


@pytest.mark.parametrize("location", ["s3://bucket/lake/t", "s3a://bucket/lake/t/", "hdfs://name/lake/t", "/lake/t", "file:/lake/t", "abfss://c@a.dfs.core.windows.net/t"])
def test_a_table_of_another_store(location, tmp_path):
    """Copied from there: its files are still named as they were."""
    own, table = house(tmp_path, FIELDS, location=location.rstrip("/"))
    table.metadata["location"] = location
    file = table.file([{"id": at} for at in range(5)])
    table.commit(file).commit(deletes=[table.positions([(file, 0)])])
    assert own.ask("select id from d.p order by id") == [{"id": at} for at in (1, 2, 3, 4)]


def test_tables_without_rows(tmp_path, made):
    table = made(plain([]).schema)
    own = House(tmp_path, fields(table))
    assert own.ask("select * from d.p") == []
    assert own.ask("select count(*) as n, max(id) as m from d.p where id > 3") == [{"n": 0, "m": None}]
    assert own.ask("select * from d.p version as of 1") == "error[WEFT-Q015]: table `d.p` has no version 1: it has no snapshots yet\n"
    table.append(plain([1]))
    assert own.ask("select count(*) as n from d.p") == [{"n": 1}]
    table.delete("id = 1")
    assert own.ask("select count(*) as n, max(name) as m from d.p") == [{"n": 0, "m": None}]


def test_a_folder_without_a_table(tmp_path):
    own = House(tmp_path, FIELDS)
    assert own.ask("select * from d.p") == broken("nothing was found at location `./data/t`")
    (own.folder / "metadata").mkdir(parents=True)
    assert own.ask("select * from d.p") == broken("no iceberg data at `./data/t`")
    assert own.ask("select * from d.p", user="stranger") == NO_TABLE


def test_a_table_is_imported(tmp_path):
    """By its own columns, and as whoever asks may read it."""
    kinds = [field(1, "id", "long"), field(2, "name", "string", doc="Who."), field(3, "s", structure(field(4, "a", "int"), field(5, "l", listing(6, "date")))), field(7, "m", mapping(8, "string", 9, "decimal(9,2)")), field(10, "u", "uuid"), field(11, "t", "timestamptz")]
    table = Table(tmp_path / "t", kinds)
    mark = uuid.UUID(int=5)
    values = {"id": 1, "name": "a", "s": {"a": 1, "l": [DAYS[0]]}, "m": [("k", decimal.Decimal("1.50"))], "u": mark.bytes, "t": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}
    table.commit(table.file([values, {"id": 2}]))
    code, out, err = imported(table.folder, tmp_path / "mesh")
    assert code == 0, err
    assert out.replace(str(tmp_path), "").splitlines()[:7] == [
        "d.p: /t (1 file, 2 rows): written",
        "  id    BIGINT",
        "  name  VARCHAR",
        "  s     STRUCT<a INTEGER, l ARRAY<DATE>>",
        "  m     MAP<VARCHAR, DECIMAL(9,2)>",
        "  u     UUID",
        "  t     TIMESTAMP WITH TIME ZONE",
    ]
    assert "format: iceberg\n" in (tmp_path / "mesh" / "d" / "p" / "p-v1.odcs.yaml").read_text()
    ask = lambda sql, *who: weft("sql", "--catalog", tmp_path / "mesh", "--user", "u", *who, "--output", "json", "-c", sql)  # noqa: E731
    assert json.loads(ask("select * from d.p where id = 1", "--roles", "r")[1]) == [{"id": 1, "name": "a", "s": {"a": 1, "l": ["1969-12-31"]}, "m": {"k": 1.5}, "u": str(mark), "t": "2026-01-01T00:00:00Z"}]
    assert ask("select * from d.p")[2] == NO_TABLE
    # It grows by a column, and the import follows.
    table.evolve([*table.fields, field(12, "more", "int")]).commit(table.file([{"id": 3, "more": 4}]))
    assert json.loads(ask("select count(*) as n from d.p", "--roles", "r")[1]) == [{"n": 3}]
    assert imported(table.folder, tmp_path / "mesh")[0] == 0
    assert json.loads(ask("select more from d.p order by id", "--roles", "r")[1]) == [{"more": None}, {"more": None}, {"more": 4}]


def test_the_files_of_a_table_alone(tmp_path):
    """They hold what it deleted, so whoever calls them Parquet files is wrong."""
    own, table = house(tmp_path, FIELDS)
    file = table.file([{"id": at} for at in range(10)])
    table.commit(file).commit(deletes=[table.positions([(file, at) for at in range(5)])])
    assert own.ask("select count(*) as n from d.p") == [{"n": 5}]
    for path in ("./data/t", "./data/t/*.parquet", "./data/t/**/*.parquet", "./data"):
        own.declare(*[declared(one["name"], one["type"]) for one in FIELDS], path=path, format="parquet")
        said = own.ask("select count(*) as n from d.p")
        assert said == broken(f"`{path}` is not read: an Iceberg table lies there, and its files alone hold rows that it deleted: its format is iceberg"), path


def test_masks_and_rules_hold(tmp_path):
    """For rows, columns, versions, partitions and what predicates tell."""
    rules = ['{id: others-read-some, match: {product: "d.*"}, to: {groups: [others]}, allow: read, rows: "region = \'EU\'"}', '{id: names-are-masked, match: {product: d.p, column: name}, mask: {action: constant, value: "***"}}', "{id: readers-see-names, match: {product: d.p, column: name}, to: {groups: [readers]}, clear: true}"]
    kinds = [*FIELDS, field(3, "region", "string")]
    own = House(tmp_path, kinds, rules=rules)
    own.mesh.write("users.yaml", USERS + "  - {name: other, groups: [others], roles: [], purposes: [], attributes: {}}\n")
    table = Table(own.folder, kinds, [part(3, "identity"), part(2, "truncate[1]", 1001, "first")])
    row = lambda at: {"id": at, "name": f"n{at}", "region": ("EU", "US")[at % 2]}  # noqa: E731
    file = lambda *numbers: table.file([row(at) for at in numbers], partition={"part": row(numbers[0])["region"], "first": "n"}, without=("region",), bounds=("id", "name"))  # noqa: E731
    table.commit(file(0, 2), file(1, 3)).commit(file(4), file(5))
    table.commit(deletes=[table.equality(["id"], [{"id": 2}], {"part": "EU", "first": "n"})])
    everything = [row(at) for at in (0, 1, 3, 4, 5)]
    assert own.ask("select * from d.p order by id") == everything
    assert own.ask("select * from d.p order by id", user="other") == [{"id": at, "name": "***", "region": "EU"} for at in (0, 4)]
    for sql, shown, masked in (
        ("select count(*) as n, max(id) as m from d.p", [{"n": 5, "m": 5}], [{"n": 2, "m": 4}]),
        ("select count(*) as n from d.p where name = 'n4'", [{"n": 1}], [{"n": 0}]),
        ("select count(*) as n from d.p where name = '***'", [{"n": 0}], [{"n": 2}]),
        ("select count(*) as n from d.p where region = 'US'", [{"n": 3}], [{"n": 0}]),
        ("select max(name) as m from d.p", [{"m": "n5"}], [{"m": "***"}]),
    ):
        assert own.ask(sql) == shown, sql
        assert own.ask(sql, user="other") == masked, sql
        assert own.ask(sql, user="stranger") == NO_TABLE, sql
    assert own.ask("select count(*) as n from d.p version as of 2") == [{"n": 6}]
    assert own.ask("select count(*) as n from d.p version as of 2", user="other") == NO_HISTORY
