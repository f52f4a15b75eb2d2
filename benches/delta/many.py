"""A Delta table of very many files, of which few are there."""

import datetime
import decimal
import json
import pathlib

from delta_log import Log, field
from deltalake import DeltaTable
from parted import ROWS, Parted

FIELDS = [field("part", "long"), field("id", "long"), field("number", "integer"), field("price", "decimal(12,2)"), field("day", "date"), field("name", "string")]
MODIFIED = 1_700_000_000_000


class Many(Parted):
    """The actions of its log."""

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

    def append(self):
        """One more commit, with one more file of the partition that exists."""
        self.log.commit({"add": self.added(self.asked, self.count)})

    def added(self, part, at):
        """The action that adds a file, named as Spark names them; and the file, where it is to exist."""
        name = f"part={part}/part-{at:05}-{self.run}.c000.snappy.parquet"
        columns, size = self.put(part, name)
        add = {"path": name, "partitionValues": {"part": str(part)}, "size": size, "modificationTime": MODIFIED + self.count, "dataChange": True}
        if self.with_statistics:
            add["stats"] = json.dumps(statistics(columns), separators=(",", ":"))
        return add

    def written(self):
        """Bytes of the log."""
        return sum(path.stat().st_size for path in pathlib.Path(self.folder, "_delta_log").iterdir())


def statistics(columns):
    """What a writer says of a file."""
    told = {"numRecords": ROWS}
    for name, of in (("minValues", min), ("maxValues", max)):
        told[name] = {column: written(of(values)) for column, values in columns.items()}
    return {**told, "nullCount": dict.fromkeys(columns, 0)}


def written(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
