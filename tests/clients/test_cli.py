"""`weft sql` as a person types it: exit codes and whole messages."""

import json
import re
import subprocess

import pyarrow.ipc
import pyarrow.parquet
import pytest

from command import RETAIL, weft


def test_a_catalog_that_is_not_there_cannot_run():
    code, out, err = weft("sql", "--catalog", "/nowhere", "-c", "select 1")
    assert (code, out) == (2, "")
    assert err == (
        "error[WEFT-C001]: loading the mesh: the catalog folder `/nowhere` cannot be read\n"
        "  No such file or directory (os error 2).\n"
        "  hint: Check `mesh.catalog` and the folder's permissions.\n"
    )


def test_a_statement_that_fails_exits_with_one():
    code, out, err = weft("sql", "--catalog", RETAIL, "--as", "outsider", "-c", "select * from hr.salaries")
    assert (code, out) == (1, "")
    assert err == (
        "error[WEFT-Q003]: table `hr.salaries` does not exist\n"
        "  hint: List the tables you may read with `select * from information_schema.tables`.\n"
    )


def test_nobody_is_told_how_to_become_someone():
    become = (
        "you are `anonymous`; try --as analyst (users.yaml has analyst, fraud, marketer, outsider, steward), or --user, "
        "--groups and --roles"
    )
    code, out, err = weft("sql", "--catalog", RETAIL, "-c", "select * from orders.orders")
    assert (code, out) == (1, "")
    assert err == (
        "error[WEFT-Q003]: table `orders.orders` does not exist\n"
        "  hint: List the tables you may read with `select * from information_schema.tables`.\n"
        f"  hint: {become}\n"
    )
    sql = "select table_name from information_schema.tables where table_schema <> 'information_schema'"
    code, out, err = weft("sql", "--catalog", RETAIL, "-c", sql)
    assert code == 0 and "0 rows" in out
    assert err == f"nothing of the mesh is visible: {become}\n"
    assert weft("sql", "--catalog", RETAIL, "--as", "outsider", "-c", sql)[2] == ""


def test_without_a_mesh_the_error_says_how_to_have_one():
    assert weft("sql", "-c", "select 1") == (
        2,
        "",
        "error: no mesh is named; use --catalog DIR, or `mesh.catalog` in weft.yaml\n"
        "  hint: `weft init DIR` writes a mesh to begin with, `weft demo` generates one and serves it.\n",
    )


def test_who_it_runs_as():
    asked = lambda *who: weft("sql", "--catalog", RETAIL, "-c", "select 1", *who)
    assert asked("--as", "analist") == (
        2,
        "",
        "error: no user `analist` in the users file; it lists analyst, fraud, marketer, outsider, steward; did you mean "
        "`analyst`?\n",
    )
    code, _, err = asked("--as", "analyst", "--groups", "x")
    assert code == 2 and "cannot be used with" in err
    code, _, err = asked("--as", "analyst", "--purpose", "fraud")
    assert code == 2 and err == "error: purpose `fraud` is not permitted to user `analyst`; permitted are reporting\n"


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "json"])
def test_an_answer_in_a_file(tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    sql = tmp_path / "statement.sql"
    sql.write_text("select * from (values (1, 'x'), (2, null)) as t(a, b) order by a")
    assert weft("sql", "--catalog", RETAIL, "-f", sql, "-o", path) == (0, "", f"2 rows written to `{path}`\n")
    read = {
        "parquet": lambda: pyarrow.parquet.read_table(path).to_pylist(),
        "arrow": lambda: pyarrow.ipc.open_file(path).read_all().to_pylist(),
        "csv": lambda: path.read_text(),
        "json": lambda: json.loads(path.read_text()),
    }
    expected = {"csv": "a,b\n1,x\n2,\n", "json": [{"a": 1, "b": "x"}, {"a": 2, "b": None}]}
    assert read[ending]() == expected.get(ending, [{"a": 1, "b": "x"}, {"a": 2, "b": None}])


def test_an_answer_without_rows(tmp_path):
    sql = "select 1 as a where false"
    ask = lambda *more: weft("sql", "--catalog", RETAIL, "-c", sql, *more)
    assert ask("--output", "json") == (0, "[]\n", "")
    assert ask("--output", "csv") == (0, "a\n", "")
    assert ask("-o", tmp_path / "none.parquet")[0] == 0
    assert pyarrow.parquet.read_table(tmp_path / "none.parquet").schema.names == ["a"]


def test_an_answer_as_json_and_csv():
    sql = "select 1 as a, 'x' as b"
    assert weft("sql", "--catalog", RETAIL, "--output", "json", "-c", sql) == (0, '[{"a":1,"b":"x"}]\n', "")
    assert weft("sql", "--catalog", RETAIL, "--output", "csv", "-c", sql) == (0, "a,b\n1,x\n", "")


def test_a_file_that_ends_in_nothing_known_is_refused(tmp_path):
    code, _, err = weft("sql", "--catalog", RETAIL, "-o", str(tmp_path / "x.txt"), "-c", "select 1")
    assert code == 2
    assert err.endswith("ends in none of .parquet, .arrow, .csv, .json\n")


def test_versions_say_what_they_were_built_from():
    code, out, err = weft("--version")
    assert (code, err) == (0, "")
    assert re.fullmatch(
        r"weft \d+\.\d+\.\d+\n"
        r"commit      ([0-9a-f]{40}|unknown)\n"
        r"target      \S+-linux-\S+\n"
        r"profile     (debug|release)\n"
        r"datafusion  55\.\d+\.\d+\n"
        r"arrow       59\.\d+\.\d+\n",
        out,
    )
    assert re.fullmatch(r"weft \d+\.\d+\.\d+\n", weft("-V")[1])


@pytest.mark.parametrize("shell, begins", [("bash", "_weft()"), ("zsh", "#compdef weft"), ("fish", "# Print")])
def test_shells_can_complete(shell, begins):
    code, out, err = weft("completions", shell)
    assert (code, err) == (0, "") and out.startswith(begins)
    assert all(command in out for command in ("validate", "explain", "hash-password", "doctor"))
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=out, text=True).returncode == 0


def test_every_command_has_help():
    _, out, _ = weft("--help")
    commands = re.findall(r"^  (\w+)  ", out, re.MULTILINE)
    assert {"demo", "init", "serve", "sql", "validate", "policy", "token", "doctor", "completions"} <= set(commands)
    for command in set(commands) - {"help"}:
        code, out, err = weft(command, "--help")
        assert (code, err) == (0, "") and "Usage: weft" in out
