"""A table of very many files: how long opening, planning and refreshing take, and what is held for a file."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time
from typing import NamedTuple

import pyarrow.flight
from catalog import metric
from commands import Flight, command
from meshes import Mesh
from parted import CONTRACT, ROWS
from report import row, table
from servers import free_address, serving
from tpch import load, say

# What is aimed at.
PLAN_MS, REFRESH_MS = 200, 50
USER = "reader"
# What was needed to open a table is given back a little later.
SETTLING_SECONDS = 2
COPIES = 4
# The allocator keeps much of what is freed, in large pages, for what comes next. So it does not, and what is held is seen.
GIVING_BACK = {"MIMALLOC_PURGE_DELAY": "0", "MIMALLOC_ALLOW_THP": "0"}
# Room for all that a run opens.
ROOM = {"snapshots": "1GiB", "tables": "1GiB", "manifests": "1GiB"}


def arguments(about):
    """A parser of what is asked for in every format."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("binaries", type=pathlib.Path, help="the folder of the release binary")
    parser.add_argument("--partitions", type=int, default=1000, help="of the table")
    parser.add_argument("--files", type=int, default=100, help="of a partition")
    parser.add_argument("--commits", type=int, default=20, help="that are appended, one after the other")
    parser.add_argument("--repeat", type=int, default=20, help="times that are taken of a warm plan")
    parser.add_argument("--minutes", type=float, default=20, help="after which everything is ended")
    parser.add_argument("--save", type=pathlib.Path, help="a file for the JSON as well")
    parser.add_argument("--output", choices=("markdown", "json"), default="markdown")
    return parser


def parsed(parser):
    asked = parser.parse_args()
    if asked.files > 999_999 // asked.partitions:
        parser.error("the server opens tables of at most a million files")
    asked.binaries = asked.binaries.resolve()
    os.environ["WEFT_BIN"] = str(asked.binaries / "weft")
    return asked


def told(asked, report, markdown):
    """Prints the report, and saves it."""
    report["conditions"]["load after"] = load()
    text = json.dumps(report, indent=2)
    if asked.save:
        asked.save.write_text(text + "\n")
    print(text if asked.output == "json" else markdown(report))


def mesh(folder, form, *tables):
    made = Mesh(folder / "mesh")
    for one in tables:
        name = one.folder.name
        properties = [{"name": column, "logicalType": logical, "physicalType": physical, "classification": "public"} for column, logical, physical in CONTRACT]
        server = {"server": "local", "type": "local", "path": f"./data/{name}", "format": form}
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

    def explained(self, sql):
        """Milliseconds to the last line of an EXPLAIN, and its lines."""
        return self.answered(f"explain {sql}")

    def resident(self):
        """Bytes in memory now, and the most there were."""
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status))
        return int(found["VmRSS"]) << 10, int(found["VmHWM"]) << 10


class Question(NamedTuple):
    """A statement about a table, and what counts and sums of its answer are to be."""

    sql: str
    ids: list

    def checked(self, rows):
        wanted = [{"n": len(self.ids), "s": sum(self.ids)}]
        found = [{key: int(value) for key, value in one.items()} for one in rows]
        assert found == wanted, f"{found}, and wanted was {wanted}"


def partition(many):
    """A partition, which its value tells from the others."""
    return Question(f"select count(*) as n, sum(id) as s from d.{many.folder.name} where part = {many.asked}", many.ids)


def one(many):
    """A file, which only the statistics of a column tell from the others."""
    ids = many.ids[:ROWS]
    return Question(f"select count(*) as n, sum(id) as s from d.{many.folder.name} where id between {ids[0]} and {ids[-1]}", ids)


def memories(folder, form, few, each, gauges, opens, others=()):
    """What is held for a file of each of these tables, in a mesh of them, of copies of them, and of others."""
    copies = {one.folder.name: [one.copied(one.folder.with_name(f"{one.folder.name}{at}")) for at in range(COPIES)] for one in each}
    mesh(folder, form, few, *each, *others, *(copy for tables in copies.values() for copy in tables))
    hows = {"held": None, "given_back": GIVING_BACK}
    return {how: {name: held(folder, tables, few, gauges, opens, environment) for name, tables in copies.items()} for how, environment in hows.items()}


def held(folder, tables, few, gauges, opens, environment):
    """What a server holds once it has opened a table, and each further one like it, beyond what it does for a small one that
    it was asked for first: code, threads and what else comes with a first question are no part of it. `opens` asks so that
    all of a table is looked at, and `gauges` name what the server counts of that."""
    grown = []
    with asking(folder, environment, snapshot_time="1h", **ROOM) as client:
        opens(client, few)
        counted, (resident, first) = gauge(client, few, gauges, opens, 0), client.resident()
        for opened in tables:
            opens(client, opened)
            time.sleep(SETTLING_SECONDS)
            before, counted = (counted, resident), gauge(client, opened, gauges, opens, counted)
            resident, most = client.resident()
            grown.append({"counted": counted - before[0], "resident": resident - before[1], "peak": most - first})
    count, further = tables[0].count, grown[1:]
    told = {
        "files": count, "written": tables[0].written() / count, "counted": grown[0]["counted"] / count, "first": grown[0]["resident"] / count,
        "further": sum(one["resident"] for one in further) / len(further) / count, "peak": grown[0]["peak"] / count,
    }  # fmt: skip
    say(f"{tables[0].folder.name}: " + ", ".join(f"{name} {value:.0f}" for name, value in told.items()))
    return told


def gauge(client, many, gauges, opens, least):
    """Bytes of opened tables, as the server counts them: a little later than they came."""
    for _ in range(50):
        told = sum(metric(client.admin, name) for name in gauges)
        if told > least:
            return told
        opens(client, many)
        time.sleep(0.1)
    raise AssertionError("the server keeps no more than before: the table is larger than its cache")


def times(folder, many, asked, refresh):
    """A server that looks at the table anew for every statement. `refresh` is how the client asks after a commit."""
    question = partition(many)
    with asking(folder, snapshot_time="0s", **ROOM) as client:
        cold, _ = client.planned(question.sql)
        cold_explained, _ = client.explained(question.sql)
        cold_narrow = answered(client, one(many))
        took = {
            "plan_ms": [client.planned(question.sql)[0] for _ in range(asked.repeat)],
            "explain_ms": [client.explained(question.sql)[0] for _ in range(asked.repeat)],
            "answer_ms": [answered(client, question) for _ in range(asked.repeat)],
            "narrow_ms": [answered(client, one(many)) for _ in range(asked.repeat)],
        }  # fmt: skip
        say(f"cold {cold:.0f} ms, EXPLAIN {cold_explained:.0f} ms, warm " + ", ".join(f"{name} {statistics.median(each):.1f}" for name, each in took.items()))
        warm = statistics.median(took["explain_ms" if refresh == "explained" else "plan_ms"])
        refreshed = []
        for _ in range(asked.commits):
            many.append()
            refreshed.append(getattr(client, refresh)(question.sql)[0] - warm)
            answered(client, question)
        later = [client.planned(question.sql)[0] for _ in range(asked.repeat)]
    return {"cold_ms": cold, "cold_explain_ms": cold_explained, "cold_narrow_ms": cold_narrow, **took, "refresh_ms": refreshed, "plan_after_ms": later}


def answered(client, question):
    """Milliseconds of an answer that is what it is to be."""
    took, rows = client.answered(question.sql)
    question.checked(rows)
    return took


def lines(measured, *more):
    """A table of times of Weft, and of whatever else was measured: what, how much, its unit, and what is aimed at."""
    lines = table(["", "measured", "aimed at", ""])
    for name, found, unit, target in [*measured, *more]:
        verdict = "" if target is None else "reached" if found <= target else "**missed**"
        lines.append(row(name, f"{found:.1f} {unit}", "" if target is None else f"{target} {unit}", verdict))
    return "\n".join(lines)


def measured(weft):
    middle, refresh = statistics.median, weft["refresh_ms"]
    return [
        ("cold: first GetFlightInfo", weft["cold_ms"], "ms", None),
        ("then the first EXPLAIN of one partition", weft["cold_explain_ms"], "ms", None),
        ("then the first question that only statistics narrow, answered", weft["cold_narrow_ms"], "ms", None),
        ("one partition planned, warm: GetFlightInfo", middle(weft["plan_ms"]), "ms", PLAN_MS),
        ("the same to the last operator: EXPLAIN, answered", middle(weft["explain_ms"]), "ms", PLAN_MS),
        ("the same, answered", middle(weft["answer_ms"]), "ms", None),
        ("one file found by statistics, answered", middle(weft["narrow_ms"]), "ms", None),
        ("refresh after a commit, beyond a warm plan", middle(refresh), "ms", REFRESH_MS),
        (f"the slowest of {len(refresh)} refreshes", max(refresh), "ms", None),
        ("planned warm after these commits", middle(weft["plan_after_ms"]), "ms", None),
    ]


def memory(what, report, name, target=None):
    """Of a file, in a table of that name."""
    kept, back = report["held"][name], report["given_back"][name]
    return [
        (f"a file {what}: as the server counts", kept["counted"], "bytes", target),
        ("— of the process's memory, what is freed given back", back["further"], "bytes", target),
        ("— of the process's memory as it runs: first table", kept["first"], "bytes", None),
        ("— further tables", kept["further"], "bytes", None),
        ("— the most while the first is opened", kept["peak"], "bytes", None),
        ("— as it is written", kept["written"], "bytes", None),
    ]


def conditions(asked, **more):
    said = subprocess.run([asked.binaries / "weft", "--version"], check=True, capture_output=True, text=True).stdout
    weft = dict(line.split(None, 1) for line in said.splitlines())
    return {
        **{name: weft[name] for name in ("weft", "commit", "profile")}, "cores": len(os.sched_getaffinity(0)), "machine": platform.machine(),
        "partitions": asked.partitions, "files of each": asked.files, **more, "commits": asked.commits, "repeated": asked.repeat, "load before": load(),
    }  # fmt: skip
