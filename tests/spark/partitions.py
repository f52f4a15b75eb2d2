"""Partition values: of every type, in paths and in checkpoints."""

from making import DELETING, table
from types_of import INSTANTS, chosen

TEXTS = [
    "plain", "with space", "100%", "a%20b", "a=b", "a/b", "a:b", "ünï 😀", "", None, "__HIVE_DEFAULT_PARTITION__", "back\\\\slash", 'quote"x',
    "a+b", "a&b?c#d", ".", "..", "NULL", "null", " lead", "trail ", "tab\\tnew\\nline", "{brace}[x]^~`|<>*", "A", "a",
]  # fmt: skip
COLUMNS = {
    "part_texts": {"p": ("STRING", TEXTS)},
    "part_bytes": {"p": ("BINARY", ["abc", "ü", "", "‘", None])},
    "part_wholes": {
        "b": ("BOOLEAN", ["true", "false", None]),
        "i8": ("TINYINT", ["127", "-128", None]),
        "i16": ("SMALLINT", ["32767", "-32768", None]),
        "i32": ("INT", ["2147483647", "-2147483648", None, "0"]),
        "i64": ("BIGINT", ["9223372036854775807", "-9223372036854775808", None, "0"]),
    },
    "part_floats": {
        "f": ("FLOAT", ["1.5", "NaN", "Infinity", "-Infinity", "-0.0", "0.0", "1e-45", "3.4028235e38", "1e10", None]),
        "d": ("DOUBLE", ["1.5", "NaN", "Infinity", "-Infinity", "-0.0", "0.0", "4.9e-324", "1e300", "123456789.125", None]),
    },
    "part_decimals": {
        "short": ("DECIMAL(10,2)", ["1.5", "-0.01", "99999999.99", "0", None]),
        "long": ("DECIMAL(38,20)", ["1.5", "-0.00000000000000000001", "123456789012345678.12345678901234567890", "0", None]),
        "whole": ("DECIMAL(38,0)", ["99999999999999999999999999999999999999", "-1", "0", None, "1"]),
    },
    "part_times": {
        "day": ("DATE", [at[:10] for at in INSTANTS] + [None]),
        "at": ("TIMESTAMP", [*INSTANTS, None]),
        "local": ("TIMESTAMP_NTZ", [*INSTANTS, None]),
    },
}


def values(columns):
    """A SELECT: a row a value, all columns beside each other."""
    length = max(len(found) for _, found in columns.values())
    rows = [[str(at), *[found[at] if at < len(found) else None for _, found in columns.values()]] for at in range(length)]
    return chosen({"id": "INT"} | {name: kind for name, (kind, _) in columns.items()}, rows)


def partitioned(name, columns):
    compared = [column for column, (kind, _) in columns.items() if kind != "BINARY"]

    def in_paths(t):
        t.create("id INT, " + ", ".join(f"{column} {kind}" for column, (kind, _) in columns.items()), by=", ".join(columns))
        t.sql("INSERT INTO {t} " + values(columns))

    def in_a_checkpoint(t):
        """As the types they are, beside the text that the log has."""
        t.properties(checkpoint__writeStatsAsStruct="true", checkpoint__writeStatsAsJson="false")
        t.checkpoint()
        t.cleaned(below=t.last())

    table(name=name, compared=compared)(in_paths)
    table(name=f"{name}_in_checkpoint", of=name, same=True, compared=compared)(in_a_checkpoint)


for one, columns in COLUMNS.items():
    partitioned(one, columns)


@table(compared=["p"])
def part_zones(t):
    """Instants that sessions elsewhere wrote, in UTC and in the way of old."""
    t.create("id INT, p TIMESTAMP", by="p")
    for number, zone in enumerate(("America/New_York", "Asia/Kolkata")):
        with t.settings(spark__sql__session__timeZone=zone):
            t.sql(f"INSERT INTO {{t}} SELECT {number}, TIMESTAMP'2024-07-01 12:00:00.5 UTC'")
    with t.settings(spark__databricks__delta__write__utcTimestampPartitionValues="false"):
        t.sql("INSERT INTO {t} SELECT 5, TIMESTAMP'2024-07-01 12:00:00.5 UTC'")


@table(older=[2], compared=["a", "b", "v"])
def part_levels(t):
    t.create("id BIGINT, a STRING, b INT, c DATE, v DOUBLE", by="a, b, c")
    t.sql(
        "INSERT INTO {t} SELECT id, concat('k', id % 3), int(id % 2), date_add(DATE'2024-01-01', int(id % 2)), id / 2 FROM range(50)",
        "INSERT INTO {t} VALUES (1000, null, null, null, null)",
        "UPDATE {t} SET b = 7 WHERE a = 'k2'",
    )


@table()
def part_order(t):
    """Partition columns amid others, in another order than the table's."""
    t.create("p1 INT, a STRING, p2 STRING, b INT", by="p2, p1")
    t.sql("INSERT INTO {t} VALUES (1,'a','x',10), (2,'b','y',20), (null,'c',null,30)")


@table()
def part_in_files(t):
    """Values that stand in the files as well."""
    t.create("id INT, p STRING, q INT", by="p, q")
    t.properties(feature__materializePartitionColumns="supported")
    t.sql("INSERT INTO {t} SELECT id, concat('p', id % 2), int(id % 3) FROM range(12)", "INSERT INTO {t} VALUES (100, null, null)")


@table(compared=["p"])
def part_elsewhere(t):
    """Folders whose names say nothing of values."""
    t.create("id INT, p STRING", by="p", randomizeFilePrefixes="true", randomPrefixLength="3", **DELETING)
    t.sql("INSERT INTO {t} SELECT id, concat('p ', id % 2) FROM range(50)", "DELETE FROM {t} WHERE id % 7 = 0")


@table()
def odd_names_partitioned(t):
    t.create("id INT, `p one` STRING, `p.two` INT, `p=3` STRING", by="`p one`, `p.two`, `p=3`", columnMapping__mode="name")
    t.sql("INSERT INTO {t} VALUES (1,'a b',1,'x=y'), (2,null,null,null), (3,'c/d',3,'%20')")
