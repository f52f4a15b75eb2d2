"""Delta tables: those that other engines write, and what a log may say beyond that."""

import datetime
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from command import weft
from delta_log import Log, beside, field, inline, mapped
from meshes import Mesh
from reading import rows

KINDS = {"long": ("integer", "bigint"), "integer": ("integer", "int"), "string": ("string", "string"), "double": ("number", "double"), "date": ("date", "date"), "timestamp": ("timestamp", "timestamp"), "dates": ("array", "date")}


class Lake:
    """A product over a table, and how it is asked."""

    def __init__(self, root, columns):
        self.mesh, self.root = Mesh(root / "mesh"), root
        self.folder = root / "mesh" / "data" / "t"
        properties = [{"name": name, "logicalType": logical, "physicalType": physical, "classification": "public"} for name, (logical, physical) in columns.items()]
        for one in properties:
            if one["logicalType"] == "array":
                one["items"] = {"logicalType": one["physicalType"], "physicalType": one.pop("physicalType"), "classification": "public"}
        self.mesh.product("d", "p", contract={"schema": [{"name": "p", "physicalName": "p", "properties": properties}]}, server={"server": "local", "type": "local", "path": "./data/t", "format": "delta"}, rules=['{id: readers-read-the-past, match: {product: "d.*"}, to: {groups: [readers]}, allow: history}'])

    def ask(self, sql, user="reader"):
        code, out, err = weft("sql", "--catalog", self.root / "mesh", "--as", user, "--output", "json", "-c", sql)
        return json.loads(out) if code == 0 else err


def lake(root, **kinds):
    return Lake(root, {name: KINDS[kind] for name, kind in kinds.items()})


def test_a_table_that_another_engine_wrote(tmp_path):
    """Appended to, overwritten in part, and with a checkpoint."""
    house = lake(tmp_path, id="long", name="string", day="date")
    data = lambda numbers: pa.table({"id": list(numbers), "name": [f"n{at}" for at in numbers], "day": [datetime.date(2026, 1, 1 + at % 3) for at in numbers]})  # noqa: E731
    write_deltalake(house.folder, data(range(100)), partition_by=["day"])
    for at in range(1, 12):
        write_deltalake(house.folder, data(range(at * 100, at * 100 + 100)), mode="append")
    table = DeltaTable(house.folder)
    table.delete("id % 7 = 0")
    table.create_checkpoint()
    write_deltalake(house.folder, data(range(5000, 5010)), mode="append")
    wanted = DeltaTable(house.folder).to_pyarrow_table()
    assert rows(pa.Table.from_pylist(house.ask("select * from d.p"))) == rows(wanted.select(["id", "name", "day"]).cast(pa.schema([("id", pa.int64()), ("name", pa.string()), ("day", pa.string())])))
    assert house.ask("select count(*) as n, sum(id) as s from d.p where day = date '2026-01-02'") == [
        {"n": sum(str(day) == "2026-01-02" for day in wanted["day"].to_pylist()), "s": sum(number for number, day in zip(wanted["id"].to_pylist(), wanted["day"].to_pylist()) if str(day) == "2026-01-02")}
    ]
    assert "table `d.p` does not exist" in house.ask("select * from d.p", user="stranger")


@pytest.mark.parametrize("where", ["inline", "beside"])
def test_deleted_rows_are_gone(where, tmp_path):
    """From every clause, from counts, and from several row groups."""
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin([field("id", "long"), field("name", "string")], features=["deletionVectors"], **{"delta.enableDeletionVectors": "true"})
    gone = [0, 1, 2, 50, 99, 100, 101, 250, 999]
    vector = inline(gone) if where == "inline" else beside(house.folder, gone)
    table = pa.table({"id": range(1000), "name": [f"n{at}" for at in range(1000)]})
    log.commit(log.file("a.parquet", table, vector=vector, row_group_size=100), log.file("b.parquet", table.slice(0, 10)))
    left = [at for at in range(1000) if at not in gone] + list(range(10))
    assert sorted(row["id"] for row in house.ask("select id from d.p")) == sorted(left)
    assert house.ask("select count(*) as n from d.p") == [{"n": len(left)}]
    assert house.ask("select count(*) as n, min(id) as a, max(id) as z from d.p where id > 98 and id < 103") == [{"n": 1, "a": 102, "z": 102}]
    assert house.ask("select count(*) as n from d.p where name = 'n250'") == [{"n": 0}]
    assert len(house.ask("select id from d.p limit 5")) == 5
    assert house.ask("select id from d.p order by id limit 3") == [{"id": 0}, {"id": 1}, {"id": 2}]


@pytest.mark.parametrize("mode", ["name", "id"])
def test_columns_that_files_call_otherwise(mode, tmp_path):
    house = lake(tmp_path, id="long", name="string", part="string")
    fields = [mapped("id", "long", 1, "col-a"), mapped("name", "string", 2, "id"), mapped("part", "string", 3, "col-c")]
    log = Log(house.folder).begin(fields, partition=["part"], **{"delta.columnMapping.mode": mode, "delta.columnMapping.maxColumnId": "3"})
    number = lambda at: {b"PARQUET:field_id": str(at).encode()}  # noqa: E731
    names = ("col-a", "id") if mode == "name" else ("renamed", "col-a")
    schema = pa.schema([pa.field(names[0], pa.int64(), metadata=number(1)), pa.field(names[1], pa.string(), metadata=number(2))])
    table = pa.table([pa.array(range(10)), pa.array([f"n{at}" for at in range(10)])], schema=schema)
    log.commit(log.file("x/a.parquet", table, values={"col-c": "p q"}), log.file("b.parquet", table, values={"col-c": None}))
    found = house.ask("select id, name, part from d.p where id >= 8 order by part, id")
    assert found == [{"id": at, "name": f"n{at}", "part": part} for part in ("p q", None) for at in (8, 9)]


@pytest.fixture
def history(tmp_path):
    """A table of three versions, the first two of known times."""
    house = lake(tmp_path, id="long")
    for version in range(3):
        write_deltalake(house.folder, pa.table({"id": [version]}), mode="append")
        day = datetime.datetime(2026, 1, 1 + version, tzinfo=datetime.UTC).timestamp()
        os.utime(house.folder / "_delta_log" / f"{version:020}.json", (day, day))
    return house


@pytest.mark.parametrize(
    ("clause", "rows"),
    [
        ("", 3),
        ("VERSION AS OF 0", 1),
        ("for version as of 1", 2),
        ("VERSION AS OF '1'", 2),
        ("TIMESTAMP AS OF '2026-01-02'", 2),
        ("TIMESTAMP AS OF '2026-01-01 23:59:59'", 1),
        ("FOR TIMESTAMP AS OF '2026-01-03T00:00:00Z' as t", 3),
        ("FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-02 12:00:00'", 2),
        ("FOR SYSTEM_TIME AS OF TIMESTAMP '2030-01-01'", 3),
    ],
)
def test_a_table_as_it_was(history, clause, rows):
    assert history.ask(f"select count(*) as n from d.p {clause}") == [{"n": rows}]


def test_versions_beside_each_other(history):
    sql = "select p.id from d.p left join d.p version as of 1 as old on p.id = old.id where old.id is null"
    assert history.ask(sql) == [{"id": 2}]
    both = "select max(p.id) as a from d.p version as of 0 union all select max(p.id) from d.p version as of 1 order by a"
    assert history.ask(both) == [{"a": 0}, {"a": 1}]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select * from d.p version as of 7", "error[WEFT-Q015]: table `d.p` has no version 7: versions 0 to 2 remain\n"),
        (
            "select * from d.p timestamp as of '2025-01-01'",
            "error[WEFT-Q015]: table `d.p` has no version of 2025-01-01T00:00:00Z: versions 0 to 2 remain\n",
        ),
        (
            "select * from d.p\n timestamp as of now() - interval '1' day",
            "error[WEFT-Q002]: AS OF an expression is not supported at line 2, column 2\n  hint: Write `domain.table VERSION AS OF 3` or `domain.table TIMESTAMP AS OF '2026-01-31T12:00:00Z'`.\n",
        ),
        (
            "select * from (select 1) version as of 3",
            "error[WEFT-Q002]: AS OF behind anything but the name of a table is not supported at line 1, column 26\n  hint: Write `domain.table VERSION AS OF 3` or `domain.table TIMESTAMP AS OF '2026-01-31T12:00:00Z'`.\n",
        ),
        (
            "select * from d.p timestamp as of 'yesterday'",
            "error[WEFT-Q001]: AS OF 'yesterday' is no time; write it as '2026-01-31 12:00:00' or '2026-01-31T12:00:00Z'\n",
        ),
    ],
)
def test_versions_that_are_not_there(history, sql, says):
    assert history.ask(sql) == says


def test_who_may_not_see_a_table_sees_no_version(history):
    for clause in ("version as of 0", "version as of 7"):
        assert history.ask(f"select * from d.p {clause}", user="stranger").startswith("error[WEFT-Q003]: table `d.p` does not exist\n")


def test_a_version_whose_log_was_cleaned(history):
    DeltaTable(history.folder).create_checkpoint()
    write_deltalake(history.folder, pa.table({"id": [3]}), mode="append")
    for version in range(2):
        (history.folder / "_delta_log" / f"{version:020}.json").unlink(missing_ok=True)
    assert history.ask("select count(*) as n from d.p version as of 2") == [{"n": 3}]
    assert history.ask("select count(*) as n from d.p version as of 1") == "error[WEFT-Q015]: table `d.p` has no version 1: versions 2 to 3 remain\n"


def test_an_older_version_without_a_column(tmp_path):
    """What came since was nowhere then; where the contract says that it is never NULL, the version does not fit."""
    house = lake(tmp_path, id="long", name="string")
    write_deltalake(house.folder, pa.table({"id": [1, 2]}))
    write_deltalake(house.folder, pa.table({"id": [3], "name": ["n"]}), mode="append", schema_mode="merge")
    assert house.ask("select * from d.p version as of 0 order by id") == [{"id": 1, "name": None}, {"id": 2, "name": None}]
    assert house.ask("select count(*) as n, count(name) as m from d.p version as of 0 where name is null") == [{"n": 2, "m": 0}]
    assert house.ask("select max(id) as a from d.p version as of 0 where name = 'n'") == [{"a": None}]


def test_an_older_version_of_a_column_of_another_name(tmp_path):
    """Its values are not NULL: they are not to be had by the name of now."""
    house = lake(tmp_path, id="long", name="string")
    mapping = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "2"}
    log = Log(house.folder).begin([mapped("id", "long", 1, "c1"), mapped("called", "string", 2, "c2")], **mapping)
    log.commit(log.file("a.parquet", pa.table({"c1": [1], "c2": ["n"]})))
    metadata = json.loads((house.folder / "_delta_log" / f"{0:020}.json").read_text().splitlines()[1])["metaData"]
    fields = [mapped("id", "long", 1, "c1"), mapped("name", "string", 2, "c2")]
    log.commit({"metaData": {**metadata, "schemaString": json.dumps({"type": "struct", "fields": fields})}})
    assert house.ask("select * from d.p") == [{"id": 1, "name": "n"}]
    assert "has no version 1 that fits its contract" in house.ask("select * from d.p version as of 1")


def test_an_older_version_of_other_columns(tmp_path):
    """The product is not broken: it was another table then. Which column it is about is for whoever runs the engine."""
    house = lake(tmp_path, id="long", name="string")
    write_deltalake(house.folder, pa.table({"id": ["a"]}))
    write_deltalake(house.folder, pa.table({"id": [1], "name": ["n"]}), mode="overwrite", schema_mode="overwrite")
    assert house.ask("select * from d.p") == [{"id": 1, "name": "n"}]
    answer = house.ask("select * from d.p version as of 0")
    assert answer.endswith("error[WEFT-Q015]: table `d.p` has no version 0 that fits its contract: its columns were others then\n"), answer


@pytest.mark.parametrize("zone", ["UTC", "Europe/Vienna"])
def test_days_of_the_calendar_that_was_in_force(zone, tmp_path):
    """As Spark writes them on request: a day is the one of its name, wherever it is counted, compared and summed up."""
    said = {"org.apache.spark.version": "3.5.0", "org.apache.spark.legacyDateTime": "", "org.apache.spark.timeZone": zone}
    days = pa.array([-719_164, -141_428, -141_427, 0, None], pa.date32())
    instants = pa.array([-12_219_336_000_000_000, -1, 0, 1, None], pa.timestamp("us", "UTC"))
    nested = pa.array([[day] for day in days], pa.list_(pa.date32()))
    table = pa.table({"id": range(5), "day": days, "at": instants, "days": nested}).replace_schema_metadata(said)
    house = lake(tmp_path, id="long", day="date", at="timestamp", days="dates")
    days = field("days", {"type": "array", "elementType": "date", "containsNull": True})
    log = Log(house.folder).begin([field("id", "long"), field("day", "date"), field("at", "timestamp"), days])
    log.commit(log.file("a.parquet", table))
    named = ["0001-01-01", "1582-10-04", "1582-10-15", "1970-01-01", None]
    assert house.ask("select day, days from d.p order by id") == [{"day": day, "days": [day]} for day in named]
    assert house.ask("select min(day) as a, count(*) as n from d.p where day < date '1582-10-15'") == [{"a": "0001-01-01", "n": 2}]
    assert house.ask("select id from d.p where day = date '1582-10-04'") == [{"id": 1}]
    if zone == "UTC":
        assert house.ask("select id from d.p where at = arrow_cast(-12220200000000000, 'Timestamp(Microsecond, Some(\"UTC\"))')") == [{"id": 0}]
        assert house.ask("select min(at) as a from d.p") == [{"a": "1582-10-04T12:00:00Z"}]
    else:
        assert "a time before 1900 is in Spark's legacy calendar, of time zone `Europe/Vienna`: only UTC is read" in house.ask("select at from d.p")


def test_the_files_of_a_table_alone(tmp_path):
    """They hold what it deleted, so whoever calls them Parquet files is wrong."""
    house = lake(tmp_path, id="long")
    write_deltalake(house.folder, pa.table({"id": range(10)}))
    DeltaTable(house.folder).delete("id < 5")
    assert house.ask("select count(*) as n from d.p") == [{"n": 5}]
    contract = house.root / "mesh" / "d" / "p" / "p-v1.odcs.yaml"
    for path in ("./data/t", "./data/t/*.parquet", "./data"):
        text = contract.read_text().replace('"format": "delta"', '"format": "parquet"').replace("format: delta", "format: parquet").replace("./data/t", path)
        contract.write_text(text)
        said = house.ask("select count(*) as n from d.p")
        assert "a Delta table lies there, and its files alone hold rows that it deleted: its format is delta" in said, (path, said)
        contract.write_text(text.replace(path, "./data/t"))


@pytest.mark.parametrize("empty", [[0], [2], [1, 3], [4, 4, 4]])
def test_row_groups_without_rows(empty, tmp_path):
    """Writers place them anywhere; where in a file they come does not matter, and neither do deleted rows."""
    house = lake(tmp_path, **dict.fromkeys("abcd", "long"))
    log = Log(house.folder).begin([field(name, "long") for name in "abcd"], features=["deletionVectors"], **{"delta.enableDeletionVectors": "true"})
    table = pa.table({name: range(4_000) for name in "abcd"})
    add = log.file("x.parquet", table, vector=beside(house.folder, range(0, 4_000, 3)))
    with pq.ParquetWriter(house.folder / "x.parquet", table.schema) as writer:
        for number in range(5):
            for _ in range(empty.count(number)):
                writer.write_table(table.slice(0, 0))
            if number < 4:
                writer.write_table(table.slice(number * 1_000, 1_000))
    add["add"]["size"] = (house.folder / "x.parquet").stat().st_size
    log.commit(add)
    left = [row for row in range(4_000) if row % 3]
    for name in "abcd":
        assert house.ask(f"select count({name}) as n, sum({name}) as s, max({name}) as m from d.p where {name} >= 0") == [{"n": len(left), "s": sum(left), "m": max(left)}]
