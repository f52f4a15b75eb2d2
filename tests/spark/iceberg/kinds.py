"""Columns of every type, in every version of the format."""

from laying import ONE, table

COLUMNS = {
    "id": "INT", "b": "BOOLEAN", "i": "INT", "l": "BIGINT", "f": "FLOAT", "g": "DOUBLE", "n": "DECIMAL(9,2)", "m": "DECIMAL(18,6)", "w": "DECIMAL(38,10)", "d": "DATE",
    "ts": "TIMESTAMP", "tn": "TIMESTAMP_NTZ", "s": "STRING", "x": "BINARY",
}  # fmt: skip
ROWS = [
    "1, true, 1, 1L, 1.5f, 1.5d, 1.25, 1.000001, 1.0000000001, DATE'2024-02-29', TIMESTAMP'2024-02-29 12:34:56.123456', TIMESTAMP_NTZ'2024-02-29 12:34:56.123456', 'plain', X'00FF'",
    "2, false, -2147483648, -9223372036854775808L, float('-Infinity'), double('-Infinity'), -9999999.99, -999999999999.999999, -9999999999999999999999999999.9999999999, DATE'0001-01-01', TIMESTAMP'0001-01-01 00:00:00', TIMESTAMP_NTZ'0001-01-01 00:00:00', '', X''",
    "3, true, 2147483647, 9223372036854775807L, float('Infinity'), double('Infinity'), 9999999.99, 999999999999.999999, 9999999999999999999999999999.9999999999, DATE'9999-12-31', TIMESTAMP'9999-12-31 23:59:59.999999', TIMESTAMP_NTZ'9999-12-31 23:59:59.999999', 'ünïcödé 😀', X'F09F9880'",
    "4, null, null, null, null, null, null, null, null, null, null, null, null, null",
    "5, false, -1, -1L, float('NaN'), double('NaN'), -0.01, -0.000001, -0.0000000001, DATE'1969-12-31', TIMESTAMP'1969-12-31 23:59:59.999999', TIMESTAMP_NTZ'1969-12-31 23:59:59.999999', 'a much longer text than sixteen characters, so that bounds are cut', X'0102030405060708090A0B0C0D0E0F101112131415'",
    "6, false, 0, 0L, float('-0.0'), double('-0.0'), 0, 0, 0, DATE'1582-10-10', TIMESTAMP'1582-10-10 01:02:03', TIMESTAMP_NTZ'1582-10-10 01:02:03', 'NULL', X'FF'",
    "7, true, 0, 0L, 0.0f, 0.0d, 0, 0, 0, DATE'1900-01-01', TIMESTAMP'1900-01-01 00:00:00', TIMESTAMP_NTZ'1900-01-01 00:00:00', 'null', X'00'",
]
WHERE = [
    "i < 0", "i = 2147483647", "l >= 9223372036854775807", "l > 9223372036854775806", "f < 0", "f = CAST('NaN' AS FLOAT)", "g > 1.5", "g >= 0", "g = CAST('NaN' AS DOUBLE)",
    "n = CAST('-0.01' AS DECIMAL(9,2))", "w < CAST('-0.0000000001' AS DECIMAL(38,10))", "w > CAST('0' AS DECIMAL(38,10))", "d < DATE '1970-01-01'", "d = DATE '1969-12-31'",
    "ts < TIMESTAMP '1970-01-01 00:00:00'", "ts = TIMESTAMP '1969-12-31 23:59:59.999999'", "tn >= TIMESTAMP '1969-12-31 23:59:59.999999'", "s LIKE 'a much%'", "s > 'a'",
    "s = 'a much longer text than sixteen characters, so that bounds are cut'", "s IN ('', 'NULL')", "s IS NULL", "x < X'01'", "b IS NULL", "b = false",
]  # fmt: skip


def selected(rows):
    casts = ", ".join(f"CAST(col{at} AS {kind})" for at, kind in enumerate(COLUMNS.values(), 1))
    return f"SELECT {ONE} {casts} FROM VALUES {', '.join(f'({row})' for row in rows)}"


def of_version(version, files):
    def make(t):
        t.create(", ".join(map(" ".join, COLUMNS.items())), version=version)
        for rows in files:
            t.sql(f"INSERT INTO {{t}} {selected(rows)}")

    return make


table(name="types_one", where=WHERE)(of_version(1, [ROWS]))
# Each row in a file of its own, whose bounds are its values.
table(name="types_two", where=WHERE)(of_version(2, [[row] for row in ROWS]))
table(name="types_three", where=WHERE)(of_version(3, [ROWS[:3], ROWS[3:]]))


@table()
def nested(t):
    t.create("""id INT, st STRUCT<a: INT, b: STRUCT<c: STRING, d: STRUCT<e: DECIMAL(10,2), f: ARRAY<INT>>>>, arr ARRAY<ARRAY<ARRAY<INT>>>,
        m MAP<STRING, MAP<INT, STRUCT<x: DATE, y: ARRAY<STRING>>>>, sa ARRAY<STRUCT<k: STRING, v: MAP<STRING, DOUBLE>>>""")
    inner = "named_struct('c', 'x', 'd', named_struct('e', CAST(1.5 AS DECIMAL(10,2)), 'f', array(1, null, 3)))"
    t.sql(f"""INSERT INTO {{t}} SELECT {ONE} 1, named_struct('a', 1, 'b', {inner}), array(array(array(1, 2), null), array()),
        map('k', map(1, named_struct('x', DATE'1969-12-31', 'y', array('p', null))), 'e', map()), array(named_struct('k', 'a', 'v', map('z', 1.5d)))""")
    t.sql(f"""INSERT INTO {{t}} SELECT {ONE} * FROM (SELECT 2 AS id, null AS st, null AS arr, null AS m, null AS sa
        UNION ALL SELECT 3, named_struct('a', null, 'b', null), array(), map(), array()
        UNION ALL SELECT 4, named_struct('a', 2, 'b', named_struct('c', null, 'd', null)), array(null, array(null), array(array())), map('n', null), array(null, named_struct('k', null, 'v', map())))""")


@table(where=["s = 'b'", "o IS NULL"])
def required(t):
    """At the top, and inside."""
    t.create("id INT NOT NULL, s STRING NOT NULL, st STRUCT<a: INT NOT NULL, b: STRING> NOT NULL, o STRUCT<a: INT NOT NULL>")
    t.sql("INSERT INTO {t} VALUES (1, 'a', named_struct('a', 1, 'b', null), null), (2, 'b', named_struct('a', 2, 'b', 'x'), named_struct('a', 5))")
    t.alter("ALTER COLUMN s DROP NOT NULL")
    t.sql("INSERT INTO {t} VALUES (3, null, named_struct('a', 3, 'b', 'y'), null)")


@table()
def odd_names(t):
    """Of columns, some of which Parquet's writer spells otherwise."""
    t.create("id INT, `a b` STRING, `ünï 😀` INT, `x.y` STRUCT<`1st`: INT, `b-c`: STRING>, `q\"u'o` INT, `SELECT` INT", by="`a b`, truncate(10, `ünï 😀`)")
    t.sql("INSERT INTO {t} VALUES (1, 'x', 5, named_struct('1st', 1, 'b-c', 'y'), 7, 8), (2, null, -5, null, null, 9)")


@table(where=["u IS NULL", "x IS NOT NULL"])
def marks(t):
    """UUIDs, also as partitions, and bytes of a fixed length."""
    t.create("id INT")
    t.java.updateSchema().addColumn("u", t.types.UUIDType.get()).addColumn("x", t.types.FixedType.ofLength(5)).commit()
    t.alter("ADD PARTITION FIELD bucket(4, u)")
    mark = t.spark._jvm.java.util.UUID.fromString
    bucket = t.spark._jvm.org.apache.iceberg.transforms.Transforms.bucket(4).bind(t.types.UUIDType.get())
    for at, (text, fixed) in enumerate([("00000000-0000-0000-0000-000000000000", bytes(5)), ("ffffffff-ffff-ffff-ffff-ffffffffffff", b"\xff" * 5), ("80000000-0000-4000-8000-000000000001", None), (None, b"\x7fabcd")]):
        value = text and mark(text)
        number = bucket.apply(value) if value else "__HIVE_DEFAULT_PARTITION__"
        t.append(t.data(f"f{at}", ["id", "u", "x"], [[at, value, fixed]], f"u_bucket_4={number}"))


@table()
def nanoseconds(t):
    """And times of the day: none of which Spark reads, but Iceberg's library does."""
    t.create("id INT", version=3)
    kinds = t.types.TimestampNanoType
    t.java.updateSchema().addColumn("tn", kinds.withoutZone()).addColumn("tz", kinds.withZone()).addColumn("tm", t.types.TimeType.get()).commit()
    time = t.spark._jvm.java.time
    moments = ["2024-02-29T12:34:56.123456789", "1969-12-31T23:59:59.999999999", "1970-01-01T00:00:00.000000001", "1677-09-22T00:00:00.000000001", "2262-04-11T00:00:00.000000001"]
    for at, moment in enumerate(moments):
        of_day = time.LocalTime.parse(moment[11:26])
        t.append(t.data(f"f{at}", ["id", "tn", "tz", "tm"], [[at, time.LocalDateTime.parse(moment), time.OffsetDateTime.parse(f"{moment}Z"), of_day], [at + 100, None, None, None]]))
    t.answers = []
    number, rows = t.iceberg.util.DateTimeUtil, t.iceberg.data.IcebergGenerics.read(t.java).build().iterator()
    while rows.hasNext():
        row = rows.next()
        tn, tz, tm = (row.getField(name) for name in ("tn", "tz", "tm"))
        t.answers.append([row.getField("id"), tn and number.nanosFromTimestamp(tn), tz and number.nanosFromTimestamptz(tz), tm and tm.toNanoOfDay()])
