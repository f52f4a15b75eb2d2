"""Rows that Iceberg tables deleted, and what stands in the place of what their files lack."""

import datetime
import decimal
import json
import math
import uuid

import numpy
import pyarrow as pa
import pytest
from pyiceberg.table import StaticTable

from iceberg_table import NO_TABLE, House, Table, failed, field, house, listing, mapping, part, rows, structure, unreadable

FIELDS = [field(1, "id", "long"), field(2, "name", "string")]


def numbered(numbers):
    return [{"id": at, "name": f"n{at}"} for at in numbers]


def left(own, where="true"):
    return [row["id"] for row in own.ask(f"select id from d.p where {where} order by id")]


def agrees(own, table, wanted):
    """Rows, counts, limits, filters and sums all leave out what is deleted; so does another engine, where it can."""
    wanted = sorted(wanted)
    assert left(own) == wanted
    said = {
        "count(*)": len(wanted), "sum(id)": sum(wanted) if wanted else None, "min(id)": min(wanted, default=None), "max(id)": max(wanted, default=None), "count(*) from d.p where id = 1": wanted.count(1),
        "count(*) from d.p where id >= 3 and id % 2 = 0": sum(at >= 3 and at % 2 == 0 for at in wanted), "count(*) from (select id from d.p limit 3)": min(3, len(wanted)), "max(id) from (select id from d.p order by id limit 2)": max(wanted[:2], default=None),
    }  # fmt: skip
    asked = ", ".join(f"(select {one}{'' if 'from' in one else ' from d.p'}) as c{at}" for at, one in enumerate(said))
    assert own.ask(f"select {asked}") == [{f"c{at}": value for at, value in enumerate(said.values())}]
    if table:
        assert sorted(StaticTable.from_metadata(str(table.newest)).scan().to_arrow()["id"].to_pylist()) == wanted


def test_positions(tmp_path):
    """Of several files, in several files, some of them twice, with several row groups."""
    own, table = house(tmp_path, FIELDS)
    one, other, third = table.file(numbered(range(1000)), row_group_size=100), table.file(numbered(range(1000, 1010))), table.file(numbered(range(2000, 2003)))
    table.commit(one, other).commit(third)
    table.commit(deletes=[table.positions([(one, 0), (one, 1), (one, 99), (one, 100), (one, 999), (other, 9)])])
    table.commit(deletes=[table.positions([(one, 1), (one, 500)], referenced_data_file=one["file_path"]), table.positions([(other, 0)]), table.positions([(third, at) for at in range(3)])])
    assert own.ask("select id from d.p", user="stranger") == NO_TABLE
    agrees(own, table, [at for at in range(1010) if at not in (0, 1, 99, 100, 500, 999, 1000, 1009)])
    assert own.ask("select count(*) as n from d.p version as of 2") == [{"n": 1013}]


def test_positions_are_about_what_was_there(tmp_path):
    """In the same commit or before it: a file of the same name that came later is another."""
    own, table = house(tmp_path, FIELDS)
    early = table.file(numbered(range(5)))
    later = table.file(numbered(range(10, 15)))
    table.commit(early, deletes=[table.positions([(early, 0), (later, 0)])]).commit(later)
    agrees(own, None, [1, 2, 3, 4, 10, 11, 12, 13, 14])
    table.commit(deletes=[table.positions([(later, 0), (later, 77), ("file:///elsewhere/x.parquet", 1)])])
    agrees(own, None, [1, 2, 3, 4, 11, 12, 13, 14])


def test_positions_without_bounds_and_spelled_otherwise(tmp_path):
    own, table = house(tmp_path, FIELDS)
    file = table.file(numbered(range(5)))
    plain = str(own.folder / file["file_path"].removeprefix(f"{table.location}/"))
    table.commit(file).commit(deletes=[table.positions([(plain, 0)]), table.positions([(f"file:{plain}", 1)], lower_bounds=None, upper_bounds=None)])
    agrees(own, None, [2, 3, 4])


def test_positions_in_a_file_of_that_name_elsewhere(tmp_path):
    """What is deleted there may be deleted here: which table was meant is not known."""
    own, table = house(tmp_path, FIELDS)
    file = table.file(numbered(range(5)))
    table.commit(file).commit(deletes=[table.positions([(f"file:///elsewhere/{file['file_path'].rsplit('/')[-1]}", 0)], lower_bounds=None, upper_bounds=None)])
    assert own.ask("select id from d.p") == unreadable("0001.parquet", "rows of a file of its name are deleted that lies outside of the table's own folder", failed)
    assert own.ask("select id from d.p", user="stranger") == NO_TABLE


def test_positions_of_one_partition(tmp_path):
    """Files of deletes are about files of their own partition and specification."""
    own, table = house(tmp_path, FIELDS, [part(2, "identity")])
    a, b = table.file(numbered(range(5)), partition={"part": "a"}, without=("name",)), table.file(numbered(range(10, 15)), partition={"part": "b"}, without=("name",))
    none = table.file(numbered(range(20, 23)), partition={"part": None})
    table.commit(a, b, none)
    table.commit(deletes=[table.positions([(a, 0), (b, 0)], {"part": "a"}), table.positions([(none, 0), (a, 1)], {"part": None})])
    assert left(own) == [1, 2, 3, 4, 10, 11, 12, 13, 14, 21, 22]
    # Of another specification, however much alike.
    table.partition([])
    table.commit(deletes=[table.positions([(a, 4)], {})])
    assert left(own) == [1, 2, 3, 4, 10, 11, 12, 13, 14, 21, 22]
    table.commit(deletes=[table.positions([(b, 4)], {"part": "b"}, referenced_data_file=b["file_path"])], spec=0)
    assert left(own) == [1, 2, 3, 4, 10, 11, 12, 13, 21, 22]
    assert own.ask("select count(*) as n from d.p where name = 'b'") == [{"n": 4}]


def test_a_row_beside_positions_is_passed_over(tmp_path):
    own, table = house(tmp_path, FIELDS)
    file = table.file(numbered(range(5)))
    deleted = table.positions([(file, 2)], row=structure(*FIELDS))
    table.commit(file).commit(deletes=[deleted])
    agrees(own, table, [0, 1, 3, 4])


def test_vectors(tmp_path):
    """They count by themselves, replace what files of positions said before, and are found inside of larger files."""
    own, table = house(tmp_path, FIELDS, version=3)
    one, other = table.file(numbered(range(1000)), row_group_size=100), table.file(numbered(range(2000, 2010)))
    table.commit(one, other, deletes=[table.vector(one, [0, 1, 99, 100, 500, 999])])
    agrees(own, table, [at for at in range(1000) if at not in (0, 1, 99, 100, 500, 999)] + list(range(2000, 2010)))
    table.commit(deletes=[table.vector(other, range(10))])
    agrees(own, table, [at for at in range(1000) if at not in (0, 1, 99, 100, 500, 999)])
    table.commit(table.file(numbered(range(3000, 3003))))
    assert own.ask("select count(*) as n from d.p where id > 1000") == [{"n": 3}]
    assert own.ask("select count(*) as n from d.p", user="stranger") == NO_TABLE


def test_a_vector_beside_older_positions(tmp_path):
    own, table = house(tmp_path, FIELDS)
    one, other = table.file(numbered(range(10))), table.file(numbered(range(20, 25)))
    table.commit(one, other).commit(deletes=[table.positions([(one, 0), (one, 1), (other, 0)])])
    table.version, table.metadata["format-version"], table.metadata["next-row-id"] = 3, 3, 0
    table.commit(deletes=[table.vector(one, [0, 5])])
    agrees(own, None, [at for at in range(10) if at not in (0, 5)] + [21, 22, 23, 24])


MARK = uuid.UUID(int=7)
UTC = datetime.UTC
KEYS = [
    ("boolean", True, False), ("int", -1, 1), ("long", 2**60, 2**60 + 1), ("float", 1.5, -1.5), ("double", math.nan, 0.0), ("double", 0.1, math.inf), ("decimal(9,2)", decimal.Decimal("1.10"), decimal.Decimal("1.11")),
    ("decimal(38,10)", decimal.Decimal("-1.0000000001"), decimal.Decimal(1)), ("date", datetime.date(1969, 12, 31), datetime.date(1970, 1, 1)), ("time", datetime.time(1, 2, 3, 4), datetime.time(1, 2, 3, 5)),
    ("timestamp", datetime.datetime(1969, 1, 1, 0, 0, 0, 1), datetime.datetime(1969, 1, 1)), ("timestamptz", datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)),
    ("timestamp_ns", 1, 2), ("string", "é\0x", "e"), ("string", "", "a"), ("binary", b"\0\xff", b"\0"), ("fixed[3]", b"abc", b"abd"), ("uuid", MARK.bytes, uuid.UUID(int=8).bytes),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "gone", "kept"), KEYS)
def test_keys(kind, gone, kept, tmp_path):
    """Of every type; NULL is equal to NULL."""
    own, table = house(tmp_path, [field(1, "id", "long"), field(2, "k", kind)], version=3 if "ns" in kind else 2)
    table.commit(table.file([{"id": 1, "k": gone}, {"id": 2, "k": kept}, {"id": 3}, {"id": 4, "k": gone}]))
    table.commit(deletes=[table.equality(["k"], [{"k": gone}])])
    agrees(own, None, [2, 3])
    table.commit(deletes=[table.equality(["k"], [{"k": None}])])
    agrees(own, None, [2])


def test_keys_that_are_no_number_are_all_alike(tmp_path):
    own, table = house(tmp_path, [field(1, "id", "long"), field(2, "k", "double")])
    bits = numpy.array([0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000000], numpy.uint64).view(numpy.float64)
    schema = rows(table.fields, []).schema
    table.commit(table.put(pa.table([pa.array(range(4), pa.int64()), pa.array(bits)], schema=schema)))
    table.commit(deletes=[table.equality(["k"], [{"k": math.nan}])])
    agrees(own, None, [3])


def test_keys_of_two_columns(tmp_path):
    own, table = house(tmp_path, [*FIELDS, field(3, "k", "int")])
    values = [{"id": at, "name": name, "k": k} for at, (name, k) in enumerate([("a", 1), ("a", 2), ("b", 1), (None, 1), ("a", None), (None, None), ("a1", None)])]
    table.commit(table.file(values))
    table.commit(deletes=[table.equality(["name", "k"], [{"name": "a", "k": 1}, {"name": None, "k": 1}, {"name": None, "k": None}])])
    agrees(own, None, [1, 2, 4, 6])
    assert own.ask("select count(*) as n from d.p", user="stranger") == NO_TABLE
    # In the other order, and beside deletes by one of them.
    table.commit(deletes=[table.equality([3, 2], [{"name": "a", "k": 2}], fields=[table.fields[2], table.fields[1]]), table.equality(["k"], [{"k": 1}])])
    agrees(own, None, [4, 6])


def test_keys_that_came_again(tmp_path):
    """Deletes are about rows that were there before: not about those of the same commit, and of later ones."""
    own, table = house(tmp_path, FIELDS)
    table.commit(table.file(numbered(range(5))))
    table.commit(table.file([{"id": 1, "name": "again"}]), deletes=[table.equality(["id"], [{"id": 1}, {"id": 2}])])
    table.commit(table.file([{"id": 2, "name": "later"}]))
    agrees(own, None, [0, 1, 2, 3, 4])
    assert own.ask("select name from d.p where id in (1, 2) order by id") == [{"name": "again"}, {"name": "later"}]
    table.commit(deletes=[table.equality(["id"], [{"id": 1}])])
    agrees(own, None, [0, 2, 3, 4])


def test_keys_in_long_files(tmp_path):
    """Rows are counted over batches and row groups; keys come from several files."""
    own, table = house(tmp_path, FIELDS)
    table.commit(table.file(numbered(range(30_000)), row_group_size=7_000))
    gone = range(0, 30_000, 7)
    table.commit(deletes=[table.equality(["id"], [{"id": at} for at in gone if at % 2])]).commit(deletes=[table.equality(["id"], [{"id": at} for at in gone if at % 2 == 0])])
    agrees(own, None, [at for at in range(30_000) if at % 7])


def test_keys_stay_in_their_partition(tmp_path):
    own, table = house(tmp_path, FIELDS, [part(2, "identity")])
    file = lambda name: table.file([{"id": at, "name": name} for at in range(3)], partition={"part": name})  # noqa: E731
    table.commit(file("a"), file("b"), file(None))
    table.commit(deletes=[table.equality(["id"], [{"id": 0}], {"part": "a"}), table.equality(["id"], [{"id": 1}], {"part": None})])
    by = "select name, count(*) as n, sum(id) as s from d.p group by name order by name nulls last"
    assert own.ask(by) == [{"name": "a", "n": 2, "s": 3}, {"name": "b", "n": 3, "s": 3}, {"name": None, "n": 2, "s": 2}]
    # A specification without partitions is about all files.
    table.partition([]).commit(deletes=[table.equality(["id"], [{"id": 2}], {})])
    assert own.ask(by) == [{"name": "a", "n": 1, "s": 1}, {"name": "b", "n": 2, "s": 1}, {"name": None, "n": 1, "s": 0}]
    # So is one of nothing but gone columns.
    table.partition([part(2, "void")]).commit(deletes=[table.equality(["id"], [{"id": 1}], {"part": None})])
    assert own.ask(by) == [{"name": "b", "n": 1, "s": 0}, {"name": None, "n": 1, "s": 0}]
    assert own.ask("select id from d.p where name = 'b'") == [{"id": 0}]


S = field(3, "s", structure(field(4, "a", "int"), field(5, "t", structure(field(6, "b", "string")))))


def test_keys_within_structures(tmp_path):
    own, table = house(tmp_path, [*FIELDS, S])
    values = [{"a": 1, "t": {"b": "x"}}, {"a": 2, "t": {"b": "y"}}, {"a": None, "t": None}, None, {"a": 3, "t": {"b": None}}]
    table.commit(table.file([{"id": at, "s": value} for at, value in enumerate(values)]))
    deeper = field(3, "s", structure(field(5, "t", structure(field(6, "b", "string")))))
    table.commit(deletes=[table.equality([4], [{"s": {"a": 1}}], fields=[field(3, "s", structure(field(4, "a", "int")))]), table.equality([6], [{"s": {"t": {"b": "y"}}}], fields=[deeper])])
    agrees(own, None, [2, 3, 4])
    table.commit(deletes=[table.equality([6], [{"s": {"t": {"b": None}}}], fields=[deeper])])
    agrees(own, None, [])


def test_keys_whose_column_changed(tmp_path):
    """Renamed, promoted, and dropped since: what was deleted stays deleted."""
    own = House(tmp_path, [field(1, "id", "long")])
    table = Table(own.folder, [field(1, "id", "long"), field(2, "k", "int"), field(3, "d", "decimal(4,2)"), field(4, "f", "float")])
    one = decimal.Decimal("1.00")
    table.commit(table.file([{"id": at, "k": at, "d": one * at, "f": at / 2} for at in range(9)]))
    table.commit(deletes=[table.equality(["k"], [{"k": 1}]), table.equality(["d"], [{"d": one * 2}]), table.equality(["f"], [{"f": 1.5}])])
    table.evolve([field(1, "id", "long"), field(2, "key", "long"), field(3, "d", "decimal(10,2)"), field(4, "f", "double")])
    agrees(own, None, [0, 4, 5, 6, 7, 8])
    table.commit(deletes=[table.equality(["key"], [{"key": 4}]), table.equality(["d"], [{"d": one * 5}]), table.equality(["f"], [{"f": 3.0}])])
    agrees(own, None, [0, 7, 8])
    table.evolve([field(1, "id", "long")]).write()
    agrees(own, None, [0, 7, 8])


def test_keys_of_a_column_that_was_promoted_and_dropped(tmp_path):
    """Whichever schema is asked, numbers too large for what it was are not all alike."""
    own = House(tmp_path, [field(1, "id", "long")])
    table = Table(own.folder, [field(1, "id", "long"), field(2, "k", "int")])
    # What the schemas before the last ones say is likely to be found first.
    for number in range(3, 23):
        table.evolve([field(1, "id", "long"), field(2, "k", "int"), field(number, "x", "int")])
    table.evolve([field(1, "id", "long"), field(2, "k", "long")])
    table.commit(table.file([{"id": 1, "k": 2**40}, {"id": 2, "k": 2**41}, {"id": 3, "k": None}]))
    table.commit(deletes=[table.equality(["k"], [{"k": 2**40}])])
    table.evolve([field(1, "id", "long")]).write()
    # Schemas are in no order.
    assert [left(own) for _ in range(4)] == [[2, 3]] * 4


def test_keys_that_came_later(tmp_path):
    """What was there before has NULL there, or the default it came with."""
    own, table = house(tmp_path, FIELDS, version=3)
    table.commit(table.file(numbered(range(3))))
    table.evolve([*FIELDS, field(3, "k", "int", **{"initial-default": 5}), field(4, "n", "int")])
    table.commit(table.file([{"id": 10, "k": 5, "n": 1}, {"id": 11, "k": None, "n": None}]))
    table.commit(deletes=[table.equality(["k"], [{"k": None}])])
    agrees(own, None, [0, 1, 2, 10])
    table.commit(deletes=[table.equality(["n"], [{"n": 1}])])
    agrees(own, None, [0, 1, 2])
    table.commit(table.file([{"id": 12, "k": 6}]), deletes=[table.equality(["k"], [{"k": 5}])])
    agrees(own, None, [12])
    table.commit(deletes=[table.equality(["n"], [{"n": None}])])
    agrees(own, None, [])


def test_keys_within_structures_that_came_later(tmp_path):
    """Of a structure that is NULL nothing is there, not even a default."""
    was, now = field(3, "s", structure(field(4, "a", "int"))), field(3, "s", structure(field(4, "a", "int"), field(5, "k", "int", **{"initial-default": 5})))
    own, table = house(tmp_path, [*FIELDS, now], version=3)
    table.commit(table.file([{"id": 1, "s": {"a": 1}}, {"id": 2, "s": None}], fields=[*FIELDS, was]))
    key = field(3, "s", structure(now["type"]["fields"][1]))
    table.commit(deletes=[table.equality([5], [{"s": {"k": 5}}], fields=[key])])
    assert left(own) == [2]
    table.commit(deletes=[table.equality([5], [{"s": None}], fields=[key])])
    assert left(own) == []


def test_all_deletes_together(tmp_path):
    own, table = house(tmp_path, [*FIELDS, field(3, "k", "int")], version=3)
    value = lambda numbers: [{"id": at, "name": f"n{at}", "k": at % 5} for at in numbers]  # noqa: E731
    one, other = table.file(value(range(50)), row_group_size=10), table.file(value(range(50, 100)))
    table.commit(one, other).commit(deletes=[table.positions([(one, 0), (other, 0)])])
    table.commit(deletes=[table.vector(one, [0, 1]), table.equality(["k"], [{"k": 3}]), table.equality(["id"], [{"id": at} for at in (2, 60, 99)])])
    table.commit(table.file(value([3, 60])), deletes=[table.equality(["name", "k"], [{"name": "n7", "k": 2}, {"name": "n8", "k": 2}])])
    agrees(own, None, [at for at in range(100) if at % 5 != 3 and at not in (0, 1, 2, 7, 50, 60, 99)] + [3, 60])
    assert own.ask("select k, count(*) as n from d.p group by k order by k limit 2") == [{"k": 0, "n": 18}, {"k": 1, "n": 19}]


@pytest.mark.parametrize(("was", "now", "value"), [("int", "long", 7), ("decimal(4,2)", "decimal(20,2)", decimal.Decimal("1.25")), ("float", "double", 1.5)])
def test_partitions_of_a_promoted_column(was, now, value, tmp_path):
    """One partition stays one, however wide its value is written: deletes are about all of it."""
    own = House(tmp_path, [field(1, "id", "long"), field(2, "k", now)])
    table = Table(own.folder, [field(1, "id", "long"), field(2, "k", was)], [part(2, "identity")])
    table.commit(table.file([{"id": 1, "k": value}, {"id": 2, "k": value}], partition={"part": value}))
    table.evolve([field(1, "id", "long"), field(2, "k", now)])
    table.commit(deletes=[table.equality(["id"], [{"id": 1}], {"part": value})])
    assert own.ask("select id, k from d.p") == [{"id": 2, "k": value}]


def test_columns_that_only_partitions_hold(tmp_path):
    """Their values are those of the partition: to select, to filter, to count, and as keys of deletes."""
    kinds = {"a": "string", "b": "date", "c": "decimal(9,2)", "d": "boolean", "e": "timestamptz", "f": "fixed[3]", "g": "double"}
    fields = [field(1, "id", "long"), *[field(at, name, kind) for at, (name, kind) in enumerate(kinds.items(), 2)]]
    own, table = house(tmp_path, fields, [part(at, "identity", 1000 + at, f"p_{name}") for at, name in enumerate(kinds, 2)])
    values = {"a": "x", "b": datetime.date(1969, 12, 31), "c": decimal.Decimal("-1.50"), "d": False, "e": datetime.datetime(1969, 12, 31, 23, tzinfo=UTC), "f": b"abc", "g": 0.5}
    partition = {f"p_{name}": value for name, value in values.items()}
    table.commit(table.file([{"id": 1}, {"id": 2}], partition=partition, without=kinds), table.file([{"id": 3}], partition={}, without=kinds))
    shown = {**values, "b": "1969-12-31", "e": "1969-12-31T23:00:00Z", "f": "616263"}
    assert own.ask("select * from d.p order by id") == [{"id": 1, **shown}, {"id": 2, **shown}, {"id": 3, **dict.fromkeys(kinds)}]
    assert own.ask("select count(*) as n, max(a) as a, min(c) as c from d.p where b = date '1969-12-31' and d = false") == [{"n": 2, "a": "x", "c": decimal.Decimal("-1.50")}]
    assert left(own, "a is null and g is null") == [3]
    assert left(own, "f = X'616263' and id > 1") == [2]
    table.commit(deletes=[table.equality(["id", "a"], [{"id": 1, "a": "x"}, {"id": 2, "a": "y"}], partition), table.equality(["id", "c"], [{"id": 3, "c": None}], {})])
    assert left(own) == [2]


def test_a_uuid_that_only_partitions_hold(tmp_path):
    own, table = house(tmp_path, [field(1, "id", "long"), field(2, "u", "uuid")], [part(2, "identity")])
    table.commit(table.file([{"id": 1}], partition={"part": MARK.bytes}, without=("u",)))
    assert own.ask("select * from d.p") == [{"id": 1, "u": str(MARK)}]
    assert left(own, f"u = '{MARK}'") == [1]


def test_a_partition_that_is_null_is_not_a_default(tmp_path):
    own, table = house(tmp_path, [*FIELDS, field(3, "k", "int", **{"initial-default": 5})], [part(3, "identity")], version=3)
    table.commit(table.file(numbered([1]), partition={"part": None}, without=("k",)), table.file(numbered([2]), partition={"part": 6}, without=("k",)))
    assert own.ask("select id, k from d.p order by id") == [{"id": 1, "k": None}, {"id": 2, "k": 6}]


DEFAULTS = [
    ("boolean", True, True), ("int", 34, 34), ("long", 2**60, 2**60), ("float", 1.5, 1.5), ("double", -0.25, -0.25), ("decimal(9,2)", "14.20", decimal.Decimal("14.20")), ("date", "1969-11-16", "1969-11-16"),
    ("time", "22:31:08.123456", "22:31:08.123456"), ("timestamp", "2017-11-16T22:31:08.123456", "2017-11-16T22:31:08.123456"), ("timestamptz", "2017-11-16T22:31:08.123456+00:00", "2017-11-16T22:31:08.123456Z"),
    ("timestamptz_ns", "2017-11-16T22:31:08.123456789+00:00", "2017-11-16T22:31:08.123456789Z"), ("string", 'i"ce', 'i"ce'),
    ("uuid", str(MARK), str(MARK)), ("binary", "00ff", "00ff"), ("fixed[2]", "000f", "000f"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written", "shown"), DEFAULTS)
def test_defaults(kind, written, shown, tmp_path):
    own, table = house(tmp_path, [*FIELDS, field(3, "v", kind, **{"initial-default": written, "write-default": None})], version=3)
    table.commit(table.file(numbered([1]), without=("v",)), table.file(numbered([2])))
    assert own.ask("select id, v from d.p order by id") == [{"id": 1, "v": shown}, {"id": 2, "v": None}]
    assert own.ask("select count(v) as n from d.p where v is not null") == [{"n": 1}]


def test_defaults_at_every_depth(tmp_path):
    """Of what is NULL there is no default."""
    more = {"initial-default": "d"}
    own, table = house(tmp_path, [*FIELDS, field(3, "s", structure(field(4, "a", "int"), field(5, "b", "string", **more), field(14, "t", structure(field(15, "c", "int"), field(16, "d", "int", **{"initial-default": 9}))))), field(6, "l", listing(7, structure(field(8, "a", "int"), field(9, "b", "string", **more)))), field(10, "m", mapping(11, "string", 12, structure(field(13, "b", "string", **more), field(17, "a", "int"))))], version=3)
    was = [*FIELDS, field(3, "s", structure(field(4, "a", "int"), field(14, "t", structure(field(15, "c", "int"))))), field(6, "l", listing(7, structure(field(8, "a", "int")))), field(10, "m", mapping(11, "string", 12, structure(field(17, "a", "int"))))]
    table.commit(table.file([{"id": 1, "s": {"a": 1, "t": {"c": 1}}, "l": [{"a": 1}, None], "m": [("k", {"a": 1}), ("z", None)]}, {"id": 2, "s": {"a": None, "t": None}, "l": []}, {"id": 3}], fields=was))
    assert own.ask("select id, s, l, m from d.p order by id") == [
        {"id": 1, "s": {"a": 1, "b": "d", "t": {"c": 1, "d": 9}}, "l": [{"a": 1, "b": "d"}, None], "m": {"k": {"b": "d", "a": 1}, "z": None}},
        {"id": 2, "s": {"a": None, "b": "d", "t": None}, "l": [], "m": None},
        {"id": 3, "s": None, "l": None, "m": None},
    ]


def test_defaults_of_structures_that_are_null(tmp_path):
    own, table = house(tmp_path, [field(1, "id", "long"), field(3, "s", structure(field(4, "a", "int"), field(5, "b", "string", **{"initial-default": "d"})))], version=3)
    table.commit(table.file([{"id": 1, "s": {"a": 1}}, {"id": 2}], fields=[field(1, "id", "long"), field(3, "s", structure(field(4, "a", "int")))]))
    assert own.ask("select id, s.b as b from d.p order by id") == [{"id": 1, "b": "d"}, {"id": 2, "b": None}]
    assert left(own, "s.b = 'd'") == [1]


NAMES = [{"field-id": 1, "names": ["id", "nr"]}, {"field-id": 2, "names": ["called"]}, {"field-id": 3, "names": ["s"], "fields": [{"field-id": 4, "names": ["x"]}]}, {"names": ["name"]}, {"field-id": 5, "names": ["l"], "fields": [{"field-id": 6, "names": ["element"]}]}]


def test_files_without_numbers(tmp_path):
    """Their columns are those that the table maps their names to; deletes find them too."""
    own, table = house(tmp_path, [*FIELDS, field(3, "s", structure(field(4, "a", "int"))), field(5, "l", listing(6, "int"))], **{"schema.name-mapping.default": json.dumps(NAMES)})
    file = table.put(pa.table({"name": ["wrong"] * 2, "nr": [1, 2], "called": ["a", "b"], "s": pa.array([{"a": 0, "x": 7}, None], pa.struct([("a", pa.int32()), ("x", pa.int32())])), "l": pa.array([[1], []], pa.list_(pa.int32()))}))
    table.commit(file)
    assert own.ask("select * from d.p order by id") == [{"id": 1, "name": "a", "s": {"a": 7}, "l": [1]}, {"id": 2, "name": "b", "s": None, "l": []}]
    table.commit(deletes=[table.put(pa.table({"called": ["b"]}), content=2, equality_ids=[2])])
    assert left(own) == [1]
    table.commit(deletes=[table.put(pa.table({"file_path": [file["file_path"]], "pos": [0]}), content=1)])
    assert left(own) == []


def test_files_without_numbers_and_names(tmp_path):
    """Then columns are where they always were."""
    own, table = house(tmp_path, FIELDS)
    table.commit(table.put(pa.table({"x": [1, 2], "id": ["a", "b"]})))
    table.commit(deletes=[table.equality(["name"], [{"name": "b"}])])
    assert own.ask("select * from d.p") == [{"id": 1, "name": "a"}]


def test_a_table_that_was_of_version_1(tmp_path):
    """What has no sequence number was there before all that has one."""
    own, table = house(tmp_path, FIELDS, version=1)
    file = table.file(numbered(range(5)))
    table.commit(file)
    agrees(own, table, range(5))
    table.version, table.metadata["format-version"] = 2, 2
    table.manifests = [{**one, "sequence_number": 0} for one in table.manifests]
    table.commit(deletes=[table.positions([(file, 0)]), table.equality(["id"], [{"id": 4}])])
    agrees(own, None, [1, 2, 3])
    # A manifest that was written anew carries them on.
    kept = table.manifest([{"status": 0, "sequence_number": 0, "data_file": file}, {"status": 2, "sequence_number": 0, "data_file": table.file(numbered([9]))}])
    table.commit(manifests=[kept, *table.manifests[1:]], keep=False)
    agrees(own, None, [1, 2, 3])


@pytest.mark.parametrize("bare", [("schemas", "current-schema-id"), ("partition-specs", "default-spec-id", "last-partition-id"), ("schemas", "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id", "refs", "snapshot-log", "sort-orders", "default-sort-order-id", "table-uuid", "last-sequence-number")])
def test_a_table_of_version_1_as_first_writers_left_it(bare, tmp_path):
    own, table = house(tmp_path, FIELDS, [part(2, "identity")], version=1)
    files = [table.file(numbered([at]), partition={"part": name}, without=("name",)) for at, name in enumerate("ab")]
    for file in files:
        table.commit(file)
    for snapshot in table.metadata["snapshots"]:
        del snapshot["schema-id"], snapshot["sequence-number"]
    # The second names its manifests by itself.
    table.metadata["snapshots"][1] |= {"manifest-list": None, "manifests": [one["manifest_path"] for one in table.manifests]}
    del table.metadata["schema"]["schema-id"], table.metadata["partition-spec"][0]["field-id"]
    table.write(**dict.fromkeys(bare))
    assert own.ask("select * from d.p order by id") == [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}]
    assert own.ask("select * from d.p version as of 1") == [{"id": 0, "name": "a"}]
    assert own.ask("select id from d.p where name = 'b'") == [{"id": 1}]
    assert own.ask("select count(*) as n from d.p") == [{"n": 2}]
