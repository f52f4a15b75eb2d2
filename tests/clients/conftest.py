"""A demo server of its own for the whole run: the real binary, on a free loopback port, ended by its process id."""

import json
import os
import pathlib
import subprocess
import tempfile

import adbc_driver_flightsql.dbapi as flight_sql
import pytest

START_SECONDS = 300


class Demo:
    """What `weft demo --output json` printed."""

    def __init__(self, line, mesh):
        self.url = line["url"]
        self.mesh = mesh
        self.personas = {persona["name"]: persona for persona in line["personas"]}
        self.examples = line["examples"]

    def connect(self, persona, purpose=None, **options):
        """A connection with the persona's token as password."""
        options = {"username": persona, "password": self.personas[persona]["token"], **options}
        if purpose:
            options["adbc.flight.sql.rpc.call_header.purpose"] = purpose
        return flight_sql.connect(self.url, db_kwargs=options, autocommit=True)

    def rows(self, persona, sql, parameters=None, purpose=None):
        """All rows of a statement as tuples."""
        with self.connect(persona, purpose) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()


@pytest.fixture(scope="session")
def demo():
    with tempfile.TemporaryDirectory(prefix="weft-demo-") as folder:
        log = open(os.path.join(folder, "server.log"), "w+")
        server = subprocess.Popen(
            [os.environ["WEFT_BIN"], "demo", "--output", "json", "--port", "0", "--dir", os.path.join(folder, "demo")],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            line = server.stdout.readline()
            if not line:
                log.seek(0)
                pytest.fail(f"the demo did not start:\n{log.read()}")
            yield Demo(json.loads(line), pathlib.Path(folder, "demo", "retail"))
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
