"""A table of very many files in partitions, of which few are there."""

import copy
import datetime
import decimal
import os
import shutil
import uuid

import pyarrow
import pyarrow.parquet as pq

# Of a file.
ROWS = 10
SCHEMA = pyarrow.schema({
    "id": pyarrow.int64(), "number": pyarrow.int32(), "price": pyarrow.decimal128(12, 2), "day": pyarrow.date32(), "name": pyarrow.string(),
})  # fmt: skip
# What contracts say of it.
CONTRACT = [
    ("part", "integer", "bigint"), ("id", "integer", "bigint"), ("number", "integer", "int"), ("price", "number", "decimal(12,2)"),
    ("day", "date", "date"), ("name", "string", "string"),
]  # fmt: skip
# The size of a file that is not there.
SIZE = 1500


class Parted:
    """So many partitions of so many files. Those of one partition, `asked`, exist, and hold the `ids`."""

    schema = SCHEMA

    def __init__(self, folder, partitions, files, with_statistics=True):
        self.folder, self.partitions, self.files, self.with_statistics = folder, partitions, files, with_statistics
        self.asked, self.count, self.ids = partitions // 2, 0, []
        self.run = uuid.UUID(int=7)

    def copied(self, folder):
        """The same table at another place."""
        shutil.copytree(self.folder, folder, copy_function=os.link)
        other = copy.copy(self)
        other.folder = folder
        return other

    def put(self, part, name):
        """The next file: its columns and its size. It is written where it is to exist."""
        columns, size = content(range(self.count * ROWS, (self.count + 1) * ROWS)), SIZE
        if part == self.asked:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pyarrow.table(columns, schema=self.schema), path)
            size = path.stat().st_size
            self.ids += columns["id"]
        self.count += 1
        return columns, size


def content(ids):
    first = datetime.date(2020, 1, 1)
    return {
        "id": list(ids),
        "number": [at % 1000 for at in ids],
        "price": [decimal.Decimal(at) / 100 for at in ids],
        "day": [first + datetime.timedelta(days=at % 2000) for at in ids],
        "name": [f"customer {at:012}" for at in ids],
    }
