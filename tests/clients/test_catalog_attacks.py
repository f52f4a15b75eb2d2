"""What a catalog, or who writes contracts for it, might do to others: put restrictions off, hang, answer what no answer is."""

import concurrent.futures
import time

import pyarrow as pa
import pytest

import rest_catalogs
from catalogued import CLIENT, Catalogued, plain
from refusals import refused

COUNT = "select count(*) from d.p"
LOAD = r"^GET /v1/namespaces/[^/]+/tables/[^/]+$"
TOLD = ["the catalog"]
LATER = {"customProperties": [{"property": "maxStalenessSeconds", "value": 3600, "vendor": "weft"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with rest_catalogs.catalog(tmp_path_factory.mktemp("catalog")) as server:
        yield server


@pytest.fixture
def proxy(server):
    with rest_catalogs.proxied(server.port) as proxy:
        yield proxy


@pytest.fixture
def own(tmp_path, server, proxy):
    return Catalogued(tmp_path, server, url=proxy.url)


def three(own, **said):
    table = own.table()
    table.append(plain(range(3)))
    own.product(table, **said)
    return table


def test_a_contract_does_not_put_off_what_is_withheld(own, proxy):
    """However long it says that its data may be kept."""
    own.catalog["restrictions"] = "service"
    three(own, **LATER)
    with own.served(announced=TOLD) as server:
        assert server.rows("reader", COUNT) == [(3,)]
        proxy.add(restrictions={"required-row-filter": {"type": "eq", "left": {"type": "reference", "id": 1}, "right": {"type": "literal", "value": 2}}})
        assert server.rows("reader", COUNT) == [(1,)]
        proxy.fail("tables/", 403, times=1000)
        assert "[WEFT-Q007]" in refused(server.rows, "reader", COUNT).text


def test_a_catalog_that_hangs_stops_its_own_tables_only(own, proxy):
    """Whoever waits for it keeps nobody from planning."""
    three(own)
    own.people("ada", "bob", "cid")
    data = own.folder / "mesh" / "data" / "d"
    data.mkdir()
    pa.parquet.write_table(plain(range(7)), data / "here.parquet")
    own.mesh.product("d", "here", contract={"schema": [{"name": "here", "properties": [{"name": "id", "logicalType": "integer", "physicalType": "bigint", "classification": "public"}]}]}, server={"server": "s", "type": "local", "path": "./data/d/here.parquet", "format": "parquet"})
    own.remote["request_time"] = 60
    proxy.delays["config"] = 8
    with own.served(users=("reader", "ada", "bob", "cid"), announced=TOLD, limits={"planning_time": "4s"}) as server, concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(refused, server.rows, user, COUNT) for user in ("reader", "ada", "bob", "reader", "ada", "bob")]
        time.sleep(1)
        began = time.monotonic()
        assert server.rows("cid", "select count(*) from d.here") == [(7,)]
        assert time.monotonic() - began < 2.5
        assert all("limits.planning_time" in one.result().text for one in waiting)


def test_a_time_to_wait_that_does_not_end(own, proxy):
    """Is not waited for."""
    three(own)
    proxy.delays[LOAD] = 1.2
    proxy.fail(LOAD, 503, headers={"Retry-After": str(2**64 - 1)})
    said = own.ask()
    assert "the catalog could not be asked: it answers 503" in said and "WEFT-Q099" not in said
    assert own.ask() == [{"n": 3}]


def test_a_token_that_is_none_is_not_kept(own, proxy):
    three(own)
    proxy.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    with own.served(announced=TOLD) as server:
        proxy.fail("oauth", 200, body={"access_token": "", "token_type": "bearer", "expires_in": 86400})
        assert "[WEFT-Q007]" in refused(server.rows, "reader", COUNT).text
        assert server.rows("reader", COUNT) == [(3,)]


def test_a_prefix_that_is_another_by_now(own, proxy):
    """Is asked for again where a table is not there, though not each time."""
    three(own)
    with own.served(announced=TOLD) as server:
        assert server.rows("reader", COUNT) == [(3,)]
        proxy.prefix = "moved"
        for _ in range(3):
            assert refused(server.rows, "reader", COUNT).text
        assert len(proxy.seen("config")) == 1


def test_columns_of_before_that_nobody_speaks_of(own, proxy):
    """What a column was, the catalog no longer says anything about once it is gone."""
    own.catalog["restrictions"] = "service"
    table = three(own)
    version = table.current_snapshot().snapshot_id
    with own.served(announced=[*TOLD, "column `name` is declared"]) as server:
        assert server.rows("reader", f"select max(name) from d.p version as of {version}") == [("n2",)]
        with table.update_schema() as update:
            update.delete_column("name")
        assert "[WEFT-Q015]" in refused(server.rows, "reader", f"select max(name) from d.p version as of {version}").text
