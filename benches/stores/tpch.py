"""TPC-H with Weft as a client sees it, plain DataFusion and DuckDB, over the same Parquet files, in one run.

    python benches/stores/tpch.py BINARIES [--scale 1] [--where local,s3] [--rounds 9] [--only q01,q18] [--latency 0]

`BINARIES` is the folder of `weft`, `tpch`, `plain` and `relay`. Answers are compared before times count: engines that
answer differently make the run fail. Prints Markdown or JSON; progress goes to standard error. `../README.md` says more.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "clients"))

import duckdb
from answers import disagreement
from engines import REPOSITORY, SEALED, STARTS, Settings, engines
from places import Local, bucket
from report import markdown, summed

QUERIES = REPOSITORY / "benches" / "tpch"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "weft"


class Query(NamedTuple):
    """A query's text, and the file it stands in."""

    name: str
    sql: str
    path: pathlib.Path


def arguments():
    listed = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binaries", type=pathlib.Path, help="the folder of the release binaries")
    parser.add_argument("--scale", default="1", help="the scale factor")
    parser.add_argument("--where", type=listed, default=["local", "s3"], help="local, s3 or both")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each engine that count")
    parser.add_argument("--only", type=listed, help="only these queries (q01,q18)")
    parser.add_argument("--engines", type=listed, default=["weft", "datafusion", "duckdb"], help=f"of {', '.join(STARTS)}")
    parser.add_argument("--latency", type=int, default=0, metavar="MS", help="how long every request to S3 waits")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of DuckDB; the others have one for each core")
    parser.add_argument("--partitions", type=int, default=2 * len(os.sched_getaffinity(0)), help="of a plan of Weft and DataFusion")
    parser.add_argument("--memory", type=int, default=8, metavar="GIB", help="of one query, for each engine")
    parser.add_argument("--minutes", type=float, default=120, help="after which everything is ended")
    parser.add_argument("--dir", type=pathlib.Path, help="where the tables lie or are to be made; by default in the user's cache folder")
    parser.add_argument("--save", type=pathlib.Path, help="a file for the JSON as well")
    parser.add_argument("--output", choices=("markdown", "json"), default="markdown")
    asked = parser.parse_args()
    for name, known in (("where", {"local", "s3"}), ("engines", STARTS)):
        if unknown := set(getattr(asked, name)) - set(known):
            parser.error(f"--{name} does not know {', '.join(sorted(unknown))}")
    asked.binaries, asked.dir = asked.binaries.resolve(), (asked.dir or CACHE / f"tpch-{asked.scale}").resolve()
    return asked


def main():
    asked = arguments()
    bounded(asked.minutes * 60)
    # Only what the engines need: no settings and no keys of whoever runs this.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WEFT", "AWS_", "LAKE_"))}
    os.environ["WEFT_BIN"] = str(asked.binaries / "weft")
    settings = Settings(asked.threads, asked.partitions, asked.memory << 30, environment)
    subprocess.run([asked.binaries / "tpch", "--lay", "--scale", asked.scale, "--dir", asked.dir], check=True)
    report = {"conditions": conditions(asked), "places": {}}
    for where in asked.where:
        with contextlib.ExitStack() as stack:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weft-tpch-")))
            place = Local(asked.dir) if where == "local" else stack.enter_context(bucket(folder, asked.dir, asked.binaries, asked.latency, environment))
            found = stack.enter_context(engines(asked.engines, place, folder, asked.binaries, settings))
            report["conditions"].update(next((engine.version for engine in found.values() if hasattr(engine, "version")), {}))
            measured = [measure(query, found, place, asked.rounds) for query in queries(folder, asked)]
            report["places"][where] = {"counted": place.counts, "queries": measured, "sum": summed(measured)}
    report["conditions"]["load after"] = load()
    text = json.dumps(report, indent=2)
    if asked.save:
        asked.save.write_text(text + "\n")
    print(text if asked.output == "json" else markdown(report))
    failed = [f"{where} {query['name']}: {query['failed']}" for where, measured in report["places"].items() for query in measured["queries"] if "failed" in query]
    if failed:
        sys.exit("FAILED\n" + "\n".join(failed))


def queries(folder, asked):
    """The texts, as files too. The share of q11 shrinks as the tables grow, as the benchmark has it."""
    (folder / "queries").mkdir()
    for path in sorted(QUERIES.glob("q??.sql")):
        if asked.only and path.stem not in asked.only:
            continue
        sql = path.read_text()
        if path.stem == "q11":
            share = f"{0.0001 / float(asked.scale):.10f}".rstrip("0")
            sql, found = re.subn(r"0\.0001\b", share, sql)
            assert found == 1
        (folder / "queries" / path.name).write_text(sql)
        yield Query(path.stem, sql, folder / "queries" / path.name)


def measure(query, found, place, rounds):
    """One run of each engine that does not count, their answers compared, then rounds whose order rotates."""
    try:
        first = {name: run(engine, query, place) for name, engine in found.items()}
        compare(first)
        runs = {name: [] for name in found}
        for turn in range(rounds):
            names = list(found)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                took, _ = run(found[name], query, place)
                runs[name].append(took)
    except Exception as error:
        say(f"{place.name} {query.name} FAILED: {error}")
        return {"name": query.name, "failed": f"{type(error).__name__}: {error}"}
    _, answer = next(iter(first.values()))
    told = {name: concluded(first[name][0], runs[name]) for name in found}
    say(f"{place.name} {query.name} " + " ".join(f"{name} {one['ms']:.0f}" for name, one in told.items()))
    return {"name": query.name, "rows": answer.num_rows, "engines": told}


def run(engine, query, place):
    """What one run took and asked for, and its answer."""
    before, spent = place.asked(), processor(engine)
    try:
        milliseconds, answer = engine.ask(query)
    except Exception as error:
        raise RuntimeError(f"{type(engine).__name__}: {error}") from error
    after = place.asked()
    took = {key: after[key] - before[key] for key in before}
    return {"ms": milliseconds, "processor_ms": processor(engine) - spent, **took}, answer


def compare(first):
    """Equal rows first: a fast wrong answer is none. Sealed callers have answers of their own."""
    for group in ([name for name in first if name not in SEALED], [name for name in first if name in SEALED]):
        for name in group[1:]:
            if difference := disagreement(first[group[0]][1], first[name][1]):
                raise ValueError(f"{group[0]} and {name} answer differently: {difference}")


def concluded(first, runs):
    median = lambda key: statistics.median(one[key] for one in runs)
    return {
        **{key: median(key) for key in ("ms", "requests", "bytes")},
        # The system counts in hundredths of a second: too coarse for medians.
        "processor_ms": statistics.mean(one["processor_ms"] for one in runs),
        "first_ms": first["ms"], "first_requests": first["requests"], "first_bytes": first["bytes"],
        "runs_ms": [one["ms"] for one in runs],
    }  # fmt: skip


def processor(engine):
    """Milliseconds of processor time that an engine's process has used on all threads."""
    status = pathlib.Path(f"/proc/{engine.process.pid if engine.process else 'self'}/stat").read_text()
    user, system = status.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def conditions(asked):
    said = subprocess.run([asked.binaries / "weft", "--version"], check=True, capture_output=True, text=True).stdout
    weft = dict(line.split(None, 1) for line in said.splitlines())
    return {
        **{name: weft[name] for name in ("weft", "commit", "profile", "datafusion")}, "duckdb": duckdb.__version__,
        "cores": len(os.sched_getaffinity(0)), "machine": platform.machine(), "scale": asked.scale, "rounds": asked.rounds, "partitions": asked.partitions, "duckdb threads": asked.threads,
        "memory GiB": asked.memory, "latency ms": asked.latency, "load before": load(),
    }  # fmt: skip


def load():
    return " ".join(f"{one:.2f}" for one in os.getloadavg())


def bounded(seconds):
    """Ends every process that this one started, and then this one, when the time is over."""

    def end():
        say(f"not done after {seconds:.0f} seconds")
        for children in pathlib.Path("/proc/self/task").glob("*/children"):
            for child in children.read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
        os._exit(3)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    # What ends this run ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
