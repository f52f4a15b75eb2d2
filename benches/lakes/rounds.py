"""TPC-H over tables of a format, beside the plain files they share: every side asked in rounds, answers before times."""

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
from collections.abc import Callable
from typing import NamedTuple

import duckdb
from answers import disagreement
from engines import Settings
from places import TABLES, Local
from ratios import Ratios
from served import PARQUET, Site, sides
from tpch import CACHE, bounded, concluded, load, queries, run, say

# What the names of a table's columns begin with, where it is not the table's first letter.
PREFIXES = {"partsupp": "ps"}


class Form(NamedTuple):
    """A format of tables: who reads which variants of them, how they are laid, and how what was measured is told."""

    name: str
    engines: dict
    reads: dict
    # Variants that hold the same rows as another.
    same: dict
    lay: Callable
    ratios: Ratios


def arguments(about, reads, planned):
    """`planned` names those whose plans have the same partitions."""
    listed = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("binaries", type=pathlib.Path, help="the folder of the release binaries")
    parser.add_argument("--scale", default="1", help="the scale factor")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each engine that count")
    parser.add_argument("--only", type=listed, help="only these queries (q01,q18)")
    parser.add_argument("--engines", type=listed, default=list(reads), help=f"of {', '.join(reads)}")
    parser.add_argument("--variants", type=listed, default=reads["weft"], help=f"of {', '.join(reads['weft'])}")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of DuckDB; the others have one for each core")
    parser.add_argument("--partitions", type=int, default=2 * len(os.sched_getaffinity(0)), help=f"of a plan of {planned}")
    parser.add_argument("--memory", type=int, default=8, metavar="GIB", help="of one query, for Weft and DuckDB")
    parser.add_argument("--minutes", type=float, default=120, help="after which everything is ended")
    parser.add_argument("--dir", type=pathlib.Path, help="where the tables lie or are to be made; by default in the user's cache folder")
    parser.add_argument("--save", type=pathlib.Path, help="a file for the JSON as well")
    parser.add_argument("--output", choices=("markdown", "json"), default="markdown")
    asked = parser.parse_args()
    for name, known in (("engines", reads), ("variants", reads["weft"])):
        if unknown := set(getattr(asked, name)) - set(known):
            parser.error(f"--{name} does not know {', '.join(sorted(unknown))}")
    asked.binaries, asked.dir = asked.binaries.resolve(), (asked.dir or CACHE / f"tpch-{asked.scale}").resolve()
    return asked


def compared(asked, form, versions):
    """The whole run; `versions` are what the report says of others than Weft."""
    bounded(asked.minutes * 60)
    # Only what the engines need: no settings and no keys of whoever runs this.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WEFT", "AWS_"))}
    os.environ["WEFT_BIN"] = str(asked.binaries / "weft")
    made(asked)
    report = {"conditions": conditions(asked, versions), "tables": form.lay(asked.dir / form.name, asked.dir / "data")}
    names = [f"{engine}/{variant}" for engine in asked.engines for variant in asked.variants if variant in form.reads[engine]]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"weft-{form.name}-")))
        settings = Settings(asked.threads, asked.partitions, asked.memory << 30, environment)
        found = stack.enter_context(sides(names, form.engines, Site(asked.dir, folder, settings, form.name, form.reads["weft"])))
        report["queries"] = [measure(query, found, form.same, Local(asked.dir), asked.rounds) for query in queries(folder, asked)]
        report["partitions"] = {name: partitions(side) for name, side in found.items() if name.startswith("weft/")}
        report["sum"] = form.ratios.summed(report["queries"], list(found))
    report["conditions"]["load after"] = load()
    text = json.dumps(report, indent=2)
    if asked.save:
        asked.save.write_text(text + "\n")
    print(text if asked.output == "json" else form.ratios.markdown(report))
    failed = [f"{query['name']}: {query['failed']}" for query in report["queries"] if "failed" in query]
    failed += narrowed(report["partitions"])
    if failed:
        sys.exit("FAILED\n" + "\n".join(failed))


def made(asked):
    """The Parquet files, if they are not there yet."""
    if not all(any((asked.dir / "data" / table).glob("*.parquet")) for table in TABLES):
        subprocess.run([asked.binaries / "tpch", "--lay", "--scale", asked.scale, "--dir", asked.dir], check=True)


def measure(query, found, same, place, rounds):
    """One run of each side that does not count, the answers compared, then rounds whose order rotates, and turns: sides
    that are compared stand beside each other, each as often before the other as after it."""
    try:
        first = {name: run(side, query, place) for name, side in found.items()}
        compare(first, same)
        runs = {name: [] for name in found}
        for turn in range(rounds):
            names = list(found)[:: -1 if turn % 2 else 1]
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                took, _ = run(found[name], query, place)
                runs[name].append(took)
        plans = {name: side.plan(query) for name, side in found.items() if name.startswith("weft/")}
    except Exception as error:
        say(f"{query.name} FAILED: {error}")
        return {"name": query.name, "failed": f"{type(error).__name__}: {error}"}
    told = {name: {**concluded(first[name][0], runs[name]), "wall_ms": statistics.mean(one["ms"] for one in runs[name])} for name in found}
    say(f"{query.name} " + " ".join(f"{name} {one['ms']:.0f}" for name, one in told.items()))
    rows = {name.split("/")[1]: answer.num_rows for name, (_, answer) in first.items()}
    return {"name": query.name, "rows": rows, "other_plans": others(plans), "plans": plans, "engines": told}


def compare(first, same):
    """Equal rows first: a fast wrong answer is none. Variants that hold the same rows are answered alike."""
    groups = {}
    for name, (_, answer) in first.items():
        variant = name.split("/")[1]
        groups.setdefault(same.get(variant, variant), []).append((name, answer))
    wrong = []
    for (reference, wanted), *others in groups.values():
        for name, answer in others:
            if difference := disagreement(wanted, answer):
                wrong.append(f"{reference} and {name} answer differently: {difference}")
    if wrong:
        raise ValueError("; ".join(wrong))


def others(plans):
    """The variants that Weft plans otherwise than the first: only the names of tables may differ."""
    bare = {name.split("/")[1]: re.sub(r"product=\w+", "product", plan) for name, plan in plans.items()}
    first = next(iter(bare.values()), None)
    return [variant for variant, plan in bare.items() if plan != first]


def partitions(side):
    """In how many partitions each table is scanned: what stands lowest in the plan of a grouping says it."""
    found = {}
    for table in TABLES:
        key = f"{PREFIXES.get(table, table[0])}_comment"
        plan = side.rows(f"explain select {key}, count(*) from {table} group by {key}")["plan"][-1].as_py()
        found[table] = int((re.findall(r"input_partitions=(\d+)", plan) or ["1"])[-1])
    return found


def narrowed(found):
    """Scans that lost partitions because rows are deleted."""
    whole = found.get("weft/whole", {})
    return [
        f"{name} scans {table} in {count} partitions, weft/whole in {whole[table]}"
        for name, counts in found.items()
        for table, count in counts.items()
        if name.split("/")[1] != PARQUET and table in whole and count < whole[table]
    ]


def conditions(asked, versions):
    said = subprocess.run([asked.binaries / "weft", "--version"], check=True, capture_output=True, text=True).stdout
    weft = dict(line.split(None, 1) for line in said.splitlines())
    return {
        **{name: weft[name] for name in ("weft", "commit", "profile", "datafusion")}, **versions, "duckdb": duckdb.__version__,
        "cores": len(os.sched_getaffinity(0)), "machine": platform.machine(), "scale": asked.scale, "rounds": asked.rounds, "partitions": asked.partitions,
        "duckdb threads": asked.threads, "memory GiB": asked.memory, "load before": load(),
    }  # fmt: skip
