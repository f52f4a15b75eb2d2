"""What a REST catalog is asked, how often and as whom, and what becomes of answers that are late, wrong or none."""

import concurrent.futures
import json
import re
import time
import urllib.parse

import pyarrow.flight
import pytest

import rest_catalogs
from catalogued import CLIENT, ENVIRONMENT, Catalogued, client, plain, why
from commands import Flight
from iceberg_table import NO_TABLE
from refusals import refused
from stores import free_port
from watch import Watch

COUNT = "select count(*) from d.p"
LOAD = r"^GET /v1/namespaces/[^/]+/tables/[^/]+$"
MIB = 1024 * 1024
# What a server may log when a catalog fails it.
TOLD = ["the catalog"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """One table of three rows, one of five."""
    home = tmp_path_factory.mktemp("catalog")
    (home / "warehouse").mkdir()
    with rest_catalogs.catalog(home) as server:
        rest = client(server)
        rest.create_namespace("shop")
        for name, count in (("three", 3), ("five", 5)):
            rest.create_table(("shop", name), plain([]).schema).append(plain(range(count)))
        yield server


@pytest.fixture
def proxy(catalog):
    with rest_catalogs.proxied(catalog.port) as proxy:
        yield proxy


@pytest.fixture
def other(catalog):
    """Where nothing is to be sent."""
    with rest_catalogs.proxied(catalog.port) as other:
        yield other
        assert other.requests == [], other.requests


@pytest.fixture
def own(catalog, proxy, tmp_path):
    """`d.p` of three rows and `d.q` of five, by way of the proxy."""
    own = Catalogued(tmp_path, catalog, url=proxy.url)
    own.product("three")
    own.product("five", name="q")
    return own


def loads(proxy):
    return proxy.seen(LOAD)


# What is asked.


def test_how_often_it_is_asked(own, proxy):
    """For its configuration once, and for a table once for every look at it; only ever to read."""
    with own.served(snapshot_time="1h") as server:
        for _ in range(3):
            assert server.rows("reader", COUNT) == [(3,)]
            assert server.rows("reader", "select count(*) from d.q where id > 1") == [(3,)]
        assert proxy.count() == {"GET /v1/config": 1, "GET /v1/namespaces/shop/tables/three": 1, "GET /v1/namespaces/shop/tables/five": 1}
    proxy.forget()
    with own.served(snapshot_time="0s") as server:
        for number in range(1, 4):
            assert server.rows("reader", f"{COUNT} where id < {number}") == [(number,)]
            # A statement is planned, and then executed.
            assert number <= len(loads(proxy)) <= 2 * number
        assert len(proxy.seen("config")) == 1 and {request.method for request in proxy.seen()} == {"GET"}


def test_what_is_not_asked(own, proxy):
    """Nothing is for starting, for listing what there is, or for somebody who may not read."""
    with own.served() as server:
        assert len(server.rows("reader", "select * from information_schema.tables where table_schema = 'd'")) == 4
        assert server.rows("reader", "select column_name from information_schema.columns where table_name = 'p'") == [("id",), ("name",)]
        assert "[WEFT-Q003]" in refused(server.rows, "stranger", COUNT).text
        assert proxy.requests == []
    assert own.judged() == (0, "2 products, 2 tables opened: 0 errors, 0 warnings\n", "")
    assert len(proxy.seen("config")) == 1 and len(loads(proxy)) == 2 == len(proxy.requests) - 1


def test_etags_are_sent_back_as_they_came(own, proxy):
    """Without quotes, as this catalog has them, or with; what did not change is not sent again."""
    for etags in ("catalog", "proxy"):
        proxy.etags = etags
        proxy.forget()
        with own.served() as server:
            assert [server.rows("reader", COUNT) for _ in range(3)] == [[(3,)]] * 3
        first, *more = loads(proxy)
        assert "if-none-match" not in first.headers and first.status == 200
        marks = {request.headers.get("if-none-match") for request in more}
        assert len(marks) == 1 and re.fullmatch({"catalog": r"[0-9a-f]{8}", "proxy": r'"[0-9a-f]{16}"'}[etags], marks.pop())
        assert {request.status for request in more} == {304}
    proxy.etags = None
    with own.served() as server:
        assert [server.rows("reader", COUNT) for _ in range(2)] == [[(3,)]] * 2
    assert "if-none-match" not in loads(proxy)[-1].headers


def test_what_changed_is_sent_again(own, proxy):
    table = own.table()
    table.append(plain(range(2)))
    own.product(table)
    with own.served() as server:
        for count in (2, 3, 4):
            assert server.rows("reader", COUNT) == [(count,)]
            assert server.rows("reader", COUNT) == [(count,)]
            table.append(plain([count]))
        assert [request.status for request in loads(proxy)].count(200) == 3


def test_not_modified_that_nobody_asked_about(own, proxy):
    proxy.fail(LOAD, 304, times=100)
    assert re.search(r"error\[WEFT-(Q007|G004)\]", own.ask(COUNT))
    proxy.faults.clear()
    assert own.ask() == [{"n": 3}]


def test_names_in_paths(own, proxy):
    """Levels are parted by %1F, and everything else that is no letter is spelled by its bytes."""
    own.rest.create_namespace(("shop", "a b"))
    table = own.table(name="c d.é+", namespace=("shop", "a b"), location=f"{own.server.warehouse}/paths/t")
    table.append(plain(range(4)))
    own.product(table, namespace="shop.a b")
    assert own.ask() == [{"n": 4}]
    assert [request.raw.upper() for request in proxy.seen("tables")] == ["/V1/NAMESPACES/SHOP%1FA%20B/TABLES/C%20D.%C3%A9%2B".upper()]


@pytest.mark.parametrize("location", [None, "", "{table}/metadata/gone.metadata.json"])
def test_metadata_is_what_the_catalog_says(location, own, proxy):
    """No file is looked for that holds it."""
    said = lambda answer, _: {**answer, "metadata-location": location and location.format(table=answer["metadata"]["location"])}  # noqa: E731
    proxy.change(LOAD, said)
    assert own.ask() == [{"n": 3}]
    proxy.change(LOAD, lambda answer, _: {key: value for key, value in answer.items() if key != "metadata-location"})
    assert own.ask() == [{"n": 3}]


@pytest.mark.parametrize("prefix", ["main", "a/b", "ws%20one"])
def test_a_prefix_is_taken_as_it_stands(prefix, own, proxy):
    proxy.prefix = prefix
    assert own.ask() == [{"n": 3}]
    assert [request.raw for request in proxy.requests] == ["/v1/config", f"/v1/{prefix}/namespaces/shop/tables/three"]


def test_the_warehouse_is_named(own, proxy):
    own.catalog["warehouse"] = "s3://a b/&c=ü#"
    assert own.ask() == [{"n": 3}]
    [asked] = proxy.seen("config")
    assert dict(urllib.parse.parse_qsl(asked.query)) == {"warehouse": "s3://a b/&c=ü#"}


def test_a_slash_behind_the_address(own, proxy):
    own.catalog["uri"] = f"{proxy.url}/"
    assert own.ask() == [{"n": 3}]
    assert [request.raw for request in proxy.requests] == ["/v1/config", "/v1/namespaces/shop/tables/three"]


@pytest.mark.parametrize("members", [{"uri": "{other}"}, {"uri": "{other}/v1", "prefix": "x"}, {"uri": "not an address"}, {"uri": 5}])
def test_it_does_not_send_us_elsewhere(members, own, proxy, other):
    """Where tokens would go as well."""
    own.catalog["credentials"] = CLIENT
    proxy.tokens = rest_catalogs.Tokens()
    said = {key: value.format(other=other.url) if isinstance(value, str) else value for key, value in members.items()}
    proxy.change("config", lambda answer, _: {**answer, "overrides": {**answer["overrides"], **said}})
    assert why(own.ask())
    assert loads(proxy) == []


@pytest.mark.parametrize("part", ["defaults", "overrides"])
def test_it_does_not_say_who_gives_tokens(part, own, proxy, other):
    own.catalog["credentials"] = CLIENT
    proxy.tokens = rest_catalogs.Tokens()
    said = {"oauth2-server-uri": f"{other.url}/v1/oauth/tokens", "rest.sigv4-enabled": "true", "s3.endpoint": other.url}
    proxy.change("config", lambda answer, _: {**answer, part: {**answer[part], **said, **({"uri": other.url} if part == "defaults" else {})}})
    said = own.ask()
    assert said == [{"n": 3}] or why(said)


def test_tables_that_only_the_catalog_may_plan(own, proxy):
    """A client that cannot have it do so is to fail."""
    proxy.add("shop.three", config={"scan-planning-mode": "server"})
    assert why(own.ask())
    assert own.ask("select count(*) as n from d.q") == [{"n": 5}]


# As whom.


def test_a_token_that_does_not_end(own, proxy):
    proxy.bearers = {ENVIRONMENT["CATALOG_TOKEN"]}
    own.catalog["credentials"] = {"token": {"env": "CATALOG_TOKEN"}}
    assert own.ask() == [{"n": 3}]
    assert {request.headers["authorization"] for request in proxy.requests} == {f"Bearer {ENVIRONMENT['CATALOG_TOKEN']}"}
    for wrong in ({"token": {"env": "ADA_TOKEN"}}, "anonymous"):
        own.catalog["credentials"] = wrong
        proxy.forget()
        assert "the catalog refuses: " in why(own.ask())
        assert own.ask(user="stranger") == NO_TABLE
        # There is no other token to try.
        assert len(proxy.requests) == 1


def test_tokens_are_asked_for_once(own, proxy):
    proxy.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    proxy.delays["oauth"] = 0.5
    with own.served() as server, concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: server.rows("reader", f"select count(*) from d.{'pq'[number % 2]}"), range(6)))
        assert sorted(found) == [[(3,)]] * 3 + [[(5,)]] * 3
        assert server.rows("reader", COUNT) == [(3,)]
    [asked] = proxy.seen("oauth")
    form = dict(urllib.parse.parse_qsl(asked.body.decode()))
    assert (asked.method, form["grant_type"], form["scope"]) == ("POST", "client_credentials", "catalog")
    assert {request.headers["authorization"] for request in loads(proxy)} == {f"Bearer {token}" for token in proxy.tokens.issued}
    assert {request.status for request in proxy.requests} <= {200, 304}


def test_what_a_token_is_asked_for_with(own, proxy):
    """At an address of its own, for a scope and for somebody."""
    proxy.tokens = rest_catalogs.Tokens(scope="read write")
    proxy.tokens.paths = ["/realm/token"]
    own.catalog["credentials"] = {**CLIENT, "token_endpoint": f"{proxy.url}/realm/token", "scope": "read write", "audience": "lake & sea"}
    assert own.ask() == [{"n": 3}]
    [asked] = proxy.seen("/realm/token")
    form = dict(urllib.parse.parse_qsl(asked.body.decode()))
    assert (form["scope"], form["audience"]) == ("read write", "lake & sea") and asked.query == ""
    own.catalog["credentials"]["scope"] = "read"
    assert "the catalog refuses: " in why(own.ask())


def test_tokens_are_asked_for_anew_before_they_end(own, proxy):
    proxy.tokens = rest_catalogs.Tokens(seconds=2)
    own.catalog["credentials"] = CLIENT
    with own.served() as server:
        ends = time.monotonic() + 5
        while time.monotonic() < ends:
            assert server.rows("reader", COUNT) == [(3,)]
            time.sleep(0.2)
    assert len(proxy.tokens.issued) >= 2 and 401 not in {request.status for request in proxy.requests}


@pytest.mark.parametrize("expired", [(401, "NotAuthorizedException"), (419, "AuthenticationTimeoutException")])
def test_tokens_that_end_early(expired, own, proxy):
    """Another is asked for, and the question once more."""
    proxy.tokens, proxy.expired = rest_catalogs.Tokens(), expired
    own.catalog["credentials"] = CLIENT
    with own.served(snapshot_time="0s") as server:
        assert server.rows("reader", COUNT) == [(3,)]
        proxy.tokens.revoke()
        proxy.forget()
        assert server.rows("reader", COUNT) == [(3,)]
        assert [request.status for request in proxy.seen()][:3] == [expired[0], 200, 304]
        assert len(proxy.seen("oauth")) == 1


@pytest.mark.parametrize("status", [401, 419])
def test_a_catalog_that_takes_no_token(status, own, proxy):
    """Is not asked for ever."""
    proxy.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    proxy.fail(LOAD, status, times=1000)
    assert "the catalog refuses: " in why(own.ask())
    assert len(loads(proxy)) == 2 and len(proxy.seen("oauth")) == 2


def test_a_secret_that_is_wrong(own, proxy):
    """It is told by neither side, and not tried again and again."""
    proxy.tokens = rest_catalogs.Tokens(secret="another-one")
    own.catalog["credentials"] = CLIENT
    assert "the catalog refuses: " in why(own.ask())
    assert [request.status for request in proxy.seen("oauth")] == [401] and loads(proxy) == []
    with own.served(announced=TOLD) as server:
        assert "[WEFT-Q007]" in refused(server.rows, "reader", COUNT).text
        proxy.tokens.secret = ENVIRONMENT["CLIENT_SECRET"]
        assert server.rows("reader", COUNT) == [(3,)]


TOKENS = {
    "a page": "<html>Sign in</html>", "nothing": "", "a list": [], "no token": {"token_type": "bearer"}, "a token that is a number": {"access_token": 5, "token_type": "bearer"},
    "another type": {"access_token": "t", "token_type": "mac"}, "a token of two lines": {"access_token": "a\r\nX-More: b", "token_type": "bearer"}, "a long token": {"access_token": "t" * 10_000_000, "token_type": "bearer"},
}  # fmt: skip


@pytest.mark.parametrize("said", TOKENS)
def test_answers_that_are_no_tokens(said, own, proxy):
    own.catalog["credentials"] = CLIENT
    proxy.tokens = rest_catalogs.Tokens()
    proxy.fail("oauth", 200, times=1000, body=TOKENS[said])
    assert "the catalog" in why(own.ask())
    assert loads(proxy) == []


@pytest.mark.parametrize("seconds", [0, -1, "soon", 10**30, None, 1.5])
def test_tokens_of_odd_lives(seconds, own, proxy):
    """The token holds all the same, for as long as the catalog takes it."""
    own.catalog["credentials"] = CLIENT
    proxy.bearers = {"odd"}
    proxy.tokens = rest_catalogs.Tokens()
    proxy.fail("oauth", 200, times=1000, body={"access_token": "odd", "token_type": "BEARER", "expires_in": seconds})
    said = own.ask()
    assert said == [{"n": 3}] or "the catalog" in why(said)


# What fails.


@pytest.mark.parametrize("part", ["config", LOAD, "oauth"])
@pytest.mark.parametrize("fault", [500, 502, 503, 504, 429, "reset", "short"])
def test_what_passes_is_tried_again(fault, part, own, proxy):
    proxy.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    proxy.fail(part, fault, times=2, headers={"Retry-After": "0"})
    assert own.ask() == [{"n": 3}]
    assert len(proxy.seen(part)) == 3


@pytest.mark.parametrize("fault", [500, 503, 429, "reset", "short", "hang"])
def test_what_stays_wrong_ends_in_time(fault, own, proxy):
    """And whoever asks is told that another try may help."""
    own.remote |= {"retries": 2, "retry_time": 3, "request_time": 1}
    proxy.fail(LOAD, fault, times=1000, headers={"Retry-After": "3600"})
    began = time.monotonic()
    assert "the catalog could not be asked: " in why(own.ask(), "G004")
    assert time.monotonic() - began < 15 and 1 <= len(loads(proxy)) <= 6
    assert own.ask(user="stranger") == NO_TABLE
    code, out, _ = own.judged()
    assert code == 1 and "error[WEFT-S012]: `d.p` 1.0.0 cannot be opened: table `shop.three` of catalog `prod`: the catalog could not be asked: " in out, out


@pytest.mark.parametrize(("status", "code", "says"), [(403, "S013", "the catalog refuses: "), (404, "S014", "the catalog has no such table"), (400, "S015", "the catalog"), (406, "S015", "the catalog"), (422, "S015", "the catalog")])
def test_what_is_meant_is_not_tried_again(status, code, says, own, proxy):
    body = {"error": {"message": "ada-token-never-to-be-shown may not", "type": "org.apache.iceberg.Odd", "code": status, "stack": ["at org.apache.iceberg.Odd(Odd.java:7)"]}}
    proxy.fail(LOAD, status, times=1000, body=body)
    assert says in why(own.ask())
    assert len(loads(proxy)) == 1
    assert own.ask(user="stranger") == NO_TABLE
    _, out, _ = own.judged()
    assert status in (400, 406, 422) or f"error[WEFT-{code}]: `d.p` 1.0.0 cannot be opened: " in out, out


def test_one_table_that_is_refused_is_one(own, proxy):
    """Others of the same catalog are read, and errors of proxies before it are not shown."""
    proxy.fail("tables/three$", 403, times=1000, body="<html><body>org.apache.Blocked</body></html>", headers={"Content-Type": "text/html"})
    with own.served(announced=TOLD) as server:
        said = refused(server.rows, "reader", COUNT)
        assert said.grpc == "FailedPrecondition" and said.text.startswith("product `d.p` is broken (reference REFERENCE) [WEFT-Q007]")
        assert server.rows("reader", "select count(*) from d.q") == [(5,)]
        proxy.faults.clear()
        assert server.rows("reader", COUNT) == [(3,)]


def test_a_catalog_that_is_away(own):
    """The server starts, and serves what is not its; later on it is there."""
    own.catalog["uri"] = f"http://127.0.0.1:{free_port()}"
    own.product("three")
    own.mesh.product("e", "flat")
    own.mesh.data("data/e/flat.parquet")
    with own.served(announced=TOLD) as server:
        said = refused(server.rows, "reader", COUNT)
        assert said.grpc == "Unavailable" and "[WEFT-G004]" in said.text
        assert server.rows("reader", "select count(*) from e.flat") == [(3,)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("part", ["config", LOAD, "oauth"])
def test_redirects_are_not_followed(part, status, own, proxy, other):
    proxy.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    proxy.fail(part, status, times=1000, body="", headers={"Location": f"{other.url}/v1/config"})
    said = own.ask()
    assert re.search(r"error\[WEFT-(Q007|G004)\]", said) and other.url not in said.splitlines()[-2], said


def test_slow_answers(own, proxy):
    """End with the time that planning has, and keep nobody else waiting."""
    own.remote["request_time"], proxy.delays["three$"] = 60, 8
    own.people("ada")
    with own.served(["reader", "ada"], limits={"planning_time": "2s", "queue_wait": "5s"}) as server:
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            slow = pool.submit(refused, server.rows, "reader", COUNT)
            time.sleep(0.3)
            assert server.rows("ada", "select count(*) from d.q") == [(5,)]
            assert time.monotonic() - began < 1.5
            assert "the statement took longer than limits.planning_time = 2 s [WEFT-Q012]" in slow.result().text
        assert time.monotonic() - began < 6
        proxy.delays.clear()
        assert server.rows("reader", COUNT) == [(3,)]


def test_a_caller_who_leaves(own, proxy):
    """Has no place any more, though the catalog still thinks."""
    own.remote["request_time"], proxy.delays["three$"] = 60, 8
    with own.served() as server:
        flight = Flight(server, "reader")
        hurry = pyarrow.flight.FlightCallOptions(timeout=1, headers=[(b"authorization", f"Bearer {server.passwords['reader']}".encode())])
        with pytest.raises(pyarrow.flight.FlightTimedOutError):
            flight.client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(COUNT.encode()), hurry)
        began = time.monotonic()
        assert server.rows("reader", "select count(*) from d.q") == [(5,)] and time.monotonic() - began < 2
        flight.close()


DEEP = 100_000
BODIES = {
    "a page": "<html><body>Welcome</body></html>", "nothing": "", "half of it": '{"metadata-location": "file:///x", "metad', "null": "null", "a list": "[]", "a number": "1", "no metadata": "{}",
    "metadata that is none": '{"metadata": 5}', "metadata that is empty": '{"metadata": {}}', "metadata that is a text": '{"metadata": "{}"}', "metadata that is null": '{"metadata": null}',
    "depth": '{"metadata": ' + "[" * DEEP + "]" * DEEP + "}", "objects in depth": '{"a":' * DEEP + "1" + "}" * DEEP, "bytes that are no text": b'{"metadata": "\xff\xfe"}', "a text that ends in a surrogate": '{"metadata": "\\ud800"}',
    "noughts": b"\0" * 1000,
}  # fmt: skip
MEMBERS = {
    "a location that is a number": {"location": 5}, "no location": {"location": None}, "a version of its own": {"format-version": 99}, "no schemas": {"schemas": []}, "schemas that are none": {"schemas": "x"},
    "snapshots that are none": {"snapshots": {"a": 1}}, "another's snapshot": {"current-snapshot-id": 12345}, "fields that are none": {"schemas": [{"schema-id": 0, "type": "struct", "fields": [{"id": "one"}]}]},
}  # fmt: skip


def test_answers_that_are_none(own, proxy):
    """Each is an error with a code, of the one table, and the server goes on as if it had not been."""
    with own.served(announced=[*TOLD, "is not readable as iceberg", "cannot be"]) as server:
        for name, body in BODIES.items():
            proxy.fail("three$", 200, times=1000, body=body)
            said = refused(server.rows, "reader", COUNT)
            assert re.search(r"\[WEFT-(Q007|G004)\]", said.text), (name, said)
            assert server.rows("reader", "select count(*) from d.q") == [(5,)], name
            proxy.faults.clear()
            assert server.rows("reader", COUNT) == [(3,)], name
        for name, members in MEMBERS.items():
            known = len(proxy.changes)
            proxy.etags = None
            proxy.change("three$", lambda answer, _, members=members: {**answer, "metadata": {**answer["metadata"], **members}})
            said = refused(server.rows, "reader", COUNT)
            assert re.search(r"\[WEFT-(Q007|G001|G004)\]", said.text), (name, said)
            del proxy.changes[known:]
            assert server.rows("reader", COUNT) == [(3,)], name


@pytest.mark.parametrize("body", ["a page", "nothing", "half of it", "null", "a list", "a number", "noughts"])
def test_configurations_that_are_none(body, own, proxy):
    """Nothing is asked of a catalog that did not say how it is asked."""
    proxy.fail("config", 200, times=1000, body=BODIES[body])
    assert "the catalog's answer is not usable: " in why(own.ask())
    assert loads(proxy) == []


@pytest.mark.parametrize("members", [{"config": None}, {"storage-credentials": None}, {"read-restrictions": None}, {"read-restrictions": {}}, {"more": {"a": [1]}}])
def test_members_that_say_nothing(members, own, proxy):
    """Null, and what nobody knows, are no members."""
    proxy.change(LOAD, lambda answer, _: {**answer, **members})
    assert own.ask() == [{"n": 3}]


@pytest.mark.parametrize("members", [{"config": []}, {"config": {"token": 5}}, {"storage-credentials": {}}, {"storage-credentials": [{}]}, {"metadata-location": 5}])
def test_members_of_other_types(members, own, proxy):
    """An error, or the right answer where nothing depends on them."""
    proxy.change(LOAD, lambda answer, _: {**answer, **members})
    said = own.ask()
    assert said == [{"n": 3}] or "the catalog's answer is not usable: " in why(said)


def test_answers_that_are_huge(own, proxy):
    """Packed or not, no more of them is held than what a table may say."""
    huge = b'{"metadata": {"location": "' + b"x" * (512 * MIB) + b'"}}'
    with own.served(announced=TOLD) as server, Watch(server.process) as watch:
        assert server.rows("reader", "select count(*) from d.q") == [(5,)]
        before = watch.most
        proxy.fail("three$", 200, times=1000, body=huge)
        assert re.search(r"\[WEFT-(Q007|G004)\]", refused(server.rows, "reader", COUNT).text)
        proxy.faults.clear()
        assert server.rows("reader", COUNT) == [(3,)]
        assert watch.most - before < 400 * MIB


def test_a_history_that_is_long(own, proxy):
    """Ten thousand snapshots are no reason not to read the newest."""

    def long(answer, _):
        [newest] = answer["metadata"]["snapshots"]
        older = [{**newest, "snapshot-id": number, "sequence-number": 1, "manifest-list": f"{newest['manifest-list']}.{number}"} for number in range(1, 10_001)]
        return {**answer, "metadata": {**answer["metadata"], "snapshots": [*older, newest]}}

    proxy.change(LOAD, long)
    assert own.ask() == [{"n": 3}]
    assert json.dumps(own.ask("select count(*) as n from d.p version as of 7")).count("WEFT-") == 1
