"""`weft token`: secrets are shown once, kept as hashes, and never taken as arguments."""

import json
import os
import re
import shutil
import stat

import pytest

from command import RETAIL, typed, weft

CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def folder(tmp_path):
    """A folder with a configuration that names the retail mesh and a file of tokens."""
    shutil.copytree(RETAIL, tmp_path / "retail")
    (tmp_path / "weft.yaml").write_text("version: 1\nmesh: {catalog: ./retail}\nauth: {tokens: ./tokens.json}\n")
    return tmp_path


def test_a_token_is_made_listed_and_revoked(folder):
    code, out, err = weft("token", "create", "--user", "analyst", "--name", "laptop", cwd=folder)
    assert code == 0
    assert re.fullmatch(r"weft_pat_[0-9a-f]{16}_[0-9a-f]{64}\n", out)
    assert err.startswith(f"token {out[9:25]} of user `analyst`, ends ") and "it is not shown again" in err
    kept = folder / "tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert out.strip().rsplit("_", 1)[1] not in kept.read_text()
    assert sorted(os.listdir(folder)) == ["retail", "tokens.json", "tokens.json.lock", "weft.yaml"]

    made = ["token", "create", "--user", "fraud", "--expires", "never", "--purposes", "fraud", "--output", "json"]
    code, out, err = weft(*made, cwd=folder)
    second = json.loads(out)
    assert (code, err) == (0, "")
    assert second.pop("token").startswith(f"weft_pat_{second['id']}_")
    assert CREATED.fullmatch(second.pop("created"))
    assert {key: second[key] for key in ("user", "name", "purposes", "expires", "revoked", "state")} == {
        "user": "fraud",
        "name": "",
        "purposes": ["fraud"],
        "expires": None,
        "revoked": None,
        "state": "works",
    }

    code, out, _ = weft("token", "list", "--output", "json", cwd=folder)
    listed = json.loads(out)
    assert code == 0 and [token["user"] for token in listed] == ["analyst", "fraud"]
    assert "sha256" not in out and "token" not in listed[0]
    code, out, _ = weft("token", "revoke", second["id"], cwd=folder)
    assert (code, out) == (0, f"token {second['id']} of user `fraud` is revoked\n")
    code, out, _ = weft("token", "list", cwd=folder)
    assert code == 0 and re.search(rf"\| {second['id']} \| fraud .*\| never .*\| revoked \|", out), out
    code, out, _ = weft("token", "list", "--output", "csv", cwd=folder)
    assert out.splitlines()[0] == "id,user,name,purposes,created,expires,state"
    assert out.splitlines()[1].split(",")[1:4] == ["analyst", "laptop", "all of the user's"]


def test_requests_that_make_no_sense(folder):
    def refused(*arguments):
        code, out, err = weft("token", *arguments, cwd=folder)
        assert (code, out) == (2, "")
        return err

    assert refused("create", "--user", "analist").startswith("error: no user `analist` in the users file; it lists analyst, ")
    assert refused("create", "--user", "analyst", "--purposes", "fraud") == (
        "error[WEFT-A006]: making a token: purpose `fraud` is not among those of user `analyst`\n"
        "  hint: A token may narrow its user's purposes, not add to them.\n"
    )
    assert refused("create", "--user", "analyst", "--expires", "soon") == (
        "error: `--expires soon` is none of a span (90d, 12h), a day (2027-03-31) or `never`\n"
    )
    assert refused("create", "--user", "analyst", "--expires", "2020-01-01") == (
        "error[WEFT-A006]: making a token: the expiry lies in the past\n"
    )
    assert "control character" in refused("create", "--user", "analyst", "--name", "a\x1b[2J")
    assert not (folder / "tokens.json").exists()
    assert refused("revoke", "0") == (
        "error[WEFT-A006]: revoking a token: no token has the id `0`\n  hint: `weft token list` shows the ids.\n"
    )
    (folder / "weft.yaml").write_text("version: 1\nmesh: {catalog: ./retail}\n")
    assert refused("list") == "error: no file of tokens is named; use --tokens FILE, or `auth.tokens` in weft.yaml\n"


def test_a_file_that_others_may_write_is_not_trusted(folder):
    tokens = folder / "elsewhere.json"
    assert weft("token", "create", "--user", "analyst", "--tokens", tokens, cwd=folder)[0] == 0
    tokens.chmod(0o666)
    code, out, err = weft("token", "list", "--tokens", tokens, cwd=folder)
    assert (code, out) == (2, "")
    assert err == (
        "error[WEFT-A007]: reading the tokens: the token file may be written by others than its owner\n"
        "  hint: Take the right to write from group and others: `chmod go-w`.\n"
    )


def test_passwords_come_from_standard_input_or_a_file(tmp_path):
    code, out, err = weft("token", "hash-password", stdin="correct horse\n")
    assert (code, err) == (0, "") and out.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and out.count("\n") == 1
    secret = tmp_path / "secret"
    secret.write_text("correct horse")
    code, out, _ = weft("token", "hash-password", "--password-file", secret, "--output", "json")
    assert code == 0 and json.loads(out)["hash"].startswith("$argon2id$")
    code, out, err = weft("token", "hash-password", stdin="short\n")
    assert (code, out) == (2, "")
    assert err == "error[WEFT-A006]: hashing the password: the password is shorter than 8 characters\n"
    code, _, err = weft("token", "hash-password", "correct horse")
    assert code == 2 and "unexpected argument" in err
    (tmp_path / "weft.yaml").write_text("nonsense: [")
    assert weft("token", "hash-password", cwd=tmp_path, stdin="correct horse")[0] == 0, "needs no configuration"


def test_the_hint_of_a_plain_password_can_be_followed(folder):
    users = folder / "retail" / "users.yaml"
    plain = users.read_text().replace("  - name: outsider\n", "  - name: outsider\n    password: correct horse\n")
    users.write_text(plain)
    code, _, err = weft("sql", "--as", "outsider", "-c", "select 1", cwd=folder)
    assert code == 2 and "`weft token hash-password`" in err and "correct horse" not in err
    hash = weft("token", "hash-password", stdin="correct horse")[1].strip()
    users.write_text(plain.replace("password: correct horse", f"password: {hash}"))
    assert weft("sql", "--as", "outsider", "-c", "select 1", "--output", "csv", cwd=folder)[0] == 0


def test_a_password_that_is_typed_is_not_shown():
    ask = [(b"Password: ", b"correct horse"), (b"again: ", b"correct horse")]
    code, shown = typed(ask, "token", "hash-password")
    assert code == 0 and "correct" not in shown
    assert re.fullmatch(r"Password: \nThe same again: \n\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\n", shown), shown
    code, shown = typed([ask[0], (b"again: ", b"another horse")], "token", "hash-password")
    assert code == 2 and shown.endswith("error: the two passwords differ; nothing was changed\n")
