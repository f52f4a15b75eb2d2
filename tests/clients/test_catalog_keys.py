"""Keys that a REST catalog lends to the files of its tables: which are used, for what, and until when."""

import contextlib
import re
import time

import pytest

import rest_catalogs
import stores
from catalogued import CLIENT, KEYS, Catalogued, client, plain, why
from iceberg_table import NO_TABLE
from refusals import refused

COUNT = "select count(*) as n, sum(id) as s from d.p"
LOAD = r"^GET /v1/namespaces/[^/]+/tables/[^/]+$"
LENT_ANEW = r"^GET .*/credentials$"
ROUTE = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials"
FAILED = re.compile(r"error\[WEFT-(Q007|G001|G004)\]|\[WEFT-(Q007|G001|G004)\]")
FIRST, SECOND = "first-session-never-to-be-shown", "second-session-never-to-be-shown"
RIGHT = {"s3.access-key-id": stores.KEY, "s3.secret-access-key": stores.SECRET}
WRONG = {"s3.access-key-id": "WRONGKEY", "s3.secret-access-key": "wrong-secret-never-to-be-shown"}
FILES, ROWS = 12, 200
WHOLE = [{"n": FILES * ROWS, "s": sum(range(FILES * ROWS))}]
ANSWER = [tuple(WHOLE[0].values())]


@pytest.fixture(scope="module")
def catalog(s3, tmp_path_factory):
    """`shop.t` of a dozen files, and `shop.u` beside it."""
    with rest_catalogs.catalog(tmp_path_factory.mktemp("catalog"), s3) as server:
        rest = client(server, s3)
        rest.create_namespace("shop")
        for name in ("t", "u"):
            table = rest.create_table(("shop", name), plain([]).schema)
            for at in range(FILES if name == "t" else 1):
                table.append(plain(range(at * ROWS, at * ROWS + ROWS)))
        server.place = rest.load_table("shop.t").location()
        yield server


@pytest.fixture
def rest(catalog):
    """The catalog's proxy. `proxy` is the store's."""
    with rest_catalogs.proxied(catalog.port) as rest:
        yield rest


@pytest.fixture
def own(catalog, s3, rest, proxy, tmp_path):
    """`d.p` over a table whose keys the catalog lends."""
    own = Catalogued(tmp_path, catalog, s3, url=rest.url, endpoint=proxy.url)
    own.binding["credentials"] = "vended"
    own.product("t")
    return own


def lent(*pairs, **more):
    return [{"prefix": prefix, "config": {**keys, **more}} for prefix, keys in pairs]


def session(token, seconds):
    """A temporary key, which ends so many seconds from now."""
    return {**RIGHT, "s3.session-token": token, "s3.session-token-expires-at-ms": str(int((time.time() + seconds) * 1000))}


def used(proxy):
    """The keys that the store was asked with, and their tokens."""
    return {(request.key, request.token) for request in proxy.requests}


# Which of them.


def test_keys_that_are_lent(own, rest, proxy):
    """They are asked for, and open the files; nobody else's are there."""
    rest.add("shop.t", credentials=lent(("s3://lake/", RIGHT)))
    assert own.ask(COUNT) == WHOLE
    assert rest.seen(LOAD)[0].headers["x-iceberg-access-delegation"] == "vended-credentials"
    assert used(proxy) == {(stores.KEY, None)}
    assert own.ask(COUNT, user="stranger") == NO_TABLE
    assert own.judged()[0] == 0


def test_temporary_keys_are_shown_with_their_token(own, rest, proxy):
    rest.add("shop.t", credentials=lent(("s3://lake/", session(FIRST, 3600))))
    assert own.ask(COUNT) == WHOLE
    assert used(proxy) == {(stores.KEY, FIRST)}


T = "{place}"
CHOICES = [
    ([("s3", RIGHT)], True),
    ([("s3", WRONG), ("s3://lake/", RIGHT)], True),
    ([("s3://lake/", RIGHT), ("s3", WRONG)], True),
    ([("s3://lake/", RIGHT), (T, WRONG)], False),
    ([(T, WRONG), ("s3://lake/warehouse/", RIGHT)], False),
    ([(T, RIGHT), ("s3://lake/warehouse/", WRONG)], True),
    ([(T + "/", RIGHT), ("s3", WRONG)], True),
    ([("s3://lake/warehouse/shop/u", WRONG), ("s3://lake", RIGHT)], True),
    ([("s3a://lake/", RIGHT)], True),
    ([("gs", {"gcs.oauth2.token": "gcs-never-to-be-shown"}), ("s3", RIGHT)], True),
    ([("s3://lake/", {"gcs.oauth2.token": "gcs-never-to-be-shown"}), ("s3", RIGHT)], True),
    ([(T + "/metadata", RIGHT), (T + "/data", RIGHT)], True),
    ([(T, RIGHT), (T + "/data", WRONG)], False),
    ([(T, WRONG), (T + "/data", RIGHT), (T + "/metadata", RIGHT)], True),
]


@pytest.mark.parametrize(("said", "right"), CHOICES)
def test_the_longest_prefix_counts(said, right, own, rest, proxy, catalog):
    """Of those to one kind of store, in whatever order they come."""
    said = [(prefix.format(place=catalog.place), keys) for prefix, keys in said]
    rest.add("shop.t", credentials=lent(*said))
    found = own.ask(COUNT)
    assert (found == WHOLE) is right and (right or FAILED.search(found)), found
    assert not right or used(proxy) == {(stores.KEY, None)}


@pytest.mark.parametrize("prefix", ["s3://elsewhere/", "s3://lake/warehouse/shop/u", "s3://lake/warehouse/shop/t/other/", "gs", "abfss"])
def test_keys_to_other_places_are_no_keys(prefix, own, rest, proxy):
    rest.add("shop.t", credentials=lent((prefix, RIGHT)))
    said = own.ask(COUNT)
    assert FAILED.search(said) and ("other" in prefix or why(said) == "table `shop.t` of catalog `prod`: the catalog refuses: it lends no keys to where the table lies"), said
    assert stores.KEY not in {request.key for request in proxy.requests}


@pytest.mark.parametrize(
    ("config", "credentials", "right"),
    [
        (RIGHT, None, True),
        (RIGHT, [], True),
        (WRONG, None, False),
        (WRONG, lent(("s3", RIGHT)), True),
        (RIGHT, lent(("s3", WRONG)), False),
        # What is lent to other places does not stand in the way of what is said for all of them.
        (RIGHT, lent(("s3://elsewhere/", WRONG)), True),
        (None, None, False),
        ({"s3.access-key-id": stores.KEY}, None, False),
        ({"s3.secret-access-key": stores.SECRET}, None, False),
        ({"s3.remote-signing-enabled": "true", "s3.signer.uri": "http://127.0.0.1:1"}, None, False),
    ],
)
def test_keys_beside_the_table_count_last(config, credentials, right, own, rest, proxy):
    rest.add("shop.t", config=config, credentials=credentials)
    found = own.ask(COUNT)
    assert (found == WHOLE) is right and (right or FAILED.search(found)), found
    assert own.ask(COUNT, user="stranger") == NO_TABLE
    assert right or "s3.access-key-id" in (config or {}) or proxy.requests == []


def test_what_else_is_said_of_a_store_does_not_count(own, rest, proxy, s3):
    """Where it is, a binding says."""
    with stores.proxied(s3.port) as other:
        more = {"s3.endpoint": other.url, "s3.path-style-access": "false", "client.region": "nowhere", "s3.region": "nowhere", "s3.sse.key": "never-to-be-shown", "client.endpoint": other.url}
        rest.add("shop.t", config=more, credentials=lent(("s3", RIGHT), **more))
        assert own.ask(COUNT) == WHOLE
        assert other.requests == [] and proxy.requests


def test_a_binding_with_keys_of_its_own(own, rest, proxy):
    """Has no use for those that are lent."""
    own.binding["credentials"] = KEYS
    rest.add("shop.t", config=WRONG, credentials=lent(("s3", WRONG)))
    assert own.ask(COUNT) == WHOLE and used(proxy) == {(stores.KEY, None)}


def test_keys_are_those_of_one_table(own, rest):
    """Another table of the same bucket is not opened with them, neither before nor after."""
    own.product("u", name="q")
    rest.add("shop.t", credentials=lent(("s3", RIGHT)))
    rest.add("shop.u", credentials=lent(("s3", WRONG)))
    with own.served(announced=["d.q", "failed", "shop.u"]) as server:
        for _ in range(2):
            assert FAILED.search(refused(server.rows, "reader", "select sum(id) from d.q").text)
            assert server.rows("reader", COUNT) == ANSWER
        assert FAILED.search(refused(server.rows, "reader", "select sum(q.id) from d.q q join d.p p on p.id = q.id").text)


def test_two_tables_with_keys_of_their_own(own, rest, proxy):
    own.product("u", name="q")
    rest.add("shop.t", credentials=lent(("s3", session(FIRST, 3600))))
    rest.add("shop.u", credentials=lent(("s3", session(SECOND, 3600))))
    assert own.ask("select count(*) as n, sum(q.id) as s from d.q q join d.p p on p.id = q.id") == [{"n": ROWS, "s": sum(range(ROWS))}]
    for request in proxy.requests:
        assert request.token == (FIRST if "/shop/t/" in request.path else SECOND), request


# Until when.


@contextlib.contextmanager
def changing(rest, place, seconds, listed):
    """Lends a key that ends soon, and another one later on; `rest.lent` says how often each was lent."""
    first, second = session(FIRST, seconds), session(SECOND, 3600)
    ends, rest.lent = time.time() + seconds, []

    def lend(answer, _):
        keys = first if not rest.lent else second
        rest.lent.append(keys["s3.session-token"])
        return {**answer, "storage-credentials": lent((place, keys))}

    rest.change(r"/tables/t(/credentials)?$", lend)
    if listed:
        rest.change("config", lambda answer, _: {**answer, "endpoints": [*answer["endpoints"], ROUTE]})
    yield ends


@pytest.mark.parametrize("listed", [True, False])
def test_keys_are_lent_anew_before_they_end(listed, own, rest, proxy, catalog):
    """By asking for keys alone where the catalog says that it can be, and else for the whole table, whatever its ETag."""
    with changing(rest, catalog.place, 4, listed) as ends, own.served(snapshot_time="1h") as server:
        assert server.rows("reader", COUNT) == ANSWER
        time.sleep(max(0, ends - time.time()) + 0.2)
        assert server.rows("reader", COUNT) == ANSWER
        assert server.rows("reader", f"{COUNT} where name = 'n1'") == [(FILES * ROWS // 5, sum(at for at in range(FILES * ROWS) if at % 5 == 1))]
    assert {request.token for request in proxy.requests if request.time > ends} == {SECOND}
    anew = rest.seen(LENT_ANEW if listed else LOAD)
    assert len(rest.seen(LENT_ANEW)) == (1 if listed else 0) and len(rest.seen(LOAD)) == (1 if listed else 2)
    assert "if-none-match" not in anew[-1].headers and anew[-1].headers.get("x-iceberg-access-delegation") in ("vended-credentials", None)


@pytest.mark.parametrize("listed", [True, False])
def test_a_table_that_did_not_change_and_keys_that_did(listed, own, rest, proxy, catalog):
    """An answer that says nothing new says nothing of keys."""
    with changing(rest, catalog.place, 3, listed) as ends, own.served(snapshot_time="0s") as server:
        while time.time() < ends + 1:
            assert server.rows("reader", COUNT) == ANSWER
            time.sleep(0.3)
        assert {request.token for request in proxy.requests if request.time > ends} == {SECOND}
    assert 304 in {request.status for request in rest.seen(LOAD)} and SECOND in rest.lent


@pytest.mark.parametrize("listed", [True, False])
def test_keys_that_end_while_a_statement_runs(listed, own, rest, proxy, catalog):
    """It goes on with the next ones, and reads every row once."""
    with changing(rest, catalog.place, 2, listed) as ends:
        proxy.delay = 0.2
        proxy.fault = lambda number, request: 403 if request.token == FIRST and request.time > ends else None
        with own.served(limits={"partitions": 1}, snapshot_time="1h") as server:
            assert server.rows("reader", COUNT) == ANSWER
    assert {request.token for request in proxy.requests} >= {SECOND}


def test_keys_that_ended_already(own, rest, proxy):
    """And others that are no better: it is an error, and not a loop."""
    rest.add("shop.t", credentials=lent(("s3", session(FIRST, -10))))
    said = own.ask(COUNT)
    assert said == WHOLE or FAILED.search(said)
    assert len(rest.seen(LOAD)) <= 4


@pytest.mark.parametrize("until", ["soon", "", "-1", "99999999999999999999999999", 5, None])
def test_ends_that_are_no_times(until, own, rest):
    """The right answer, or an error."""
    keys = {**RIGHT, "s3.session-token": FIRST, "s3.session-token-expires-at-ms": until}
    rest.add("shop.t", credentials=lent(("s3", keys)))
    said = own.ask(COUNT)
    assert said == WHOLE or FAILED.search(said), said


def test_a_catalog_that_lends_none_any_more(own, rest, proxy, catalog):
    """What is lent still holds until it ends; afterwards another try may help."""
    first, ends = session(FIRST, 8), time.time() + 8
    rest.change("tables/", lambda answer, _: {**answer, "storage-credentials": lent((catalog.place, first if time.time() < ends else session(SECOND, 3600)))})
    with own.served(snapshot_time="1h", announced=["the catalog", "failed"]) as server:
        assert server.rows("reader", COUNT) == ANSWER
        rest.fail("tables/", 503, times=1000)
        assert server.rows("reader", f"{COUNT} where id < 10") == [(10, 45)]
        time.sleep(max(0, ends - time.time()) + 0.2)
        assert FAILED.search(refused(server.rows, "reader", COUNT).text)
        assert not [request for request in proxy.requests if request.time > ends + 0.2]
        rest.faults.clear()
        # A catalog that lends nothing is not asked again at once.
        time.sleep(1.1)
        assert server.rows("reader", COUNT) == ANSWER
    assert {request.token for request in proxy.requests} == {FIRST, SECOND}


@pytest.mark.parametrize("said", ["<html>", "", [], {}, {"storage-credentials": None}, {"storage-credentials": []}, {"storage-credentials": [5]}, {"storage-credentials": lent(("s3://elsewhere/", RIGHT))}, {"storage-credentials": lent(("s3", {}))}])
def test_answers_that_lend_nothing(said, own, rest, proxy, catalog):
    """Where keys are asked for anew."""
    with changing(rest, catalog.place, 3, True) as ends, own.served(snapshot_time="1h", announced=["the catalog", "failed"]) as server:
        assert server.rows("reader", COUNT) == ANSWER
        rest.fail(LENT_ANEW, 200, times=1000, body=said)
        time.sleep(max(0, ends - time.time()) + 0.2)
        proxy.requests.clear()
        try:
            found = server.rows("reader", COUNT)
        except Exception as error:
            assert FAILED.search(str(error)), error
        else:
            assert found == ANSWER
        assert FIRST not in {request.token for request in proxy.requests}


def test_wrong_keys_and_right_ones_later(own, rest, proxy):
    """What the catalog says next is what is used next."""
    rest.etags = "proxy"
    rest.add("shop.t", credentials=lent(("s3", WRONG)))
    with own.served(announced=["failed", "cannot be"]) as server:
        assert FAILED.search(refused(server.rows, "reader", COUNT).text)
        rest.additions.clear()
        rest.add("shop.t", credentials=lent(("s3", RIGHT)))
        assert server.rows("reader", COUNT) == ANSWER
    assert {request.key for request in proxy.requests} == {"WRONGKEY", stores.KEY}


def test_nothing_of_keys_is_logged(own, rest, proxy):
    """Not even where everything else is."""
    rest.tokens = rest_catalogs.Tokens()
    own.catalog["credentials"] = CLIENT
    rest.add("shop.t", config={**WRONG, "token": "config-never-to-be-shown"}, credentials=lent(("s3", session(FIRST, 3600))))
    with own.served(log={"level": "trace"}, announced=["failed", "cannot be"]) as server:
        assert server.rows("reader", COUNT) == ANSWER
        proxy.fault = lambda number, request: 403
        assert FAILED.search(refused(server.rows, "reader", f"{COUNT} where name = 'n3'").text)
        rest.fail("tables/", 403, times=1000)
        assert FAILED.search(refused(server.rows, "reader", COUNT).text)
        log = server.log.read_text(encoding="utf-8")
        assert len(log) > 1000 and not any(token in log for token in rest.tokens.issued)
    assert stores.KEY not in log
