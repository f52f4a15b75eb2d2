"""Deleted rows, and what else the log says of rows: their numbers, their changes, the times of commits."""

from making import DELETING, table


def filled(t, files=4, **properties):
    t.create("id BIGINT, s STRING", **DELETING, **properties)
    for file in range(files):
        t.sql(f"INSERT INTO {{t}} SELECT /*+ COALESCE(1) */ id, 'f{file}' FROM range({file * 100}, {file * 100 + 100})")


@table(older=[1, 3], compared=["id", "s"])
def deleted_again(t):
    t.create("id BIGINT, s STRING", **DELETING)
    t.sql(
        "INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, concat('v', id) FROM range(1000)",
        "DELETE FROM {t} WHERE id % 3 = 0",
        "DELETE FROM {t} WHERE id % 5 = 0",
        "UPDATE {t} SET s = 'updated' WHERE id BETWEEN 100 AND 200",
        "DELETE FROM {t} WHERE id = 1",
    )


@table()
def deleted_many(t):
    """Vectors of bits, of runs and of numbers, in a file of more than 65,536 rows."""
    t.create("id BIGINT, k INT", **DELETING)
    t.sql(
        "INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, int(id % 1000) FROM range(300000)",
        "DELETE FROM {t} WHERE id % 2 = 0 AND id < 100000 OR id BETWEEN 131072 AND 200000",
        "DELETE FROM {t} WHERE id % 65537 = 1",
    )


@table(older=[3])
def deleted_whole_file(t):
    """All rows of one file at once, of another in turns."""
    filled(t, files=3)
    t.sql("DELETE FROM {t} WHERE s = 'f1' AND id % 2 = 0", "DELETE FROM {t} WHERE s = 'f1'", "DELETE FROM {t} WHERE s = 'f2'")


@table(older=[2], compared=["id", "p"])
def merged(t):
    t.create("id BIGINT, s STRING, p INT", by="p", **DELETING)
    t.sql(
        "INSERT INTO {t} SELECT id, 'old', int(id % 2) FROM range(100)",
        """MERGE INTO {t} t USING (SELECT id + 50 AS id, int((id + 50) % 2) AS p FROM range(100)) s ON t.id = s.id
          WHEN MATCHED AND s.id % 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET s = 'merged'
          WHEN NOT MATCHED THEN INSERT (id, s, p) VALUES (s.id, 'new', s.p) WHEN NOT MATCHED BY SOURCE AND t.id < 5 THEN DELETE""",
        "UPDATE {t} SET p = 5 WHERE id > 140",
    )


@table(older=[5, 6], compared=["id"])
def deleted_and_restored(t):
    """Vectors in a checkpoint, after it, and taken back."""
    filled(t)
    t.sql("DELETE FROM {t} WHERE id % 4 = 1")
    t.checkpoint()
    t.sql("DELETE FROM {t} WHERE id % 4 = 2", "RESTORE TABLE {t} TO VERSION AS OF 3", "DELETE FROM {t} WHERE id % 10 = 9")


@table(older=[9], gone=[400])
def deleted_and_rewritten(t):
    """OPTIMIZE, PURGE and VACUUM over vectors."""
    filled(t, files=3)
    t.sql("DELETE FROM {t} WHERE id % 4 = 1", "OPTIMIZE {t}", "DELETE FROM {t} WHERE id % 4 = 2", "REORG TABLE {t} APPLY (PURGE)")
    t.sql("DELETE FROM {t} WHERE id % 9 = 0", "VACUUM {t} RETAIN 0 HOURS")


@table(older=[2])
def changes_kept(t):
    """Files of changes beside those of the table."""
    t.create("id BIGINT, s STRING, p INT", by="p", enableChangeDataFeed="true", enableDeletionVectors="false")
    t.sql(
        "INSERT INTO {t} SELECT id, 'a', int(id % 2) FROM range(100)",
        "UPDATE {t} SET s = 'b' WHERE id % 10 = 0",
        "DELETE FROM {t} WHERE id % 10 = 1",
    )


@table()
def rows_numbered(t):
    """Row tracking: numbers stand in files that were rewritten."""
    filled(t, files=2, enableRowTracking="true")
    t.sql("UPDATE {t} SET s = 'b' WHERE id % 3 = 0", "DELETE FROM {t} WHERE id = 7", "OPTIMIZE {t}")
    t.sql("MERGE INTO {t} t USING (SELECT 8L AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET s = 'm'")


@table(older=[1])
def commits_timed(t):
    """The property comes later than the table."""
    t.create("id BIGINT")
    t.sql("INSERT INTO {t} SELECT id FROM range(10)")
    t.properties(enableInCommitTimestamps="true")
    t.sql("INSERT INTO {t} SELECT id FROM range(10)")
    t.checkpoint()


@table()
def vacuum_checked(t):
    t.create("id BIGINT", feature__vacuumProtocolCheck="supported")
    t.sql("INSERT INTO {t} SELECT id FROM range(10)", "INSERT OVERWRITE {t} SELECT id FROM range(5)", "VACUUM {t} RETAIN 0 HOURS")
