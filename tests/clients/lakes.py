"""A mesh whose data lies in a bucket: the server, the configuration that binds it, and how it is asked."""

import contextlib
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq

from command import weft
from servers import serving
from stores import ACCOUNT_KEY, KEY, SECRET

BOARD = """apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: internal
rules: []
"""
ROWS = 50_000


def table(rows=ROWS):
    dice = random.Random(3)
    noise = [dice.randbytes(24).hex() for _ in range(rows)]
    return pa.table({"id": range(rows), "noise": noise, "part": [at // 1000 for at in range(rows)], "price": [at / 3 for at in range(rows)]})


def put(files, path, data, **how):
    with files.open_output_stream(path) as out:
        pq.write_table(data, out, **how)


def mesh(folder, bindings, **remote):
    """A folder with a configuration that binds these."""
    (folder / "mesh" / "_governance").mkdir(parents=True)
    (folder / "mesh" / "_governance" / "board.policy.yaml").write_text(BOARD)
    config = {"version": 1, "mesh": {"catalog": "mesh"}, "storage": {"bindings": bindings, "remote": remote}}
    (folder / "weft.yaml").write_text(json.dumps(config))


def lake(url, prefix="s3://lake/{domain}/", domains=("*",), **more):
    keys = {"access_key_id": {"env": "LAKE_KEY"}, "secret_access_key": {"env": "LAKE_SECRET"}}
    return {"name": "lake", "prefix": prefix, "domains": list(domains), "endpoint": url, "credentials": keys, **more}


def run(folder, *arguments):
    return weft(*arguments, cwd=folder, LAKE_KEY=KEY, LAKE_SECRET=SECRET, ACCOUNT_KEY=ACCOUNT_KEY)


def imported(folder, location, domain="d", product="t"):
    return run(folder, "import", location, "--domain", domain, "--product", product, "--reader", "r", "--classification", "public")


def asked(folder, sql):
    code, out, err = run(folder, "sql", "--user", "u", "--roles", "r", "--output", "json", "-c", sql)
    return (json.loads(out), err) if code == 0 else (code, err)


@contextlib.contextmanager
def served(folder, snapshot_time="1h", announced=()):
    """A server over the mesh in a folder, and a way to ask it as somebody who may read."""
    (folder / "mesh" / "users.yaml").write_text("users:\n  - {name: u, roles: [r]}\n")
    bindings = json.loads((folder / "weft.yaml").read_text())["storage"]
    environment = {"LAKE_KEY": KEY, "LAKE_SECRET": SECRET}
    with serving(folder, folder / "mesh", ["u"], announced, environment=environment, storage=bindings, cache={"snapshot_time": snapshot_time}) as server:
        yield lambda sql: server.rows("u", sql)
