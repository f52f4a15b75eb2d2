"""Object stores: S3, Azure and HTTP servers, what bindings grant, and how often they are asked."""

import functools
import http.server
import json
import re
import ssl
import threading
import time
import urllib.parse

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trustme

import stores
from command import weft
from lakes import ROWS, asked, imported, lake, mesh, put, run, served, table
from stores import ACCOUNT, ACCOUNT_KEY, KEY, SECRET


def test_s3(s3, tmp_path):
    """Files, folders, patterns and folders that carry values."""
    put(s3.files, "lake/d/t/a.parquet", table(10))
    put(s3.files, "lake/d/t/b.parquet", table(20))
    put(s3.files, "lake/d/h/k=a b/é=1/x.parquet", table(3))
    put(s3.files, "lake/d/h/k=__HIVE_DEFAULT_PARTITION__/é=2/x.parquet", table(4))
    mesh(tmp_path, [lake(s3.url)])
    for product, location, rows in [("t", "t", 30), ("f", "t/a.parquet", 10), ("g", "t/b*.parquet", 20), ("h", "h", 7)]:
        code, _, err = imported(tmp_path, f"s3://lake/d/{location}", product=product)
        assert code == 0, err
        assert asked(tmp_path, f"select count(*) as n, sum(id) as s from d.{product}")[0][0]["n"] == rows
    found, _ = asked(tmp_path, 'select k, "é" as e, count(*) as n from d.h group by k, "é" order by e')
    assert found == [{"k": "a b", "e": 1, "n": 3}, {"k": None, "e": 2, "n": 4}]
    assert run(tmp_path, "validate", "--strict", "--bind")[0] == 0


def test_what_a_binding_does_not_grant_is_not_reached(s3, tmp_path):
    """Neither another domain's prefix, nor a longer binding's folder below one's own, nor another bucket."""
    for path in ("d/grant/a", "d/secret/s", "other/t/a"):
        put(s3.files, f"lake/{path}.parquet", table(5))
    vault = lake(s3.url, "s3://lake/d/secret/", ["other"], name="vault")
    mesh(tmp_path, [lake(s3.url), vault])
    outside = "error[WEFT-S004]: looking at the location: location `{}` lies outside of what domain `d` may use\n  hint: Ask the operator for an entry of `storage.bindings` that lists the domain.\n"
    for location in ("s3://lake/other/t", "s3://lake/d/secret", "s3://bucket/d/t", "s3://lake/", "gs://lake/d/t"):
        code, _, err = imported(tmp_path, location)
        assert (code, err) == (2, outside.format(location))
    code, _, err = imported(tmp_path, "s3://lake/d/t/../../other/t")
    assert (code, err.splitlines()[0]) == (2, "error[WEFT-S003]: looking at the location: location `s3://lake/d/t/../../other/t` climbs out of the folder it starts in")
    # A listing that starts above the other binding's folder does not see into it.
    code, _, err = imported(tmp_path, "s3://lake/d/[gs]*/*.parquet")
    assert code == 0, err
    assert asked(tmp_path, "select count(*) as n from d.t")[0] == [{"n": 5}]


def test_an_object_that_cannot_be_read_is_not_left_out(s3, tmp_path):
    """An answer without its rows would be wrong."""
    put(s3.files, "lake/d/odd/a.parquet", table(5))
    mesh(tmp_path, [lake(s3.url)])
    code, _, err = imported(tmp_path, "s3://lake/d/odd", product="odd")
    assert code == 0, err
    put(s3.files, "lake/d/odd/%2e%2e.parquet", table(5))
    put(s3.files, "lake/d/odd/b\\c.parquet", table(5))
    code, err = asked(tmp_path, "select count(*) as n from d.odd")
    assert code == 1 and "WEFT-Q007" in err, err
    code, out, err = run(tmp_path, "validate", "--bind")
    assert code == 1 and "`b\\\\c.parquet` is listed and not read: its name holds a control character or a backslash" in out + err, out + err


def test_a_contracts_endpoint_is_the_bindings(s3, tmp_path):
    put(s3.files, "lake/d/end/a.parquet", table(5))
    mesh(tmp_path, [lake(s3.url)])
    assert imported(tmp_path, "s3://lake/d/end")[0] == 0
    contract = tmp_path / "mesh" / "d" / "t" / "t-v1.odcs.yaml"
    text = contract.read_text()
    contract.write_text(text.replace("    format: parquet", f"    endpointUrl: {s3.url}/\n    format: parquet"))
    assert asked(tmp_path, "select count(*) as n from d.t")[0] == [{"n": 5}]
    contract.write_text(text.replace("    format: parquet", "    endpointUrl: http://127.0.0.1:1\n    format: parquet"))
    assert asked(tmp_path, "select count(*) as n from d.t")[0] == 1
    code, out, _ = run(tmp_path, "validate", "--bind")
    assert code == 1 and "error[WEFT-S008]: `d.t` 1.0.0 cannot be opened: the endpoint of server `data` is not the one of storage binding `lake`" in out


def test_wrong_keys_are_refused_and_never_shown(s3, tmp_path):
    put(s3.files, "lake/d/t/a.parquet", table(5))
    mesh(tmp_path, [lake(s3.url)])
    code, out, err = weft("import", "s3://lake/d/t", "--domain", "d", cwd=tmp_path, LAKE_KEY=KEY, LAKE_SECRET="not-the-secret")
    assert code == 2 and "WEFT-P001" in err and "403 Forbidden" in err
    assert "not-the-secret" not in out + err and SECRET not in out + err and "Signature=" not in err
    code, _, err = weft("import", "s3://lake/d/t", "--domain", "d", cwd=tmp_path, LAKE_KEY=KEY)
    assert code == 2
    assert err.splitlines()[0] == "error[WEFT-S001]: opening storage: storage binding `lake` lacks a secret: the environment variable `LAKE_SECRET` is not set"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"credentials": {"account_key": {"env": "X"}}}, "has `credentials`, which its kind of store has no use for"),
        ({"prefix": "gs://lake/", "region": "eu"}, "has `region`, which its kind of store has no use for"),
        ({"prefix": "https://data.example/", "endpoint": "https://other.example"}, "has `endpoint`, which its kind of store has no use for"),
        ({"endpoint": "127.0.0.1:9000"}, "has in `endpoint` no address such as `https://host:port`"),
        ({"endpoint": "https://me:secret@host"}, "has in `endpoint` no address such as `https://host:port`"),
        ({"metadata_endpoint": "http://127.0.0.1:1"}, "has `metadata_endpoint`, which only the credentials `instance` have a use for"),
        ({"credentials": "instance", "metadata_endpoint": "http://10.0.0.1"}, "has a `metadata_endpoint` without https on another machine, where anybody could answer"),
        ({"credentials": {"role": "r", "token_file": "t", "sts_endpoint": "http://127.0.0.1:1"}}, "has an `sts_endpoint` without https, which would show the identity token"),
        ({"prefix": "./data/"}, "has settings of an object store, and a folder as its prefix"),
        ({"prefix": "az://lake/"}, "names a container without its account; write `abfss://container@account.dfs.core.windows.net/…`"),
        ({"prefix": "s3://lake/*/"}, "holds a wildcard"),
    ],
)
def test_settings_that_do_not_fit_are_named(more, says, tmp_path):
    mesh(tmp_path, [{**lake("http://127.0.0.1:1"), "credentials": "anonymous", **more}])
    code, _, err = run(tmp_path, "sql", "--user", "u", "-c", "select 1")
    assert (code, err.splitlines()[0]) == (2, f"error[WEFT-S001]: opening storage: storage binding `lake` {says}")


def test_credentials_of_two_kinds_are_refused(tmp_path):
    """The setting that would have been ignored is named, at its place in the file."""
    keys = lake("http://127.0.0.1:1")["credentials"]
    mesh(tmp_path, [lake("http://127.0.0.1:1", credentials={**keys, "sts_endpoint": "https://sts.example"})])
    code, _, err = run(tmp_path, "sql", "--user", "u", "-c", "select 1")
    assert code == 2
    assert re.fullmatch(
        r"error: `weft.yaml:1:\d+` is not a configuration: credentials with `access_key_id` and `secret_access_key` have no use for `sts_endpoint`\n"
        r"  hint: docs/configuration.md and what `weft init` writes show every setting.\n",
        err,
    ), err


def test_credentials_of_no_kind_are_refused(tmp_path):
    mesh(tmp_path, [{**lake("http://127.0.0.1:1"), "credentials": {"web_identity": {}}}])
    code, _, err = run(tmp_path, "sql", "--user", "u", "-c", "select 1")
    assert code == 2 and "unknown field `web_identity`, expected one of access_key_id, secret_access_key," in err, err


def test_azure_in_both_spellings(tmp_path):
    with stores.azure(tmp_path) as (url, files):
        files.create_dir("lake")
        put(files, "lake/d/t/a.parquet", table(10))
        binding = {"name": "az", "prefix": f"abfss://lake@{ACCOUNT}.dfs.core.windows.net/{{domain}}/", "domains": ["*"], "endpoint": url, "credentials": {"account_key": {"env": "ACCOUNT_KEY"}}}
        mesh(tmp_path, [binding])
        for product, location in {"a": f"abfss://lake@{ACCOUNT}.dfs.core.windows.net/d/t", "b": f"abfss://{ACCOUNT}.dfs.core.windows.net/lake/d/t"}.items():
            code, _, err = imported(tmp_path, location, product=product)
            assert code == 0, err
            assert asked(tmp_path, f"select count(*) as n, max(id) as m from d.{product}")[0] == [{"n": 10, "m": 9}]


class Ranged(http.server.SimpleHTTPRequestHandler):
    """Static files, with ranges."""

    def log_message(self, *_):
        """Nobody reads this."""

    def do_GET(self):
        data = open(self.translate_path(self.path), "rb").read()
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, end = (int(asked[1]), min(int(asked[2]) + 1, len(data))) if asked else (0, len(data))
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(data[start:end])


def test_google(tmp_path):
    """Google's XML interface is that of S3; what is open to everyone is read without signing."""
    with stores.s3(tmp_path, authorization="none") as open_to_all:
        for name in ("a", "b b"):
            put(open_to_all.files, f"lake/d/t/k=é {name}/{name}.parquet", table(1_000))
        mesh(tmp_path, [{"name": "lake", "prefix": "gs://lake/{domain}/", "domains": ["*"], "endpoint": open_to_all.url, "credentials": "anonymous"}])
        code, _, err = imported(tmp_path, "gs://lake/d/t")
        assert code == 0, err
        found, _ = asked(tmp_path, "select k, count(*) as n, sum(id) as s from d.t where id >= 10 group by k order by k")
        assert found == [{"k": f"é {name}", "n": 990, "s": 499_455} for name in ("a", "b b")]


def test_http(tmp_path):
    (tmp_path / "www" / "d").mkdir(parents=True)
    pq.write_table(table(10), tmp_path / "www" / "d" / "t.parquet")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Ranged, directory=tmp_path / "www")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        mesh(tmp_path, [{"name": "www", "prefix": url + "/{domain}/", "domains": ["*"]}])
        code, _, err = imported(tmp_path, f"{url}/d/t.parquet")
        assert code == 0, err
        assert asked(tmp_path, "select count(*) as n, max(id) as m from d.t")[0] == [{"n": 10, "m": 9}]
        server.shutdown()


def test_labels_follow_an_address_however_it_is_spelled(tmp_path):
    """What one domain calls restricted, another does not show by writing the address otherwise."""
    (tmp_path / "www").mkdir()
    pq.write_table(pa.table({"id": [1], "salary": [9]}), tmp_path / "www" / "t.parquet")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Ranged, directory=tmp_path / "www")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        spelled = {
            "plain": f"http://localhost:{port}/t.parquet",
            "loud": f"HTTP://LOCALHOST:{port}/t.parquet",
            "detour": f"http://localhost:{port}/.//t.parquet",
        }
        mesh(tmp_path, [{"name": "www", "prefix": f"http://localhost:{port}/", "domains": ["*"]}])
        code, _, err = run(tmp_path, "import", spelled["plain"], "--domain", "hr", "--product", "t", "--reader", "hr", "--classification", "restricted")
        assert code == 0, err
        for product, location in spelled.items():
            code, _, err = imported(tmp_path, location, product=product)
            assert code == 0, err
            code, err = asked(tmp_path, f"select salary from d.{product}")
            assert (code, "WEFT-Q" in err) == (1, True), (product, err)
        (tmp_path / "mesh" / "hr" / "t" / "t-v1.odcs.yaml").unlink()
        (tmp_path / "mesh" / "hr" / "t" / "t.odps.yaml").unlink()
        for product in spelled:
            assert asked(tmp_path, f"select salary from d.{product}")[0] == [{"salary": 9}], product
        server.shutdown()


# --- how often a store is asked ---------------------------------------------------------------------------------------
def test_how_often_a_store_is_asked(s3, proxy, tmp_path):
    """With 30 ms to every request: one request a row group, metadata once, and none of it the second time."""
    groups = 5
    for name in "ab":
        put(s3.files, f"lake/d/asked/{name}.parquet", table(), row_group_size=ROWS // groups, write_page_index=True)
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, "s3://lake/d/asked")[0] == 0
    proxy.delay = 0.03
    with served(tmp_path) as ask:
        proxy.requests.clear()
        assert ask("select count(*), sum(id), count(distinct noise) from d.t")[0][:2] == (2 * ROWS, ROWS * (ROWS - 1))
        lists = [request for request in proxy.requests if "list-type=2" in request.path]
        data = [request for request in proxy.requests if request.range]
        assert len(lists) == 1 and len(lists) + len(data) == len(proxy.requests), proxy.requests
        # A footer with its page index, and the row groups, of two files.
        assert len(data) <= 2 * (1 + groups), data
        for sql, most in {
            "select count(*), sum(id), count(distinct noise) from d.t": 2 * groups,
            "select noise from d.t where id = 31234": 2,
            "select count(*) from d.t": 0,
            "select max(id) from d.t": 0,
        }.items():
            proxy.requests.clear()
            ask(sql)
            assert len(proxy.requests) <= most and all(request.range for request in proxy.requests), (sql, proxy.requests)


def test_bloom_filters_are_read_once(s3, proxy, tmp_path):
    duckdb.sql(f"copy (select (i * 7919) % 100003 as id, ('n' || (i % 5000)) as name from range(20000) t(i)) to '{tmp_path}/b.parquet' (format parquet, row_group_size 5000)")
    with s3.files.open_output_stream("lake/d/bloom/b.parquet") as out:
        out.write((tmp_path / "b.parquet").read_bytes())
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, "s3://lake/d/bloom")[0] == 0
    with served(tmp_path) as ask:
        sql = "select count(*) from d.t where name = 'm1'"
        assert ask(sql) == [(0,)]
        proxy.requests.clear()
        assert ask(sql) == [(0,)]
        assert ask("select count(*) from d.t where name = 'm1' and id >= 0") == [(0,)]
        assert [request for request in proxy.requests if not request.range] == []
        assert len(proxy.requests) <= 0, proxy.requests


# --- who Weft says it is ----------------------------------------------------------------------------------------------
class Cloud(http.server.BaseHTTPRequestHandler):
    """What a cloud tells its machines: the metadata service of an instance."""

    seen = []

    def log_message(self, *_):
        """Requests are noted in `seen`."""

    def answer(self, text):
        self.seen.append((self.command, self.path.split("?")[0]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        self.answer("metadata-token")

    def do_GET(self):
        if self.path.endswith("/security-credentials/"):
            return self.answer("role")
        self.answer(json.dumps({"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": "t0k3n", "Expiration": "2099-01-01T00:00:00Z"}))



@pytest.fixture
def cloud():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Cloud.seen.clear()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_temporary_keys_and_an_instance(s3, proxy, cloud, tmp_path):
    """Each comes to the same signature; the token of a temporary key goes with every request."""
    put(s3.files, "lake/d/who/a.parquet", table(5))
    secret = {"access_key_id": {"env": "LAKE_KEY"}, "secret_access_key": {"env": "LAKE_SECRET"}, "session_token": {"env": "LAKE_TOKEN"}}
    ways = {
        "keys": ({"credentials": secret}, []),
        "instance": ({"credentials": "instance", "metadata_endpoint": cloud}, [("PUT", "/latest/api/token"), ("GET", "/latest/meta-data/iam/security-credentials/"), ("GET", "/latest/meta-data/iam/security-credentials/role")]),
    }  # fmt: skip
    for name, (more, asked_of_cloud) in ways.items():
        (tmp_path / name).mkdir()
        mesh(tmp_path / name, [{**lake(s3.url), **more}])
        Cloud.seen.clear()
        code, out, err = weft("import", "s3://lake/d/who", "--domain", "d", cwd=tmp_path / name, LAKE_KEY=KEY, LAKE_SECRET=SECRET, LAKE_TOKEN="t0k3n")
        assert code == 0, (name, err)
        assert Cloud.seen == asked_of_cloud, name
        assert "t0k3n" not in out + err


STS = """<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>s3ss10n</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


class TokenService(Cloud):
    """Gives keys for a token, as the services of clouds do."""

    def do_POST(self):
        self.seen.append(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query + "&" + self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        text = STS.format(KEY=KEY, SECRET=SECRET).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def test_a_web_identity(s3, tmp_path):
    """A token that the platform keeps in a file is exchanged for keys; the service is known by its certificate."""
    put(s3.files, "lake/d/web/a.parquet", table(5))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "token").write_text("t0k3n")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenService) as service:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        service.socket = tls.wrap_socket(service.socket, server_side=True)
        threading.Thread(target=service.serve_forever, daemon=True).start()
        Cloud.seen.clear()
        identity = {"role": "arn:aws:iam::1:role/weft", "token_file": str(tmp_path / "token"), "sts_endpoint": f"https://localhost:{service.server_address[1]}"}
        mesh(tmp_path, [{**lake(s3.url), "credentials": identity}])
        code, out, err = weft("import", "s3://lake/d/web", "--domain", "d", cwd=tmp_path, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
        assert code == 0, err
        assert [(call["RoleArn"], call["WebIdentityToken"]) for call in Cloud.seen] == [(["arn:aws:iam::1:role/weft"], ["t0k3n"])]
        # Of a service that nobody vouches for nothing is taken, and no token is shown.
        code, out, err = weft("import", "s3://lake/d/web", "--domain", "d", cwd=tmp_path)
        assert code == 2 and "WEFT-P001" in err and "t0k3n" not in out + err, err
        service.shutdown()


def test_anonymous_is_anonymous(s3, tmp_path):
    put(s3.files, "lake/d/anon/a.parquet", table(5))
    mesh(tmp_path, [{**lake(s3.url), "credentials": "anonymous"}])
    code, _, err = imported(tmp_path, "s3://lake/d/anon")
    assert code == 2 and "403" in err, err
