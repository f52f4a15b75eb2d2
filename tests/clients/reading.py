"""What Weft reads of Parquet, beside what others read of it."""

import datetime
import json
import math
import uuid

import numpy
import pyarrow.parquet as pq

from command import weft


def imported(location, mesh, product="p", domain="d"):
    return weft("import", location, "--domain", domain, "--product", product, "--into", mesh, "--reader", "r", "--classification", "public", "--write", "--drop-columns")


def asked(mesh, sql, out):
    return weft("sql", "--catalog", mesh, "--user", "u", "--roles", "r", "-c", sql, "-o", out)


def through(location, tmp_path, sql="select * from d.p"):
    """What Weft reads of a location, as a table."""
    mesh, out = tmp_path / "mesh", tmp_path / "out.parquet"
    code, _, err = imported(location, mesh)
    assert code == 0, err
    code, _, err = asked(mesh, sql, out)
    assert code == 0, err
    return pq.read_table(out)


def plain(value):
    match value:
        case float():
            return "NaN" if math.isnan(value) else repr(value)
        case numpy.floating():
            return plain(float(value))
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case datetime.datetime() if value.tzinfo is not None:
            return str(value.astimezone(datetime.UTC))
        case uuid.UUID():
            return str(value)
        case _:
            return value


def rows(table):
    """Rows in an order of their own; instants as UTC, whatever zone they are labelled with."""
    return sorted(json.dumps(plain(row), default=str, sort_keys=True) for row in table.to_pylist())
