"""What serves the whole run or a file of tests, each on a free loopback port, ended by its process id: a demo of the real binary, and a store."""

import json
import os
import pathlib
import subprocess
import tempfile

import pytest

import stores
from servers import Door


class Demo(Door):
    """What `weft demo --output json` printed."""

    def __init__(self, line, mesh):
        super().__init__(line["url"], {persona["name"]: persona["token"] for persona in line["personas"]})
        self.mesh = mesh
        self.personas = {persona["name"]: persona for persona in line["personas"]}
        self.examples = line["examples"]


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


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with stores.s3(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.fixture
def proxy(s3):
    with stores.proxied(s3.port) as proxy:
        yield proxy
