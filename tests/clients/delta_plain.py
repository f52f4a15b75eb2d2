"""A Delta table as `deltalake` reads it, as one plain file: for oracles that read nothing else."""

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder


def laid(table, folder):
    """The file of a table's rows, made once."""
    path = folder / f"{table.name}.parquet"
    if not path.exists():
        read = QueryBuilder().register("t", DeltaTable(table)).execute("select * from t").read_all()
        pq.write_table(pa.table(read), path)
    return path
