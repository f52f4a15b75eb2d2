"""Who reads Delta tables: Weft, deltalake's own DataFusion, and DuckDB with its extension."""

import contextlib
import time

import pyarrow
from deltalake import DeltaTable, QueryBuilder
from laying import VARIANTS
from places import TABLES
from served import PARQUET, duck, weft

EXTENSIONS = ["delta"]


class DeltaLake:
    """DataFusion as the package brings it, in this process, over tables that were opened once."""

    process = None

    def __init__(self, session):
        self.session = session

    def ask(self, query):
        began = time.perf_counter()
        answer = pyarrow.table(self.session.execute(query.sql).read_all())
        return (time.perf_counter() - began) * 1000, answer

    def plan(self, query):
        plans = pyarrow.table(self.session.execute(f"explain {query.sql}").read_all())
        return plans["plan"][-1].as_py()


@contextlib.contextmanager
def deltalake(site):
    @contextlib.contextmanager
    def over(variant):
        session = QueryBuilder({"datafusion.execution.target_partitions": str(site.settings.partitions)})
        for table in TABLES:
            session.register(table, DeltaTable(site.laid(variant, table)))
        yield DeltaLake(session)

    yield over


ENGINES = {"weft": weft, "deltalake": deltalake, "duckdb": duck(lambda folder: f"delta_scan('{folder}')", EXTENSIONS)}
READS = {"weft": [PARQUET, *VARIANTS], "deltalake": list(VARIANTS), "duckdb": [PARQUET, *VARIANTS]}
