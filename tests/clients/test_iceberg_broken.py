"""Iceberg tables that are damaged, not read, or made to reach or exhaust what is not theirs."""

import gzip
import json
import os
import re
import struct
import subprocess
import tempfile
import time

import pytest
from pyroaring import BitMap

from command import weft
from iceberg_table import NO_TABLE, House, Table, broken, container, failed, field, house, record, refused, rows, stored, structure, unreadable, varint, vector
from reading import imported

FIELDS = [field(1, "id", "long"), field(2, "name", "string")]


def numbered(numbers):
    return [{"id": at, "name": f"n{at}"} for at in numbers]


def made(root, **more):
    """A table with a file of five rows."""
    own, table = house(root, FIELDS, **more)
    file = table.file(numbered(range(5)))
    return own, table.commit(file), file


def place(table, address):
    return table.folder / address.removeprefix(f"{table.location}/")


def ids(own):
    found = own.ask("select id from d.p order by id")
    return [row["id"] for row in found] if isinstance(found, list) else found


def tells(own, said):
    """What is told of it, and nothing to whoever may not read it."""
    assert own.ask("select id from d.p") == said
    assert own.ask("select id from d.p", user="stranger") == NO_TABLE


def none(why):
    return unreadable("v2.metadata.json", why)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"format-version": 4}, refused("it is of version 4 of the format; versions 1 to 3 are read")),
        ({"format-version": 0}, refused("it is of version 0 of the format; versions 1 to 3 are read")),
        ({"format-version": "2"}, none("it says no version of the format")),
        ({"format-version": None}, none("it says no version of the format")),
        ({"location": None}, none("it has no `location`")),
        ({"schemas": None}, none("it has no `schemas`")),
        ({"current-schema-id": 7}, none("its schema is the one with id 7, and it has none such")),
        ({"current-snapshot-id": 7}, none("its snapshot is 7, and it has none such")),
        ({"partition-specs": [{"spec-id": 3, "fields": []}]}, failed("`./data/t` is not read: it has no partition specification with id 0")),
        ({"partition-specs": [{"spec-id": 0, "fields": [{"name": "x", "transform": "identity"}]}]}, none("a partition field has no source")),
        ({"schemas": [{"schema-id": 0, "fields": [FIELDS[0], {**FIELDS[1], "id": 1}]}]}, none("two fields have the id 1")),
        ({"schemas": [{"schema-id": 0, "fields": [FIELDS[0], field(2, "s", structure(field(1, "x", "int")))]}]}, none("two fields have the id 1")),
        ({"schemas": [{"schema-id": 0, "fields": [FIELDS[0], {**FIELDS[0], "id": 2}]}]}, none("two fields are called `id`")),
        ({"schemas": [{"schema-id": 0, "fields": [{"name": "id", "type": "long"}]}]}, none("field `id` has no id")),
        ({"properties": {"schema.name-mapping.default": "{"}}, none("`schema.name-mapping.default`: EOF while parsing an object at line 1 column 1")),
        ({"properties": {"schema.name-mapping.default": "{}"}}, refused("its mapping of names is not one")),
    ],
)
def test_metadata_that_is_none(metadata, said, tmp_path):
    own, table, _ = made(tmp_path)
    table.write(**metadata)
    tells(own, said)


def test_metadata_that_is_cut(tmp_path):
    own, table, _ = made(tmp_path)
    whole = table.newest.read_bytes()
    for cut, why in ((0, "a value at line 1 column 0"), (1, "an object at line 1 column 1"), (len(whole) - 1, f"an object at line 1 column {len(whole) - 1}")):
        table.newest.write_bytes(whole[:cut])
        assert own.ask("select id from d.p") == unreadable("v1.metadata.json", f"EOF while parsing {why}")
    table.newest.write_bytes(gzip.compress(whole)[:-4])
    tells(own, unreadable("v1.metadata.json", "it does not unpack: unexpected end of file"))
    table.newest.unlink()
    tells(own, broken("no iceberg data at `./data/t`"))


FEW, FOOTER, GONE = "{} bytes are too few for a Parquet file", "Invalid Parquet file. Corrupt footer", "Object at location data/t/data/{} not found: nothing is found there"
AVRO = [*["it is no Avro file"] * 2, *["it ends in the middle of a value"] * 2, "it is not there, and the table names it"]
PARQUET = [FEW.format(0), FEW.format(3), FOOTER, FOOTER]
CUT = {
    "list": [unreadable("0007.avro", why) for why in AVRO],
    "manifest": [unreadable("0006.avro", why, failed) for why in AVRO],
    "data": [*[failed(f"`0001.parquet`: {why}") for why in PARQUET], stored(GONE.format("0001.parquet"))],
    "positions": [unreadable("0002.parquet", why, failed) for why in (*[f"`0002.parquet`: {why}" for why in PARQUET], AVRO[-1])],
    "keys": [unreadable("0003.parquet", why, failed) for why in (*[f"`0003.parquet`: {why}" for why in PARQUET], AVRO[-1])],
}


@pytest.mark.parametrize("what", CUT)
def test_files_that_are_gone_or_cut(what, tmp_path):
    own, table = house(tmp_path, FIELDS)
    file = table.file(numbered(range(5)))
    positions, keys = table.positions([(file, 0)]), table.equality(["id"], [{"id": 3}])
    table.commit(file).commit(deletes=[positions, keys])
    assert ids(own) == [1, 2, 4]
    named = {"list": table.metadata["snapshots"][-1]["manifest-list"], "manifest": table.manifests[1]["manifest_path"], "data": file["file_path"], "positions": positions["file_path"], "keys": keys["file_path"]}
    path = place(table, named[what])
    whole = path.read_bytes()
    for cut, said in zip((0, 3, len(whole) // 2, len(whole) - 1), CUT[what]):
        path.write_bytes(whole[:cut])
        assert own.ask("select id from d.p") == said, cut
    path.unlink()
    tells(own, CUT[what][-1])


def test_vectors_that_are_gone_or_cut(tmp_path):
    own, table, file = made(tmp_path, version=3)
    bits = table.vector(file, [1])
    table.commit(deletes=[bits])
    path = place(table, bits["file_path"])
    whole = path.read_bytes()
    for cut, said in (
        (0, stored("reading `./data/t` failed: Generic local error: Wanted range starting at 4, but object was only 0 bytes long")),
        (20, unreadable("0004.puffin", "it holds a vector of another length", failed)),
    ):
        path.write_bytes(whole[:cut])
        assert own.ask("select id from d.p") == said
    # Nothing but the vector's own bytes is read.
    path.write_bytes(b"????" + whole[4:-100])
    assert ids(own) == [0, 2, 3, 4]
    path.unlink()
    tells(own, unreadable("0004.puffin", "it is not there, and the table names it", failed))


@pytest.mark.parametrize("kind", ["ORC", "AVRO", "csv"])
def test_data_of_other_formats(kind, tmp_path):
    own, table, file = made(tmp_path)
    table.commit({**file, "file_format": kind})
    tells(own, failed(f"`./data/t` is not read: its data is in {kind.upper()}, and data in Parquet is read"))
    own, table, file = made(tmp_path / "other")
    table.commit(deletes=[{**table.positions([(file, 0)]), "file_format": kind}])
    tells(own, unreadable("0004.parquet", f"deletes in {kind.upper()} are not read", failed))


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("variant", "variant"),
        ("geography(srid:4326)", "geography(srid:4326)"),
        ("unknown", "unknown"),
        (structure(field(4, "x", "int"), field(5, "y", "variant")), "variant"),
        ({"type": "list", "element-id": 6, "element": "geometry"}, "geometry"),
        ({"type": "weird"}, "weird"),
    ],
)
def test_columns_of_types_that_are_not_read(kind, called, tmp_path):
    """They are left out, by import too, which says so; who declares them anyway is told."""
    own = House(tmp_path, [*FIELDS, field(3, "v", "string")])
    table = Table(own.folder, FIELDS, version=3)
    table.commit(table.file(numbered(range(3))))
    table.evolve([*FIELDS, field(3, "v", kind)]).write()
    code, out, err = imported(table.folder, tmp_path / "other")
    assert (code, err) == (0, "")
    assert out.splitlines()[1:4] == ["  id    BIGINT", "  name  VARCHAR", f"  note: column `v` is left out: it is of type `{called}`, which is not read"]
    ask = lambda sql: weft("sql", "--catalog", tmp_path / "other", "--user", "u", "--roles", "r", "--output", "json", "-c", sql)  # noqa: E731
    assert json.loads(ask("select * from d.p order by id")[1]) == numbered(range(3))
    assert ask("select v from d.p") == (1, "", "error[WEFT-Q005]: no field named v\n")
    tells(own, broken(f"column `v` is of type `{called}`, which is not read"))


@pytest.mark.parametrize("groups", [1000, 100])
@pytest.mark.parametrize("wrong", [lambda size: 1, lambda size: size - 12, lambda size: size + 1, lambda size: 2**40])
def test_sizes_that_are_wrong(wrong, groups, tmp_path):
    """Files are what they are, whatever is said of them."""
    own, table = house(tmp_path, FIELDS)
    told = lambda file: {**file, "file_size_in_bytes": wrong(file["file_size_in_bytes"])}  # noqa: E731
    file = table.file(numbered(range(1000)), row_group_size=groups)
    table.commit(told(file)).commit(deletes=[told(table.equality(["id"], [{"id": 3}])), told(table.positions([(file, 4)]))])
    assert own.ask("select count(*) as n, sum(id) as s, max(name) as m from d.p where id >= 0") == [{"n": 998, "s": 499_493, "m": "n999"}]


@pytest.mark.parametrize(("size", "said"), [(2**50, unreadable("0001.parquet", "it has no size that a file could have", failed)), (-1, unreadable("0004.avro", "a value is none of its type: a file has no size", failed))])
def test_sizes_that_no_file_has(size, said, tmp_path):
    own, table, file = made(tmp_path)
    table.commit({**file, "file_size_in_bytes": size})
    tells(own, said)


def test_rows_beside_positions_that_are_null(tmp_path):
    own, table, file = made(tmp_path)
    table.commit(deletes=[table.positions([(file, 1)], row=structure(*FIELDS))])
    assert ids(own) == [0, 2, 3, 4]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda table, file: table.positions([(file, -1)]), "`0004.parquet` is not readable as iceberg: Parser error: a position is negative"),
        (lambda table, file: table.positions([(file, None)]), "`0004.parquet` is not readable as iceberg: Parser error: a row has no path, or no position"),
        (lambda table, file: table.put(rows(FIELDS, numbered([1])), content=1), "`0004.parquet` is not readable as iceberg: Schema error: it has no paths of data files and positions in them"),
        (lambda table, file: {**table.equality(["id"], [{"id": 1}]), "equality_ids": [77]}, "`./data/t` is not read: rows are deleted by field 77, which is no column and in no structure"),
        (lambda table, file: table.equality(["name"], [{"name": "a"}], equality_ids=[1]), "`0004.parquet` is not readable as iceberg: Schema error: it deletes rows by field 1, and does not hold it"),
        (lambda table, file: {**table.equality(["id"], [{"id": 1}]), "equality_ids": []}, "`0005.avro` is not readable as iceberg: a value is none of its type: deletes by equality have no columns"),
    ],
)
def test_deletes_that_are_none(make, why, tmp_path):
    own, table, file = made(tmp_path)
    table.commit(deletes=[make(table, file)])
    tells(own, failed(why))


PUFFIN = "`0004.puffin` is not readable as iceberg: "


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"blob": b"\0" * 40}, failed(PUFFIN + "it holds a vector of another length")),
        ({"blob": vector([1])[:-1] + b"?"}, failed(PUFFIN + "it is damaged: its checksum is another")),
        ({"blob": vector([1], b"abcd")}, failed(PUFFIN + "it holds no deletion vector")),
        ({"blob": vector(b"\1\0\0\0\0\0\0\0\0\0\0\0rest")}, failed(PUFFIN + "it holds no deletion vector: unknown cookie value")),
        ({"blob": vector([1, 2])}, failed(PUFFIN + "a deletion vector holds 2 rows, and the table says 1")),
        ({"record_count": 0}, failed(PUFFIN + "a deletion vector holds 1 rows, and the table says 0")),
        ({"referenced_data_file": None}, failed(PUFFIN + "a deletion vector does not say which file it is about")),
        ({"referenced_data_file": "file:///etc/passwd"}, failed("`./data/t` is not read: `file:///etc/passwd` lies outside of the table's own folder")),
        ({"content_offset": 7}, failed(PUFFIN + "it holds a vector of another length")),
        ({"content_offset": -4}, failed(PUFFIN + "a deletion vector lies before its beginning")),
        ({"content_offset": 2**63 - 1}, stored("reading `./data/t` failed: Generic local error: Wanted range starting at 9223372036854775807, but object was only 369 bytes long")),
        ({"content_size_in_bytes": 3}, failed(PUFFIN + "it is too short for a deletion vector")),
        ({"content_size_in_bytes": 2**40}, failed("`./data/t` is not read: a deletion vector has more than 134217728 bytes")),
        ({"content_offset": None}, failed("`0005.avro` is not readable as iceberg: a value is none of its type: a deletion vector does not say where it lies")),
    ],
)
def test_vectors_that_are_damaged(change, said, tmp_path):
    own, table, file = made(tmp_path, version=3)
    table.commit(deletes=[table.vector(file, [1], **change)])
    found = own.ask("select id from d.p")
    assert re.sub(r"only \d+ bytes", "only 369 bytes", found) == said
    assert own.ask("select id from d.p", user="stranger") == NO_TABLE


def test_two_vectors_of_one_file(tmp_path):
    own, table, file = made(tmp_path, version=3)
    table.commit(deletes=[table.vector(file, [1]), table.vector(file, [2])])
    tells(own, unreadable("0001.parquet", "it has more than one deletion vector", failed))


def beyond(root):
    own, table, file = made(root, version=3)
    table.commit(deletes=[table.vector(file, [1, 5, 2**31, 2**40])])
    return own


def test_vectors_about_rows_that_are_not_there(tmp_path):
    own = beyond(tmp_path)
    assert ids(own) == [0, 2, 3, 4]
    assert own.ask("select count(*) as n, max(id) as m from d.p where id >= 0") == [{"n": 4, "m": 4}]


def test_rows_that_are_not_there_are_not_counted(tmp_path):
    assert beyond(tmp_path).ask("select count(*) as n from d.p") == [{"n": 4}]


def test_what_is_encrypted(tmp_path):
    own, table, file = made(tmp_path / "file")
    table.commit({**file, "key_metadata": b"key"})
    tells(own, unreadable("0004.avro", "a value is none of its type: a file is encrypted, which is not read", failed))
    own, table, file = made(tmp_path / "manifest")
    table.manifests[0]["key_metadata"] = b"key"
    table.commit(file)
    tells(own, unreadable("0005.avro", "a value is none of its type: a manifest is encrypted, which is not read"))
    own, table, file = made(tmp_path / "list", version=3)
    table.commit(file, **{"key-id": "k"})
    tells(own, refused("it is encrypted, which is not read"))


OUTSIDE = ["/etc/passwd", "file:///etc/passwd", "{t}/../u/data/0001.parquet", "{t}2/data/0001.parquet", "s3://bucket/t/data/0001.parquet", "../u/data/0001.parquet", "{t}/data/../../u/data/0001.parquet", "weft://port/data/u/data/0001.parquet", ""]


@pytest.mark.parametrize("what", ["data", "manifest", "list", "positions", "keys", "referenced"])
def test_paths_lead_nowhere_else(what, tmp_path):
    """Other tables lie beside this one, whose labels are others."""
    own, table, file = made(tmp_path)
    for name in ("u", "t2"):
        other = Table(own.folder.parent / name, FIELDS)
        other.commit(other.file([{"id": 77, "name": "SECRET"}]))
    was = table.manifests
    for address in [*OUTSIDE, "{t}/%2e%2e/u/data/0001.parquet"]:
        address = address.format(t=table.location)
        table.manifests = was
        match what:
            case "data":
                table.commit({**file, "file_path": address})
            case "manifest":
                table.commit(manifests=[{**was[0], "manifest_path": address}], keep=False)
            case "list":
                table.commit(**{"manifest-list": address})
            case "positions":
                table.commit(deletes=[{**table.positions([(file, 0)]), "file_path": address}])
            case "keys":
                table.commit(deletes=[{**table.equality(["id"], [{"id": 1}]), "file_path": address}])
            case "referenced":
                table.commit(deletes=[{**table.positions([(file, 0)]), "referenced_data_file": address}])
        said = own.ask("select * from d.p")
        assert "SECRET" not in str(said)
        if "%" not in address:
            told = f"`./data/t` is not read: `{address}` lies outside of the table's own folder"
            assert said == (broken(told) if what == "list" else failed(told)), address
        elif what == "referenced":
            assert len(said) == 5
        else:
            # A name like any other, of a file that is not there.
            assert "not found: nothing is found there" in said or "`0001.parquet` is not readable as iceberg: it is not there, and the table names it" in said, said
    assert own.ask("select * from d.p", user="stranger") == NO_TABLE


def test_a_manifest_that_is_listed_twice(tmp_path):
    own, table, _ = made(tmp_path)
    table.commit(manifests=[table.manifests[0]])
    assert ids(own) == [0, 1, 2, 3, 4]
    assert own.ask("select count(*) as n from d.p") == [{"n": 5}]


def test_manifests_that_list_something_else(tmp_path):
    why = "a value is none of its type: a file holds something else than its manifest lists"
    own, table, file = made(tmp_path)
    table.commit(table.positions([(file, 0)]))
    tells(own, unreadable("0005.avro", why, failed))
    own, table, file = made(tmp_path / "other")
    table.commit(deletes=[file])
    tells(own, unreadable("0004.avro", why, failed))


# What is made to exhaust its reader.

MEGABYTES, SECONDS = 600, 15


def bears(own, said, seconds=SECONDS):
    """What is said of it, within the bounds of memory and time. Numbers of limits are their owner's."""
    began, most = time.monotonic(), 0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([os.environ["WEFT_BIN"], "sql", "--catalog", own.root / "mesh", "--as", "reader", "--output", "json", "-c", "select id from d.p"], stdout=out, stderr=out)
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    most = max([most, *[int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")]])
            except OSError:  # it has ended
                pass
            if time.monotonic() - began > seconds or most > MEGABYTES:
                process.kill()
            time.sleep(0.003)
        out.seek(0)
        found = out.read()
    assert re.sub(r"more than \d+", "more than so many", found) == said, (most, time.monotonic() - began)
    assert 0 < most < MEGABYTES


def entry(number, kind):
    """The schema of manifests whose files say nothing but this."""
    return record("e", (0, "status", "int", True), (2, "data_file", record("d", (number, "x", kind, True)), True))


def array(items):
    return {"type": "array", "items": items}


def headed(schema):
    """The beginning of a file, up to its schema."""
    text = lambda one: varint(len(one)) + one  # noqa: E731
    return b"Obj\1" + varint(1) + text(b"avro.schema") + text(schema) + b"\0" + bytes(16)


BOUNDS = entry(125, array(record("kv", (126, "key", "int", True), (127, "value", "bytes", True))))
ADDED = varint(1)
ENDED, NEGATIVE = "`0002.avro` is not readable as iceberg: it ends in the middle of a value", "`0002.avro` is not readable as iceberg: a value is none of its type: a length is negative"
TOO_MUCH = "`./data/t` is not read: `0002.avro`: {} more than so many"
UNSOUND = "`0002.avro` is not readable as iceberg: its schema is not sound: "
LIES = {
    "a header without end": (b"Obj\1" + varint(2**62), ENDED),
    "a text without end": (b"Obj\1" + varint(1) + varint(2**62) + b"x", ENDED),
    "a text of less than nothing": (b"Obj\1" + varint(1) + varint(-5) + b"x", NEGATIVE),
    "a block of less than nothing": (container(BOUNDS, [(-1, b"")]), NEGATIVE),
    "records without bytes": (container(BOUNDS, [(2**62, b"")]), ENDED),
    "more records than bytes": (container(BOUNDS, [(2**62, ADDED)]), ENDED),
    "an array without end": (container(BOUNDS, [(1, ADDED + varint(2**62) + bytes(9))]), ENDED),
    "the least number of items": (container(BOUNDS, [(1, ADDED + varint(-(2**63)) + varint(4) + bytes(9))]), ENDED),
    "bytes without end": (container(BOUNDS, [(1, ADDED + varint(1) + varint(3) + varint(2**40) + bytes(9))]), ENDED),
    "bytes of less than nothing": (container(BOUNDS, [(1, ADDED + varint(1) + varint(3) + varint(-1) + bytes(9))]), NEGATIVE),
    "millions of items": (container(BOUNDS, [(1, ADDED + varint(3_000_000) + bytes(6_000_001))], "deflate"), TOO_MUCH.format("the number of values in a record is")),
    "items that take no bytes": (container(entry(125, array("null")), [(1, ADDED + varint(2**62) + b"\0")]), UNSOUND + "the items of an array take no bytes"),
    "a map that is passed over": (container(entry(999, {"type": "map", "values": "null"}), [(1, ADDED + varint(2**62) + bytes(9))]), ENDED),
    "a branch that is not there": (container(entry(125, ["null", "int"]), [(1, ADDED + varint(7))]), "`0002.avro` is not readable as iceberg: a value is none of its type: it is of a type that its union does not have"),
    "a deep schema": (headed(b'{"type":"array","items":' * 60 + b'"int"' + b"}" * 60), TOO_MUCH.format("the depth of its schema is")),
    "a schema without end": (headed(b'{"type":"array","items":' * 100_000), UNSOUND + "recursion limit exceeded at line 1 column 3049"),
    "a length before it is unpacked": (container(BOUNDS, [], "snappy") + varint(1) + varint(12) + b"\xff\xff\xff\xff\x0f" + bytes(7) + bytes(range(16)), TOO_MUCH.format("what a block unpacks to is")),
    "another codec": (container(BOUNDS, [(1, b"x")], "xz"), "`./data/t` is not read: `0002.avro`: its blocks are packed with `xz`, which is not read"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
def test_manifests_that_lie(what, tmp_path):
    own, table, _ = made(tmp_path)
    lie, why = LIES[what]
    place(table, table.manifests[0]["manifest_path"]).write_bytes(lie)
    bears(own, failed(why))


@pytest.mark.parametrize("codec", ["deflate", "snappy", "zstandard"])
def test_blocks_that_unpack_to_too_much(codec, tmp_path):
    own, table, _ = made(tmp_path)
    place(table, table.manifests[0]["manifest_path"]).write_bytes(container(BOUNDS, [(1, bytes(136 << 20))], codec))
    bears(own, failed(TOO_MUCH.format("what a block unpacks to is")))


def test_lists_of_names_that_take_no_bytes(tmp_path):
    own, table, _ = made(tmp_path)
    schema = {"type": "record", "name": "l", "fields": [{"name": "p", "field-id": 500, "type": {"type": "fixed", "name": "z", "size": 0}}]}
    place(table, table.metadata["snapshots"][0]["manifest-list"]).write_bytes(container(schema, [(2**62, b"x")]))
    bears(own, unreadable("0003.avro", "it ends in the middle of a value"), seconds=3)


def test_metadata_that_nests_without_end(tmp_path):
    own, table, _ = made(tmp_path)
    for text in (b'{"format-version":' + b"[" * 1_000_000, b'{"format-version":2,"location":"x","schemas":[' + b'{"fields":[{"id":1,"name":"a","type":' * 50_000 + b'"int"' + b"}]}" * 50_000 + b"]}"):
        table.newest.write_bytes(text)
        found = own.ask("select id from d.p")
        assert re.sub(r"column \d+", "column n", found) == unreadable("v1.metadata.json", "recursion limit exceeded at line 1 column n")


def test_metadata_that_unpacks_to_too_much(tmp_path):
    own, table, _ = made(tmp_path)
    table.newest.write_bytes(gzip.compress(b'{"format-version":2,"location":"x","schemas":[' + b"0," * (10 << 20) + b"0]}", 1))
    bears(own, refused("it has more than so many parts"))


def test_vectors_that_delete_more_than_there_is(tmp_path):
    """A few bytes stand for billions of rows."""
    own, table, file = made(tmp_path, version=3)
    every = BitMap(range(2**32))
    every.run_optimize()
    bits = struct.pack("<Q", 4) + b"".join(struct.pack("<I", at) + every.serialize() for at in range(4))
    table.commit(deletes=[table.vector(file, [1], blob=vector(bits), record_count=4 * 2**32)])
    bears(own, "[]\n")
