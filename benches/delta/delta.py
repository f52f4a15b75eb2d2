"""TPC-H over Delta tables with Weft as a client sees it, deltalake's DataFusion and DuckDB, beside the plain files, in one run.

    python benches/delta/delta.py BINARIES [--scale 1] [--rounds 9] [--only q01,q18] [--engines weft,deltalake,duckdb]

`BINARIES` is the folder of `weft`, and of `tpch` where the tables are still to be made. The Delta tables are laid anew in
`delta/` beside the Parquet files, which they share: (a) whole, (b) with one run of rows of every file deleted, (c) with as
many rows deleted anywhere. Answers over the same variant are compared before times count: engines that answer differently
make the run fail, and so does a scan that has fewer partitions because rows are deleted. What is aimed at is reported, and
fails nothing. Prints Markdown or JSON; progress goes to standard error.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "benches" / "lakes"), str(ROOT / "benches" / "stores"), str(ROOT / "tests" / "clients")]

import deltalake
from laying import lay
from ratios import Ratios
from rounds import Form, arguments, compared
from served import PARQUET, readable
from sides import ENGINES, EXTENSIONS, READS

RATIOS = Ratios(
    targets={
        ("weft/whole", "weft/parquet"): 1.05,
        ("weft/clustered", "weft/whole"): 1.10,
        ("weft/scattered", "weft/whole"): 1.20,
    },
    engines={"weft": "Weft", "deltalake": "deltalake", "duckdb": "DuckDB"},
    variants={PARQUET: "Parquet", "whole": "(a) whole", "clustered": "(b) clustered", "scattered": "(c) scattered"},
)


def main():
    asked = arguments(__doc__, READS, "Weft and deltalake")
    reads, told = readable(READS, EXTENSIONS)
    compared(asked, Form("delta", ENGINES, reads, {PARQUET: "whole"}, lay, RATIOS), {"deltalake": deltalake.__version__, "duckdb's delta extension": told})


if __name__ == "__main__":
    main()
