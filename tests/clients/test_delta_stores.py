"""Delta tables in an object store: what is asked of it, counted."""

import pyarrow as pa
import pyarrow.fs
import pytest
from deltalake import DeltaTable, write_deltalake

from lakes import imported, lake, mesh, served

DAYS, ROWS = 30, 500


def day(number, rows=ROWS):
    ids = range(number * 10_000, number * 10_000 + rows)
    return pa.table({"id": list(ids), "day": [number] * rows, "name": [f"n{at}" for at in ids]})


@pytest.fixture
def table(s3, proxy, tmp_path):
    """A table of thirty folders, and what writes the rest of it."""
    folder = tmp_path / "table"
    for number in range(DAYS):
        write_deltalake(folder, day(number), mode="append", partition_by=["day"])

    place = f"lake/d/{tmp_path.name}"
    there = set()

    def put(folder=folder):
        """What is new."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path not in there:
                there.add(path)
                pa.fs.copy_files(str(path), f"{place}/{path.relative_to(folder)}", destination_filesystem=s3.files)

    put()
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, f"s3://{place}")[0] == 0
    return folder, put


def asked_for(proxy):
    """What was asked of the store: lists, and reads of the log and of data."""
    logs = [request for request in proxy.requests if "_delta_log" in request.path]
    lists = [request for request in logs if "list-type=2" in request.path]
    data = [request for request in proxy.requests if "parquet" in request.path and request not in logs]
    return len(lists), len(logs) - len(lists), len(data)


def test_files_that_cannot_match_are_not_read(table, proxy, tmp_path):
    with served(tmp_path) as ask:
        ask("select count(*) from d.t where id < 0")
        proxy.requests.clear()
        assert ask("select count(*), min(id) from d.t where day = 7 and name >= 'n'")[0] == (ROWS, 70_000)
        _, logs, data = asked_for(proxy)
        # A footer and a row group of one file; the log is known.
        assert logs == 0 and 1 <= data <= 3, proxy.requests
        proxy.requests.clear()
        # By the log's own statistics, of a column that does not partition the table.
        assert ask("select count(*) from d.t where id between 120000 and 120009 and name like 'n%'")[0] == (10,)
        assert 1 <= asked_for(proxy)[2] <= 3, proxy.requests
        proxy.requests.clear()
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        assert ask("select min(day), max(day) from d.t")[0] == (0, DAYS - 1)
        assert proxy.requests == []


def test_what_came_since_is_all_that_is_read_anew(table, proxy, tmp_path):
    folder, put = table
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        proxy.requests.clear()
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        lists, logs, data = asked_for(proxy)
        # Twice, as statements are planned and then executed: is the last commit the same, and is there another?
        assert (data, lists <= 2, logs <= 2) == (0, True, True), proxy.requests
        write_deltalake(folder, day(3, rows=7), mode="append")
        DeltaTable(folder).delete("day = 5")
        put()
        proxy.requests.clear()
        assert ask("select count(*), sum(case when day = 5 then 1 else 0 end) from d.t")[0] == ((DAYS - 1) * ROWS + 7, 0)
        commits = {request.path for request in proxy.requests if ".json" in request.path and request.method == "GET"}
        assert len(commits) == 2, proxy.requests


def test_another_table_at_the_same_place(table, proxy, s3, tmp_path):
    """As many commits as the one before, and none of its rows."""
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        for found in s3.files.get_file_info(pa.fs.FileSelector(f"lake/d/{tmp_path.name}", recursive=True)):
            if found.is_file:
                s3.files.delete_file(found.path)
        other = tmp_path / "other"
        for number in range(DAYS):
            write_deltalake(other, day(number, rows=2), mode="append", partition_by=["day"])
        table[1](other)
        assert ask("select count(*) from d.t")[0] == (DAYS * 2,)
