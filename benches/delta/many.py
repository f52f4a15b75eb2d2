"""A Delta table of very many files, of which few are there."""

import copy
import datetime
import decimal
import json
import os
import pathlib
import shutil
import uuid

import pyarrow
import pyarrow.parquet as pq
from delta_log import Log, field
from deltalake import DeltaTable

# Of a file.
ROWS = 10
FIELDS = [field("part", "long"), field("id", "long"), field("number", "integer"), field("price", "decimal(12,2)"), field("day", "date"), field("name", "string")]
SCHEMA = pyarrow.schema({
    "id": pyarrow.int64(), "number": pyarrow.int32(), "price": pyarrow.decimal128(12, 2), "day": pyarrow.date32(), "name": pyarrow.string(),
})  # fmt: skip
MODIFIED = 1_700_000_000_000


class Many:
    """So many partitions of so many files. Those of one partition, `asked`, exist, and hold the `ids`."""

    def __init__(self, folder, partitions, files, with_statistics=True):
        self.folder, self.partitions, self.files, self.with_statistics = folder, partitions, files, with_statistics
        self.asked, self.count, self.ids = partitions // 2, 0, []
        self.run = uuid.UUID(int=7)

    def lay(self, checkpoint):
        """Where statistics are not wanted, the table says so too, as it is to be said."""
        properties = {} if self.with_statistics else {"delta.dataSkippingNumIndexedCols": "0"}
        self.log = Log(self.folder).begin(FIELDS, partition=["part"], **properties)
        self.log.commit(*({"add": self.added(part, at)} for part in range(self.partitions) for at in range(self.files)))
        if checkpoint:
            DeltaTable(self.folder).create_checkpoint()
            for commit in (self.folder / "_delta_log").glob("*.json"):
                if int(commit.stem) < self.log.version:
                    commit.unlink()

    def copied(self, folder):
        """The same table at another place."""
        shutil.copytree(self.folder, folder, copy_function=os.link)
        other = copy.copy(self)
        other.folder = folder
        return other

    def append(self):
        """One more commit, with one more file of the partition that exists."""
        self.log.commit({"add": self.added(self.asked, self.count)})

    def added(self, part, at):
        """The action that adds a file, named as Spark names them; and the file, where it is to exist."""
        name = f"part={part}/part-{at:05}-{self.run}.c000.snappy.parquet"
        rows = content(range(self.count * ROWS, (self.count + 1) * ROWS))
        size = 1500
        if part == self.asked:
            (self.folder / f"part={part}").mkdir(exist_ok=True)
            pq.write_table(pyarrow.table(rows, schema=SCHEMA), self.folder / name)
            size = (self.folder / name).stat().st_size
            self.ids += rows["id"]
        self.count += 1
        add = {"path": name, "partitionValues": {"part": str(part)}, "size": size, "modificationTime": MODIFIED + self.count, "dataChange": True}
        if self.with_statistics:
            add["stats"] = json.dumps(statistics(rows), separators=(",", ":"))
        return add

    def log_bytes(self):
        return sum(path.stat().st_size for path in pathlib.Path(self.folder, "_delta_log").iterdir())


def content(ids):
    first = datetime.date(2020, 1, 1)
    return {
        "id": list(ids),
        "number": [at % 1000 for at in ids],
        "price": [decimal.Decimal(at) / 100 for at in ids],
        "day": [first + datetime.timedelta(days=at % 2000) for at in ids],
        "name": [f"customer {at:012}" for at in ids],
    }


def statistics(rows):
    """What a writer says of a file."""
    told = {"numRecords": ROWS}
    for name, of in (("minValues", min), ("maxValues", max)):
        told[name] = {column: written(of(values)) for column, values in rows.items()}
    return {**told, "nullCount": dict.fromkeys(rows, 0)}


def written(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
