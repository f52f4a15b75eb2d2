"""A Delta table of very many files: how long opening, planning and refreshing take, and what is held for a file.

    python benches/delta/files.py BINARIES [--partitions 1000] [--files 100] [--log checkpoint] [--commits 20] [--repeat 20]

Only the files of the partition that is asked for are there: whatever reads another one fails. Times are those of a Flight
client, each for one GetFlightInfo, in which a server that keeps no snapshot looks at the table again. What is aimed at is
reported, and fails nothing; a wrong answer fails the run. Prints Markdown or JSON; progress goes to standard error.
"""

import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benches" / folder) for folder in ("lakes", "stores", "catalog")] + [str(ROOT / "tests" / "clients")]

import deltalake
import pyarrow
from deltalake import DeltaTable, QueryBuilder
from many import Many
from opening import answered, arguments, conditions, lines, measured, memories, memory, parsed, partition, times, told
from tpch import bounded, say

# What is aimed at.
FILE_BYTES = 200
GAUGES = ["weft_cache_snapshots_bytes"]


def main():
    parser = arguments(__doc__)
    parser.add_argument("--log", choices=("checkpoint", "json"), default="checkpoint", help="how the log says what there is")
    asked = parsed(parser)
    bounded(asked.minutes * 60)
    report = {"conditions": conditions(asked, deltalake=deltalake.__version__, log=asked.log)}
    with tempfile.TemporaryDirectory(prefix="weft-files-") as folder:
        folder = pathlib.Path(folder)
        few, many, bare = laid(folder / "mesh" / "data", asked)
        report |= memories(folder, "delta", few, [many, bare], GAUGES, opens)
        report["deltalake"] = yardstick(many)
        report["weft"] = times(folder, many, asked, "planned")
    told(asked, report, markdown)


def laid(data, asked):
    """A small table, one of very many files, and the same without statistics."""
    few, many = Many(data / "few", 1, asked.files), Many(data / "many", asked.partitions, asked.files)
    bare = Many(data / "bare", asked.partitions, asked.files, with_statistics=False)
    for one in (few, many, bare):
        one.lay(checkpoint=asked.log == "checkpoint")
        say(f"laid {one.count} files")
    return few, many, bare


def opens(client, many):
    """A snapshot holds all files, whatever is asked for."""
    answered(client, partition(many))


def yardstick(many):
    """What deltalake takes, in this process, to open the table and to answer."""
    began = time.perf_counter()
    opened = DeltaTable(many.folder)
    session = QueryBuilder().register("many", opened)
    took = {"open_ms": (time.perf_counter() - began) * 1000}
    question = partition(many)
    for turn in ("first_ms", "again_ms"):
        began = time.perf_counter()
        answer = pyarrow.table(session.execute(question.sql.replace("d.many", "many")).read_all())
        took[turn] = (time.perf_counter() - began) * 1000
        question.checked(answer.to_pylist())
    return took


def markdown(report):
    theirs = report["deltalake"]
    found = lines(
        measured(report["weft"]),
        *memory("beside statistics", report, "bare", FILE_BYTES),
        *memory("with statistics", report, "many"),
        ("deltalake: open", theirs["open_ms"], "ms", None),
        ("deltalake: answered, the first time", theirs["first_ms"], "ms", None),
        ("deltalake: answered again", theirs["again_ms"], "ms", None),
    )
    return ", ".join(f"{key} {value}" for key, value in report["conditions"].items()) + "\n\n" + found


if __name__ == "__main__":
    main()
