"""Generated directories that drift, nest and are partitioned, and generated queries over them: DuckDB says what is right.

WEFT_SLOW=1 generates more of them."""

import datetime
import json
import os
import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import weft
from reading import plain

WORLDS = range(40 if os.environ.get("WEFT_SLOW") else 6)
QUERIES = 12

# For each kind: the types that files may have it in, narrow first, and values that fit the narrowest.
KINDS = {
    "whole": ([pa.int8(), pa.int16(), pa.int32(), pa.int64()], lambda dice: dice.randrange(-100, 100)),
    "natural": ([pa.uint8(), pa.uint16(), pa.uint32()], lambda dice: dice.randrange(0, 200)),
    "real": ([pa.float32(), pa.float64()], lambda dice: dice.randrange(-400, 400) / 4),
    "text": ([pa.string(), pa.large_string()], lambda dice: dice.choice(["", "a", "b%c", "ü", "zz", "a" * 40])),
    "flag": ([pa.bool_()], lambda dice: dice.random() < 0.5),
    "day": ([pa.date32()], lambda dice: datetime.date(2026, 1, 1) + datetime.timedelta(dice.randrange(60))),
    "moment": ([pa.timestamp("ms"), pa.timestamp("us")], lambda dice: datetime.datetime(2026, 1, 1) + datetime.timedelta(minutes=dice.randrange(9999))),
}
NUMBERS = ("whole", "natural", "real")


def shape(dice, depth=0):
    """A column's shape: a kind, or something nested."""
    roll = dice.random()
    if depth < 2 and roll < 0.12:
        return ("list", shape(dice, depth + 1))
    if depth < 2 and roll < 0.3:
        return ("struct", {f"f{at}": shape(dice, depth + 1) for at in range(dice.randrange(1, 4))})
    return ("kind", dice.choice(list(KINDS)))


def arrow(dice, shape):
    """The type that one file has it in; fields of structs may be missing and stand in any order."""
    match shape:
        case ("kind", kind):
            return dice.choice(KINDS[kind][0])
        case ("list", item):
            return pa.list_(arrow(dice, item))
        case ("struct", fields):
            names = [name for name in fields if dice.random() < 0.8] or [next(iter(fields))]
            dice.shuffle(names)
            return pa.struct([(name, arrow(dice, fields[name])) for name in names])


def value(dice, shape, kind):
    if dice.random() < 0.2:
        return None
    match shape:
        case ("kind", name):
            return KINDS[name][1](dice)
        case ("list", item):
            return [value(dice, item, kind.value_type) for _ in range(dice.randrange(4))]
        case ("struct", fields):
            return {field.name: value(dice, fields[field.name], field.type) for field in kind}


def world(dice, folder):
    """Files in folders; says the shape of every column, those of the folders among them."""
    columns = {f"c{at}": shape(dice) for at in range(dice.randrange(3, 7))} | {"id": ("kind", "whole")}
    keys = {"k": ["x", "a b", "é/%", None], "n": [1, 2, 30]}
    keys = dict(list(keys.items())[: dice.randrange(3)])
    for number in range(dice.randrange(2, 7)):
        kinds = {name: arrow(dice, column) for name, column in columns.items() if name == "id" or number == 0 or dice.random() < 0.8}
        names = list(kinds)
        dice.shuffle(names)
        rows = dice.randrange(1, 400)
        table = pa.table({name: pa.array([value(dice, columns[name], kinds[name]) for _ in range(rows)], kinds[name]) for name in names})
        place = folder
        for key, texts in keys.items():
            text = dice.choice(texts)
            place /= f"{key}=" + ("__HIVE_DEFAULT_PARTITION__" if text is None else str(text).replace("%", "%25").replace("/", "%2F"))
        place.mkdir(parents=True, exist_ok=True)
        how = {"row_group_size": dice.choice([50, 1000]), "write_page_index": dice.random() < 0.5, "data_page_size": 256, "use_dictionary": dice.random() < 0.5}
        pq.write_table(table, place / f"part-{number}.parquet", **how)
    return columns | {"k": ("kind", "text"), "n": ("kind", "whole")} if len(keys) == 2 else columns | {key: ("kind", "text") for key in keys}


def literal(dice, kind):
    found = KINDS[kind][1](dice)
    match found:
        case bool():
            return str(found).lower()
        case datetime.datetime():
            return f"timestamp '{found}'"
        case datetime.date():
            return f"date '{found}'"
        case str():
            return "'" + found + "'"
        case _:
            return f"({found})"


def condition(dice, columns):
    name, (form, kind) = dice.choice(list(columns.items()))
    if form != "kind" or dice.random() < 0.2:
        return f"{name} is {dice.choice(['', 'not '])}null"
    roll = dice.random()
    if roll < 0.2:
        return f"{name} in ({literal(dice, kind)}, {literal(dice, kind)})"
    if roll < 0.35 and kind != "flag":
        return f"{name} between {literal(dice, kind)} and {literal(dice, kind)}"
    return f"{name} {dice.choice(['=', '<>', '<', '<=', '>', '>='])} {literal(dice, kind)}"


def query(dice, columns):
    """A query whose answer does not depend on the order of rows."""
    where = f" {dice.choice(['and', 'or'])} ".join(condition(dice, columns) for _ in range(dice.randrange(1, 4)))
    plain = [name for name, (form, _) in columns.items() if form == "kind"]
    roll = dice.random()
    if roll < 0.35:
        return f"select {', '.join(columns)} from {{t}} where {where}"
    if roll < 0.6:
        name = dice.choice(plain)
        return f"select {name}, count(*) as number from {{t}} where {where} group by {name}"
    wanted = ["count(*) as a"]
    for at, name in enumerate(dice.sample(plain, min(3, len(plain)))):
        kind = columns[name][1]
        wanted.append(f"count({name}) as b{at}")
        if kind != "flag":
            wanted.append(f"min({name}) as c{at}, max({name}) as d{at}")
    return f"select {', '.join(wanted)} from {{t}}" + (f" where {where}" if dice.random() < 0.6 else "")


def rows(table):
    """As texts in an order of their own; fields of structs by name, numbers as numbers."""
    def simple(found):
        match found:
            case bool() | None | str():
                return found
            case int() | float():
                return float(found)
            case dict():
                return {name: simple(inner) for name, inner in sorted(found.items())}
            case list():
                return [simple(inner) for inner in found]
            case _:
                return str(plain(found))

    return sorted(json.dumps(simple(row), default=str, sort_keys=True) for row in table.to_pylist())


@pytest.mark.parametrize("seed", WORLDS)
def test_queries_over_what_drifts_answer_as_duckdb_does(seed, tmp_path):
    dice = random.Random(seed)
    folder, mesh = tmp_path / "t", tmp_path / "mesh"
    columns = world(dice, folder)
    code, out, err = weft("import", folder, "--domain", "d", "--product", "p", "--into", mesh, "--reader", "r", "--classification", "public")
    assert code == 0, err
    source = f"read_parquet('{folder}/**/*.parquet', union_by_name = true, hive_partitioning = true)"
    for _ in range(QUERIES):
        sql = query(dice, columns)
        target = tmp_path / "out.parquet"
        target.unlink(missing_ok=True)
        code, _, err = weft("sql", "--catalog", mesh, "--user", "u", "--roles", "r", "-c", sql.format(t="d.p"), "-o", target)
        assert code == 0, (sql, err)
        assert rows(pq.read_table(target)) == rows(duckdb.sql(sql.format(t=source)).to_arrow_table()), sql
