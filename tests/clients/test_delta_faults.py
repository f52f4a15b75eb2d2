"""Delta tables in stores that fail: under the log, its checkpoints and the vectors of deleted rows."""

import re
import time

import pyarrow as pa
import pyarrow.fs
import pytest
from deltalake import DeltaTable, write_deltalake

from delta_log import Log, beside, field
from lakes import asked, imported, lake, mesh, served
from test_faults import AWAY, FOR_GOOD, storm

ROWS, GONE = 4_000, [3, 17, 999]
LEFT = {"n": ROWS - len(GONE) + 100, "s": sum(range(ROWS)) - sum(GONE) + sum(range(100))}
SQL = "select count(*) as n, sum(id) as s, max(name) as z from d.t"
# Where what is read lies: the log's listing, a commit, a checkpoint, deleted rows.
PARTS = {"listing": "list-type=2", "commit": r"\d{20}\.json", "checkpoint": r"\.checkpoint\.", "vector": r"deletion_vector"}


@pytest.fixture
def table(s3, proxy, tmp_path):
    """Three versions, a checkpoint of the second, and rows that are deleted by a vector beside the files."""
    folder = tmp_path / "table"
    log = Log(folder).begin([field("id", "long"), field("name", "string")], features=["deletionVectors"], **{"delta.enableDeletionVectors": "true"})
    data = pa.table({"id": range(ROWS), "name": [f"n{at:06}" for at in range(ROWS)]})
    log.commit(log.file("a.parquet", data, vector=beside(folder, GONE), row_group_size=500))
    DeltaTable(folder).create_checkpoint()
    log.commit(log.file("b.parquet", data.slice(0, 100)))
    place = f"lake/d/{tmp_path.name}"
    pyarrow.fs.copy_files(str(folder), place, destination_filesystem=s3.files)
    mesh(tmp_path, [lake(proxy.url)], retries=2, retry_time=3, request_time=1, connect_time=1)
    assert imported(tmp_path, f"s3://{place}")[0] == 0
    return place


def test_every_part_is_read(table, proxy, tmp_path):
    """So that a fault under one of them is a fault."""
    assert asked(tmp_path, SQL)[0] == [{**LEFT, "z": f"n{ROWS - 1:06}"}]
    for part in PARTS.values():
        assert any(re.search(part, request.path) for request in proxy.requests), part


@pytest.mark.parametrize("fault", [503, 500, 429, "reset", "short"])
def test_what_passes_is_tried_again(fault, table, proxy, tmp_path):
    (tmp_path / "weft.yaml").write_text((tmp_path / "weft.yaml").read_text().replace('"retries": 2', '"retries": 20').replace('"retry_time": 3', '"retry_time": 30'))
    proxy.fault = storm(fault, share=0.3)
    found, err = asked(tmp_path, SQL)
    assert found == [{**LEFT, "z": f"n{ROWS - 1:06}"}], err


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("fault", [fault for fault in FOR_GOOD if fault != 404])
def test_what_stays_wrong_ends_in_time(fault, part, table, proxy, tmp_path):
    proxy.fault = lambda number, request: fault if re.search(PARTS[part], request.path) else None
    began = time.monotonic()
    found, err = asked(tmp_path, SQL)
    assert time.monotonic() - began < 20
    if part == "checkpoint":
        # What it spares is read: every commit is there.
        assert found == [{**LEFT, "z": f"n{ROWS - 1:06}"}], err
    else:
        assert found == 1 and AWAY.search(err), err
    proxy.fault = None
    assert asked(tmp_path, SQL)[0] == [{**LEFT, "z": f"n{ROWS - 1:06}"}]


@pytest.mark.parametrize("part", ["checkpoint", "commit", "vector"])
def test_what_is_lost_is_named(part, table, proxy, tmp_path):
    """A checkpoint only spares reading commits; nothing stands for a commit or for a vector."""
    proxy.fault = lambda number, request: 404 if re.search(PARTS[part], request.path) and "list-type" not in request.path else None
    found, err = asked(tmp_path, SQL)
    if part == "checkpoint":
        assert found == [{**LEFT, "z": f"n{ROWS - 1:06}"}], err
        return
    assert found == 1 and re.search(r"error\[WEFT-(Q007|G001)\]", err), err
    assert re.search(r"^`d\.t` cannot be read.*is not there \(reference g\d+\)$", err, re.M), err


def test_damage_to_a_vector_is_no_wrong_answer(table, proxy, tmp_path):
    proxy.fault = lambda number, request: "flip" if re.search(PARTS["vector"], request.path) else None
    code, err = asked(tmp_path, SQL)
    assert code == 1 and "error[WEFT-G001]" in err, err


def test_a_vacuum_while_a_table_is_read(s3, proxy, tmp_path):
    """What a version names and a vacuum took is an error that the next statement does not meet."""
    folder, place = tmp_path / "table", f"lake/d/{tmp_path.name}"
    for at in range(8):
        write_deltalake(folder, pa.table({"id": range(at * 1000, at * 1000 + 1000)}), mode="append")
    pyarrow.fs.copy_files(str(folder), place, destination_filesystem=s3.files)
    mesh(tmp_path, [lake(proxy.url)], retries=1, retry_time=2)
    assert imported(tmp_path, f"s3://{place}")[0] == 0
    old = {path.name for path in folder.glob("*.parquet")}
    with served(tmp_path, snapshot_time="0s", announced=["scan failed.*nothing is found there"]) as ask:
        proxy.fault = lambda number, request: 404 if any(name in request.path for name in old) else None
        DeltaTable(folder).optimize.compact()
        with pytest.raises(Exception, match="WEFT-G004"):
            ask("select sum(id) from d.t")
        for path in folder.rglob("*"):
            name = f"{place}/{path.relative_to(folder)}"
            if path.is_file() and path.name not in old and s3.files.get_file_info(name).type == pa.fs.FileType.NotFound:
                pyarrow.fs.copy_files(str(path), name, destination_filesystem=s3.files)
        assert ask("select count(*), sum(id) from d.t")[0] == (8_000, sum(range(8_000)))
