"""Delta tables on a server: sessions of a time, how old what is known may be, and what is counted of it."""

import datetime
import os
import re
import time
import urllib.request

import adbc_driver_manager
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from command import weft
from meshes import Mesh
from servers import free_address, serving

COLUMNS = [{"name": "id", "logicalType": "integer", "physicalType": "bigint", "classification": "public"}]
HISTORY = '{id: readers-read-the-past, match: {product: "d.*"}, to: {groups: [readers]}, allow: history}'
OPTION = "adbc.flight.sql.session.option.as_of"
HEADER = "adbc.flight.sql.rpc.call_header.as_of"


def delta(mesh, domain, name, staleness=None, rules=()):
    server = {"server": "local", "type": "local", "path": f"./data/{domain}/{name}", "format": "delta"}
    if staleness is not None:
        server["customProperties"] = [{"property": "maxStalenessSeconds", "value": staleness, "vendor": "weft"}]
    schema = [{"name": name, "physicalName": name, "properties": COLUMNS}]
    mesh.product(domain, name, contract={"schema": schema}, server=server, rules=rules)
    return mesh.root / "data" / domain / name


def versions(folder, days):
    """A table of one row more every day."""
    for version in range(days):
        write_deltalake(folder, pa.table({"id": [version]}), mode="append")
        day = datetime.datetime(2026, 1, 1 + version, tzinfo=datetime.UTC).timestamp()
        os.utime(folder / "_delta_log" / f"{version:020}.json", (day, day))


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """`d.p` and `d.q` of three days each, `e.p` whose past is nobody's, and a Parquet file, which has none."""
    folder = tmp_path_factory.mktemp("past")
    mesh = Mesh(folder / "mesh")
    versions(delta(mesh, "d", "p"), 3)
    versions(delta(mesh, "d", "q", rules=[HISTORY]), 3)
    versions(delta(mesh, "e", "p"), 3)
    mesh.product("f", "flat", rules=[HISTORY.replace("d.*", "f.*")])
    mesh.data("data/f/flat.parquet")
    with serving(folder, mesh.root, users=["reader", "stranger"]) as server:
        server.mesh = mesh.root
        yield server


def one(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


BOTH = "select (select count(*) from d.p) as p, (select count(*) from d.q) as q, (select count(*) from d.p version as of 0) as first"


def test_a_session_of_a_time(past):
    """Every table is of that time, but for one that the statement names otherwise; another session is not."""
    with past.connect("reader") as connection, past.connect("reader") as other:
        connection.adbc_connection.set_options(**{OPTION: "2026-01-02T12:00:00Z"})
        assert one(connection, BOTH) == [(2, 2, 1)]
        assert one(connection, "show as_of") == [("as_of", "2026-01-02T12:00:00Z")]
        assert one(other, BOTH) == [(3, 3, 1)]
        connection.adbc_connection.set_options(**{OPTION: ""})
        assert one(connection, BOTH) == [(3, 3, 1)]


def test_a_call_of_a_time(past):
    """A header outweighs the session's option; a text without a zone is of the session's."""
    with past.connect("reader", **{HEADER: "2026-01-01"}) as connection:
        connection.adbc_connection.set_options(**{OPTION: "2026-01-02T12:00:00Z"})
        assert one(connection, BOTH) == [(1, 1, 1)]
    zone = {"adbc.flight.sql.rpc.call_header.time_zone": "+02:00"}
    with past.connect("reader", **{HEADER: "2026-01-02 01:00:00"}, **zone) as connection:
        assert one(connection, BOTH) == [(1, 1, 1)]


@pytest.mark.parametrize(
    ("user", "sql", "when", "says"),
    [
        ("reader", "select * from e.p", "2026-01-02", "[WEFT-Q016]"),
        ("reader", "select * from f.flat", "2026-01-02", "table `f.flat` has no version of 2026-01-02T00:00:00Z: "),
        ("reader", "select * from d.p", "2025-01-02", "table `d.p` has no version of 2025-01-02T00:00:00Z: versions 0 to 2 remain [WEFT-Q015]"),
        ("reader", "select * from d.p", "soon", "AS OF 'soon' is no time; write it as '2026-01-31 12:00:00' or '2026-01-31T12:00:00Z' [WEFT-Q001]"),
        ("stranger", "select * from d.p", "2026-01-02", "table `d.p` does not exist [WEFT-Q003]"),
    ],
)
def test_what_had_no_past(past, user, sql, when, says):
    """Nothing newer is answered instead, and who may not know of a table learns of no version."""
    with past.connect(user, **{HEADER: when}) as connection, pytest.raises(adbc_driver_manager.Error) as refused:
        one(connection, sql)
    assert says in str(refused.value)


def test_a_time_that_is_none_is_no_option(past):
    with past.connect("reader") as connection, pytest.raises(adbc_driver_manager.Error):
        connection.adbc_connection.set_options(**{OPTION: "soon"})


def test_the_command_line(past):
    ask = lambda *more: weft("sql", "--output", "csv", "-c", "select count(*) as n from d.p", *more)  # noqa: E731
    here = ("--catalog", past.mesh, "--as", "reader")
    assert ask(*here, "--as-of", "2026-01-02") == (0, "n\n2\n", "")
    code, out, err = ask(*here, "--as-of", "soon")
    assert (code, out) == (2, "") and "'soon' for '--as-of <TIME>': this is no time; write it as '2026-01-31 12:00:00' or '2026-01-31T12:00:00Z'" in err
    token = past.mesh.parent / "reader.token"
    token.touch(mode=0o600)
    token.write_text(past.passwords["reader"])
    assert ask("--url", past.url, "--token-file", token, "--as-of", "2026-01-01T06:00:00Z") == (0, "n\n1\n", "")


def test_how_old_what_is_known_may_be(tmp_path):
    """What a contract says goes before what operators say, as far as these let it."""
    mesh = Mesh(tmp_path / "mesh")
    folders = {name: delta(mesh, "d", name, staleness) for name, staleness in {"old": 3000, "young": 0, "any": None}.items()}
    capped = mesh.root.parent / "capped"
    for folder in folders.values():
        write_deltalake(folder, pa.table({"id": [0]}))
    ask = "select (select count(*) from d.old) as a, (select count(*) from d.young) as b, (select count(*) from d.any) as c"
    admin, more = free_address(), {"snapshot_time": "1h"}
    capped.mkdir()
    with serving(tmp_path, mesh.root, users=["reader"], cache=more, admin={"listen": admin}) as server, serving(capped, mesh.root, users=["reader"], cache={**more, "snapshot_time_max": "0s"}) as strict:
        assert server.rows("reader", ask) == strict.rows("reader", ask) == [(1, 1, 1)]
        for folder in folders.values():
            write_deltalake(folder, pa.table({"id": [1]}), mode="append")
        assert server.rows("reader", ask) == [(1, 2, 1)]
        assert strict.rows("reader", ask) == [(2, 2, 1)]
        # Three tables were read whole and one once more.
        counted = metrics(admin)
        assert counted["weft_cache_tables_read_total"] == 4 <= counted["weft_cache_tables_asked_total"]
        # What is kept is weighed when there is time.
        end = time.monotonic() + 20
        while not 100 < metrics(admin)["weft_cache_tables_bytes"] < 1_000_000:
            assert time.monotonic() < end, metrics(admin)["weft_cache_tables_bytes"]
            assert server.rows("reader", ask) == [(1, 2, 1)]


def metrics(admin):
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=10) as answer:
        found = re.findall(r"^(weft_\w+) (\S+)$", answer.read().decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}
