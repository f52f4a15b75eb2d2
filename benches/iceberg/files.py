"""An Iceberg table of very many files: how long opening, planning and refreshing take, and what is held for a file.

    python benches/iceberg/files.py BINARIES [--partitions 1000] [--files 100] [--manifests 100] [--commits 20] [--repeat 20]

Only the files of the partition that is asked for are there: whatever reads another one fails. Times are those of a Flight
client; a server that keeps no snapshot looks at the table again for each statement. What is aimed at is reported, and fails
nothing; a wrong answer fails the run. Prints Markdown or JSON; progress goes to standard error.
"""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benches" / folder) for folder in ("lakes", "stores", "catalog")] + [str(ROOT / "tests" / "clients")]

from many import Many
from opening import arguments, conditions, lines, measured, memories, memory, parsed, times, told
from tpch import bounded, say

GAUGES = ["weft_cache_snapshots_bytes", "weft_cache_tables_bytes"]
# How the files of a table are laid out in its manifests.
LAYOUTS = {"many": "Manifests of neighbouring partitions", "spread": "Manifests of files of all partitions"}


def main():
    parser = arguments(__doc__)
    parser.add_argument("--manifests", type=int, default=100, help="of the table, when it is laid")
    asked = parsed(parser)
    bounded(asked.minutes * 60)
    report = {"conditions": conditions(asked, manifests=asked.manifests)}
    with tempfile.TemporaryDirectory(prefix="weft-files-") as folder:
        folder = pathlib.Path(folder)
        few, many, spread, bare = laid(folder / "mesh" / "data", asked)
        report |= memories(folder, "iceberg", few, [many, bare], GAUGES, opens, [spread])
        report["weft"] = {each.folder.name: times(folder, each, asked, "explained") for each in (many, spread)}
    told(asked, report, markdown)


def laid(data, asked):
    """A small table, one of very many files, the same with its manifests in another order, and without statistics."""
    few, many, spread = Many(data / "few", 1, asked.files), *(Many(data / name, asked.partitions, asked.files) for name in LAYOUTS)
    bare = Many(data / "bare", asked.partitions, asked.files, with_statistics=False)
    for one in (few, many, spread, bare):
        one.lay(1 if one is few else asked.manifests, one is spread)
        say(f"laid {one.count} files")
    return few, many, spread, bare


def opens(client, many):
    """Planned to the last operator, which takes all manifests; most of the files are not there."""
    client.explained(f"select sum(id) as s from d.{many.folder.name}")


def markdown(report):
    parts = [", ".join(f"{key} {value}" for key, value in report["conditions"].items())]
    for name, layout in LAYOUTS.items():
        parts += [f"### {layout}", lines(measured(report["weft"][name]))]
    parts += ["### Held", lines(memory("without statistics", report, "bare") + memory("with statistics", report, "many"))]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
