"""Iceberg tables in an object store: what is asked of it, request by request, and why each one has to be."""

import collections
import concurrent.futures
import re
import struct
import urllib.parse

import pyarrow as pa
import pyarrow.fs
import pytest

import rest_catalogs
from catalogued import Catalogued, client, plain
from iceberg_table import NO_TABLE, Table, field, part
from lakes import imported, lake, mesh, served

FIELDS = [field(1, "id", "long"), field(2, "day", "int"), field(3, "name", "string")]
DAYS, ROWS = 12, 400
SUM = "select count(*), sum(id) from d.t"
# Where the newest metadata is: what the hint says, whether that is there, and whether there is a later one, of three spellings.
LOOK = ["GET metadata/version-hint.text", "HEAD metadata/v{0}.metadata.json", "HEAD metadata/v{1}.metadata.json", "HEAD metadata/v{1}.gz.metadata.json", "HEAD metadata/v{1}.metadata.json.gz"]


def numbers(day, rows=ROWS):
    return [day * 10_000 + at for at in range(rows)]


def values(day, rows=ROWS):
    return [{"id": at, "day": day, "name": f"n{at % 7}"} for at in numbers(day, rows)]


def told(*lost, days=range(DAYS), more=()):
    """The rows of some days but for those that are lost: how many, and their sum."""
    left = [at for day in days for at in numbers(day) if at not in lost] + list(more)
    return len(left), sum(left)


def spanned(first, last):
    """What a list says of a manifest's partitions: the days of its files."""
    bound = lambda day: struct.pack("<i", day)  # noqa: E731
    return [{"contains_null": False, "contains_nan": None, "lower_bound": bound(first), "upper_bound": bound(last)}]


class Laid:
    """A table in the bucket, a folder for each of twelve days and a manifest for each half of them."""

    def __init__(self, s3, folder, place, first=0):
        self.s3, self.place, self.there, self.made = s3, place, {}, Table(folder, FIELDS, [part(2, "identity", name="day")], version=3, location=f"s3://{place}")
        self.made.made = first
        self.files = [self.file(day, values(day)) for day in range(DAYS)]
        for days in (range(0, 6), range(6, 12)):
            self.made.commit(manifests=[self.made.manifest([self.files[day] for day in days], partitions=spanned(days[0], days[-1]))])

    def file(self, day, rows, name="a", **more):
        return self.made.file(rows, partition={"day": day}, name=f"data/day={day}/{name}.parquet", bounds=("id",), **more)

    def put(self, hint=None):
        """What is new, and a hint of which metadata is the newest."""
        (self.made.folder / "metadata" / "version-hint.text").write_text(str(hint or self.made.number))
        for path in sorted(self.made.folder.rglob("*.*")):
            if path.is_file() and self.there.get(path) != path.read_bytes():
                self.there[path] = path.read_bytes()
                pa.fs.copy_files(str(path), f"{self.place}/{path.relative_to(self.made.folder)}", destination_filesystem=self.s3.files)

    def metadata(self, pattern=r"\.avro$"):
        """The names of lists and manifests that are there."""
        return {f"metadata/{path.name}" for path in (self.made.folder / "metadata").iterdir() if re.search(pattern, path.name)}


@pytest.fixture
def table(s3, proxy, tmp_path):
    laid = Laid(s3, tmp_path / "table", f"lake/d/{tmp_path.name}")
    laid.put()
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, f"s3://{laid.place}")[0] == 0
    proxy.requests.clear()
    return laid


def asked(proxy, place=""):
    """What was asked since the last time, below the table, and how often each."""
    name = lambda path: urllib.parse.unquote(path).partition("/lake/")[2].removeprefix(place.removeprefix("lake/")).lstrip("/")  # noqa: E731
    found = collections.Counter(f"{request.method} {name(request.path) or request.path}" for request in proxy.requests)
    proxy.requests.clear()
    return found


def look(newest, times=1, hint=None):
    """The requests that look for the newest metadata."""
    between = [LOOK[1].format(at) for at in range(hint or newest, newest)]
    # A version that is not there as it is usually called may be packed.
    return collections.Counter([*between, *(one.format(newest, newest + 1) for one in LOOK)] * times)


def gets(*names, times=1):
    return collections.Counter([f"GET {name}" for name in names] * times)


def data(*days, name="a", times=1):
    return gets(*(f"data/day={day}/{name}.parquet" for day in days), times=times)


def of_data(found):
    """What of it is asked of data, and of deletes."""
    return collections.Counter({one: times for one, times in found.items() if " data/" in one})


# The first question, and others.


def test_a_first_question(table, proxy, tmp_path):
    """The newest metadata is looked for once and read; so are the list and its manifests; of each file the footer and the rows."""
    with served(tmp_path) as ask:
        assert asked(proxy, table.place) == {}
        assert ask(SUM)[0] == told()
        lists = [one["manifest-list"].rsplit("/", 1)[1] for one in table.made.metadata["snapshots"]]
        read = table.metadata() - {f"metadata/{lists[0]}"}
        assert len(read) == 3
        assert asked(proxy, table.place) == look(2) + gets("metadata/v2.metadata.json", *read) + data(*range(DAYS), times=2)


def test_what_is_kept_is_not_asked_again(table, proxy, tmp_path):
    """Neither metadata nor footers, while the table counts as looked at; rows are not kept."""
    with served(tmp_path) as ask:
        assert ask(SUM)[0] == told()
        asked(proxy)
        assert ask(SUM)[0] == told()
        assert asked(proxy, table.place) == data(*range(DAYS))
        # What manifests say needs no rows, of the whole table or of days; footers have the rest.
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        assert ask("select count(*) from d.t where day < 3")[0] == (3 * ROWS,)
        assert asked(proxy, table.place) == {}


def test_a_table_that_is_looked_at_every_time(table, proxy, tmp_path):
    """As a statement is planned and once more as it is executed; nothing that did not change is read."""
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask(SUM)[0] == told()
        asked(proxy)
        assert ask(f"{SUM} where day = 3")[0] == told(days=[3])
        assert asked(proxy, table.place) == look(2, times=2) + data(3)
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        assert asked(proxy, table.place) == look(2, times=2)


def test_tables_without_a_hint(table, proxy, s3, tmp_path):
    """The folder of metadata is listed instead, and nothing is tried by its name."""
    s3.files.delete_file(f"{table.place}/metadata/version-hint.text")
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        found = asked(proxy, table.place)
        lists = [one for one in found if "list-type=2" in one]
        assert found["GET metadata/version-hint.text"] == 2 and [found[one] for one in lists] == [2] and "HEAD" not in str(found)
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS,)
        assert asked(proxy, table.place) == gets("metadata/version-hint.text", times=2) + collections.Counter(lists * 2)


def test_plans_ask_for_no_data(table, proxy, tmp_path):
    """Manifests say what there is to read; footers are of use once it is read."""
    table.made.commit(deletes=[table.made.vector(table.files[3], [1])])
    table.put()
    with served(tmp_path) as ask:
        for sql in (SUM, f"{SUM} where day = 3", "select * from d.t order by name limit 3", "select a.id from d.t a join d.t b on a.id = b.id"):
            assert ask(f"explain {sql}")
        found = asked(proxy, table.place)
        assert found and not of_data(found), found
        assert ask(f"{SUM} where day = 99")[0] == (0, None)
        assert asked(proxy, table.place) == {}


# What is left out.


def test_partitions_that_cannot_match(table, proxy, tmp_path):
    """Their data is not asked for, nor are manifests of which the list says that all their files are of other days."""
    with served(tmp_path) as ask:
        assert ask(f"{SUM} where day = 7 and name >= 'n'")[0] == told(days=[7])
        other = table.made.manifests[0]["manifest_path"].removeprefix(f"s3://{table.place}/")
        found = asked(proxy, table.place)
        assert f"GET {other}" not in found and of_data(found) == data(7, times=2)
        assert ask(f"{SUM} where day in (7, 2)")[0] == told(days=[2, 7])
        # The other manifest, the other file's footer, and the rows of both.
        assert asked(proxy, table.place) == gets(other) + data(2, times=2) + data(7)


def test_files_whose_bounds_cannot_match(table, proxy, tmp_path):
    """By what manifests say of a column that makes no partitions."""
    with served(tmp_path) as ask:
        assert ask(f"{SUM} where id between 80001 and 80003")[0] == (3, 240_006)
        assert of_data(asked(proxy, table.place)) == data(8, times=2)
        assert ask(f"{SUM} where id between 80001 and 80003 and day = 5")[0] == (0, None)
        assert asked(proxy, table.place) == {}


def test_row_groups_that_cannot_match(table, proxy, tmp_path):
    """Of a large file its end is read, in which the footer stands, and then the bytes of one row group of eight."""
    rows = [{"id": 200_000 + at, "day": 20, "name": f"{at * 7919 % 100_003:06}-{at}"} for at in range(40_000)]
    large = table.file(20, rows, row_group_size=5_000)
    table.made.commit(large)
    table.put()
    with served(tmp_path) as ask:
        assert ask("select count(*), min(name) from d.t where id = 212345")[0] == (1, rows[12_345]["name"])
        ranges = [tuple(map(int, request.range.removeprefix("bytes=").split("-"))) for request in proxy.requests if "day%3D20" in request.path]
        (first, last), *parts = ranges
        assert last == large["file_size_in_bytes"] - 1 and last - first < 65_536
        assert 1 <= len(parts) <= 2 and sum(end - begin + 1 for begin, end in parts) < large["file_size_in_bytes"] / 6, ranges


# What came since.


@pytest.mark.parametrize("hinted", [True, False])
def test_what_came_since_is_all_that_is_read_anew(hinted, table, proxy, tmp_path):
    """The new metadata, its list, the manifest that is new, and a footer and rows of the file that is; of others the rows."""
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask(SUM)[0] == told()
        asked(proxy)
        before = table.metadata()
        table.made.commit(table.file(7, [{"id": 5, "day": 7, "name": "new"}], "b"))
        # Writers may stop before they say in the hint what they wrote.
        table.put(hint=None if hinted else 2)
        assert ask(f"{SUM} where day = 7")[0] == told(days=[7], more=[5])
        new = table.metadata() - before
        assert len(new) == 2
        assert asked(proxy, table.place) == look(3, times=2, hint=None if hinted else 2) + gets("metadata/v3.metadata.json", *new) + data(7) + data(7, name="b", times=2)
        assert ask("select count(*) from d.t")[0] == (DAYS * ROWS + 1,)
        assert asked(proxy, table.place) == look(3, times=2, hint=None if hinted else 2)


def test_an_older_version_beside_the_newest(table, proxy, tmp_path):
    """Its list is all of it that is not known."""
    policy = tmp_path / "mesh" / "d" / "policy.yaml"
    policy.write_text('apiVersion: weft/v1\nkind: Policy\nrules:\n  - {id: the-past, match: {product: "d.*"}, to: {users: [u]}, allow: history}\n')
    with served(tmp_path) as ask:
        assert ask(SUM)[0] == told()
        asked(proxy)
        assert ask("select count(*) from d.t version as of 1")[0] == (6 * ROWS,)
        found = asked(proxy, table.place)
        [old] = [one["manifest-list"].rsplit("/", 1)[1] for one in table.made.metadata["snapshots"][:1]]
        assert {one for one in found if not re.search(r"version-hint|\.metadata\.json", one)} == {f"GET metadata/{old}"}, found
        assert found[f"GET metadata/{old}"] == 1 and found["GET metadata/v2.metadata.json"] == 0


def test_another_table_at_the_same_place(table, proxy, s3, tmp_path):
    """Of files that are called alike, and have as many bytes; nothing is left of the one before."""
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask(SUM)[0] == told()
        for found in s3.files.get_file_info(pa.fs.FileSelector(table.place, recursive=True)):
            if found.is_file:
                s3.files.delete_file(found.path)
        other = Laid(s3, tmp_path / "other", table.place, first=100)
        other.file(3, [{"id": one["id"] + 1, "day": 3, "name": one["name"]} for one in values(3)])
        other.put()
        asked(proxy)
        count, total = told()
        assert ask(SUM)[0] == (count, total + ROWS)
        found = asked(proxy, table.place)
        assert found["GET metadata/v2.metadata.json"] == 1 and found["GET data/day=3/a.parquet"] == 2


# Files of deletes.


def deleting(table):
    """Rows of three days that are gone: by position, by key and by a vector."""
    made, files = table.made, table.files
    blob = made.vector(files[5], [0, 9])
    made.commit(deletes=[made.positions([(files[3], 5), (files[3], 7)], {"day": 3}, name="data/day=3/positions.parquet"), blob])
    made.commit(deletes=[made.equality(["id"], [{"id": 40_001}, {"id": 40_002}], {"day": 4}, name="data/day=4/keys.parquet")])
    table.put()
    return blob, (30_005, 30_007, 40_001, 40_002, 50_000, 50_009)


def test_files_of_deletes_are_read_once(table, proxy, tmp_path):
    """Each a footer and its rows, when a file that it is about is read for the first time."""
    blob, lost = deleting(table)
    with served(tmp_path) as ask:
        assert ask(f"{SUM} where day = 2")[0] == told(days=[2])
        assert of_data(asked(proxy, table.place)) == data(2, times=2)
        assert ask(f"{SUM} where day = 3")[0] == told(*lost, days=[3])
        assert asked(proxy, table.place) == data(3, times=2) + data(3, name="positions", times=2)
        # By key: the keys of the file are read as well, to find out which of its rows are gone; that is kept.
        assert ask(f"{SUM} where day = 4")[0] == told(*lost, days=[4])
        assert asked(proxy, table.place) == data(4, times=3) + data(4, name="keys", times=2)
        assert ask(f"{SUM} where day in (3, 4)")[0] == told(*lost, days=[3, 4])
        assert asked(proxy, table.place) == data(3, 4)
        assert ask("select count(*) from d.t where day in (3, 4)")[0] == (2 * ROWS - 4,)
        assert asked(proxy, table.place) == {}


def test_of_a_file_of_vectors_one_is_read(table, proxy, tmp_path):
    """Its very bytes, in one request. It is not kept: each statement asks for it again, one that only counts too."""
    blob, lost = deleting(table)
    with served(tmp_path) as ask:
        for sql, wanted in ((SUM, told(*lost, days=[5])), (SUM, told(*lost, days=[5])), ("select count(*) from d.t", (ROWS - 2,))):
            assert ask(f"{sql} where day = 5")[0] == wanted
            [vector] = [request for request in proxy.requests if ".puffin" in request.path]
            first = blob["content_offset"]
            assert vector.range == f"bytes={first}-{first + blob['content_size_in_bytes'] - 1}"
            asked(proxy)


def test_deletes_that_many_want_are_read_once(table, proxy, tmp_path):
    """Whoever asks meanwhile waits for the one reading."""
    _, lost = deleting(table)
    with served(tmp_path) as ask, concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert ask(f"{SUM} where day = 2")[0] == told(days=[2])
        asked(proxy)
        proxy.delay = 0.3
        found = list(pool.map(lambda day: ask(f"{SUM} where day = {day}")[0], [3, 4] * 3))
        proxy.delay = 0.0
        assert found == [told(*lost, days=[3]), told(*lost, days=[4])] * 3
        # Footers, files of deletes and what they delete once; the rows for everybody.
        wanted = data(3, times=4) + data(4, times=5) + data(3, name="positions", times=2) + data(4, name="keys", times=2)
        assert asked(proxy, table.place) == wanted


def test_deletes_are_kept_across_commits(table, proxy, tmp_path):
    """A commit elsewhere changes nothing of what they say; one of deletes adds to it."""
    _, lost = deleting(table)
    with served(tmp_path, snapshot_time="0s") as ask:
        assert ask(f"{SUM} where day in (3, 4)")[0] == told(*lost, days=[3, 4])
        table.made.commit(table.file(9, [{"id": 1, "day": 9, "name": "new"}], "b"))
        table.put()
        asked(proxy)
        assert ask(f"{SUM} where day in (3, 4)")[0] == told(*lost, days=[3, 4])
        assert of_data(asked(proxy, table.place)) == data(3, 4)
        table.made.commit(deletes=[table.made.positions([(table.files[3], 8)], {"day": 3}, name="data/day=3/more.parquet")])
        table.put()
        assert ask(f"{SUM} where day in (3, 4)")[0] == told(*lost, 30_008, days=[3, 4])
        assert of_data(asked(proxy, table.place)) == data(3, 4) + data(3, name="more", times=2)


# Tables of a catalog.


@pytest.fixture
def own(s3, proxy, tmp_path):
    """`d.p` over a table that another engine made: a file for each of four times that it wrote."""
    (tmp_path / "catalog").mkdir()
    with rest_catalogs.catalog(tmp_path / "catalog", s3, warehouse=f"s3://lake/{tmp_path.name}") as server:
        client(server, s3).create_namespace("shop")
        own = Catalogued(tmp_path, server, s3, endpoint=proxy.url)
        own.made = own.table(name="t")
        for at in range(4):
            own.made.append(plain(range(at * 100, at * 100 + 100)))
        own.product(own.made)
        yield own


def test_a_catalogs_table_is_asked_for_no_metadata_file(own, proxy):
    """The catalog says what stands in it: no hint, no folder and no such file is looked for, and nobody who may not read asks."""
    with own.served(snapshot_time="0s") as server:
        with pytest.raises(Exception, match=re.escape(NO_TABLE.splitlines()[0].removeprefix("error[WEFT-Q003]: "))):
            server.rows("stranger", "select count(*) from d.p")
        assert asked(proxy) == {}
        assert server.rows("reader", "select count(*), sum(id) from d.p") == [(400, sum(range(400)))]
        found = asked(proxy)
        lists, files = [one for one in found if one.endswith(".avro")], [one for one in found if one.endswith(".parquet")]
        # The newest list, a manifest for each time that was written, and the footer and the rows of as many files.
        assert len(lists) == 5 and len(files) == 4 and found == collections.Counter(lists) + collections.Counter(files * 2), found
        assert server.rows("reader", "select count(*), sum(id) from d.p") == [(400, sum(range(400)))]
        assert asked(proxy) == collections.Counter(files)
        own.made.append(plain(range(400, 500)))
        assert server.rows("reader", "select count(*), sum(id) from d.p where id >= 350") == [(150, sum(range(350, 500)))]
        found = asked(proxy)
        # The new list and manifest, the new file's footer and rows, and the rows of one of those that were known.
        assert sorted(found.values()) == [1, 1, 1, 2] and sorted(one.rsplit(".", 1)[1] for one in found) == ["avro", "avro", "parquet", "parquet"], found
        assert len(set(found) - set(files)) == 3
