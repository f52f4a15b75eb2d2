"""Files that are written to harm whoever opens them: small on disk, endless in memory or depth."""

import base64

import adbc_driver_manager
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import footers
from command import weft
from footers import BINARY, I32, I64, LIST, STRUCT, deltas, head, varint, written, written_anew
from servers import serving
from watch import Watch

REPETITION, NAME, CHILDREN = 3, 4, 5


def element(name, children=None, kind=None):
    fields = {NAME: (BINARY, name)}
    if name != b"root":
        fields[REPETITION] = (I32, 1)
    if children is not None:
        fields[CHILDREN] = (I32, children)
    if kind is not None:
        fields[1] = (I32, kind)
    return fields


def leaf(name=b"x"):
    return element(name, kind=1)


def footer(*elements, elsewhere=None):
    """A footer of this schema and no rows."""
    fields = {1: (I32, 1), 2: (LIST, (STRUCT, list(elements))), 3: (I64, 0), 4: (LIST, (STRUCT, []))}
    return written(STRUCT, {**fields, **(elsewhere or {})})


def claims(field, before):
    """A footer that ends with a list that claims two billion structures."""
    return written(STRUCT, before)[:-1] + bytes([(field - max(before)) << 4 | LIST, 0xF0 | STRUCT]) + varint(2_000_000_000)


def nested(levels):
    return footer(element(b"root", 1), *[element(b"a", 1)] * levels, leaf())


LEVELS = "['a']" * 25
PLAIN = {1: (I32, 1), 2: (LIST, (STRUCT, [element(b"root", 1), leaf()])), 3: (I64, 0)}

BOMBS = {
    "columns in columns": (lambda: nested(200), "its columns nest deeper than 100 levels"),
    "many columns in columns": (lambda: nested(50_000), "its columns nest deeper than 100 levels"),
    "row groups that are not there": (lambda: claims(4, PLAIN), "a list in it claims 2000000000 entries, more than there is room for"),
    "columns that are not there": (lambda: claims(2, {1: (I32, 1)}), "a list in it claims 2000000000 entries, more than there is room for"),
    "children that are not there": (lambda: footer(element(b"root", 2_000_000_000), leaf()), "its schema claims children that are not there"),
    "fewer than no children": (lambda: footer(element(b"root", 1), element(b"a", -1), leaf()), "its schema claims children that are not there"),
    "two roots": (lambda: footer(element(b"root", 1), leaf(), leaf()), "its schema claims children that are not there"),
    "structures in structures": (
        lambda: footer(element(b"root", 1), leaf(), elsewhere={99: (STRUCT, deep(60))}), "it nests deeper than 32 levels",
    ),
    "long names over many columns": (
        lambda: footer(element(b"root", 1), element(b"a" * 100_000, 2_000), *[leaf(str(at).encode()) for at in range(2_000)]),
        "it holds more than 67108864 bytes of column names",
    ),
    "many row groups": (lambda: footer(element(b"root", 1), leaf(), elsewhere={4: (LIST, (STRUCT, [{}] * 40_000))}), "it holds more than 32767 row groups"),
    "a number as text": (lambda: footer(element(b"root", 1), {**leaf(), CHILDREN: (BINARY, b"\x02")}), "field 5 of it is not of its type"),
    "fields among truths": (lambda: footer(element(b"root", 1), leaf(), elsewhere={99: (LIST, (1, [True] * 40))}), "it holds a type that is not known"),
    "a second schema": (lambda: footer(element(b"root", 1), leaf())[:-1] + b"\x09\x04" + footer(element(b"root", 1), leaf())[3:], "field 2 of it stands twice"),
}


def deep(levels):
    inner = {}
    for _ in range(levels):
        inner = {1: (STRUCT, inner)}
    return inner


def file(path, footer):
    path.write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_footer_is_walked_before_it_is_decoded(bomb, tmp_path):
    make, reason = BOMBS[bomb]
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public", "--write"]
    pq.write_table(pa.table({"x": pa.array([1], pa.int32())}), tmp_path / "t.parquet")
    assert weft(*run, cwd=tmp_path)[0] == 0
    file(tmp_path / "t.parquet", make())
    said = f"`t.parquet` is not readable as parquet: its footer is not sound: {reason}"
    code, _, err = weft(*run, cwd=tmp_path)
    assert (code, err) == (2, f"error[WEFT-P002]: reading the data: {said}\n")
    code, out, err = weft("sql", "--catalog", "mesh", "--user", "u", "--roles", "r", "-c", "select * from d.p", cwd=tmp_path)
    assert (code, out) == (1, "") and "error[WEFT-Q007]: product `d.p` is broken" in err, err


def test_what_nests_as_deep_as_it_may_is_read(tmp_path):
    kind = pa.int32()
    for _ in range(25):
        kind = pa.struct([("a", kind)])
    value = 7
    for _ in range(25):
        value = {"a": value}
    pq.write_table(pa.table({"x": pa.array([value], kind)}), tmp_path / "t.parquet")
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    code, out, err = weft("sql", "--catalog", "mesh", "--user", "u", "--roles", "r", "-c", f"select x{LEVELS} as v from d.p", "--output", "csv", cwd=tmp_path)
    assert (code, out) == (0, "v\n7\n"), err


def test_a_page_index_is_walked_before_it_is_decoded(tmp_path):
    """What is wrong with it is no reason to refuse the file."""
    pq.write_table(pa.table({"x": pa.array(range(1000), pa.int32())}), tmp_path / "t.parquet", write_page_index=True)
    data, known = footers.read(tmp_path / "t.parquet")
    chunk = footers.chunks(known)[0]
    for claim in [b"\x19\xf1" + varint(2_000_000_000), b"\x19\xfc" + varint(2_000_000_000)]:
        for offset, length in [(4, 5), (6, 7)]:
            changed = {**chunk, offset: (I64, len(data)), length: (I32, len(claim))}
            known[4][1][1][0][1][1][1][0] = changed
            footers.write(tmp_path / "t.parquet", data + claim, known)
            run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public", "--write"]
            assert weft(*run, cwd=tmp_path)[0] == 0
            ask = "select count(*) as n from d.p where x >= 900"
            code, out, err = weft("sql", "--catalog", "mesh", "--user", "u", "--roles", "r", "-c", ask, "--output", "csv", cwd=tmp_path)
            assert (code, out) == (0, "n\n100\n"), err


SIZE = 1_500_000_000


def page_of_zeros(path):
    """A file of one row whose only text takes a gigabyte and a half, and next to nothing on disk."""
    schema = pa.schema([pa.field("id", pa.int32(), False), pa.field("b", pa.binary(), False)])
    how = {"compression": "zstd", "use_dictionary": False, "write_statistics": False, "store_schema": False}
    pq.write_table(pa.table({"id": [1], "b": [b"x"]}, schema), path, **how)
    data, footer = footers.read(path)
    column = footers.columns(footer)[1]
    start = column[9][1]
    head = footers.Reader(data[start:]).value(STRUCT)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(SIZE.to_bytes(4, "little"))
        for _ in range(SIZE // 10_000_000):
            stream.write(bytes(10_000_000))
    packed = sink.getvalue().to_pybytes()
    page = written(STRUCT, {**head, 2: (I32, SIZE + 4), 3: (I32, len(packed))}) + packed
    column[6], column[7] = (I64, SIZE + 4), (I64, len(page))
    footers.write(path, data[:start] + page, footer)
    return schema


def served(folder, announced):
    """A small server over the mesh in a folder, for one who may read all of it."""
    (folder / "mesh" / "users.yaml").write_text("users:\n  - {name: u, roles: [r]}\n")
    (folder / "server").mkdir()
    limits = {"memory": 512 * 2**20, "statement_memory": 256 * 2**20}
    storage = {"bindings": [{"name": "own", "prefix": f"{folder}/", "domains": ["*"]}], "local_roots": [str(folder)]}
    return serving(folder / "server", folder / "mesh", ["u"], limits=limits, storage=storage, announced=announced)


def test_a_page_is_paid_for_before_it_is_unpacked(tmp_path):
    """Whoever reads the others has his rows; nobody has the server's memory."""
    schema = page_of_zeros(tmp_path / "bomb.parquet")
    assert (tmp_path / "bomb.parquet").stat().st_size < 1_000_000
    pq.write_table(pa.table({"id": [1], "b": [b"x"]}, schema), tmp_path / "t.parquet")
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    (tmp_path / "bomb.parquet").rename(tmp_path / "t.parquet")
    announced = ["scan failed.*pages of 1500000004 bytes are more than memory holds"]
    with served(tmp_path, announced) as server:
        with Watch(server.process) as watch:
            assert server.rows("u", "select id from d.p") == [(1,)]
            for sql in ["select length(b) from d.p", "select b from d.p"]:
                with pytest.raises(adbc_driver_manager.Error, match=r"reading product `d.p` failed \(reference g\d+\)"):
                    server.rows("u", sql)
            assert server.rows("u", "select id from d.p") == [(1,)]
        assert watch.most < 500 * 2**20


PLAIN_FILE = {"compression": "NONE", "write_statistics": False, "store_schema": False}


def dictionary_of_billions(path):
    """A dictionary that claims two billion entries in eight bytes."""
    pq.write_table(pa.table({"id": [1], "x": [1]}), path, **PLAIN_FILE)

    def pages(data, chunk):
        fields, body = head(data, chunk[11][1])
        yield {**fields, 7: (STRUCT, {**fields[7][1], 1: (I32, 2**31 - 1)})}, body
        yield head(data, chunk[9][1])

    written_anew(path, 1, pages)
    return "the header of a page is not sound: a list in it claims 2147483647 entries, more than there is room for"


def list_of_millions(path):
    """One row with three hundred million elements, in runs."""
    count = 300_000_000
    pq.write_table(pa.table({"id": [1], "x": pa.array([[7, 7, 7]], pa.list_(pa.int32()))}), path, **PLAIN_FILE)

    def pages(data, chunk):
        yield head(data, chunk[11][1])
        fields, _ = head(data, chunk[9][1])
        repeated = varint(1 << 1) + b"\0" + varint((count - 1) << 1) + b"\1"
        defined = varint(count << 1) + b"\3"
        levels = b"".join(len(runs).to_bytes(4, "little") + runs for runs in (repeated, defined))
        body = levels + b"\x01" + varint(count << 1) + b"\0"
        chunk[5] = (I64, count)
        yield {**fields, 2: (I32, len(body)), 3: (I32, len(body)), 5: (STRUCT, {**fields[5][1], 1: (I32, count)})}, body

    written_anew(path, 1, pages)
    return "pages of 48000000"


def page_beyond_its_column(path):
    """A page that claims four gigabytes more than it has: a decoder that keeps 32 bits of that reads on behind it."""
    pq.write_table(pa.table({"id": [1], "x": [1]}), path, use_dictionary=False, **PLAIN_FILE)

    def pages(data, chunk):
        fields, body = head(data, chunk[9][1])
        yield {**fields, 3: (I64, len(body) + 2**32)}, body

    written_anew(path, 1, pages)
    return "the header of a page is not sound: "


def many_large_pages(path):
    """Pages that are large together: texts of one row each."""
    size = 15_000_000
    schema = pa.schema([pa.field("id", pa.int32(), False), pa.field("x", pa.binary(), False)])
    how = {**PLAIN_FILE, "compression": "zstd", "use_dictionary": False, "data_page_size": 1, "write_batch_size": 1}
    pq.write_table(pa.table({"id": range(40), "x": [b"x"] * 40}, schema), path, **how)
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(size.to_bytes(4, "little") + bytes(size))
    packed = sink.getvalue().to_pybytes()

    def pages(data, chunk):
        fields, _ = head(data, chunk[9][1])
        for _ in range(40):
            yield {**fields, 2: (I32, size + 4), 3: (I32, len(packed)), 5: (STRUCT, {**fields[5][1], 1: (I32, 1)})}, packed

    written_anew(path, 1, pages)
    return "pages of 6000003"


def lengths(count):
    """Lengths of texts, written as deltas: one block, all of them zero."""
    return varint((count + 511) // 512 * 512) + varint(4) + varint(count) + bytes(6)


def texts(encoding, reason, body, compression="NONE", count=1):
    """A page of texts that become more than anybody can hold."""

    def make(path):
        schema = pa.schema([pa.field("id", pa.int32(), False), pa.field("x", pa.string())])
        how = {**PLAIN_FILE, "compression": compression, "use_dictionary": False, "column_encoding": {"id": "PLAIN", "x": encoding}}
        pq.write_table(pa.table({"id": range(count), "x": ["a"] * count}, schema), path, **how)

        def pages(data, chunk):
            fields, _ = head(data, chunk[9][1])
            levels = varint(count << 1) + b"\x01"
            unpacked = len(levels).to_bytes(4, "little") + levels + body
            packed = unpacked if compression == "NONE" else pa.compress(unpacked, compression, asbytes=True)
            yield {**fields, 2: (I32, len(unpacked)), 3: (I32, len(packed))}, packed

        written_anew(path, 1, pages)
        return reason

    make.__name__ = f"texts, {encoding}, {compression}, {len(body)} bytes"
    return make


TOO_MANY = "a page of it claims {} texts, and has [0-9]+ at most"
TOO_LARGE = "pages of [0-9]{9,} bytes are more than memory holds"
MILLIONS, BILLIONS, FAR_MORE = 50_000_000, 1_500_000_000, 2**45
SHARED = deltas([0] + [1_000_000] * 999) + deltas([1_000_000] + [0] * 999) + bytes(1_000_000)
TEXTS = [
    texts("DELTA_LENGTH_BYTE_ARRAY", TOO_MANY.format(MILLIONS), lengths(MILLIONS)),
    texts("DELTA_LENGTH_BYTE_ARRAY", TOO_MANY.format(BILLIONS), lengths(BILLIONS)),
    texts("DELTA_LENGTH_BYTE_ARRAY", TOO_MANY.format(FAR_MORE), lengths(FAR_MORE), "snappy"),
    texts("DELTA_BYTE_ARRAY", TOO_MANY.format(MILLIONS), lengths(MILLIONS) * 2, "zstd"),
    texts("DELTA_BYTE_ARRAY", TOO_MANY.format(FAR_MORE), lengths(300) + lengths(FAR_MORE), "gzip", count=300),
    texts("DELTA_BYTE_ARRAY", TOO_LARGE, SHARED, "brotli", count=1000),
]


def head_about_another_page(path):
    """A dictionary of two billion entries, and another header that says it has one."""
    pq.write_table(pa.table({"id": [1], "x": [1]}), path, **PLAIN_FILE)

    def pages(data, chunk):
        fields, body = head(data, chunk[11][1])
        yield {**fields, 7: (STRUCT, {**fields[7][1], 1: (I32, 2**31 - 1)}), 8: (STRUCT, {1: (I32, 1)})}, body
        yield head(data, chunk[9][1])

    written_anew(path, 1, pages)
    return "the header of a page is not sound: field 8 of it stands twice"


def head_among_truths(path):
    """A second header where truths stand: who does not know the field reads on among them."""
    pq.write_table(pa.table({"id": [1], "x": [1]}), path, use_dictionary=False, **PLAIN_FILE)

    def pages(data, chunk):
        fields, body = head(data, chunk[9][1])
        yield {**fields, 99: (LIST, (1, [True] * 9))}, body

    written_anew(path, 1, pages)
    return "the header of a page is not sound: it holds a type that is not known"


def nothing_after_nothing(path):
    """The decoder takes the second of them for the end."""
    pq.write_table(pa.table({"id": [1], "x": pa.array([1], pa.int64())}), path, use_dictionary=False, **PLAIN_FILE)

    def pages(data, chunk):
        fields, body = head(data, chunk[9][1])
        empty = {**fields, 2: (I32, 0), 3: (I32, 0), 5: (STRUCT, {**fields[5][1], 1: (I32, 0)})}
        yield from [(empty, b""), (empty, b""), (fields, body)]

    written_anew(path, 1, pages)
    return "the header of a page is not sound: it holds nothing, and the page before it does not either"


def page_within_a_page(path):
    """The page index says that a page begins in the middle of another."""
    schema = pa.schema([pa.field("id", pa.int32(), False), pa.field("x", pa.binary(), False)])
    how = {**PLAIN_FILE, "use_dictionary": False, "write_page_index": True}
    pq.write_table(pa.table({"id": [1], "x": [b"x"]}, schema), path, **how)
    data, footer = footers.read(path)
    fields, body = head(data, footers.columns(footer)[1][9][1])
    inner = written(STRUCT, fields) + body
    pq.write_table(pa.table({"id": [1, 2], "x": [b"y" * 100, inner]}, schema), path, **how)
    data, footer = footers.read(path)
    chunk = footers.chunks(footer)[1]
    index = footers.Reader(data[chunk[4][1] :]).value(STRUCT)
    [first] = index[1][1][1]
    at = data.index(inner)
    start = first[1][1]
    index[1][1][1][:] = [{**first, 2: (I32, at - start)}, {**first, 1: (I64, at), 2: (I32, len(inner)), 3: (I64, 1)}]
    claim = written(STRUCT, index)
    footer[4][1][1][0][1][1][1][1] = {**chunk, 4: (I64, len(data)), 5: (I32, len(claim))}
    footers.write(path, data + claim, footer)
    return "its pages do not lie where its page index says"


@pytest.mark.parametrize(
    "bomb", [dictionary_of_billions, list_of_millions, page_beyond_its_column, many_large_pages, *TEXTS, page_within_a_page,
             head_about_another_page, head_among_truths, nothing_after_nothing]
)
def test_what_pages_claim_is_looked_at_before_they_are_decoded(bomb, tmp_path):
    """Whoever reads another column has his rows; the process stays small."""
    reason = bomb(tmp_path / "bomb.parquet")
    kind = pq.ParquetFile(tmp_path / "bomb.parquet").schema_arrow
    pq.write_table(kind.empty_table(), tmp_path / "t.parquet", store_schema=False)
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    (tmp_path / "bomb.parquet").rename(tmp_path / "t.parquet")
    announced = [f"scan failed.*{reason}"]
    with served(tmp_path, announced) as server:
        with Watch(server.process) as watch:
            rows = server.rows("u", "select id from d.p")
            with pytest.raises(adbc_driver_manager.Error, match=r"reading product `d.p` failed \(reference g\d+\)"):
                server.rows("u", "select x from d.p order by id")
            assert server.rows("u", "select id from d.p") == rows
        assert watch.most < 500 * 2**20


def fixed_length_of_a_gigabyte(path):
    pq.write_table(pa.table({"x": pa.array([None] * 5_000, pa.binary(4))}), path, **PLAIN_FILE)
    data, footer = footers.read(path)
    footer[2][1][1][1][2] = (I32, 1_000_000_000)
    footers.write(path, data, footer)


def test_values_of_a_fixed_length_are_not_endless(tmp_path):
    fixed_length_of_a_gigabyte(tmp_path / "t.parquet")
    code, _, err = weft("import", "t.parquet", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    said = "its footer is not sound: it holds more than 16384 bytes in each value of a column"
    assert (code, err) == (2, f"error[WEFT-P002]: reading the data: `t.parquet` is not readable as parquet: {said}\n")


def test_a_writers_own_schema_makes_no_list_endless(tmp_path):
    """Lists that it says are of a fixed, great length are lists; NULLs among them take nothing."""
    table = pa.table({"x": pa.array([None] * 5_000, pa.list_(pa.int32(), 2))})
    pq.write_table(table, tmp_path / "t.parquet", write_statistics=False)
    data, footer = footers.read(tmp_path / "t.parquet")
    pair = next(pair for pair in footer[5][1][1] if pair[1][1] == b"ARROW:schema")
    endless = pa.schema([pa.field("x", pa.list_(pa.int32(), 1_000_000_000))])
    pair[2] = (BINARY, base64.b64encode(endless.serialize().to_pybytes()))
    footers.write(tmp_path / "t.parquet", data, footer)
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    ask = ["sql", "--catalog", "mesh", "--user", "u", "--roles", "r", "--output", "csv", "-c", "select count(*) as n from d.p where x is null"]
    assert weft(*ask, cwd=tmp_path)[:2] == (0, "n\n5000\n")


def large_pages_before_many_nulls(path):
    """Whoever took the average for what a batch holds would pay for next to nothing."""
    size, nulls = 15_000_000, 20_000_000
    schema = pa.schema([pa.field("x", pa.binary())])
    how = {**PLAIN_FILE, "compression": "zstd", "use_dictionary": False}
    pq.write_table(pa.table({"x": [b"x"]}, schema), path, **how)
    packed = lambda data: pa.compress(data, "zstd", asbytes=True)  # noqa: E731
    large = b"\x02\0\0\0\x02\x01" + size.to_bytes(4, "little") + bytes(size)
    runs = varint(nulls << 1) + b"\0"
    none = len(runs).to_bytes(4, "little") + runs

    def pages(data, chunk):
        fields, _ = head(data, chunk[9][1])
        for body, values in [(large, 1)] * 40 + [(none, nulls)]:
            yield {**fields, 2: (I32, len(body)), 3: (I32, len(packed(body))), 5: (STRUCT, {**fields[5][1], 1: (I32, values)})}, packed(body)
        chunk[5] = (I64, 40 + nulls)

    written_anew(path, 0, pages)
    data, footer = footers.read(path)
    group = footers.groups(footer)[0]
    group[3] = (I64, 40 + nulls)
    footer[3] = (I64, 40 + nulls)
    footers.write(path, data, footer)


def test_a_batch_is_paid_for_and_not_the_average(tmp_path):
    pq.write_table(pa.table({"x": pa.array([], pa.binary())}), tmp_path / "t.parquet", store_schema=False)
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    large_pages_before_many_nulls(tmp_path / "t.parquet")
    with served(tmp_path, ["scan failed.*pages of 6000[0-9]{5} bytes are more than memory holds"]) as server:
        with Watch(server.process) as watch:
            with pytest.raises(adbc_driver_manager.Error, match=r"reading product `d.p` failed \(reference g\d+\)"):
                server.rows("u", "select max(length(x)) from d.p")
        assert watch.most < 500 * 2**20


def test_values_of_a_fixed_length_are_paid_for(tmp_path):
    """NULLs of them take as much as values, and lie in no page."""
    columns = {f"c{at}": pa.array([None] * 20_000, pa.binary(16_000)) for at in range(30)}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", write_statistics=False)
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    with served(tmp_path, ["scan failed.*pages of [0-9]{9,} bytes are more than memory holds"]) as server:
        with Watch(server.process) as watch:
            with pytest.raises(adbc_driver_manager.Error, match=r"reading product `d.p` failed \(reference g\d+\)"):
                server.rows("u", "select " + ", ".join(f"count({name})" for name in columns) + " from d.p")
        assert watch.most < 500 * 2**20


def test_runs_of_elements_are_no_harm_by_themselves(tmp_path):
    """Millions of zeros in half a megabyte, of which a batch holds a few."""
    lists = pa.array([[0] * (at % 127 + 1) for at in range(100_000)], pa.list_(pa.int32()))
    pq.write_table(pa.table({"x": lists}), tmp_path / "t.parquet", compression="zstd")
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    with served(tmp_path, []) as server:
        assert server.rows("u", "select count(x), sum(x[1]) from d.p") == [(100_000, 0)]


def test_an_index_of_very_many_pages_is_not_used(tmp_path):
    """The decoder would look for every page among all of them, and no bound of ours would end it."""
    table = pa.table({"k": range(24_000), "x": range(24_000)})
    pq.write_table(table, tmp_path / "t.parquet", data_page_size=1, write_batch_size=2, write_page_index=True, use_dictionary=False)
    run = ["import", "t.parquet", "--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]
    assert weft(*run, cwd=tmp_path)[0] == 0
    said = "the page index contradicts the footer, or has too many pages, and is not used"
    with served(tmp_path, [said]) as server:
        assert server.rows("u", "select count(*), sum(x) from d.p where k >= 10") == [(23_990, sum(range(10, 24_000)))]
        assert [event["fields"]["message"] for event in server.events("WARN")] == [said]
