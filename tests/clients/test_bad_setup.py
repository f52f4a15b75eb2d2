"""Set-ups that cannot serve: each with its whole message and the exit code 2."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from command import weft
from meshes import BOARD, Mesh
from refusals import missing_table, refused
from servers import configure, serving



def readable_by_reader(server):
    found = server.rows("reader", "select table_name from information_schema.tables where table_schema = 'shop'")
    return ("good",) in found


def serve(folder, root, *arguments):
    """Exit code and errors of a server that cannot serve."""
    file, _ = configure(folder, root)
    code, out, err = weft("serve", "--config", file, *arguments)
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith("{")]
    return code, "\n".join(lines).replace(str(folder), "FOLDER")


ADDRESS_HINT = "\n  hint: Write `127.0.0.1:50051`, or port 0 for a free one."


def test_a_port_in_use(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    with serving(tmp_path / "first", mesh.root, ["reader"]) as server:
        port = server.url.rsplit(":", 1)[1]
        said = f"error: listening on 127.0.0.1:{port}: Address already in use (os error 98)\n"
        said += "  hint: Perhaps another server runs; choose another address with "
        says = said + "`--listen` or `server.listen`."
        assert serve(tmp_path / "second", mesh.root, "--listen", f"localhost:{port}") == (2, says)
        says = said + "`--port`, 0 for a free one."
        code, out, err = weft("demo", "--port", port, "--dir", tmp_path / "demo")
        assert (code, out, err) == (2, "", says + "\n")
        assert not (tmp_path / "demo").exists(), "nothing is generated for a demo that cannot be served"
        assert server.rows("reader", "select 1") == [(1,)]


@pytest.mark.parametrize(
    ("listen", "says"),
    [
        (
            "0.0.0.0:0",
            "error: `0.0.0.0:0` is not a loopback address, and this version has no TLS; listen on 127.0.0.1 and put a proxy that "
            "ends TLS in front",
        ),
        ("somewhere", "error: `somewhere` is not HOST:PORT: invalid socket address" + ADDRESS_HINT),
        ("127.0.0.1:99999", "error: `127.0.0.1:99999` is not HOST:PORT: invalid port value" + ADDRESS_HINT),
    ],
)
def test_an_address_that_cannot_be_listened_on(tmp_path, listen, says):
    mesh = Mesh(tmp_path / "mesh")
    assert serve(tmp_path, mesh.root, "--listen", listen) == (2, says)


def test_an_empty_catalog_serves_nothing(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    with serving(tmp_path, mesh.root, ["reader"]) as server:
        tables = server.rows("reader", "select table_schema, table_name from information_schema.tables order by 2")
        assert tables == [("information_schema", name) for name in ("columns", "schemata", "tables")]
        assert refused(server.rows, "reader", "select * from shop.good").text == missing_table("shop.good")
        with server.connect("reader") as connection:
            listed = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
            assert [schema["db_schema_name"] for schema in listed[0]["catalog_db_schemas"]] == ["information_schema"]
        # It fills while it runs.
        mesh.product("shop", "good")
        mesh.data("data/shop/good.parquet")
        end = time.monotonic() + 20
        while not readable_by_reader(server):
            assert time.monotonic() < end
            time.sleep(0.2)
        assert server.rows("reader", "select count(*) from shop.good") == [(3,)]


def without_board(root):
    shutil.rmtree(root / "_governance")


def with_board(text):
    return lambda root: (root / "_governance" / "board.policy.yaml").write_text(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            shutil.rmtree,
            "error[WEFT-C001]: loading the mesh: the catalog folder `FOLDER/mesh` cannot be read\n"
            "  No such file or directory (os error 2).\n"
            "  hint: Check `mesh.catalog` and the folder's permissions.",
        ),
        (
            without_board,
            "error[WEFT-C004]: loading the mesh: the policy of the governance board is not valid\n"
            "  : error[POL-003]: the mesh has no board policy\n"
            "    hint: Write `_governance/board.policy.yaml` with `classifications`, `defaults` and `rules`.\n"
            "  hint: Correct the files below `_governance`, then start again.",
        ),
        (
            with_board("apiVersion: weft/v1\nkind: Policy\nrules: [\n"),
            "error[WEFT-C004]: loading the mesh: the policy of the governance board is not valid\n"
            "  _governance/board.policy.yaml:3:8: error[POL-001]: the file is not readable: unclosed bracket '['\n"
            "  hint: Correct the files below `_governance`, then start again.",
        ),
        (
            with_board(BOARD + "owner: board\n"),
            "error[WEFT-C004]: loading the mesh: the policy of the governance board is not valid\n"
            "  _governance/board.policy.yaml:7:1: error[POL-002]: a policy has no key `owner`\n"
            "    hint: Known keys: apiVersion, kind, classifications, defaults, delegate, rules, lowered.\n"
            "  hint: Correct the files below `_governance`, then start again.",
        ),
        (
            lambda root: (root / "users.yaml").write_text("users:\n  - {name: reader, grups: [readers]}\n"),
            "error: the users file is not usable\n"
            "users.yaml:2:20: error[AUTH-U001]: the file is not a list of users: unknown field `grups`, expected one of name, password, "
            "groups, roles, purposes, attributes, disabled at line 2, column 20",
        ),
    ],
    ids=["no folder", "no board", "malformed board", "unknown key", "bad users"],
)
def test_a_mesh_that_cannot_be_served(tmp_path, change, says):
    mesh = Mesh(tmp_path / "mesh")
    mesh.product("shop", "good")
    change(mesh.root)
    assert serve(tmp_path, mesh.root) == (2, says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 1\nmesh: {catalogue: x}\n", "unknown field `catalogue`"),
        ("mesh: {catalog: x}\n", "lacks `version: 1`"),
        ("version: 1\nmesh: [\n", "is not a configuration"),
    ],
)
def test_a_configuration_that_is_none(tmp_path, text, says):
    (tmp_path / "weft.yaml").write_text(text)
    done = subprocess.run([os.environ["WEFT_BIN"], "serve"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `weft.yaml") and says in done.stderr


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"batch_rows": 0}, "`limits.batch_rows` has to be 1 to 1048576 rows"),
        ({"partitions": 0}, "`limits.partitions` has to be 1 to 1024 partitions"),
        ({"memory": 5}, "`limits.memory` has to be 1048576 or more bytes"),
        ({"message_bytes": "10MiB"}, "`limits.message_bytes` has to be 65536 to 4177920 bytes"),
        ({"statement_time": "0s"}, "`limits.statement_time` has to be 1 or more milliseconds"),
    ],
)
def test_a_bound_that_lets_nothing_run_is_refused(tmp_path, limits, says):
    mesh = Mesh(tmp_path / "mesh")
    file, _ = configure(tmp_path, mesh.root, limits=limits)
    for command in (["serve", "--config", file], ["doctor", "--config", file], ["sql", "--config", file, "-c", "select 1"]):
        code, out, err = weft(*command)
        assert code in (1, 2) and says in out + err, out + err
    (name, value), = limits.items()
    file, _ = configure(tmp_path, mesh.root)
    code, _, err = weft("sql", "--config", file, "-c", "select 1", **{f"WEFT__LIMITS__{name.upper()}": str(value)})
    assert code == 2 and says in err


def test_a_file_that_is_no_configuration_is_not_shown(tmp_path):
    secret = tmp_path / "users.yaml"
    secret.write_text("users:\n  - {name: ada, password: '$argon2id$secret'}\n")
    code, out, err = weft("sql", "--config", secret, "-c", "select 1")
    assert (code, out) == (2, "") and "secret" not in err
    assert err.startswith(f"error: `{secret}:1:1` is not a configuration: unknown field `users`"), err


def test_nothing_is_left_in_the_spill_folder(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    mesh.product("shop", "good")
    mesh.data("data/shop/good.parquet")
    (tmp_path / "spill").mkdir()
    file, _ = configure(tmp_path, mesh.root, spill={"dir": "spill"})
    said = weft("sql", "--config", file, "--as", "reader", "--output", "csv", "-c", "select count(*) as n from shop.good")
    assert said == (0, "n\n3\n", "")
    assert list((tmp_path / "spill").iterdir()) == []
