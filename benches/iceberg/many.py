"""An Iceberg table of very many files, of which few are there."""

import pyarrow
from iceberg_table import field, part
from parted import ROWS, SCHEMA, Parted
from spark import Spark, counts, greatest, least

FIELDS = [
    field(1, "part", "long"), field(2, "id", "long"), field(3, "number", "int"), field(4, "price", "decimal(12, 2)"), field(5, "day", "date"),
    field(6, "name", "string"),
]  # fmt: skip
KINDS = {one["name"]: (one["id"], one["type"]) for one in FIELDS}
# Of a column of a file that is not there.
COLUMN_BYTES = 150


class Many(Parted):
    """The entries of its manifests."""

    schema = pyarrow.schema([one.with_metadata({"PARQUET:field_id": str(KINDS[one.name][0])}) for one in SCHEMA])

    def lay(self, manifests, spread=False):
        """One snapshot. Its manifests are of partitions that lie beside each other, or, `spread`, of files of all of them."""
        properties = {} if self.with_statistics else {"write.metadata.metrics.default": "none"}
        self.table = Spark(self.folder, FIELDS, [part(1, "identity", name="part")], **properties)
        places = [(value, at) for value in range(self.partitions) for at in range(self.files)]
        if spread:
            places.sort(key=lambda place: place[::-1])
        files = [self.added(*place) for place in places]
        most = -(-len(files) // manifests)
        self.table.commit(manifests=[self.table.manifest(files[at : at + most]) for at in range(0, len(files), most)])

    def append(self):
        """One more snapshot, with one more file of the partition that exists in a manifest of its own."""
        self.table.commit(self.added(self.asked, self.count))

    def added(self, value, at):
        """What a manifest says of a file, named as Spark names them; and the file, where it is to exist."""
        name = f"data/part={value}/{at:05}-7-{self.run}-0-00001.parquet"
        columns, size = self.put(value, name)
        entry = {
            "file_path": self.table.at(name), "file_format": "PARQUET", "content": 0, "partition": {"part": value}, "record_count": ROWS,
            "file_size_in_bytes": size, "split_offsets": [4], "sort_order_id": 0,
        }  # fmt: skip
        return {**entry, **statistics(columns)} if self.with_statistics else entry

    def written(self):
        """Bytes of metadata."""
        return sum(path.stat().st_size for path in (self.folder / "metadata").iterdir())


def statistics(columns):
    """What a writer says of a file."""
    said = lambda of: counts({KINDS[name][0]: of(KINDS[name][1], values) for name, values in columns.items()})
    return {
        "column_sizes": said(lambda *_: COLUMN_BYTES), "value_counts": said(lambda *_: ROWS), "null_value_counts": said(lambda *_: 0),
        "lower_bounds": said(lambda kind, values: least(kind, min(values))), "upper_bounds": said(lambda kind, values: greatest(kind, max(values))),
    }  # fmt: skip
