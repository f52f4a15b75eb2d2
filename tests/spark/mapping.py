"""Columns that files call otherwise than the table does."""

from making import DELETING, table

COLUMNS = "id BIGINT, a STRING, s STRUCT<x: INT, y: STRUCT<z: STRING>>, l ARRAY<STRUCT<e: INT, f: INT>>, m MAP<STRING, STRUCT<v: INT>>, p STRING"


def lived(t, mode, **properties):
    """Renamed, dropped, added anew under the old names, and names swapped, at every level, with rows written in between."""
    row = "named_struct('x',{0},'y',named_struct('z','z{0}')), array(named_struct('e',{0},'f',1)), map('k',named_struct('v',{0}))"
    t.create(COLUMNS, by="p", columnMapping__mode=mode, **properties)
    t.sql(
        f"INSERT INTO {{t}} VALUES (1,'a1',{row.format(1)},'p 1'), (2,null,null,null,null,null)",
        *[f"ALTER TABLE {{t}} RENAME COLUMN {old} TO {new}" for old, new in (("a", "b"), ("p", "part"), ("s.x", "xx"), ("s.y.z", "`z z`"), ("l.element.e", "ee"), ("m.value.v", "vv"))],
        f"INSERT INTO {{t}} VALUES (4,'b4',{row.format(4)},'p%204')",
        "ALTER TABLE {t} DROP COLUMN b",
        "ALTER TABLE {t} DROP COLUMN l.element.f",
        "ALTER TABLE {t} ADD COLUMN a INT",
        "ALTER TABLE {t} ADD COLUMN b INT FIRST",
        "ALTER TABLE {t} ADD COLUMN l.element.f STRING",
    )
    t.append("SELECT 6L AS id, 66 AS a, 666 AS b, named_struct('xx',6,'y',named_struct('z z','z6')) AS s, array(named_struct('ee',6,'f','new')) AS l, map('k',named_struct('vv',6)) AS m, 'p6' AS part")
    t.sql(*[f"ALTER TABLE {{t}} RENAME COLUMN {old} TO {new}" for old, new in (("a", "c"), ("b", "a"), ("c", "b"))])
    t.append("SELECT 7L AS id, 70 AS a, 700 AS b, 'p6' AS part")


@table(older=[17], gone=[1, 8], compared=["id", "a", "b", "part"])
def mapped_by_name(t):
    lived(t, "name")


@table(compared=["id", "a", "b", "part"])
def mapped_by_number(t):
    lived(t, "id", checkpointPolicy="v2", checkpoint__writeStatsAsStruct="true", **DELETING)
    t.sql("DELETE FROM {t} WHERE id = 4")
    t.checkpoint()
    t.sql("UPDATE {t} SET a = 1000 WHERE id IN (1, 6)")


@table(compared=["id", "q", "a"])
def mapped_later(t):
    """The first files know nothing of mapping, and are called by the names of then."""
    t.create("id BIGINT, a STRING, s STRUCT<x: INT, y: INT>, p INT", by="p", enableDeletionVectors="false")
    t.sql("INSERT INTO {t} VALUES (1,'a',named_struct('x',1,'y',2),10), (2,null,null,null)")
    t.properties(columnMapping__mode="name")
    t.sql(*[f"ALTER TABLE {{t}} RENAME COLUMN {old} TO {new}" for old, new in (("a", "`new a`"), ("s.x", "`new x`"), ("p", "q"))])
    t.sql("INSERT INTO {t} VALUES (4,'a4',named_struct('new x',4,'y',4),40)", "ALTER TABLE {t} DROP COLUMN `new a`", "ALTER TABLE {t} ADD COLUMN a INT")
    t.append("SELECT 5L AS id, 55 AS a, 50 AS q")


@table(compared=["a", "b", "c"])
def names_crossed(t):
    """What files call one column is what the table calls another."""
    t.create("a INT, b INT, c INT")
    t.sql("INSERT INTO {t} VALUES (1, 2, 3)")
    t.properties(columnMapping__mode="name")
    t.sql(*[f"ALTER TABLE {{t}} RENAME COLUMN {old} TO {new}" for old, new in (("a", "t"), ("b", "a"), ("c", "b"), ("t", "c"))])
    t.sql("INSERT INTO {t} VALUES (10, 20, 30)")


@table()
def mapped_in_maps(t):
    t.create("id INT, m MAP<STRUCT<k: INT>, ARRAY<STRUCT<a: INT, b: MAP<STRING, STRUCT<c: INT, d: INT>>>>>", columnMapping__mode="id")
    t.sql(
        "INSERT INTO {t} VALUES (1, map(named_struct('k',1), array(named_struct('a',1,'b',map('x',named_struct('c',1,'d',2))))))",
        "ALTER TABLE {t} RENAME COLUMN m.key.k TO kk",
        "ALTER TABLE {t} RENAME COLUMN m.value.element.b.value.c TO cc",
        "ALTER TABLE {t} DROP COLUMN m.value.element.b.value.d",
        "INSERT INTO {t} VALUES (2, map(named_struct('kk',2), array(named_struct('a',2,'b',map('x',named_struct('cc',2))))))",
    )


@table(gone=[1, 2])
def nothing_left_of_old_files(t):
    """The oldest file holds none of the columns that are left, and rows all the same."""
    t.create("a INT, b INT", columnMapping__mode="name", **DELETING)
    t.sql(
        "INSERT INTO {t} SELECT /*+ COALESCE(1) */ int(id), int(id) FROM range(10)",
        "DELETE FROM {t} WHERE a = 5",
        "ALTER TABLE {t} ADD COLUMN c STRING",
        "ALTER TABLE {t} DROP COLUMNS (a, b)",
        "INSERT INTO {t} VALUES ('new')",
    )


@table()
def compatible_with_iceberg(t):
    t.create("id BIGINT, a STRING, l ARRAY<STRUCT<x: INT>>, m MAP<STRING, INT>, p DATE", by="p", columnMapping__mode="name", enableIcebergCompatV2="true", enableDeletionVectors="false")
    t.sql("INSERT INTO {t} VALUES (1,'x',array(named_struct('x',1),null),map('k',1),DATE'2020-01-01'), (2,null,null,null,null)")
    t.sql("ALTER TABLE {t} RENAME COLUMN a TO b", "DELETE FROM {t} WHERE id = 2")
