"""A folder that a command is given: its weft.yaml says what the mesh is, and gets nothing else that nobody named it for."""

import contextlib
import http.server
import json
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import weft

BOARD = """apiVersion: weft/v1
kind: Policy
classifications: [public]
defaults: {public: clear, unclassified: hide}
delegate: public
rules: []
"""
CONTRACT = """apiVersion: v3.2.0
kind: DataContract
id: urn:dc:d:p:v1
version: 1.0.0
status: active
domain: d
servers:
  - {server: data, type: TYPE, PLACE, format: parquet}
schema:
  - name: p
    logicalType: object
    properties:
      - {name: i, logicalType: integer, physicalType: bigint, classification: public}
roles:
  - {role: r, access: read}
"""
PRODUCT = """apiVersion: v1.0.0
kind: DataProduct
id: urn:dp:d:p
name: p
version: 1.0.0
status: active
domain: d
outputPorts:
  - {name: p, version: 1.0.0, contractId: "urn:dc:d:p:v1"}
"""
ASK = ["--user", "u", "--roles", "r", "--output", "csv", "-c", "select count(*) as n from d.p"]


def mesh(folder, config, kind="local", place="path: ./data/p.parquet", root="catalog"):
    """Somebody's mesh with one product."""
    at = folder / root
    for path, text in {
        "_governance/board.policy.yaml": BOARD,
        "d/p/p.odps.yaml": PRODUCT,
        "d/p/p-v1.odcs.yaml": CONTRACT.replace("TYPE", kind).replace("PLACE", place),
    }.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_text(text)
    (at / "data").mkdir(exist_ok=True)
    pq.write_table(pa.table({"i": pa.array([1, 2], pa.int64())}), at / "data" / "p.parquet")
    (folder / "weft.yaml").write_text(json.dumps({"version": 1, **config}))
    return folder


@contextlib.contextmanager
def listener():
    """A server that notes who asks it for what."""
    asked = []

    class Noted(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_error(404)

        do_PUT = do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            """Nobody reads this."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Noted) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def note(names, path="theirs/weft.yaml"):
    return f"note: nobody named `{path}`, so it is not obeyed in {names}; --config {path} obeys it, if you trust it\n"


BINDINGS = {
    "keys": {"prefix": "s3://lake/", "credentials": {"access_key_id": {"env": "MINE"}, "secret_access_key": {"env": "MINE"}}},
    "anonymous": {"prefix": "s3://lake/"},
    "instance": {"prefix": "s3://lake/", "credentials": "instance"},
}


@pytest.mark.parametrize("which", BINDINGS)
def test_secrets_are_sent_nowhere(tmp_path, which):
    with listener() as (url, asked):
        where = {"metadata_endpoint": url} if which == "instance" else {"endpoint": url}
        binding = {"name": "lake", "domains": ["*"], **where, **BINDINGS[which]}
        theirs = mesh(tmp_path / "theirs", {"mesh": {"catalog": "catalog"}, "storage": {"bindings": [binding], "remote": {"retries": 0}}}, "s3", "location: 's3://lake/d/p.parquet'")
        code, out, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path, MINE="my-own-secret")
        assert (code, out, asked) == (1, "", [])
        assert err == note("storage.bindings `lake`") + (
            "`d.p` cannot be read: storage binding `lake` has credentials or an address, and nobody named the configuration it stands in (reference g000001)\n"
            "error[WEFT-Q007]: product `d.p` is broken (reference g000001)\n"
            "  hint: Ask the owners of `d.p` and name the reference.\n"
            "  hint: Storage bindings may be missing: say --config theirs/weft.yaml if you trust that file with your credentials and your network.\n"
        )
        code, out, err = weft("validate", "--bind", "theirs", cwd=tmp_path, MINE="my-own-secret")
        assert (code, asked, err) == (1, [], note("storage.bindings `lake`"))
        assert (
            "error[WEFT-S009]: `d.p` 1.0.0 cannot be opened: storage binding `lake` has credentials or an address, and nobody named the configuration it stands in\n"
            "  hint: Say --config theirs/weft.yaml if you trust that file with your credentials and your network.\n"
        ) in out
        code, _, err = weft("import", "s3://lake/d/p.parquet", "--domain", "d", "--into", "theirs", cwd=tmp_path, MINE="my-own-secret")
        assert (code, asked) == (2, []) and err.startswith("error[WEFT-S009]: looking at the location: storage binding `lake`")
        weft("sql", "--config", theirs / "weft.yaml", *ASK, cwd=tmp_path, MINE="my-own-secret")
        assert asked != []


def test_an_http_address_is_not_asked(tmp_path):
    with listener() as (url, asked):
        mesh(tmp_path / "theirs", {"storage": {"bindings": [{"name": "www", "prefix": url + "/{domain}/", "domains": ["*"]}]}}, "custom", f"location: '{url}/d/p.parquet', customProperties: [{{property: customType, value: http, vendor: weft}}]", ".")
        code, _, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path)
        assert (code, asked) == (1, []) and "hint: Storage bindings may be missing: say --config theirs/weft.yaml if" in err


def test_nothing_is_written_or_read_for_a_stranger(tmp_path):
    """Audit and spill files, users and keys that lie elsewhere: passed over, named, and the statement runs."""
    (tmp_path / "users.yaml").write_text("users:\n  - {name: u, roles: [r]}\n")
    config = {
        "mesh": {"catalog": "catalog"},
        "audit": {"file": "../audit.jsonl"},
        "spill": {"dir": "../spill"},
        "auth": {"users": "../users.yaml", "anonymous": True},
        "keys": {"ticket": {"env": "MINE"}, "token": {"env": "MINE"}},
    }
    mesh(tmp_path / "theirs", config)
    config["spill"] = {}
    (tmp_path / "theirs" / "weft.yaml").write_text(json.dumps({"version": 1, **config}))
    code, out, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path, MINE="not-64-digits")
    assert (code, out, err) == (0, "n\n2\n", note("audit, auth.users, keys.token"))
    assert not (tmp_path / "audit.jsonl").exists()
    config["spill"] = {"dir": "../spill"}
    (tmp_path / "theirs" / "weft.yaml").write_text(json.dumps({"version": 1, **config}))
    code, out, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path)
    assert (code, err) == (0, note("audit, spill.dir, auth.users, keys.token"))
    assert not (tmp_path / "spill").exists()


def test_a_link_is_no_way_out(tmp_path):
    """Files inside of the folder count, links that leave it do not."""
    (tmp_path / "users.yaml").write_text("users:\n  - {name: ada, roles: [r]}\n")
    theirs = mesh(tmp_path / "theirs", {"mesh": {"catalog": "catalog"}, "auth": {"users": "users.yaml"}})
    (theirs / "users.yaml").write_text((tmp_path / "users.yaml").read_text())
    ask = ["sql", "--catalog", "theirs", "--as", "ada", "--output", "csv", "-c", "select count(*) as n from d.p"]
    assert weft(*ask, cwd=tmp_path) == (0, "n\n2\n", "")
    (theirs / "users.yaml").unlink()
    (theirs / "users.yaml").symlink_to(tmp_path / "users.yaml")
    code, _, err = weft(*ask, cwd=tmp_path)
    assert code == 2 and err.startswith(note("auth.users"))


@pytest.mark.parametrize("catalog", ["../elsewhere/catalog", "link"])
@pytest.mark.parametrize("command", [("sql", "--catalog", "theirs", *ASK), ("validate", "theirs"), ("import", "x", "--into", "theirs")])
def test_a_mesh_elsewhere_is_refused(tmp_path, catalog, command):
    mesh(tmp_path / "elsewhere", {})
    theirs = mesh(tmp_path / "theirs", {"mesh": {"catalog": catalog}})
    (theirs / "link").symlink_to(tmp_path / "elsewhere" / "catalog")
    assert weft(*command, cwd=tmp_path) == (
        2,
        "",
        "error: `mesh.catalog` of `theirs/weft.yaml` leads out of `theirs`\n"
        "  hint: Nobody named that file: --config theirs/weft.yaml obeys it, if you trust it.\n",
    )


def test_a_file_without_a_catalog_still_counts(tmp_path):
    """The folder is the mesh; its name, roots, bindings and limits are those of the file."""
    data = tmp_path / "data"
    data.mkdir()
    pq.write_table(pa.table({"i": pa.array([1, 2, 3], pa.int64())}), data / "p.parquet")
    storage = {"local_roots": [str(data)]}
    theirs = mesh(tmp_path / "theirs", {"mesh": {"name": "acme"}, "storage": storage}, place=f"path: '{data}/p.parquet'", root=".")
    assert weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path) == (0, "n\n3\n", "")
    assert weft("sql", "--catalog", "theirs", *ASK[:-1], "select count(*) as n from acme.d.p", cwd=tmp_path)[:2] == (0, "n\n3\n")
    assert weft("validate", "--bind", "theirs", cwd=tmp_path)[0] == 0
    storage["bindings"] = [{"name": "none", "prefix": str(data), "domains": ["other"]}]
    (theirs / "weft.yaml").write_text(json.dumps({"version": 1, "storage": storage}))
    code, out, err = weft("validate", "--bind", "theirs", cwd=tmp_path)
    assert (code, err) == (1, "") and "WEFT-S004" in out
    (theirs / "weft.yaml").write_text(json.dumps({"version": 1, "storage": {"local_roots": [str(data)]}, "limits": {"sql_bytes": 5}}))
    code, _, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path)
    assert code == 1 and "5 bytes" in err


def test_buckets_of_a_cloud_without_credentials_are_let_be(tmp_path):
    bindings = [
        {"name": "open", "prefix": "s3://open-data/", "domains": ["*"], "region": "eu-central-1"},
        {"name": "lake", "prefix": "./data/", "domains": ["*"]},
    ]
    mesh(tmp_path / "theirs", {"mesh": {"catalog": "catalog"}, "storage": {"bindings": bindings}})
    assert weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path) == (0, "n\n2\n", "")


def test_a_new_folder_is_a_mesh_from_outside_too(tmp_path):
    """`weft init`: users and the key of tokens lie in the folder; only its receipts are not written unasked."""
    assert weft("init", "mine", cwd=tmp_path)[0] == 0
    ask = ["--as", "analyst", "--output", "csv", "-c", "select customer_id from shop.orders order by 1 limit 1"]
    named = weft("sql", "--config", "mine/weft.yaml", *ask, cwd=tmp_path)
    assert named[0] == 0 and (tmp_path / "mine" / "audit.jsonl").exists()
    (tmp_path / "mine" / "audit.jsonl").unlink()
    assert weft("sql", "--catalog", "mine", *ask, cwd=tmp_path) == (0, named[1], note("audit", "mine/weft.yaml"))
    assert not (tmp_path / "mine" / "audit.jsonl").exists()


def test_settings_of_ones_own_environment_count(tmp_path):
    mesh(tmp_path / "theirs", {"mesh": {"catalog": "catalog"}, "limits": {"sql_bytes": "1MiB"}})
    code, _, err = weft("sql", "--catalog", "theirs", *ASK, cwd=tmp_path, WEFT__LIMITS__SQL_BYTES="5")
    assert code == 1 and "5 bytes" in err
