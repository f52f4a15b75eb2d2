"""What becomes of a table over time: other columns, other rows, other layouts, other ways of writing."""

from making import DELETING, table


@table(older=[4], gone=[0, 2])
def columns_merged(t):
    """New columns and fields as rows bring them, in any order, and rows that lack some."""
    t.append("SELECT 1 AS id, 'a' AS s, named_struct('x', 1) AS n, array(named_struct('e', 1)) AS l")
    for select in (
        "SELECT 'b' AS s, 2 AS id",
        "SELECT named_struct('y', 'yy', 'x', 3) AS n, 3 AS id, 3.5D AS extra",
        "SELECT 4 AS id, array(named_struct('f', DATE'2020-01-01', 'e', 4)) AS l, map('k', named_struct('v', 1)) AS m",
        "SELECT 5 AS id, map('k', named_struct('w', 2, 'v', 1)) AS m, named_struct('z', named_struct('q', 1)) AS n",
        "SELECT 6 AS ID, 'B' AS S",
    ):
        t.append(select, mergeSchema="true")


@table()
def columns_altered(t):
    t.create("id INT NOT NULL, a STRING, s STRUCT<x: INT NOT NULL, y: INT>")
    t.sql(
        "INSERT INTO {t} VALUES (1,'a',named_struct('x',1,'y',2))",
        "ALTER TABLE {t} ADD COLUMNS (z INT FIRST, w STRING AFTER id, s.m INT FIRST)",
        "ALTER TABLE {t} ALTER COLUMN a FIRST",
        "ALTER TABLE {t} ALTER COLUMN s.y FIRST",
        "ALTER TABLE {t} ALTER COLUMN id DROP NOT NULL",
        "INSERT INTO {t} VALUES ('a', 26, null, 'w', named_struct('y',2,'m',0,'x',1))",
    )


@table(gone=[0, 1])
def columns_overwritten(t):
    """The same names with other types, another order and other folders."""
    t.append("SELECT id, string(id) AS v FROM range(10)")
    t.append("SELECT string(id) AS id, int(id) AS v, DATE'2020-01-01' AS d FROM range(5)", mode="overwrite", overwriteSchema="true")
    t.append("SELECT id AS v, named_struct('a', id) AS id FROM range(3)", mode="overwrite", overwriteSchema="true")


@table(older=[1, 3], compared=["id", "p"])
def rows_overwritten(t):
    t.create("id BIGINT, p INT", by="p")
    t.sql("INSERT INTO {t} SELECT id, int(id % 4) FROM range(40)")
    t.append("SELECT id, 1 AS p FROM range(1000, 1003)", mode="overwrite", replaceWhere="p = 1")
    t.append("SELECT id, 2 AS p FROM range(5, 7)", mode="overwrite", replaceWhere="id >= 5 AND id < 7")
    t.append("SELECT 9L AS id, 3 AS p", mode="overwrite", partitionOverwriteMode="dynamic")


@table(gone=[1])
def replaced(t):
    """As another table, with columns that are counted anew."""
    at = f"LOCATION '{t.folder}'"
    t.sql(
        f"CREATE TABLE replaced (a INT, b STRING) USING delta {at}",
        "INSERT INTO replaced VALUES (1,'x')",
        f"CREATE OR REPLACE TABLE replaced (b INT, c DATE) USING delta PARTITIONED BY (c) {at} TBLPROPERTIES ('delta.columnMapping.mode'='name')",
        "INSERT INTO replaced VALUES (5, DATE'2020-01-01'), (6, null)",
        "DROP TABLE replaced",
    )


def built(t, columns):
    """A table with columns that SQL has no words for."""
    tables, session = t.spark._jvm.io.delta.tables.DeltaTable, t.spark._jsparkSession
    new = tables.create(session).location(str(t.folder))
    for (name, kind), rule in columns.items():
        new.addColumn(rule(tables.columnBuilder(session, name).dataType(kind)).build())
    new.execute()


@table(compared=["d", "h"])
def generated(t):
    as_is = lambda column: column  # noqa: E731
    days, hours = (lambda column: column.generatedAlwaysAs("CAST(at AS DATE)")), (lambda column: column.generatedAlwaysAs("hour(at)"))
    built(t, {("id", "BIGINT"): as_is, ("at", "TIMESTAMP"): as_is, ("d", "DATE"): days, ("h", "INT"): hours})
    t.append("SELECT id, timestamp_micros(id * 5000000000) AS at FROM range(50)")


@table()
def numbered(t):
    always, otherwise = (lambda column: column.generatedAlwaysAsIdentity(5, 3)), (lambda column: column.generatedByDefaultAsIdentity())
    built(t, {("id", "BIGINT"): always, ("x", "BIGINT"): otherwise, ("v", "STRING"): lambda column: column})
    t.append("SELECT concat('v', id) AS v FROM range(10)")
    t.append("SELECT 100L AS x, concat('w', id) AS v FROM range(3)")


@table()
def defaults_and_constraints(t):
    t.create("id INT NOT NULL, v STRING DEFAULT 'dflt', d DATE DEFAULT DATE'2020-01-01'", feature__allowColumnDefaults="supported")
    t.sql(
        "ALTER TABLE {t} ADD CONSTRAINT positive CHECK (id > 0)",
        "INSERT INTO {t} (id) VALUES (1)",
        "ALTER TABLE {t} ADD COLUMN w INT",
        "ALTER TABLE {t} ALTER COLUMN w SET DEFAULT 7",
        "INSERT INTO {t} (id, d) VALUES (3, null)",
    )


@table(older=[3], compared=["id", "k", "d"])
def clustered(t):
    t.create("id BIGINT, k STRING, d DATE", cluster="k, d", **DELETING)
    for part in range(2):
        t.sql(f"INSERT INTO {{t}} SELECT id, concat('k', id % 7), date_add(DATE'2024-01-01', int(id % 5)) FROM range({part * 100}, {part * 100 + 100})")
    t.sql("OPTIMIZE {t}", "DELETE FROM {t} WHERE id % 9 = 0")


@table(older=[4], compared=["id", "p"])
def ordered_and_vacuumed(t):
    t.create("id BIGINT, k STRING, p INT", by="p", enableDeletionVectors="false")
    for part in range(3):
        t.sql(f"INSERT INTO {{t}} SELECT id, concat('k', id % 7), int(id % 2) FROM range({part * 100}, {part * 100 + 100})")
    t.sql("OPTIMIZE {t} WHERE p = 0 ZORDER BY (id, k)", "DELETE FROM {t} WHERE id < 50", "VACUUM {t} RETAIN 100 HOURS")


def converted_from(t, select, *by, and_then=""):
    """Parquet that becomes a table where it lies."""
    rows = t.spark.sql(select).coalesce(1).write
    (rows.partitionBy(*by) if by else rows).parquet(str(t.folder))
    t.spark.sql(f"CONVERT TO DELTA parquet.`{t.folder}` {and_then}")


@table(older=[0])
def converted(t):
    converted_from(t, "SELECT id, string(id) AS s FROM range(10)")
    t.sql("INSERT INTO {t} VALUES (100, 'x')")


@table(compared=["p", "q"])
def converted_folders(t):
    rows = "SELECT id, CASE WHEN id % 3 = 0 THEN null ELSE concat('p ', id % 3) END AS p, int(id % 2) AS q FROM range(20)"
    converted_from(t, rows, "p", "q", and_then="NO STATISTICS PARTITIONED BY (p STRING, q INT)")
    t.sql("INSERT INTO {t} VALUES (100, 'x/y', 5)")
