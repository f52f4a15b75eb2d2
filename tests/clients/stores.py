"""Object stores on loopback: a real S3 server, a real Azure emulator, and a proxy that counts, waits and fails.

Each is started on a free port, is ended by its process id, and holds what a test puts there by way of pyarrow."""

import contextlib
import http.client
import http.server
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pyarrow.fs

# Checksums behind the data, which this server does not know; read when the first file system is made.
os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "weft" / "stores"
KEY, SECRET = "TESTKEY", "test-secret-never-to-be-shown"
ACCOUNT = "devstoreaccount1"
# The key that Azurite's own documentation gives to everybody.
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
START_SECONDS = 30


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@contextlib.contextmanager
def started(command, port, log, **environment):
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **environment})
    try:
        ends = time.monotonic() + START_SECONDS
        while not answers(port):
            assert process.poll() is None and time.monotonic() < ends, pathlib.Path(log).read_text()[-2000:]
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


class S3:
    """An S3 server that checks signatures, with one bucket."""

    def __init__(self, port):
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.files = pyarrow.fs.S3FileSystem(access_key=KEY, secret_key=SECRET, endpoint_override=self.url, region="us-east-1", allow_bucket_creation=True)


@contextlib.contextmanager
def s3(folder, kept=None, authorization="aws-v2-or-v4"):
    """The server, for as long as it is wanted. Objects are in its memory, or files of a folder that is kept."""
    port = free_port()
    settings = {
        "s3proxy.authorization": authorization,
        "s3proxy.endpoint": f"http://127.0.0.1:{port}",
        "s3proxy.identity": KEY,
        "s3proxy.credential": SECRET,
        # The token of a temporary key is one; it is signed with the rest all the same.
        "s3proxy.ignore-unknown-headers": "true",
        "jclouds.provider": "transient-nio2",
        "jclouds.identity": "unused",
        "jclouds.credential": "unused",
        "jclouds.endpoint": "http://127.0.0.1:1",
    }
    if kept:
        settings |= {"jclouds.provider": "filesystem-nio2", "jclouds.filesystem.basedir": str(kept)}
    (folder / "s3.conf").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    (folder / "logback.xml").write_text('<configuration><root level="OFF"/></configuration>')
    classes = f"{folder}:{CACHE / 's3' / 'lib'}/*"
    command = ["java", "-Xmx512m", "-cp", classes, "org.gaul.s3proxy.Main", "--properties", str(folder / "s3.conf")]
    with started(command, port, folder / "s3.log"):
        store = S3(port)
        store.files.create_dir("lake")
        yield store


@contextlib.contextmanager
def azure(folder):
    """The emulator, and a file system over it."""
    port = free_port()
    node = pathlib.Path(os.environ["VIRTUAL_ENV_BIN"]) / "node"
    program = CACHE / "azure" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = [node, program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent", "--skipApiVersionCheck"]
    with started(command, port, folder / "azure.log"):
        files = pyarrow.fs.AzureFileSystem(
            ACCOUNT, account_key=ACCOUNT_KEY, blob_storage_authority=f"127.0.0.1:{port}", blob_storage_scheme="http",
            dfs_storage_authority=f"127.0.0.1:{port}", dfs_storage_scheme="http",
        )  # fmt: skip
        yield f"http://127.0.0.1:{port}/{ACCOUNT}", files


class Proxy(http.server.ThreadingHTTPServer):
    """In front of a store: notes every request, waits, and does what a fault says instead.

    `fault(number, request)` is asked for every request; it returns None, a status, or one of "reset", "short", "flip",
    "hang"."""

    daemon_threads = True

    def __init__(self, upstream):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream, self.delay, self.fault, self.requests, self.lock = upstream, 0.0, None, [], threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that leaves is no news."""


class Request:
    def __init__(self, handler):
        self.method, self.path, self.time = handler.command, handler.path, time.time()
        self.range, self.token = handler.headers.get("Range"), handler.headers.get("X-Amz-Security-Token")
        signed = re.search(r"Credential=([^/]+)/", handler.headers.get("Authorization", ""))
        self.key = signed and signed[1]

    def __repr__(self):
        return f"{self.method} {self.path} {self.range or ''}".strip()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Requests are noted, not printed."""

    def forward(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else None
        request = Request(self)
        with self.server.lock:
            self.server.requests.append(request)
            number = len(self.server.requests)
        time.sleep(self.server.delay)
        fault = self.server.fault and self.server.fault(number, request)
        if fault == "hang":
            time.sleep(20)
        if fault in ("reset", "hang"):
            self.close_connection = True
            return
        if isinstance(fault, int):
            self.send_response(fault)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=30)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        data = answer.read()
        upstream.close()
        if fault == "flip" and data:
            data = data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x10]) + data[len(data) // 2 + 1 :]
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if fault == "short" else data)
        if fault == "short":
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward


@contextlib.contextmanager
def proxied(port):
    proxy = Proxy(port)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
