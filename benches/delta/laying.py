"""The tables of TPC-H as Delta tables: logs that say of the very same Parquet files what a writer like Spark says.

Every variant is a folder of tables whose data files are links to those of `data/`, so that nothing but the log and the
deletion vectors differs between them and the plain files."""

import datetime
import decimal
import json
import pathlib
import struct
import uuid
import zlib

import pyarrow.parquet as pq
import pyarrow.types
import tables
from delta_log import MAGIC, TYPES, Log, field, z85
from pyroaring import BitMap64

# Which rows of a file are deleted.
VARIANTS = {"whole": tables.none, "clustered": tables.clustered, "scattered": tables.scattered}
# Spark cuts texts in statistics to so many characters, and puts something behind the greatest that no text is greater than.
TEXT_CHARS = 32
TIE = "\N{REPLACEMENT CHARACTER}"
MODIFIED = 1_700_000_000_000


def lay(root, data):
    """All variants of all tables below a folder, made anew; says what there is of each."""
    laying = lambda variant: lambda source, folder: laid(source, folder, variant)
    return tables.lay(root, data, {name: laying(variant) for name, variant in VARIANTS.items()})


def laid(source, folder, variant):
    """One table. Where rows are deleted, that is a commit of its own, as it is when somebody deletes them."""
    files = tables.parquet(source)
    schema = pq.read_schema(files[0])
    log = begun(folder, schema)
    adds = [added(file, folder) for file in files]
    log.commit(*({"add": add} for add in adds))
    gone = {file.name: tables.gone(file, records(add), variant) for file, add in zip(files, adds)}
    vectors = beside(folder, {name: rows for name, rows in gone.items() if rows})
    if vectors:
        log.commit(*deletes(adds, vectors))
    return {"files": len(files), "rows": sum(map(records, adds)), "deleted": sum(map(len, gone.values()))}


def begun(folder, schema):
    fields = [field(one.name, kind(one.type), one.nullable) for one in schema]
    return Log(folder).begin(fields, features=["deletionVectors"], **{"delta.enableDeletionVectors": "true"})


def kind(data_type):
    """What Delta calls a type."""
    if pyarrow.types.is_decimal(data_type):
        return f"decimal({data_type.precision},{data_type.scale})"
    return TYPES[str(data_type).removesuffix("_view")]


def added(file, folder):
    """The action that adds a file, and the file."""
    tables.linked(file, folder / file.name)
    return {
        "path": file.name, "partitionValues": {}, "size": file.stat().st_size, "modificationTime": MODIFIED, "dataChange": True,
        "stats": json.dumps(statistics(pq.read_metadata(file))),
    }  # fmt: skip


def records(add):
    return json.loads(add["stats"])["numRecords"]


def statistics(footer):
    """What Spark says of a file, out of what its row groups say."""
    said = {"numRecords": footer.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {}}
    for column in tables.columns(footer):
        said["nullCount"][column.name] = column.nulls
        said["minValues"][column.name] = least(column.least)
        said["maxValues"][column.name] = greatest(column.greatest)
    return said


def least(value):
    return value[:TEXT_CHARS] if isinstance(value, str) else number(value)


def greatest(value):
    if not isinstance(value, str):
        return number(value)
    return value if len(value) <= TEXT_CHARS else value[:TEXT_CHARS] + TIE


def number(value):
    """As JSON has it. Fifteen digits are kept by a float."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime.date) else value


def deletes(adds, vectors):
    """The actions that put files with fewer rows in the place of files. Bounds need no longer be met by any row."""
    for add in adds:
        if vector := vectors.get(add["path"]):
            yield {"remove": {"path": add["path"], "deletionTimestamp": MODIFIED, "dataChange": True}}
            stats = json.dumps({**json.loads(add["stats"]), "tightBounds": False})
            yield {"add": {**add, "stats": stats, "deletionVector": vector}}


def beside(folder, gone):
    """The deletion vectors of several files in one file, as Spark writes them."""
    if not gone:
        return {}
    identity, content, vectors = uuid.uuid4(), b"\1", {}
    for name, rows in gone.items():
        bitmap = BitMap64(rows)
        bitmap.run_optimize()
        data = MAGIC + bitmap.serialize()
        vectors[name] = {"storageType": "u", "pathOrInlineDv": z85(identity.bytes), "offset": len(content), "sizeInBytes": len(data), "cardinality": len(rows)}
        content += struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    pathlib.Path(folder, f"deletion_vector_{identity}.bin").write_bytes(content)
    return vectors
