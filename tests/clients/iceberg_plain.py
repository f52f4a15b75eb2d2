"""An Iceberg table as one plain file: for oracles that read nothing else.

Reads version 2 without partitions, by field ids: columns that a file lacks are NULL, others have the type they have now, and rows
are deleted by position and by one key."""

import json
import pathlib

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from iceberg_table import arrow

DATA, POSITIONS, KEYS = range(3)


def laid(table, folder):
    """The file of a table's rows, made once."""
    path = folder / f"{table.name}.parquet"
    if not path.exists():
        pq.write_table(read(table), path)
    return path


def read(table, number=None):
    """The rows of a snapshot, of the newest where none is named, with the columns that the table has now."""
    hint = (table / "metadata" / "version-hint.text").read_text()
    metadata = json.loads((table / "metadata" / f"v{hint}.metadata.json").read_text())
    here = lambda address: table / pathlib.PurePosixPath(address).relative_to(metadata["location"])  # noqa: E731
    [schema] = [one for one in metadata["schemas"] if one["schema-id"] == metadata["current-schema-id"]]
    [snapshot] = [one for one in metadata["snapshots"] if one["snapshot-id"] == (number or metadata["current-snapshot-id"])]
    files = []
    for manifest in records(here(snapshot["manifest-list"])):
        for entry in records(here(manifest["manifest_path"])):
            assert entry["status"] == 1 and entry["sequence_number"] is None
            files.append((manifest["sequence_number"], entry["data_file"]))
    gone = {(path, at) for _, one in files if one["content"] == POSITIONS for path, at in rows(here(one["file_path"]))}
    keys = [(number, one["equality_ids"], {key for (key,) in rows(here(one["file_path"]))}) for number, one in files if one["content"] == KEYS]
    parts = []
    for number, one in files:
        if one["content"] != DATA:
            continue
        part = pq.read_table(here(one["file_path"]))
        ids = [int(field.metadata[b"PARQUET:field_id"]) for field in part.schema]
        keep = [(one["file_path"], at) not in gone for at in range(part.num_rows)]
        for deleted_at, [id], values in keys:
            if number < deleted_at:
                keep = [kept and value not in values for kept, value in zip(keep, part.column(ids.index(id)).to_pylist())]
        kept = part.filter(pa.array(keep))
        parts.append(pa.table({field["name"]: column(kept, ids, field) for field in schema["fields"]}))
    return pa.concat_tables(parts)


def column(part, ids, field):
    kind = arrow(field["type"], ids=False)
    return part.column(ids.index(field["id"])).cast(kind) if field["id"] in ids else pa.nulls(part.num_rows, kind)


def records(path):
    with path.open("rb") as file:
        yield from fastavro.reader(file)


def rows(path):
    return zip(*(column.to_pylist() for column in pq.read_table(path).columns))
