"""`weft init`: a folder that serves as it stands."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time

import adbc_driver_flightsql.dbapi as flight_sql
import adbc_driver_manager
import pytest

from command import typed, weft

SQL = "select count(*) as orders, count(distinct customer_id) as customers from shop.orders"


@pytest.fixture
def folder(tmp_path):
    """A fresh folder, and the password that was made up for its user."""
    code, out, err = weft("init", tmp_path / "shop", "--output", "json")
    assert (code, err) == (0, "")
    return tmp_path / "shop", json.loads(out)


def test_what_is_written(folder):
    path, said = folder
    assert said["user"] == "analyst" and re.fullmatch("[0-9a-f]{24}", said["password"])
    found = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    assert found == [
        ".gitignore",
        "catalog/_governance/board.policy.yaml",
        "catalog/data/shop/orders.parquet",
        "catalog/shop/domain.yaml",
        "catalog/shop/orders/orders-v1.odcs.yaml",
        "catalog/shop/orders/orders.odps.yaml",
        "catalog/shop/policy.yaml",
        "catalog/shop/shop.policy.md",
        "keys/ticket.key",
        "keys/token.key",
        "users.yaml",
        "weft.yaml",
    ]
    assert sorted(said["files"]) == [str(path / name) for name in found]
    for secret in ("keys/ticket.key", "keys/token.key", "users.yaml"):
        assert stat.S_IMODE((path / secret).stat().st_mode) == 0o600
    for file in path.rglob("*"):
        assert not file.is_file() or said["password"].encode() not in file.read_bytes(), file


def test_it_holds_before_anything_is_changed(folder):
    path, _ = folder
    assert weft("validate", "--bind", "--strict", cwd=path) == (0, "1 product, 1 table opened: 0 errors, 0 warnings\n", "")
    assert weft("policy", "check", "--strict", cwd=path) == (0, "rules over 1 product: 0 errors, 0 warnings\n", "")
    assert weft("policy", "test", cwd=path) == (0, "5 passed, 0 failed\n", "")
    code, out, err = weft("doctor", "--output", "json", cwd=path)
    assert (code, err) == (0, "")
    assert {check["check"] for check in json.loads(out)["checks"] if check["state"] != "ok"} <= {"server.listen", "admin.listen", "spill.dir"}


def test_it_answers_without_a_server(folder):
    path, _ = folder
    assert weft("sql", "--as", "analyst", "--output", "json", "-c", SQL, cwd=path) == (0, '[{"orders":192,"customers":61}]\n', "")
    code, out, _ = weft("sql", "--as", "analyst", "--output", "csv", "-c", "select distinct customer_email from shop.orders order by 1", cwd=path)
    assert (code, out) == (0, "customer_email\n***@inbox.example\n***@mail.example\n***@post.example\n")
    code, out, err = weft("sql", "-c", SQL, cwd=path)
    assert (code, out) == (1, "") and err.startswith("error[WEFT-Q003]: table `shop.orders` does not exist\n")


def serve(path):
    """A server of the folder on a free port, with its address, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [os.environ["WEFT_BIN"], "serve", "--listen", f"127.0.0.1:{port}"],
        cwd=path,
        env={**os.environ, "WEFT__ADMIN__LISTEN": "null"},
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server, f"grpc://127.0.0.1:{port}"
        except OSError:
            assert server.poll() is None and time.monotonic() < end, server.stderr.read()
            time.sleep(0.05)


def ask(url, user, password):
    with flight_sql.connect(url, db_kwargs={"username": user, "password": password}, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute(SQL)
            return cursor.fetchall()


def accepted(url, token):
    try:
        return ask(url, "analyst", token) == [(192, 61)]
    except adbc_driver_manager.Error as refused:
        assert refused.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
        return False


def until(check, what):
    end = time.monotonic() + 20
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def test_it_serves(folder):
    path, said = folder
    code, token, _ = weft("token", "create", "--user", "analyst", cwd=path)
    assert code == 0
    server, url = serve(path)
    try:
        assert ask(url, "analyst", said["password"]) == [(192, 61)]
        assert ask(url, "analyst", token.strip()) == [(192, 61)]
        with pytest.raises(adbc_driver_manager.Error) as refused:
            ask(url, "analyst", "not the password")
        assert refused.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
        made = json.loads(weft("token", "create", "--user", "analyst", "--output", "json", cwd=path)[1])
        until(lambda: accepted(url, made["token"]), "a token that is made counts")
        assert weft("token", "revoke", made["id"], cwd=path)[0] == 0
        until(lambda: not accepted(url, made["token"]), "a token that is revoked does not")
        remote = ["sql", "--url", url, "--output", "csv", "-c", SQL]
        assert weft(*remote, WEFT_TOKEN=token.strip()) == (0, "orders,customers\n192,61\n", "")
        tokens = path / "mine.token"
        tokens.write_text(token)
        assert weft(*remote, "--token-file", tokens)[:2] == (0, "orders,customers\n192,61\n")
        code, out, err = weft(*remote)
        assert (code, out) == (1, "") and err.startswith("error[WEFT-A003]: "), err
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
        server.stderr.close()


def test_nothing_is_overwritten(folder):
    path, _ = folder
    before = (path / "weft.yaml").read_text()
    code, out, err = weft("init", path)
    assert (code, out) == (2, "")
    assert err == f"error: `{path}/users.yaml` is there already, and nothing is overwritten; name another folder\n"
    assert (path / "weft.yaml").read_text() == before


def test_a_password_of_ones_own(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    code, out, _ = weft("init", "here", "--user", "ana", "--password-file", secret, cwd=tmp_path)
    assert code == 0 and "User ana has the password you gave.\n" in out and "correct horse" not in out
    code, out, _ = weft("init", "there", "--password-file", "-", stdin="correct horse", cwd=tmp_path)
    assert code == 0 and "correct horse" not in out
    code, out, err = weft("init", "nowhere", "--password-file", "-", stdin="short", cwd=tmp_path)
    assert (code, out) == (2, "") and err.endswith("the password is shorter than 8 characters\n")
    code, out, err = weft("init", "nowhere", "--user", "a: b", cwd=tmp_path)
    assert (code, out, err) == (2, "", "error: `a: b` cannot be the name of a user\n")
    assert not (tmp_path / "nowhere").exists()
    made = subprocess.run(["git", "init", "-q", tmp_path / "repository"])
    assert made.returncode == 0 and weft("init", ".", cwd=tmp_path / "repository")[0] == 0


def test_a_password_that_is_asked_for(tmp_path):
    prompts = [b"Password: ", b"again: "]
    code, shown = typed([(prompt, b"correct horse") for prompt in prompts], "init", str(tmp_path / "own"))
    assert code == 0 and "User analyst has the password you gave.\n" in shown and "correct" not in shown
    code, shown = typed([(prompt, b"") for prompt in prompts], "init", str(tmp_path / "made"))
    assert code == 0 and re.search(r"User analyst has password [0-9a-f]{24}, which is not shown again\.", shown)
