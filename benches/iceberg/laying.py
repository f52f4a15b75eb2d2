"""The tables of TPC-H as Iceberg tables: metadata that says of the very same Parquet files what a writer like Spark says.

Every variant is a folder of tables whose data files are links to those of `data/`, so that nothing but metadata and files of
deletes differs between them and the plain files. Those have no field ids: a name mapping tells which column is which."""

import functools
import json
from collections.abc import Callable
from typing import NamedTuple

import pyarrow.parquet as pq
import pyarrow.types
import tables
from iceberg_table import ARROW, field, vector
from pyroaring import BitMap64
from spark import Spark, counts, greatest, least

# One row of so many is deleted by the value of its key.
EQUAL_SHARE = 100
KEYS = {
    "region": ["r_regionkey"], "nation": ["n_nationkey"], "supplier": ["s_suppkey"], "part": ["p_partkey"], "partsupp": ["ps_partkey", "ps_suppkey"],
    "customer": ["c_custkey"], "orders": ["o_orderkey"], "lineitem": ["l_orderkey", "l_linenumber"],
}  # fmt: skip
KINDS = {str(type): name for name, type in ARROW.items()}


class Gone(NamedTuple):
    """The rows of a data file that are deleted: the file as it was, and as a manifest has it."""

    source: object
    entry: dict
    rows: list


def positions(table, gone):
    """For each data file one of positions, as Spark writes them where deletes are of files."""
    for one in gone:
        path = one.entry["file_path"]
        yield table.positions([(path, row) for row in one.rows], compression="zstd", referenced_data_file=path)


def vectors(table, gone):
    for one in gone:
        bitmap = BitMap64(one.rows)
        bitmap.run_optimize()
        yield table.vector(one.entry, one.rows, blob=vector(bitmap.serialize()))


def equality(table, gone):
    """One file for the whole table, with the keys of the rows."""
    keys = KEYS[gone[0].source.parent.name]
    values = [row for one in gone for row in pq.read_table(one.source, columns=keys).take(one.rows).to_pylist()]
    yield table.equality(keys, values, compression="zstd")


class Variant(NamedTuple):
    """The version of the format, which rows of a file are deleted, and how that is written down."""

    version: int
    chosen: Callable
    deletes: Callable | None = None


VARIANTS = {
    "whole": Variant(2, tables.none),
    "clustered": Variant(2, tables.clustered, positions),
    "scattered": Variant(2, tables.scattered, positions),
    "clustered_vectors": Variant(3, tables.clustered, vectors),
    "scattered_vectors": Variant(3, tables.scattered, vectors),
    "equality": Variant(2, functools.partial(tables.scattered, share=EQUAL_SHARE), equality),
}
# The same rows are deleted in these, and none are in the whole tables.
SAME = {"clustered_vectors": "clustered", "scattered_vectors": "scattered"}


def lay(root, data):
    """All variants of all tables below a folder, made anew; says what there is of each."""
    laying = lambda variant: lambda source, folder: laid(source, folder, variant)
    return tables.lay(root, data, {name: laying(variant) for name, variant in VARIANTS.items()})


def laid(source, folder, variant):
    """One table. Where rows are deleted, that is a snapshot of its own, as it is when somebody deletes them."""
    files = tables.parquet(source)
    table = begun(folder, pq.read_schema(files[0]), variant.version)
    entries = [added(file, table) for file in files]
    table.commit(*entries)
    chosen = [Gone(file, entry, sorted(tables.gone(file, entry["record_count"], variant.chosen))) for file, entry in zip(files, entries)]
    gone = [one for one in chosen if one.rows]
    if gone:
        table.commit(deletes=list(variant.deletes(table, gone)), summary={"operation": "overwrite"})
    return {"files": len(files), "rows": sum(entry["record_count"] for entry in entries), "deleted": sum(len(one.rows) for one in gone)}


def begun(folder, schema, version):
    fields = [field(number, one.name, kind(one.type), required=not one.nullable) for number, one in enumerate(schema, 1)]
    mapping = [{"field-id": one["id"], "names": [one["name"]]} for one in fields]
    return Spark(folder, fields, version=version, **{"schema.name-mapping.default": json.dumps(mapping)})


def kind(data_type):
    """What Iceberg calls a type."""
    if pyarrow.types.is_decimal(data_type):
        return f"decimal({data_type.precision}, {data_type.scale})"
    return KINDS[str(data_type).removesuffix("_view")]


def added(file, table):
    """What a manifest says of a file, and the file."""
    path = f"data/{file.name}"
    tables.linked(file, table.folder / path)
    footer, known = pq.read_metadata(file), {one["name"]: one for one in table.fields}
    columns = {known[one.name]["id"]: (known[one.name]["type"], one) for one in tables.columns(footer)}
    said = lambda of: counts({number: of(kind, column) for number, (kind, column) in columns.items()})
    return {
        "file_path": table.at(path), "file_format": "PARQUET", "content": 0, "partition": {}, "record_count": footer.num_rows, "file_size_in_bytes": file.stat().st_size,
        "column_sizes": said(lambda _, column: column.bytes), "value_counts": said(lambda *_: footer.num_rows), "null_value_counts": said(lambda _, column: column.nulls),
        "lower_bounds": said(lambda kind, column: least(kind, column.least)), "upper_bounds": said(lambda kind, column: greatest(kind, column.greatest)),
        "split_offsets": [start(footer.row_group(at).column(0)) for at in range(footer.num_row_groups)], "sort_order_id": 0,
    }  # fmt: skip


def start(chunk):
    """Where the first page of a column of a row group lies."""
    return chunk.dictionary_page_offset or chunk.data_page_offset
