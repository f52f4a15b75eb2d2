"""A mesh whose tables a REST catalog knows: its settings, its contracts, and how it is asked.

Whatever is said, to callers or in the log, is searched for secrets and for the catalog's own stacks."""

import contextlib
import decimal
import itertools
import json
import pathlib
import re

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.rest import RestCatalog

import stores
from command import weft
from iceberg_table import Table, declared, field
from meshes import USERS, Mesh
from reading import rows
from servers import serving

FIELDS = [field(1, "id", "long"), field(2, "name", "string")]
# What Weft is told by way of the environment. None of it is ever to be seen again.
ENVIRONMENT = {
    "LAKE_KEY": stores.KEY, "LAKE_SECRET": stores.SECRET, "CLIENT_ID": "weft", "CLIENT_SECRET": "rest-secret-never-to-be-shown", "CATALOG_TOKEN": "token-never-to-be-shown",
    "ADA_TOKEN": "ada-token-never-to-be-shown", "BOB_TOKEN": "bob-token-never-to-be-shown",
}  # fmt: skip
CLIENT = {"client_id": {"env": "CLIENT_ID"}, "client_secret": {"env": "CLIENT_SECRET"}}
KEYS = {"access_key_id": {"env": "LAKE_KEY"}, "secret_access_key": {"env": "LAKE_SECRET"}}
NEVER = re.compile(r"never-to-be-shown|org\.apache|\.java\b|\bat java\.|Signature=|\bBearer \w{8}", re.IGNORECASE)
# What is said where one binding is of several domains, as here.
SHARED = "several domains share the locations of a catalog"
PAST = '{id: readers-read-the-past, match: {product: "d.*"}, to: {groups: [readers]}, allow: history}'
TOLD = {
    "Q007": "product `{0}` is broken (reference {1})\n  hint: Ask the owners of `{0}` and name the reference.\n",
    "G001": "reading product `{0}` failed (reference {1})\n  hint: Ask the owners of `{0}` and name the reference {1}.\n",
    "G004": "the storage of product `{0}` failed (reference {1})\n  hint: Try again; if it stays so, ask the owners of `{0}` and name the reference {1}.\n",
}  # fmt: skip


def clean(text):
    """The text, in which nothing stands that nobody is to see."""
    found = NEVER.search(text)
    assert not found, text[max(0, found.start() - 200) : found.end() + 200]
    return text


def why(said, code="Q007", product="d.p"):
    """Why a product is not read: whoever runs the engine is told, and whoever asks hears a code and a reference."""
    assert isinstance(said, str), said
    told = re.findall(rf"^`{re.escape(product)}` cannot be read: (.*) \(reference (g\d{{6}})\)$", said, re.MULTILINE)
    ends = {f"error[WEFT-{code}]: {TOLD[code].format(product, reference)}": reason for reason, reference in told}
    found = [reason for end, reason in ends.items() if said.endswith(end)]
    assert found, said
    return found[0]


def client(server, store=None, **properties):
    """Another engine, past any proxy; it has the keys to the store itself."""
    keys = {"s3.endpoint": store.url, "s3.access-key-id": stores.KEY, "s3.secret-access-key": stores.SECRET, "s3.region": "us-east-1"} if store else {}
    return RestCatalog("tests", **{"uri": server.url, **keys, **properties})


def plain(numbers):
    return pa.table({"id": pa.array(numbers, pa.int64()), "name": pa.array([f"n{at % 5}" for at in numbers], pa.string())})


def fields(table):
    """The columns of another engine's table, as metadata spells them."""
    return json.loads(table.schema().model_dump_json())["fields"]


class Catalogued:
    """Products over tables of a catalog, which lie in a folder or in a bucket, and how they are asked.

    `catalog`, `more` catalogs, `binding`, `bindings`, `remote` and `cache` are its settings, and may be changed between
    questions."""

    made = itertools.count(1)

    def __init__(self, folder, server, store=None, url=None, endpoint=None, namespaces=("shop",), **catalog):
        self.folder, self.server, self.store, self.mesh = folder, server, store, Mesh(folder / "mesh")
        self.rest, self.environment = client(server, store), dict(ENVIRONMENT)
        self.place = server.warehouse.removeprefix("file://")
        self.catalog = {"name": "prod", "uri": url or server.url, "domains": ["*"], "namespaces": list(namespaces), **catalog}
        self.binding = {"name": "warehouse", "prefix": f"{self.place}/", "domains": ["*"], "catalog": "prod"}
        if store:
            self.binding |= {"endpoint": endpoint or store.url, "credentials": KEYS}
        self.bindings = [self.binding, {"name": "own", "prefix": "./data/{domain}/", "domains": ["*"]}]
        self.remote, self.cache, self.roots = {"retries": 2, "retry_time": 3, "request_time": 5, "connect_time": 1}, {}, [] if store else [self.place]
        self.more = []
        (folder / "mesh" / "data").mkdir()

    def storage(self):
        return {"local_roots": self.roots, "bindings": self.bindings, "catalogs": [self.catalog, *self.more], "remote": self.remote}

    # Tables.

    def name(self):
        """One that no other test has."""
        return f"t{next(self.made)}"

    def table(self, schema=None, name=None, namespace=("shop",), **more):
        """A table that another engine makes, in a namespace that is made where it has to be."""
        for depth in range(1, len(namespace) + 1):
            if not self.rest.namespace_exists(namespace[:depth]):
                self.rest.create_namespace(namespace[:depth])
        return self.rest.create_table((*namespace, name or self.name()), schema or plain([]).schema, **more)

    def laid(self, columns=FIELDS, spec=(), version=2, folder=None):
        """A table written by hand, which the catalog hears of once it is registered."""
        folder = folder or pathlib.Path(self.place) / "by-hand" / self.name()
        return Table(folder, columns, spec, version)

    def register(self, table, name=None, namespace=("shop",)):
        """What the catalog then calls it."""
        name = name or table.folder.name
        if not self.rest.namespace_exists(namespace):
            self.rest.create_namespace(namespace)
        self.rest.register_table((*namespace, name), f"file://{table.newest}")
        return name

    # Products over them.

    def product(self, table, columns=None, name="p", domain="d", namespace="shop", rules=(), **server):
        """A product over a table, or over what has its name. A key of the server's that is None is left out."""
        called = table if isinstance(table, str) else table.name()[-1]
        columns = columns or (FIELDS if isinstance(table, str) else fields(table))
        said = {"server": "lake", "type": "iceberg", "catalog": "prod", "catalogUrl": self.catalog["uri"], "namespace": namespace, **server}
        said = {key: value for key, value in said.items() if value is not None}
        schema = [{"name": name, "physicalName": called, "properties": [declared(one["name"], one["type"]) for one in columns]}]
        self.mesh.product(domain, name, contract={"schema": schema}, server=said, rules=[PAST.replace("d.*", f"{domain}.*"), *rules])

    def people(self, *names):
        """More who may read, beside `reader`."""
        self.mesh.write("users.yaml", USERS + "".join(f"  - {{name: {name}, groups: [readers], roles: [], purposes: [], attributes: {{}}}}\n" for name in names))

    # Questions.

    def run(self, *arguments):
        settings = {"version": 1, "mesh": {"catalog": "mesh"}, "storage": self.storage(), "cache": self.cache}
        (self.folder / "weft.yaml").write_text(json.dumps(settings))
        code, out, err = weft(*arguments, cwd=self.folder, **self.environment)
        clean(err)
        return code, out, err

    def ask(self, sql="select count(*) as n from d.p", user="reader"):
        """Rows, or all that is said instead of them."""
        code, out, err = self.run("sql", "--as", user, "--output", "json", "-c", sql)
        return json.loads(out, parse_float=decimal.Decimal) if code == 0 else err

    def read(self, sql="select * from d.p", user="reader"):
        """The answer as a table."""
        code, _, err = self.run("sql", "--as", user, "-c", sql, "-o", self.folder / "out.parquet")
        assert code == 0, err
        return pq.read_table(self.folder / "out.parquet")

    def agrees(self, table, product="d.p"):
        """Weft reads what the other engine reads."""
        wanted, found = self.rest.load_table(table.name()).scan().to_arrow(), self.read(f"select * from {product}")
        assert found.column_names == wanted.column_names
        assert rows(found) == rows(wanted)

    def judged(self):
        """What `weft validate --bind` says."""
        code, out, err = self.run("validate", "--bind")
        return code, clean(out), err

    @contextlib.contextmanager
    def served(self, users=("reader", "stranger"), announced=(), snapshot_time="0s", **sections):
        """A server over it. Its log is searched for secrets as well."""
        sections |= {"storage": self.storage(), "cache": {**self.cache, "snapshot_time": snapshot_time}}
        with serving(self.folder, self.mesh.root, list(users), [SHARED, *announced], environment=self.environment, **sections) as server:
            yield server
        clean(server.log.read_text(encoding="utf-8"))
