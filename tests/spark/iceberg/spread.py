"""Partitions: every transform of every type it takes, values before zero, before 1970, NULL and beyond ASCII; other partitions later."""

from laying import ONE, table

COLUMNS = {
    "b": ("BOOLEAN", ["true", "false", "null"]),
    "i": ("INT", ["0", "1", "-1", "10", "-10", "-11", "2147483647", "-2147483648", "null", "34"]),
    "l": ("BIGINT", ["0L", "1L", "-1L", "10L", "-10L", "-11L", "9223372036854775807L", "-9223372036854775808L", "null", "34L"]),
    "n": ("DECIMAL(9,2)", ["14.20", "-14.20", "0.05", "-0.05", "10.65", "-0.01", "9999999.99", "-9999999.49", "null"]),
    "w": ("DECIMAL(38,10)", ["14.2", "-14.2", "0.0000000001", "-0.0000000001", "null", "123456789012345678.5"]),
    "s": ("STRING", ["'iceberg'", "''", "'ic'", "'ünïcödé'", "'😀😀😀x'", "null", "'a/b=c%d e'", "'A'"]),
    "x": ("BINARY", ["X'00010203'", "X''", "X'FFFEFD'", "null", "X'61'"]),
    "d": ("DATE", ["DATE'2017-11-16'", "DATE'1970-01-01'", "DATE'1969-12-31'", "DATE'1969-01-01'", "DATE'1968-12-31'", "DATE'0001-01-01'", "DATE'9999-12-31'", "null", "DATE'1969-11-30'"]),
    "ts": ("TIMESTAMP", ["TIMESTAMP'2017-11-16 22:31:08'", "TIMESTAMP'1970-01-01 00:00:00'", "TIMESTAMP'1969-12-31 23:59:59.999999'", "TIMESTAMP'1969-12-31 22:00:00'", "TIMESTAMP'1969-01-01 00:00:00'", "TIMESTAMP'1968-12-31 23:00:00'", "null", "TIMESTAMP'1969-12-31 23:00:00'", "TIMESTAMP'0001-01-01 00:00:00'"]),
    "f": ("FLOAT", ["1.5f", "float('NaN')", "float('Infinity')", "float('-0.0')", "0.0f", "-1.5f", "null"]),
    "g": ("DOUBLE", ["1.5d", "double('NaN')", "double('-Infinity')", "double('-0.0')", "0.0d", "-1.5d", "null"]),
}
COLUMNS["tn"] = ("TIMESTAMP_NTZ", [value.replace("TIMESTAMP'", "TIMESTAMP_NTZ'") for value in COLUMNS["ts"][1]])
WHERE = {
    "b": ["= true", "= false", "IS NULL", "<> true"],
    "i": ["= 10", "< 0", "<= -10", "IN (0, -11)", "IS NULL", ">= 2147483647", "<> 0", "BETWEEN -10 AND 0"],
    "l": ["= 10", "< 0", "<= -10", "IN (0, -11, 34)", "IS NULL", "<> 0", "BETWEEN -10 AND 0"],
    "n": [f"{sign} CAST('{value}' AS DECIMAL(9,2))" for sign, value in [("=", "14.20"), ("<", "0.00"), (">=", "-0.05"), ("<", "-0.01"), (">", "10.64")]] + ["IS NULL"],
    "w": [f"{sign} CAST('{value}' AS DECIMAL(38,10))" for sign, value in [("=", "14.2"), ("<", "0"), (">=", "-0.0000000001")]] + ["IS NULL"],
    "s": ["= 'iceberg'", "= ''", "LIKE 'ic%'", "> 'i'", "< 'ice'", "IS NULL", "= 'ünïcödé'", "IN ('😀😀😀x', 'A')", ">= '😀'", "= 'a/b=c%d e'", "<> 'A'"],
    "x": ["= X'61'", "> X'61'", "IS NULL", "<= X'000102'"],
    "d": ["= DATE '1969-12-31'", "< DATE '1970-01-01'", "<= DATE '1969-01-01'", "> DATE '1968-12-31'", "IS NULL", "IN (DATE '0001-01-01', DATE '9999-12-31')", "BETWEEN DATE '1969-11-30' AND DATE '1969-12-01'", "<> DATE '1970-01-01'"],
    "ts": ["= TIMESTAMP '1969-12-31 23:59:59.999999'", "< TIMESTAMP '1970-01-01 00:00:00'", "< TIMESTAMP '1969-12-31 23:00:00'", "<= TIMESTAMP '1969-12-31 23:00:00'", "> TIMESTAMP '1968-12-31 23:00:00'", ">= TIMESTAMP '2017-11-16 22:00:00'", "IS NULL"],
    "f": [f"{sign} CAST('{value}' AS FLOAT)" for sign, value in [("=", "1.5"), ("<", "0"), (">", "0"), ("=", "NaN"), ("=", "0")]] + ["IS NULL"],
    "g": [f"{sign} CAST('{value}' AS DOUBLE)" for sign, value in [("=", "1.5"), ("<", "0"), (">", "0"), ("=", "NaN"), ("=", "0"), ("<=", "-1.5")]] + ["IS NULL"],
}
WHERE["tn"] = WHERE["ts"]
WIDTHS = {"s": 2, "x": 2, "n": 30, "w": 30}
EVERY_FILE = {"write__distribution_mode": "none", "write__spark__fanout__enabled": "true"}


def spread(name, kinds, transform, version=2):
    """A table with columns of these kinds and partitions by each of them, in two commits. Most rows have a file to themselves."""

    def make(t):
        columns = {kind: COLUMNS[kind] for kind in kinds}
        by = ", ".join(transform(kind) for kind in kinds)
        t.create("id INT, " + ", ".join(f"{kind} {written}" for kind, (written, _) in columns.items()), by=by, version=version, **EVERY_FILE)
        casts = ", ".join(f"CAST(col{at} AS {written})" for at, (written, _) in enumerate(columns.values(), 2))
        count = max(len(values) for _, values in columns.values())
        rows = [", ".join([str(at), *(values[at % len(values)] for _, values in columns.values())]) for at in range(count)]
        t.sql(
            f"INSERT INTO {{t}} SELECT {ONE} col1, {casts} FROM VALUES {', '.join(f'({row})' for row in rows)}",
            f"INSERT INTO {{t}} SELECT {ONE} col1 + 100, {casts} FROM VALUES {', '.join(f'({row})' for row in rows[::3])}",
        )

    table(name=name, where=[f"{kind} {condition}" for kind in kinds for condition in WHERE[kind]])(make)


NUMBERS, TIMES = ["i", "l", "n", "w", "s", "x"], ["d", "ts", "tn"]
spread("part_identity", ["b", *NUMBERS, *TIMES], str, version=1)
spread("part_floats", ["f", "g"], str)
spread("part_bucket", [*NUMBERS, *TIMES], lambda kind: f"bucket(5, {kind})")
spread("part_truncate", NUMBERS, lambda kind: f"truncate({WIDTHS.get(kind, 10)}, {kind})", version=3)
spread("part_years", TIMES, lambda kind: f"years({kind})")
spread("part_months", TIMES, lambda kind: f"months({kind})", version=1)
spread("part_days", TIMES, lambda kind: f"days({kind})")
spread("part_hours", TIMES[1:], lambda kind: f"hours({kind})", version=3)


@table(where=["p = 'a/b'", "p = ''", "p IS NULL", "p = 'a%20b'", "q = 'with space'", "q LIKE 'a%'", "p IN ('.', '..', 'null')", "p = 'ünï 😀'"])
def part_signs(t):
    """Values that paths of files escape."""
    t.create("id INT, p STRING, q STRING", by="p, truncate(3, q)", **EVERY_FILE)
    texts = ["plain", "with space", "100%", "a%20b", "a=b", "a/b", "a:b", "ünï 😀", "", "__HIVE_DEFAULT_PARTITION__", "null", "NULL", "a+b", "a&b?c#d", ".", "..", " lead", "trail ", "{x}[y]^~|<>*", 'q"x', "A", "a"]
    t.insert(", ".join(f"({at}, '{text}', '{text}')" for at, text in enumerate(texts)) + ", (99, null, null)")


@table(where=["a = 'x'", "b = 1", "a IS NULL", "b IN (2, 3)"])
def part_void(t):
    """In version 1, a field that was dropped stays, and says nothing."""
    t.create("id INT, a STRING, b INT", by="a, b", version=1)
    t.insert("(1, 'x', 1), (2, 'y', 2), (3, null, null)")
    t.alter("DROP PARTITION FIELD a")
    t.insert("(4, 'x', 1), (5, 'z', 3)")


@table(
    evolved=True,
    governed=("ts >= TIMESTAMP '1970-01-01 00:00:00'", "a"),
    where=["a = 'a1'", "ts < TIMESTAMP '1970-01-01 00:00:00'", "n < 0", "a IS NULL", "ts >= TIMESTAMP '2024-01-03 00:00:00' AND n > 100", "ts IS NULL OR a = 'a0'", "n IN (-10, 280, 30)"],
)
def part_evolved(t):
    """Files of five kinds of partitions."""
    t.create("id INT, a STRING, ts TIMESTAMP, n BIGINT")
    changes = [[], ["ADD PARTITION FIELD a"], ["ADD PARTITION FIELD months(ts)"], ["REPLACE PARTITION FIELD ts_month WITH days(ts)"], ["DROP PARTITION FIELD a", "ADD PARTITION FIELD bucket(3, n) AS nb"]]
    for at, several in zip(range(0, 50, 10), changes):
        t.alter(*several) if several else None
        t.insert(f"({at}, 'a{at % 2}', TIMESTAMP'1969-12-3{at // 10 % 2} 23:00:00', {at - 10}L), ({at + 1}, 'a1', TIMESTAMP'2024-01-0{at // 10 + 1} 01:00:00', {at * 7}L), ({at + 2}, null, null, null)")


@table(where=["b >= 3", "b < 2", "s = 'a'", "s IS NULL", "s IN ('c', 'd')"])
def part_dropped(t):
    """The column of an old field was dropped, and another field was taken away and added again with another width."""
    t.create("id INT, a STRING, b INT, s STRING", by="a, bucket(4, s)")
    t.insert("(1, 'x', 1, 'a'), (2, 'y', 2, null)")
    t.alter("DROP PARTITION FIELD a", "DROP PARTITION FIELD bucket(4, s)", "ADD PARTITION FIELD b")
    t.insert("(3, 'z', 3, 'a'), (4, 'z', 4, 'c')")
    t.alter("DROP COLUMN a", "ADD PARTITION FIELD bucket(8, s)")
    t.insert("(5, 4, 'd'), (6, 1, 'a')")


@table(where=["a = 'x'", "b = 'x'", "a IS NULL", "b > 'x'"])
def part_renamed(t):
    """Another column has the name of the one that the partitions are of, and older versions are not those of today's columns."""
    t.create("id INT, a STRING")
    t.alter("ADD PARTITION FIELD a AS pa")
    t.insert("(1, 'x'), (2, 'y')")
    t.gone = [f"version as of {t.current()}"]
    t.alter("RENAME COLUMN a TO b", "ADD COLUMN a STRING")
    t.insert("(3, 'x', 'new'), (4, 'z', 'x')")


@table(where=["i = 1", "j = 1", "k = -1", "k < 0", "n = CAST('1.25' AS DECIMAL(12,2))", "i >= 9000000000", "j IN (-5, 9000000000)", "n > CAST('2' AS DECIMAL(12,2))"])
def part_promoted(t):
    t.create("id INT, i INT, j INT, k INT, n DECIMAL(5,2)", by="i, bucket(4, j), truncate(10, k), n")
    t.insert("(1, 1, 1, -1, 1.25), (2, -5, -5, 15, -1.25), (3, null, null, null, null)")
    t.alter(*(f"ALTER COLUMN {column} TYPE BIGINT" for column in "ijk"), "ALTER COLUMN n TYPE DECIMAL(12,2)")
    t.insert("(4, 9000000000, 9000000000, -9000000001, 1234567890.25), (5, 1, 1, -1, 1.25)")


@table(where=["id > 1"])
def part_inside(t):
    """By fields of a structure."""
    t.create("id INT, st STRUCT<a: STRING, b: TIMESTAMP>", by="st.a, days(st.b)")
    t.sql("INSERT INTO {t} VALUES (1, named_struct('a', 'x', 'b', TIMESTAMP'1969-12-31 23:00:00')), (2, named_struct('a', null, 'b', null)), (3, null), (4, named_struct('a', 'y', 'b', TIMESTAMP'2024-01-01 00:00:00'))")


@table(where=["p = 'p 1'"])
def object_storage(t):
    """Hashes stand in the paths of files, which lie below the table's folder all the same."""
    t.create("id INT, p STRING", by="p", write__object_storage__enabled="true")
    t.sql("INSERT INTO {t} SELECT id, concat('p ', id % 3) FROM range(12)", "DELETE FROM {t} WHERE id = 5")
    t.properties(write__object_storage__partitioned_paths="false")
    t.sql("INSERT INTO {t} SELECT id, concat('p ', id % 3) FROM range(20, 26)")
