"""`weft sql` as a person types it: exit codes and whole messages."""

import os
import subprocess


def weft(*arguments):
    """Exit code, standard output and standard error of one command."""
    done = subprocess.run([os.environ["WEFT_BIN"], *arguments], capture_output=True, text=True, timeout=120, cwd="/")
    return done.returncode, done.stdout, done.stderr


RETAIL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "catalogs", "retail")


def test_a_catalog_that_is_not_there_cannot_run():
    code, out, err = weft("sql", "--catalog", "/nowhere", "-c", "select 1")
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and "panicked" not in err


def test_a_statement_that_fails_exits_with_one():
    code, out, err = weft("sql", "--catalog", RETAIL, "--as", "outsider", "-c", "select * from hr.salaries")
    assert (code, out) == (1, "")
    assert err == (
        "error[WEFT-Q003]: table `hr.salaries` does not exist\n"
        "  hint: List the tables you may read with `select * from information_schema.tables`.\n"
    )


def test_nobody_is_told_how_to_become_someone():
    code, _, err = weft("sql", "--catalog", RETAIL, "-c", "select * from orders.orders")
    assert code == 1
    assert "hint: you are `anonymous`; try --as analyst" in err


def test_an_answer_as_json_and_csv():
    sql = "select 1 as a, 'x' as b"
    assert weft("sql", "--catalog", RETAIL, "--output", "json", "-c", sql) == (0, '[{"a":1,"b":"x"}]\n', "")
    assert weft("sql", "--catalog", RETAIL, "--output", "csv", "-c", sql) == (0, "a,b\n1,x\n", "")


def test_a_file_that_ends_in_nothing_known_is_refused(tmp_path):
    code, _, err = weft("sql", "--catalog", RETAIL, "-o", str(tmp_path / "x.txt"), "-c", "select 1")
    assert code == 2
    assert err.endswith("ends in none of .parquet, .arrow, .csv, .json\n")
