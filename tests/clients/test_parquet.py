"""Parquet as other writers write it: imported, read back row for row, or refused with a reason."""

import datetime
import decimal
import json
import math
import random
import re
import uuid

import duckdb
import numpy
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import footers
from command import weft

MANY = 5_000


def imported(location, mesh, product="p", domain="d"):
    return weft("import", location, "--domain", domain, "--product", product, "--into", mesh, "--reader", "r", "--classification", "public", "--write", "--drop-columns")


def asked(mesh, sql, out):
    return weft("sql", "--catalog", mesh, "--user", "u", "--roles", "r", "-c", sql, "-o", out)


def through(location, tmp_path, sql="select * from d.p"):
    """What Weft reads of a location, as a table."""
    mesh, out = tmp_path / "mesh", tmp_path / "out.parquet"
    code, _, err = imported(location, mesh)
    assert code == 0, err
    code, _, err = asked(mesh, sql, out)
    assert code == 0, err
    return pq.read_table(out)


def plain(value):
    match value:
        case float():
            return "NaN" if math.isnan(value) else repr(value)
        case numpy.floating():
            return plain(float(value))
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case datetime.datetime() if value.tzinfo is not None:
            return str(value.astimezone(datetime.UTC))
        case uuid.UUID():
            return str(value)
        case _:
            return value


def rows(table):
    """Rows in an order of their own; instants as UTC, whatever zone they are labelled with."""
    return sorted(json.dumps(plain(row), default=str, sort_keys=True) for row in table.to_pylist())


def small(kind):
    """Three values of a type, one of them NULL."""
    name = str(kind)
    if pa.types.is_null(kind):
        return [None] * 3
    if name == "bool":
        return [True, None, False]
    if "string" in name:
        return ["a", None, "é€😀" * 9]
    if "binary" in name:
        return [b"\x00\xff", None, b"x" * 30]
    if name.startswith("date"):
        return [datetime.date(2020, 1, 1), None, datetime.date(1960, 1, 1)]
    if name == "halffloat":
        return [numpy.float16(1.5), None, numpy.float16(-2)]
    return [1, None, 3]


SCALARS = [
    pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float16(),
    pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view(), pa.date32(),
    pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.duration("s"), pa.duration("ms"), pa.duration("us"),
    pa.duration("ns"), *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")), *(pa.timestamp(unit, "Europe/Berlin") for unit in ("ms", "us", "ns")),
]  # fmt: skip
DECIMALS = [(5, 2), (9, 0), (18, 6), (38, 10), (60, 5), (76, 76)]


def decimals(precision, scale):
    kind = (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, scale)
    return pa.array([decimal.Decimal(-1).scaleb(-scale), None, decimal.Decimal(1).scaleb(-scale)], kind)


STRUCT = pa.struct([("a", pa.int32()), ("b b", pa.struct([("c.d", pa.string()), ("t", pa.timestamp("ms"))]))])
NESTED = {
    "lists": pa.table(
        {
            "v": pa.array([[1, 2], None, [], [None, 3]], pa.list_(pa.int32())),
            "l": pa.array([["a"], None, [], [None, "b"]], pa.large_list(pa.string())),
            "f": pa.array([[1.0, 2.0], None, [3.0, 4.0], [5.0, None]], pa.list_(pa.float32(), 2)),
            "n": pa.array([[[1], []], None, [None], [[2, None]]], pa.list_(pa.list_(pa.int64()))),
        }
    ),
    "structs": pa.table(
        {
            "v": pa.array([{"a": 1, "b b": {"c.d": "x", "t": 5}}, None, {"a": None, "b b": None}], STRUCT),
            "l": pa.array([[{"a": 1}], None, [None]], pa.list_(pa.struct([("a", pa.int8())]))),
        }
    ),
    "maps": pa.table(
        {
            "v": pa.array([[("k", 1)], None, [], [("z", None)]], pa.map_(pa.string(), pa.int32())),
            "m": pa.array([[(1, {"x": [1]})], None, [], [(2, None)]], pa.map_(pa.int64(), pa.struct([("x", pa.list_(pa.int16()))]))),
        }
    ),
    "dictionaries": pa.table({"v": pa.array(["a", "b", None, "a"]).dictionary_encode(), "i": pa.array([1, 2, None, 1]).dictionary_encode()}),
    "bytes": pa.table({"v": pa.array([b"abcd", None], pa.binary(4)), "s": pa.array([b"a" * 16, None], pa.binary(16))}),
    "uuid": pa.table({"v": pa.array([uuid.UUID(int=5).bytes, None], pa.uuid())}),
    "nan": pa.table({"v": [1.0, float("nan"), None, -0.0, 0.0, float("inf")]}),
    "nothing": pa.table({"a": pa.array([], pa.int32()), "b": pa.array([], pa.string())}),
    "names": pa.table({name: [at] for at, name in enumerate(["A", "a", "select", "with space", "dot.ted", 'qu"ote', "ünï", "`b`", "", "$x"])}),
}


@pytest.mark.parametrize("kind", SCALARS, ids=str)
def test_scalars(kind, tmp_path):
    table = pa.table({"v": pa.array(small(kind), kind)})
    pq.write_table(table, tmp_path / "t.parquet")
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(table)


def test_decimals(tmp_path):
    table = pa.table({f"d_{precision}_{scale}": decimals(precision, scale) for precision, scale in DECIMALS})
    pq.write_table(table, tmp_path / "t.parquet")
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(table)
    whole = table.select(["d_5_2", "d_18_6"])
    pq.write_table(whole, tmp_path / "t.parquet", store_decimal_as_integer=True)
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(whole)


@pytest.mark.parametrize("shape", NESTED)
def test_nested(shape, tmp_path):
    """A column without a name is served under another."""
    pq.write_table(NESTED[shape], tmp_path / "t.parquet")
    wanted = NESTED[shape].rename_columns([name or f"column_{at + 1}" for at, name in enumerate(NESTED[shape].column_names)])
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(wanted)


WRITERS = {
    **{f"codec {codec}": {"compression": codec} for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4")},
    **{f"version {version}": {"version": version} for version in ("1.0", "2.4", "2.6")},
    "pages 2.0": {"data_page_version": "2.0", "data_page_size": 512, "write_page_index": True},
    "row groups": {"row_group_size": 700, "write_page_index": True},
    "no statistics": {"write_statistics": False},
    "checksums": {"write_page_checksum": True},
    "delta": {"use_dictionary": False, "column_encoding": {"v": "DELTA_BINARY_PACKED", "s": "DELTA_BYTE_ARRAY", "f": "BYTE_STREAM_SPLIT"}},
    "lengths": {"use_dictionary": False, "column_encoding": {"v": "PLAIN", "s": "DELTA_LENGTH_BYTE_ARRAY", "f": "PLAIN"}},
}


def many():
    return pa.table({"v": pa.array(range(MANY), pa.int32()), "s": [f"s{at % 97}" for at in range(MANY)], "f": [at / 7 for at in range(MANY)]})


@pytest.mark.parametrize("how", WRITERS)
def test_ways_of_writing(how, tmp_path):
    pq.write_table(many(), tmp_path / "t.parquet", **WRITERS[how])
    assert through(tmp_path / "t.parquet", tmp_path, "select * from d.p order by v").to_pylist() == many().to_pylist()
    some = through(tmp_path / "t.parquet", tmp_path, "select count(*) as n, min(s) as s from d.p where v between 1000 and 1999 and s = 's5'")
    assert some.to_pylist() == [{"n": 10, "s": "s5"}]


def test_times_in_twelve_bytes_reach_further_than_nanoseconds(tmp_path):
    moments = pa.array([0, None, -62135596800000000, 253402300799000000], pa.timestamp("us"))
    pq.write_table(pa.table({"t": moments}), tmp_path / "t.parquet", use_deprecated_int96_timestamps=True)
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(pa.table({"t": moments}))


def test_what_another_engine_writes(tmp_path):
    """DuckDB's types, its dictionaries and bloom filters, its intervals and its legacy ways."""
    sql = """select i, i::hugeint % 7 as h, ('2020-01-01'::date + i::int) as d, i::varchar as s, [i, null] as l, {'a': i, 'b': [i]} as st,
             map([i], [i::varchar]) as m, i % 3 = 0 as b, (i / 7)::decimal(18, 3) as c, uuid() as u, time '10:00:00' + to_seconds(i) as t,
             timestamptz '2020-01-01 00:00:00+00' + to_days(i::int) as z, ('x' || i)::blob as y
             from range(3000) r(i)"""
    path = tmp_path / "t.parquet"
    duckdb.sql(f"copy ({sql}) to '{path}' (format parquet, row_group_size 1000)")
    assert rows(through(path, tmp_path)) == rows(duckdb.sql(f"select * from '{path}'").to_arrow_table())
    for at in (0, 1500, 2999):
        found = through(path, tmp_path, f"select i, s from d.p where s = '{at}' and i = {at}")
        assert found.to_pylist() == [{"i": at, "s": str(at)}]


def test_intervals_keep_their_months(tmp_path):
    path = tmp_path / "t.parquet"
    duckdb.sql(f"copy (select interval '3 months 2 days 5 seconds' as i) to '{path}' (format parquet)")
    code, _, err = imported(path, tmp_path / "mesh")
    assert code == 0, err
    code, out, err = weft("sql", "--catalog", tmp_path / "mesh", "--user", "u", "--roles", "r", "--output", "csv", "-c", "select i from d.p")
    assert (code, out) == (0, "i\n3 mons 2 days 5.000000000 secs\n"), err
    assert asked(tmp_path / "mesh", "select i, 1 as n from d.p", tmp_path / "out.parquet")[0] == 0
    assert duckdb.sql(f"select i = interval '3 months 2 days 5 seconds', n from '{tmp_path}/out.parquet'").fetchall() == [(True, 1)]
    code, _, err = asked(tmp_path / "mesh", "select i - interval '1 year' as i from d.p", tmp_path / "out.parquet")
    assert code == 2 and "Parquet holds no interval that is negative or finer than a millisecond" in err, err


# --- directories ------------------------------------------------------------------------------------------------------
def write(folder, **files):
    folder.mkdir()
    for name, table in files.items():
        pq.write_table(table, folder / f"{name}.parquet")


def test_schemas_that_drift_at_every_depth(tmp_path):
    """Columns, fields of structs and values of maps come, go, change places and grow."""
    narrow = pa.map_(pa.string(), pa.struct([("u", pa.int32()), ("w", pa.int32())]))
    wide = pa.map_(pa.string(), pa.struct([("w", pa.int32()), ("u", pa.int64())]))
    write(
        tmp_path / "t",
        a=pa.table({"x": pa.array([1], pa.int32()), "s": pa.array([{"p": 1}], pa.struct([("p", pa.int32())])), "m": pa.array([[("k", {"u": 1, "w": 2})]], narrow)}),
        b=pa.table({"m": pa.array([[("k", {"w": 20, "u": 2**40})]], wide), "s": pa.array([{"q": "z", "p": 2**40}], pa.struct([("q", pa.string()), ("p", pa.int64())])), "x": [2**40], "y": ["new"]}),
        c=pa.table({"y": ["only"], "s": pa.array([{"r": 1.5}], pa.struct([("r", pa.float64())]))}),
    )  # fmt: skip
    (tmp_path / "t" / "_SUCCESS").touch()
    (tmp_path / "t" / "_metadata").write_bytes(b"no data")
    assert rows(through(tmp_path / "t", tmp_path)) == rows(
        pa.Table.from_pylist(
            [
                {"x": 1, "s": {"p": 1, "q": None, "r": None}, "m": [("k", {"u": 1, "w": 2})], "y": None},
                {"x": 2**40, "s": {"p": 2**40, "q": "z", "r": None}, "m": [("k", {"u": 2**40, "w": 20})], "y": "new"},
                {"x": None, "s": {"p": None, "q": None, "r": 1.5}, "m": None, "y": "only"},
            ],
            pa.schema([("x", pa.int64()), ("s", pa.struct([("p", pa.int64()), ("q", pa.string()), ("r", pa.float64())])), ("m", wide), ("y", pa.string())]),
        )
    )
    for sql, wanted in {
        "select x from d.p where y is null": [1],
        "select x from d.p where x > 5": [2**40],
        "select x from d.p where s['q'] = 'z'": [2**40],
        "select count(*) as x from d.p where y is not null": [2],
        "select max(x) as x from d.p": [2**40],
        "select count(x) as x from d.p": [2],
    }.items():
        assert through(tmp_path / "t", tmp_path, sql)["x"].to_pylist() == wanted, sql


def test_types_that_no_type_holds_are_told_apart(tmp_path):
    write(tmp_path / "t", a=pa.table({"x": [1]}), b=pa.table({"x": ["text"]}))
    code, _, err = imported(tmp_path / "t", tmp_path / "mesh")
    assert code == 2
    assert err == (
        "error: column `x` is Int64 in `a.parquet` and Utf8 in `b.parquet`, and no type holds both\n"
        "  hint: Import the files apart, with patterns, or write some of them anew.\n"
    )


def test_a_file_that_changes_its_type_later_is_refused(tmp_path):
    write(tmp_path / "t", a=pa.table({"x": [1]}))
    assert imported(tmp_path / "t", tmp_path / "mesh")[0] == 0
    pq.write_table(pa.table({"x": ["1"]}), tmp_path / "t" / "b.parquet")
    code, _, err = asked(tmp_path / "mesh", "select x from d.p", tmp_path / "out.csv")
    assert code == 1 and "WEFT-Q007" in err, err
    code, out, _ = weft("validate", "--bind", tmp_path / "mesh")
    assert code == 1 and "column `x` is declared as Int64, and `b.parquet` holds Utf8" in out, out


def hive(tmp_path):
    keys = ["a/b", "ü %", "__x", None, "", "k=v", "007"]
    table = pa.table({"k": keys * 6, "n": range(42), "i": [at % 3 for at in range(42)], "d": [datetime.date(2026, 1, 1 + at % 2) for at in range(42)]})
    pq.write_to_dataset(table, tmp_path / "t", partition_cols=["k", "i", "d"])
    return table


def test_folders_that_carry_values(tmp_path):
    table = hive(tmp_path)
    assert rows(through(tmp_path / "t", tmp_path)) == rows(table)
    contract = (tmp_path / "mesh" / "d" / "p" / "p-v1.odcs.yaml").read_text()
    assert re.findall(r"physicalType: (\w+)\n +partitioned: true", contract) == ["string", "bigint", "date"]
    for sql, wanted in {
        "k is null": [n for n, k in zip(table["n"].to_pylist(), table["k"].to_pylist()) if k is None],
        "k = ''": [n for n, k in zip(table["n"].to_pylist(), table["k"].to_pylist()) if k == ""],
        "k = 'a/b' and i >= 1": [n for n, k, i in zip(*(table[c].to_pylist() for c in "nki")) if k == "a/b" and i >= 1],
        "d = date '2026-01-02' and i = 2": [n for n, d, i in zip(*(table[c].to_pylist() for c in "ndi")) if d.day == 2 and i == 2],
        "k not in ('007', 'k=v')": [n for n, k in zip(*(table[c].to_pylist() for c in "nk")) if k not in ("007", "k=v", None)],
    }.items():
        assert sorted(through(tmp_path / "t", tmp_path, f"select n from d.p where {sql}")["n"].to_pylist()) == sorted(wanted), sql
    counted = through(tmp_path / "t", tmp_path, "select count(*) as n, count(k) as k, max(d) as d, count(distinct i) as i from d.p").to_pylist()
    assert counted == [{"n": 42, "k": 36, "d": datetime.date(2026, 1, 2), "i": 3}]


def test_patterns(tmp_path):
    write(tmp_path / "t", a1=pa.table({"x": [1]}), a2=pa.table({"x": [2]}), b1=pa.table({"y": ["no"]}))
    assert rows(through(tmp_path / "t" / "a*.parquet", tmp_path)) == rows(pa.table({"x": [1, 2]}))


@pytest.mark.parametrize("name", ["part-0", "part.snappy", "x.parq"])
def test_files_by_other_names(name, tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / name)
    assert rows(through(tmp_path / name, tmp_path)) == rows(pa.table({"x": [1]}))


def test_thousands_of_files(tmp_path):
    """More files than footers are read for statistics: every row all the same, and the columns of the last file too."""
    folder = tmp_path / "t"
    folder.mkdir()
    first = pa.table({"x": [0]})
    pq.write_table(first, folder / "0000.parquet")
    data = (folder / "0000.parquet").read_bytes()
    for at in range(1, 3_000):
        (folder / f"{at:04}.parquet").write_bytes(data)
    pq.write_table(pa.table({"x": [7], "late": ["x"]}), folder / "9999.parquet")
    found = through(folder, tmp_path, "select count(*) as n, sum(x) as s, count(late) as l from d.p")
    assert found.to_pylist() == [{"n": 3_001, "s": 7, "l": 1}]


# --- footers that say what is not so ----------------------------------------------------------------------------------
def lying(tmp_path, change, table=None, **how):
    """A file whose footer was changed."""
    path = tmp_path / "t.parquet"
    pq.write_table(table or many(), path, **{"row_group_size": 1000, "write_page_index": True, "data_page_size": 512, **how})
    data, footer = footers.read(path)
    change(footer)
    footers.write(path, data, footer)
    return path


def each_column(change):
    return lambda footer: [change(column) for column in footers.columns(footer)]


def statistics(change):
    def changed(column):
        if 12 in column:
            change(column[12][1])

    return each_column(changed)


def swapped(stats):
    """Least and greatest in each other's place."""
    stats[5], stats[6] = stats[6], stats[5]
    stats[1], stats[2] = stats.get(2, stats[5]), stats.get(1, stats[6])


def deprecated(stats):
    """Only the old fields, with bounds that signed bytes would have."""
    for number in (5, 6, 7, 8):
        stats.pop(number, None)
    stats[1], stats[2] = (footers.BINARY, b"s1"), (footers.BINARY, b"s0")


def elsewhere(number, at):
    return lambda footer: [chunk.__setitem__(number, (footers.I64, at)) for chunk in footers.chunks(footer) if number in chunk]


HARMLESS = {
    "the file counts other rows": lambda footer: footer.__setitem__(3, (footers.I64, 7)),
    "bounds are swapped": statistics(swapped),
    "NULLs are not counted": statistics(lambda stats: stats.pop(3, None)),
    "more NULLs than values": statistics(lambda stats: stats.__setitem__(3, (footers.I64, 10**9))),
    "columns have no order": lambda footer: footer.pop(7, None),
    "pages begin elsewhere": elsewhere(4, 4),
    "pages begin outside": elsewhere(4, 10**12),
    "bounds of pages lie elsewhere": elsewhere(6, 4),
    "bounds of pages lie before the file": elsewhere(6, -5),
    "a dictionary at zero": each_column(lambda column: column.__setitem__(11, (footers.I64, 0)) if 11 not in column else None),
}


@pytest.mark.parametrize("lie", HARMLESS)
def test_what_only_helps_to_skip_does_no_harm(lie, tmp_path):
    path = lying(tmp_path, HARMLESS[lie], use_dictionary=False)
    assert through(path, tmp_path, "select * from d.p order by v").to_pylist() == many().to_pylist()
    for sql, wanted in {
        "count(*) as n from d.p": MANY,
        "count(*) as n from d.p where v = 4321": 1,
        "count(*) as n from d.p where s = 's96'": 51,
        "count(*) as n from d.p where s is null": 0,
        "count(s) as n from d.p": MANY,
        "max(v) as n from d.p": MANY - 1,
        "count(*) as n from d.p where f > 714": 1,
    }.items():
        assert through(path, tmp_path, f"select {sql}").to_pylist() == [{"n": wanted}], sql


def test_old_bounds_of_texts_are_not_believed(tmp_path):
    table = pa.table({"s": [f"s{at % 10}" for at in range(1000)]})
    path = lying(tmp_path, lambda footer: (statistics(deprecated)(footer), footer.pop(7, None)), table, write_page_index=False)
    assert through(path, tmp_path, "select count(*) as n from d.p where s = 's7'").to_pylist() == [{"n": 100}]
    assert through(path, tmp_path, "select max(s) as n from d.p").to_pylist() == [{"n": "s9"}]


def test_bounds_know_nothing_of_nan(tmp_path):
    """NaN is greater than every number, and in no bounds."""
    table = pa.table({"f": [1.0, float("nan"), 2.0, -0.0, None]})
    pq.write_table(table, tmp_path / "t.parquet", write_page_index=True)
    for sql, wanted in {"f > 5": 1, "f >= 0.0": 3, "f = 0.0": 1, "f <> 1": 3, "f is null": 1}.items():
        found = through(tmp_path / "t.parquet", tmp_path, f"select count(*) as n from d.p where {sql}")
        oracle = through(tmp_path / "t.parquet", tmp_path, f"select count(*) as n from (select * from d.p limit 1000000 offset 0) where {sql}")
        assert found == oracle, (sql, wanted)
    assert math.isnan(through(tmp_path / "t.parquet", tmp_path, "select max(f) as n from d.p")["n"][0].as_py())
    pq.write_table(pa.table({"f": [1.0, float("nan")]}), tmp_path / "t.parquet")
    assert rows(through(tmp_path / "t.parquet", tmp_path)) == rows(pa.table({"f": [1.0, float("nan")]}))


HARMFUL = {
    "a row group counts other rows": (
        lambda footer: [group.__setitem__(3, (footers.I64, 999)) for group in footers.groups(footer)],
        "row group 0: column `v` counts 1000 values in 999 rows",
    ),
    "fewer than no rows": (
        lambda footer: [group.__setitem__(3, (footers.I64, -1)) for group in footers.groups(footer)],
        "row group 0: it counts -1 rows",
    ),
    "data outside of the file": (
        each_column(lambda column: column.__setitem__(7, (footers.I64, 10**12))),
        "row group 0: column `v` ends at 4 + 1000000000000, outside of SIZE bytes",
    ),
    "data of no length": (
        each_column(lambda column: column.__setitem__(7, (footers.I64, -1))),
        "row group 0: column `v` has a negative length",
    ),
    "data before the file": (
        each_column(lambda column: column.__setitem__(9, (footers.I64, -4))),
        "row group 0: column `v` begins before the file",
    ),
    "data in another file": (
        lambda footer: [chunk.__setitem__(1, (footers.BINARY, b"other.parquet")) for chunk in footers.chunks(footer)],
        "row group 0: column `v` lies in another file, which is not supported",
    ),
}


@pytest.mark.parametrize("lie", HARMFUL)
def test_what_leads_to_other_bytes_is_refused(lie, tmp_path):
    change, reason = HARMFUL[lie]
    path = lying(tmp_path, change, use_dictionary=False)
    reason = reason.replace("SIZE", str(path.stat().st_size))
    code, _, err = imported(path, tmp_path / "mesh")
    assert (code, err) == (2, f"error[WEFT-P002]: reading the data: `t.parquet` is not readable as parquet: {reason}\n")


BROKEN = {
    "nothing": (lambda data: b"", "0 bytes are too few for a Parquet file"),
    "text": (lambda data: b"hello, this is no Parquet file", "Invalid Parquet file. Corrupt footer"),
    "half": (lambda data: data[: len(data) // 2], "Invalid Parquet file. Corrupt footer"),
    "the end is missing": (lambda data: data[:-5], "Invalid Parquet file. Corrupt footer"),
    "a footer larger than the file": (
        lambda data: data[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1",
        "file size of SIZE is less than footer + metadata 2147483655",
    ),
}


@pytest.mark.parametrize("way", BROKEN)
def test_what_is_no_parquet_file_is_refused(way, tmp_path):
    change, reason = BROKEN[way]
    pq.write_table(many(), tmp_path / "t.parquet")
    data = change((tmp_path / "t.parquet").read_bytes())
    (tmp_path / "t.parquet").write_bytes(data)
    code, _, err = imported(tmp_path / "t.parquet", tmp_path / "mesh")
    reason = reason.replace("SIZE", str(len(data)))
    assert (code, err) == (2, f"error[WEFT-P002]: reading the data: `t.parquet` is not readable as parquet: {reason}\n")


def test_encrypted_files_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    duckdb.sql("set force_mbedtls_unsafe = 'true'")
    duckdb.sql("pragma add_parquet_key('k', '0123456789112345')")
    duckdb.sql(f"copy (select 1 as x) to '{path}' (format parquet, encryption_config {{footer_key: 'k'}})")
    code, _, err = imported(path, tmp_path / "mesh")
    assert code == 2 and "encrypt" in err, err


def test_bits_that_flip_give_the_rows_or_an_error(tmp_path):
    """Pages with checksums and footers, damaged anywhere: the right rows or a clear error, and never another answer."""
    table = many().slice(0, 500)
    path, mesh = tmp_path / "t.parquet", tmp_path / "mesh"
    pq.write_table(table, path, write_page_checksum=True, compression="snappy", write_statistics=False)
    assert imported(path, mesh)[0] == 0
    good, dice, seen = path.read_bytes(), random.Random(7), {"rows": 0, "error": 0}
    footer = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    for _ in range(60):
        bad = bytearray(good)
        at = dice.randrange(4, footer) if dice.random() < 0.7 else dice.randrange(footer, len(good))
        bad[at] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes(bad))
        (tmp_path / "out.parquet").unlink(missing_ok=True)
        code, _, err = asked(mesh, "select * from d.p", tmp_path / "out.parquet")
        if code == 0:
            assert rows(pq.read_table(tmp_path / "out.parquet")) == rows(table), at
            seen["rows"] += 1
        else:
            assert code == 1 and re.search(r"WEFT-(G001|Q007)", err), (at, err)
            seen["error"] += 1
    assert min(seen.values()) > 0, seen
