"""Who reads Iceberg tables: Weft, and DuckDB with its extension."""

from laying import KEYS, VARIANTS
from served import PARQUET, duck, weft

# That for Iceberg needs that for Avro.
EXTENSIONS = ["avro", "iceberg"]


def scanned(folder):
    """How DuckDB reads a table. It asks every row for every key that is deleted by equality, and of sixty thousand keys there is
    no end to that, so that there the view says what is meant: a yardstick for answers, and a fair one for times."""
    deletes = sorted((folder / "data").glob("[0-9]*.parquet")) if folder.parent.name == "equality" else []
    if not deletes:
        return f"iceberg_scan('{folder}')"
    [keys] = deletes
    using = ", ".join(KEYS[folder.name])
    return f"(select rows.* from read_parquet('{folder}/data/part-*.parquet') as rows anti join read_parquet('{keys}') using ({using}))"


ENGINES = {"weft": weft, "duckdb": duck(scanned, EXTENSIONS)}
READS = {"weft": [PARQUET, *VARIANTS], "duckdb": [PARQUET, *VARIANTS]}
