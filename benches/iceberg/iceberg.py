"""TPC-H over Iceberg tables with Weft as a client sees it and DuckDB, beside the plain files, in one run.

    python benches/iceberg/iceberg.py BINARIES [--scale 1] [--rounds 9] [--only q01,q18] [--engines weft,duckdb]

`BINARIES` is the folder of `weft`, and of `tpch` where the tables are still to be made. The Iceberg tables are laid anew in
`iceberg/` beside the Parquet files, which they share: (a) whole; with a twentieth of the rows deleted, (b) in one run of every
file and (c) anywhere, by position deletes; (d) and (e), the same rows by deletion vectors; (f) with a hundredth deleted by
equality. Answers over the same rows are compared before times count: engines that answer differently make the run fail, and
so does a scan that has fewer partitions because rows are deleted. What is aimed at is reported, and fails nothing. Prints
Markdown or JSON; progress goes to standard error.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benches" / "lakes"), str(ROOT / "benches" / "stores"), str(ROOT / "tests" / "clients")]

from laying import SAME, lay
from ratios import Ratios
from rounds import Form, arguments, compared
from served import PARQUET, readable
from sides import ENGINES, EXTENSIONS, READS

RATIOS = Ratios(
    targets={
        ("weft/whole", "weft/parquet"): 1.05,
        ("weft/clustered", "weft/whole"): 1.10,
        ("weft/scattered", "weft/whole"): 1.20,
        ("weft/clustered_vectors", "weft/whole"): 1.10,
        ("weft/scattered_vectors", "weft/whole"): 1.20,
        ("weft/equality", "weft/whole"): 1.50,
    },
    engines={"weft": "Weft", "duckdb": "DuckDB"},
    variants={
        PARQUET: "Parquet", "whole": "(a) whole", "clustered": "(b) clustered", "scattered": "(c) scattered",
        "clustered_vectors": "(d) clustered, vectors", "scattered_vectors": "(e) scattered, vectors", "equality": "(f) equality",
    },
)  # fmt: skip


def main():
    asked = arguments(__doc__, READS, "Weft")
    reads, told = readable(READS, EXTENSIONS)
    compared(asked, Form("iceberg", ENGINES, reads, {PARQUET: "whole", **SAME}, lay, RATIOS), {"duckdb's iceberg extension": told})


if __name__ == "__main__":
    main()
