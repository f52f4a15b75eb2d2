"""The REST catalog the tests use, and the proxy before it: that they do what other tests rely on. Weft has no part in this."""

import time

import pyarrow as pa
import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import NoSuchTableError, OAuthError, ServiceUnavailableError, UnauthorizedError

import rest_catalogs
import stores

START_SECONDS = 10
RESTRICTIONS = {
    "required-row-filter": {"type": "eq", "left": {"type": "reference", "id": 1}, "right": 1},
    "required-column-projections": [{"action": "show-last-4", "field-id": 2}],
}


def rows(count):
    return pa.table({"id": pa.array(range(count), pa.int64()), "name": pa.array([f"n{number}" for number in range(count)], pa.string())})


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Three tables of a namespace, two more namespaces, one of two levels."""
    with rest_catalogs.catalog(tmp_path_factory.mktemp("rest")) as server:
        client = RestCatalog("seed", uri=server.url)
        for namespace in ("shop", "other", ("shop", "deep")):
            client.create_namespace(namespace)
        for number, name in enumerate(("orders", "a b/é", "empty")):
            table = client.create_table(("shop", name), rows(0).schema)
            if name != "empty":
                table.append(rows(10 + number))
        client.create_table(("shop", "deep", "t"), rows(0).schema).append(rows(3))
        yield server


@pytest.fixture
def proxy(catalog):
    with rest_catalogs.proxied(catalog.port) as proxy:
        yield proxy


def client(proxy, **properties):
    return RestCatalog("test", **{"uri": proxy.url, "oauth2-server-uri": f"{proxy.url}/v1/oauth/tokens", **properties})


def test_it_starts_soon(catalog):
    assert catalog.seconds < START_SECONDS
    assert catalog.ask("/v1/config")[2].keys() >= {"defaults", "overrides", "endpoints"}


def test_what_is_written_through_the_proxy_is_read_back(catalog, proxy):
    """And loadTable says where the metadata lies, and what stands in it."""
    rest = client(proxy)
    rest.create_namespace("written")
    table = rest.create_table("written.t", rows(0).schema)
    table.append(rows(5))
    table.append(rows(7))
    assert rest.load_table("written.t").scan().to_arrow().num_rows == 12
    assert rest.load_table(("shop", "a b/é")).scan().to_arrow().num_rows == 11
    assert rest.load_table(("shop", "deep", "t")).scan().to_arrow().num_rows == 3
    assert proxy.count()["POST /v1/namespaces/written/tables/t"] == 2
    assert [one.headers["user-agent"].split("/")[0] for one in proxy.seen("GET /v1/config")] == ["PyIceberg"]
    status, headers, said = catalog.ask("/v1/namespaces/written/tables/t")
    assert status == 200 and said["metadata"]["format-version"] == 2 and len(said["metadata"]["snapshots"]) == 2
    assert said["metadata-location"].startswith(f"{catalog.warehouse}/written/t/metadata/00002-")
    assert catalog.ask("/v1/namespaces/written/tables/t", headers={"If-None-Match": headers["ETag"]})[0] == 304
    with pytest.raises(NoSuchTableError, match="NoSuchTableException: Table does not exist: written.none"):
        rest.load_table("written.none")


def test_what_it_knows_is_kept(tmp_path):
    for rounds in (1, 2):
        with rest_catalogs.catalog(tmp_path) as server:
            rest = RestCatalog("kept", uri=server.url)
            if rounds == 1:
                rest.create_namespace("n")
                rest.create_table("n.t", rows(0).schema).append(rows(4))
            assert rest.load_table("n.t").scan().to_arrow().num_rows == 4
        assert server.process.poll() is not None


def test_a_warehouse_in_s3(s3, tmp_path):
    """Which the client opens with the keys that the catalog hands out."""
    keys = {"s3.endpoint": s3.url, "s3.access-key-id": stores.KEY, "s3.secret-access-key": stores.SECRET, "s3.region": "us-east-1"}
    with rest_catalogs.catalog(tmp_path, s3) as server, rest_catalogs.proxied(server.port) as proxy:
        rest = client(proxy, **keys)
        rest.create_namespace("n")
        rest.create_table("n.t", rows(0).schema).append(rows(6))
        with pytest.raises(OSError):
            client(proxy, **{**keys, "s3.secret-access-key": "wrong"}).load_table("n.t").scan().to_arrow()
        proxy.add("n.t", credentials=[{"prefix": "s3://lake/", "config": keys}])
        table = client(proxy).load_table("n.t")
        assert table.metadata_location.startswith("s3://lake/warehouse/n/t/metadata/")
        assert table.scan().to_arrow().num_rows == 6
        assert proxy.seen("GET .*/t$")[-1].headers["x-iceberg-access-delegation"] == "vended-credentials"


def test_faults_come_as_often_as_was_said(proxy):
    rest = client(proxy)
    proxy.fail("GET .*/orders$", 503, times=2, headers={"Retry-After": "0"})
    for _ in range(2):
        with pytest.raises(ServiceUnavailableError):
            rest.load_table("shop.orders")
    assert rest.load_table("shop.orders").metadata.format_version == 2
    assert [one.status for one in proxy.seen("orders")] == [503, 503, 200]
    for status in ("reset", "short"):
        proxy.fail("orders", status)
        with pytest.raises(requests.exceptions.RequestException):
            requests.get(f"{proxy.url}/v1/namespaces/shop/tables/orders", headers={"Accept-Encoding": "identity"})
    proxy.fail("orders", "noise")
    with pytest.raises(ValueError):
        requests.get(f"{proxy.url}/v1/namespaces/shop/tables/orders").json()
    proxy.delays["orders"] = 0.3
    began = time.monotonic()
    rest.load_table("shop.orders")
    assert time.monotonic() - began > 0.3


def test_tokens(proxy):
    """Asked for once, taken until they end, and fetched anew."""
    proxy.tokens = rest_catalogs.Tokens(seconds=600)
    secret = f"{proxy.tokens.client}:{proxy.tokens.secret}"
    bare = requests.get(f"{proxy.url}/v1/config")
    assert (bare.status_code, bare.json()["error"]["type"]) == (401, "NotAuthorizedException")
    with pytest.raises(UnauthorizedError):
        client(proxy)
    with pytest.raises(OAuthError, match="invalid_client"):
        client(proxy, credential="weft:wrong")
    proxy.forget()
    rest = client(proxy, credential=secret)
    before = len(proxy.seen("oauth"))
    for expired in ((401, "NotAuthorizedException"), (419, "AuthenticationTimeoutException")):
        proxy.expired = expired
        rest.load_table("shop.orders")
        proxy.tokens.revoke()
        assert rest.load_table("shop.orders").metadata.format_version == 2
        assert [one.status for one in proxy.seen("orders")][-3:] == [200, expired[0], 200]
    assert len(proxy.seen("oauth")) == before + 2
    assert not proxy.seen("oauth")[0].headers.get("authorization", "").startswith("Bearer")
    proxy.tokens, proxy.bearers = None, {"fixed"}
    assert client(proxy, token="fixed").list_namespaces()
    with pytest.raises(UnauthorizedError, match="The token is not known"):
        client(proxy, token="other")


def test_tokens_end(proxy):
    proxy.tokens = rest_catalogs.Tokens(seconds=1, said=3600)
    rest = client(proxy, credential=f"{proxy.tokens.client}:{proxy.tokens.secret}")
    time.sleep(1.1)
    rest.load_table("shop.orders")
    assert [one.status for one in proxy.seen("orders")] == [401, 200]


def test_members_are_added(catalog, proxy):
    held = [{"prefix": "s3://b/", "config": {"s3.access-key-id": "K"}}]
    proxy.add(config={"everywhere": "1"})
    proxy.add("shop.orders", config={"token": "t"}, credentials=held, restrictions=RESTRICTIONS)
    load = lambda name: requests.get(f"{proxy.url}/v1/namespaces/shop/tables/{name}").json()  # noqa: E731
    plain = catalog.ask("/v1/namespaces/shop/tables/orders")[2]
    added = {"config": {**plain.get("config", {}), "everywhere": "1", "token": "t"}, "storage-credentials": held, "read-restrictions": RESTRICTIONS}
    assert load("orders") == {**plain, **added}
    assert load("empty")["config"]["everywhere"] == "1" and "read-restrictions" not in load("empty")
    assert load("orders/credentials") == {"storage-credentials": held}
    proxy.change("GET .*/empty$", lambda said, _: {**said, "metadata-location": None})
    assert load("empty")["metadata-location"] is None


def test_etags_are_those_of_what_is_said(catalog, proxy):
    url = f"{proxy.url}/v1/namespaces/shop/tables/orders"
    mark = requests.get(url).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": mark}).status_code == 304
    proxy.etags = None
    assert "ETag" not in requests.get(url, headers={"If-None-Match": mark}).headers
    proxy.etags = "proxy"
    mark = requests.get(url).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": mark}).status_code == 304
    proxy.add(restrictions=RESTRICTIONS)
    assert requests.get(url, headers={"If-None-Match": mark}).status_code == 200


def test_lists_come_in_pages(catalog, proxy):
    whole = client(proxy).list_tables("shop")
    assert len(whole) == 3
    # By the catalog itself, where a size is asked for.
    assert client(proxy, **{"rest-page-size": "2"}).list_tables("shop") == whole
    proxy.page = 1
    proxy.forget()
    assert client(proxy).list_tables("shop") == whole and len(proxy.seen("tables$")) == 3
    assert ("other",) in client(proxy).list_namespaces()
    proxy.polite = True
    get = lambda **query: requests.get(f"{proxy.url}/v1/namespaces/shop/tables", params=query).json()  # noqa: E731
    assert len(get()["identifiers"]) == 3 and get()["next-page-token"] is None
    assert len(get(pageToken="")["identifiers"]) == 1 and get(pageToken="")["next-page-token"]


def test_a_prefix_is_given_and_held_to(proxy):
    proxy.prefix = "main"
    rest = client(proxy)
    assert rest.load_table("shop.orders").scan().to_arrow().num_rows == 10
    assert proxy.seen("orders")[0].raw == "/v1/main/namespaces/shop/tables/orders"
    assert requests.get(f"{proxy.url}/v1/namespaces/shop/tables/orders").status_code == 400
