"""A table of which a catalog withholds rows and columns, and how it says so: `read-restrictions`."""

import datetime
import decimal

import pyarrow as pa

ID, REGION, NAME, N, AMOUNT, DAY, WALL, MOMENT, FLAG, PRICE, RAW, TAGS = range(1, 13)
COLUMNS = {
    "id": pa.int64(), "region": pa.string(), "name": pa.string(), "n": pa.int32(), "amount": pa.decimal128(9, 2), "day": pa.date32(), "wall": pa.timestamp("us"), "moment": pa.timestamp("us", "UTC"),
    "flag": pa.bool_(), "price": pa.float64(), "raw": pa.binary(), "tags": pa.list_(pa.string()),
}  # fmt: skip
VALUES = {
    "region": ["EU", "US", None, "EUROPE", "", "eu"], "name": ["Zoë-42", "DE0212030000", None, "(b),7.@", "abc", "😀😀😀😀5x"], "n": [10, 20, None, -5, 0, 2**31 - 1],
    "amount": [decimal.Decimal(text) if text else None for text in ("1.50", "14.20", None, "-0.01", "0.00", "99999.99")],
    "day": [datetime.date(1969, 12, 31), datetime.date(1987, 6, 5), None, datetime.date(2026, 2, 28), datetime.date(1970, 1, 1), datetime.date(2100, 12, 31)],
    "flag": [True, False, None, True, False, True], "price": [1.5, 0.0, None, -1.0, 2.0, 3.0], "raw": [b"a", b"\xff", None, b"", b"b", b"c"],
}  # fmt: skip
WALLS = [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), datetime.datetime(1987, 6, 5, 4, 3, 2), None, datetime.datetime(2026, 2, 28, 13, 7), datetime.datetime(1970, 1, 1), datetime.datetime(2100, 12, 31)]
ROWS = [
    {"id": at + 1, **{name: values[at] for name, values in VALUES.items()}, "wall": WALLS[at], "moment": WALLS[at] and WALLS[at].replace(tzinfo=datetime.UTC), "tags": [f"t{at}"]} for at in range(6)
]  # fmt: skip


def only(proxy, rows=None, **columns):
    """The catalog withholds this from now on, and its ETags say so."""
    proxy.etags = "proxy"
    proxy.additions.clear()
    said = {"required-column-projections": [{"field-id": list(COLUMNS).index(name) + 1, "action": action} for name, action in columns.items()]} if columns else {}
    if rows is not None:
        said["required-row-filter"] = rows
    proxy.add("shop.t", restrictions=said)


def ref(number):
    return {"type": "reference", "id": number}


def compare(kind, column, value):
    return {"type": kind, "left": ref(column), "right": value}


def one_of(kind, column, *values):
    return {"type": kind, "child": ref(column), "values": list(values)}


def asks(kind, column):
    return {"type": kind, "child": ref(column)}


def no(child):
    return {"type": "not", "child": child}


def both(kind, left, right):
    return {"type": kind, "left": left, "right": right}
