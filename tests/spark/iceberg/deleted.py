"""Rows that are deleted: by position, by vectors, by their values, and by writing files anew."""

from laying import KEYS, MERGE_ON_READ, ONE, POSITIONS, VECTORS, table

WHERE = ["p = 'p1'", "id < 21", "s = 'updated'", "id IN (0, 7, 22, 59)"]


def deleted(t):
    for at in range(3):
        t.sql(f"INSERT INTO {{t}} SELECT {ONE} id, concat('p', id % 2), concat('s', id) FROM range({at * 20}, {at * 20 + 20}) ORDER BY 2")
    t.sql("DELETE FROM {t} WHERE id % 5 = 0", "DELETE FROM {t} WHERE id % 7 = 0 AND p = 'p1'", "UPDATE {t} SET s = 'updated' WHERE id IN (1, 22, 43)")


@table(where=WHERE, dated=True, governed=("p = 'p1'", "s"), holds=[POSITIONS])
def positions_by_file(t):
    t.create("id BIGINT, p STRING, s STRING", by="p", write__delete__granularity="file", **MERGE_ON_READ)
    deleted(t)


@table(where=WHERE, holds=[POSITIONS])
def positions_by_partition(t):
    t.create("id BIGINT, p STRING, s STRING", by="p", write__delete__granularity="partition", **MERGE_ON_READ)
    deleted(t)


@table(where=WHERE, dated=True, governed=("id < 30", "s"), holds=[VECTORS])
def vectors(t):
    t.create("id BIGINT, p STRING, s STRING", by="p", version=3, **MERGE_ON_READ)
    deleted(t)


@table(where=["id BETWEEN 4998 AND 9002", "id >= 19999", "id = 3", "id IN (4999, 5000, 9001)"], holds=[POSITIONS])
def positions_in_groups(t):
    """In many groups of rows, and many runs."""
    groups = {f"write__parquet__row_group_{setting}": value for setting, value in {"size_bytes": 10000, "check_min_record_count": 100, "check_max_record_count": 100}.items()}
    t.create("id BIGINT, s STRING", **groups, **MERGE_ON_READ)
    t.sql(f"INSERT INTO {{t}} SELECT {ONE} id, sha2(string(id), 256) FROM range(20000)", "DELETE FROM {t} WHERE id % 3 = 0 OR id BETWEEN 5000 AND 9000")


@table(where=["id BETWEEN 131070 AND 200002", "id % 65537 = 1"], holds=[VECTORS])
def vectors_of_many(t):
    """Of bits, of runs and of numbers, beyond 65,536 rows."""
    t.create("id BIGINT", version=3, **MERGE_ON_READ)
    t.sql(f"INSERT INTO {{t}} SELECT {ONE} id FROM range(300000)", "DELETE FROM {t} WHERE id % 2 = 0 AND id < 100000 OR id BETWEEN 131072 AND 200000", "DELETE FROM {t} WHERE id % 65537 = 1")


@table(dated=True, holds=[POSITIONS])
def merged(t):
    t.create("id BIGINT, v STRING", **MERGE_ON_READ)
    t.sql(
        "INSERT INTO {t} SELECT id, concat('v', id) FROM range(20)",
        """MERGE INTO {t} t USING (SELECT id * 3 AS id FROM range(10)) s ON t.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE
            WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 'inserted')""",
    )


@table(dated=True, where=["p = 2", "v = 'u'"])
def copied_on_write(t):
    t.create("id BIGINT, p INT, v STRING", by="p")
    t.sql("INSERT INTO {t} SELECT id, int(id % 3), concat('v', id) FROM range(30)", "DELETE FROM {t} WHERE p = 1", "UPDATE {t} SET v = 'u' WHERE id = 6", "DELETE FROM {t} WHERE id = 9")
    with t.settings(spark__sql__sources__partitionOverwriteMode="dynamic"):
        t.sql("INSERT OVERWRITE {t} VALUES (100, 2, 'over')")


@table(dated=True, where=["s = 'again'", "id = 3", "id = 5", "s IS NULL", "id < 6", "v IS NULL"], governed=("id < 10", "s"), holds=[KEYS])
def keys(t):
    """By one column and by two, by NULL, for rows that are inserted again later, and beside rows of the same commit."""
    t.create("id INT, s STRING, v INT")
    t.sql(f"INSERT INTO {{t}} SELECT {ONE} int(id), concat('s', id), int(id) FROM range(20)")
    t.change(t.deletes("one", ["id"], [[3], [5], [100]]))
    t.insert("(3, 'again', 33), (21, null, 1), (22, 'x', null), (null, 'y', 1), (null, 'z', 2)")
    t.change(t.deletes("two", ["s", "v"], [["s7", 7], ["s8", 7], [None, 1], ["x", None]]), t.deletes("null", ["id"], [[None]]))
    t.change(t.deletes("upsert", ["id"], [[1], [4]]), rows=[t.data("upserted", ["id", "s", "v"], [[1, "upserted", 10], [4, "upserted", 40]])])


@table(where=["p = 'a'", "id = 1", "d < DATE '1970-01-01'"], holds=[KEYS, POSITIONS])
def keys_in_partitions(t):
    """Of a date; each only of its own partition, beside deletes by position."""
    t.create("id INT, p STRING, d DATE", by="p", **MERGE_ON_READ)
    t.insert("(1, 'a', DATE'1969-12-31'), (2, 'a', DATE'2024-02-29'), (3, 'a', null), (4, 'a', DATE'1969-12-31')", "(1, 'b', DATE'1969-12-31'), (2, 'b', DATE'2024-02-29'), (3, 'b', null)")
    day = t.spark._jvm.java.time.LocalDate.parse("1969-12-31")
    t.change(t.deletes("of_a", ["d"], [[day]], "p=a"), t.deletes("of_b", ["d"], [[None]], "p=b"))
    t.sql("DELETE FROM {t} WHERE id = 2 AND p = 'b'")
    t.insert("(5, 'a', DATE'1969-12-31'), (6, 'b', null)")


@table(dated=True, holds=[POSITIONS])
def compacted(t):
    """Deletes, files rewritten, and deletes again."""
    t.create("id BIGINT, s STRING", **MERGE_ON_READ)
    for at in range(3):
        t.sql(f"INSERT INTO {{t}} SELECT {ONE} id, concat('s', id) FROM range({at * 10}, {at * 10 + 10})")
    t.sql("DELETE FROM {t} WHERE id % 4 = 0")
    t.call("rewrite_data_files", "options => map('rewrite-all', 'true')")
    t.sql("DELETE FROM {t} WHERE id % 5 = 0", "INSERT INTO {t} VALUES (100, 'last')")


@table(dated=True, where=["p = 1"], holds=[POSITIONS])
def deletes_rewritten(t):
    t.create("id BIGINT, p INT", by="p", **MERGE_ON_READ)
    for at in range(3):
        t.sql(f"INSERT INTO {{t}} SELECT {ONE} id, {at} FROM range({at * 10}, {at * 10 + 10})")
    for at in range(3):
        t.sql(f"DELETE FROM {{t}} WHERE id % 5 = {at}")
    t.call("rewrite_position_delete_files", "options => map('rewrite-all', 'true')")


@table(where=["id >= 3"], dated=True, holds=[POSITIONS, VECTORS])
def upgraded(t):
    """From version to version: files without sequence numbers, deletes by position for old and new ones, then vectors."""
    t.create("id INT, p STRING", by="p", version=1)
    t.insert("(1, 'a'), (2, 'a'), (3, 'b')", "(4, 'a'), (5, 'b')")
    t.properties(format_version=2, **MERGE_ON_READ)
    t.insert("(6, 'a'), (7, 'b'), (8, 'b')")
    t.sql("DELETE FROM {t} WHERE id IN (2, 5, 6)")
    t.properties(format_version=3)
    t.insert("(9, 'a'), (10, 'b'), (11, 'a')")
    t.sql("DELETE FROM {t} WHERE id IN (1, 9)", "UPDATE {t} SET p = 'c' WHERE id = 11")


@table(dated=True, where=["id > 2"], holds=[VECTORS])
def rows_numbered(t):
    """Files of rows that were changed hold numbers of theirs, which are no columns of the table."""
    t.create("id INT, s STRING", version=3, **MERGE_ON_READ)
    t.insert("(1, 'a'), (2, 'b'), (3, 'c')", "(4, 'd')")
    t.sql("UPDATE {t} SET s = 'B' WHERE id = 2", "DELETE FROM {t} WHERE id = 3")
    t.call("rewrite_data_files", "options => map('rewrite-all', 'true')")
    t.sql("UPDATE {t} SET s = 'D' WHERE id = 4")
