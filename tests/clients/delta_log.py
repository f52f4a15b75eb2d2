"""Delta tables written by hand: what a log may say that no writer at hand would write."""

import json
import struct
import uuid
import zlib

import pyarrow.parquet as pq
from pyroaring import BitMap64

MAGIC = struct.pack("<I", 1681511377)
TYPES = {"int64": "long", "int32": "integer", "string": "string", "double": "double", "bool": "boolean", "date32[day]": "date"}


class Log:
    """A table in a folder; every commit is a list of actions."""

    def __init__(self, folder):
        self.folder, self.version = folder, -1
        (folder / "_delta_log").mkdir(parents=True)

    def commit(self, *actions):
        self.version += 1
        path = self.folder / "_delta_log" / f"{self.version:020}.json"
        path.write_text("".join(json.dumps(action) + "\n" for action in actions))
        return self

    def begin(self, fields, *, partition=(), features=(), **properties):
        """The first commit: what the table is."""
        reader = {"minReaderVersion": 3, "readerFeatures": list(features)} if features else {"minReaderVersion": 1}
        writer = {"minWriterVersion": 7, "writerFeatures": list(features)} if features else {"minWriterVersion": 2}
        if "delta.columnMapping.mode" in properties and not features:
            reader, writer = {"minReaderVersion": 2}, {"minWriterVersion": 5}
        schema = {"type": "struct", "fields": fields}
        metadata = {
            "id": str(uuid.uuid4()), "format": {"provider": "parquet", "options": {}}, "schemaString": json.dumps(schema),
            "partitionColumns": list(partition), "configuration": properties, "createdTime": 1_700_000_000_000,
        }  # fmt: skip
        return self.commit({"protocol": {**reader, **writer}}, {"metaData": metadata})

    def file(self, name, table, *, values=None, stats=True, vector=None, **how):
        """Writes a file; the action that adds it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, **how)
        add = {"path": name, "partitionValues": values or {}, "size": path.stat().st_size, "modificationTime": 1_700_000_000_000, "dataChange": True}
        if stats:
            add["stats"] = json.dumps({"numRecords": table.num_rows})
        if vector:
            add["deletionVector"] = vector
        return {"add": add}


def field(name, kind, nullable=True, **metadata):
    return {"name": name, "type": kind, "nullable": nullable, "metadata": metadata}


def mapped(name, kind, number, physical):
    """A column that files call otherwise."""
    return field(name, kind, **{"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical})


def z85(data):
    """Base 85 as ZeroMQ writes it, which Delta uses: https://rfc.zeromq.org/spec/32/."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    words = struct.unpack(f">{len(data) // 4}I", data)
    return "".join(digits[word // 85**place % 85] for word in words for place in (4, 3, 2, 1, 0))


def inline(rows):
    """A deletion vector in the log."""
    data = MAGIC + BitMap64(rows).serialize()
    padded = data + bytes(-len(data) % 4)
    return {"storageType": "i", "pathOrInlineDv": z85(padded), "sizeInBytes": len(data), "cardinality": len(set(rows))}


def beside(folder, rows):
    """A deletion vector in a file of its own."""
    data = MAGIC + BitMap64(rows).serialize()
    number = uuid.uuid4()
    content = b"\1" + struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    (folder / f"deletion_vector_{number}.bin").write_bytes(content)
    place = z85(number.bytes)
    return {"storageType": "u", "pathOrInlineDv": place, "offset": 1, "sizeInBytes": len(data), "cardinality": len(set(rows))}
