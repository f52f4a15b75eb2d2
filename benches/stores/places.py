"""Where the tables lie: local files, or the same files in a real S3 server behind a relay that counts.

A place tells every engine how to reach it, and how much it was asked."""

import contextlib
import json
import pathlib
import subprocess

import pyarrow.fs
import stores

TABLES = ("region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem")
BUCKET, PREFIX = "lake", "tpch"
NOTHING = {"requests": 0, "bytes": 0}


class Local:
    """Files below a folder. Nobody counts how they are read."""

    name, counts, environment = "local", False, {}

    def __init__(self, root):
        self.root = root

    def server(self, table):
        """What a contract says of a table's data."""
        return {"server": "local", "type": "local", "path": f"{self.root}/data/{table}/*.parquet", "format": "parquet"}

    def storage(self):
        """The section of the server's configuration."""
        binding = {"name": "own", "prefix": f"{self.root}/data/", "domains": ["tpch"]}
        return {"local_roots": [str(self.root)], "bindings": [binding]}

    def plain(self):
        """What plain DataFusion is started with."""
        return [str(self.root)]

    def files(self, table):
        """What DuckDB reads as a table."""
        return f"{self.root}/data/{table}/*.parquet"

    def open(self, connection):
        """Prepares a connection of DuckDB: files need nothing."""

    def asked(self):
        """Requests and bytes of answers so far."""
        return NOTHING


class Bucket:
    """Objects below a prefix, asked for through the relay."""

    name, counts, environment = "s3", True, {"LAKE_KEY": stores.KEY, "LAKE_SECRET": stores.SECRET}

    def __init__(self, relay, address):
        self.relay, self.address = relay, address

    def server(self, table):
        return {"server": "lake", "type": "s3", "location": f"{self.below()}/{table}/*.parquet", "format": "parquet"}

    def storage(self):
        keys = {"access_key_id": {"env": "LAKE_KEY"}, "secret_access_key": {"env": "LAKE_SECRET"}}
        binding = {"name": "lake", "prefix": f"{self.below()}/", "domains": ["tpch"], "endpoint": f"http://{self.address}", "credentials": keys}
        return {"bindings": [binding]}

    def plain(self):
        return [self.below(), "--endpoint", f"http://{self.address}"]

    def files(self, table):
        return f"{self.below()}/{table}/*.parquet"

    def open(self, connection):
        connection.execute(f"load '{extension()}'")
        connection.execute(
            f"create secret (type s3, key_id '{stores.KEY}', secret '{stores.SECRET}', endpoint '{self.address}', "
            "url_style 'path', use_ssl false, region 'us-east-1')"
        )

    def asked(self):
        return told(self.relay, "counts\n")

    @staticmethod
    def below():
        return f"s3://{BUCKET}/{PREFIX}"


def extension():
    """DuckDB's client of S3, as its package on PyPI ships it: nothing is fetched from anywhere else."""
    import duckdb
    import duckdb_extension_httpfs

    folder = pathlib.Path(duckdb_extension_httpfs.__file__).parent
    return folder / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"


def told(process, line=None):
    """The next line that a process prints, in answer to a line or by itself."""
    if line:
        process.stdin.write(line)
        process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, f"{process.args[0]} ended with {process.wait()}"
    return json.loads(answer)


@contextlib.contextmanager
def talking(command, environment):
    """A program that is asked line by line, ended by its process id."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def bucket(folder, root, binaries, latency, environment):
    """A server whose objects are files beside the tables, put there once, and the relay in front of it."""
    kept = root / "s3"
    kept.mkdir(exist_ok=True)
    with stores.s3(folder, kept) as store:
        fill(store.files, root / "data")
        command = [binaries / "relay", f"127.0.0.1:{store.port}", "--latency", latency]
        with talking(command, environment) as relay:
            yield Bucket(relay, f"127.0.0.1:{told(relay)['port']}")


def fill(files, data):
    """Uploads what is not there yet in its full length."""
    local = pyarrow.fs.LocalFileSystem()
    for path in sorted(data.glob("*/*.parquet")):
        key = f"{BUCKET}/{PREFIX}/{path.relative_to(data)}"
        if files.get_file_info(key).size != path.stat().st_size:
            pyarrow.fs.copy_files(str(path), key, source_filesystem=local, destination_filesystem=files, chunk_size=1 << 20)
            assert files.get_file_info(key).size == path.stat().st_size, key
