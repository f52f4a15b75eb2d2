"""A demo server of its own for the whole run: the real binary, on a free loopback port, ended by its process id."""

import json
import os
import pathlib
import subprocess
import tempfile

import pytest

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
