"""`weft serve` over a mesh of the test's own: on a free loopback port, with tokens, ended by its process id."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import time

import adbc_driver_flightsql.dbapi as flight_sql

START_SECONDS = 60


class Door:
    """Where a server listens, and the password (or token) of each user."""

    def __init__(self, url, passwords):
        self.url = url
        self.passwords = passwords

    def connect(self, user, purpose=None, **options):
        """A connection with the user's token as password."""
        options = {"username": user, "password": self.passwords[user], **options}
        if purpose:
            options["adbc.flight.sql.rpc.call_header.purpose"] = purpose
        return flight_sql.connect(self.url, db_kwargs=options, autocommit=True)

    def rows(self, user, sql, parameters=None, purpose=None):
        """All rows of a statement as tuples."""
        with self.connect(user, purpose) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()


class Server(Door):
    """A running `weft serve`."""

    def __init__(self, url, passwords, process, log):
        super().__init__(url, passwords)
        self.process = process
        self.log = log

    def events(self, *levels):
        """What was logged at these levels, one object an event."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in events if event["level"] in levels]


def token(user, **more):
    """A token's text, and what the server keeps of it."""
    identity, secret = secrets.token_hex(8), secrets.token_hex(32)
    kept = {"id": identity, "user": user, "name": "test", "sha256": hashlib.sha256(secret.encode()).hexdigest(), "created": 1}
    return f"weft_pat_{identity}_{secret}", {**kept, **more}


def write_tokens(path, records):
    """The file of tokens, which nobody but its owner may read."""
    path.touch(mode=0o600)
    path.write_text(json.dumps({"version": 1, "tokens": records}), encoding="utf-8")


def configure(folder, root, users=(), **sections):
    """Writes weft.yaml, keys and a token for each user into a folder. JSON is YAML. Says the file and the tokens."""
    made = {user: token(user) for user in users}
    write_tokens(folder / "tokens.json", [record for _, record in made.values()])
    (folder / "token.key").write_text("5a" * 32, encoding="utf-8")
    settings = {
        "version": 1,
        "mesh": {"catalog": str(root)},
        "server": {"listen": "127.0.0.1:0"},
        "admin": {"listen": None},
        "auth": {"tokens": "tokens.json"},
        "keys": {"token": {"file": "token.key"}},
        "storage": {"bindings": [{"name": "own", "prefix": "./data/{domain}/", "domains": ["*"]}]},
        "log": {"format": "json"},
    }
    for section, values in sections.items():
        settings[section] = {**settings.get(section, {}), **values}
    file = folder / "weft.yaml"
    file.write_text(json.dumps(settings), encoding="utf-8")
    return file, {user: text for user, (text, _) in made.items()}


@contextlib.contextmanager
def serving(folder, root, users=(), announced=(), environment=None, ends=False, **sections):
    """Serves a mesh. A warning or error in the log that no pattern of `announced` announces fails the test.

    `ends` says that the test ends the server itself."""
    file, passwords = configure(folder, root, users, **sections)
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [os.environ["WEFT_BIN"], "serve", "--config", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=out,
            env={**os.environ, **(environment or {})},
        )
    try:
        server = Server(None, passwords, process, log)
        server.url = f"grpc://{address(server)}"
        yield server
        assert ends or process.poll() is None, f"the server ended by itself:\n{log.read_text()}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for event in server.events("WARN", "ERROR"):
        text = json.dumps(event["fields"], ensure_ascii=False)
        assert any(re.search(pattern, text) for pattern in announced), f"not announced: {text}"


def free_address():
    """A loopback address that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def address(server):
    """Where the server says it listens."""
    end = time.monotonic() + START_SECONDS
    while True:
        for event in server.events("INFO"):
            if event["fields"]["message"] == "serving":
                return event["fields"]["address"]
        ended = server.process.poll() is not None
        assert not ended and time.monotonic() < end, f"the server does not serve:\n{server.log.read_text()}"
        time.sleep(0.05)
