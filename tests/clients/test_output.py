"""Where answers of `weft sql` go: tables, CSV and JSON on standard output, files, servers that are not there."""

import csv
import http.server
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pyarrow.ipc
import pyarrow.parquet
import pytest

from command import RETAIL, weft
from meshes import Mesh
from servers import free_address

MANY = "select a.value * 100 + b.value as n from generate_series(0, {}) a cross join generate_series(0, 99) b"
HERE = "Is the server running there? `weft serve` and `weft demo` print their address; the URL is grpc://HOST:PORT."
FORM = "Write it as grpc://HOST:PORT, for example grpc://127.0.0.1:50051."


def ask(sql, *more, **how):
    """A statement that the analyst runs in the process itself."""
    return weft("sql", "--catalog", RETAIL, "--as", "analyst", "-c", sql, *more, **how)


def cells(text):
    return list(csv.reader(io.StringIO(text)))


def test_nested_values_are_json_in_csv():
    sql = "select {'a': 1, 'b': null} as s, [1, 2] as l, map(['k'], [1]) as m, map([7], ['v']) as i, 'x,y' as t"
    code, out, err = ask(sql, "--output", "csv")
    assert (code, err) == (0, "")
    assert cells(out) == [["s", "l", "m", "i", "t"], ['{"a":1,"b":null}', "[1,2]", '{"k":1}', '{"7":"v"}', "x,y"]]
    sql = "select case when n = 1 then [n] end as l, x'00ff' as b, interval '1 month' as i from (values (1), (2)) as t(n) order by n"
    code, out, err = ask(sql, "--output", "csv")
    assert (code, out, err) == (0, "l,b,i\n[1],00ff,1 mons\n,00ff,1 mons\n", "")
    assert ask("select map([7], ['v']) as i", "--output", "json") == (0, '[{"i":{"7":"v"}}]\n', "")


def test_nested_values_of_a_server_are_json_in_csv(demo):
    sql = "select customer_id, address from customers.profiles where address is not null limit 2"
    code, out, err = weft("sql", "--url", demo.url, "--output", "csv", "-c", sql, WEFT_TOKEN=demo.passwords["steward"])
    assert (code, err) == (0, "")
    head, *rows = cells(out)
    assert head == ["customer_id", "address"] and len(rows) == 2
    assert all(set(json.loads(address)) > {"city"} for _, address in rows)


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "json"])
def test_a_file_that_is_there_outlives_a_statement_that_fails(tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    path.write_text("kept")
    code, out, err = ask("select 10 / (a.value - 90000) from generate_series(0, 99999) a", "-o", path)
    assert (code, out) == (1, "") and err.startswith("error[WEFT-Q006]: ")
    assert path.read_text() == "kept" and os.listdir(tmp_path) == [path.name]
    path.unlink()
    assert ask("select * from nowhere.nothing", "-o", path)[0] == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_stays_of_an_interrupted_file(tmp_path, number):
    path = tmp_path / "out.csv"
    path.write_text("kept")
    process = subprocess.Popen(
        [os.environ["WEFT_BIN"], "sql", "--catalog", RETAIL, "--as", "analyst", "-o", path, "-c", MANY.format(99_999_999)],
        stderr=subprocess.PIPE, text=True, cwd="/",
    )
    end = time.monotonic() + 60
    while sum(file.stat().st_size for file in tmp_path.iterdir()) < 100_000:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (128 + number, f"interrupted; nothing was written to `{path}`\n")
    assert path.read_text() == "kept" and os.listdir(tmp_path) == ["out.csv"]


def test_a_file_keeps_its_permissions_and_links(tmp_path):
    path, link = tmp_path / "out.csv", tmp_path / "link.csv"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path.name)
    assert ask("select 1 as a", "-o", link) == (0, "", f"1 row written to `{link}`\n")
    assert link.is_symlink() and path.read_text() == "a\n1\n" and path.stat().st_mode & 0o777 == 0o640
    fresh = tmp_path / "fresh.json"
    ask("select 1 as a", "-o", fresh)
    mask = os.umask(0)
    os.umask(mask)
    assert fresh.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_column_that_the_format_cannot_hold_is_named(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_text("kept")
    assert ask("select 1 as a, [interval '1 month'] as i", "-o", path) == (
        2,
        "",
        f"error: writing `{path}`: Parquet cannot hold column `i` of Arrow type `List(Interval(MonthDayNano))`\n"
        "  hint: Cast the column, as in `CAST(… AS VARCHAR)`, or write .arrow, .csv or .json.\n",
    )
    assert path.read_text() == "kept" and os.listdir(tmp_path) == ["out.parquet"]
    assert ask("select [interval '1 month'] as i", "-o", tmp_path / "out.arrow")[0] == 0


def test_where_a_file_cannot_be(tmp_path):
    nowhere = tmp_path / "no" / "such" / "out.csv"
    assert ask("select 1", "-o", nowhere) == (
        2,
        "",
        f"error: writing `{nowhere}`: the folder `{nowhere.parent}` does not exist\n"
        "  hint: Make the folder first, or name a file in one that is there.\n",
    )
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert ask("select 1", "-o", folder) == (2, "", f"error: writing `{folder}`: it is a folder or a device, not a file\n")
    # Before a server is asked.
    code, _, err = weft("sql", "--url", f"grpc://{free_address()}", "-c", "select 1", "-o", nowhere)
    assert code == 2 and "does not exist" in err


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_a_reader_that_leaves_is_no_failure(output):
    """As `| head -2` does; the statement ends with its reader."""
    size = 99 if output == "table" else 99_999_999
    process = subprocess.Popen(
        [os.environ["WEFT_BIN"], "sql", "--catalog", RETAIL, "--as", "analyst", "--output", output, "-c", MANY.format(size)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )
    assert process.stdout.read(20)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0


def test_a_reader_that_leaves_a_server_is_no_failure(demo):
    sql = MANY.format(9_999)
    for output in ("table", "csv", "json"):
        command = '"$WEFT_BIN" sql --url "$URL" --output "$OUTPUT" -c "$SQL" | head -2 >/dev/null; exit ${PIPESTATUS[0]}'
        settings = {"URL": demo.url, "OUTPUT": output, "SQL": sql, "WEFT_TOKEN": demo.passwords["analyst"]}
        done = subprocess.run(
            ["bash", "-c", command], env={**os.environ, **settings}, capture_output=True, text=True, timeout=120, cwd="/"
        )
        shown = "10000 of 1000000 rows are shown; `--output csv` or `--output json` has them all\n" if output == "table" else ""
        assert (done.returncode, done.stderr) == (0, shown)


def test_a_table_shows_ten_thousand_rows_and_says_so():
    code, out, err = ask(MANY.format(149))
    assert code == 0 and err == "10000 of 15000 rows are shown; `--output csv` or `--output json` has them all\n"
    assert out.count("\n|") == 10_001 and out.endswith("\n15000 rows (10000 shown)\n")
    code, out, err = ask(MANY.format(99))
    assert (code, err) == (0, "") and out.endswith("\n10000 rows\n")
    assert ask(MANY.format(149), "--output", "csv")[1].count("\n") == 15_001
    assert "at most 10,000 rows" in " ".join(weft("sql", "--help")[1].split())


def test_a_table_does_not_keep_what_it_does_not_show():
    sql = "select n, repeat('x', 500) as t from (" + MANY.format(19_999) + ")"
    process = subprocess.Popen(
        [os.environ["WEFT_BIN"], "sql", "--catalog", RETAIL, "--as", "analyst", "-c", sql],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
    )
    most = 0
    while process.poll() is None:
        # Of the process itself: what its parent holds is counted into resource usage until the new program begins.
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        most = max([most, *(int(kib) for kib in re.findall(r"VmHWM:\s+(\d+) kB", status))])
        time.sleep(0.005)
    # The answer is a gigabyte.
    assert process.returncode == 0 and 0 < most < 400 * 1024


def test_numbers_stand_right():
    sql = "select * from (values (1, 'a', 2.5), (null, 'b', -10.25), (1000, null, 0)) as t(n, text, number) order by text"
    assert ask(sql) == (
        0,
        "+------+------+--------+\n"
        "|    n | text | number |\n"
        "+------+------+--------+\n"
        "|    1 | a    |    2.5 |\n"
        "| NULL | b    | -10.25 |\n"
        "| 1000 | NULL |    0.0 |\n"
        "+------+------+--------+\n"
        "3 rows\n",
        "",
    )


def test_a_statement_comes_from_a_file_or_from_standard_input(tmp_path):
    ran = lambda *more, **how: weft("sql", "--catalog", RETAIL, "--output", "csv", *more, **how)
    assert ran("-f", "-", stdin="select 1 as a") == (0, "a\n1\n", "")
    marked = tmp_path / "marked.sql"
    marked.write_text("\ufeffselect 1 as a", encoding="utf-8")
    assert ran("-f", marked) == (0, "a\n1\n", "")
    assert ran("-f", "-", stdin="\ufeffselect 1 as a") == (0, "a\n1\n", "")


@pytest.mark.parametrize("url, wrong, hint", [
    ("127.0.0.1:50051", "it has no scheme", FORM),
    ("ftp://127.0.0.1:50051", "`ftp` is no scheme of Flight SQL", FORM),
    ("grpc://", "it names no host", FORM),
    ("grpc://127.0.0.1", "it names no port", FORM),
    ("grpc://127.0.0.1:port", "it names no port", FORM),
    ("grpc://a b:50051", "it names no host and port that can be read", FORM),
    *((f"{tls}://127.0.0.1:50051", "this version does not speak TLS", "Go through a proxy that speaks TLS on this "
       "machine, or connect without it by grpc://HOST:PORT.") for tls in ("grpc+tls", "grpcs", "https")),
])
def test_a_url_that_cannot_be_asked(url, wrong, hint):
    assert weft("sql", "--url", url, "-c", "select 1") == (
        2, "", f"error: connecting to `{url}`: {wrong}\n  hint: {hint}\n"
    )


def test_a_url_with_a_password_is_not_repeated():
    assert weft("sql", "--url", "grpc://me:secret@127.0.0.1:50051", "-c", "select 1") == (
        2,
        "",
        "error: connecting to the server: its URL holds a user or a password\n"
        f"  hint: {FORM} A token goes into WEFT_TOKEN or a file for --token-file.\n",
    )


def test_a_server_that_is_not_there():
    url = f"grpc://{free_address()}"
    assert weft("sql", "--url", url, "-c", "select 1") == (
        2, "", f"error: connecting to `{url}`: the connection is refused, nobody listens there\n  hint: {HERE}\n"
    )
    url = "grpc://weft.invalid:50051"
    assert weft("sql", "--url", url, "-c", "select 1") == (
        2, "", f"error: connecting to `{url}`: host `weft.invalid` has no address\n  hint: Check the name of the host. {HERE}\n"
    )


def test_a_server_of_something_else():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"grpc://127.0.0.1:{other.server_port}"
        assert weft("sql", "--url", url, "-c", "select 1") == (
            2,
            "",
            f"error: connecting to `{url}`: what listens there does not speak Flight SQL, or only within TLS\n"
            f"  hint: Check the port. {HERE}\n",
        )
        other.shutdown()


def test_a_server_says_what_the_engine_says(demo):
    ran = lambda sql, **how: weft("sql", "--url", demo.url, "-c", sql, **how)
    sql = "select * from hr.nothing"
    here = ask(sql)
    assert here[0] == 1 and here[2].startswith("error[WEFT-Q003]: ") and "\n  hint: " in here[2]
    assert ran(sql, WEFT_TOKEN=demo.passwords["analyst"]) == here


def test_without_a_token_the_hint_says_where_one_goes(demo, tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("\n")
    refused = (
        1,
        "",
        "error[WEFT-A003]: no credential was given\n"
        "  hint: Put a token into WEFT_TOKEN, or into a file for --token-file; `weft token create --user NAME` makes one.\n",
    )
    assert weft("sql", "--url", demo.url, "-c", "select 1") == refused
    assert weft("sql", "--url", demo.url, "-c", "select 1", WEFT_TOKEN="") == refused
    assert weft("sql", "--url", demo.url, "-c", "select 1", "--token-file", empty) == refused
    code, _, err = weft("sql", "--url", demo.url, "-c", "select 1", WEFT_TOKEN="weft_pat_x")
    assert code == 1 and err.startswith("error[WEFT-A00") and "token create" not in err


def test_flags_win_over_the_environment(demo):
    nowhere, url = f"grpc://{free_address()}", demo.url
    assert ask("select 1 as a", "--output", "csv", WEFT_URL=nowhere) == (0, "a\n1\n", "")
    there = {"WEFT_TOKEN": demo.passwords["analyst"]}
    assert weft("sql", "--output", "csv", "-c", "select 1 as a", WEFT_URL=url, **there) == (0, "a\n1\n", "")
    assert weft("sql", "--url", url, "--output", "csv", "-c", "select 1 as a", WEFT_URL=nowhere, **there)[0] == 0
    code, _, err = weft("sql", "--url", url, "--as", "analyst", "-c", "select 1")
    assert code == 2 and "cannot be used with" in err


def test_a_terminal_obeys_nothing_that_a_contract_says(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    evil = "red \x1b[31mX\u202e\x07"
    mesh.product("shop", "good", contract={"description": {"purpose": evil}, "name": evil})
    mesh.data("data/shop/good.parquet")
    local = ("sql", "--catalog", mesh.root, "--as", "reader")
    code, out, _ = weft(*local, "-c", f"select '{evil}' as shown")
    assert code == 0 and "red \\u{1b}[31mX\\u{202e}\\u{7}" in out and "\x1b" not in out and "\u202e" not in out
    assert weft(*local, "--output", "json", "-c", f"select '{evil}' as shown")[1].count("u001b") == 1
    code, out, err = weft(*local, "-c", f'select "{evil}"')
    assert code == 1 and "\x1b" not in err and "\\u{1b}" in err


def test_a_failed_statement_without_a_server_says_what_may_be_wrong_with_the_mesh(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    mesh.product("shop", "good")
    code, _, err = weft("sql", "--catalog", mesh.root, "--as", "reader", "-c", "select * from shop.good")
    assert code == 1 and err.startswith("`shop.good` cannot be read: nothing was found at location `./data/shop/good.parquet` (reference g000001)\nerror[WEFT-Q007]: "), err
    mesh.product("shop", "good", contract={"schema": []})
    code, _, err = weft("sql", "--catalog", mesh.root, "--as", "reader", "-c", "select * from shop.good")
    assert code == 1 and "`weft validate` shows" in err and "error[WEFT-Q0" in err, err
