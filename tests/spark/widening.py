"""Columns whose type became wider after files were written."""

from making import DELETING, table

WIDENED = {"enableTypeWidening": "true", "feature__timestampNtz": "supported"}
# The type of before and a value of it, the type of now and a value of it.
PAIRS = [
    ("TINYINT", "1", "SMALLINT", "300"), ("TINYINT", "1", "INT", "70000"), ("TINYINT", "1", "BIGINT", "5000000000"),
    ("SMALLINT", "-300", "INT", "70000"), ("SMALLINT", "-300", "BIGINT", "5000000000"), ("INT", "70000", "BIGINT", "5000000000"),
    ("FLOAT", "1.1", "DOUBLE", "1.1"), ("TINYINT", "1", "DOUBLE", "1.5"), ("SMALLINT", "1", "DOUBLE", "1.5"), ("INT", "2147483647", "DOUBLE", "1.5"),
    ("DECIMAL(5,2)", "123.45", "DECIMAL(10,2)", "12345678.90"), ("DECIMAL(5,2)", "123.45", "DECIMAL(38,10)", "1234567.8901"),
    ("DECIMAL(10,4)", "123.4567", "DECIMAL(20,6)", "12345678901.234567"), ("TINYINT", "-1", "DECIMAL(10,0)", "12345"),
    ("SMALLINT", "-1", "DECIMAL(12,2)", "1.25"), ("INT", "-70000", "DECIMAL(13,3)", "1.125"), ("BIGINT", "-5000000000", "DECIMAL(22,2)", "1.25"),
    ("DATE", "'1969-12-31'", "TIMESTAMP_NTZ", "'2024-01-01 00:00:00.000001'"),
]  # fmt: skip
COLUMNS = [f"c{number}" for number in range(len(PAIRS))]


def widened(t, **how):
    """Every widening, each in a column."""
    t.create("id INT, " + ", ".join(f"{name} {pair[0]}" for name, pair in zip(COLUMNS, PAIRS)), **WIDENED, **how)
    t.sql("INSERT INTO {t} SELECT 1, " + ", ".join(f"CAST({value} AS {kind})" for kind, value, _, _ in PAIRS) + " UNION ALL SELECT 2" + ", null" * len(PAIRS))
    t.sql(*[f"ALTER TABLE {{t}} ALTER COLUMN {name} TYPE {pair[2]}" for name, pair in zip(COLUMNS, PAIRS)])
    t.sql("INSERT INTO {t} SELECT 3, " + ", ".join(f"CAST({value} AS {kind})" for _, _, kind, value in PAIRS))


@table(compared=COLUMNS)
def widened_columns(t):
    widened(t)


@table(compared=COLUMNS)
def widened_partitions(t):
    widened(t, by=", ".join(COLUMNS))
    t.checkpoint()


@table()
def widened_inside(t):
    """In structs, lists, and keys and values of maps."""
    t.create("id INT, s STRUCT<a: TINYINT, d: DATE>, l ARRAY<SMALLINT>, m MAP<INT, FLOAT>, ls ARRAY<STRUCT<x: DECIMAL(5,2)>>", **WIDENED)
    t.sql("INSERT INTO {t} VALUES (1, named_struct('a',1Y,'d',DATE'2020-01-01'), array(1S,null), map(1,float(1.1)), array(named_struct('x',1.25))), (2,null,null,null,null)")
    wider = {"s.a": "INT", "s.d": "TIMESTAMP_NTZ", "l.element": "BIGINT", "m.key": "BIGINT", "m.value": "DOUBLE", "ls.element.x": "DECIMAL(20,4)"}
    t.sql(*[f"ALTER TABLE {{t}} ALTER COLUMN {column} TYPE {kind}" for column, kind in wider.items()])
    t.sql("INSERT INTO {t} VALUES (3, named_struct('a',100000,'d',TIMESTAMP_NTZ'2024-01-01 01:02:03.000004'), array(5000000000), map(5000000000,1.1D), array(named_struct('x',1234567.8901)))")


@table(older=[7], compared=["value"])
def widened_step_by_step(t):
    """With deleted rows, a new name and a checkpoint."""
    t.create("id INT, v TINYINT", columnMapping__mode="name", **WIDENED, **DELETING)
    t.sql("INSERT INTO {t} SELECT /*+ COALESCE(1) */ int(id), tinyint(id - 50) FROM range(100)", "ALTER TABLE {t} RENAME COLUMN v TO value")
    for step, (kind, base) in enumerate((("SMALLINT", 1000), ("INT", 100000), ("BIGINT", 10000000000))):
        t.sql(
            f"ALTER TABLE {{t}} ALTER COLUMN value TYPE {kind}",
            f"INSERT INTO {{t}} SELECT /*+ COALESCE(1) */ int(id + {100 * (step + 1)}), cast({base} + id AS {kind}) FROM range(10)",
            f"DELETE FROM {{t}} WHERE value = {base + 5} OR id = {step * 10}",
        )
    t.checkpoint()


@table(compared=["v", "day", "e"])
def widened_bounds(t):
    """Bounds in a checkpoint are of the type of then."""
    t.create("id INT, v INT, day DATE, e DECIMAL(5,2)", checkpoint__writeStatsAsStruct="true", checkpoint__writeStatsAsJson="false", **WIDENED)
    t.sql("INSERT INTO {t} VALUES (1, 1, DATE'2020-01-01', 1.25)")
    t.checkpoint()
    t.sql(*[f"ALTER TABLE {{t}} ALTER COLUMN {name} TYPE {kind}" for name, kind in {"v": "BIGINT", "day": "TIMESTAMP_NTZ", "e": "DECIMAL(20,4)"}.items()])
    t.sql("INSERT INTO {t} SELECT 2, 5000000000, TIMESTAMP_NTZ'2024-01-01 01:00:00', 12345.6789")
