"""Pages that a predicate rules out are not read, wherever rows are deleted."""

import re
import urllib.request

import numpy
import pyarrow as pa
import pytest

from delta_log import Log, beside, field
from meshes import Mesh
from servers import free_address, serving

ROWS, WANTED = 300_000, 123_456
COLUMNS = {"id": ("integer", "bigint"), "shuffled": ("integer", "bigint"), "a": ("number", "double"), "b": ("number", "double"), "c": ("number", "double")}


def table():
    """A column in order, one that is not, and three that do not pack."""
    random = numpy.random.default_rng(7)
    values = {"id": numpy.arange(ROWS), "shuffled": random.permutation(ROWS)}
    return pa.table({**values, **{name: random.random(ROWS) for name in "abc"}})


GONE = {
    "nowhere": [],
    "anywhere": [row for row in range(ROWS) if row % 20 == 3],
    "together": list(range(10_000, 25_000)),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The same file three times: of one row group, with a page index."""
    folder = tmp_path_factory.mktemp("pages")
    mesh, data = Mesh(folder / "mesh"), table()
    properties = [{"name": name, "logicalType": logical, "physicalType": physical, "classification": "public"} for name, (logical, physical) in COLUMNS.items()]
    for where, gone in GONE.items():
        server = {"server": "local", "type": "local", "path": f"./data/d/{where}", "format": "delta"}
        mesh.product("d", where, contract={"schema": [{"name": where, "physicalName": where, "properties": properties}]}, server=server)
        root = mesh.root / "data" / "d" / where
        root.mkdir(parents=True)
        fields = [field(name, "double" if name in "abc" else "long") for name in COLUMNS]
        log = Log(root).begin(fields, features=["deletionVectors"], **{"delta.enableDeletionVectors": "true"})
        vector = beside(root, gone) if gone else None
        how = {"row_group_size": ROWS, "write_page_index": True, "data_page_size": 16_384, "use_dictionary": False, "compression": "none"}
        log.commit(log.file("a.parquet", data, vector=vector, **how))
    admin = free_address()
    with serving(folder, mesh.root, users=["reader"], admin={"listen": admin}) as server:
        server.data, server.admin = data, admin
        yield server


def read(server, sql):
    """The answer, and the bytes that were read for it beside what was known."""
    server.rows("reader", sql)
    before = read_bytes(server)
    return server.rows("reader", sql), read_bytes(server) - before


def read_bytes(server):
    with urllib.request.urlopen(f"http://{server.admin}/metrics", timeout=10) as answer:
        return float(re.search(r"^weft_storage_read_bytes_total (\S+)$", answer.read().decode(), re.MULTILINE)[1])


@pytest.mark.parametrize("where", GONE)
def test_what_is_in_order(pages, where):
    found, taken = read(pages, f"select a, b, c from d.{where} where id = {WANTED}")
    assert found == [tuple(pages.data[name][WANTED].as_py() for name in "abc")]
    # Pages of 16 KiB of a file of 12 MB.
    assert 0 < taken < 1_500_000


@pytest.mark.parametrize("where", GONE)
def test_what_is_not_in_order(pages, where):
    """No page is ruled out, and nothing comes back."""
    found, taken = read(pages, f"select count(*), sum(id), min(a) from d.{where} where shuffled < 1000")
    kept = pages.data.take([row for row in set(range(ROWS)) - set(GONE[where]) if pages.data["shuffled"][row].as_py() < 1000])
    assert found == [(kept.num_rows, sum(kept["id"].to_pylist()), min(kept["a"].to_pylist()))]
    assert taken > 5_000_000


def test_a_row_that_is_deleted(pages):
    for where, row in (("anywhere", 23), ("together", 10_000)):
        assert pages.rows("reader", f"select id from d.{where} where id = {row}") == []
        assert pages.rows("reader", f"select id from d.{where} where shuffled = {pages.data['shuffled'][row].as_py()}") == []
        assert pages.rows("reader", f"select id from d.{where} where id between {row - 1} and {row}") == [(row - 1,)]
