"""Iceberg tables written by hand, and a product over one: what metadata may say that no writer at hand would write.

Records are encoded by fastavro; the files around them are framed here, so that counts and lengths may lie.
"""

import datetime
import decimal
import io
import json
import re
import struct
import uuid
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
from fastavro import parse_schema, schemaless_writer
from pyroaring import BitMap64

from command import weft
from meshes import Mesh

BEGAN = 1_700_000_000_000
FILE_PATH, POSITION, DELETED_ROW = 2147483546, 2147483545, 2147483544
SYNC = bytes(range(16))
ARROW = {
    "boolean": pa.bool_(), "int": pa.int32(), "long": pa.int64(), "float": pa.float32(), "double": pa.float64(), "date": pa.date32(), "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC"), "timestamp_ns": pa.timestamp("ns"), "timestamptz_ns": pa.timestamp("ns", "UTC"),
    "string": pa.string(), "binary": pa.binary(), "uuid": pa.uuid(),
}  # fmt: skip
LOGICAL = {"boolean": "boolean", "int": "integer", "long": "integer", "date": "date", "time": "time", "string": "string", "binary": "string", "uuid": "string", "fixed": "string"}


def field(number, name, kind, **more):
    return {"id": number, "name": name, "required": False, "type": kind, **more}


def structure(*fields):
    return {"type": "struct", "fields": list(fields)}


def listing(number, kind):
    return {"type": "list", "element-id": number, "element-required": False, "element": kind}


def mapping(key, key_kind, value, value_kind):
    return {"type": "map", "key-id": key, "key": key_kind, "value-id": value, "value-required": False, "value": value_kind}


def part(source, transform, number=1000, name="part"):
    """A field of a partition specification."""
    return {"source-id": source, "field-id": number, "name": name, "transform": transform}


def arrow(kind, ids=True):
    """The type that files have for one of Iceberg."""
    one = lambda number, name, kind, null=True: pa.field(name, arrow(kind, ids), null, {b"PARQUET:field_id": str(number).encode()} if ids else None)  # noqa: E731
    match kind:
        case {"type": "struct", "fields": fields}:
            return pa.struct([one(inner["id"], inner["name"], inner["type"]) for inner in fields])
        case {"type": "list"}:
            return pa.list_(one(kind["element-id"], "element", kind["element"]))
        case {"type": "map"}:
            return pa.map_(one(kind["key-id"], "key", kind["key"], False), one(kind["value-id"], "value", kind["value"]))
    numbers = [int(number) for number in re.findall(r"\d+", kind)]
    if kind.startswith("decimal"):
        return pa.decimal128(*numbers)
    return pa.binary(numbers[0]) if kind.startswith("fixed") else ARROW[kind]


def rows(fields, values, ids=True):
    """A table of rows, its columns numbered as the fields are."""
    schema = pa.schema([pa.field(one["name"], arrow(one["type"], ids), metadata={b"PARQUET:field_id": str(one["id"]).encode()} if ids else None) for one in fields])
    names = {one["name"] for one in fields}
    return pa.Table.from_pylist([{name: value for name, value in row.items() if name in names} for row in values], schema)


def single(kind, value):
    """A bound of a column: "Single-value serialization"."""
    match kind.split("(")[0]:
        case "boolean":
            return bytes([value])
        case "int" | "float" | "long" | "double":
            return struct.pack({"int": "<i", "float": "<f", "long": "<q", "double": "<d"}[kind], value)
        case "date":
            return struct.pack("<i", (value - datetime.date(1970, 1, 1)).days)
        case "timestamp" | "timestamptz":
            return struct.pack("<q", (value - datetime.datetime(1970, 1, 1, tzinfo=value.tzinfo)) // datetime.timedelta(microseconds=1))
        case "decimal":
            whole = int(value.scaleb(-value.as_tuple().exponent))
            return whole.to_bytes(whole.bit_length() // 8 + 1, "big", signed=True)
        case "string":
            return value.encode()
    return bytes(value)


def varint(number):
    """A whole number as Avro writes it."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def packed(data, codec):
    match codec:
        case "deflate":
            return zlib.compress(data, 9, -15)
        case "snappy":
            return pa.compress(data, "snappy", asbytes=True) + struct.pack(">I", zlib.crc32(data))
        case "zstandard":
            return pa.compress(data, "zstd", asbytes=True)
    return data


def container(schema, blocks, codec="null", header=None):
    """An Avro file of blocks, each a count and the bytes it is followed by."""
    said = {"avro.schema": json.dumps(schema), "avro.codec": codec, **(header or {})}
    text = lambda one: varint(len(one)) + one  # noqa: E731
    out = b"Obj\x01" + varint(len(said)) + b"".join(text(key.encode()) + text(value.encode()) for key, value in said.items()) + b"\0" + SYNC
    return out + b"".join(varint(count) + text(packed(data, codec)) + SYNC for count, data in blocks)


def avro(schema, records, codec="null", header=None):
    out, parsed = io.BytesIO(), parse_schema(json.loads(json.dumps(schema)))
    for record in records:
        schemaless_writer(out, parsed, record)
    return container(schema, [(len(records), out.getvalue())] if records else [], codec, header)


def avro_kind(kind, name):
    """The type of a partition's value in manifests."""
    numbers = [int(number) for number in re.findall(r"\d+", kind)]
    match re.split(r"[(\[]", kind)[0]:
        case "date":
            return {"type": "int", "logicalType": "date"}
        case "time":
            return {"type": "long", "logicalType": "time-micros"}
        case "timestamp" | "timestamptz":
            return {"type": "long", "logicalType": "timestamp-micros", "adjust-to-utc": kind == "timestamptz"}
        case "decimal":
            size = next(size for size in range(1, 17) if 10 ** numbers[0] <= 2 ** (8 * size - 1))
            return {"type": "fixed", "name": f"{name}_d", "size": size, "logicalType": "decimal", "precision": numbers[0], "scale": numbers[1]}
        case "uuid":
            return {"type": "fixed", "name": f"{name}_u", "size": 16}
        case "fixed":
            return {"type": "fixed", "name": f"{name}_f", "size": numbers[0]}
        case "binary":
            return "bytes"
    return kind


def record(name, *fields):
    return {"type": "record", "name": name, "fields": [{"name": called, "field-id": number, "type": kind} if need else {"name": called, "field-id": number, "type": ["null", kind], "default": None} for number, called, kind, need in fields]}


def pairs(key, value, kind):
    return {"type": "array", "logicalType": "map", "items": record(f"k{key}_v{value}", (key, "key", "int", True), (value, "value", kind, True))}


def entries(version, partition):
    """The schema of a manifest; `partition` are its fields, each with the type of its values."""
    fields = [
        (100, "file_path", "string", True), (101, "file_format", "string", True),
        (102, "partition", record("r102", *[(one["field-id"], one["name"], avro_kind(kind, one["name"]), False) for one, kind in partition]), True),
        (103, "record_count", "long", True), (104, "file_size_in_bytes", "long", True), (110, "null_value_counts", pairs(121, 122, "long"), False),
        (137, "nan_value_counts", pairs(138, 139, "long"), False), (125, "lower_bounds", pairs(126, 127, "bytes"), False), (128, "upper_bounds", pairs(129, 130, "bytes"), False),
        (131, "key_metadata", "bytes", False),
    ]  # fmt: skip
    if version == 1:
        fields.append((105, "block_size_in_bytes", "long", True))
    else:
        fields.append((134, "content", "int", True))
        fields.append((135, "equality_ids", {"type": "array", "items": "int", "element-id": 136}, False))
        fields.append((143, "referenced_data_file", "string", False))
        fields += [(144, "content_offset", "long", False), (145, "content_size_in_bytes", "long", False)]
    inner = (2, "data_file", record("r2", *fields), True)
    if version == 1:
        return record("manifest_entry", (0, "status", "int", True), (1, "snapshot_id", "long", True), inner)
    return record("manifest_entry", (0, "status", "int", True), (1, "snapshot_id", "long", False), (3, "sequence_number", "long", False), (4, "file_sequence_number", "long", False), inner)


def lists(version):
    """The schema of a manifest list."""
    summary = record("r508", (509, "contains_null", "boolean", True), (518, "contains_nan", "boolean", False), (510, "lower_bound", "bytes", False), (511, "upper_bound", "bytes", False))
    fields = [(500, "manifest_path", "string", True), (501, "manifest_length", "long", True), (502, "partition_spec_id", "int", True), (503, "added_snapshot_id", "long", True)]
    if version > 1:
        fields += [(517, "content", "int", True), (515, "sequence_number", "long", True), (516, "min_sequence_number", "long", True)]
    counts = [(504, "added_files_count", "int"), (505, "existing_files_count", "int"), (506, "deleted_files_count", "int"), (512, "added_rows_count", "long"), (513, "existing_rows_count", "long"), (514, "deleted_rows_count", "long")]
    fields += [(number, name, kind, version > 1) for number, name, kind in counts]
    fields += [(507, "partitions", {"type": "array", "items": summary, "element-id": 508}, False), (519, "key_metadata", "bytes", False)]
    return record("manifest_file", *fields)


def vector(rows, magic=b"\xd1\xd3\x39\x64"):
    """A blob with a deletion vector."""
    data = magic + (rows if isinstance(rows, bytes) else BitMap64(rows).serialize())
    return struct.pack(">I", len(data)) + data + struct.pack(">I", zlib.crc32(data))


class Table:
    """A table in a folder. Its metadata is a dictionary that may be changed before it is written."""

    def __init__(self, folder, fields, spec=(), version=2, location=None, **properties):
        self.folder, self.version, self.number, self.made = folder, version, 0, 0
        self.location = location or f"file://{folder}"
        for name in ("metadata", "data"):
            (folder / name).mkdir(parents=True)
        self.manifests = []
        self.metadata = {
            "format-version": version, "table-uuid": str(uuid.uuid4()), "location": self.location, "last-sequence-number": 0, "last-updated-ms": BEGAN, "last-column-id": 100,
            "schemas": [], "current-schema-id": 0, "partition-specs": [], "default-spec-id": 0, "last-partition-id": 1100, "properties": properties,
            "current-snapshot-id": -1, "snapshots": [], "snapshot-log": [], "metadata-log": [], "sort-orders": [{"order-id": 0, "fields": []}], "default-sort-order-id": 0, "refs": {},
        }  # fmt: skip
        if version == 3:
            self.metadata["next-row-id"] = 0
        self.evolve(fields)
        self.partition(spec)

    @property
    def fields(self):
        return next(schema["fields"] for schema in self.metadata["schemas"] if schema["schema-id"] == self.metadata["current-schema-id"])

    @property
    def spec(self):
        return next(spec for spec in self.metadata["partition-specs"] if spec["spec-id"] == self.metadata["default-spec-id"])

    def evolve(self, fields):
        """Other columns from now on."""
        number = len(self.metadata["schemas"])
        self.metadata["schemas"].append({"type": "struct", "schema-id": number, "fields": list(fields)})
        self.metadata["current-schema-id"] = number
        if self.version == 1:
            self.metadata["schema"] = self.metadata["schemas"][-1]
        return self

    def partition(self, spec):
        """Other partitions from now on."""
        number = len(self.metadata["partition-specs"])
        self.metadata["partition-specs"].append({"spec-id": number, "fields": list(spec)})
        self.metadata["default-spec-id"] = number
        if self.version == 1:
            self.metadata["partition-spec"] = list(spec)
        return self

    def at(self, name):
        """What the table calls a file."""
        return f"{self.location}/{name}"

    def named(self, kind, ending):
        self.made += 1
        return f"{kind}/{self.made:04}.{ending}"

    # What entries say of files.

    def put(self, table, values=None, name=None, bounds=(), **more):
        """Writes a Parquet file; what a manifest says of it. `values` are those of its partition, by name."""
        name = name or self.named("data", "parquet")
        how = {key: more.pop(key) for key in ("row_group_size", "compression") if key in more}
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, self.folder / name, **how)
        file = {"file_path": self.at(name), "file_format": "PARQUET", "partition": values or {}, "record_count": table.num_rows, "file_size_in_bytes": (self.folder / name).stat().st_size, "content": 0, "block_size_in_bytes": 1}
        known = [one for one in self.fields if one["name"] in bounds]
        if known:
            said = lambda function: [{"key": one["id"], "value": function(one, [value for value in table[one["name"]].to_pylist() if value is not None])} for one in known]  # noqa: E731
            file["null_value_counts"] = said(lambda one, _: table[one["name"]].null_count)
            file["lower_bounds"] = said(lambda one, found: single(one["type"], min(found)))
            file["upper_bounds"] = said(lambda one, found: single(one["type"], max(found)))
        return {**file, **more}

    def file(self, values, fields=None, ids=True, without=(), **more):
        """A data file of rows."""
        kept = [one for one in fields or self.fields if one["name"] not in without]
        partition = more.pop("partition", None)
        return self.put(rows(kept, values, ids), partition, **more)

    def positions(self, deleted, partition=None, row=None, **more):
        """A file of position deletes: pairs of a data file's entry, or its address, and a position."""
        path = lambda one: one if isinstance(one, str) else one["file_path"]  # noqa: E731
        fields = [field(FILE_PATH, "file_path", "string"), field(POSITION, "pos", "long")]
        values = [{"file_path": path(one), "pos": at} for one, at in deleted]
        if row:
            fields.append(field(DELETED_ROW, "row", row))
        file = self.put(rows(fields, values), partition, **{"content": 1, **more})
        paths = [value["file_path"].encode() for value in values]
        bounds = {key: [{"key": FILE_PATH, "value": of(paths)}] for key, of in (("lower_bounds", min), ("upper_bounds", max))}
        return {**bounds, **file}

    def equality(self, by, values, partition=None, fields=None, **more):
        """A file of equality deletes, by columns of these names or by fields of these numbers."""
        numbers = [one["id"] for name in by for one in self.fields if one["name"] == name] if isinstance(by[0], str) else list(by)
        kept = fields or [one for one in self.fields if one["name"] in by]
        return self.put(rows(kept, values), partition, **{"content": 2, "equality_ids": numbers, **more})

    def vector(self, of, positions, partition=None, blob=None, **more):
        """A file with a deletion vector about a data file."""
        name, blob = self.named("data", "puffin"), blob or vector(positions)
        footer = json.dumps({"blobs": [{"type": "deletion-vector-v1", "fields": [], "snapshot-id": -1, "sequence-number": -1, "offset": 4, "length": len(blob), "properties": {"referenced-data-file": of["file_path"], "cardinality": str(len(set(positions)))}}], "properties": {}}).encode()
        content = b"PFA1" + blob + b"PFA1" + footer + struct.pack("<I", len(footer)) + bytes(4) + b"PFA1"
        (self.folder / name).write_bytes(content)
        return {
            "file_path": self.at(name), "file_format": "PUFFIN", "partition": partition if partition is not None else of["partition"], "record_count": len(set(positions)), "file_size_in_bytes": len(content),
            "content": 1, "referenced_data_file": of["file_path"], "content_offset": 4, "content_size_in_bytes": len(blob), **more,
        }  # fmt: skip

    # Manifests, lists and metadata.

    def kind(self, source):
        """The type of a column, of whichever schema had it."""
        def found(fields):
            for one in fields:
                yield one["id"], one["type"]
                yield from found(one["type"].get("fields", []) if isinstance(one["type"], dict) else [])

        return dict(pair for schema in self.metadata["schemas"] for pair in found(schema["fields"])).get(source, "int")

    def manifest(self, files, deletes=False, spec=None, codec="deflate", **more):
        """Writes a manifest of files, or of entries; what the manifest list says of it."""
        spec = next(one for one in self.metadata["partition-specs"] if one["spec-id"] == spec) if spec is not None else self.spec
        kinds = [(one, self.kind(one["source-id"]) if one["transform"] == "identity" or one["transform"].startswith("truncate") else "int") for one in spec["fields"]]
        known = [one if "data_file" in one else {"status": 1, "data_file": one} for one in files]
        known = [{"snapshot_id": len(self.metadata["snapshots"]) + 1, **one} for one in known]
        header = {"schema": json.dumps(self.metadata["schemas"][-1]), "schema-id": "0", "partition-spec": json.dumps(spec["fields"]), "partition-spec-id": str(spec["spec-id"]), "format-version": str(self.version), "content": "deletes" if deletes else "data"}
        name = self.named("metadata", "avro")
        (self.folder / name).write_bytes(avro(entries(self.version, kinds), known, codec, header))
        live = [one["data_file"]["record_count"] for one in known if one["status"] == 1]
        old = [one["data_file"]["record_count"] for one in known if one["status"] == 0]
        return {
            "manifest_path": self.at(name), "manifest_length": (self.folder / name).stat().st_size, "partition_spec_id": spec["spec-id"], "added_snapshot_id": 1, "content": int(deletes), "min_sequence_number": 0,
            "added_files_count": len(live), "existing_files_count": len(old), "deleted_files_count": len(known) - len(live) - len(old), "added_rows_count": sum(live), "existing_rows_count": sum(old), "deleted_rows_count": 0, **more,
        }  # fmt: skip

    def commit(self, *files, deletes=(), codec="deflate", spec=None, manifests=None, keep=True, **snapshot):
        """A snapshot with these files beside those that were there, at a sequence number of its own, and its metadata."""
        number = len(self.metadata["snapshots"]) + 1
        added = [self.manifest(files, spec=spec, codec=codec)] if files else []
        added += [self.manifest(deletes, True, spec, codec)] if deletes else []
        added += manifests or []
        self.manifests = (self.manifests if keep else []) + [{"sequence_number": number, **one} for one in added]
        name = self.named("metadata", "avro")
        (self.folder / name).write_bytes(avro(lists(self.version), self.manifests, codec))
        when = snapshot.pop("when", BEGAN + number * 1000)
        said = {"snapshot-id": number, "sequence-number": number, "timestamp-ms": when, "summary": {"operation": "append"}, "manifest-list": self.at(name), "schema-id": self.metadata["current-schema-id"], **snapshot}
        if number > 1:
            said["parent-snapshot-id"] = number - 1
        if self.version == 3:
            said |= {"first-row-id": 0, "added-rows": 0}
        self.metadata["snapshots"].append({key: value for key, value in said.items() if value is not None})
        self.metadata["snapshot-log"].append({"snapshot-id": number, "timestamp-ms": when})
        self.metadata["refs"]["main"] = {"snapshot-id": number, "type": "branch"}
        return self.write(**{"current-snapshot-id": number, "last-sequence-number": number, "last-updated-ms": when})

    def write(self, **changes):
        """The next metadata file."""
        self.metadata |= changes
        self.number += 1
        self.newest = self.folder / "metadata" / f"v{self.number}.metadata.json"
        self.newest.write_text(json.dumps({key: value for key, value in self.metadata.items() if value is not None}))
        return self


def declared(name, kind):
    """A column of a contract."""
    said = {"name": name, "classification": "public"} if name else {"classification": "public"}
    match kind:
        case {"type": "struct", "fields": fields}:
            return {**said, "logicalType": "object", "properties": [declared(one["name"], one["type"]) for one in fields]}
        case {"type": "list"}:
            return {**said, "logicalType": "array", "items": declared(None, kind["element"])}
        case {"type": "map"}:
            parts = {"key": declared(None, kind["key"]), "value": declared(None, kind["value"])}
            return {**said, "logicalType": "map", "map": {part: {key: value for key, value in one.items() if key != "classification"} for part, one in parts.items()}}
    plain = re.split(r"[(\[]", kind)[0]
    logical = LOGICAL.get(plain) or ("timestamp" if plain.startswith("timestamp") else "number")
    zone = {"logicalTypeOptions": {"timezone": "tz" in plain}} if logical == "timestamp" else {}
    return {**said, "logicalType": logical, "physicalType": {"timestamp": "timestamp_ntz", "timestamp_ns": "timestamp(ns, none)"}.get(kind, kind if plain != "fixed" else "binary"), **zone}


NO_TABLE = "error[WEFT-Q003]: table `d.p` does not exist\n  hint: List the tables you may read with `select * from information_schema.tables`.\n"


def broken(why):
    """What is told of a product that is, to whoever runs the engine and to whoever asks."""
    return f"`d.p` cannot be read: {why} (reference g000001)\nerror[WEFT-Q007]: product `d.p` is broken (reference g000001)\n  hint: Ask the owners of `d.p` and name the reference.\n"


def failed(why):
    """The same, where it comes to light once files are looked for."""
    return f"`d.p` cannot be read: {why} (reference g000001)\nerror[WEFT-G001]: reading product `d.p` failed (reference g000001)\n  hint: Ask the owners of `d.p` and name the reference g000001.\n"


def stored(why):
    """The same, where a store did not have what it should."""
    return f"`d.p` cannot be read: {why} (reference g000001)\nerror[WEFT-G004]: the storage of product `d.p` failed (reference g000001)\n  hint: Try again; if it stays so, ask the owners of `d.p` and name the reference g000001.\n"


def refused(why):
    return broken(f"`./data/t` is not read: {why}")


def unreadable(file, why, told=broken):
    return told(f"`{file}` is not readable as iceberg: {why}")


class House:
    """A product over a table in its folder, and how it is asked."""

    def __init__(self, root, fields, server=None, rules=()):
        self.mesh, self.root = Mesh(root / "mesh"), root
        self.folder = root / "mesh" / "data" / "t"
        self.server, self.rules = server or {}, rules
        self.declare(*[declared(one["name"], one["type"]) for one in fields])

    def declare(self, *properties, **server):
        """A contract with these columns."""
        said = {"server": "local", "type": "local", "path": "./data/t", "format": "iceberg", **self.server, **server}
        past = '{id: readers-read-the-past, match: {product: "d.*"}, to: {groups: [readers]}, allow: history}'
        self.mesh.product("d", "p", contract={"schema": [{"name": "p", "physicalName": "p", "properties": list(properties)}]}, server=said, rules=[past, *self.rules])

    def ask(self, sql, user="reader"):
        code, out, err = weft("sql", "--catalog", self.root / "mesh", "--as", user, "--output", "json", "-c", sql)
        # When one file is broken, reading the others is broken off, which may be told of too.
        return json.loads(out, parse_float=decimal.Decimal) if code == 0 else re.sub(r".*Error joining spawned task: task \d+ was cancelled.*\n", "", err)

    def table(self, sql="select * from d.p"):
        code, _, err = weft("sql", "--catalog", self.root / "mesh", "--as", "reader", "-c", sql, "-o", self.root / "out.parquet")
        assert code == 0, err
        return pq.read_table(self.root / "out.parquet")


def house(root, fields, spec=(), version=2, **properties):
    """A product over a table that is not committed to yet, and that table."""
    own = House(root, fields)
    return own, Table(own.folder, fields, spec, version, **properties)
