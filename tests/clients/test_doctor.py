"""`weft doctor`: what would keep a server from starting, and what it would lack."""

import json
import socket

import pytest

from command import RETAIL, weft


@pytest.fixture
def folder(tmp_path):
    assert weft("init", tmp_path)[0] == 0
    return tmp_path


def doctor(path):
    """The exit code, and every check's state and text."""
    code, out, err = weft("doctor", "--output", "json", cwd=path)
    assert err == ""
    return code, {check["check"]: (check["state"], check["says"], check["hint"]) for check in json.loads(out)["checks"]}


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new))


def test_a_sound_folder(folder):
    code, checks = doctor(folder)
    assert code == 0
    assert checks["configuration"] == ("ok", "`weft.yaml`", None)
    assert checks["mesh"] == ("ok", "`catalog` with 1 product", None)
    assert checks["users"] == ("ok", "`users.yaml` with 1 user", None)
    assert checks["tokens"] == ("ok", "`tokens.json` with 0 working tokens", None)
    assert checks["admin.listen"][0] in ("ok", "warn"), "another server may run here"
    assert checks["keys.ticket"][0] == checks["keys.token"][0] == checks["audit"][0] == checks["storage"][0] == "ok"
    code, out, _ = weft("doctor", cwd=folder)
    assert code == 0 and out.startswith("ok    configuration: `weft.yaml`\n") and "0 failures, " in out


def test_files_that_others_reach(folder):
    assert weft("token", "create", "--user", "analyst", cwd=folder)[0] == 0
    (folder / "tokens.json").chmod(0o644)
    (folder / "keys" / "token.key").chmod(0o640)
    (folder / "users.yaml").chmod(0o644)
    code, checks = doctor(folder)
    assert code == 0
    assert checks["tokens"] == ("warn", "`tokens.json` may be read by others", "Keep it to yourself: `chmod 600 tokens.json`.")
    assert checks["keys.token"][0] == "warn" and checks["users"][0] == "warn"
    (folder / "tokens.json").chmod(0o664)
    (folder / "users.yaml").chmod(0o664)
    code, checks = doctor(folder)
    assert code == 1
    assert checks["tokens"][0] == "fail" and checks["users"][:2] == (
        "fail",
        "`users.yaml` may be written by others, who could become anybody",
    )


def test_what_is_missing_or_wrong(folder):
    (folder / "keys" / "ticket.key").write_text("short")
    (folder / "catalog" / "shop" / "orders" / "orders-v1.odcs.yaml").write_text("kind: [")
    change(folder / "weft.yaml", "audit.jsonl ", "nowhere/audit.jsonl ")
    change(folder / "weft.yaml", "limits: {}", "limits: {memory: 1000TiB}")
    change(folder / "weft.yaml", "spill: {}", "spill: {dir: ./nowhere}")
    code, checks = doctor(folder)
    assert code == 1
    assert checks["keys.ticket"][:2] == ("fail", "a key is 64 hexadecimal digits")
    assert checks["mesh"][0] == "warn" and checks["mesh"][1].startswith("`catalog` with 0 products, 1 broken, ")
    assert checks["mesh"][2] == "`weft validate` lists what is wrong, and where."
    assert checks["audit"][0] == checks["limits.memory"][0] == checks["spill.dir"][0] == "fail"
    (folder / "catalog" / "_governance" / "board.policy.yaml").unlink()
    _, checks = doctor(folder)
    assert checks["mesh"][0] == "fail" and "the policy of the governance board is not valid" in checks["mesh"][1]


def test_a_port_that_is_taken(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        change(folder / "weft.yaml", "127.0.0.1:50051", f"127.0.0.1:{port}")
        code, checks = doctor(folder)
        assert code == 0 and checks["server.listen"][:2] == ("warn", f"127.0.0.1:{port} is taken")
    assert doctor(folder)[1]["server.listen"] == ("ok", f"127.0.0.1:{port} is free", None)
    change(folder / "weft.yaml", f"127.0.0.1:{port}", f"0.0.0.0:{port}")
    code, checks = doctor(folder)
    assert code == 1 and checks["server.listen"][0] == "fail"


def test_without_a_configuration_or_with_a_bad_one(tmp_path):
    code, checks = doctor(tmp_path)
    assert code == 1 and checks["configuration"][0] == "warn"
    assert checks["mesh"][:2] == ("fail", "no mesh is named; use --catalog DIR, or `mesh.catalog` in weft.yaml")
    code, out, _ = weft("doctor", "--catalog", RETAIL, "--output", "csv", cwd=tmp_path)
    assert out.startswith("check,state,says,hint\n") and "\nkeys.token,warn," in out and "\nstorage.bindings,warn," in out
    (tmp_path / "weft.yaml").write_text("version: 1\nserver: {listne: x}\n")
    code, checks = doctor(tmp_path)
    assert code == 1 and list(checks) == ["configuration"] and "listne" in checks["configuration"][1]
