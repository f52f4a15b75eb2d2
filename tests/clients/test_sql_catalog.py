"""Tables that a SQL catalog in a file names: what other engines write through it, in one file or several, and files that are none."""

import contextlib
import json
import re
import shutil
import sqlite3
import threading

import pyarrow as pa
import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import SqlCatalog

import rest_catalogs
from command import weft
from iceberg_table import NO_TABLE, declared
from meshes import Mesh
from reading import rows
from refusals import missing_table, refused
from servers import serving

COUNT = "select count(*) as n from d.p"
NO_SUCH = "the catalog has no such table"
PAST = '{id: readers-read-the-past, match: {product: "*"}, to: {groups: [readers]}, allow: history}'
# As libraries made it before there were views.
BEFORE_VIEWS = """
create table iceberg_tables (catalog_name varchar(255) not null, table_namespace varchar(255) not null, table_name varchar(255) not null,
  metadata_location varchar(1000), previous_metadata_location varchar(1000), primary key (catalog_name, table_namespace, table_name));
create table iceberg_namespace_properties (catalog_name varchar(255) not null, namespace varchar(255) not null, property_key varchar(255) not null,
  property_value varchar(1000) not null, primary key (catalog_name, namespace, property_key));
"""


def plain(numbers):
    return pa.table({"id": pa.array(numbers, pa.int64()), "name": pa.array([f"n{at % 5}" for at in numbers], pa.string())})


def columns(table):
    """The columns of another engine's table, as a contract has them."""
    return [declared(one["name"], one["type"]) for one in json.loads(table.schema().model_dump_json())["fields"]]


PLAIN = [declared("id", "long"), declared("name", "string")]


# What is said where one binding is of several domains, as here.
SHARED = "several domains share the locations of a catalog"


def why(said, code):
    """Why `d.p` is not read: whoever runs the engine is told, and whoever asks hears a code."""
    assert isinstance(said, str) and f"error[WEFT-{code}]: " in said, said
    found = re.search(r"^`d\.p` cannot be read: (.*) \(reference g\d{6}\)$", said, re.MULTILINE)
    assert found, said
    return found[1]


class Filed:
    """A mesh over a catalog in a file. Another engine writes through `writer`; `catalog` and `binding` may be changed between questions."""

    def __init__(self, folder, uri="sqlite:///catalog.db", layout="", **catalog):
        self.folder, self.mesh, self.file, self.place = folder, Mesh(folder / "mesh"), folder / "catalog.db", folder / "warehouse"
        for made in (self.place, folder / "mesh" / "data"):
            made.mkdir()
        with self.sql() as database:
            database.executescript(layout)
        self.writers = contextlib.ExitStack()
        self.writer = self.another("local")
        self.writer.create_namespace("shop")
        self.catalog = {"name": "local", "type": "sql", "uri": uri, "domains": ["*"], "namespaces": ["shop"], **catalog}
        self.binding = {"name": "lake", "prefix": f"{self.place}/", "domains": ["*"], "catalog": "local"}

    def another(self, name):
        """One more engine over the same file, for the catalog of that name."""
        return self.writers.enter_context(contextlib.closing(SqlCatalog(name, uri=f"sqlite:///{self.file}", warehouse=f"file://{self.place}/{name}")))

    @contextlib.contextmanager
    def sql(self):
        """The file itself; what is done to it is done at once."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as database:
            yield database

    def table(self, name="t", namespace="shop", numbers=(), writer=None):
        writer = writer or self.writer
        if not writer.namespace_exists(namespace):
            writer.create_namespace(namespace)
        table = writer.create_table(f"{namespace}.{name}", plain([]).schema)
        if numbers:
            table.append(plain(numbers))
        return table

    def product(self, called="t", namespace="shop", properties=PLAIN, **server):
        """`d.p`, over what has this name."""
        said = {"server": "lake", "type": "iceberg", "catalog": "local", "catalogUrl": self.catalog["uri"], "namespace": namespace, **server}
        schema = [{"name": "p", "physicalName": called, "properties": list(properties)}]
        self.mesh.product("d", "p", contract={"schema": schema}, server=said, rules=[PAST])

    def storage(self):
        own = {"name": "own", "prefix": "./data/{domain}/", "domains": ["*"]}
        return {"local_roots": [str(self.place)], "bindings": [self.binding, own], "catalogs": [self.catalog]}

    def run(self, *arguments):
        (self.folder / "weft.yaml").write_text(json.dumps({"version": 1, "mesh": {"catalog": "mesh"}, "storage": self.storage()}))
        return weft(*arguments, cwd=self.folder)

    def ask(self, sql=COUNT, user="reader"):
        """Rows, or all that is said instead of them."""
        code, out, err = self.run("sql", "--as", user, "--output", "json", "-c", sql)
        return json.loads(out) if code == 0 else err

    def agrees(self, name="shop.t"):
        """Weft reads what the other engine reads."""
        wanted = self.writer.load_table(name).scan().to_arrow()
        found = self.ask("select * from d.p")
        assert isinstance(found, list), found
        assert rows(pa.Table.from_pylist(found, wanted.schema)) == rows(wanted)

    @contextlib.contextmanager
    def served(self, announced=()):
        """A server that looks at tables anew for every statement, and a way to count rows."""
        with serving(self.folder, self.mesh.root, ["reader", "stranger"], [SHARED, *announced], storage=self.storage(), cache={"snapshot_time": "0s"}) as server:
            server.count = lambda user="reader": server.rows(user, "select count(*) from d.p")[0][0]
            yield server


@pytest.fixture
def own(tmp_path):
    made = Filed(tmp_path)
    yield made
    made.writers.close()


@pytest.mark.parametrize("layout", ["", BEFORE_VIEWS], ids=["now", "before views"])
def test_a_table_that_another_engine_writes(layout, tmp_path):
    """Appended to, deleted from and overwritten in part, with one more question after each."""
    own = Filed(tmp_path, layout=layout)
    with own.writers, own.sql() as database:
        known = [name for _, name, *_ in database.execute("pragma table_info(iceberg_tables)")]
        assert ("iceberg_type" in known) == (not layout)
        table = own.table()
        own.product(properties=columns(table))
        assert own.ask() == [{"n": 0}]
        for at in range(3):
            table.append(plain(range(at * 100, at * 100 + 100)))
        own.agrees()
        table.delete("id >= 50 and id < 120")
        own.agrees()
        table.overwrite(plain(range(1000, 1010)), "name == 'n3'")
        own.agrees()
        assert own.ask(user="stranger") == NO_TABLE
        first = table.history()[0].snapshot_id
        assert own.ask(f"{COUNT} version as of {first}") == [{"n": 100}]
        assert own.run("validate", "--bind") == (0, "1 product, 1 table opened: 0 errors, 0 warnings\n", "")


def test_a_file_that_javas_library_keeps(tmp_path):
    """Weft reads the file of a REST catalog that stands before one, past it."""
    folder = tmp_path / "java"
    folder.mkdir()
    with rest_catalogs.catalog(folder) as server:
        client = RestCatalog("tests", uri=server.url)
        for namespace in (("shop",), ("shop", "deep"), ("other",)):
            client.create_namespace(namespace)
            client.create_table((*namespace, "a b é"), plain([]).schema, location=f"{server.warehouse}/{'.'.join(namespace)}/t").append(plain(range(len(namespace) * 3)))
        own = Filed(tmp_path, uri=f"sqlite:{folder}/catalog.db")
        with own.writers:
            own.place = folder / "warehouse"
            own.binding["prefix"] = f"{own.place}/"
            for namespace, count in (("shop", 3), ("shop.deep", 6)):
                own.product("a b é", namespace)
                assert own.ask() == [{"n": count}], namespace
            own.product("a b é")
            client.load_table(("shop", "a b é")).append(plain(range(40)))
            assert own.ask() == [{"n": 43}]


@pytest.mark.parametrize("uri", ["sqlite:catalog.db", "sqlite:./catalog.db", "sqlite:{folder}/catalog.db", "sqlite:///catalog.db", "sqlite:///{folder}/catalog.db"])
def test_how_a_file_is_spelled(uri, tmp_path):
    """A relative path is taken from the folder of the configuration, wherever Weft is started."""
    own = Filed(tmp_path, uri=uri.format(folder=tmp_path))
    with own.writers:
        own.table(numbers=range(4))
        own.product()
        assert own.ask() == [{"n": 4}]
        code, out, err = weft("sql", "--config", tmp_path / "weft.yaml", "--as", "reader", "--output", "json", "-c", COUNT, cwd="/")
        assert (code, json.loads(out or "null")) == (0, [{"n": 4}]), err


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"uri": "postgresql://host/catalog"}, "has in `uri` no file such as `sqlite:catalog.db` or `sqlite:////folder/catalog.db`"),
        ({"uri": "sqlite:///:memory:"}, "has in `uri` no file such as `sqlite:catalog.db` or `sqlite:////folder/catalog.db`"),
        ({"uri": "sqlite:///catalog.db?mode=rwc"}, "has in `uri` more than the path of a file"),
        ({"warehouse": ""}, "has in `warehouse` no name of at most 1024 bytes"),
        ({"credentials": {"token": {"env": "TOKEN"}}}, "has no use for `credentials`: a file says the same to all"),
        ({"restrictions": "service"}, "has no use for `restrictions`: a file says the same to all"),
        ({"callers": {"reader": {"env": "TOKEN"}}}, "has no use for `callers`: a file says the same to all"),
    ],
)
def test_settings_that_do_not_fit(wrong, says, own):
    own.product()
    own.catalog |= wrong
    assert says in own.ask()


# What changes while it is read.


def test_a_commit_between_two_statements(own):
    """Is seen by the next one."""
    table = own.table(numbers=range(3))
    own.product()
    with own.served() as server:
        assert server.count() == 3
        for more in range(1, 4):
            table.append(plain([more]))
            assert server.count() == 3 + more
        assert refused(server.count, "stranger").text == missing_table("d.p")


def test_a_table_that_is_called_otherwise(own):
    """By a name that another table takes over."""
    own.table(numbers=range(3))
    own.table("other", numbers=range(5))
    own.product()
    with own.served(announced=[NO_SUCH]) as server:
        assert server.count() == 3
        own.writer.rename_table("shop.t", "shop.was")
        assert "[WEFT-Q007]" in refused(server.count).text
        own.writer.rename_table("shop.other", "shop.t")
        assert server.count() == 5
    own.product("was")
    assert own.ask() == [{"n": 3}]
    own.product("other")
    assert NO_SUCH in why(own.ask(), "Q007")


def test_a_table_that_is_dropped_and_made_anew(own):
    """Of the same name, with other columns' numbers: nothing that was known of it counts."""
    own.table(numbers=range(3))
    own.product()
    with own.served(announced=[NO_SUCH]) as server:
        assert server.rows("reader", "select count(*), max(name) from d.p") == [(3, "n2")]
        own.writer.drop_table("shop.t")
        assert "[WEFT-Q007]" in refused(server.count).text
        again = own.writer.create_table("shop.t", pa.schema([("name", pa.string()), ("more", pa.int64()), ("id", pa.int64())]))
        again.append(pa.Table.from_pylist([{"id": 70, "name": "new", "more": 1}], again.schema().as_arrow()))
        assert server.rows("reader", "select id, name from d.p") == [(70, "new")]


def test_a_file_whose_readers_would_write(own):
    """In SQLite's other way to write, readers make files beside it, which their writer may then not write."""
    own.table(numbers=[0])
    own.product()
    with own.sql() as database:
        assert database.execute("pragma journal_mode = wal").fetchall() == [("wal",)]
    assert "its file is in the journal mode WAL" in why(own.ask(), "Q007")
    assert [path.name for path in own.folder.glob("catalog.db*")] == ["catalog.db"]


def test_a_writer_keeps_nobody_from_reading(own):
    """Nor is a commit taken back."""
    table = own.table(numbers=[0])
    own.product()
    writing = threading.Thread(target=lambda: [table.append(plain([at])) for at in range(1, 31)])
    with own.served() as server:
        writing.start()
        seen = []
        while writing.is_alive():
            seen.append(server.count())
        writing.join()
        assert seen == sorted(seen) and len(set(seen)) > 1
        assert server.count() == 31


def test_a_file_that_is_locked(own):
    """Is asked again later: whoever has it locked keeps others waiting for a while, and no longer."""
    own.table(numbers=range(3))
    own.product()
    with own.sql() as database:
        database.execute("begin exclusive")
        said = own.ask()
        assert "its file is locked by another process" in said and "WEFT-Q007" not in said
        database.execute("commit")
        assert own.ask() == [{"n": 3}]


def test_a_file_that_comes_later(own):
    """The server is up before it."""
    own.table(numbers=range(3))
    own.product()
    away = own.file.rename(own.folder / "away.db")
    with own.served(announced=["its file is not there"]) as server:
        said = refused(server.count)
        assert str(own.folder) not in said.text and "not there" not in said.text
        assert not own.file.exists()
        shutil.copy(away, own.file)
        assert server.count() == 3
        own.file.unlink()
        assert refused(server.count).text == said.text
        assert refused(server.count, "stranger").text == missing_table("d.p")


# What a file may hold beside the table.


def test_one_file_of_several_catalogs(own):
    own.table(numbers=range(3))
    own.product()
    assert own.ask() == [{"n": 3}]
    other = own.another("other")
    own.table(numbers=range(5), writer=other)
    assert "its file holds more than one catalog, so that `warehouse` is needed, which names one" in why(own.ask(), "Q007")
    for name, count in (("local", 3), ("other", 5)):
        own.product()
        own.catalog["warehouse"] = name
        assert own.ask() == [{"n": count}]
        own.product(warehouse=name)
        assert own.ask() == [{"n": count}]
    own.product()
    own.catalog["warehouse"] = "none"
    assert NO_SUCH in why(own.ask(), "Q007")


def test_namespaces_of_several_levels(own):
    own.table(numbers=range(3), namespace="shop.deep")
    own.table(numbers=range(5), namespace="shop.deep.er")
    own.table(numbers=range(7), namespace="shopping")
    for namespace, count in (("shop.deep", 3), ("shop.deep.er", 5)):
        own.product(namespace=namespace)
        assert own.ask() == [{"n": count}]
    for namespace in ("shop", "shop.dee_", "shop.DEEP", "shop.deep.e_"):
        own.product(namespace=namespace)
        assert NO_SUCH in why(own.ask(), "Q007"), namespace
    own.product(namespace="shopping")
    assert "table `shopping.t` of catalog `local` lies outside of what domain `d` may use" in why(own.ask(), "Q007")


def test_a_view_is_no_table(own):
    own.table(numbers=range(3))
    own.product()
    with own.sql() as database:
        database.execute("update iceberg_tables set iceberg_type = null")
        assert own.ask() == [{"n": 3}]
        database.execute("update iceberg_tables set iceberg_type = 'VIEW'")
        assert NO_SUCH in why(own.ask(), "Q007")


def test_a_table_that_lies_elsewhere(own):
    """What the file says of where a table lies opens nothing that the binding does not."""
    own.table(numbers=range(3))
    own.product()
    with own.sql() as database:
        ((inside,),) = database.execute("select metadata_location from iceberg_tables").fetchall()
        outside = own.folder / "outside"
        shutil.copytree(own.place, outside)
        elsewhere = "table `shop.t` lies where no storage binding of catalog `local` leads for domain `d`"
        unknown = "the table's metadata is not a file of a folder `metadata`, so that where the table lies is not known"
        for location, says in (
            (inside.replace(str(own.place), str(outside)), elsewhere),
            (inside.replace("file://", "s3:/"), elsewhere),
            ("/etc/metadata/passwd", elsewhere),
            (inside.replace("/metadata/", "/"), unknown),
            ("shop/t/metadata/x", "the table's metadata is at a relative path: relative to what, nobody knows"),
        ):
            database.execute("update iceberg_tables set metadata_location = ?", [location])
            assert says in why(own.ask(), "Q007"), location
        database.execute("update iceberg_tables set metadata_location = ?", [inside.replace(str(own.place), f"{own.place}/../outside")])
        assert isinstance(own.ask(), str)
        database.execute("update iceberg_tables set metadata_location = ?", [inside])
    assert own.ask() == [{"n": 3}]


ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
HARMFUL = {
    "a view": (f"create view iceberg_tables(catalog_name, table_namespace, table_name, metadata_location) as select 'c', 'shop', 't', ({ENDLESS})", "`iceberg_tables` of its file is not a plain table"),
    "computed": ("create table iceberg_tables(catalog_name, table_namespace, table_name, metadata_location as (hex(zeroblob(99))))", "`iceberg_tables` of its file has columns that are computed"),
    "nothing": ("create table others(a)", "its file has no table `iceberg_tables`"),
    "another table": ("create table iceberg_tables(a)", "`iceberg_tables` of its file has no column `catalog_name`"),
    "numbers": ("create table iceberg_tables(catalog_name, table_namespace, table_name, metadata_location); insert into iceberg_tables values ('c', 'shop', 't', 7)", "a row of `iceberg_tables` holds something other than text"),
    "twice": ("create table iceberg_tables(catalog_name, table_namespace, table_name, metadata_location); insert into iceberg_tables values ('c', 'shop', 't', '/a/metadata/x'), ('c', 'shop', 't', '/b/metadata/x')", "its file has the table twice"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HARMFUL)
def test_a_file_of_those_who_mean_harm(kind, own):
    script, says = HARMFUL[kind]
    own.product()
    own.writers.close()
    own.file.unlink()
    with own.sql() as database:
        database.executescript(script)
    assert f"the catalog's answer is not usable: {says}" in why(own.ask(), "Q007")
    assert own.ask(user="stranger") == NO_TABLE


def test_what_is_no_database(own):
    own.product()
    own.writers.close()
    own.file.write_bytes(b"x" * 4096)
    assert "its file is not one of SQLite" in why(own.ask(), "Q007")
    own.file.unlink()
    own.file.mkdir()
    assert "its file is not a plain file" in why(own.ask(), "Q007")
