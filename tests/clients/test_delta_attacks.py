"""Delta tables that are made to reach what is not theirs, to lose rows, or to exhaust whoever reads them."""

import json
import time
import uuid

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyroaring import BitMap, BitMap64

from delta_log import MAGIC, Log, field, z85
from test_delta import lake

FIELDS = [field("id", "long"), field("name", "string")]


def rows(numbers):
    return pa.table({"id": list(numbers), "name": [f"n{at}" for at in numbers]})


def of(vector):
    """A vector in the log, of bytes as they are."""
    data = MAGIC + vector.serialize()
    return {"storageType": "i", "pathOrInlineDv": z85(data + bytes(-len(data) % 4)), "sizeInBytes": len(data), "cardinality": len(vector)}


@pytest.mark.parametrize("path", ["../../../secret/_delta_log/{}", "weft://port/data/secret/_delta_log/{}", "/data/secret/_delta_log/{}", "..%2f..%2f..%2fsecret/_delta_log/{}"])
def test_a_checkpoint_reads_no_other_table(path, tmp_path):
    """Partition values of another table would be this one's, however well that one is guarded."""
    house = lake(tmp_path, id="long", name="string")
    secret = house.folder.parent / "secret"
    write_deltalake(secret, pa.table({"id": [1, 2], "name": ["SECRET-A", "SECRET-Z"]}), partition_by=["name"])
    DeltaTable(secret).create_checkpoint()
    target = next((secret / "_delta_log").glob("*.checkpoint.parquet"))
    log = house.folder / "_delta_log"
    log.mkdir(parents=True)
    features = ["v2Checkpoint"]
    schema = json.dumps({"type": "struct", "fields": FIELDS})
    checkpoint = [
        {"checkpointMetadata": {"version": 1}},
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}},
        {"metaData": {"id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}}, "schemaString": schema, "partitionColumns": ["name"], "configuration": {}, "createdTime": 1}},
        {"sidecar": {"path": path.format(target.name), "sizeInBytes": target.stat().st_size, "modificationTime": 1}},
    ]
    (log / f"{1:020}.checkpoint.{uuid.uuid4()}.json").write_text("".join(json.dumps(action) + "\n" for action in checkpoint))
    (log / f"{1:020}.json").write_text('{"commitInfo": {}}\n')
    for sql in ("select count(*) as n, max(name) as z from d.p", "select count(*) as n from d.p where name = 'SECRET-B'"):
        answer = house.ask(sql)
        assert "error[WEFT-Q007]" in answer and "SECRET-" not in answer, answer


def test_a_vector_lies_beside_its_table(tmp_path):
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin(FIELDS, features=["deletionVectors"])
    number = uuid.uuid4()
    vector = {"storageType": "u", "pathOrInlineDv": "../other" + z85(number.bytes), "offset": 1, "sizeInBytes": 36, "cardinality": 2}
    log.commit(log.file("a.parquet", rows(range(10)), vector=vector))
    answer = house.ask("select id from d.p")
    assert "error[WEFT-G001]" in answer and "outside of the table's own folder" in answer, answer


def test_vectors_that_delete_more_than_there_is_are_refused_at_once(tmp_path):
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin(FIELDS, features=["deletionVectors"])
    # A few bytes that stand for a million rows.
    vector = of(BitMap64(BitMap(range(2**20))))
    log.commit(log.file("a.parquet", rows(range(10)), vector=vector))
    began = time.monotonic()
    answer = house.ask("select id from d.p")
    assert "rows are said to be deleted that the file does not have" in answer, answer
    assert time.monotonic() - began < 20


def test_a_log_without_its_beginning_is_no_table(tmp_path):
    """Commits that are left say what the table is, and not what was in it before."""
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin(FIELDS)
    log.commit(log.file("a.parquet", rows(range(10))))
    first = (house.folder / "_delta_log" / f"{0:020}.json").read_text()
    log.commit(*[json.loads(line) for line in first.splitlines()], log.file("b.parquet", rows(range(3))))
    assert house.ask("select count(*) as n from d.p") == [{"n": 13}]
    for version in (0, 1):
        (house.folder / "_delta_log" / f"{version:020}.json").unlink()
    answer = house.ask("select count(*) as n from d.p")
    assert "error[WEFT-Q007]" in answer and "does not begin with version 0" in answer, answer


def test_a_checksum_says_nothing(tmp_path):
    """What it repeats is gone by where the log says it."""
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin(FIELDS)
    log.commit(log.file("a.parquet", rows(range(10))))
    lie = {"tableSizeBytes": 1, "numFiles": 0, "numMetadata": 1, "numProtocol": 1, "protocol": {"minReaderVersion": 99, "minWriterVersion": 99}}
    (house.folder / "_delta_log" / f"{1:020}.crc").write_text(json.dumps(lie))
    assert house.ask("select count(*) as n from d.p") == [{"n": 10}]


def test_versions_far_away_and_clauses_without_end_cost_nothing(tmp_path):
    house = lake(tmp_path, id="long", name="string")
    log = Log(house.folder).begin(FIELDS)
    log.commit(log.file("a.parquet", rows(range(10))))
    began = time.monotonic()
    answer = house.ask(f"select * from d.p version as of {2**63 - 1}")
    assert answer == f"error[WEFT-Q015]: table `d.p` has no version {2**63 - 1}: versions 0 to 1 remain\n"
    many = " union all ".join(["select id from d.p version as of 0"] * 1_000)
    assert "limits.tables" in house.ask(many)
    assert time.monotonic() - began < 20


def test_a_column_that_was_another_is_not_read_as_this_one(tmp_path):
    """Labels are those of what is: an older version's column of the same name may have been restricted since under its new one."""
    house = lake(tmp_path, id="long", name="string")
    mapped = lambda name, number, physical: field(name, "string" if number > 1 else "long", **{"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical})  # noqa: E731
    properties = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "3"}
    log = Log(house.folder).begin([mapped("id", 1, "c1"), mapped("name", 2, "c2")], **properties)
    log.commit(log.file("a.parquet", pa.table({"c1": [1], "c2": ["HIDDEN"]})))
    first = [json.loads(line) for line in (house.folder / "_delta_log" / f"{0:020}.json").read_text().splitlines()]
    schema = {"type": "struct", "fields": [mapped("id", 1, "c1"), mapped("email", 2, "c2"), mapped("name", 3, "c3")]}
    first[1]["metaData"]["schemaString"] = json.dumps(schema)
    log.commit(first[1], log.file("b.parquet", pa.table({"c1": [2], "c2": ["x"], "c3": ["shown"]})))
    assert house.ask("select name from d.p order by id") == [{"name": None}, {"name": "shown"}]
    answer = house.ask("select name from d.p version as of 1")
    assert "HIDDEN" not in answer and "was another column in this version" in answer, answer
