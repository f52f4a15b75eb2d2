"""Iceberg's own REST catalog on loopback, and a proxy in front of it that notes, waits, fails, asks for tokens and adds.

The catalog asks nobody who they are, and makes ETags and pages itself; the rest is the proxy's, gzip too.
"""

import base64
import collections
import contextlib
import gzip
import hashlib
import http.client
import http.server
import json
import pathlib
import re
import secrets
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse

import pytest

import stores

REST = pathlib.Path(__file__).resolve().parents[1] / "rest"
S3_FILES = "org.apache.iceberg.aws.s3.S3FileIO"
HANG_SECONDS = 20
BEARER = "urn:ietf:params:oauth:token-type:access_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TABLE = re.compile(r"/v1/namespaces/([^/]+)/tables/([^/]+)")


class Catalog:
    """A catalog that answers: its address, its warehouse, and how long it took to start."""

    def __init__(self, port, warehouse, process, seconds):
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.warehouse, self.process, self.seconds = warehouse, process, seconds

    def ask(self, path, method="GET", body=None, headers=None):
        """Status, headers and JSON of an answer, past any proxy."""
        return ask(self.port, path, method, body, headers)


def ask(port, path, method="GET", body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
    data = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
    connection.request(method, path, data, headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), json.loads(said) if said else None


@contextlib.contextmanager
def catalog(folder, store=None, warehouse=None, **properties):
    """The server, for as long as it is wanted. What it knows is in a file of the folder, and is there again for the next one.

    Tables lie under the folder, or in the bucket of a `stores.S3`; further properties are the catalog's, `_` for `-`.
    """
    installed = subprocess.run(["bash", REST / "install"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if installed.returncode != 0:
        pytest.fail(installed.stderr.strip() or installed.stdout.strip(), pytrace=False)
    folder, jars = pathlib.Path(folder), pathlib.Path(installed.stdout.strip())
    warehouse = warehouse or ("s3://lake/warehouse" if store else f"file://{folder}/warehouse")
    # One connection: SQLite has one writer.
    settings = {"catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog", "uri": f"jdbc:sqlite:{folder}/catalog.db", "clients": "1", "jdbc.schema-version": "V1"}
    settings |= {"warehouse": warehouse, "io-impl": S3_FILES if store else "LocalFiles"}
    if store:
        settings |= {"s3.endpoint": store.url, "s3.access-key-id": stores.KEY, "s3.secret-access-key": stores.SECRET, "s3.path-style-access": "true"}
        settings |= {"client.region": "us-east-1", "http-client.type": "urlconnection"}
    settings |= {name.replace("_", "-"): value for name, value in properties.items()}
    file = folder / "catalog.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    port = stores.free_port()
    command = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars / 'classes'}:{jars / 'lib'}/*", "Catalog", str(port), str(file)]
    began = time.monotonic()
    with stores.started(command, port, folder / "catalog.log", AWS_REQUEST_CHECKSUM_CALCULATION="when_required") as process:
        assert ask(port, "/v1/config")[0] == 200, (folder / "catalog.log").read_text()[-2000:]
        yield Catalog(port, warehouse, process, time.monotonic() - began)


class Request:
    """One that came: its path is as sent, without the query, and without the prefix where the proxy gives one."""

    def __init__(self, handler, path, query):
        self.method, self.path, self.query, self.raw = handler.command, path, query, handler.path
        self.headers, self.body, self.status = {name.lower(): value for name, value in handler.headers.items()}, None, None

    def __repr__(self):
        return f"{self.method} {self.path}"


class Tokens:
    """An OAuth2 server for client credentials. Its tokens live for `seconds`, and say so unless `said` is another number."""

    def __init__(self, client="weft", secret="rest-secret-never-to-be-shown", seconds=3600, said=None, scope=None):
        self.client, self.secret, self.seconds, self.said, self.scope = client, secret, seconds, said, scope
        self.paths, self.issued, self.lock = ["/v1/oauth/tokens"], {}, threading.Lock()

    def valid(self, token):
        with self.lock:
            return self.issued.get(token, 0) > time.monotonic()

    def revoke(self):
        """All tokens so far are no longer taken."""
        with self.lock:
            self.issued = dict.fromkeys(self.issued, 0)

    def answer(self, request):
        """Status and body for a request for a token."""
        form = dict(urllib.parse.parse_qsl((request.body or b"").decode()))
        kind, header = form.get("grant_type"), request.headers.get("authorization", "")
        client, secret = form.get("client_id"), form.get("client_secret")
        if header.startswith("Basic "):
            client, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            client, secret = urllib.parse.unquote_plus(client), urllib.parse.unquote_plus(secret)
        if request.method != "POST" or not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return 400, {"error": "invalid_request", "error_description": "A form is posted here."}
        if kind == "client_credentials":
            if (client, secret) != (self.client, self.secret):
                return 401, {"error": "invalid_client", "error_description": "Credentials given were invalid."}
            if self.scope is not None and form.get("scope") != self.scope:
                return 400, {"error": "invalid_scope", "error_description": f"The scope is not {self.scope}."}
        elif kind == EXCHANGE:
            if not self.valid(form.get("subject_token")):
                return 400, {"error": "invalid_grant", "error_description": "The subject token is not valid."}
        else:
            return 400, {"error": "unsupported_grant_type", "error_description": f"The grant type is {kind}."}
        token = secrets.token_urlsafe(24)
        with self.lock:
            self.issued[token] = time.monotonic() + self.seconds
        body = {"access_token": token, "token_type": "bearer", "expires_in": self.seconds if self.said is None else self.said, "issued_token_type": BEARER}
        return 200, body | ({"scope": form["scope"]} if "scope" in form else {})


class Fault:
    """What happens instead: a status, or one of "reset", "hang", "short" and "noise", for the next `times` requests that match."""

    def __init__(self, pattern, status, times, body, headers):
        self.pattern, self.status, self.times, self.body, self.headers = re.compile(pattern), status, times, body, headers


class Proxy(http.server.ThreadingHTTPServer):
    """In front of a catalog. Patterns are looked for in `METHOD /path`, the path as `Request` has it.

    - `requests`, `count()`, `seen(pattern)`: what came; `delay`, `delays`: seconds before an answer, always or by pattern.
    - `fail(pattern, ...)`: faults; `change(pattern, edit)`: an edit of the JSON of answers.
    - `bearers`, `tokens`: who may ask; without both, everybody. `expired` is the status and type for a token no longer taken.
    - `signatures`: the key that every request has to be signed with.
    - `add(...)`: members of what loadTable says, of one table or of all; also answers `/credentials`.
    - `prefix`: what `/v1/config` says is the prefix, and every other path must have, as it stands.
    - `within`: the path that it answers below.
    - `etags`: "catalog" (as it sends them), "proxy" (of the changed body, with 304) or None.
    - `page`: lists come in pages of so many, asked for or not; `polite`: only where a pageToken is sent, as the standard has it.
    """

    daemon_threads = True

    def __init__(self, upstream, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.upstream, self.url = upstream, f"http{'s' if tls else ''}://127.0.0.1:{self.server_address[1]}"
        self.requests, self.wrong, self.lock = [], [], threading.Lock()
        self.delay, self.delays, self.faults, self.changes = 0.0, {}, [], []
        self.bearers, self.tokens, self.expired, self.signatures = None, None, (401, "NotAuthorizedException"), None
        self.additions, self.prefix, self.within, self.etags, self.page, self.polite = [], None, "", "catalog", None, False

    def handle_error(self, request, client_address):
        """A client that leaves is no news; anything else is wrong here, and fails the test."""
        if not isinstance(sys.exception(), ConnectionError):
            self.wrong.append(traceback.format_exc())

    def count(self):
        with self.lock:
            return collections.Counter(repr(request) for request in self.requests)

    def seen(self, pattern=""):
        with self.lock:
            return [request for request in self.requests if re.search(pattern, repr(request))]

    def forget(self):
        with self.lock:
            self.requests.clear()

    def fail(self, pattern, status=503, times=1, body=None, headers=None):
        with self.lock:
            self.faults.append(Fault(pattern, status, times, body, headers or {}))

    def change(self, pattern, edit):
        """`edit` is given the answer's JSON and the request, and returns what is said instead."""
        self.changes.append((re.compile(pattern), edit))

    def add(self, table=None, config=None, credentials=None, restrictions=None):
        """`table` is `namespace.name`; credentials are a list of `{"prefix", "config"}`."""
        self.additions.append((table, config, credentials, restrictions))

    def fault(self, request):
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.pattern.search(repr(request)):
                    fault.times -= 1
                    return fault
        return None

    def refused(self, request):
        """What somebody hears who may not ask."""
        if self.signatures:
            wrong = self.signatures.wrong(request)
            return wrong and error(403, *wrong)
        if self.bearers is None and self.tokens is None:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return error(401, "NotAuthorizedException", "Missing or malformed Authorization header")
        if token in (self.bearers or ()) or self.tokens and self.tokens.valid(token):
            return None
        if self.tokens and token in self.tokens.issued:
            return error(*self.expired, "Credentials have timed out")
        return error(401, "NotAuthorizedException", "The token is not known")

    def added(self, request, said):
        """What loadTable and `/credentials` say, with what was added."""
        match = TABLE.match(request.path)
        name = ".".join(urllib.parse.unquote(part).replace("\x1f", ".") for part in match.groups())
        for table, config, credentials, restrictions in self.additions:
            if table not in (None, name):
                continue
            if config is not None:
                said["config"] = (said.get("config") or {}) | config
            if credentials is not None:
                said["storage-credentials"] = credentials
            if restrictions is not None:
                said["read-restrictions"] = restrictions
        return said

    def paged(self, request, said):
        """One page of a list, after the mark that the last page gave."""
        mark = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True)).get("pageToken")
        member = next((name for name in ("identifiers", "namespaces") if name in said), None)
        if self.page is None or member is None or self.polite and mark is None:
            return said
        first = int(base64.b64decode(mark)) if mark else 0
        more = first + self.page < len(said[member])
        following = base64.b64encode(str(first + self.page).encode()).decode() if more else None
        return {**said, member: said[member][first : first + self.page], "next-page-token": following}


def error(status, kind, message):
    return status, {"error": {"message": message, "type": kind, "code": status}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Requests are noted, not printed."""

    def forward(self):
        proxy, length = self.server, int(self.headers.get("Content-Length", 0))
        path, _, query = self.path.partition("?")
        path = path.removeprefix(proxy.within)
        foreign = False
        if proxy.prefix and path not in ("/v1/config", *(proxy.tokens.paths if proxy.tokens else ())):
            inside = f"/v1/{proxy.prefix}/"
            foreign = not path.startswith(inside)
            path = path.replace(inside, "/v1/", 1)
        request = Request(self, path, query)
        request.body = self.rfile.read(length) if length else None
        with proxy.lock:
            proxy.requests.append(request)
        time.sleep(proxy.delay + sum(seconds for pattern, seconds in proxy.delays.items() if re.search(pattern, repr(request))))
        fault = proxy.fault(request)
        if fault and fault.status in ("reset", "hang"):
            time.sleep(HANG_SECONDS if fault.status == "hang" else 0)
            self.close_connection = True
        elif fault and isinstance(fault.status, int):
            said = fault.body if fault.body is not None else error(fault.status, "InjectedException", "This is a fault")[1]
            self.say(request, fault.status, said, fault.headers)
        elif proxy.tokens and path in proxy.tokens.paths:
            self.say(request, *proxy.tokens.answer(request), {"Cache-Control": "no-store"}, fault and fault.status)
        elif refused := proxy.refused(request):
            self.say(request, *refused, {"WWW-Authenticate": 'Bearer realm="catalog"'})
        elif foreign:
            self.say(request, *error(400, "BadRequestException", f"No route for request: {request.method} {self.path}"))
        else:
            self.say(request, *self.upstream(request), fault=fault and fault.status)

    def upstream(self, request):
        """Status, body and headers of the catalog's answer, changed as was asked."""
        proxy = self.server
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "accept-encoding", "connection")}
        if proxy.etags != "catalog":
            headers.pop("if-none-match", None)
        target = request.path
        mine = re.fullmatch(r"(.*/tables/[^/]+)/credentials", request.path)
        if mine and request.method == "GET":
            target = mine[1]
            headers.pop("if-none-match", None)
        query = request.query
        if proxy.page is not None:
            query = urllib.parse.urlencode([pair for pair in urllib.parse.parse_qsl(query, keep_blank_values=True) if pair[0] not in ("pageToken", "pageSize")])
        connection = http.client.HTTPConnection("127.0.0.1", proxy.upstream, timeout=60)
        connection.request(request.method, f"{target}?{query}" if query else target, request.body, headers)
        answer = connection.getresponse()
        data, status = answer.read(), answer.status
        kept = {name: value for name, value in answer.getheaders() if name.lower() in ("etag", "content-type", "vary", "location", "retry-after")}
        connection.close()
        if status != 200 or not data or request.method == "HEAD":
            return status, data, kept
        said = json.loads(data)
        if mine and request.method == "GET":
            said = {"storage-credentials": proxy.added(request, {}).get("storage-credentials", [])}
            kept = {"Content-Type": "application/json"}
        elif TABLE.fullmatch(request.path) and request.method == "GET":
            said = proxy.added(request, said)
        elif request.path == "/v1/config" and proxy.prefix:
            said["overrides"] = {**said.get("overrides", {}), "prefix": proxy.prefix}
        if request.method == "GET":
            said = proxy.paged(request, said)
        for pattern, edit in proxy.changes:
            if pattern.search(repr(request)):
                said = edit(said, request)
        if proxy.etags != "catalog":
            kept = {name: value for name, value in kept.items() if name.lower() != "etag"}
        if proxy.etags == "proxy" and TABLE.fullmatch(request.path):
            kept["ETag"] = f'"{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]}"'
            known = [mark.strip().removeprefix("W/") for mark in request.headers.get("if-none-match", "").split(",")]
            if request.method == "GET" and (kept["ETag"] in known or "*" in known):
                return 304, b"", {"ETag": kept["ETag"]}
        return status, said, kept

    def say(self, request, status, said, headers=None, fault=None):
        request.status = status
        data = said if isinstance(said, bytes) else said.encode() if isinstance(said, str) else json.dumps(said).encode()
        if fault == "noise":
            data = data[: len(data) // 2]
        headers = {"Content-Type": "application/json", **(headers or {})}
        if len(data) > 300 and "gzip" in request.headers.get("accept-encoding", ""):
            data, headers["Content-Encoding"] = gzip.compress(data, 1), "gzip"
        # The standard library has no words for 419.
        self.send_response(status, http.client.responses.get(status, "Authentication Timeout"))
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if request.method != "HEAD" and status not in (204, 304):
            self.wfile.write(data[: len(data) // 2] if fault == "short" else data)
        if fault == "short":
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward


@contextlib.contextmanager
def proxied(port, tls=None):
    proxy = Proxy(port, tls)
    thread = threading.Thread(target=proxy.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
    assert not proxy.wrong, proxy.wrong[0]
