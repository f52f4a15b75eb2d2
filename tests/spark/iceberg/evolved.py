"""Columns that were added, dropped, renamed, moved, promoted, and such as have defaults."""

from laying import KEYS, table


@table(evolved=True, where=["c IS NULL", "c > 2", "a2 <> 'a1'", "c IS NOT NULL"], governed=("id <> 2", "a2"))
def columns_changed(t):
    t.create("id INT, a STRING, b INT")
    t.insert("(1, 'a1', 10), (2, 'a2', 20)")
    t.alter("ADD COLUMN c DOUBLE AFTER id")
    t.insert("(3, 1.5d, 'a3', 30)")
    t.alter("RENAME COLUMN a TO a2", "DROP COLUMN b")
    t.insert("(4, 2.5d, 'a4')")
    t.alter("ALTER COLUMN a2 FIRST", "ALTER COLUMN id AFTER c")
    t.insert("('a5', 3.5d, 5)")


@table(where=["a = 'old1'", "a IS NULL", "a < 'p'", "b = 7"])
def columns_made_again(t):
    """Old values do not come back, and what was asked for then is not what the name says now."""
    t.create("id INT, a STRING, b STRING")
    t.insert("(1, 'old1', 'x'), (2, 'old2', 'y')")
    t.gone = [f"version as of {t.current()}"]
    t.alter("DROP COLUMN a", "DROP COLUMN b", "ADD COLUMN a STRING", "ADD COLUMN b INT")
    t.insert("(3, 'new3', 7)")


@table(evolved=True, where=["a = 100", "b = 10", "a <= 30"])
def names_swapped(t):
    t.create("id INT, a INT, b INT")
    t.insert("(1, 10, 100), (2, 20, 200)")
    t.alter("RENAME COLUMN a TO c", "RENAME COLUMN b TO a", "RENAME COLUMN c TO b")
    t.insert("(3, 30, 300)")


@table(
    evolved=True,
    where=["i = 2147483647", "i > 2147483647", "i < 0", "f = CAST('1.1' AS DOUBLE)", "f > CAST('1.0999' AS DOUBLE)", "n = CAST('999.99' AS DECIMAL(12,2))", "n > CAST('999.99' AS DECIMAL(12,2))", "m < CAST('0' AS DECIMAL(20,3))", "w >= CAST('12345678901234.5678' AS DECIMAL(38,4))"],
)
def columns_promoted(t):
    t.create("id INT, i INT, f FLOAT, n DECIMAL(5,2), m DECIMAL(9,3), w DECIMAL(18,4)")
    t.insert("(1, 2147483647, 1.1f, 999.99, 123456.789, 12345678901234.5678), (2, -2147483648, float('NaN'), -0.01, -0.001, -0.0001), (3, null, null, null, null, null), (9, 7, float('-Infinity'), 1.00, 1.000, 1.0000)")
    t.alter(*(f"ALTER COLUMN {column} TYPE {kind}" for column, kind in {"i": "BIGINT", "f": "DOUBLE", "n": "DECIMAL(12,2)", "m": "DECIMAL(20,3)", "w": "DECIMAL(38,4)"}.items()))
    t.insert("(4, 9223372036854775807, 1.1d, 9999999999.99, 12345678901234567.891, 1234567890123456789012345678901234.5678)")


@table(evolved=True)
def nested_changed(t):
    """In structures, in lists and maps of them; a structure none of whose old fields is left."""
    t.create("id INT, st STRUCT<a: INT, b: STRUCT<c: INT, d: STRING>>, l ARRAY<STRUCT<x: INT, y: STRING>>, m MAP<STRING, STRUCT<x: INT, y: STRING>>, gone STRUCT<a: INT>")
    t.sql("""INSERT INTO {t} VALUES (1, named_struct('a', 1, 'b', named_struct('c', 2, 'd', 'three')), array(named_struct('x', 1, 'y', 'one'), null, named_struct('x', null, 'y', null)), map('k', named_struct('x', 2, 'y', 'two'), 'n', null), named_struct('a', 1)),
        (2, null, null, null, null), (3, named_struct('a', null, 'b', null), array(), map(), named_struct('a', null))""")
    t.alter(
        "ADD COLUMN st.b.e DOUBLE", "DROP COLUMN st.b.c", "RENAME COLUMN st.a TO a2", "ALTER COLUMN st.b FIRST", "ALTER COLUMN st.a2 TYPE BIGINT", "ADD COLUMN l.element.z INT", "RENAME COLUMN l.element.x TO x2", "DROP COLUMN l.element.y",
        "ADD COLUMN m.value.z DATE FIRST", "DROP COLUMN m.value.x", "RENAME COLUMN m.value.y TO yy", "ADD COLUMN gone.b STRING", "DROP COLUMN gone.a", "ADD COLUMN fresh STRUCT<p: INT, q: ARRAY<INT>>",
    )  # fmt: skip
    t.sql("INSERT INTO {t} VALUES (4, named_struct('b', named_struct('d', 'new', 'e', 1.5d), 'a2', 9L), array(named_struct('x2', 5, 'z', 6)), map('k', named_struct('z', DATE'1969-12-31', 'yy', 'w')), named_struct('b', 'bb'), named_struct('p', 1, 'q', array(1)))")


@table(where=["i = 42", "i IS NULL", "s = 'dflt ü'", "b = true", "r = 7", "r > 7", "i <> 42", "s IS NOT NULL", "i > 9000000000"])
def defaults(t):
    """Rows of older files have them, and those inside of structures; no file is left out because it does not."""
    t.create("id INT, st STRUCT<a: INT>, l ARRAY<STRUCT<x: INT>>", version=3)
    t.sql("INSERT INTO {t} VALUES (1, named_struct('a', 1), array(named_struct('x', 1), null)), (2, null, null)")
    kinds, change = t.types, t.java.updateSchema()
    change.addColumn("i", kinds.IntegerType.get(), t.literal(42)).addColumn("s", kinds.StringType.get(), t.literal("dflt ü")).addColumn("b", kinds.BooleanType.get(), t.literal(True))
    change.addRequiredColumn("r", kinds.IntegerType.get(), t.literal(7)).addColumn("st", "b", kinds.IntegerType.get(), t.literal(43)).addColumn("l", "y", kinds.StringType.get(), t.literal("dy")).commit()
    t.sql("INSERT INTO {t} VALUES (3, named_struct('a', 3, 'b', null), array(named_struct('x', 3, 'y', 'w')), null, null, null, 8), (4, null, null, 42, 'x', false, 9)")
    t.java.updateSchema().updateColumnDefault("i", t.literal(99)).commit()
    t.alter("ALTER COLUMN i TYPE BIGINT")
    t.sql("INSERT INTO {t} VALUES (5, null, null, 9000000001, 'y', true, 7)")


@table(where=["k = 10", "k IS NULL"], holds=[KEYS])
def defaults_deleted(t):
    """Deleted by a column that older files do not hold."""
    t.create("id INT", version=3)
    t.insert("(1), (2)")
    t.java.updateSchema().addColumn("k", t.types.IntegerType.get(), t.literal(10)).commit()
    t.insert("(3, 20), (4, 10), (5, null)")
    t.change(t.deletes("by_default", ["k"], [[10]]))
    t.insert("(6, 10)")


@table(where=["id > 1"])
def replaced(t):
    t.create("id INT, a STRING", by="a")
    t.insert("(1, 'x'), (2, 'y')")
    t.sql("CREATE OR REPLACE TABLE {t} USING iceberg AS SELECT id + 1L AS id, a, concat(a, a) AS aa FROM {t}")
