"""What is asked: Weft over every variant of the tables, and DuckDB over those that its extension reads.

A side is an engine over a variant, `weft/clustered`; `parquet` is the plain files. Engines are entered once, asked query by
query as those of `../stores` are, and left."""

import contextlib
import importlib
import pathlib
import shutil
import time
from typing import NamedTuple

import duckdb
from engines import CATALOG, SERVER, TOKEN_KEY, USERS, DuckDB, Settings
from places import TABLES
from servers import serving

PARQUET = "parquet"
USER = "auditor"


class Site(NamedTuple):
    """Where everything lies, and what is the same for everybody. `form` is the format of the tables."""

    root: pathlib.Path
    folder: pathlib.Path
    settings: Settings
    form: str
    domains: list

    def plain(self, table):
        return self.root / "data" / table

    def laid(self, variant, table):
        return self.root / self.form / variant / table


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


@contextlib.contextmanager
def sides(names, engines, site):
    """The named sides; those of one engine share its process."""
    with contextlib.ExitStack() as stack:
        started, found = {}, {}
        for name in names:
            engine, variant = name.split("/")
            if engine not in started:
                started[engine] = stack.enter_context(engines[engine](site))
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
    """The catalog of the benchmark once for every domain: contracts, policy and the caller are alike in all of them."""
    root = site.folder / "mesh"
    for domain in site.domains:
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
    path, form = (site.plain(table) / "*.parquet", "parquet") if domain == PARQUET else (site.laid(domain, table), site.form)
    return f'{{server: local, type: local, path: "{path}", format: {form}}}'


def sections(site):
    """Of the server's configuration."""
    settings = site.settings
    (site.folder / "views.key").write_text(TOKEN_KEY)
    prefixes = {domain: site.root / "data" if domain == PARQUET else site.root / site.form / domain for domain in site.domains}
    return {
        "storage": {"local_roots": [str(site.root)], "bindings": [{"name": domain, "prefix": f"{prefix}/", "domains": [domain]} for domain, prefix in prefixes.items()]},
        "limits": {"partitions": settings.partitions, "statement_memory": settings.memory, "memory": settings.memory + (1 << 30)},
        "keys": {"token": {"file": "views.key"}},
    }  # fmt: skip


def duck(scanned, extensions):
    """DuckDB with extensions, and how it reads a table that was laid in a folder."""

    @contextlib.contextmanager
    def start(site):
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
                    loaded(connection, extensions)
                for table in TABLES:
                    read = f"read_parquet('{site.plain(table)}/*.parquet')" if variant == PARQUET else scanned(site.laid(variant, table))
                    connection.execute(f"create view {table} as from {read}")
                yield DuckDB(connection)

        yield over

    return start


def loaded(connection, extensions):
    """DuckDB's extensions, as their packages on PyPI ship them: nothing is fetched from anywhere else."""
    for name in extensions:
        folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        connection.execute(f"load '{folder / 'extensions' / f'v{duckdb.__version__}' / name}.duckdb_extension'")


def readable(reads, extensions):
    """Who reads what here, and how DuckDB's extensions fare: it is a yardstick over plain files where they are not to be had."""
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
            loaded(connection, extensions)
    except (ImportError, duckdb.Error) as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        return {**reads, "duckdb": [PARQUET]}, f"cannot be loaded ({why}), so plain files only"
    return reads, "loaded"
