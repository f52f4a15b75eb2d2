"""Values of every type, and the statistics that stand for them."""

from making import DELETING, table

KINDS = {
    "b": "BOOLEAN", "i8": "TINYINT", "i16": "SMALLINT", "i32": "INT", "i64": "BIGINT", "f": "FLOAT", "d": "DOUBLE",
    "dec9": "DECIMAL(9,2)", "dec18": "DECIMAL(18,6)", "dec38": "DECIMAL(38,18)", "whole": "DECIMAL(38,0)", "fine": "DECIMAL(38,37)",
    "s": "STRING", "bin": "BINARY", "day": "DATE", "at": "TIMESTAMP", "local": "TIMESTAMP_NTZ",
}  # fmt: skip
ALL = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
# A day and an instant stand at the end; the instant is that of both kinds.
ROWS = [
    ["true", "127", "32767", "2147483647", "9223372036854775807", "1.5", "1.5", "1234567.89", "123456789012.345678", "12345678901234567890.123456789012345678",
     "9" * 38, "9." + "9" * 37, "text", "00FF10", "2024-02-29", "2024-02-29 12:34:56.123456"],
    ["false", "-128", "-32768", "-2147483648", "-9223372036854775808", "NaN", "NaN", "-1234567.89", "-123456789012.345678", "-12345678901234567890.123456789012345678",
     "-" + "9" * 38, "-0." + "0" * 36 + "1", "", "", "1969-12-31", "1969-12-31 23:59:59.999999"],
    [None] * 16,
    ["true", "0", "0", "0", "0", "-0.0", "-0.0", "0", "0", "0", "0", "0", "ünïcødé 😀 \\u0000 x", "C3BC", "1970-01-01", "1970-01-01 00:00:00"],
    ["true", "1", "1", "1", "1", "Infinity", "-Infinity", "0.01", "0.000001", "0.000000000000000001", "1", "1", "NULL", "4E55", "9999-12-31", "9999-12-31 23:59:59.999999"],
    ["false", "1", "1", "1", "1", "1e-45", "4.9E-324", "0.01", "0.000001", "-0.000000000000000001", "1", "1", "a,b=c/d%20", "FF", "0001-01-01", "0001-01-01 00:00:00.000001"],
    ["false", "1", "1", "1", "1", "0.0", "0.0", "0.01", "0.000001", "0.000000000000000001", "1", "1", "z", "FF", "1582-10-04", "1582-10-10 00:00:00.5"],
    ["false", "1", "1", "1", "1", "3.4028235e38", "1.7976931348623157E308", "0.01", "0.000001", "0", "1", "1", "z", "FF", "1582-10-15", "1677-01-01 00:00:00"],
]  # fmt: skip
# Days and instants before the calendar changed, before 1970, at the ends of what 64 bits of nanoseconds hold, and beyond.
INSTANTS = [
    "0001-01-01 00:00:00", "1582-10-04 00:00:00", "1582-10-14 23:59:59.999999", "1677-01-01 00:00:00", "1677-09-21 00:12:43.145224",
    "1900-01-01 00:00:00.000001", "1969-12-31 23:59:59.998001", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00",
    "2024-01-01 00:00:00.000999", "2024-01-01 00:00:00.001", "2024-01-01 00:00:00.001001", "2262-04-11 23:47:16.854776",
    "2300-01-01 00:00:00.5", "9999-12-31 23:59:59.999999",
]  # fmt: skip


def chosen(kinds, rows):
    """A SELECT of rows of texts, each cast to its column's type: so nothing is rounded on the way."""
    quoted = lambda value: "null" if value is None else f"'{value}'"  # noqa: E731
    listed = ", ".join(f"({', '.join(map(quoted, row))})" for row in rows)
    return f"SELECT {', '.join(f'CAST({name} AS {kind}) AS {name}' for name, kind in kinds.items())} FROM VALUES {listed} AS x({', '.join(kinds)})"


ALL_ROWS = chosen(KINDS, [[*row, row[-1]] for row in ROWS]).replace("CAST(bin AS", "CAST(unhex(bin) AS")


@table(compared=[name for name in KINDS if name != "bin"])
def types(t):
    """A file a row."""
    t.create(ALL)
    t.sql(f"INSERT INTO {{t}} SELECT /*+ REPARTITION({len(ROWS)}) */ * FROM ({ALL_ROWS})")


@table(compared=["f", "d", "fine", "at", "local"])
def types_in_one_file(t):
    """Statistics over NaN, -0.0 and NULL; instants as Parquet has them."""
    with t.settings(spark__sql__parquet__outputTimestampType="TIMESTAMP_MICROS"):
        t.create(ALL)
        t.sql(f"INSERT INTO {{t}} SELECT /*+ COALESCE(1) */ * FROM ({ALL_ROWS})")


@table()
def millis(t):
    with t.settings(spark__sql__parquet__outputTimestampType="TIMESTAMP_MILLIS"):
        t.create("id INT, at TIMESTAMP")
        t.sql("INSERT INTO {t} VALUES (1, TIMESTAMP'2024-02-29 12:34:56.123'), (2, TIMESTAMP'0001-01-01 00:00:00'), (3, TIMESTAMP'9999-12-31 23:59:59.999'), (4, null)")


@table()
def legacy_layout(t):
    """Decimals as bytes, lists of two levels."""
    with t.settings(spark__sql__parquet__writeLegacyFormat="true"):
        t.create(
            "id INT, d9 DECIMAL(9,2), d18 DECIMAL(18,4), d38 DECIMAL(38,10), a ARRAY<INT>, aa ARRAY<ARRAY<STRING>>,"
            " l ARRAY<STRUCT<x:INT,y:STRING>>, one ARRAY<STRUCT<x:INT>>, m MAP<STRING,ARRAY<INT>>"
        )
        t.sql("""INSERT INTO {t} VALUES
          (1, 1.25, -3.5, 12345.67, array(1,null,3), array(array('a',null),null,array()), array(struct(1,'a'),null,struct(null,null)), array(struct(5),null), map('k',array(1,2),'n',null)),
          (2, null, null, null, null, null, null, null, null), (3, -1.25, 0, 0, array(), array(), array(), array(), map())""")


def in_force(t, kind):
    """Days and times before 1582 as they were called then, and some since."""
    legacy = {f"spark__sql__parquet__{one}RebaseModeInWrite": "LEGACY" for one in ("datetime", "int96")}
    with t.settings(spark__sql__parquet__outputTimestampType=kind, **legacy):
        t.create("id INT, d DATE, t TIMESTAMP, n TIMESTAMP_NTZ, s STRUCT<d:DATE,t:ARRAY<TIMESTAMP>>")
        for number, day in enumerate(("0001-01-01", "1500-03-01", "1582-10-04", "1582-10-15", "1900-01-01", "2026-01-31")):
            at = f"TIMESTAMP'{day} 12:34:56.789'"
            t.sql(f"INSERT INTO {{t}} VALUES ({number}, DATE'{day}', {at}, TIMESTAMP_NTZ'{day} 12:34:56.789', struct(DATE'{day}', array({at}, null))), ({number}, null, null, null, null)")


@table(compared=["id", "d", "t"])
def days_in_force(t):
    in_force(t, "TIMESTAMP_MICROS")


@table(compared=["id", "d"])
def days_in_force_int96(t):
    in_force(t, "INT96")


@table(older=[1])
def nested(t):
    """NULL at every level, INT96 inside of a map."""
    t.create(
        "id INT, s STRUCT<a: INT, b: STRUCT<c: STRING, d: ARRAY<INT>>>, a ARRAY<STRUCT<x: INT, y: MAP<STRING, ARRAY<DOUBLE>>>>,"
        " m MAP<INT, STRUCT<k: STRING, t: TIMESTAMP>>, aa ARRAY<ARRAY<ARRAY<STRING>>>, ms MAP<STRUCT<p: INT, q: STRING>, BINARY>"
    )
    t.sql(
        """INSERT INTO {t} VALUES
        (1, named_struct('a',1,'b',named_struct('c','x','d',array(1,null))), array(named_struct('x',1,'y',map('k',array(1.5D,null))),null,named_struct('x',null,'y',null)),
         map(1,named_struct('k','v','t',TIMESTAMP'0001-01-01 00:00:00.000001'),2,null), array(array(array('a',null),null),null,array()), map(named_struct('p',1,'q','w'), X'01')),
        (2, null, null, null, null, null)""",
        """INSERT INTO {t} VALUES (3, named_struct('a',null,'b',null), array(), map(), array(), map()),
        (4, named_struct('a',null,'b',named_struct('c',null,'d',null)), array(null), map(7,named_struct('k',null,'t',null)), array(array()), map(named_struct('p',null,'q',null), null))""",
    )


@table()
def nested_deep(t):
    kind, value = "INT", "7"
    for level in range(12):
        kind, value = (f"STRUCT<f{level}: {kind}>", f"named_struct('f{level}', {value})") if level % 2 else (f"ARRAY<{kind}>", f"array({value})")
    t.create(f"id INT, x {kind}")
    t.sql(f"INSERT INTO {{t}} SELECT 1, {value} UNION ALL SELECT 2, null")


@table(compared=["with space", "dot.ted", 'dq"x'])
def odd_names(t):
    """Names that take column mapping."""
    t.create(
        "`with space` INT, `dot.ted` INT, `com,ma` INT, `UPPER` INT, `miXed` INT, `semi;colon` INT, `equals=x` INT, `paren(s)` INT, `ünï` INT, `100` INT,"
        " `select` INT, `dq\"x` INT, `s` STRUCT<`in ner`: INT, `a.b`: INT, `back``tick`: INT>, `bt``x` INT", columnMapping__mode="name",
    )  # fmt: skip
    t.sql("INSERT INTO {t} VALUES (1,2,3,4,5,6,7,8,9,10,11,12,named_struct('in ner',14,'a.b',15,'back`tick',16),17)")
    t.append("SELECT 22 AS `dot.ted`")


@table()
def odd_names_unmapped(t):
    t.create("`dot.ted` INT, `s.x` STRUCT<`a.b`: INT, `A`: INT>, `Upper` INT, `100` INT, `select` STRING, `ünï` INT, `a-b` INT, `dollar$` INT, `slash/x` INT, `pc%20` INT, `colon:x` INT")
    t.sql("INSERT INTO {t} VALUES (1, named_struct('a.b',2,'A',3), 4, 5, 'x', 6, 7, 8, 9, 10, 11), (11, null, 14, 15, null, null, null, null, null, null, null)")


@table(compared=["s"])
def long_strings(t):
    """The log keeps 32 characters of bounds; here they end within surrogates, and no larger character is left to round up to."""
    t.create("id INT, s STRING")
    repeated = {"ÿ": 40, "😀": 20, "\U0010ffff": 40, "\uffff": 40, "\ud7ff": 33, "z": 100000, "a": 33, " ": 50, "x": 0}
    values = [f"repeat('{letter}', {times})" for letter, times in repeated.items()]
    values += [f"repeat('a', {times}) || '😀' || 'tail'" for times in (31, 32)]
    rows = " UNION ALL ".join(f"SELECT {number}, {value}" for number, value in enumerate(values))
    t.sql(f"INSERT INTO {{t}} {rows}", "INSERT INTO {t} SELECT id, concat(repeat('m', 40), id) FROM range(100, 120)")


@table(compared=["at", "local"])
def instants(t):
    """A file an instant; bounds in the log are cut to milliseconds."""
    t.create("id INT, at TIMESTAMP, local TIMESTAMP_NTZ, day DATE, s STRUCT<at: TIMESTAMP, l: ARRAY<TIMESTAMP>>")
    row = "SELECT {0}, TIMESTAMP'{1}', TIMESTAMP_NTZ'{1}', DATE'{2}', struct(TIMESTAMP'{1}', array(TIMESTAMP'{1}', null))"
    t.sql("INSERT INTO {t} " + " UNION ALL ".join(row.format(number, at, at[:10]) for number, at in enumerate(INSTANTS)))


@table(compared=["d", "f"])
def floats(t):
    """Files that hold one of what has no order, and files that hold it beside others."""
    t.create("id INT, d DOUBLE, f FLOAT")
    values = ["'NaN'", "'Infinity'", "'-Infinity'", "'-0.0'", "'0.0'", "1e30", "-1e-30", "null"]
    t.sql(
        "INSERT INTO {t} " + " UNION ALL ".join(f"SELECT {number}, double({value}), float({value})" for number, value in enumerate(values)),
        "INSERT INTO {t} SELECT /*+ COALESCE(1) */ * FROM VALUES (20, double('NaN'), float('NaN')), (21, 1.0D, float(1.0))",
        "INSERT INTO {t} SELECT /*+ COALESCE(1) */ * FROM VALUES (30, double('-0.0'), float('-0.0')), (31, double('0.0'), float('0.0'))",
    )


@table(older=[3])
def codecs(t):
    t.create("id BIGINT, s STRING, d DOUBLE, a ARRAY<INT>")
    for codec in ("uncompressed", "gzip", "zstd", "lz4_raw"):
        with t.settings(spark__sql__parquet__compression__codec=codec):
            t.sql("INSERT INTO {t} SELECT id, concat('v', id % 17), id / 3, array(int(id), null) FROM range(200)")


@table(compared=["id", "s", "at"])
def pages(t):
    """Pages of version 2 and delta encodings in many row groups, with deleted rows in all."""
    small = {"parquet__writer__version": "PARQUET_2_0", "parquet__block__size": "20000", "parquet__page__size": "1000", "parquet__enable__dictionary": "false"}
    t.create("id BIGINT, i INT, s STRING, b BOOLEAN, d DOUBLE, dec DECIMAL(20,3), at TIMESTAMP, bin BINARY, a ARRAY<INT>, day DATE", **DELETING)
    with t.settings(**small):
        t.sql("""INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, int(id*7 % 1000), concat('prefix-', id), id % 3 = 0, id / 7, decimal(id) / 3, timestamp_micros(id * 1000001),
          cast(concat('b', id) AS BINARY), CASE WHEN id % 5 = 0 THEN null ELSE array(int(id), null, int(id % 3)) END, date_add(DATE'2000-01-01', int(id % 9000)) FROM range(5000)""")
    t.sql("DELETE FROM {t} WHERE id % 11 = 3 OR id BETWEEN 1000 AND 2500")


@table(compared=["c3", "c40"])
def many_columns(t):
    """The log has bounds of the first 32 columns, then of none, then of those that are named."""
    t.create(", ".join(f"c{number} INT" for number in range(45)))
    values = lambda begin: ", ".join(str(begin + number) for number in range(45))  # noqa: E731
    t.sql(f"INSERT INTO {{t}} VALUES ({values(0)})", f"INSERT INTO {{t}} VALUES ({values(100)})")
    t.properties(dataSkippingNumIndexedCols="0")
    t.sql(f"INSERT INTO {{t}} VALUES ({values(400)})")
    t.properties(dataSkippingStatsColumns="c40,c3")
    t.sql(f"INSERT INTO {{t}} VALUES ({values(500)})")


@table(says="column `v` is left out: it is or holds a variant")
def variant(t):
    t.create("id INT, v VARIANT")
    t.sql("INSERT INTO {t} SELECT 1, parse_json('{\"a\": [1, 2]}')")


@table()
def empty(t):
    """To which nothing was ever written."""
    t.create("id INT, s STRUCT<a: INT>, p STRING", by="p")


@table(older=[2])
def emptied(t):
    """A file without rows, then rows that are all deleted."""
    t.create("id INT, s STRING")
    t.sql("INSERT INTO {t} SELECT 1, 'x' WHERE false", "INSERT INTO {t} VALUES (1,'x')", "DELETE FROM {t}")
