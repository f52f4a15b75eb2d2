"""Catalogs that know who asks by a signature: Signature Version 4, which the proxy checks by itself, request by request."""

import re

import pytest

import rest_catalogs
from catalogued import Catalogued, client, plain, why
from iceberg_table import NO_TABLE
from refusals import refused
from signatures import ALGORITHM, Signatures, canonical, signature

COUNT = "select count(*) from d.p"
LOAD = r"^GET /v1/namespaces/[^/]+/tables/[^/]+$"
REGION = "eu-central-1"
KEY, SECRET, TOKEN = "AKIDKEYNEVERTOBESHOWN", "wJalr/Secret+never-to-be-shown", "IQoJ/session+token=never-to-be-shown"
NEVER = re.compile(f"never.?to.?be.?shown|{re.escape(ALGORITHM)}|Credential=|SignedHeaders|Canonical", re.IGNORECASE)
REFUSED = "table `shop.three` of catalog `prod`: the catalog refuses: it answers 403, {}"
TOLD = ["the catalog"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    home = tmp_path_factory.mktemp("catalog")
    (home / "warehouse").mkdir()
    with rest_catalogs.catalog(home) as server:
        rest = client(server)
        rest.create_namespace("shop")
        rest.create_table(("shop", "three"), plain([]).schema).append(plain(range(3)))
        yield server


@pytest.fixture
def proxy(catalog):
    with rest_catalogs.proxied(catalog.port) as proxy:
        proxy.signatures = Signatures(KEY, SECRET)
        yield proxy


@pytest.fixture
def own(catalog, proxy, tmp_path):
    """`d.p` of three rows, in a catalog that is asked by a key. Nothing of keys or signatures is ever said."""
    own = Catalogued(tmp_path, catalog, url=proxy.url)
    own.environment |= {"KEY": KEY, "SECRET": SECRET, "TOKEN": TOKEN, "OTHER": "another-never-to-be-shown", "ODD": "two\nlines-never-to-be-shown"}
    own.catalog["credentials"] = {"access_key_id": {"env": "KEY"}, "secret_access_key": {"env": "SECRET"}, "region": REGION}
    own.product("three")
    return own


def unseen(text, proxy):
    """The text, in which no part of who asked stands."""
    assert not NEVER.search(text), text
    assert not [one for one in proxy.signatures.seen if one in text], text
    return text


def reason(own, proxy):
    """Why the catalog's table is not read, of which a stranger hears nothing."""
    assert own.ask(user="stranger") == NO_TABLE
    return why(unseen(own.ask(), proxy))


# What AWS itself publishes: its example keys, and the signatures of its example requests.
EXAMPLES = [
    ("/", "", {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}, "service", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("/", "Param2=value2&Param1=value1", {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}, "service", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    (
        "/", "max-keys=2&prefix=J",
        {"host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "x-amz-date": "20130524T000000Z"},
        "s3", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "headers", "service", "signed"), EXAMPLES)
def test_the_proxy_computes_what_aws_does(path, query, headers, service, signed):
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" if service == "service" else "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    text = canonical("GET", path, query, headers, sorted(headers), service)
    assert signature(secret, headers["x-amz-date"], "us-east-1", service, text) == signed


# Keys that are right.


def test_every_request_is_signed(own, proxy):
    """Also where it asks whether the table is the same, and where it says that keys are taken."""
    own.bindings.append({"name": "bucket", "prefix": "s3://lake/", "domains": ["*"], "catalog": "prod", "credentials": "vended"})
    with own.served() as server:
        assert [server.rows("reader", COUNT) for _ in range(3)] == [[(3,)]] * 3
        unseen(server.log.read_text(encoding="utf-8"), proxy)
    signed = [set(re.search("SignedHeaders=([^,]+)", request.headers["authorization"])[1].split(";")) for request in proxy.requests]
    assert all({"host", "x-amz-date", "x-amz-content-sha256"} <= one for one in signed)
    assert {"x-iceberg-access-delegation", "if-none-match"} <= set().union(*signed)
    assert {request.status for request in proxy.requests} == {200, 304} and len(proxy.seen("config")) == 1


@pytest.mark.parametrize("service", ["glue", "s3tables", "execute-api", "s3"])
def test_each_service_has_signatures_of_its_own(service, own, proxy):
    """`glue` is meant where none is named."""
    proxy.signatures.service = service
    if service != "glue":
        assert reason(own, proxy) == REFUSED.format("InvalidSignatureException")
        own.catalog["credentials"]["service"] = service
    assert own.ask() == [{"n": 3}]


def test_a_temporary_key_is_shown_with_its_token(own, proxy):
    """Which is signed with the rest."""
    proxy.signatures.token = TOKEN
    own.catalog["credentials"]["session_token"] = {"env": "TOKEN"}
    assert own.ask() == [{"n": 3}]
    assert {request.headers["x-amz-security-token"] for request in proxy.requests} == {TOKEN}
    assert all("x-amz-security-token" in request.headers["authorization"] for request in proxy.requests)


def test_a_request_that_is_sent_again_is_signed_anew(own, proxy):
    """A signature of before has ended by then."""
    own.remote["retry_time"], proxy.signatures.seconds = 20, 2
    proxy.fail(LOAD, 503, headers={"Retry-After": "4"})
    proxy.fail("config", 500)
    assert own.ask() == [{"n": 3}]
    first, again = [request.headers["x-amz-date"] for request in proxy.seen(LOAD)]
    assert first < again and [request.status for request in proxy.requests] == [500, 200, 503, 200]


# Names, which are encoded once in the path and once more in what is signed of it.

NAMES = {
    "plain": (("shop",), "three-2_x.y~z"), "a blank": (("shop", "a b"), "c d"), "letters": (("shop", "é"), "zażółć 😀"), "more marks": (("shop", "[a]"), "{b}|^~"),
    "levels": (("shop", "one", "two", "three"), "t"), "marks": (("shop", "a+b&c=d"), "x(y)*!,;:$"),
}  # fmt: skip


@pytest.mark.parametrize("service", ["glue", "s3"])
@pytest.mark.parametrize("called", NAMES)
def test_names_in_paths(called, service, own, proxy, catalog):
    """Twice for every service but S3, whose paths are signed as they are sent."""
    levels, name = NAMES[called]
    name = f"{name}{service}"
    table = own.table(name=name, namespace=levels, location=f"{catalog.warehouse}/named/{list(NAMES).index(called)}-{service}")
    table.append(plain(range(4)))
    own.product(table, namespace=".".join(levels))
    proxy.signatures.service = own.catalog["credentials"]["service"] = service
    assert own.ask() == [{"n": 4}]
    [asked] = proxy.seen("tables")
    assert asked.raw.count("%1F") == len(levels) - 1 and "+" not in asked.raw and " " not in asked.raw


@pytest.mark.parametrize("service", ["glue", "s3tables"])
@pytest.mark.parametrize("prefix", ["catalogs/111122223333", "arn%3Aaws%3As3tables%3Aeu-central-1%3A111122223333%3Abucket%2Flake", "a:b@c!d,e;f=g", "ws%20one/x", "50%25"])
def test_a_prefix_is_signed_as_it_is_sent(prefix, service, own, proxy):
    proxy.prefix = prefix
    proxy.signatures.service = own.catalog["credentials"]["service"] = service
    assert own.ask() == [{"n": 3}]
    assert [request.raw for request in proxy.requests] == ["/v1/config", f"/v1/{prefix}/namespaces/shop/tables/three"]


@pytest.mark.parametrize("path", ["", "/", "/iceberg", "/iceberg/", "/a%20b/c"])
def test_an_address_with_a_path(path, own, proxy):
    """Below which everything lies. The proxy's catalog answers without it."""
    own.catalog["uri"] = f"{proxy.url}{path}"
    own.product("three")
    proxy.within = path.rstrip("/")
    assert own.ask() == [{"n": 3}]
    assert [request.raw for request in proxy.requests] == [f"{proxy.within}/v1/config", f"{proxy.within}/v1/namespaces/shop/tables/three"]


@pytest.mark.parametrize("warehouse", ["111122223333", "111122223333:s3tablescatalog/lake", "arn:aws:s3tables:eu-central-1:111122223333:bucket/lake", "s3://b/&c=ü#%41?~*'()", "a b", "a+b"])
def test_the_warehouse_is_signed(warehouse, own, proxy):
    """A blank of it is %20: who signs and who checks need not agree on what `+` is."""
    own.catalog["warehouse"] = warehouse
    assert own.ask() == [{"n": 3}]
    assert "+" not in proxy.seen("config")[0].query


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_of_dots_leads_nowhere(name, own, proxy):
    """Whoever asks is told that there is no such table, or is not asked for at all."""
    own.product(name)
    assert reason(own, proxy)
    assert [request.raw for request in proxy.seen("v1/(?!config)")] in ([], [f"/v1/namespaces/shop/tables/{name}"])


# Keys that are not.

WRONG = {
    "another secret": ({"secret_access_key": {"env": "OTHER"}}, "InvalidSignatureException"),
    "another key": ({"access_key_id": {"env": "OTHER"}}, "UnrecognizedClientException"),
    "no token": ({"session_token": None}, "UnrecognizedClientException"),
    "another token": ({"session_token": {"env": "OTHER"}}, "UnrecognizedClientException"),
    "another region": ({"region": "eu-central-2"}, "InvalidSignatureException"),
    "another service": ({"service": "s3tables"}, "InvalidSignatureException"),
}


def given(own, changes):
    """The credentials with some of them changed."""
    own.catalog["credentials"] = {key: value for key, value in {**own.catalog["credentials"], **changes}.items() if value is not None}


@pytest.mark.parametrize("what", WRONG)
def test_keys_that_are_not_right(what, own, proxy):
    """Say that the catalog refuses, and nothing of what AWS says to that; they are not tried again."""
    changes, kind = WRONG[what]
    proxy.signatures.token = TOKEN
    given(own, {"session_token": {"env": "TOKEN"}, **changes})
    assert reason(own, proxy) == REFUSED.format(kind)
    assert [repr(request) for request in proxy.requests] == ["GET /v1/config"]
    code, out, err = own.judged()
    assert (code, unseen(err, proxy)) == (1, "") and f"error[WEFT-S013]: `d.p` 1.0.0 cannot be opened: {REFUSED.format(kind)}" in unseen(out, proxy)


@pytest.mark.parametrize("what", WRONG)
def test_nothing_of_keys_is_logged(what, own, proxy):
    """Not even where everything else is; and a key that is right later on is taken."""
    changes, _ = WRONG[what]
    proxy.signatures.token = TOKEN
    given(own, {"session_token": {"env": "TOKEN"}, **changes})
    with own.served(log={"level": "trace"}, announced=TOLD) as server:
        said = refused(server.rows, "reader", COUNT)
        assert said.grpc == "FailedPrecondition" and said.text.startswith("product `d.p` is broken (reference REFERENCE) [WEFT-Q007]")
        unseen(said.text + said.details.decode(errors="replace"), proxy)
        proxy.signatures = None
        assert server.rows("reader", COUNT) == [(3,)]
        proxy.signatures = Signatures(KEY, SECRET)
    logged = server.log.read_text(encoding="utf-8")
    assert not [request for request in proxy.requests if request.headers["authorization"][-64:] in logged]
    unseen(logged, proxy)


@pytest.mark.parametrize("credentials", ["anonymous", {"token": {"env": "OTHER"}}])
def test_who_does_not_sign(credentials, own, proxy):
    own.catalog["credentials"] = credentials
    assert reason(own, proxy) == REFUSED.format("MissingAuthenticationTokenException")


def test_a_key_that_is_revoked(own, proxy):
    """What is known of the table is not read on."""
    with own.served(announced=TOLD) as server:
        assert server.rows("reader", COUNT) == [(3,)]
        proxy.signatures.key = "another"
        assert "[WEFT-Q007]" in refused(server.rows, "reader", COUNT).text
        proxy.signatures.key = KEY
        assert server.rows("reader", COUNT) == [(3,)]


# Settings that are none.

NO_NAME = "catalog `prod` of `storage.catalogs` has in `region` or `service` no name such as `eu-central-1` or `glue`\n"
ODD = "catalog `prod` of `storage.catalogs` has a secret with characters that no secret of its kind has, such as a line break\n"
READ = "`weft.yaml` is not a configuration: {}\n  hint: docs/configuration.md and what `weft init` writes show every setting.\n"
SETTINGS = {
    "a region with a blank": ({"region": "eu central"}, NO_NAME),
    "no region": ({"region": ""}, NO_NAME),
    "a service that leads on": ({"service": "glue/aws4_request"}, NO_NAME),
    "a secret of two lines": ({"secret_access_key": {"env": "ODD"}}, ODD),
    "a token of two lines": ({"session_token": {"env": "ODD"}}, ODD),
    "a secret that is not there": ({"secret_access_key": {"env": "NOT_THERE"}}, "catalog `prod` of `storage.catalogs` lacks a secret: the environment variable `NOT_THERE` is not set\n"),
    "a region that is not said": ({"region": None}, READ.format("missing field `region`")),
    "a client beside the key": ({"client_id": {"env": "KEY"}}, READ.format("unknown field `access_key_id`, expected one of `client_id`, `client_secret`, `scope`, `audience`, `token_endpoint`")),
    "what nobody knows": ({"profile": "default"}, READ.format("unknown field `profile`, expected one of `access_key_id`, `secret_access_key`, `session_token`, `region`, `service`")),
}  # fmt: skip


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_that_do_not_fit(what, own, proxy):
    """Are told before anything is asked."""
    changes, says = SETTINGS[what]
    given(own, changes)
    said = own.ask()
    assert isinstance(said, str) and re.sub(r"weft\.yaml:\d+:\d+", "weft.yaml", unseen(said, proxy)) == f"error: {says}"
    assert proxy.requests == []
