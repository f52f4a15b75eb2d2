"""Directories of Parquet files: schemas that drift, folders that carry values, patterns, and very many files."""

import datetime
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import weft
from reading import asked, imported, rows, through


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


def test_what_writers_leave_beside_data_is_passed_over(tmp_path):
    """Markers, and what a writer at work keeps in folders of its own; a column whose name begins alike is one."""
    good = pa.table({"x": [1]})
    for name in ("_k=1/a.parquet", "_k=2/b.parquet", "_temporary/0/c.parquet", ".tmp/d.parquet", "_SUCCESS", "_metadata", ".a.parquet.crc"):
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(good, tmp_path / "t" / name)
    assert through(tmp_path / "t", tmp_path, "select count(*) as n from d.p").to_pylist() == [{"n": 2}]


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
