"""What is asked: Weft, deltalake's own DataFusion and DuckDB, each over every variant of the tables that it can read.

A side is an engine over a variant, `weft/clustered`; `parquet` is the plain files. Engines are entered once, asked query by
query as those of `../stores` are, and left."""

import contextlib
import pathlib
import shutil
import time
from typing import NamedTuple

import duckdb
import pyarrow
from deltalake import DeltaTable, QueryBuilder
from engines import CATALOG, SERVER, TOKEN_KEY, USERS, DuckDB, Settings
from laying import VARIANTS
from places import TABLES
from servers import serving

PARQUET = "parquet"
USER = "auditor"
# The domains of one mesh; contracts, policy and the caller are alike in all of them.
DOMAINS = [PARQUET, *VARIANTS]


class Site(NamedTuple):
    """Where everything lies, and what is the same for everybody."""

    root: pathlib.Path
    folder: pathlib.Path
    settings: Settings

    def plain(self, table):
        return self.root / "data" / table

    def delta(self, variant, table):
        return self.root / "delta" / variant / table


class Weft:
    """A connection of the ADBC driver to `weft serve`, for one domain."""

    def __init__(self, server, domain):
        self.connection, self.process = server.connect(USER, **{"adbc.flight.sql.rpc.call_header.schema": domain}), server.process

    def ask(self, query):
        began = time.perf_counter()
        answer = self.rows(query.sql)
        return (time.perf_counter() - began) * 1000, answer

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def plan(self, query):
        return self.rows(f"explain {query.sql}")["plan"][-1].as_py()


class DeltaLake:
    """DataFusion as the package brings it, in this process, over tables that were opened once."""

    process = None

    def __init__(self, session):
        self.session = session

    def ask(self, query):
        began = time.perf_counter()
        answer = pyarrow.table(self.session.execute(query.sql).read_all())
        return (time.perf_counter() - began) * 1000, answer

    def plan(self, query):
        plans = pyarrow.table(self.session.execute(f"explain {query.sql}").read_all())
        return plans["plan"][-1].as_py()


@contextlib.contextmanager
def sides(names, site):
    """The named sides; those of one engine share its process."""
    with contextlib.ExitStack() as stack:
        started, found = {}, {}
        for name in names:
            engine, variant = name.split("/")
            if engine not in started:
                started[engine] = stack.enter_context(ENGINES[engine](site))
            found[name] = stack.enter_context(started[engine](variant))
        yield found


@contextlib.contextmanager
def weft(site):
    with serving(site.folder, mesh(site), [USER], environment=site.settings.environment, **sections(site)) as server:

        @contextlib.contextmanager
        def over(domain):
            side = Weft(server, domain)
            with side.connection:
                yield side

        yield over


def mesh(site):
    """The catalog of the benchmark once for every domain."""
    root = site.folder / "mesh"
    for domain in DOMAINS:
        shutil.copytree(CATALOG / "tpch", root / domain)
        for file in (root / domain).rglob("*.yaml"):
            file.write_text(file.read_text().replace("tpch", domain))
        for table in TABLES:
            contract = root / domain / table / f"{table}-v1.odcs.yaml"
            text, replaced = SERVER.subn(lambda _: f"  - {server(site, domain, table)}", contract.read_text())
            assert replaced == 1, contract
            contract.write_text(text)
    board = (CATALOG / "_governance" / "board.policy.yaml").read_text()
    (root / "_governance").mkdir()
    (root / "_governance" / "board.policy.yaml").write_text(board.replace('"tpch.*"', '"*"'))
    (root / "users.yaml").write_text(USERS)
    return root


def server(site, domain, table):
    """What a contract says of a table's data."""
    path, form = (site.plain(table) / "*.parquet", "parquet") if domain == PARQUET else (site.delta(domain, table), "delta")
    return f'{{server: local, type: local, path: "{path}", format: {form}}}'


def sections(site):
    """Of the server's configuration."""
    settings = site.settings
    (site.folder / "views.key").write_text(TOKEN_KEY)
    prefixes = {PARQUET: site.root / "data", **{variant: site.root / "delta" / variant for variant in VARIANTS}}
    return {
        "storage": {"local_roots": [str(site.root)], "bindings": [{"name": domain, "prefix": f"{prefix}/", "domains": [domain]} for domain, prefix in prefixes.items()]},
        "limits": {"partitions": settings.partitions, "statement_memory": settings.memory, "memory": settings.memory + (1 << 30)},
        "keys": {"token": {"file": "views.key"}},
    }  # fmt: skip


@contextlib.contextmanager
def deltalake(site):
    @contextlib.contextmanager
    def over(variant):
        session = QueryBuilder({"datafusion.execution.target_partitions": str(site.settings.partitions)})
        for table in TABLES:
            session.register(table, DeltaTable(site.delta(variant, table)))
        yield DeltaLake(session)

    yield over


@contextlib.contextmanager
def duck(site):
    """A database of its own for every variant; footers are kept, as the others keep them, and data are not."""

    @contextlib.contextmanager
    def over(variant):
        config = {
            "threads": site.settings.threads, "memory_limit": f"{site.settings.memory}B", "temp_directory": str(site.folder / f"duckdb-{variant}"),
            "autoinstall_known_extensions": False, "enable_external_file_cache": False,
        }  # fmt: skip
        with duckdb.connect(config=config) as connection:
            connection.execute("set parquet_metadata_cache = true")
            if variant != PARQUET:
                connection.execute(f"load '{extension()}'")
            for table in TABLES:
                connection.execute(f"create view {table} as from {scanned(site, variant, table)}")
            yield DuckDB(connection)

    yield over


def scanned(site, variant, table):
    return f"read_parquet('{site.plain(table)}/*.parquet')" if variant == PARQUET else f"delta_scan('{site.delta(variant, table)}')"


def extension():
    """DuckDB's reader of Delta tables, as its package on PyPI ships it: nothing is fetched from anywhere else."""
    import duckdb_extension_delta

    folder = pathlib.Path(duckdb_extension_delta.__file__).parent
    return folder / "extensions" / f"v{duckdb.__version__}" / "delta.duckdb_extension"


def unloadable():
    """Why DuckDB cannot read Delta tables here; None when it can."""
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
            connection.execute(f"load '{extension()}'")
    except (ImportError, duckdb.Error) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


ENGINES = {"weft": weft, "deltalake": deltalake, "duckdb": duck}
READS = {"weft": DOMAINS, "deltalake": list(VARIANTS), "duckdb": DOMAINS}
