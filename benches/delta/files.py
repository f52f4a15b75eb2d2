"""A Delta table of very many files: how long opening, planning and refreshing take, and what is held for a file.

    python benches/delta/files.py BINARIES [--partitions 1000] [--files 100] [--log checkpoint] [--commits 20] [--repeat 20]

Only the files of the partition that is asked for are there: whatever reads another one fails. Times are those of a Flight
client, each for one GetFlightInfo, in which a server that keeps no snapshot looks at the table again. What is aimed at is
reported, and fails nothing; a wrong answer fails the run. Prints Markdown or JSON; progress goes to standard error.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benches" / "stores"), str(ROOT / "benches" / "catalog"), str(ROOT / "tests" / "clients")]

import deltalake
import pyarrow.flight
from catalog import metric
from commands import Flight, command
from deltalake import DeltaTable, QueryBuilder
from many import ROWS, Many
from meshes import Mesh
from report import row, table
from servers import free_address, serving
from tpch import bounded, load, say

# What is aimed at.
PLAN_MS, REFRESH_MS, FILE_BYTES = 200, 50, 200
USER = "reader"
# What was needed to open a table is given back a little later.
SETTLING_SECONDS = 2
COPIES = 4
# The allocator keeps much of what is freed, in large pages, for what comes next. So it does not, and what is held is seen.
GIVING_BACK = {"MIMALLOC_PURGE_DELAY": "0", "MIMALLOC_ALLOW_THP": "0"}
CONTRACT = [
    ("part", "integer", "bigint"), ("id", "integer", "bigint"), ("number", "integer", "int"), ("price", "number", "decimal(12,2)"),
    ("day", "date", "date"), ("name", "string", "string"),
]  # fmt: skip


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binaries", type=pathlib.Path, help="the folder of the release binary")
    parser.add_argument("--partitions", type=int, default=1000, help="of the table")
    parser.add_argument("--files", type=int, default=100, help="of a partition")
    parser.add_argument("--log", choices=("checkpoint", "json"), default="checkpoint", help="how the log says what there is")
    parser.add_argument("--commits", type=int, default=20, help="that are appended, one after the other")
    parser.add_argument("--repeat", type=int, default=20, help="times that are taken of a warm plan")
    parser.add_argument("--minutes", type=float, default=20, help="after which everything is ended")
    parser.add_argument("--save", type=pathlib.Path, help="a file for the JSON as well")
    parser.add_argument("--output", choices=("markdown", "json"), default="markdown")
    asked = parser.parse_args()
    if asked.files > 999_999 // asked.partitions:
        parser.error("the server opens tables of at most a million files")
    asked.binaries = asked.binaries.resolve()
    return asked


def main():
    asked = arguments()
    bounded(asked.minutes * 60)
    os.environ["WEFT_BIN"] = str(asked.binaries / "weft")
    report = {"conditions": conditions(asked)}
    with tempfile.TemporaryDirectory(prefix="weft-files-") as folder:
        folder = pathlib.Path(folder)
        few, many, bare = laid(folder / "mesh" / "data", asked)
        copies = {one.folder.name: [one.copied(one.folder.with_name(f"{one.folder.name}{at}")) for at in range(COPIES)] for one in (many, bare)}
        mesh(folder, few, many, *copies["many"], *copies["bare"])
        for how, environment in (("held", None), ("given_back", GIVING_BACK)):
            report[how] = {name: held(folder, tables, few, environment) for name, tables in copies.items()}
        report["deltalake"] = yardstick(many)
        report["weft"] = times(folder, many, asked)
    report["conditions"]["load after"] = load()
    text = json.dumps(report, indent=2)
    if asked.save:
        asked.save.write_text(text + "\n")
    print(text if asked.output == "json" else markdown(report))


def laid(data, asked):
    """A small table, one of very many files, and the same without statistics."""
    few, many = Many(data / "few", 1, asked.files), Many(data / "many", asked.partitions, asked.files)
    bare = Many(data / "bare", asked.partitions, asked.files, with_statistics=False)
    for one in (few, many, bare):
        one.lay(checkpoint=asked.log == "checkpoint")
        say(f"laid {one.count} files")
    return few, many, bare


def mesh(folder, *tables):
    made = Mesh(folder / "mesh")
    for one in tables:
        name = one.folder.name
        properties = [{"name": column, "logicalType": logical, "physicalType": physical, "classification": "public"} for column, logical, physical in CONTRACT]
        server = {"server": "local", "type": "local", "path": f"./data/{name}", "format": "delta"}
        made.product("d", name, contract={"schema": [{"name": name, "physicalName": name, "properties": properties}]}, server=server)


@contextlib.contextmanager
def asking(folder, environment=None, **cache):
    """A server of its own, a client of it, and where its metrics are."""
    admin = free_address()
    bindings = [{"name": "own", "prefix": "./data/", "domains": ["*"]}]
    with serving(folder, folder / "mesh", [USER], environment=environment, admin={"listen": admin}, cache=cache, storage={"bindings": bindings}) as server:
        client = Client(server, admin)
        # What is done once for a client and a server, whatever is asked.
        client.answered("select 1")
        yield client
        client.flight.close()


class Client:
    """Asks as drivers do: GetFlightInfo plans, DoGet answers."""

    def __init__(self, server, admin):
        self.flight, self.server, self.admin = Flight(server, USER), server, admin

    def planned(self, sql):
        """Milliseconds of a GetFlightInfo, and what it said."""
        descriptor = pyarrow.flight.FlightDescriptor.for_command(command("CommandStatementQuery", _1=sql))
        began = time.perf_counter()
        info = self.flight.client.get_flight_info(descriptor, self.flight.options)
        return (time.perf_counter() - began) * 1000, info

    def answered(self, sql):
        """Milliseconds to the last row, and the rows."""
        began = time.perf_counter()
        _, info = self.planned(sql)
        answer = self.flight.client.do_get(info.endpoints[0].ticket, self.flight.options).read_all()
        return (time.perf_counter() - began) * 1000, answer.to_pylist()

    def resident(self):
        """Bytes in memory now, and the most there were."""
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status))
        return int(found["VmRSS"]) << 10, int(found["VmHWM"]) << 10


def question(many):
    return f"select count(*) as n, sum(id) as s from d.{many.folder.name} where part = {many.asked}"


def checked(many, rows):
    wanted = [{"n": len(many.ids), "s": sum(many.ids)}]
    found = [{key: int(value) for key, value in one.items()} for one in rows]
    assert found == wanted, f"{found}, and wanted was {wanted}"


def held(folder, tables, few, environment):
    """What a server holds once it has opened a table, and each further one like it, beyond what it does for a small one that
    it was asked for first: code, threads and what else comes with a first question are no part of it."""
    grown = []
    with asking(folder, environment, snapshot_time="1h", snapshots="1GiB", tables="1GiB") as client:
        checked(few, client.answered(question(few))[1])
        counted, (resident, first) = gauge(client, few, 0), client.resident()
        for one in tables:
            checked(one, client.answered(question(one))[1])
            time.sleep(SETTLING_SECONDS)
            before, counted = (counted, resident), gauge(client, one, counted)
            resident, most = client.resident()
            grown.append({"counted": counted - before[0], "resident": resident - before[1], "peak": most - first})
    count, further = tables[0].count, grown[1:]
    told = {
        "files": count, "log": tables[0].log_bytes() / count, "counted": grown[0]["counted"] / count, "first": grown[0]["resident"] / count,
        "further": sum(one["resident"] for one in further) / len(further) / count, "peak": grown[0]["peak"] / count,
    }  # fmt: skip
    say(f"{tables[0].folder.name}: " + ", ".join(f"{name} {value:.0f}" for name, value in told.items()))
    return told


def gauge(client, many, least):
    """Bytes of opened tables, as the server counts them: a little later than they came."""
    for _ in range(50):
        told = metric(client.admin, "weft_cache_snapshots_bytes")
        if told > least:
            return told
        client.planned(question(many))
        time.sleep(0.1)
    raise AssertionError("the server keeps no more than before: the table is larger than its cache")


def yardstick(many):
    """What deltalake takes, in this process, to open the table and to answer."""
    began = time.perf_counter()
    opened = DeltaTable(many.folder)
    session = QueryBuilder().register("many", opened)
    took = {"open_ms": (time.perf_counter() - began) * 1000}
    sql = question(many).replace("d.many", "many")
    for turn in ("first_ms", "again_ms"):
        began = time.perf_counter()
        answer = pyarrow.table(session.execute(sql).read_all())
        took[turn] = (time.perf_counter() - began) * 1000
        checked(many, answer.to_pylist())
    return took


def times(folder, many, asked):
    """A server that looks at the table anew for every statement."""
    sql = question(many)
    with asking(folder, snapshot_time="0s") as client:
        cold, _ = client.planned(sql)
        warm = [client.planned(sql)[0] for _ in range(asked.repeat)]
        explained = [client.answered(f"explain {sql}")[0] for _ in range(asked.repeat)]
        answers = [client.answered(sql) for _ in range(asked.repeat)]
        checked(many, answers[-1][1])
        narrow = narrowest(client, many, asked)
        say(f"cold {cold:.0f} ms, warm {statistics.median(warm):.1f} ms")
        refreshed = []
        for _ in range(asked.commits):
            many.append()
            refreshed.append(client.planned(sql)[0])
            checked(many, client.answered(sql)[1])
        later = [client.planned(sql)[0] for _ in range(asked.repeat)]
    plan = statistics.median(warm)
    return {
        "cold_ms": cold, "plan_ms": warm, "explain_ms": explained, "answer_ms": [took for took, _ in answers], "narrow_ms": narrow,
        "refresh_ms": [took - plan for took in refreshed], "plan_after_ms": later,
    }  # fmt: skip


def narrowest(client, many, asked):
    """A file that only the statistics of a column tell from the others."""
    sql = f"select count(*) as n, sum(id) as s from d.many where id between {many.ids[0]} and {many.ids[ROWS - 1]}"
    took = [client.answered(sql) for _ in range(asked.repeat)]
    assert took[-1][1][0]["n"] == ROWS, took[-1][1]
    return [one for one, _ in took]


def markdown(report):
    weft, theirs = report["weft"], report["deltalake"]
    middle = statistics.median
    refresh = weft["refresh_ms"]
    lines = table(["", "measured", "aimed at", ""])
    for name, found, unit, target in [
        ("cold: first GetFlightInfo", weft["cold_ms"], "ms", None),
        ("one partition planned, warm: GetFlightInfo", middle(weft["plan_ms"]), "ms", PLAN_MS),
        ("the same to the last operator: EXPLAIN, answered", middle(weft["explain_ms"]), "ms", PLAN_MS),
        ("the same, answered", middle(weft["answer_ms"]), "ms", None),
        ("one file found by statistics, answered", middle(weft["narrow_ms"]), "ms", None),
        ("refresh after a commit, beyond a warm plan", middle(refresh), "ms", REFRESH_MS),
        (f"the slowest of {len(refresh)} refreshes", max(refresh), "ms", None),
        ("planned warm after these commits", middle(weft["plan_after_ms"]), "ms", None),
        *memory("beside statistics", report, "bare", FILE_BYTES),
        *memory("with statistics", report, "many", None),
        ("deltalake: open", theirs["open_ms"], "ms", None),
        ("deltalake: answered, the first time", theirs["first_ms"], "ms", None),
        ("deltalake: answered again", theirs["again_ms"], "ms", None),
    ]:
        verdict = "" if target is None else "reached" if found <= target else "**missed**"
        lines.append(row(name, f"{found:.1f} {unit}", "" if target is None else f"{target} {unit}", verdict))
    return ", ".join(f"{key} {value}" for key, value in report["conditions"].items()) + "\n\n" + "\n".join(lines)


def memory(what, report, name, target):
    """Of a file, in a table of that name."""
    kept, back = report["held"][name], report["given_back"][name]
    return [
        (f"a file {what}: as the server counts", kept["counted"], "bytes", target),
        ("— of the process's memory, what is freed given back", back["further"], "bytes", target),
        ("— of the process's memory as it runs: first table", kept["first"], "bytes", None),
        ("— further tables", kept["further"], "bytes", None),
        ("— the most while the first is opened", kept["peak"], "bytes", None),
        ("— in the log", kept["log"], "bytes", None),
    ]


def conditions(asked):
    said = subprocess.run([asked.binaries / "weft", "--version"], check=True, capture_output=True, text=True).stdout
    weft = dict(line.split(None, 1) for line in said.splitlines())
    return {
        **{name: weft[name] for name in ("weft", "commit", "profile")}, "deltalake": deltalake.__version__, "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(), "partitions": asked.partitions, "files of each": asked.files, "log": asked.log, "commits": asked.commits,
        "repeated": asked.repeat, "load before": load(),
    }  # fmt: skip


if __name__ == "__main__":
    main()
