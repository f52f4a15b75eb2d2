"""Iceberg tables in stores that fail: under metadata, lists, manifests and files of deletes."""

import re
import time

import pyarrow as pa
import pyarrow.fs
import pytest

from iceberg_table import Table, field
from lakes import asked, imported, lake, mesh, served
from test_faults import AWAY, FOR_GOOD, storm

FIELDS = [field(1, "id", "long"), field(2, "name", "string")]
ROWS, PLACED, KEYED, VECTOR = 4_000, [3, 17, 999], [5, 1_234], [0, 7]
LEFT = {"n": ROWS - len(PLACED) - len(KEYED) + 100 - len(VECTOR), "s": sum(range(ROWS)) - sum(PLACED) - sum(KEYED) + sum(range(10_000, 10_100)) - 2 * 10_000 - sum(VECTOR), "z": "n010099"}
SQL = "select count(*) as n, sum(id) as s, max(name) as z from d.t"
# Where what is read lies.
PARTS = {"listing": "list-type=2", "metadata": r"\.metadata\.json", "list": "snap", "manifest": "manifest", "positions": "positions", "keys": "keys", "vector": r"\.puffin"}


def numbered(numbers):
    return [{"id": at, "name": f"n{at:06}"} for at in numbers]


@pytest.fixture
def table(s3, proxy, tmp_path):
    """Deletes of every kind, in files that say by their names what they are."""
    folder, place = tmp_path / "table", f"lake/d/{tmp_path.name}"
    made = Table(folder, FIELDS, version=3, location=f"s3://{place}")
    one = made.file(numbered(range(ROWS)), row_group_size=500)
    other = made.file(numbered(range(10_000, 10_100)))
    made.commit(one, other)
    made.commit(deletes=[made.positions([(one, at) for at in PLACED], name="data/positions.parquet"), made.equality(["id"], [{"id": at} for at in KEYED], name="data/keys.parquet")])
    made.commit(deletes=[made.vector(other, VECTOR)])
    pyarrow.fs.copy_files(str(folder), place, destination_filesystem=s3.files)
    mesh(tmp_path, [lake(proxy.url)], retries=2, retry_time=3, request_time=1, connect_time=1)
    assert imported(tmp_path, f"s3://{place}")[0] == 0
    avro = sorted(path.name for path in (folder / "metadata").glob("*.avro"))
    lists = [one["manifest-list"].rsplit("/", 1)[-1] for one in made.metadata["snapshots"]]
    return {**PARTS, "list": lists[-1], "manifest": "|".join(name for name in avro if name not in lists)}


def test_every_part_is_read(table, proxy, tmp_path):
    """So that a fault under one of them is a fault."""
    assert asked(tmp_path, SQL)[0] == [LEFT]
    for part, pattern in table.items():
        assert any(re.search(pattern, request.path) for request in proxy.requests), part


@pytest.mark.parametrize("fault", [503, 500, 429, "reset", "short"])
def test_what_passes_is_tried_again(fault, table, proxy, tmp_path):
    (tmp_path / "weft.yaml").write_text((tmp_path / "weft.yaml").read_text().replace('"retries": 2', '"retries": 20').replace('"retry_time": 3', '"retry_time": 30'))
    proxy.fault = storm(fault, share=0.3)
    found, err = asked(tmp_path, SQL)
    assert found == [LEFT], err


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("fault", [fault for fault in FOR_GOOD if fault != 404])
def test_what_stays_wrong_ends_in_time(fault, part, table, proxy, tmp_path):
    proxy.fault = lambda number, request: fault if re.search(table[part], request.path) else None
    began = time.monotonic()
    found, err = asked(tmp_path, SQL)
    assert time.monotonic() - began < 20
    assert found == 1 and AWAY.search(err), err
    proxy.fault = None
    assert asked(tmp_path, SQL)[0] == [LEFT]


@pytest.mark.parametrize("part", ["list", "manifest", "positions", "keys", "vector"])
def test_what_is_lost_is_named_and_no_answer(part, table, proxy, tmp_path):
    proxy.fault = lambda number, request: 404 if re.search(table[part], request.path) and "list-type" not in request.path else None
    found, err = asked(tmp_path, SQL)
    assert found == 1 and re.search(r"error\[WEFT-(Q007|G001|G004)\]", err), err


def test_damage_to_a_vector_is_no_wrong_answer(table, proxy, tmp_path):
    proxy.fault = lambda number, request: "flip" if re.search(table["vector"], request.path) else None
    code, err = asked(tmp_path, SQL)
    assert code == 1 and "error[WEFT-G001]" in err, err


def test_what_is_known_is_not_asked_again(table, proxy, tmp_path):
    """Metadata does not change: only which file of it counts is looked up again, and what is deleted is kept."""
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask(SQL)[0] == tuple(LEFT.values())
        proxy.requests.clear()
        assert ask(SQL)[0] == tuple(LEFT.values())
        said = [request.path for request in proxy.requests if request.method == "GET" and "list-type" not in request.path]
        assert not any(re.search(table[part], path) for path in said for part in ("metadata", "list", "manifest", "positions", "keys")), said
