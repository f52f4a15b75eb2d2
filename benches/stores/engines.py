"""What is asked: Weft as a client sees it, plain DataFusion, and DuckDB. Each answers a query and says how long it took.

An engine is entered, asked query by query, and left. `ask` returns milliseconds and the answer; planning is part of the
time, and so is the way of the answer to the client where there is one."""

import contextlib
import pathlib
import re
import shutil
import time
from typing import NamedTuple

import duckdb
import pyarrow.ipc
from places import TABLES, told, talking
from servers import serving

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CATALOG = REPOSITORY / "benches" / "tpch" / "catalog"
# Contracts name the local file; this is where.
SERVER = re.compile(r"^  - \{server: local, .*\}$", re.MULTILINE)
# The key of tokens in weft-testkit, with which the views make theirs.
TOKEN_KEY = "07" * 32
USERS = """users:
  - {name: auditor, groups: [clear], roles: [], purposes: [], attributes: {}}
  - {name: analyst, groups: [sealed], roles: [], purposes: [], attributes: {}}
"""


class Settings(NamedTuple):
    """The same for everybody."""

    threads: int
    partitions: int
    memory: int
    environment: dict


class Weft:
    """A connection of the ADBC driver to `weft serve`."""

    def __init__(self, server, user):
        self.connection, self.process = server.connect(user, **{"adbc.flight.sql.rpc.call_header.schema": "tpch"}), server.process

    def ask(self, query):
        began = time.perf_counter()
        with self.connection.cursor() as cursor:
            cursor.execute(query.sql)
            answer = cursor.fetch_arrow_table()
        return (time.perf_counter() - began) * 1000, answer


class DataFusion:
    """The program `plain`, which stays between queries. It takes the time itself: nothing lies between it and its client."""

    def __init__(self, process, folder):
        self.process, self.answer = process, folder / "answer.arrow"

    def ask(self, query):
        said = told(self.process, f"{query.path}\t{self.answer}\n")
        if "error" in said:
            raise RuntimeError(said["error"])
        with pyarrow.ipc.open_file(self.answer) as file:
            return said["ms"], file.read_all()


class DuckDB:
    """DuckDB in this process, over views of the files."""

    def __init__(self, connection):
        self.connection, self.process = connection, None

    def ask(self, query):
        began = time.perf_counter()
        answer = self.connection.execute(query.sql).to_arrow_table()
        return (time.perf_counter() - began) * 1000, answer


@contextlib.contextmanager
def engines(names, place, folder, binaries, settings):
    """The named engines over a place, started one after the other."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name in names:
            found[name] = stack.enter_context(STARTS[name](place, folder, binaries, settings, found))
        yield found


@contextlib.contextmanager
def weft(user, place, folder, binaries, settings, found):
    """Both callers share one server."""
    running = next((engine.server for engine in found.values() if isinstance(engine, Weft)), None)
    with contextlib.ExitStack() as stack:
        server = running or stack.enter_context(served(place, folder, settings))
        engine = Weft(server, user)
        engine.server = server
        with engine.connection:
            yield engine


@contextlib.contextmanager
def served(place, folder, settings):
    root = folder / "mesh"
    shutil.copytree(CATALOG, root)
    (root / "users.yaml").write_text(USERS)
    for table in TABLES:
        contract = root / "tpch" / table / f"{table}-v1.odcs.yaml"
        parts = ", ".join(f'{key}: "{value}"' for key, value in place.server(table).items())
        text, replaced = SERVER.subn(lambda _: f"  - {{{parts}}}", contract.read_text())
        assert replaced == 1, contract
        contract.write_text(text)
    limits = {"partitions": settings.partitions, "statement_memory": settings.memory, "memory": settings.memory + (1 << 30)}
    (folder / "views.key").write_text(TOKEN_KEY)
    sections = {"storage": place.storage(), "limits": limits, "keys": {"token": {"file": "views.key"}}}
    with serving(folder, root, ["auditor", "analyst"], environment={**settings.environment, **place.environment}, **sections) as server:
        yield server


@contextlib.contextmanager
def plain(path, place, folder, binaries, settings, _):
    command = [binaries / "plain", *place.plain(), "--path", path, "--partitions", settings.partitions, "--memory", settings.memory]
    with talking(command, {**settings.environment, **place.environment}) as process:
        engine = DataFusion(process, folder)
        engine.version = told(process)
        yield engine


@contextlib.contextmanager
def duck(cache, place, folder, _, settings, __):
    """Footers are kept, as the others keep them; data only where that is asked for."""
    config = {
        "threads": settings.threads,
        "memory_limit": f"{settings.memory}B",
        "temp_directory": str(folder / "duckdb"),
        "autoinstall_known_extensions": False,
        "enable_external_file_cache": cache,
    }
    with duckdb.connect(config=config) as connection:
        connection.execute("set parquet_metadata_cache = true")
        place.open(connection)
        for table in TABLES:
            connection.execute(f"create view {table} as from read_parquet('{place.files(table)}')")
        yield DuckDB(connection)


def start(how, what):
    return lambda *rest: how(what, *rest)


STARTS = {
    "weft": start(weft, "auditor"),
    "datafusion": start(plain, "clear"),
    "duckdb": start(duck, False),
    "duckdb-cached": start(duck, True),
    "weft-sealed": start(weft, "analyst"),
    "datafusion-views": start(plain, "sealed"),
}
# Those that a query has to have the same answer from.
SEALED = {"weft-sealed", "datafusion-views"}
