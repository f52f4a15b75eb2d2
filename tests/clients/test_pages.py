"""Pages that are not what the footer says: rows are neither lost nor invented."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import footers
from footers import I32, I64, STRUCT, deltas, head, varint, written, written_anew
from reading import asked, imported, rows, through

ROWS = 400
HOW = {"compression": "NONE", "use_dictionary": False, "store_schema": False, "data_page_size": 1, "write_batch_size": 100}
SCHEMA = pa.schema([pa.field("x", pa.int64(), False)])


def table(path, **how):
    """A column in four pages."""
    pq.write_table(pa.table({"x": range(ROWS)}, SCHEMA), path, **HOW, **how)


def pages(data, chunk):
    at, found = chunk[9][1], []
    for _ in range(4):
        fields, body = head(data, at)
        found.append((fields, body))
        at += len(written(STRUCT, fields)) + len(body)
    return found


@pytest.mark.parametrize("left_out", range(4))
def test_a_page_that_the_index_leaves_out(left_out, tmp_path):
    """The index is not used; whoever asks for what lies there has it."""
    path = tmp_path / "t.parquet"
    table(path, write_page_index=True)
    data, footer = footers.read(path)
    chunk = footers.chunks(footer)[0]
    index = footers.Reader(data[chunk[4][1] :]).value(STRUCT)
    assert len(index[1][1][1]) == 4
    index[1][1][1].pop(left_out)
    claim = written(STRUCT, index)
    footer[4][1][1][0][1][1][1][0] = {**chunk, 4: (I64, len(data)), 5: (I32, len(claim))}
    footers.write(path, data + claim, footer)
    assert rows(through(path, tmp_path)) == rows(pa.table({"x": range(ROWS)}))
    for at in range(0, ROWS, 50):
        found = through(path, tmp_path, f"select count(*) as n from d.p where x between {at} and {at + 29}")
        assert found.to_pylist() == [{"n": 30}], at


@pytest.mark.parametrize("order", [(0, 1, 1, 2, 3), (0, 2, 3), (0,), (0, 1, 2, 3, 3)])
def test_pages_that_hold_more_or_less_than_the_footer_says(order, tmp_path):
    path = tmp_path / "t.parquet"
    table(path)
    written_anew(path, 0, lambda data, chunk: [pages(data, chunk)[at] for at in order])
    assert imported(path, tmp_path / "mesh")[0] == 0
    said = f"the pages of a column hold {100 * len(order)} values, and its footer says 400"
    for sql in ["select * from d.p", "select count(*) as n from d.p where x >= 1", "select sum(x) as s from d.p"]:
        code, _, err = asked(tmp_path / "mesh", sql, tmp_path / "out.csv")
        assert code == 1 and said in err and "error[WEFT-G001]" in err, err


def test_pages_as_long_as_others_in_the_place_of_others(tmp_path):
    """The index counts their rows otherwise."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": range(250)}, SCHEMA), path, **HOW, write_page_index=True)
    data, footer = footers.read(path)
    chunk = footers.chunks(footer)[0]
    index = footers.Reader(data[chunk[4][1] :]).value(STRUCT)
    places = index[1][1][1]
    assert len(places) == 3
    places[1][3] = (I64, 50)
    claim = written(STRUCT, index)
    footer[4][1][1][0][1][1][1][0] = {**chunk, 4: (I64, len(data)), 5: (I32, len(claim))}
    footers.write(path, data + claim, footer)
    assert imported(path, tmp_path / "mesh")[0] == 0
    said = "its pages do not lie where its page index says, or are not as long"
    for sql, said in [("select sum(x) as s from d.p", said), ("select count(*) as n from d.p where x between 100 and 149", "")]:
        code, _, err = asked(tmp_path / "mesh", sql, tmp_path / "out.csv")
        assert code == 1 and said in err and "error[WEFT-G001]" in err, err


def test_a_text_shares_no_more_than_there_is(tmp_path):
    """Others refuse it, too; the decoder would take what it finds."""
    path = tmp_path / "t.parquet"
    schema = pa.schema([pa.field("x", pa.string(), False)])
    how = {**HOW, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}}
    pq.write_table(pa.table({"x": ["abc", "abd"]}, schema), path, **how)

    def shared(count):
        def pages(data, chunk):
            fields, _ = head(data, chunk[9][1])
            body = deltas([0, count]) + deltas([3, 1]) + b"abcd"
            yield {**fields, 2: (I32, len(body)), 3: (I32, len(body))}, body

        return pages

    written_anew(path, 0, shared(2))
    assert rows(through(path, tmp_path)) == rows(pa.table({"x": ["abc", "abd"]}))
    written_anew(path, 0, shared(4))
    code, _, err = asked(tmp_path / "mesh", "select * from d.p", tmp_path / "out.csv")
    assert code == 1 and "a text of it shares more with the one before than that has" in err, err
