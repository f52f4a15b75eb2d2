"""Peculiarities of writers: what they say of files that is not so, and what they spell as nobody does today."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import footers
from command import weft
from footers import BINARY, I32, I64, STRUCT
from reading import asked, imported, rows, through


def rewritten(path, change):
    data, footer = footers.read(path)
    change(footer)
    footers.write(path, data, footer)


def test_a_file_that_says_it_has_no_rows(tmp_path):
    """The row groups are what is there; alone, and beside another file."""
    (tmp_path / "t").mkdir()
    for name, at in (("a", 0), ("b", 1000)):
        pq.write_table(pa.table({"x": range(at, at + 1000)}), tmp_path / "t" / f"{name}.parquet")
    rewritten(tmp_path / "t" / "a.parquet", lambda footer: footer.__setitem__(3, (I64, 0)))
    for location, wanted in ((tmp_path / "t" / "a.parquet", range(1000)), (tmp_path / "t", range(2000))):
        assert rows(through(location, tmp_path)) == rows(pa.table({"x": wanted}))
        found = through(location, tmp_path, "select count(*) as n, sum(x) as s, max(x) as m from d.p where x >= 1").to_pylist()
        assert found == [{"n": len(wanted) - 1, "s": sum(wanted), "m": max(wanted)}]


def test_bounds_that_a_writer_cut_short(tmp_path):
    """The greatest text of a page, cut and not rounded up, is less than what the page holds."""
    path = tmp_path / "t.parquet"
    texts = [f"LseKuzjbGLJeDgJMbwPW{at % 3}" for at in range(3_000)]
    pq.write_table(pa.table({"x": texts}), path, write_page_index=True, write_statistics=["x"], data_page_size=500)
    data, footer = footers.read(path)
    chunk = footers.chunks(footer)[0]
    start, length = chunk[6][1], chunk[7][1]
    index = footers.Reader(data[start : start + length]).value(STRUCT)
    index[3] = (index[3][0], (BINARY, [text[:16] for text in index[3][1][1]]))
    index[2] = (index[2][0], (BINARY, [text[:16] for text in index[2][1][1]]))
    changed = footers.written(STRUCT, index)
    chunk[6], chunk[7] = (I64, len(data)), (I32, len(changed))
    footers.columns(footer)[0].pop(12)
    footer[6] = (BINARY, b"github.com/segmentio/parquet-go")
    footers.write(path, data + changed, footer)
    assert through(path, tmp_path, f"select count(*) as n from d.p where x = '{texts[1]}'").to_pylist() == [{"n": 1000}]


def test_repeated_columns_that_are_no_lists(tmp_path):
    """A repeated column of times in twelve bytes reaches as far as others do."""
    path = tmp_path / "t.parquet"
    schema = pa.schema([pa.field("a", pa.list_(pa.field("element", pa.timestamp("us"), False)), False)])
    table = pa.table({"a": [[253370764800000000, -62135596800000000], [], [0]]}, schema)
    pq.write_table(table, path, store_schema=False, use_deprecated_int96_timestamps=True, write_statistics=False)

    def change(footer):
        kind, elements = footer[2][1]
        root, _, _, leaf = elements
        footer[2] = (footer[2][0], (kind, [root, {**leaf, 3: (I32, 2), 4: (BINARY, b"a")}]))
        for column in footers.columns(footer):
            column[3] = (column[3][0], (BINARY, [b"a"]))

    rewritten(path, change)
    assert through(path, tmp_path).to_pylist() == table.to_pylist()


def test_lists_of_lists_without_a_group_between(tmp_path):
    path = tmp_path / "t.parquet"
    inner = pa.list_(pa.field("element", pa.int32(), False))
    schema = pa.schema([pa.field("a", pa.list_(pa.field("element", inner, False)))])
    table = pa.table({"a": [[[1, 2], []], [], None, [[3]]]}, schema)
    pq.write_table(table, path, store_schema=False)

    def change(footer):
        kind, (root, outer, _, within, repeated, leaf) = footer[2][1]
        array = {**within, 3: (I32, 2), 4: (BINARY, b"array")}
        footer[2] = (footer[2][0], (kind, [root, outer, array, {**leaf, 3: (I32, 2), 4: (BINARY, b"array")}]))
        for column in footers.columns(footer):
            column[3] = (column[3][0], (BINARY, [b"a", b"array", b"array"]))

    rewritten(path, change)
    assert through(path, tmp_path).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("repetition", [0, 1])
def test_intervals_that_are_called_unknown_too(repetition, tmp_path):
    """As the Java writer calls them."""
    path = tmp_path / "t.parquet"
    twelve = b"".join(part.to_bytes(4, "little") for part in (3, 2, 5000))
    pq.write_table(pa.table({"i": pa.array([twelve], pa.binary(12)), "n": [1]}, pa.schema([pa.field("i", pa.binary(12), bool(repetition)), ("n", pa.int64())])), path, store_schema=False, write_statistics=False)

    def change(footer):
        element = footer[2][1][1][1]
        element[6], element[10] = (I32, 21), (STRUCT, {11: (STRUCT, {})})

    rewritten(path, change)
    out = tmp_path / "o.csv"
    assert imported(path, tmp_path / "mesh")[0] == 0
    assert asked(tmp_path / "mesh", "select i, n from d.p", out)[0] == 0
    assert out.read_text() == "i,n\n3 mons 2 days 5.000000000 secs,1\n"


def test_a_schema_that_nobody_can_decode(tmp_path):
    """A writer's own schema with a type that Arrow does not know: then the columns are what Parquet says."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": pa.array([1, 2], pa.int64())}), path)
    data, footer = footers.read(path)
    pair = next(pair for pair in footer[5][1][1] if pair[1][1] == b"ARROW:schema")
    good = pair[2][1]
    for damage in (b"", b"AAAA", good[: len(good) // 2], good[:-40] + b"A" * 40, b"/////" + b"f" * 400):
        pair[2] = (BINARY, damage)
        footers.write(path, data, footer)
        code, out, err = imported(path, tmp_path / "mesh")
        assert (code, "panic" in err) == (0, False), err
        assert through(path, tmp_path).to_pylist() == [{"x": 1}, {"x": 2}]


def test_the_file_that_is_damaged_is_named(tmp_path):
    """Whoever runs the command is told which file, and what is wrong with it; nothing of that is in the error."""
    (tmp_path / "t").mkdir()
    for name in ("a", "b", "c"):
        pq.write_table(pa.table({"x": range(10_000)}), tmp_path / "t" / f"{name}.parquet", write_page_checksum=True, compression=None, use_dictionary=False)
    assert imported(tmp_path / "t", tmp_path / "mesh")[0] == 0
    damaged = tmp_path / "t" / "b.parquet"
    data = bytearray(damaged.read_bytes())
    data[5_000] ^= 1
    damaged.write_bytes(data)
    code, out, err = weft("sql", "--catalog", tmp_path / "mesh", "--user", "u", "--roles", "r", "-c", "select sum(x) from d.p")
    lines = err.splitlines()
    assert (code, out) == (1, "") and "b.parquet`: Page CRC checksum mismatch (reference g0" in lines[0], err
    assert lines[0].startswith("`d.p` cannot be read at `") and lines[1].startswith("error[WEFT-G001]: reading product `d.p` failed (reference g0")
    assert "b.parquet" not in lines[1] and "CRC" not in lines[1]
